// SHA-1 (RFC 3174), one message at a time.
import { HASH_HEX, HASH_PAD, HASH_STATE, SHA1_SCHEDULE } from '../layout';
import { Digest, hex_word, pad } from './block';
import { Round } from './sha1-round';
import { sha1_blocks_simd } from './sha1-simd';

/** The digest of no bytes yet (RFC 3174 6.1). */
export function sha1_start(state: usize): void {
  store<u32>(state, 0x67452301);
  store<u32>(state, 0xefcdab89, 4);
  store<u32>(state, 0x98badcfe, 8);
  store<u32>(state, 0x10325476, 12);
  store<u32>(state, 0xc3d2e1f0, 16);
}

// The message schedule of one block, round constants added (RFC 3174 6.1 a, b).
function make_schedule(p: usize): void {
  for (let t: usize = 0; t < 64; t += 4) {
    store<u32>(SHA1_SCHEDULE + t, bswap<u32>(load<u32>(p + t)));
  }
  for (let t: usize = 64; t < 320; t += 4) {
    const w = SHA1_SCHEDULE + t;
    store<u32>(
      w,
      rotl<u32>(load<u32>(w - 12) ^ load<u32>(w - 32) ^ load<u32>(w - 56) ^ load<u32>(w - 64), 1),
    );
  }
}

// Takes one block in the plain build. Five rounds bring every name back to its place.
function block_plain(state: usize, p: usize): void {
  make_schedule(p);
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let t: usize = 0;
  while (t < 80) {
    e = Round.ch(e, a, b, c, d, t) + 0x5a827999;
    b = rotl<u32>(b, 30);
    d = Round.ch(d, e, a, b, c, t + 4) + 0x5a827999;
    a = rotl<u32>(a, 30);
    c = Round.ch(c, d, e, a, b, t + 8) + 0x5a827999;
    e = rotl<u32>(e, 30);
    b = Round.ch(b, c, d, e, a, t + 12) + 0x5a827999;
    d = rotl<u32>(d, 30);
    a = Round.ch(a, b, c, d, e, t + 16) + 0x5a827999;
    c = rotl<u32>(c, 30);
    t += 20;
  }
  while (t < 160) {
    e = Round.parity(e, a, b, c, d, t) + 0x6ed9eba1;
    b = rotl<u32>(b, 30);
    d = Round.parity(d, e, a, b, c, t + 4) + 0x6ed9eba1;
    a = rotl<u32>(a, 30);
    c = Round.parity(c, d, e, a, b, t + 8) + 0x6ed9eba1;
    e = rotl<u32>(e, 30);
    b = Round.parity(b, c, d, e, a, t + 12) + 0x6ed9eba1;
    d = rotl<u32>(d, 30);
    a = Round.parity(a, b, c, d, e, t + 16) + 0x6ed9eba1;
    c = rotl<u32>(c, 30);
    t += 20;
  }
  while (t < 240) {
    e = Round.maj(e, a, b, c, d, t) + 0x8f1bbcdc;
    b = rotl<u32>(b, 30);
    d = Round.maj(d, e, a, b, c, t + 4) + 0x8f1bbcdc;
    a = rotl<u32>(a, 30);
    c = Round.maj(c, d, e, a, b, t + 8) + 0x8f1bbcdc;
    e = rotl<u32>(e, 30);
    b = Round.maj(b, c, d, e, a, t + 12) + 0x8f1bbcdc;
    d = rotl<u32>(d, 30);
    a = Round.maj(a, b, c, d, e, t + 16) + 0x8f1bbcdc;
    c = rotl<u32>(c, 30);
    t += 20;
  }
  while (t < 320) {
    e = Round.parity(e, a, b, c, d, t) + 0xca62c1d6;
    b = rotl<u32>(b, 30);
    d = Round.parity(d, e, a, b, c, t + 4) + 0xca62c1d6;
    a = rotl<u32>(a, 30);
    c = Round.parity(c, d, e, a, b, t + 8) + 0xca62c1d6;
    e = rotl<u32>(e, 30);
    b = Round.parity(b, c, d, e, a, t + 12) + 0xca62c1d6;
    d = rotl<u32>(d, 30);
    a = Round.parity(a, b, c, d, e, t + 16) + 0xca62c1d6;
    c = rotl<u32>(c, 30);
    t += 20;
  }
  store<u32>(state, load<u32>(state) + a);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
  store<u32>(state, load<u32>(state, 16) + e, 16);
}

/** Takes the blocks in [p, end), at least one. */
export function sha1_blocks(state: usize, p: usize, end: usize): void {
  if (ASC_FEATURE_SIMD) {
    sha1_blocks_simd(state, p, end);
  } else {
    do {
      block_plain(state, p);
      p += 64;
    } while (p < end);
  }
}

/** Writes the digest of a finished state as 40 hex digits. */
export function sha1_to_hex(state: usize, to: usize): void {
  const a = bswap<u32>(load<u32>(state));
  const b = bswap<u32>(load<u32>(state, 4));
  const c = bswap<u32>(load<u32>(state, 8));
  const d = bswap<u32>(load<u32>(state, 12));
  if (ASC_FEATURE_SIMD) {
    Digest.hex(Digest.words(a, b, c, d), to);
  } else {
    hex_word(a, to);
    hex_word(b, to + 8);
    hex_word(c, to + 16);
    hex_word(d, to + 24);
  }
  hex_word(bswap<u32>(load<u32>(state, 16)), to + 32);
}

/** The number of bits of `n` bytes as the last eight bytes of a padded message: highest byte first. */
export function sha1_length(n: u64): u64 {
  return bswap<u64>(n << 3);
}

/** The SHA-1 of `n` bytes at `p` as 40 hex digits, at the address that is given back. Reads up to 64 bytes past the end. */
export function sha1_hex(p: usize, n: usize): usize {
  sha1_start(HASH_STATE);
  const rest = p + (n & ~63);
  if (p < rest) sha1_blocks(HASH_STATE, p, rest);
  const end = pad(HASH_PAD, rest, <i32>(n & 63), sha1_length(<u64>n));
  sha1_blocks(HASH_STATE, HASH_PAD, end);
  sha1_to_hex(HASH_STATE, HASH_HEX);
  return HASH_HEX;
}
