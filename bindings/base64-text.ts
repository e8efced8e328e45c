// How base64 text gets into and out of linear memory: the fastest way that this host has, by length.
import {
  allocate,
  dv,
  kernel,
  native_utf8,
  QUICK_UTF8,
  release,
  SLOW_UTF8,
  u8,
} from './wasm/memory.js';

/** What Node's (and Bun's) Buffer has beside its documented methods. All of it is looked for before it is used. */
interface HostBuffer extends Uint8Array {
  base64Slice(start: number, end: number): string;
  base64Write(text: string, offset: number, length: number): number;
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
}

interface NewerUint8Array extends Uint8Array {
  toBase64?(options: { alphabet: 'base64' | 'base64url' }): string;
}

/** Bytes of the area for short texts; kernels write up to 16 more. */
const TEXT_BYTES = 0x1700 - 16;
/** Up to this many characters decoding them one by one is fastest; in Node 22 and newer, the second (measured). */
const SHORT_CHARS_SLOW = 32;
const SHORT_CHARS = 24;
/** From this many characters on the host's own decoder is faster than a way through wasm: Node 20; 22 and 24; newer (measured). */
const NATIVE_CHARS_SLOW = 200;
const NATIVE_CHARS_QUICK = 300;
const NATIVE_CHARS = 360;
/** From this many characters on Buffer's latin1Write is faster than TextEncoder in Node 20; in newer ones always (measured). */
const LATIN1_CHARS = 2000;
/** From this many bytes on `Uint8Array.prototype.toBase64`, where there is one, is faster than wasm and TextDecoder. */
const TO_BASE64_BYTES = 1024;

// A character above U+00FF, which Node's decoder would cut to its low byte. In a string of one-byte characters V8 knows without
// looking that there is none: 8 ns at any length (measured).
const WIDE = /[\u0100-\uffff]/;

const from_codes = String.fromCharCode;
let encoder: TextEncoder | undefined;
let decoder: TextDecoder | undefined;

// Node 22.15 and newer know whether a string has one byte a character: 3 ns instead of 8 (measured).
let has_bytes: ((text: string) => boolean) | undefined;

interface NodeV8 {
  isStringOneByteRepresentation?(text: string): boolean;
}

function look_for_bytes(): void {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): NodeV8 | undefined };
  };
  has_bytes = process?.getBuiltinModule?.('node:v8')?.isStringOneByteRepresentation;
}

/** Whether no character is above U+00FF. */
function is_narrow(text: string): boolean {
  return has_bytes?.(text) || !WIDE.test(text);
}

// Views over linear memory that are worth keeping: made anew when `u8` has been.
let seen: Uint8Array | undefined;
let host: HostBuffer | undefined;
// The same, if it has base64 too.
let host_base64: HostBuffer | undefined;
let short_texts: Uint8Array;
let text_at = 0;
// What follows from the host: up to `few_chars` in a loop, from `native_chars` on by the host's own decoder, between them up to
// `most_latin1` by latin1Write and a kernel, else as `write_many` says.
let few_chars = 0;
let native_chars = 0;
let most_latin1 = 0;

function renew(): void {
  if (seen === undefined) look_for_bytes();
  seen = u8;
  text_at = kernel.TEXT.value as number;
  short_texts = new Uint8Array(u8.buffer, text_at, TEXT_BYTES);
  const { Buffer } = globalThis as {
    Buffer?: { from(b: ArrayBuffer): Uint8Array; prototype: object };
  };
  const methods = (Buffer?.prototype ?? {}) as Partial<HostBuffer>;
  const can = (...names: (keyof HostBuffer)[]) =>
    names.every((name) => typeof methods[name] === 'function');
  host = can('latin1Slice', 'latin1Write') ? (Buffer?.from(u8.buffer) as HostBuffer) : undefined;
  host_base64 = can('base64Slice', 'base64Write') ? host : undefined;
  const slow = native_utf8 === SLOW_UTF8;
  few_chars = slow ? SHORT_CHARS_SLOW : SHORT_CHARS;
  if (host_base64 === undefined) native_chars = 0x7fffffff;
  else if (slow) native_chars = NATIVE_CHARS_SLOW;
  else native_chars = native_utf8 === QUICK_UTF8 ? NATIVE_CHARS_QUICK : NATIVE_CHARS;
  most_latin1 = slow || host === undefined ? 0 : TEXT_BYTES;
}

/** Address of the area for short texts. */
export function text_area(): number {
  if (seen !== u8) renew();
  return text_at;
}

