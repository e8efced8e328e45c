// CRC-32 of 96 bytes and more in vector registers, without tables or carry-less multiplication: sparse multiples of P.
//
// For a set D of byte distances with  sum over d in D of x^(-8d) = 1 (mod P),  every byte of the message can be moved into the
// bytes d further on, for each d of D. As a recurrence over blocks of 16 bytes (w[i] is block i after all that moved into it):
//
//     w[i] = m[i] ^ XOR over d of (the 16 bytes of w that begin d bytes before block i)
//
// and in the end the CRC is that of the last max(D) bytes alone. A distance d = 16q - s is the 16 bytes from byte s of the pair
// (w[i-q], w[i-q+1]): one vpalignr on x86, one EXT on ARM. Taps that share s are XOR-ed first and aligned once.
//
//     medium  D = {16, 17, 21, 34, 44, 48, 50, 52, 57, 58}   4 blocks of state
//     large   D = {32, 40, 86, 102, 107, 112, 120}           7 blocks of state
//
// P is primitive of degree 32, so about range^k / k! / 2^32 sets of k distances exist; a test checks that ours are among them.
// Odd lengths are taken at the front: zeros before a message do not change a raw CRC, so the first block is the first 1..16
// bytes behind zeros, every later load is whole, and nothing is left at the end.
import { CRC_LAST } from '../layout';
import { crc_of_64 } from './crc32-slices';

/** 48 bytes; as swizzle indices: from `r`, the first r bytes to the end behind zeros; from `16 + r`, the first r bytes dropped. */
const SHIFTS: usize = memory.data<u8>(
  [
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 0, 1, 2, 3, 4,
    5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128,
  ],
  16,
);

// The 16 bytes from byte s of the pair (a, b).
class From {
  @inline static byte4(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
  }
  @inline static byte5(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20);
  }
  @inline static byte6(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21);
  }
  @inline static byte7(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22);
  }
  @inline static byte8(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
  }
  @inline static byte10(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25);
  }
  @inline static byte11(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26);
  }
  @inline static byte12(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27);
  }
  @inline static byte14(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
  }
  @inline static byte15(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  }
}

class Xor {
  @inline static of2(a: v128, b: v128): v128 {
    return v128.xor(a, b);
  }
  @inline static of3(a: v128, b: v128, c: v128): v128 {
    return v128.xor(v128.xor(a, b), c);
  }
  @inline static of4(a: v128, b: v128, c: v128, d: v128): v128 {
    return v128.xor(v128.xor(a, b), v128.xor(c, d));
  }
}

// The medium taps into one block, by how far back they reach; a, b, c, d are the four blocks before it.
class Medium {
  /** 16, 17, 21: into the next block. */
  @inline static near(m: v128, c: v128, d: v128): v128 {
    return Xor.of4(m, d, From.byte11(c, d), From.byte15(c, d));
  }
  /** 34, 44, 48, 50 from three blocks back. */
  @inline static middle(m: v128, a: v128, b: v128, c: v128): v128 {
    return Xor.of4(m, b, From.byte4(b, c), From.byte14(Xor.of2(a, b), Xor.of2(b, c)));
  }
  /** 52, 57, 58 from four blocks back. */
  @inline static far(m: v128, a: v128, b: v128): v128 {
    return Xor.of4(m, From.byte6(a, b), From.byte7(a, b), From.byte12(a, b));
  }
  /** All ten. */
  @inline static all(m: v128, a: v128, b: v128, c: v128, d: v128): v128 {
    return Medium.near(Medium.middle(Medium.far(m, a, b), a, b, c), c, d);
  }
  /** The last four blocks take what comes from a, b, c, d before them, and are the message from then on. */
  @inline static finish(
    m4: v128,
    m5: v128,
    m6: v128,
    m7: v128,
    a: v128,
    b: v128,
    c: v128,
    d: v128,
  ): u32 {
    const zero = i32x4.splat(0);
    v128.store(CRC_LAST, Medium.all(m4, a, b, c, d));
    const w5 = Medium.middle(Medium.far(m5, b, c), b, c, d);
    v128.store(CRC_LAST, Xor.of3(w5, From.byte11(d, zero), From.byte15(d, zero)), 16);
    v128.store(CRC_LAST, Medium.middle(Medium.far(m6, c, d), c, d, zero), 32);
    v128.store(CRC_LAST, v128.xor(Medium.far(m7, d, zero), From.byte14(d, zero)), 48);
    return ~crc_of_64(CRC_LAST);
  }
}

/** CRC of `n` bytes (at least 96), going on from the CRC `before`. */
export function crc32_medium(p: usize, n: usize, before: u32): u32 {
  const zero = i32x4.splat(0);
  const first = ((n - 1) & 15) + 1;
  const end = p + n - 64;
  // The inversion goes onto the first four bytes of the message; if fewer are in the first block, the rest onto the second.
  const inverted = i32x4.replace_lane(zero, 0, ~before);
  let a = zero;
  let b = zero;
  let c = v128.swizzle(v128.xor(v128.load(p), inverted), v128.load(SHIFTS + first));
  p += first;
  let d = v128.xor(v128.load(p), v128.swizzle(inverted, v128.load(SHIFTS + 16 + first)));
  d = Medium.near(d, zero, c);
  p += 16;
  while (p < end) {
    const w = Medium.all(v128.load(p), a, b, c, d);
    a = b;
    b = c;
    c = d;
    d = w;
    p += 16;
  }
  return Medium.finish(
    v128.load(p),
    v128.load(p, 16),
    v128.load(p, 32),
    v128.load(p, 48),
    a,
    b,
    c,
    d,
  );
}

