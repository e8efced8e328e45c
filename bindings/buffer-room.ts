// Where the next datum of a buffer goes: alignment, growth, and wrapping over the end.
import type { Buf } from './buffer-table.js';
import { buffer_grow } from './constants.js';
import { exhausted, kernel, MAX_BLOCK_BYTES, reallocate } from './wasm/memory.js';

/** Bytes of a datum by type; 0 for strings. */
export const SIZES = new Uint8Array([0, 1, 1, 2, 2, 4, 4, 8, 2, 4, 8, 1, 0, 0]);

/** Whether `type` is one of the 13 data types. */
export function is_type(type: unknown): type is number {
  return typeof type === 'number' && type >= 1 && type <= 13 && Number.isInteger(type);
}

/** The position rounded up to the alignment, as an address. */
export function aligned(b: Buf): number {
  return (b.pos + b.am) & ~b.am;
}

/** Gives the buffer `size` bytes; the common prefix stays, new bytes are zero. @throws RangeError when memory is exhausted */
export function set_size(b: Buf, size: number): void {
  const old = b.end - b.ptr;
  // Both of the old place: settled before the buffer moves.
  const { pos, used } = b;
  const before = b.ptr;
  const at = reallocate(before, Math.min(old, size), size, b.am + 1);
  if (size > old) kernel.fill_zero(at + old, size - old);
  b.place(at, size, at + Math.min(pos - before, size), at + Math.min(used - before, size));
}

/** Gives a buffer whose bytes the caller will write `size` bytes, not cleared. @throws RangeError when memory is exhausted */
export function reserve(b: Buf, size: number): void {
  const at = reallocate(b.ptr, b.end - b.ptr, size, b.am + 1);
  b.place(at, size, at, at);
}

/**
 * Makes sure that `bytes` bytes exist, growing a grow buffer: doubled, at least 4, until they fit.
 * False for a buffer that may not grow. @throws RangeError when memory is exhausted; nothing has changed then
 */
export function make_room(b: Buf, bytes: number): boolean {
  let size = b.end - b.ptr;
  if (bytes <= size) return true;
  if (b.kind !== buffer_grow) return false;
  if (bytes > MAX_BLOCK_BYTES) throw exhausted(bytes);
  while (size < bytes) size = Math.max(size * 2, 4);
  try {
    set_size(b, Math.min(size, MAX_BLOCK_BYTES));
  } catch (error) {
    // Twice as much is not to be had; what is needed may be.
    if (bytes >= size || !(error instanceof RangeError)) throw error;
    set_size(b, bytes);
  }
  return true;
}

/** Copies `n` bytes from address `from` into a wrap buffer at `offset`, going on at byte 0 past the end. */
export function copy_into_wrap(b: Buf, offset: number, from: number, n: number): void {
  const size = b.end - b.ptr;
  let at = offset % size;
  let source = from;
  let left = n;
  // Bytes that would be overwritten by later ones of the same datum need no copy, but the position must agree.
  if (left > size) {
    const skip = left - size;
    source += skip;
    at = (at + skip) % size;
    left = size;
  }
  const first = Math.min(left, size - at);
  kernel.move(b.ptr + at, source, first);
  if (left > first) kernel.move(b.ptr, source + first, left - first);
}

/** Copies `n` bytes (at most the size) of a wrap buffer from `offset` to address `to`. */
export function copy_from_wrap(b: Buf, offset: number, to: number, n: number): void {
  const size = b.end - b.ptr;
  const at = offset % size;
  const first = Math.min(n, size - at);
  kernel.move(to, b.ptr + at, first);
  if (n > first) kernel.move(to + first, b.ptr, n - first);
}

/** Offset just past `n` bytes from `offset` in a wrap buffer of `size` bytes: 1..size, so that a full lap ends at the end. */
export function wrapped_end(offset: number, n: number, size: number): number {
  const end = (offset + n) % size;
  return end === 0 && n > 0 ? size : end;
}

/** Marks the bytes up to offset `end` as used. */
export function raise_used(b: Buf, end: number): void {
  if (b.ptr + end > b.used) b.used = b.ptr + end;
}
