// MD5 (RFC 1321), one message at a time. Bound by its chain of dependent steps, 288 cycles a block: all else is kept off it.
//
// A step is  b + rotl(a + f(b, c, d) + m + K, s), and only `b` comes late. So a + m + K is formed first; round 2 is
// (~d & c) + (d & b), two halves without a common bit, ADDED, so that one `and` and one `add` wait for b (as a choice by `xor`
// it is 10 % slower, measured); round 3 has c ^ d ready. That is 5 + 4 + 4 + 5 cycles a step, at the speed of OpenSSL.
import { HASH_HEX, HASH_PAD, HASH_STATE } from '../layout';
import { Digest, hex_word, pad } from './block';

class Step {
  @inline static f(a: u32, b: u32, c: u32, d: u32, m: u32, s: u32): u32 {
    return rotl<u32>(a + m + (d ^ (b & (c ^ d))), s) + b;
  }
  @inline static g(a: u32, b: u32, c: u32, d: u32, m: u32, s: u32): u32 {
    return rotl<u32>(a + m + (~d & c) + (d & b), s) + b;
  }
  @inline static h(a: u32, b: u32, c: u32, d: u32, m: u32, s: u32): u32 {
    return rotl<u32>(a + m + (c ^ d ^ b), s) + b;
  }
  @inline static i(a: u32, b: u32, c: u32, d: u32, m: u32, s: u32): u32 {
    return rotl<u32>(a + m + (c ^ (b | ~d)), s) + b;
  }
}

/** The digest of no bytes yet (RFC 1321 3.3). */
export function md5_start(state: usize): void {
  store<u32>(state, 0x67452301);
  store<u32>(state, 0xefcdab89, 4);
  store<u32>(state, 0x98badcfe, 8);
  store<u32>(state, 0x10325476, 12);
}

