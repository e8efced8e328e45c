// Errors that mean "the world failed", not "the caller is wrong" (those are TypeError and RangeError).

/** What went wrong, as a stable word that programs may compare. */
export type NetErrorCode =
  | 'wasm_unavailable'
  | 'wasm_refused'
  | 'already_started'
  | 'connect_failed'
  | 'connect_timeout'
  | 'no_signaling'
  | 'no_room'
  | 'refused'
  | 'full'
  | 'ice_failed'
  | 'host_left'
  | 'not_open'
  | 'unsupported'
  | 'package_missing'
  | 'not_found'
  | 'store_failed'
  | 'store_full'
  | 'store_outside';

/** A failure outside the program: refused, timed out, not supported here. */
export class NetError extends Error {
  /** Stable word for programs; `message` is for people. */
  readonly code: NetErrorCode;
  constructor(code: NetErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'NetError';
    this.code = code;
  }
}
