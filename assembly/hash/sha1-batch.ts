// SHA-1 (RFC 3174) of four messages at once, one in each 32-bit lane of a vector.
//
// Every fourth round's result is stored and never read: it pins the round to its place. Without that V8 (Node 20) makes all of
// the schedule first, which memory accesses wait for, and has to spill it (measured 1.41 against 1.64 GB/s).
import { LANE_PADS, LANE_STATE, LANE_WORDS, LANE_PIN as PIN } from '../layout';
import { transpose_block } from './lanes';

/** Byte order of words, and the round constants. Loaded, and each where it is needed: V8 rebuilds literal vectors at each use. */
export const BYTES: usize = memory.data<u8>(
  [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12],
  16,
);
export const K: usize = memory.data<u32>([0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6], 16);

/** Rounds and the schedule in four lanes. */
export class Lane {
  @inline static rotl(x: v128, s: i32): v128 {
    return v128.or(i32x4.shl(x, s), i32x4.shr_u(x, 32 - s));
  }
  /** Words 0..15: as they come, highest byte first. */
  @inline static first(at: usize, bytes: v128): v128 {
    const w = v128.swizzle(v128.load(LANE_WORDS + at), bytes);
    v128.store(LANE_WORDS + at, w);
    return w;
  }
  /** Words 16..79 (RFC 3174 6.1 b), in a ring of 16. */
  @inline static word(at: usize, w3: usize, w8: usize, w14: usize): v128 {
    const x = v128.xor(
      v128.xor(v128.load(LANE_WORDS + w3), v128.load(LANE_WORDS + w8)),
      v128.xor(v128.load(LANE_WORDS + w14), v128.load(LANE_WORDS + at)),
    );
    const w = v128.or(i32x4.add(x, x), i32x4.shr_u(x, 31));
    v128.store(LANE_WORDS + at, w);
    return w;
  }
  @inline static ch(e: v128, a: v128, b: v128, c: v128, d: v128, w: v128, k: v128): v128 {
    const f = v128.xor(d, v128.and(b, v128.xor(c, d)));
    return i32x4.add(i32x4.add(i32x4.add(e, i32x4.add(w, k)), f), Lane.rotl(a, 5));
  }
  @inline static parity(e: v128, a: v128, b: v128, c: v128, d: v128, w: v128, k: v128): v128 {
    const f = v128.xor(b, v128.xor(c, d));
    return i32x4.add(i32x4.add(i32x4.add(e, i32x4.add(w, k)), f), Lane.rotl(a, 5));
  }
  @inline static maj(e: v128, a: v128, b: v128, c: v128, d: v128, w: v128, k: v128): v128 {
    const f = v128.or(v128.and(b, c), v128.and(d, v128.or(b, c)));
    return i32x4.add(i32x4.add(i32x4.add(e, i32x4.add(w, k)), f), Lane.rotl(a, 5));
  }
}

