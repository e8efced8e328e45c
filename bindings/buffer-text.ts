// JavaScript strings to UTF-8 in linear memory: the fastest way that this host has, by length and by script.
import {
  kernel,
  native_utf8,
  node_byte_length,
  node_bytes,
  SLOW_UTF8,
  u8,
  VIEWS,
  WIDE_UTF8,
} from './wasm/memory.js';

let encoder: TextEncoder | undefined;

// Up to so many characters a loop here beats the call into the host, which costs Node 20 40 ns, newer ones 15 to 20 with ASCII and
// 40 with others (measured).
const LOOP_CHARS_SLOW = 24;
const LOOP_CHARS_SLOW_WIDE = 20;
const LOOP_CHARS = 12;
const LOOP_CHARS_WIDE = 32;
/** In Node 20 texts with pairs go by way of UTF-16 only from here on; in 22 and 24 all that the loop does not take (measured). */
const PAIRS_CHARS_SLOW = 96;
/** From this many characters on a copy as Latin-1 and a look at it beat Node 20's encoder, where all is ASCII. */
const LATIN1_CHARS = 2000;
/** Above this the host counts: encoding into a throw-away array still beats a loop (measured). */
const COUNT_CHARS = 64;
/** UTF-16 units that the area for short texts has room for, beside what the kernel writes around them. */
const UNITS = (0x1700 - 64) >> 1;

// V8 knows of a string of one-byte characters, without looking, that there is none of these.
const WIDE = /[\u0100-\uffff]/;

/** Bytes of `text` in UTF-8; a lone surrogate counts as U+FFFD, three bytes. */
export function utf8_length(text: string): number {
  let n = text.length;
  if (n > COUNT_CHARS) {
    if (node_bytes !== undefined) return node_byte_length(text);
    encoder ??= new TextEncoder();
    return encoder.encode(text).length;
  }
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x80) continue;
    n += c < 0x800 ? 1 : 2;
    if (c >= 0xd800 && c < 0xdc00) {
      const d = text.charCodeAt(i + 1);
      // A pair: four bytes for two characters.
      if (d >= 0xdc00 && d < 0xe000) i++;
    }
  }
  return n;
}

/**
 * Writes a short text; gives the address behind it. Four characters at a time of ASCII, two of those that take two bytes: fewer
 * stores, and up to 32 characters faster than any call into the host (measured).
 */
export function write_few(text: string, length: number, address: number): number {
  const d = VIEWS.dv;
  let p = address;
  let i = 0;
  // A text that begins with another letter is hardly ASCII further on.
  const quads = length >= 4 && text.charCodeAt(0) < 0x80 ? length - 3 : 0;
  for (; i < quads; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const e = text.charCodeAt(i + 3);
    if ((a | b | c | e) >= 0x80) break;
    d.setInt32(p, a | (b << 8) | (c << 16) | (e << 24), true);
    p += 4;
  }
  while (i < length) {
    let c = text.charCodeAt(i++);
    if (c < 0x80) {
      d.setUint8(p++, c);
    } else if (c < 0x800) {
      const next = i < length ? text.charCodeAt(i) : 0;
      const one = 0x80c0 | (c >> 6) | ((c & 63) << 8);
      if (next >= 0x80 && next < 0x800) {
        d.setInt32(p, one | ((0x80c0 | (next >> 6) | ((next & 63) << 8)) << 16), true);
        p += 4;
        i++;
      } else {
        d.setUint16(p, one, true);
        p += 2;
      }
    } else {
      if ((c & 0xf800) === 0xd800) {
        const low = c < 0xdc00 && i < length ? text.charCodeAt(i) : 0;
        if ((low & 0xfc00) === 0xdc00) {
          i++;
          const pair = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
          const first = 0x80f0 | (pair >> 18) | (((pair >> 12) & 63) << 8);
          d.setInt32(p, first | ((0x8080 | ((pair >> 6) & 63) | ((pair & 63) << 8)) << 16), true);
          p += 4;
          continue;
        }
        c = 0xfffd;
      }
      d.setUint16(p, 0x80e0 | (c >> 12) | (((c >> 6) & 63) << 8), true);
      d.setUint8(p + 2, 0x80 | (c & 63));
      p += 3;
    }
  }
  return p;
}

let text_at = 0;

