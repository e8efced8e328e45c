// Handles of compression streams, and how their output gets into a buffer.
import { make_room, raise_used } from './buffer-room.js';
import type { Buf } from './buffer-table.js';
import { show } from './check.js';
import { buffer_grow } from './constants.js';
import { kernel } from './wasm/memory.js';

// One count for both directions: a handle of the one is never a handle of the other.
let next_handle = 0;

/** Streams by handle. Handles are not given out twice. */
export class StreamTable<T> {
  readonly #kind: string;
  readonly #streams = new Map<number, T>();

  constructor(kind: string) {
    this.#kind = kind;
  }

  add(stream: T): number {
    const handle = next_handle++;
    this.#streams.set(handle, stream);
    return handle;
  }

  /** @throws TypeError not a number; RangeError no such stream */
  find(handle: number): T {
    const stream = this.#streams.get(handle);
    if (stream !== undefined) return stream;
    if (typeof handle !== 'number')
      throw new TypeError(`a stream must be a number, got ${show(handle)}`);
    throw new RangeError(
      `there is no ${this.#kind} stream ${handle}: it is of another kind, was finished or deleted, or never created`,
    );
  }

  /** Forgets a stream and gives it. @throws as find */
  remove(handle: number): T {
    const stream = this.find(handle);
    this.#streams.delete(handle);
    return stream;
  }
}

/** Makes sure that `bytes` more bytes fit at the position. @throws RangeError not a grow buffer, or memory is exhausted */
export function reserve(d: Buf, bytes: number): void {
  if (d.kind !== buffer_grow) throw new RangeError('the destination must be a grow buffer');
  if (bytes > 0) make_room(d, d.pos - d.ptr + bytes);
}

/** Writes bytes at the position and moves it behind them. */
export function append(d: Buf, from: number, n: number): void {
  const at = d.pos - d.ptr;
  reserve(d, n);
  kernel.move(d.pos, from, n);
  d.pos += n;
  raise_used(d, at + n);
}
