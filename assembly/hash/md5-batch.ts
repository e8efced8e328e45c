// MD5 (RFC 1321) of four messages at once, one in each 32-bit lane of a vector: about three times one stream's throughput.
import { LANE_STATE, LANE_WORDS } from '../layout';
import { transpose_block } from './lanes';

/** The constants of RFC 1321 3.4; round 4's less 1, see `Lane.i`. Loaded: V8 rebuilds literal vectors at each use. */
const K: usize = memory.data<u32>(
  [
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292243, 0x432aff96, 0xab9423a6, 0xfc93a038, 0x655b59c2, 0x8f0ccc91, 0xffeff47c, 0x85845dd0,
    0x6fa87e4e, 0xfe2ce6df, 0xa3014313, 0x4e0811a0, 0xf7537e81, 0xbd3af234, 0x2ad7d2ba, 0xeb86d390,
  ],
  16,
);

/** Written and never read: keeps V8 (Node 24) from making sums far ahead and spilling them, see md5-batch-8.ts. */
const PIN: usize = LANE_STATE + 128;

/** One step in four lanes. */
export class Lane {
  @inline static rotated(x: v128, s: i32, b: v128): v128 {
    return i32x4.add(v128.or(i32x4.shl(x, s), i32x4.shr_u(x, 32 - s)), b);
  }
  @inline static f(a: v128, b: v128, c: v128, d: v128, m: v128, s: i32): v128 {
    return Lane.rotated(i32x4.add(i32x4.add(a, m), v128.xor(d, v128.and(b, v128.xor(c, d)))), s, b);
  }
  @inline static g(a: v128, b: v128, c: v128, d: v128, m: v128, s: i32): v128 {
    const early = i32x4.add(i32x4.add(a, m), v128.andnot(c, d));
    return Lane.rotated(i32x4.add(early, v128.and(d, b)), s, b);
  }
  @inline static h(a: v128, b: v128, c: v128, d: v128, m: v128, s: i32): v128 {
    return Lane.rotated(i32x4.add(i32x4.add(a, m), v128.xor(v128.xor(c, d), b)), s, b);
  }
  /** c ^ (b | ~d) is ~(c ^ (d & ~b)), and ~x is -x - 1: subtracted, with the 1 in the constant. */
  @inline static i(a: v128, b: v128, c: v128, d: v128, m: v128, s: i32): v128 {
    return Lane.rotated(i32x4.sub(i32x4.add(a, m), v128.xor(c, v128.andnot(d, b))), s, b);
  }
  /** Word at byte offset `at` of four messages, constant added. */
  @inline static m(at: usize, k: usize): v128 {
    return i32x4.add(v128.load(LANE_WORDS + at), v128.load32_splat(K + k));
  }
}

