// UTF-8 between JavaScript strings and linear memory.
import { dv, kernel, node_byte_length, node_bytes, u8 } from './wasm/memory.js';

let encoder: TextEncoder | undefined;
let decoder: TextDecoder | undefined;

/** Up to this many characters a loop here beats the call into the host, for any script (measured: the calls cost 70 to 200 ns). */
const LOOP_CHARS = 24;
/** Up to this many bytes ASCII is read by one call with the bytes as arguments (measured: half the time of the host's). */
const CALL_BYTES = 16;

/** Above this the host counts: encoding into a throw-away array still beats a loop (measured). */
const COUNT_CHARS = 64;

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

/** The bytes of one character from U+0080 up at `p`; gives the address behind it, and the index `i` by which pairs skip. */
function write_wide(text: string, i: number, c: number, p: number): number {
  if (c < 0x800) {
    u8[p] = 0xc0 | (c >> 6);
    u8[p + 1] = 0x80 | (c & 63);
    return p + 2;
  }
  let code = c;
  if ((c & 0xf800) === 0xd800) {
    const d = text.charCodeAt(i + 1);
    if (c < 0xdc00 && (d & 0xfc00) === 0xdc00) {
      const pair = 0x10000 + ((c & 0x3ff) << 10) + (d & 0x3ff);
      dv.setUint32(
        p,
        0xf0 |
          (pair >> 18) |
          ((0x80 | ((pair >> 12) & 63)) << 8) |
          ((0x80 | ((pair >> 6) & 63)) << 16) |
          ((0x80 | (pair & 63)) << 24),
        true,
      );
      return p + 4;
    }
    code = 0xfffd;
  }
  u8[p] = 0xe0 | (code >> 12);
  u8[p + 1] = 0x80 | ((code >> 6) & 63);
  u8[p + 2] = 0x80 | (code & 63);
  return p + 3;
}

/**
 * Writes `text` as UTF-8 at `address` and gives the address behind it. The caller has made sure that it fits below `limit`.
 * Lone surrogates become U+FFFD (Encoding standard, "UTF-8 encode").
 */
export function write_utf8(text: string, address: number, limit: number): number {
  const length = text.length;
  if (length <= LOOP_CHARS) {
    let p = address;
    for (let i = 0; i < length; i++) {
      const c = text.charCodeAt(i);
      if (c < 0x80) {
        u8[p++] = c;
      } else {
        const end = write_wide(text, i, c, p);
        if (end === p + 4) i++;
        p = end;
      }
    }
    return p;
  }
  if (node_bytes !== undefined)
    return address + node_bytes.utf8Write(text, address, limit - address);
  encoder ??= new TextEncoder();
  const room = new Uint8Array(u8.buffer, address, limit - address);
  return address + encoder.encodeInto(text, room).written;
}

