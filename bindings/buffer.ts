// Life and shape of buffers: create, delete, position, size. Reading, writing and bulk work have files of their own.

import { SIZES, set_size } from './buffer-room.js';
import { alive, close_handle, lookup, open_zeroed } from './buffer-table.js';
import { integer, integer_in } from './check.js';
import {
  buffer_fast,
  buffer_fixed,
  buffer_seek_end,
  buffer_seek_relative,
  buffer_seek_start,
  buffer_vbuffer,
  buffer_wrap,
} from './constants.js';
import { MAX_BLOCK_BYTES } from './wasm/memory.js';

const MAX_ALIGNMENT = 1024;

function check_alignment(value: number, kind: number): number {
  const wanted = integer_in(value, 0, MAX_ALIGNMENT, 'buffer_create: alignment');
  let align = 1;
  while (align < wanted) align *= 2;
  if (kind === buffer_fast && align !== 1) {
    throw new RangeError(`buffer_create: a fast buffer has alignment 1, got ${value}`);
  }
  return align;
}

/**
 * A new buffer of zero bytes.
 *
 * @param size in bytes, 0 to 2 GiB less 2 MiB
 * @param type kind: `buffer_fixed`, `_grow`, `_wrap`, `_fast` (u8 only, alignment 1) or `_vbuffer`
 * @param alignment 1 to 1024, rounded up to a power of two; 0 counts as 1. Reads and writes at the position start at multiples
 *   of it. Use 1 for packets.
 * @returns its handle, >= 0; give it back with {@link buffer_delete}
 * @throws TypeError an argument is not a number; RangeError a nonsense value, or memory is exhausted (nothing has changed then)
 */
export function buffer_create(size: number, type: number, alignment: number): number {
  const bytes = integer_in(size, 0, MAX_BLOCK_BYTES, 'buffer_create: size');
  const kind = integer_in(type, buffer_fixed, buffer_vbuffer, 'buffer_create: type');
  return open_zeroed(bytes, kind, check_alignment(alignment, kind)).id;
}

/** Frees a buffer; its handle is dead from now on. @throws RangeError it was deleted before, or never existed */
export function buffer_delete(buffer: number): void {
  close_handle(buffer);
}

/** Whether the number is the handle of a living buffer. Never throws. */
export function buffer_exists(buffer: number): boolean {
  return alive(buffer);
}

/** Its kind, as given to {@link buffer_create}. @throws RangeError the buffer was deleted */
export function buffer_get_type(buffer: number): number {
  return lookup(buffer).kind;
}

/** Its alignment in bytes, a power of two. @throws RangeError the buffer was deleted */
export function buffer_get_alignment(buffer: number): number {
  return lookup(buffer).am + 1;
}

/** Allocated size in bytes. @throws RangeError the buffer was deleted */
export function buffer_get_size(buffer: number): number {
  const b = lookup(buffer);
  return b.end - b.ptr;
}

/** One past the highest byte ever written, in bytes from the start. @throws RangeError the buffer was deleted */
export function buffer_get_used_size(buffer: number): number {
  const b = lookup(buffer);
  return b.used - b.ptr;
}

/**
 * Sets the used size.
 *
 * @param size in bytes, clamped to 0 and the allocated size
 * @throws TypeError not a number; RangeError fractional, or the buffer was deleted
 */
export function buffer_set_used_size(buffer: number, size: number): void {
  const b = lookup(buffer);
  const wanted = integer(size, 'buffer_set_used_size: size');
  b.used = b.ptr + Math.min(Math.max(wanted, 0), b.end - b.ptr);
}

/** Bytes of a datum of `type`; 0 for `buffer_string` and `buffer_text`. @throws RangeError no such type */
export function buffer_sizeof(type: number): number {
  return SIZES[integer_in(type, 1, 13, 'buffer_sizeof: type')];
}

/** Position in bytes: where the next read or write starts, before alignment. @throws RangeError the buffer was deleted */
export function buffer_tell(buffer: number): number {
  const b = lookup(buffer);
  return b.pos - b.ptr;
}

/**
 * Moves the position, clamped to the buffer (a wrap buffer takes it modulo its size). Alignment plays no part.
 *
 * @param base `buffer_seek_start` (to `offset`), `buffer_seek_relative` (by `offset`) or `buffer_seek_end` (to `size - offset`)
 * @param offset in bytes
 * @returns the new position
 * @throws TypeError not numbers; RangeError no such base, a fractional offset, or the buffer was deleted
 */
export function buffer_seek(buffer: number, base: number, offset: number): number {
  const b = lookup(buffer);
  // What games call most, without the checks that it cannot fail.
  if (base === buffer_seek_start && offset === 0) {
    b.pos = b.ptr;
    return 0;
  }
  const by = integer(offset, 'buffer_seek: offset');
  const from = integer_in(base, buffer_seek_start, buffer_seek_end, 'buffer_seek: base');
  const size = b.end - b.ptr;
  let to = by;
  if (from === buffer_seek_relative) to = b.pos - b.ptr + by;
  else if (from === buffer_seek_end) to = size - by;
  if (b.kind === buffer_wrap && size > 0) to = ((to % size) + size) % size;
  else to = Math.min(Math.max(to, 0), size);
  b.pos = b.ptr + to;
  return to;
}

/**
 * Gives a buffer of any kind a new size. The common prefix stays, new bytes are zero, position and used size are clamped.
 *
 * @param size in bytes, 0 to 2 GiB less 2 MiB
 * @throws TypeError not a number; RangeError a nonsense size, the buffer was deleted, or memory is exhausted (the buffer is
 *   as before then)
 */
export function buffer_resize(buffer: number, size: number): void {
  const b = lookup(buffer);
  set_size(b, integer_in(size, 0, MAX_BLOCK_BYTES, 'buffer_resize: size'));
}

/**
 * Byte address of the buffer in wasm linear memory, for code that works there. Valid until the buffer grows, is resized or
 * deleted. @throws RangeError the buffer was deleted
 */
export function buffer_get_address(buffer: number): number {
  return lookup(buffer).ptr;
}
