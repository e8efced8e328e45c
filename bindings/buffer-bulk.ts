// Whole ranges of buffers: fill, copy, and the ways in and out for byte arrays.
import {
  as_datum,
  type BufferInput,
  datum_size,
  store_datum,
  takes_type,
  with_block,
} from './buffer-access.js';
import { copy_from_wrap, copy_into_wrap, raise_used, set_size } from './buffer-room.js';
import { address_inside, address_used, type Buf, close, lookup, open } from './buffer-table.js';
import { integer, integer_in, is_array_buffer, show } from './check.js';
import {
  buffer_error_invalid_type,
  buffer_grow,
  buffer_string,
  buffer_u8,
  buffer_wrap,
} from './constants.js';
import { kernel, u8 } from './wasm/memory.js';

/**
 * Repeats a datum over `size` bytes from `offset`. Each one starts at a multiple of the alignment; gaps, and the tail into
 * which no whole datum fits, become zero. Never grows: the range is cut at the end of the buffer. The position stays.
 *
 * @param offset in bytes; below 0 or past the end nothing happens
 * @param type one of the 13 data types; u8 only in a fast buffer
 * @param size in bytes; below 0: up to the end
 * @returns 0, or `buffer_error_invalid_type` (-4)
 * @throws TypeError wrong kind of argument; RangeError a fractional number, or the buffer was deleted
 */
export function buffer_fill(
  buffer: number,
  offset: number,
  type: number,
  value: BufferInput,
  size: number,
): number {
  const b = lookup(buffer);
  // What is filled most, a number over a range inside: one call does it all.
  if (
    typeof value === 'number' &&
    (offset | 0) === offset &&
    (size | 0) === size &&
    offset >= 0 &&
    size >= 8 &&
    offset + size <= b.end - b.ptr &&
    b.am === 0 &&
    takes_type(b, type) &&
    type < buffer_string
  ) {
    if (type === buffer_u8) kernel.fill_bytes(b.ptr + offset, value, size);
    else kernel.fill_number(b.ptr + offset, size, type, value);
    raise_used(b, offset + size);
    return 0;
  }
  return fill_slow(b, offset, type, value, size);
}

// Apart from what is filled most, so that V8 inlines all that that needs (measured).
function fill_slow(b: Buf, offset: number, type: number, value: BufferInput, size: number): number {
  const from = integer(offset, 'buffer_fill: offset');
  const wanted = integer(size, 'buffer_fill: size');
  if (!takes_type(b, type)) return buffer_error_invalid_type;
  const datum = as_datum(value, type);
  const total = b.end - b.ptr;
  if (from < 0 || from >= total) return 0;
  const end = wanted < 0 ? total : Math.min(total, from + wanted);
  if (end === from) return 0;
  const n = datum_size(datum, type);
  const step = (n + b.am) & ~b.am;
  const first = (from + b.am) & ~b.am;
  const count = n === 0 || first + n > end ? 0 : Math.floor((end - first - n) / step) + 1;
  if (count === 0) {
    kernel.fill_zero(b.ptr + from, end - from);
  } else {
    kernel.fill_zero(b.ptr + from, first - from);
    store_datum(b.ptr + first, type, datum, n);
    const repeated = (count - 1) * step + n;
    if (count > 1) {
      kernel.fill_zero(b.ptr + first + n, step - n);
      kernel.fill_pattern(b.ptr + first, step, repeated);
    }
    kernel.fill_zero(b.ptr + first + repeated, end - first - repeated);
  }
  raise_used(b, end);
  return 0;
}

/** `offset` modulo `size`, never negative. */
function lap(offset: number, size: number): number {
  const rest = offset % size;
  return rest < 0 ? rest + size : rest;
}

// Puts the source range into `to`; the range lies inside the source or laps around it.
function gather(src: Buf, offset: number, n: number, to: number): void {
  const size = src.end - src.ptr;
  let done = 0;
  let at = offset;
  while (done < n) {
    const part = Math.min(n - done, size);
    copy_from_wrap(src, at, to + done, part);
    done += part;
    at = (at + part) % size;
  }
}