/** Takes the blocks in [p, end), at least one (RFC 1321 3.4). */
export function md5_blocks(state: usize, p: usize, end: usize): void {
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  do {
    const a0 = a;
    const b0 = b;
    const c0 = c;
    const d0 = d;
    // Round 1
    a = Step.f(a, b, c, d, load<u32>(p) + 0xd76aa478, 7);
    d = Step.f(d, a, b, c, load<u32>(p, 4) + 0xe8c7b756, 12);
    c = Step.f(c, d, a, b, load<u32>(p, 8) + 0x242070db, 17);
    b = Step.f(b, c, d, a, load<u32>(p, 12) + 0xc1bdceee, 22);
    a = Step.f(a, b, c, d, load<u32>(p, 16) + 0xf57c0faf, 7);
    d = Step.f(d, a, b, c, load<u32>(p, 20) + 0x4787c62a, 12);
    c = Step.f(c, d, a, b, load<u32>(p, 24) + 0xa8304613, 17);
    b = Step.f(b, c, d, a, load<u32>(p, 28) + 0xfd469501, 22);
    a = Step.f(a, b, c, d, load<u32>(p, 32) + 0x698098d8, 7);
    d = Step.f(d, a, b, c, load<u32>(p, 36) + 0x8b44f7af, 12);
    c = Step.f(c, d, a, b, load<u32>(p, 40) + 0xffff5bb1, 17);
    b = Step.f(b, c, d, a, load<u32>(p, 44) + 0x895cd7be, 22);
    a = Step.f(a, b, c, d, load<u32>(p, 48) + 0x6b901122, 7);
    d = Step.f(d, a, b, c, load<u32>(p, 52) + 0xfd987193, 12);
    c = Step.f(c, d, a, b, load<u32>(p, 56) + 0xa679438e, 17);
    b = Step.f(b, c, d, a, load<u32>(p, 60) + 0x49b40821, 22);
    // Round 2
    a = Step.g(a, b, c, d, load<u32>(p, 4) + 0xf61e2562, 5);
    d = Step.g(d, a, b, c, load<u32>(p, 24) + 0xc040b340, 9);
    c = Step.g(c, d, a, b, load<u32>(p, 44) + 0x265e5a51, 14);
    b = Step.g(b, c, d, a, load<u32>(p) + 0xe9b6c7aa, 20);
    a = Step.g(a, b, c, d, load<u32>(p, 20) + 0xd62f105d, 5);
    d = Step.g(d, a, b, c, load<u32>(p, 40) + 0x02441453, 9);
    c = Step.g(c, d, a, b, load<u32>(p, 60) + 0xd8a1e681, 14);
    b = Step.g(b, c, d, a, load<u32>(p, 16) + 0xe7d3fbc8, 20);
    a = Step.g(a, b, c, d, load<u32>(p, 36) + 0x21e1cde6, 5);
    d = Step.g(d, a, b, c, load<u32>(p, 56) + 0xc33707d6, 9);
    c = Step.g(c, d, a, b, load<u32>(p, 12) + 0xf4d50d87, 14);
    b = Step.g(b, c, d, a, load<u32>(p, 32) + 0x455a14ed, 20);
    a = Step.g(a, b, c, d, load<u32>(p, 52) + 0xa9e3e905, 5);
    d = Step.g(d, a, b, c, load<u32>(p, 8) + 0xfcefa3f8, 9);
    c = Step.g(c, d, a, b, load<u32>(p, 28) + 0x676f02d9, 14);
    b = Step.g(b, c, d, a, load<u32>(p, 48) + 0x8d2a4c8a, 20);
    // Round 3
    a = Step.h(a, b, c, d, load<u32>(p, 20) + 0xfffa3942, 4);
    d = Step.h(d, a, b, c, load<u32>(p, 32) + 0x8771f681, 11);
    c = Step.h(c, d, a, b, load<u32>(p, 44) + 0x6d9d6122, 16);
    b = Step.h(b, c, d, a, load<u32>(p, 56) + 0xfde5380c, 23);
    a = Step.h(a, b, c, d, load<u32>(p, 4) + 0xa4beea44, 4);
    d = Step.h(d, a, b, c, load<u32>(p, 16) + 0x4bdecfa9, 11);
    c = Step.h(c, d, a, b, load<u32>(p, 28) + 0xf6bb4b60, 16);
    b = Step.h(b, c, d, a, load<u32>(p, 40) + 0xbebfbc70, 23);
    a = Step.h(a, b, c, d, load<u32>(p, 52) + 0x289b7ec6, 4);
    d = Step.h(d, a, b, c, load<u32>(p) + 0xeaa127fa, 11);
    c = Step.h(c, d, a, b, load<u32>(p, 12) + 0xd4ef3085, 16);
    b = Step.h(b, c, d, a, load<u32>(p, 24) + 0x04881d05, 23);
    a = Step.h(a, b, c, d, load<u32>(p, 36) + 0xd9d4d039, 4);
    d = Step.h(d, a, b, c, load<u32>(p, 48) + 0xe6db99e5, 11);
    c = Step.h(c, d, a, b, load<u32>(p, 60) + 0x1fa27cf8, 16);
    b = Step.h(b, c, d, a, load<u32>(p, 8) + 0xc4ac5665, 23);
    // Round 4
    a = Step.i(a, b, c, d, load<u32>(p) + 0xf4292244, 6);
    d = Step.i(d, a, b, c, load<u32>(p, 28) + 0x432aff97, 10);
    c = Step.i(c, d, a, b, load<u32>(p, 56) + 0xab9423a7, 15);
    b = Step.i(b, c, d, a, load<u32>(p, 20) + 0xfc93a039, 21);
    a = Step.i(a, b, c, d, load<u32>(p, 48) + 0x655b59c3, 6);
    d = Step.i(d, a, b, c, load<u32>(p, 12) + 0x8f0ccc92, 10);
    c = Step.i(c, d, a, b, load<u32>(p, 40) + 0xffeff47d, 15);
    b = Step.i(b, c, d, a, load<u32>(p, 4) + 0x85845dd1, 21);
    a = Step.i(a, b, c, d, load<u32>(p, 32) + 0x6fa87e4f, 6);
    d = Step.i(d, a, b, c, load<u32>(p, 60) + 0xfe2ce6e0, 10);
    c = Step.i(c, d, a, b, load<u32>(p, 24) + 0xa3014314, 15);
    b = Step.i(b, c, d, a, load<u32>(p, 52) + 0x4e0811a1, 21);
    a = Step.i(a, b, c, d, load<u32>(p, 16) + 0xf7537e82, 6);
    d = Step.i(d, a, b, c, load<u32>(p, 44) + 0xbd3af235, 10);
    c = Step.i(c, d, a, b, load<u32>(p, 8) + 0x2ad7d2bb, 15);
    b = Step.i(b, c, d, a, load<u32>(p, 36) + 0xeb86d391, 21);
    a += a0;
    b += b0;
    c += c0;
    d += d0;
    p += 64;
  } while (p < end);
  store<u32>(state, a);
  store<u32>(state, b, 4);
  store<u32>(state, c, 8);
  store<u32>(state, d, 12);
}

/** Writes the digest of a finished state as 32 hex digits. */
export function md5_to_hex(state: usize, to: usize): void {
  if (ASC_FEATURE_SIMD) {
    // Not one wide load: it would wait for the four narrow stores before it.
    const a = load<u32>(state);
    const b = load<u32>(state, 4);
    const c = load<u32>(state, 8);
    Digest.hex(Digest.words(a, b, c, load<u32>(state, 12)), to);
  } else {
    for (let i: usize = 0; i < 4; i++) hex_word(load<u32>(state + (i << 2)), to + (i << 3));
  }
}

/** The MD5 of `n` bytes at `p` as 32 hex digits, at the address that is given back. Reads up to 64 bytes past the end. */
export function md5_hex(p: usize, n: usize): usize {
  md5_start(HASH_STATE);
  const rest = p + (n & ~63);
  if (p < rest) md5_blocks(HASH_STATE, p, rest);
  md5_blocks(HASH_STATE, HASH_PAD, pad(HASH_PAD, rest, <i32>(n & 63), (<u64>n) << 3));
  md5_to_hex(HASH_STATE, HASH_HEX);
  return HASH_HEX;
}
