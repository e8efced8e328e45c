// Digests as strings: hex digits in linear memory -> one flat string.
import { u8 } from './wasm/memory.js';

const from_codes = String.fromCharCode;

// A literal list of arguments is the fastest way to a flat string of this length: no call out of JavaScript (measured 39 ns for
// 32 digits on Node 20; latin1Slice 54, TextDecoder 58 to 160, fromCharCode.apply far behind).

/** The 32 characters at `p`. */
export function hex_32(p: number): string {
  return from_codes(
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
    u8[p + 16],
    u8[p + 17],
    u8[p + 18],
    u8[p + 19],
    u8[p + 20],
    u8[p + 21],
    u8[p + 22],
    u8[p + 23],
    u8[p + 24],
    u8[p + 25],
    u8[p + 26],
    u8[p + 27],
    u8[p + 28],
    u8[p + 29],
    u8[p + 30],
    u8[p + 31],
  );
}

/** The 40 characters at `p`. */
export function hex_40(p: number): string {
  return from_codes(
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
    u8[p + 16],
    u8[p + 17],
    u8[p + 18],
    u8[p + 19],
    u8[p + 20],
    u8[p + 21],
    u8[p + 22],
    u8[p + 23],
    u8[p + 24],
    u8[p + 25],
    u8[p + 26],
    u8[p + 27],
    u8[p + 28],
    u8[p + 29],
    u8[p + 30],
    u8[p + 31],
    u8[p + 32],
    u8[p + 33],
    u8[p + 34],
    u8[p + 35],
    u8[p + 36],
    u8[p + 37],
    u8[p + 38],
    u8[p + 39],
  );
}