/**
 * Copies bytes from one buffer to another, or inside one (as memmove does). Positions stay.
 *
 * The range is cut at the end of the source; a wrap source goes on at byte 0. A grow destination is resized to exactly
 * `dest_offset + size` when it is shorter; a wrap destination goes on at byte 0; others take what fits.
 *
 * @param src_offset in bytes; outside the source nothing is copied (wrap: modulo its size)
 * @param size in bytes; below 0: up to the end of the source
 * @param dest_offset in bytes; outside the destination nothing is copied (wrap: modulo its size; grow: grows)
 * @returns bytes copied
 * @throws TypeError wrong kind of argument; RangeError a fractional number, a deleted buffer, or memory is exhausted
 */
export function buffer_copy(
  src: number,
  src_offset: number,
  size: number,
  dest: number,
  dest_offset: number,
): number {
  // What is copied most: a range inside both, over bytes that are used already.
  const from = address_inside(src, src_offset, size);
  const to = address_used(dest, dest_offset, size);
  if (from >= 0 && to >= 0) {
    kernel.move(to, from, size);
    return size;
  }
  const s = lookup(src);
  const d = lookup(dest);
  return moved_inside(s, src_offset, size, d, dest_offset)
    ? size
    : copy_slow(s, src_offset, size, d, dest_offset);
}

// A copy of some bytes that lie inside both buffers, of any alignment, used before or not; false, and nothing is done, for others.
function moved_inside(
  s: Buf,
  src_offset: number,
  size: number,
  d: Buf,
  dest_offset: number,
): boolean {
  if (
    (src_offset | 0) !== src_offset ||
    (dest_offset | 0) !== dest_offset ||
    (size | 0) !== size ||
    src_offset < 0 ||
    dest_offset < 0 ||
    size <= 0 ||
    src_offset + size > s.end - s.ptr ||
    dest_offset + size > d.end - d.ptr
  ) {
    return false;
  }
  kernel.move(d.ptr + dest_offset, s.ptr + src_offset, size);
  raise_used(d, dest_offset + size);
  return true;
}

function copy_slow(s: Buf, src_offset: number, size: number, d: Buf, dest_offset: number): number {
  let from = integer(src_offset, 'buffer_copy: src_offset');
  let n = integer(size, 'buffer_copy: size');
  let to = integer(dest_offset, 'buffer_copy: dest_offset');
  const src_size = s.end - s.ptr;
  const src_wraps = s.kind === buffer_wrap && src_size > 0;
  if (src_wraps) from = lap(from, src_size);
  else if (from < 0 || from >= src_size) return 0;
  if (n < 0) n = src_size - from;
  if (!src_wraps) n = Math.min(n, src_size - from);
  if (n === 0) return 0;
  if (d.kind === buffer_wrap) {
    const dest_size = d.end - d.ptr;
    if (dest_size === 0) return 0;
    to = lap(to, dest_size);
  } else {
    if (to < 0) return 0;
    if (d.kind === buffer_grow && to + n > d.end - d.ptr) set_size(d, to + n);
    n = Math.min(n, d.end - d.ptr - to);
    if (n <= 0) return 0;
  }
  const asked = n;
  if (n > d.end - d.ptr) {
    // Only the last lap of a wrap destination stays: start there.
    const skip = n - (d.end - d.ptr);
    from = (from + skip) % src_size;
    to = (to + skip) % (d.end - d.ptr);
    n -= skip;
  }
  if (from + n <= s.end - s.ptr && to + n <= d.end - d.ptr) {
    kernel.move(d.ptr + to, s.ptr + from, n);
    raise_used(d, to + n);
  } else {
    copy_wrapping(s, from, d, to, n);
  }
  return asked;
}

