// Why the last call that gave -1 did so.

/** What was wrong with the data of a call that gave -1. */
export interface BufferError {
  /** Stable word for programs. */
  code: string;
  /** For people. */
  message: string;
  /** Where in the input, in characters of a text and in bytes of a buffer. */
  position: number;
}

let last: BufferError | undefined;

/** Remembers why a call is about to give -1. */
export function set_last_error(code: string, message: string, position: number): void {
  last = { code, message, position };
}

/** Puts back what {@link buffer_last_error} gave: for decoding that no program has called. */
export function restore_last_error(error: BufferError | undefined): void {
  last = error;
}

/** Why the last buffer function that gave -1 did so; undefined when none has. */
export function buffer_last_error(): BufferError | undefined {
  return last;
}
