// MD5 (RFC 1321): a step of four messages at once, one in each 32-bit lane of a vector.
import { LANE_WORDS } from '../layout';

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
