// How base64 text gets into linear memory: the fastest way that this host has, by length.
import {
  few_chars,
  host,
  host_base64,
  host_texts,
  is_narrow,
  know_host,
  most_latin1,
  most_ucs2,
  native_chars,
  short_texts,
  TEXT_BYTES,
  text_at,
} from './base64-host.js';
import { STANDARD_CODES, URL_CODES } from './base64-text.js';
import { allocate, dv, kernel, native_utf8, release, SLOW_UTF8, u8 } from './wasm/memory.js';

/** From this many characters on Buffer's latin1Write is faster than TextEncoder in Node 20; in newer ones always (measured). */
const LATIN1_CHARS = 2000;
/** The host's decoder gets so many characters at a time, which are so many bytes. */
const PART_CHARS = 1 << 18;
const PART_BYTES = (PART_CHARS / 4) * 3;

let encoder: TextEncoder | undefined;

/**
 * Writes a text to `p` as UTF-8, which for base64 is one byte a character, and gives the number of bytes: that of the
 * characters if all are ASCII. There is room for `n + 3` bytes, so a character that is not ASCII is never left out.
 */
export function write_utf8_text(text: string, p: number): number {
  encoder ??= new TextEncoder();
  return encoder.encodeInto(text, new Uint8Array(u8.buffer, p, text.length + 3)).written;
}

/** Value of each ASCII character in either alphabet; -1 for all else. */
const VALUES = /* @__PURE__ */ values_of();

function values_of(): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (const codes of [STANDARD_CODES, URL_CODES])
    codes.forEach((code, i) => void (values[code] = i));
  return values;
}

// Characters of a text without the padding at its end.
function unpadded(text: string): number {
  const n = text.length;
  if (n === 0 || (n & 3) !== 0 || text.charCodeAt(n - 1) !== 61) return n;
  return n - (text.charCodeAt(n - 2) === 61 ? 2 : 1);
}

// Bytes that so many characters stand for; -1 when none do.
function bytes_of(n: number): number {
  // Signed shifts: with -1 beside an unsigned number the engine takes a float (measured: 5 ns).
  return (n & 3) === 1 ? -1 : (n >> 2) * 3 + (((n & 3) * 3) >> 2);
}

// A short text without whitespace, group by group. Writes one byte past the last group.
function decode_few(text: string, p: number): number {
  const n = unpadded(text);
  const whole = n & ~3;
  let q = p;
  for (let i = 0; i < whole; i += 4, q += 3) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    if ((a | b | c | d) > 127) return -1;
    const bits = (VALUES[a] << 18) | (VALUES[b] << 12) | (VALUES[c] << 6) | VALUES[d];
    if (bits < 0) return -1;
    dv.setInt32(q, bits << 8);
  }
  const rest = n - whole;
  if (rest === 0) return q - p;
  if (rest === 1) return -1;
  const a = text.charCodeAt(whole);
  const b = text.charCodeAt(whole + 1);
  // 'A', of value 0, where there is no third character.
  const c = rest === 3 ? text.charCodeAt(whole + 2) : 65;
  if ((a | b | c) > 127) return -1;
  const bits = (VALUES[a] << 18) | (VALUES[b] << 12) | (VALUES[c] << 6);
  if (bits < 0) return -1;
  dv.setUint8(q, bits >> 16);
  if (rest === 2) return q + 1 - p;
  dv.setUint8(q + 1, bits >> 8);
  return q + 2 - p;
}

// A text of ASCII characters into memory at `p`, where there is room for `n + 3` bytes; false if it has others.
function write_many(text: string, n: number, p: number): boolean {
  if (host !== undefined && (native_utf8 !== SLOW_UTF8 || n >= LATIN1_CHARS)) {
    return is_narrow(text) && host.latin1Write(text, p, n) === n;
  }
  encoder ??= new TextEncoder();
  // A view made beforehand saves 30 ns.
  const room = p === text_at ? short_texts : new Uint8Array(u8.buffer, p, n + 3);
  return encoder.encodeInto(text, room).written === n;
}

// A text of any length by way of linear memory.
function decode_by_kernel(text: string, p: number): number {
  const n = text.length;
  if (n <= TEXT_BYTES) {
    return write_many(text, n, text_at) ? kernel.base64_decode(text_at, n, p) : -1;
  }
  const block = allocate(n + 3, 16);
  try {
    return write_many(text, n, block) ? kernel.base64_decode(block, n, p) : -1;
  } finally {
    release(block);
  }
}

/** Bytes that a text without whitespace stands for; -1 when its length cannot be right. */
export function plain_size(text: string): number {
  return bytes_of(unpadded(text));
}

// By the host's own decoder. It skips what is not base64: then fewer bytes come out than the length of a text says. It copies a
// text first: in parts, so that the copies stay in the cache (4 MiB take a third to two thirds of the time, measured).
function decode_natively(text: string, p: number): number {
  const size = plain_size(text);
  if (size < 0 || !is_narrow(text)) return -1;
  let done = 0;
  for (let i = 0; done < size; i += PART_CHARS) {
    const part = i === 0 && text.length <= PART_CHARS ? text : text.slice(i, i + PART_CHARS);
    const wanted = Math.min(size - done, PART_BYTES);
    if (host_base64!.base64Write(part, p + done, wanted) !== wanted) return -1;
    done += wanted;
  }
  return size;
}

// All ways but those of `decode_quickly`.
function decode_otherwise(text: string, p: number): number {
  if (few_chars < 0) {
    know_host();
    return decode_quickly(text, p);
  }
  return text.length >= native_chars ? decode_natively(text, p) : decode_by_kernel(text, p);
}

/**
 * Decodes a text by the fastest way to `p`, where there is room for three bytes for four characters. Gives how many bytes it was;
 * below 0 when that cannot be, because the text is wrong or has whitespace. Some may have been written then.
 */
export function decode_quickly(text: string, p: number): number {
  const n = text.length;
  if (n <= few_chars) return decode_few(text, p);
  if (n <= most_ucs2) {
    host_texts!.ucs2Write(text);
    return kernel.base64_decode_wide(text_at, n, p);
  }
  if (n > most_latin1) return decode_otherwise(text, p);
  if (!is_narrow(text)) return -1;
  host_texts!.latin1Write(text);
  return kernel.base64_decode(text_at, n, p);
}
