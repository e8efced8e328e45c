// UTF-8 in linear memory to JavaScript strings.
import { decode_few, FEW_BYTES } from './buffer-text-few.js';
import { kernel, node_bytes, u8 } from './wasm/memory.js';

let decoder: TextDecoder | undefined;

/** Up to this many bytes ASCII is read by one call with the bytes as arguments (measured: half the time of the host's). */
const CALL_BYTES = 16;

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

/** The same as {@link read_utf8} for bytes that are not all ASCII. */
export function read_wide(from: number, end: number): string {
  if (end - from <= FEW_BYTES) {
    const text = decode_few(from, end);
    if (text !== '') return text;
  }
  if (node_bytes !== undefined) return node_bytes.utf8Slice(from, end);
  decoder ??= new TextDecoder('utf-8', { ignoreBOM: true });
  return decoder.decode(new Uint8Array(u8.buffer, from, end - from));
}

/** The text of the UTF-8 bytes in [from, end). Malformed sequences become U+FFFD, a byte order mark stays. */
export function read_utf8(from: number, end: number): string {
  const length = end - from;
  if (length <= CALL_BYTES) {
    let all = 0;
    for (let p = from; p < end; p++) all |= u8[p];
    if (all < 0x80) return call_ascii(from, length);
  }
  return read_wide(from, end);
}

/** The same for bytes that are all ASCII. */
export function read_ascii(from: number, end: number): string {
  const length = end - from;
  if (length <= CALL_BYTES) return call_ascii(from, length);
  if (node_bytes !== undefined) return node_bytes.latin1Slice(from, end);
  decoder ??= new TextDecoder('utf-8', { ignoreBOM: true });
  return decoder.decode(new Uint8Array(u8.buffer, from, length));
}

/** Address of the first zero byte in [from, end), or `end`. */
export function find_zero(from: number, end: number): number {
  return kernel.find_zero(from, end);
}