// A copy of a range that wraps in one of the buffers, or in both.
function copy_wrapping(s: Buf, from: number, d: Buf, to: number, n: number): void {
  if (d.kind === buffer_wrap) {
    // Through a block of its own, so that overlapping laps read what was there before.
    with_block(n, (block) => {
      gather(s, from, n, block);
      copy_into_wrap(d, to, block, n);
    });
  } else {
    // What wraps is the source, which is another buffer then. No block: the destination may have grown already.
    gather(s, from, n, d.ptr + to);
  }
  raise_used(d, Math.min(to + n, d.end - d.ptr));
}

/** Where an item of a strided copy starts, or -1 when it starts outside. */
function item_start(b: Buf, offset: number): number {
  const size = b.end - b.ptr;
  if (b.kind === buffer_wrap && size > 0) return lap(offset, size);
  return offset < 0 || offset >= size ? -1 : offset;
}

/**
 * Copies `count` items of `src_size` bytes, `src_stride` bytes apart, to places `dest_stride` bytes apart. Items are copied in
 * order, one after the other. Strides may be 0 or negative; a negative offset counts from the end of its buffer. A grow
 * destination grows first, wrap buffers go on at byte 0; otherwise the copy stops at the first byte out of range.
 *
 * @param src_offset in bytes, of the first item; `dest_offset` likewise
 * @returns bytes copied
 * @throws TypeError wrong kind of argument; RangeError a fractional number, a negative item size or count, a deleted buffer,
 *   or memory is exhausted
 */
export function buffer_copy_stride(
  src: number,
  src_offset: number,
  src_size: number,
  src_stride: number,
  count: number,
  dest: number,
  dest_offset: number,
  dest_stride: number,
): number {
  // Items side by side in both are one range.
  const all =
    src_size === src_stride &&
    src_size === dest_stride &&
    src !== dest &&
    (count | 0) === count &&
    src_size > 0 &&
    count > 0
      ? src_size * count
      : 0;
  if (all > 0) {
    const from = address_inside(src, src_offset, all);
    const to = address_used(dest, dest_offset, all);
    if (from >= 0 && to >= 0) {
      kernel.move(to, from, all);
      return all;
    }
  }
  const s = lookup(src);
  const d = lookup(dest);
  return moved_inside(s, src_offset, all, d, dest_offset)
    ? all
    : copy_stride_slow(s, src_offset, src_size, src_stride, count, d, dest_offset, dest_stride);
}

function copy_stride_slow(
  s: Buf,
  src_offset: number,
  src_size: number,
  src_stride: number,
  count: number,
  d: Buf,
  dest_offset: number,
  dest_stride: number,
): number {
  let from = integer(src_offset, 'buffer_copy_stride: src_offset');
  const n = integer_in(src_size, 0, 0x7fffffff, 'buffer_copy_stride: src_size');
  const from_step = integer(src_stride, 'buffer_copy_stride: src_stride');
  const items = integer_in(count, 0, 0x7fffffff, 'buffer_copy_stride: count');
  let to = integer(dest_offset, 'buffer_copy_stride: dest_offset');
  const to_step = integer(dest_stride, 'buffer_copy_stride: dest_stride');
  if (from < 0) from += s.end - s.ptr;
  if (to < 0) to += d.end - d.ptr;
  if (items === 0 || n === 0) return 0;
  if (d.kind === buffer_grow && to >= 0) {
    const reach = to + Math.max(0, (items - 1) * to_step) + n;
    if (reach > d.end - d.ptr) set_size(d, reach);
  }
  if (all_inside(s, from, from_step, n, items) && all_inside(d, to, to_step, n, items)) {
    kernel.copy_stride(d.ptr + to, to_step, s.ptr + from, from_step, n, items);
    raise_used(d, Math.max(to, to + (items - 1) * to_step) + n);
    return n * items;
  }
  let copied = 0;
  for (let i = 0; i < items; i++) {
    const part = copy_item(s, from + i * from_step, d, to + i * to_step, n);
    copied += part;
    if (part < n) break;
  }
  return copied;
}