/** Takes `n` blocks of each of four messages; digests word by word at LANE_STATE. */
export function md5_lanes(p0: usize, p1: usize, p2: usize, p3: usize, n: usize): void {
  let a = v128.load(LANE_STATE);
  let b = v128.load(LANE_STATE, 16);
  let c = v128.load(LANE_STATE, 32);
  let d = v128.load(LANE_STATE, 48);
  const end = p0 + (n << 6);
  while (p0 < end) {
    const a0 = a;
    const b0 = b;
    const c0 = c;
    const d0 = d;
    transpose_block(p0, p1, p2, p3, LANE_WORDS);
    // Round 1
    a = Lane.f(a, b, c, d, Lane.m(0, 0), 7);
    d = Lane.f(d, a, b, c, Lane.m(16, 4), 12);
    c = Lane.f(c, d, a, b, Lane.m(32, 8), 17);
    b = Lane.f(b, c, d, a, Lane.m(48, 12), 22);
    v128.store(PIN, b);
    a = Lane.f(a, b, c, d, Lane.m(64, 16), 7);
    d = Lane.f(d, a, b, c, Lane.m(80, 20), 12);
    c = Lane.f(c, d, a, b, Lane.m(96, 24), 17);
    b = Lane.f(b, c, d, a, Lane.m(112, 28), 22);
    v128.store(PIN, b);
    a = Lane.f(a, b, c, d, Lane.m(128, 32), 7);
    d = Lane.f(d, a, b, c, Lane.m(144, 36), 12);
    c = Lane.f(c, d, a, b, Lane.m(160, 40), 17);
    b = Lane.f(b, c, d, a, Lane.m(176, 44), 22);
    v128.store(PIN, b);
    a = Lane.f(a, b, c, d, Lane.m(192, 48), 7);
    d = Lane.f(d, a, b, c, Lane.m(208, 52), 12);
    c = Lane.f(c, d, a, b, Lane.m(224, 56), 17);
    b = Lane.f(b, c, d, a, Lane.m(240, 60), 22);
    v128.store(PIN, b);
    // Round 2
    a = Lane.g(a, b, c, d, Lane.m(16, 64), 5);
    d = Lane.g(d, a, b, c, Lane.m(96, 68), 9);
    c = Lane.g(c, d, a, b, Lane.m(176, 72), 14);
    b = Lane.g(b, c, d, a, Lane.m(0, 76), 20);
    v128.store(PIN, b);
    a = Lane.g(a, b, c, d, Lane.m(80, 80), 5);
    d = Lane.g(d, a, b, c, Lane.m(160, 84), 9);
    c = Lane.g(c, d, a, b, Lane.m(240, 88), 14);
    b = Lane.g(b, c, d, a, Lane.m(64, 92), 20);
    v128.store(PIN, b);
    a = Lane.g(a, b, c, d, Lane.m(144, 96), 5);
    d = Lane.g(d, a, b, c, Lane.m(224, 100), 9);
    c = Lane.g(c, d, a, b, Lane.m(48, 104), 14);
    b = Lane.g(b, c, d, a, Lane.m(128, 108), 20);
    v128.store(PIN, b);
    a = Lane.g(a, b, c, d, Lane.m(208, 112), 5);
    d = Lane.g(d, a, b, c, Lane.m(32, 116), 9);
    c = Lane.g(c, d, a, b, Lane.m(112, 120), 14);
    b = Lane.g(b, c, d, a, Lane.m(192, 124), 20);
    v128.store(PIN, b);
    // Round 3
    a = Lane.h(a, b, c, d, Lane.m(80, 128), 4);
    d = Lane.h(d, a, b, c, Lane.m(128, 132), 11);
    c = Lane.h(c, d, a, b, Lane.m(176, 136), 16);
    b = Lane.h(b, c, d, a, Lane.m(224, 140), 23);
    v128.store(PIN, b);
    a = Lane.h(a, b, c, d, Lane.m(16, 144), 4);
    d = Lane.h(d, a, b, c, Lane.m(64, 148), 11);
    c = Lane.h(c, d, a, b, Lane.m(112, 152), 16);
    b = Lane.h(b, c, d, a, Lane.m(160, 156), 23);
    v128.store(PIN, b);
    a = Lane.h(a, b, c, d, Lane.m(208, 160), 4);
    d = Lane.h(d, a, b, c, Lane.m(0, 164), 11);
    c = Lane.h(c, d, a, b, Lane.m(48, 168), 16);
    b = Lane.h(b, c, d, a, Lane.m(96, 172), 23);
    v128.store(PIN, b);
    a = Lane.h(a, b, c, d, Lane.m(144, 176), 4);
    d = Lane.h(d, a, b, c, Lane.m(192, 180), 11);
    c = Lane.h(c, d, a, b, Lane.m(240, 184), 16);
    b = Lane.h(b, c, d, a, Lane.m(32, 188), 23);
    v128.store(PIN, b);
    // Round 4
    a = Lane.i(a, b, c, d, Lane.m(0, 192), 6);
    d = Lane.i(d, a, b, c, Lane.m(112, 196), 10);
    c = Lane.i(c, d, a, b, Lane.m(224, 200), 15);
    b = Lane.i(b, c, d, a, Lane.m(80, 204), 21);
    v128.store(PIN, b);
    a = Lane.i(a, b, c, d, Lane.m(192, 208), 6);
    d = Lane.i(d, a, b, c, Lane.m(48, 212), 10);
    c = Lane.i(c, d, a, b, Lane.m(160, 216), 15);
    b = Lane.i(b, c, d, a, Lane.m(16, 220), 21);
    v128.store(PIN, b);
    a = Lane.i(a, b, c, d, Lane.m(128, 224), 6);
    d = Lane.i(d, a, b, c, Lane.m(240, 228), 10);
    c = Lane.i(c, d, a, b, Lane.m(96, 232), 15);
    b = Lane.i(b, c, d, a, Lane.m(208, 236), 21);
    v128.store(PIN, b);
    a = Lane.i(a, b, c, d, Lane.m(64, 240), 6);
    d = Lane.i(d, a, b, c, Lane.m(176, 244), 10);
    c = Lane.i(c, d, a, b, Lane.m(32, 248), 15);
    b = Lane.i(b, c, d, a, Lane.m(144, 252), 21);
    v128.store(PIN, b);
    a = i32x4.add(a, a0);
    b = i32x4.add(b, b0);
    c = i32x4.add(c, c0);
    d = i32x4.add(d, d0);
    p0 += 64;
    p1 += 64;
    p2 += 64;
    p3 += 64;
  }
  v128.store(LANE_STATE, a);
  v128.store(LANE_STATE, b, 16);
  v128.store(LANE_STATE, c, 32);
  v128.store(LANE_STATE, d, 48);
}
