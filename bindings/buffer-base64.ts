// base64 of byte ranges, and back: buffer_base64_encode, buffer_base64_decode, buffer_base64_decode_ext.
import { decode_quickly, plain_size, write_utf8_text } from './base64-decode.js';
import {
  encode_few,
  encode_natively,
  FEW_BYTES,
  is_short,
  read_ascii,
  text_area,
} from './base64-text.js';
import { set_last_error } from './buffer-error.js';
import { clamp_range, gathered, range_laps, range_offset, range_size } from './buffer-range.js';
import { copy_into_wrap, raise_used, set_size } from './buffer-room.js';
import {
  address_inside,
  class_of,
  close,
  lookup,
  next_block,
  open,
  open_full,
} from './buffer-table.js';
import { integer, show, text as text_argument } from './check.js';
import { buffer_grow, buffer_wrap } from './constants.js';
import { allocate, ensure, kernel, release } from './wasm/memory.js';

/** How {@link buffer_base64_encode} writes. */
export interface Base64Options {
  /** `true`: the alphabet for URLs and file names (RFC 4648 5), with `-` and `_` for `+` and `/`. Padded all the same. */
  url?: boolean;
}

/** Longest string of every supported engine, and the bytes that it stands for. */
const MAX_CHARS = 0x1fffffe8;
const MAX_BYTES = (MAX_CHARS / 4) * 3;
/**
 * Texts of up to so many characters go straight to a block that waits for a small buffer. They fit the area for short texts, so that
 * decoding one asks the allocator for nothing, which might take the blocks that wait.
 */
const SMALL_CHARS = 4096;

function wants_url(options: Base64Options): boolean {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`buffer_base64_encode: options must be an object, got ${show(options)}`);
  const { url } = options;
  if (url !== undefined && typeof url !== 'boolean')
    throw new TypeError(`buffer_base64_encode: options.url must be a boolean, got ${show(url)}`);
  return url === true;
}

function encode(p: number, n: number, url: boolean): string {
  if (n <= FEW_BYTES) return encode_few(p, n, url);
  if (n > MAX_BYTES) {
    throw new RangeError(
      `buffer_base64_encode: ${n} bytes are more than the ${MAX_BYTES} that a string can stand for; encode in parts`,
    );
  }
  const native = encode_natively(p, n, url);
  if (native !== undefined) return native;
  const chars = Math.ceil(n / 3) * 4;
  if (is_short(chars)) return encode_to_area(p, n, url);
  const block = allocate(chars, 16);
  try {
    return read_ascii(block, kernel.base64_encode(p, n, block, url ? 1 : 0));
  } finally {
    release(block);
  }
}

function encode_to_area(p: number, n: number, url: boolean): string {
  const area = text_area();
  return read_ascii(area, kernel.base64_encode(p, n, area, url ? 1 : 0));
}

/**
 * A range as base64 text (RFC 4648 4): padded, no line breaks.
 *
 * @param offset in bytes; below 0 is 0, past the end is the last byte, a wrap buffer takes it modulo its size
 * @param size in bytes, cut at the end of the buffer (wrap: goes on at byte 0, one lap at most); below 0 is that of the buffer
 * @param options `{ url: true }` takes the alphabet for URLs
 * @returns 4 characters for every 3 bytes begun; no bytes give `''`. The position stays
 * @throws TypeError wrong kind of argument; RangeError a fractional number, more text than a string holds (from 384 MiB on), or
 *   the buffer was deleted
 */
export function buffer_base64_encode(
  buffer: number,
  offset: number,
  size: number,
  options?: Base64Options,
): string {
  // First: a getter may delete the buffer.
  const url = options !== undefined && wants_url(options);
  const p = address_inside(buffer, offset, size);
  if (p >= 0) return encode(p, size, url);
  const b = lookup(buffer);
  clamp_range(b, offset, size, 'buffer_base64_encode');
  if (range_laps(b)) return gathered(b, (p, n) => encode(p, n, url));
  return encode(b.ptr + range_offset, range_size, url);
}

function report(text: string, position: number): void {
  const what =
    position < text.length
      ? `${show(text.charAt(position))} at position ${position} does not belong there`
      : `it ends inside a group of four characters, at position ${position}`;
  set_last_error('invalid_base64', `not base64: ${what}`, position);
}