// The large taps into one block: 32 and 112 come as `h` itself, 40 and 120 aligned, 86 and 102 in `g`, 107 from the oldest pair.
class Large {
  @inline static block(
    m: v128,
    h_before: v128,
    h: v128,
    g_before: v128,
    g: v128,
    w7: v128,
    w6: v128,
  ): v128 {
    // What comes late is `h`: all else is taken before it (vector operations that wait for each other take Zen 5 two cycles).
    const early = Xor.of3(m, From.byte10(g_before, g), From.byte5(w7, w6));
    return v128.xor(v128.xor(early, h), From.byte8(h_before, h));
  }
}

/** CRC of `n` bytes (at least 288), going on from the CRC `before`. */
export function crc32_large(p: usize, n: usize, before: u32): u32 {
  const zero = i32x4.splat(0);
  const first = ((n - 1) & 15) + 1;
  const end = p + n - 128;
  const inverted = i32x4.replace_lane(zero, 0, ~before);
  let s0 = zero;
  let s1 = zero;
  let s2 = zero;
  let s3 = zero;
  let s4 = zero;
  let s5 = v128.swizzle(v128.xor(v128.load(p), inverted), v128.load(SHIFTS + first));
  p += first;
  let s6 = v128.xor(v128.load(p), v128.swizzle(inverted, v128.load(SHIFTS + 16 + first)));
  p += 16;
  // h is w[i-2] ^ w[i-7], g is w[i-5] ^ w[i-6]; the one before is kept for the alignment.
  let h: v128;
  let g: v128;
  let h_before = zero;
  let g_before = zero;
  // Seven blocks at a time: w[i] takes the name of w[i-7], so nothing has to be moved.
  const sevens = p + ((end - p) / 112) * 112;
  while (p < sevens) {
    h = v128.xor(s5, s0);
    g = v128.xor(s2, s1);
    s0 = Large.block(v128.load(p), h_before, h, g_before, g, s0, s1);
    h_before = h;
    g_before = g;
    h = v128.xor(s6, s1);
    g = v128.xor(s3, s2);
    s1 = Large.block(v128.load(p, 16), h_before, h, g_before, g, s1, s2);
    h_before = h;
    g_before = g;
    h = v128.xor(s0, s2);
    g = v128.xor(s4, s3);
    s2 = Large.block(v128.load(p, 32), h_before, h, g_before, g, s2, s3);
    h_before = h;
    g_before = g;
    h = v128.xor(s1, s3);
    g = v128.xor(s5, s4);
    s3 = Large.block(v128.load(p, 48), h_before, h, g_before, g, s3, s4);
    h_before = h;
    g_before = g;
    h = v128.xor(s2, s4);
    g = v128.xor(s6, s5);
    s4 = Large.block(v128.load(p, 64), h_before, h, g_before, g, s4, s5);
    h_before = h;
    g_before = g;
    h = v128.xor(s3, s5);
    g = v128.xor(s0, s6);
    s5 = Large.block(v128.load(p, 80), h_before, h, g_before, g, s5, s6);
    h_before = h;
    g_before = g;
    h = v128.xor(s4, s6);
    g = v128.xor(s1, s0);
    s6 = Large.block(v128.load(p, 96), h_before, h, g_before, g, s6, s0);
    h_before = h;
    g_before = g;
    p += 112;
  }
  while (p < end) {
    h = v128.xor(s5, s0);
    g = v128.xor(s2, s1);
    const w = Large.block(v128.load(p), h_before, h, g_before, g, s0, s1);
    h_before = h;
    g_before = g;
    s0 = s1;
    s1 = s2;
    s2 = s3;
    s3 = s4;
    s4 = s5;
    s5 = s6;
    s6 = w;
    p += 16;
  }
  // The last eight blocks take the large taps that come from before them ...
  const s50 = v128.xor(s5, s0);
  const s61 = v128.xor(s6, s1);
  const s21 = v128.xor(s2, s1);
  const s32 = v128.xor(s3, s2);
  const s43 = v128.xor(s4, s3);
  const s54 = v128.xor(s5, s4);
  const s65 = v128.xor(s6, s5);
  const s10 = v128.xor(s1, s0);
  const t0 = Large.block(v128.load(p), h_before, s50, s10, s21, s0, s1);
  let t1 = Large.block(v128.load(p, 16), s50, s61, s21, s32, s1, s2);
  let t2 = Large.block(v128.load(p, 32), s61, s2, s32, s43, s2, s3);
  let t3 = Large.block(v128.load(p, 48), s2, s3, s43, s54, s3, s4);
  const t4 = Large.block(v128.load(p, 64), s3, s4, s54, s65, s4, s5);
  const t5 = Large.block(v128.load(p, 80), s4, s5, s65, s6, s5, s6);
  const t6 = Large.block(v128.load(p, 96), s5, s6, s6, zero, s6, zero);
  const t7 = v128.xor(v128.load(p, 112), From.byte8(s6, zero));
  // ... and are from then on a message of 128 bytes, taken by the medium taps.
  t1 = Medium.near(t1, zero, t0);
  t2 = Medium.near(Xor.of3(t2, From.byte14(zero, t0), From.byte4(zero, t0)), t0, t1);
  t3 = Medium.near(Medium.middle(Medium.far(t3, zero, t0), zero, t0, t1), t1, t2);
  return Medium.finish(t4, t5, t6, t7, t0, t1, t2, t3);
}
