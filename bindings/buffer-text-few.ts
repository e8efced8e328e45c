// Short UTF-8 that is not all ASCII, to JavaScript strings: decoded here and made by one call, which takes 40 % of the host's time.
import { u8 } from './wasm/memory.js';

/** Texts of so many bytes are worth a try: 12 letters of two bytes, 8 of three. */
export const FEW_BYTES = 24;
const FEW_UNITS = 16;
/** UTF-16 units of a text, with room for a pair behind the last that counts. */
const UNITS = /* @__PURE__ */ new Uint16Array(FEW_UNITS + 1);

const from_codes = String.fromCharCode;

/**
 * The first `n` units as a string, which is flat because one call makes it. One function for these and for the bytes of ASCII texts
 * would take 2.5 times as long in Node 20, a tenth more in newer ones: it would meet two kinds of arrays (measured).
 */
// biome-ignore format: a table
function call_units(n: number): string {
  const s = UNITS;
  switch (n) {
    case 1: return from_codes(s[0]);
    case 2: return from_codes(s[0], s[1]);
    case 3: return from_codes(s[0], s[1], s[2]);
    case 4: return from_codes(s[0], s[1], s[2], s[3]);
    case 5: return from_codes(s[0], s[1], s[2], s[3], s[4]);
    case 6: return from_codes(s[0], s[1], s[2], s[3], s[4], s[5]);
    case 7: return from_codes(s[0], s[1], s[2], s[3], s[4], s[5], s[6]);
    case 8: return from_codes(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
    case 9: return from_codes(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]);
    case 10: return from_codes(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9]);
    case 11: return from_codes(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10]);
    case 12: return from_codes(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11]);
    case 13: return from_codes(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[12]);
    case 14: return from_codes(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[12], s[13]);
    case 15: return from_codes(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[12], s[13], s[14]);
    case 16: return from_codes(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[12], s[13], s[14], s[15]);
    default: return '';
  }
}

/** The text of the bytes in [from, end); '' when they are malformed or more than 16 units, which is left to the host. */
export function decode_few(from: number, end: number): string {
  // A text that begins with ASCII hardly has so many wide characters that it fits.
  if (end - from > FEW_UNITS && u8[from] < 0x80) return '';
  let n = 0;
  let p = from;
  while (p < end) {
    if (n >= FEW_UNITS) return '';
    const a = u8[p];
    if (a < 0x80) {
      UNITS[n++] = a;
      p++;
      continue;
    }
    // A byte that continues has the bits 10 on top, which this makes 00. (Table 3-7 of the Unicode standard.)
    const b = u8[p + 1] ^ 0x80;
    if (a < 0xc2 || a > 0xf4 || b > 63) return '';
    if (a < 0xe0) {
      UNITS[n++] = ((a & 31) << 6) | b;
      p += 2;
      continue;
    }
    const c = u8[p + 2] ^ 0x80;
    if (c > 63) return '';
    if (a < 0xf0) {
      const unit = ((a & 15) << 12) | (b << 6) | c;
      if (unit < 0x800 || (unit & 0xf800) === 0xd800) return '';
      UNITS[n++] = unit;
      p += 3;
      continue;
    }
    const d = u8[p + 3] ^ 0x80;
    const code = (((a & 7) << 18) | (b << 12) | (c << 6) | d) - 0x10000;
    if (d > 63 || code < 0 || code > 0xfffff) return '';
    UNITS[n++] = 0xd800 | (code >> 10);
    UNITS[n++] = 0xdc00 | (code & 0x3ff);
    p += 4;
  }
  // A character that is cut off has taken bytes from behind.
  return p === end && n <= FEW_UNITS ? call_units(n) : '';
}