// Decodes any text by wasm, for `use`; false, with the reason remembered, when it is wrong.
function decode_anything(text: string, use: (address: number, size: number) => void): boolean {
  const n = text.length;
  const out = (n + 3 + 15) & ~15;
  const block = allocate(out + n, 16);
  try {
    const size = kernel.base64_decode(block, write_utf8_text(text, block), block + out);
    // Every character before a wrong one is one byte, so its position in bytes is that in characters.
    if (size < 0) report(text, Math.min(-1 - size, n));
    else use(block + out, size);
    return size >= 0;
  } finally {
    release(block);
  }
}

/**
 * A new grow buffer (alignment 1, position 0) of exactly the bytes that a base64 text stands for.
 *
 * Takes both alphabets of RFC 4648, mixed too, and skips whitespace. Padding may be whole or left out.
 *
 * @returns its handle, or -1 when the text is not base64: {@link buffer_last_error} then has the position of the first
 *   character that is wrong, or the length of the text when its end is
 * @throws TypeError not a string; RangeError memory is exhausted
 */
export function buffer_base64_decode(string: string): number {
  if (typeof string === 'string' && string.length <= SMALL_CHARS) {
    const c = class_of((string.length * 3) >> 2);
    const block = next_block(c);
    const size = decode_quickly(string, block);
    return size < 0 ? decode_carefully(string) : open_full(block, c, size);
  }
  return decode_any(string);
}

function decode_any(string: string): number {
  const text = text_argument(string, 'buffer_base64_decode: string');
  ensure();
  const size = plain_size(text);
  if (size >= 0) {
    const b = open(size, buffer_grow, 1, size);
    let good = false;
    try {
      good = decode_quickly(text, b.ptr) === size;
    } finally {
      if (!good) close(b);
    }
    if (good) return b.id;
  }
  return decode_carefully(text);
}

function decode_carefully(text: string): number {
  let id = -1;
  decode_anything(text, (address, exact) => {
    const b = open(exact, buffer_grow, 1, exact);
    kernel.move(b.ptr, address, exact);
    id = b.id;
  });
  return id;
}

// Writes decoded bytes into a buffer as buffer_copy does, and gives how many.
function put_into(buffer: number, offset: number, from: number, size: number): number {
  const b = lookup(buffer);
  const total = b.end - b.ptr;
  if (b.kind === buffer_wrap) {
    if (total === 0 || size === 0) return 0;
    const at = ((offset % total) + total) % total;
    copy_into_wrap(b, at, from, size);
    raise_used(b, Math.min(at + size, total));
    return size;
  }
  if (offset < 0 || size === 0) return 0;
  if (b.kind === buffer_grow && offset + size > total) set_size(b, offset + size);
  const n = Math.min(size, b.end - b.ptr - offset);
  if (n <= 0) return 0;
  kernel.move(b.ptr + offset, from, n);
  raise_used(b, offset + n);
  return n;
}

/**
 * Decodes a base64 text into a buffer from `offset` on. Wrong text changes nothing.
 *
 * A grow buffer is resized to exactly `offset` + bytes when it is shorter; a wrap buffer goes on at byte 0; others take what
 * fits. The position stays.
 *
 * @param string as for {@link buffer_base64_decode}
 * @param offset in bytes; outside the buffer nothing is written (wrap: modulo its size; grow: grows)
 * @returns bytes written, or -1 when the text is not base64 ({@link buffer_last_error} has the position)
 * @throws TypeError wrong kind of argument; RangeError a fractional offset, the buffer was deleted, or memory is exhausted
 */
export function buffer_base64_decode_ext(buffer: number, string: string, offset: number): number {
  lookup(buffer);
  const text = text_argument(string, 'buffer_base64_decode_ext: string');
  const at = integer(offset, 'buffer_base64_decode_ext: offset');
  const size = plain_size(text);
  if (size >= 0) {
    const block = allocate(size, 16);
    try {
      const written = decode_quickly(text, block);
      if (written >= 0) return put_into(buffer, at, block, written);
    } finally {
      release(block);
    }
  }
  let written = -1;
  decode_anything(text, (address, exact) => {
    written = put_into(buffer, at, address, exact);
  });
  return written;
}