/** Takes `n` blocks of each of four messages, then `pads` blocks of each one's padding; digests word by word at LANE_STATE. */
export function sha1_lanes(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  n: usize,
  pads: usize,
): void {
  let a = v128.load(LANE_STATE);
  let b = v128.load(LANE_STATE, 16);
  let c = v128.load(LANE_STATE, 32);
  let d = v128.load(LANE_STATE, 48);
  let e = v128.load(LANE_STATE, 64);
  let w: v128;
  let k: v128;
  let end = p0 + (n << 6);
  while (p0 < end) {
    const a0 = a;
    const b0 = b;
    const c0 = c;
    const d0 = d;
    const e0 = e;
    transpose_block(p0, p1, p2, p3, LANE_WORDS);
    const bytes = v128.load(BYTES);
    k = v128.load32_splat(K);
    w = Lane.first(0, bytes);
    e = Lane.ch(e, a, b, c, d, w, k);
    b = Lane.rotl(b, 30);
    w = Lane.first(16, bytes);
    d = Lane.ch(d, e, a, b, c, w, k);
    a = Lane.rotl(a, 30);
    w = Lane.first(32, bytes);
    c = Lane.ch(c, d, e, a, b, w, k);
    e = Lane.rotl(e, 30);
    w = Lane.first(48, bytes);
    b = Lane.ch(b, c, d, e, a, w, k);
    v128.store(PIN, b);
    d = Lane.rotl(d, 30);
    w = Lane.first(64, bytes);
    a = Lane.ch(a, b, c, d, e, w, k);
    c = Lane.rotl(c, 30);
    w = Lane.first(80, bytes);
    e = Lane.ch(e, a, b, c, d, w, k);
    b = Lane.rotl(b, 30);
    w = Lane.first(96, bytes);
    d = Lane.ch(d, e, a, b, c, w, k);
    a = Lane.rotl(a, 30);
    w = Lane.first(112, bytes);
    c = Lane.ch(c, d, e, a, b, w, k);
    v128.store(PIN, c);
    e = Lane.rotl(e, 30);
    w = Lane.first(128, bytes);
    b = Lane.ch(b, c, d, e, a, w, k);
    d = Lane.rotl(d, 30);
    w = Lane.first(144, bytes);
    a = Lane.ch(a, b, c, d, e, w, k);
    c = Lane.rotl(c, 30);
    w = Lane.first(160, bytes);
    e = Lane.ch(e, a, b, c, d, w, k);
    b = Lane.rotl(b, 30);
    w = Lane.first(176, bytes);
    d = Lane.ch(d, e, a, b, c, w, k);
    v128.store(PIN, d);
    a = Lane.rotl(a, 30);
    w = Lane.first(192, bytes);
    c = Lane.ch(c, d, e, a, b, w, k);
    e = Lane.rotl(e, 30);
    w = Lane.first(208, bytes);
    b = Lane.ch(b, c, d, e, a, w, k);
    d = Lane.rotl(d, 30);
    w = Lane.first(224, bytes);
    a = Lane.ch(a, b, c, d, e, w, k);
    c = Lane.rotl(c, 30);
    w = Lane.first(240, bytes);
    e = Lane.ch(e, a, b, c, d, w, k);
    v128.store(PIN, e);
    b = Lane.rotl(b, 30);
    w = Lane.word(0, 208, 128, 32);
    d = Lane.ch(d, e, a, b, c, w, k);
    a = Lane.rotl(a, 30);
    w = Lane.word(16, 224, 144, 48);
    c = Lane.ch(c, d, e, a, b, w, k);
    e = Lane.rotl(e, 30);
    w = Lane.word(32, 240, 160, 64);
    b = Lane.ch(b, c, d, e, a, w, k);
    d = Lane.rotl(d, 30);
    w = Lane.word(48, 0, 176, 80);
    a = Lane.ch(a, b, c, d, e, w, k);
    v128.store(PIN, a);
    c = Lane.rotl(c, 30);
    k = v128.load32_splat(K, 4);
    w = Lane.word(64, 16, 192, 96);
    e = Lane.parity(e, a, b, c, d, w, k);
    b = Lane.rotl(b, 30);
    w = Lane.word(80, 32, 208, 112);
    d = Lane.parity(d, e, a, b, c, w, k);
    a = Lane.rotl(a, 30);
    w = Lane.word(96, 48, 224, 128);
    c = Lane.parity(c, d, e, a, b, w, k);
    e = Lane.rotl(e, 30);
    w = Lane.word(112, 64, 240, 144);
    b = Lane.parity(b, c, d, e, a, w, k);
    v128.store(PIN, b);
    d = Lane.rotl(d, 30);
    w = Lane.word(128, 80, 0, 160);
    a = Lane.parity(a, b, c, d, e, w, k);
    c = Lane.rotl(c, 30);
    w = Lane.word(144, 96, 16, 176);
    e = Lane.parity(e, a, b, c, d, w, k);
    b = Lane.rotl(b, 30);
    w = Lane.word(160, 112, 32, 192);
    d = Lane.parity(d, e, a, b, c, w, k);
    a = Lane.rotl(a, 30);
    w = Lane.word(176, 128, 48, 208);
    c = Lane.parity(c, d, e, a, b, w, k);
    v128.store(PIN, c);
    e = Lane.rotl(e, 30);
    w = Lane.word(192, 144, 64, 224);
    b = Lane.parity(b, c, d, e, a, w, k);
    d = Lane.rotl(d, 30);
    w = Lane.word(208, 160, 80, 240);
    a = Lane.parity(a, b, c, d, e, w, k);
    c = Lane.rotl(c, 30);
    w = Lane.word(224, 176, 96, 0);
    e = Lane.parity(e, a, b, c, d, w, k);
    b = Lane.rotl(b, 30);
    w = Lane.word(240, 192, 112, 16);
    d = Lane.parity(d, e, a, b, c, w, k);
    v128.store(PIN, d);
    a = Lane.rotl(a, 30);
    w = Lane.word(0, 208, 128, 32);
    c = Lane.parity(c, d, e, a, b, w, k);
    e = Lane.rotl(e, 30);
    w = Lane.word(16, 224, 144, 48);
    b = Lane.parity(b, c, d, e, a, w, k);
    d = Lane.rotl(d, 30);
    w = Lane.word(32, 240, 160, 64);
    a = Lane.parity(a, b, c, d, e, w, k);
    c = Lane.rotl(c, 30);
    w = Lane.word(48, 0, 176, 80);
    e = Lane.parity(e, a, b, c, d, w, k);
    v128.store(PIN, e);
    b = Lane.rotl(b, 30);
    w = Lane.word(64, 16, 192, 96);
    d = Lane.parity(d, e, a, b, c, w, k);
    a = Lane.rotl(a, 30);
    w = Lane.word(80, 32, 208, 112);
    c = Lane.parity(c, d, e, a, b, w, k);
    e = Lane.rotl(e, 30);
    w = Lane.word(96, 48, 224, 128);
    b = Lane.parity(b, c, d, e, a, w, k);
    d = Lane.rotl(d, 30);
    w = Lane.word(112, 64, 240, 144);
    a = Lane.parity(a, b, c, d, e, w, k);
    v128.store(PIN, a);
    c = Lane.rotl(c, 30);
    k = v128.load32_splat(K, 8);
    w = Lane.word(128, 80, 0, 160);
    e = Lane.maj(e, a, b, c, d, w, k);
    b = Lane.rotl(b, 30);
    w = Lane.word(144, 96, 16, 176);
    d = Lane.maj(d, e, a, b, c, w, k);
    a = Lane.rotl(a, 30);
    w = Lane.word(160, 112, 32, 192);
    c = Lane.maj(c, d, e, a, b, w, k);
    e = Lane.rotl(e, 30);
    w = Lane.word(176, 128, 48, 208);
    b = Lane.maj(b, c, d, e, a, w, k);
    v128.store(PIN, b);
    d = Lane.rotl(d, 30);
    w = Lane.word(192, 144, 64, 224);
    a = Lane.maj(a, b, c, d, e, w, k);
    c = Lane.rotl(c, 30);
    w = Lane.word(208, 160, 80, 240);
    e = Lane.maj(e, a, b, c, d, w, k);
    b = Lane.rotl(b, 30);
    w = Lane.word(224, 176, 96, 0);
    d = Lane.maj(d, e, a, b, c, w, k);
    a = Lane.rotl(a, 30);
    w = Lane.word(240, 192, 112, 16);
    c = Lane.maj(c, d, e, a, b, w, k);
    v128.store(PIN, c);
    e = Lane.rotl(e, 30);
    w = Lane.word(0, 208, 128, 32);
    b = Lane.maj(b, c, d, e, a, w, k);
    d = Lane.rotl(d, 30);
    w = Lane.word(16, 224, 144, 48);
    a = Lane.maj(a, b, c, d, e, w, k);
    c = Lane.rotl(c, 30);
    w = Lane.word(32, 240, 160, 64);
    e = Lane.maj(e, a, b, c, d, w, k);
    b = Lane.rotl(b, 30);
    w = Lane.word(48, 0, 176, 80);
    d = Lane.maj(d, e, a, b, c, w, k);
    v128.store(PIN, d);
    a = Lane.rotl(a, 30);
    w = Lane.word(64, 16, 192, 96);
    c = Lane.maj(c, d, e, a, b, w, k);
    e = Lane.rotl(e, 30);
    w = Lane.word(80, 32, 208, 112);
    b = Lane.maj(b, c, d, e, a, w, k);
    d = Lane.rotl(d, 30);
    w = Lane.word(96, 48, 224, 128);
    a = Lane.maj(a, b, c, d, e, w, k);
    c = Lane.rotl(c, 30);
    w = Lane.word(112, 64, 240, 144);
    e = Lane.maj(e, a, b, c, d, w, k);
    v128.store(PIN, e);
    b = Lane.rotl(b, 30);
    w = Lane.word(128, 80, 0, 160);
    d = Lane.maj(d, e, a, b, c, w, k);
    a = Lane.rotl(a, 30);
    w = Lane.word(144, 96, 16, 176);
    c = Lane.maj(c, d, e, a, b, w, k);
    e = Lane.rotl(e, 30);
    w = Lane.word(160, 112, 32, 192);
    b = Lane.maj(b, c, d, e, a, w, k);
    d = Lane.rotl(d, 30);
    w = Lane.word(176, 128, 48, 208);
    a = Lane.maj(a, b, c, d, e, w, k);
    v128.store(PIN, a);
    c = Lane.rotl(c, 30);
    k = v128.load32_splat(K, 12);
    w = Lane.word(192, 144, 64, 224);
    e = Lane.parity(e, a, b, c, d, w, k);
    b = Lane.rotl(b, 30);
    w = Lane.word(208, 160, 80, 240);
    d = Lane.parity(d, e, a, b, c, w, k);
    a = Lane.rotl(a, 30);
    w = Lane.word(224, 176, 96, 0);
    c = Lane.parity(c, d, e, a, b, w, k);
    e = Lane.rotl(e, 30);
    w = Lane.word(240, 192, 112, 16);
    b = Lane.parity(b, c, d, e, a, w, k);
    v128.store(PIN, b);
    d = Lane.rotl(d, 30);
    w = Lane.word(0, 208, 128, 32);
    a = Lane.parity(a, b, c, d, e, w, k);
    c = Lane.rotl(c, 30);
    w = Lane.word(16, 224, 144, 48);
    e = Lane.parity(e, a, b, c, d, w, k);
    b = Lane.rotl(b, 30);
    w = Lane.word(32, 240, 160, 64);
    d = Lane.parity(d, e, a, b, c, w, k);
    a = Lane.rotl(a, 30);
    w = Lane.word(48, 0, 176, 80);
    c = Lane.parity(c, d, e, a, b, w, k);
    v128.store(PIN, c);
    e = Lane.rotl(e, 30);
    w = Lane.word(64, 16, 192, 96);
    b = Lane.parity(b, c, d, e, a, w, k);
    d = Lane.rotl(d, 30);
    w = Lane.word(80, 32, 208, 112);
    a = Lane.parity(a, b, c, d, e, w, k);
    c = Lane.rotl(c, 30);
    w = Lane.word(96, 48, 224, 128);
    e = Lane.parity(e, a, b, c, d, w, k);
    b = Lane.rotl(b, 30);
    w = Lane.word(112, 64, 240, 144);
    d = Lane.parity(d, e, a, b, c, w, k);
    v128.store(PIN, d);
    a = Lane.rotl(a, 30);
    w = Lane.word(128, 80, 0, 160);
    c = Lane.parity(c, d, e, a, b, w, k);
    e = Lane.rotl(e, 30);
    w = Lane.word(144, 96, 16, 176);
    b = Lane.parity(b, c, d, e, a, w, k);
    d = Lane.rotl(d, 30);
    w = Lane.word(160, 112, 32, 192);
    a = Lane.parity(a, b, c, d, e, w, k);
    c = Lane.rotl(c, 30);
    w = Lane.word(176, 128, 48, 208);
    e = Lane.parity(e, a, b, c, d, w, k);
    v128.store(PIN, e);
    b = Lane.rotl(b, 30);
    w = Lane.word(192, 144, 64, 224);
    d = Lane.parity(d, e, a, b, c, w, k);
    a = Lane.rotl(a, 30);
    w = Lane.word(208, 160, 80, 240);
    c = Lane.parity(c, d, e, a, b, w, k);
    e = Lane.rotl(e, 30);
    w = Lane.word(224, 176, 96, 0);
    b = Lane.parity(b, c, d, e, a, w, k);
    d = Lane.rotl(d, 30);
    w = Lane.word(240, 192, 112, 16);
    a = Lane.parity(a, b, c, d, e, w, k);
    v128.store(PIN, a);
    c = Lane.rotl(c, 30);
    a = i32x4.add(a, a0);
    b = i32x4.add(b, b0);
    c = i32x4.add(c, c0);
    d = i32x4.add(d, d0);
    e = i32x4.add(e, e0);
    p0 += 64;
    p1 += 64;
    p2 += 64;
    p3 += 64;
    if (p0 == end && pads != 0) {
      p0 = LANE_PADS;
      p1 = LANE_PADS + 128;
      p2 = LANE_PADS + 256;
      p3 = LANE_PADS + 384;
      end = p0 + (pads << 6);
      pads = 0;
    }
  }
  v128.store(LANE_STATE, a);
  v128.store(LANE_STATE, b, 16);
  v128.store(LANE_STATE, c, 32);
  v128.store(LANE_STATE, d, 48);
  v128.store(LANE_STATE, e, 64);
}
