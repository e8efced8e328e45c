// Adler-32 (RFC 1950, 8.2), the checksum of zlib streams.

const MODULUS: u32 = 65521;
// Largest run in whole 64-byte rows: 64 of them keep sums of pairs (at most 64 * 510) positive as signed 16-bit numbers.
const RUN: usize = 4096;
// Weights of the pairs of a row, each that of its second byte, as i16. Loaded, not written as literals: those cost twice as much in
// V8 13.
const WEIGHTS: usize = memory.data<i16>([
  63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29, 27, 25, 23, 21, 19, 17,
  15, 13, 11, 9, 7, 5, 3, 1,
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
    // Rows of 64 bytes: sums of pairs stay apart by column, with weights once per run. A first byte weighs one more than the
    // second one of its pair: one more sum (faster than all 64 columns: 1.1 in Node 20, 1.3 to 1.4 in 24 and 26).
    while (n >= 64) {
      const k: usize = n < RUN ? n & ~63 : RUN;
      n -= k;
      const end = p + k;
      b += a * <u32>k;
      const even = i16x8.splat(255);
      let s1 = i32x4.splat(0);
      let s2 = s1;
      let first = s1;
      let c0 = s1;
      let c1 = s1;
      let c2 = s1;
      let c3 = s1;
      while (p < end) {
        const v0 = v128.load(p);
        const v1 = v128.load(p, 16);
        const v2 = v128.load(p, 32);
        const v3 = v128.load(p, 48);
        p += 64;
        s2 = i32x4.add(s2, s1);
        const p0 = i16x8.extadd_pairwise_i8x16_u(v0);
        const p1 = i16x8.extadd_pairwise_i8x16_u(v1);
        const p2 = i16x8.extadd_pairwise_i8x16_u(v2);
        const p3 = i16x8.extadd_pairwise_i8x16_u(v3);
        c0 = i16x8.add(c0, p0);
        c1 = i16x8.add(c1, p1);
        c2 = i16x8.add(c2, p2);
        c3 = i16x8.add(c3, p3);
        const row = i16x8.add(i16x8.add(p0, p1), i16x8.add(p2, p3));
        s1 = i32x4.add(s1, i32x4.extadd_pairwise_i16x8_u(row));
        const left = i16x8.add(v128.and(v0, even), v128.and(v1, even));
        const right = i16x8.add(v128.and(v2, even), v128.and(v3, even));
        first = i16x8.add(first, i16x8.add(left, right));
      }
      s2 = i32x4.shl(s2, 6);
      s2 = i32x4.add(s2, i32x4.extadd_pairwise_i16x8_u(first));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(c0, v128.load(WEIGHTS)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(c1, v128.load(WEIGHTS, 16)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(c2, v128.load(WEIGHTS, 32)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(c3, v128.load(WEIGHTS, 48)));
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