/** Whether every item lies inside the buffer as it stands: then nothing wraps and nothing is cut. */
function all_inside(b: Buf, first: number, step: number, n: number, items: number): boolean {
  const last = first + (items - 1) * step;
  return Math.min(first, last) >= 0 && Math.max(first, last) + n <= b.end - b.ptr;
}

function copy_item(s: Buf, from: number, d: Buf, to: number, n: number): number {
  const start = item_start(s, from);
  const target = item_start(d, to);
  if (start < 0 || target < 0) return 0;
  let part = n;
  if (s.kind !== buffer_wrap) part = Math.min(part, s.end - s.ptr - start);
  if (d.kind !== buffer_wrap) part = Math.min(part, d.end - d.ptr - target);
  if (start + part <= s.end - s.ptr && target + part <= d.end - d.ptr) {
    kernel.move(d.ptr + target, s.ptr + start, part);
    raise_used(d, target + part);
    return part;
  }
  copy_wrapping(s, start, d, target, part);
  return part;
}

/** Checks a byte range given as optional offset and size. */
function range(b: Buf, offset: number | undefined, size: number | undefined, call: string): number {
  const total = b.end - b.ptr;
  const from = offset === undefined ? 0 : integer_in(offset, 0, total, `${call}: offset`);
  if (size !== undefined) integer_in(size, 0, total - from, `${call}: size`);
  return from;
}

/**
 * The bytes of a buffer in linear memory, not a copy: writing to the array writes to the buffer.
 *
 * Valid until memory grows, the buffer grows, is resized or deleted: make it anew for each use, never keep it. After memory
 * has grown its length is 0.
 *
 * @param offset in bytes, default 0
 * @param size in bytes, default up to the end
 * @throws RangeError the range does not lie inside the buffer, or the buffer was deleted
 */
export function buffer_view(
  buffer: number,
  offset?: number,
  size?: number,
): Uint8Array<ArrayBuffer> {
  const b = lookup(buffer);
  const from = range(b, offset, size, 'buffer_view');
  return new Uint8Array(u8.buffer, b.ptr + from, size ?? b.end - b.ptr - from);
}

/**
 * A copy of the bytes of a buffer, the caller's to keep.
 *
 * @param offset in bytes, default 0
 * @param size in bytes, default up to the end (of the buffer, not of its used size)
 * @throws RangeError the range does not lie inside the buffer, or the buffer was deleted
 */
export function buffer_to_bytes(
  buffer: number,
  offset?: number,
  size?: number,
): Uint8Array<ArrayBuffer> {
  return buffer_view(buffer, offset, size).slice();
}

function as_bytes(bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  if (ArrayBuffer.isView(bytes)) {
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  if (is_array_buffer(bytes)) return new Uint8Array(bytes);
  throw new TypeError(`buffer_from takes an ArrayBuffer or a view of one, got ${show(bytes)}`);
}

// The engine's own getter.
function length_getter(): (this: Uint8Array) => number {
  const typed_array = Object.getPrototypeOf(Uint8Array.prototype);
  return Object.getOwnPropertyDescriptor(typed_array, 'length')!.get!;
}

/** The length that a copy takes, whatever a subclass answers: room for less would be written past. */
const true_length = /* @__PURE__ */ length_getter();

/**
 * A new grow buffer (alignment 1, position 0) with a copy of `bytes`; its used size is their number.
 *
 * @throws TypeError not bytes; RangeError memory is exhausted
 */
export function buffer_from(bytes: ArrayBufferView | ArrayBuffer): number {
  let source = as_bytes(bytes);
  const length = true_length.call(source);
  const inside = u8 !== undefined && source.buffer === u8.buffer;
  // A view of linear memory dies if the allocation grows it: take it by address.
  const address = source.byteOffset;
  const b = open(length, buffer_grow, 1, length);
  if (inside) source = new Uint8Array(u8.buffer, address, length);
  try {
    u8.set(source, b.ptr);
  } catch (error) {
    // Its memory has gone elsewhere (transferred).
    close(b);
    throw error;
  }
  return b.id;
}