/** A flat string of `n` ASCII bytes, 1 to CALL_BYTES. */
function call_ascii(p: number, n: number): string {
  switch (n) {
    case 1:
      return String.fromCharCode(u8[p]);
    case 2:
      return String.fromCharCode(u8[p], u8[p + 1]);
    case 3:
      return String.fromCharCode(u8[p], u8[p + 1], u8[p + 2]);
    case 4:
      return String.fromCharCode(u8[p], u8[p + 1], u8[p + 2], u8[p + 3]);
    case 5:
      return String.fromCharCode(u8[p], u8[p + 1], u8[p + 2], u8[p + 3], u8[p + 4]);
    case 6:
      return String.fromCharCode(u8[p], u8[p + 1], u8[p + 2], u8[p + 3], u8[p + 4], u8[p + 5]);
    case 7:
      return String.fromCharCode(
        u8[p],
        u8[p + 1],
        u8[p + 2],
        u8[p + 3],
        u8[p + 4],
        u8[p + 5],
        u8[p + 6],
      );
    case 8:
      return String.fromCharCode(
        u8[p],
        u8[p + 1],
        u8[p + 2],
        u8[p + 3],
        u8[p + 4],
        u8[p + 5],
        u8[p + 6],
        u8[p + 7],
      );
    case 9:
      return String.fromCharCode(
        u8[p],
        u8[p + 1],
        u8[p + 2],
        u8[p + 3],
        u8[p + 4],
        u8[p + 5],
        u8[p + 6],
        u8[p + 7],
        u8[p + 8],
      );
    case 10:
      return String.fromCharCode(
        u8[p],
        u8[p + 1],
        u8[p + 2],
        u8[p + 3],
        u8[p + 4],
        u8[p + 5],
        u8[p + 6],
        u8[p + 7],
        u8[p + 8],
        u8[p + 9],
      );
    case 11:
      return String.fromCharCode(
        u8[p],
        u8[p + 1],
        u8[p + 2],
        u8[p + 3],
        u8[p + 4],
        u8[p + 5],
        u8[p + 6],
        u8[p + 7],
        u8[p + 8],
        u8[p + 9],
        u8[p + 10],
      );
    case 12:
      return String.fromCharCode(
        u8[p],
        u8[p + 1],
        u8[p + 2],
        u8[p + 3],
        u8[p + 4],
        u8[p + 5],
        u8[p + 6],
        u8[p + 7],
        u8[p + 8],
        u8[p + 9],
        u8[p + 10],
        u8[p + 11],
      );
    case 13:
      return String.fromCharCode(
        u8[p],
        u8[p + 1],
        u8[p + 2],
        u8[p + 3],
        u8[p + 4],
        u8[p + 5],
        u8[p + 6],
        u8[p + 7],
        u8[p + 8],
        u8[p + 9],
        u8[p + 10],
        u8[p + 11],
        u8[p + 12],
      );
    case 14:
      return String.fromCharCode(
        u8[p],
        u8[p + 1],
        u8[p + 2],
        u8[p + 3],
        u8[p + 4],
        u8[p + 5],
        u8[p + 6],
        u8[p + 7],
        u8[p + 8],
        u8[p + 9],
        u8[p + 10],
        u8[p + 11],
        u8[p + 12],
        u8[p + 13],
      );
    case 15:
      return String.fromCharCode(
        u8[p],
        u8[p + 1],
        u8[p + 2],
        u8[p + 3],
        u8[p + 4],
        u8[p + 5],
        u8[p + 6],
        u8[p + 7],
        u8[p + 8],
        u8[p + 9],
        u8[p + 10],
        u8[p + 11],
        u8[p + 12],
        u8[p + 13],
        u8[p + 14],
      );
    case 16:
      return String.fromCharCode(
        u8[p],
        u8[p + 1],
        u8[p + 2],
        u8[p + 3],
        u8[p + 4],
        u8[p + 5],
        u8[p + 6],
        u8[p + 7],
        u8[p + 8],
        u8[p + 9],
        u8[p + 10],
        u8[p + 11],
        u8[p + 12],
        u8[p + 13],
        u8[p + 14],
        u8[p + 15],
      );
    default:
      return '';
  }
}

/** The text of the UTF-8 bytes in [from, end). Malformed sequences become U+FFFD, a byte order mark stays. */
export function read_utf8(from: number, end: number): string {
  const length = end - from;
  if (length <= CALL_BYTES) {
    let all = 0;
    for (let p = from; p < end; p++) all |= u8[p];
    if (all < 0x80) return call_ascii(from, length);
  }
  if (node_bytes !== undefined) return node_bytes.utf8Slice(from, end);
  decoder ??= new TextDecoder('utf-8', { ignoreBOM: true });
  return decoder.decode(new Uint8Array(u8.buffer, from, length));
}

/** Address of the first zero byte in [from, end), or `end`. */
export function find_zero(from: number, end: number): number {
  return kernel.find_zero(from, end);
}