// By way of UTF-16 in linear memory, part by part, which a kernel transcodes.
function write_units(text: string, length: number, address: number): number {
  if (text_at === 0) text_at = (kernel.TEXT.value as number) + 16;
  // The caller has looked.
  const host = node_bytes!;
  if (length <= UNITS) {
    host.ucs2Write(text, text_at, length * 2);
    return kernel.utf16_to_utf8(text_at, length, address);
  }
  let p = address;
  for (let i = 0; i < length; ) {
    let end = Math.min(i + UNITS, length);
    // A pair stays together.
    if (end < length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
    host.ucs2Write(text.slice(i, end), text_at, (end - i) * 2);
    p = kernel.utf16_to_utf8(text_at, end - i, p);
    i = end;
  }
  return p;
}

// What the last text was tells most of the next one: looking at characters costs a tenth of a call. Whatever is guessed, each
// way writes every text right.
let wide = false;
/**
 * So many of the host's calls are made elsewhere before `write_utf8` makes them itself. Code that the engine made while they were rare
 * leaves them out for good: 5 to 10 ns each (measured, Node 26). Where there was none at all, it starts over at the first one.
 */
const SETTLED = 64;
let host_calls = 0;
/** Up to here the loop; from there below `direct` straight to the host. Both follow from `wide` and from the host; below 0 nobody has looked yet. */
let few = -1;
let direct = 0;

function choose(is_wide: boolean): void {
  const slow = node_bytes === undefined || native_utf8 === SLOW_UTF8;
  wide = is_wide;
  if (slow) few = wide ? LOOP_CHARS_SLOW_WIDE : LOOP_CHARS_SLOW;
  else few = wide ? LOOP_CHARS_WIDE : LOOP_CHARS;
  if (host_calls < SETTLED || (wide && native_utf8 !== WIDE_UTF8)) direct = 0;
  else direct = slow ? LATIN1_CHARS : 0x7fffffff;
}

/** Whether a few characters say that the way by UTF-16 is the faster one. */
function looks_wide(text: string, length: number): boolean {
  const first = text.charCodeAt(0);
  const middle = text.charCodeAt(length >> 1);
  if (length < PAIRS_CHARS_SLOW && native_utf8 === SLOW_UTF8)
    return first > 0xff && first < 0xd800 && middle > 0xff && middle < 0xd800;
  return (first | middle | text.charCodeAt(length >> 2) | text.charCodeAt(length - 1)) > 0xff;
}

function write_many(text: string, length: number, address: number, limit: number): number {
  if (few < 0) {
    choose(false);
    return write_utf8(text, address, limit);
  }
  const host = node_bytes;
  if (host === undefined) {
    encoder ??= new TextEncoder();
    const room = new Uint8Array(u8.buffer, address, limit - address);
    return address + encoder.encodeInto(text, room).written;
  }
  if (wide && native_utf8 !== WIDE_UTF8 && looks_wide(text, length))
    return write_units(text, length, address);
  if (length >= LATIN1_CHARS && native_utf8 === SLOW_UTF8) {
    if (WIDE.test(text)) return write_units(text, length, address);
    host.latin1Write(text, address, length);
    return kernel.is_ascii(address, length) ? address + length : write_units(text, length, address);
  }
  const written = host.utf8Write(text, address, limit - address);
  const is_wide = written !== length;
  const settles = host_calls < SETTLED && ++host_calls === SETTLED;
  if (is_wide !== wide || settles) choose(is_wide);
  return address + written;
}

/**
 * Writes `text` as UTF-8 at `address` and gives the address behind it. The caller has made sure that it fits below `limit`.
 * Lone surrogates become U+FFFD (Encoding standard, "UTF-8 encode").
 */
export function write_utf8(text: string, address: number, limit: number): number {
  const length = text.length;
  // The two ways that are taken most stand here, and nothing else: with more to inline the engine leaves out the host's call, which
  // then costs 4 ns more (measured, Node 24 and 26).
  if (length <= few) {
    const end = write_few(text, length, address);
    if (wide && end === address + length) choose(false);
    return end;
  }
  if (length < direct) {
    // `direct` is 0 where there is none.
    const written = node_bytes!.utf8Write(text, address, limit - address);
    if ((written !== length) !== wide) choose(!wide);
    return address + written;
  }
  return write_many(text, length, address, limit);
}