/** Whether a text of so many characters fits there. */
export function is_short(chars: number): boolean {
  return chars <= TEXT_BYTES;
}

/** `n` bytes at `p` as base64 by the host itself, if it can and is the faster one. */
export function encode_natively(p: number, n: number, url: boolean): string | undefined {
  if (seen !== u8) renew();
  if (host_base64 !== undefined) return url ? undefined : host_base64.base64Slice(p, p + n);
  if (n < TO_BASE64_BYTES || (u8 as NewerUint8Array).toBase64 === undefined) return undefined;
  const bytes: NewerUint8Array = new Uint8Array(u8.buffer, p, n);
  return bytes.toBase64?.({ alphabet: url ? 'base64url' : 'base64' });
}

/** The `n` ASCII characters at `p` as a string. */
export function read_ascii(p: number, n: number): string {
  if (seen !== u8) renew();
  if (host !== undefined) return host.latin1Slice(p, p + n);
  // Not as 'latin1', which is slower in Node.
  decoder ??= new TextDecoder();
  return decoder.decode(new Uint8Array(u8.buffer, p, n));
}

/** Bytes that {@link encode_few} takes at most. */
export const FEW_BYTES = 24;

function codes_of(alphabet: string): Uint8Array {
  return Uint8Array.from(alphabet, (letter) => letter.charCodeAt(0));
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const STANDARD_CODES = /* @__PURE__ */ codes_of(`${LETTERS}+/`);
const URL_CODES = /* @__PURE__ */ codes_of(`${LETTERS}-_`);

/** 0 to {@link FEW_BYTES} bytes at `p` as base64: one flat string, and no call out of JavaScript. Reads up to 3 bytes past the end. */
// biome-ignore format: a table
export function encode_few(p: number, n: number, url: boolean): string {
  if (n === 0) return '';
  const A = url ? URL_CODES : STANDARD_CODES;
  const groups = ((n + 2) / 3) | 0;
  const last = groups * 3 - 3;
  const rest = n - last;
  // The last group, and its two characters that may be padding.
  const z = (dv.getUint32(p + last) >>> 8) & (rest === 3 ? 0xffffff : rest === 2 ? 0xffff00 : 0xff0000);
  const y = rest === 1 ? 61 : A[(z >> 6) & 63];
  const x = rest === 3 ? A[z & 63] : 61;
  switch (groups) {
    case 1:
      return from_codes(A[z >> 18], A[(z >> 12) & 63], y, x);
    case 2: {
      const a = dv.getUint32(p) >>> 8;
      return from_codes(A[a >> 18], A[(a >> 12) & 63], A[(a >> 6) & 63], A[a & 63], A[z >> 18], A[(z >> 12) & 63], y, x);
    }
    case 3: {
      const a = dv.getUint32(p) >>> 8;
      const b = dv.getUint32(p + 3) >>> 8;
      return from_codes(A[a >> 18], A[(a >> 12) & 63], A[(a >> 6) & 63], A[a & 63], A[b >> 18], A[(b >> 12) & 63], A[(b >> 6) & 63], A[b & 63], A[z >> 18], A[(z >> 12) & 63], y, x);
    }
    case 4: {
      const a = dv.getUint32(p) >>> 8;
      const b = dv.getUint32(p + 3) >>> 8;
      const c = dv.getUint32(p + 6) >>> 8;
      return from_codes(A[a >> 18], A[(a >> 12) & 63], A[(a >> 6) & 63], A[a & 63], A[b >> 18], A[(b >> 12) & 63], A[(b >> 6) & 63], A[b & 63], A[c >> 18], A[(c >> 12) & 63], A[(c >> 6) & 63], A[c & 63], A[z >> 18], A[(z >> 12) & 63], y, x);
    }
    case 5: {
      const a = dv.getUint32(p) >>> 8;
      const b = dv.getUint32(p + 3) >>> 8;
      const c = dv.getUint32(p + 6) >>> 8;
      const d = dv.getUint32(p + 9) >>> 8;
      return from_codes(A[a >> 18], A[(a >> 12) & 63], A[(a >> 6) & 63], A[a & 63], A[b >> 18], A[(b >> 12) & 63], A[(b >> 6) & 63], A[b & 63], A[c >> 18], A[(c >> 12) & 63], A[(c >> 6) & 63], A[c & 63], A[d >> 18], A[(d >> 12) & 63], A[(d >> 6) & 63], A[d & 63], A[z >> 18], A[(z >> 12) & 63], y, x);
    }
    case 6: {
      const a = dv.getUint32(p) >>> 8;
      const b = dv.getUint32(p + 3) >>> 8;
      const c = dv.getUint32(p + 6) >>> 8;
      const d = dv.getUint32(p + 9) >>> 8;
      const e = dv.getUint32(p + 12) >>> 8;
      return from_codes(A[a >> 18], A[(a >> 12) & 63], A[(a >> 6) & 63], A[a & 63], A[b >> 18], A[(b >> 12) & 63], A[(b >> 6) & 63], A[b & 63], A[c >> 18], A[(c >> 12) & 63], A[(c >> 6) & 63], A[c & 63], A[d >> 18], A[(d >> 12) & 63], A[(d >> 6) & 63], A[d & 63], A[e >> 18], A[(e >> 12) & 63], A[(e >> 6) & 63], A[e & 63], A[z >> 18], A[(z >> 12) & 63], y, x);
    }
    case 7: {
      const a = dv.getUint32(p) >>> 8;
      const b = dv.getUint32(p + 3) >>> 8;
      const c = dv.getUint32(p + 6) >>> 8;
      const d = dv.getUint32(p + 9) >>> 8;
      const e = dv.getUint32(p + 12) >>> 8;
      const f = dv.getUint32(p + 15) >>> 8;
      return from_codes(A[a >> 18], A[(a >> 12) & 63], A[(a >> 6) & 63], A[a & 63], A[b >> 18], A[(b >> 12) & 63], A[(b >> 6) & 63], A[b & 63], A[c >> 18], A[(c >> 12) & 63], A[(c >> 6) & 63], A[c & 63], A[d >> 18], A[(d >> 12) & 63], A[(d >> 6) & 63], A[d & 63], A[e >> 18], A[(e >> 12) & 63], A[(e >> 6) & 63], A[e & 63], A[f >> 18], A[(f >> 12) & 63], A[(f >> 6) & 63], A[f & 63], A[z >> 18], A[(z >> 12) & 63], y, x);
    }
    case 8: {
      const a = dv.getUint32(p) >>> 8;
      const b = dv.getUint32(p + 3) >>> 8;
      const c = dv.getUint32(p + 6) >>> 8;
      const d = dv.getUint32(p + 9) >>> 8;
      const e = dv.getUint32(p + 12) >>> 8;
      const f = dv.getUint32(p + 15) >>> 8;
      const g = dv.getUint32(p + 18) >>> 8;
      return from_codes(A[a >> 18], A[(a >> 12) & 63], A[(a >> 6) & 63], A[a & 63], A[b >> 18], A[(b >> 12) & 63], A[(b >> 6) & 63], A[b & 63], A[c >> 18], A[(c >> 12) & 63], A[(c >> 6) & 63], A[c & 63], A[d >> 18], A[(d >> 12) & 63], A[(d >> 6) & 63], A[d & 63], A[e >> 18], A[(e >> 12) & 63], A[(e >> 6) & 63], A[e & 63], A[f >> 18], A[(f >> 12) & 63], A[(f >> 6) & 63], A[f & 63], A[g >> 18], A[(g >> 12) & 63], A[(g >> 6) & 63], A[g & 63], A[z >> 18], A[(z >> 12) & 63], y, x);
    }
    default:
      return '';
  }
}

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
    if (seen !== u8) renew();
    return write_many(text, n, block) ? kernel.base64_decode(block, n, p) : -1;
  } finally {
    release(block);
  }
}

/** Bytes that a text without whitespace stands for; -1 when its length cannot be right. */
export function plain_size(text: string): number {
  return bytes_of(unpadded(text));
}

// By the host's own decoder.
function decode_natively(text: string, p: number): number {
  const size = plain_size(text);
  // It skips what is not base64: then fewer bytes come out than the length of the text says.
  const good = size >= 0 && is_narrow(text) && host_base64!.base64Write(text, p, size) === size;
  return good ? size : -1;
}

/**
 * Decodes a text by the fastest way to `p`, where there is room for three bytes for four characters. Gives how many bytes it was;
 * below 0 when that cannot be, because the text is wrong or has whitespace. Some may have been written then.
 */
export function decode_quickly(text: string, p: number): number {
  const n = text.length;
  if (seen !== u8) renew();
  if (n <= few_chars) return decode_few(text, p);
  if (n >= native_chars) return decode_natively(text, p);
  if (n > most_latin1) return decode_by_kernel(text, p);
  if (!is_narrow(text)) return -1;
  host!.latin1Write(text, text_at, n);
  return kernel.base64_decode(text_at, n, p);
}
