// UTF-8 between JavaScript strings and linear memory.
import { dv, kernel, u8 } from './wasm/memory.js';

let encoder: TextEncoder | undefined;
let decoder: TextDecoder | undefined;

/** Up to this many characters a loop in JavaScript beats the call into the host's encoder (measured). */
const SHORT_CHARS = 24;

/** Bytes of `text` in UTF-8; a lone surrogate counts as U+FFFD, three bytes. */
export function utf8_length(text: string): number {
  let n = text.length;
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
 * Writes `text` as UTF-8 at `address` and gives the address behind it. The caller has made sure that
 * `utf8_length(text)` bytes fit; `limit` is the end of the room that may be touched.
 */
export function write_utf8(text: string, address: number, limit: number): number {
  const length = text.length;
  let done = 0;
  if (length <= SHORT_CHARS) {
    for (; done < length; done++) {
      const c = text.charCodeAt(done);
      if (c >= 0x80) break;
      dv.setUint8(address + done, c);
    }
    if (done === length) return address + done;
  }
  encoder ??= new TextEncoder();
  const rest = done === 0 ? text : text.slice(done);
  const at = address + done;
  return at + encoder.encodeInto(rest, new Uint8Array(u8.buffer, at, limit - at)).written;
}

/** The text of the UTF-8 bytes in [from, end). Malformed sequences become U+FFFD, a byte order mark stays. */
export function read_utf8(from: number, end: number): string {
  const length = end - from;
  if (length <= 12) {
    let text = '';
    let i = from;
    for (; i < end; i++) {
      const c = u8[i];
      if (c >= 0x80) break;
      text += String.fromCharCode(c);
    }
    if (i === end) return text;
  }
  decoder ??= new TextDecoder('utf-8', { ignoreBOM: true });
  return decoder.decode(new Uint8Array(u8.buffer, from, length));
}

/** Address of the first zero byte in [from, end), or `end`. */
export function find_zero(from: number, end: number): number {
  return kernel.find_zero(from, end);
}
