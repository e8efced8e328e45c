// How base64 text gets out of linear memory: the fastest way that this host has, by length.
import { host, host_base64, know_host, TEXT_BYTES, text_at } from './base64-host.js';
import { dv, u8 } from './wasm/memory.js';

interface NewerUint8Array extends Uint8Array {
  toBase64?(options: { alphabet: 'base64' | 'base64url' }): string;
}

/** From this many bytes on `Uint8Array.prototype.toBase64`, where there is one, is faster than wasm and TextDecoder. */
const TO_BASE64_BYTES = 1024;

const from_codes = String.fromCharCode;
let decoder: TextDecoder | undefined;

/** Address of the area for short texts. */
export function text_area(): number {
  know_host();
  return text_at;
}

/** Whether a text of so many characters fits there. */
export function is_short(chars: number): boolean {
  return chars <= TEXT_BYTES;
}

/** `n` bytes at `p` as base64 by the host itself, if it can and is the faster one. */
export function encode_natively(p: number, n: number, url: boolean): string | undefined {
  know_host();
  if (host_base64 !== undefined) return url ? undefined : host_base64.base64Slice(p, p + n);
  if (n < TO_BASE64_BYTES || (u8 as NewerUint8Array).toBase64 === undefined) return undefined;
  const bytes: NewerUint8Array = new Uint8Array(u8.buffer, p, n);
  return bytes.toBase64?.({ alphabet: url ? 'base64url' : 'base64' });
}

/** The `n` ASCII characters at `p` as a string. */
export function read_ascii(p: number, n: number): string {
  know_host();
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
/** The alphabets (RFC 4648 4 and 5). */
export const STANDARD_CODES = /* @__PURE__ */ codes_of(`${LETTERS}+/`);
export const URL_CODES = /* @__PURE__ */ codes_of(`${LETTERS}-_`);

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
