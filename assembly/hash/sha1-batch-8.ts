// SHA-1 (RFC 3174) of eight messages at once: two vectors of four lanes, whose chains of dependent steps run side by side.
//
// The schedule stands in memory in full, so that five rounds, after which the names of the digest's words are back in their
// places, are the body of a loop. Every round's result is stored and never read: it pins the round to its place, as in
// md5-seven.ts.
import { LANE_PADS, LANE_SCHEDULE, LANE_STATE, LANE_PIN as PIN } from '../layout';
import { BYTES, K, Lane } from './sha1-batch';

/** Bytes of the schedule from the first word on: two vectors for each. */
const FIRST: usize = LANE_SCHEDULE;

class Word {
  /** A word for its round, and the one 16 rounds on (RFC 3174 6.1 b). */
  @inline static next(p: usize, at: usize): v128 {
    const w = v128.load(p + at);
    const x = v128.xor(
      v128.xor(w, v128.load(p + at, 64)),
      v128.xor(v128.load(p + at, 256), v128.load(p + at, 416)),
    );
    v128.store(p + at, v128.or(i32x4.add(x, x), i32x4.shr_u(x, 31)), 512);
    return w;
  }
  /** A word for its round, when there are no more to make. */
  @inline static last(p: usize, at: usize): v128 {
    return v128.load(p + at);
  }
}

// 16 bytes of four messages as four words of each, highest byte first.
function four_words(p0: usize, p1: usize, p2: usize, p3: usize, to: usize): void {
  const bytes = v128.load(BYTES);
  const r0 = v128.swizzle(v128.load(p0), bytes);
  const r1 = v128.swizzle(v128.load(p1), bytes);
  const r2 = v128.swizzle(v128.load(p2), bytes);
  const r3 = v128.swizzle(v128.load(p3), bytes);
  const a = v128.shuffle<u32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<u32>(r2, r3, 0, 4, 1, 5);
  const c = v128.shuffle<u32>(r0, r1, 2, 6, 3, 7);
  const d = v128.shuffle<u32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<u64>(a, b, 0, 2));
  v128.store(to, v128.shuffle<u64>(a, b, 1, 3), 32);
  v128.store(to, v128.shuffle<u64>(c, d, 0, 2), 64);
  v128.store(to, v128.shuffle<u64>(c, d, 1, 3), 96);
}

/**
 * Takes `n` blocks of each of eight messages, then `pads` blocks of each one's padding; digests word by word at LANE_STATE, those
 * of the second four 80 bytes on.
 */
export function sha1_lanes_8(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  p4: usize,
  p5: usize,
  p6: usize,
  p7: usize,
  n: usize,
  pads: usize,
): void {
  let a = v128.load(LANE_STATE);
  let b = v128.load(LANE_STATE, 16);
  let c = v128.load(LANE_STATE, 32);
  let d = v128.load(LANE_STATE, 48);
  let e = v128.load(LANE_STATE, 64);
  let f = v128.load(LANE_STATE, 80);
  let g = v128.load(LANE_STATE, 96);
  let h = v128.load(LANE_STATE, 112);
  let i = v128.load(LANE_STATE, 128);
  let j = v128.load(LANE_STATE, 144);
  let end = n << 6;
  let block: usize = 0;
  while (block < end) {
    v128.store(LANE_STATE, a);
    v128.store(LANE_STATE, b, 16);
    v128.store(LANE_STATE, c, 32);
    v128.store(LANE_STATE, d, 48);
    v128.store(LANE_STATE, e, 64);
    v128.store(LANE_STATE, f, 80);
    v128.store(LANE_STATE, g, 96);
    v128.store(LANE_STATE, h, 112);
    v128.store(LANE_STATE, i, 128);
    v128.store(LANE_STATE, j, 144);
    for (let at: usize = 0; at < 64; at += 16) {
      const from = block + at;
      const to = FIRST + (at << 3);
      four_words(p0 + from, p1 + from, p2 + from, p3 + from, to);
      four_words(p4 + from, p5 + from, p6 + from, p7 + from, to + 16);
    }
    let p = FIRST;
    let k = v128.load32_splat(K);
    while (p < FIRST + 20 * 32) {
      e = Lane.ch(e, a, b, c, d, Word.next(p, 0), k);
      b = Lane.rotl(b, 30);
      v128.store(PIN, e);
      j = Lane.ch(j, f, g, h, i, Word.next(p, 16), k);
      g = Lane.rotl(g, 30);
      v128.store(PIN, j, 16);
      d = Lane.ch(d, e, a, b, c, Word.next(p, 32), k);
      a = Lane.rotl(a, 30);
      v128.store(PIN, d);
      i = Lane.ch(i, j, f, g, h, Word.next(p, 48), k);
      f = Lane.rotl(f, 30);
      v128.store(PIN, i, 16);
      c = Lane.ch(c, d, e, a, b, Word.next(p, 64), k);
      e = Lane.rotl(e, 30);
      v128.store(PIN, c);
      h = Lane.ch(h, i, j, f, g, Word.next(p, 80), k);
      j = Lane.rotl(j, 30);
      v128.store(PIN, h, 16);
      b = Lane.ch(b, c, d, e, a, Word.next(p, 96), k);
      d = Lane.rotl(d, 30);
      v128.store(PIN, b);
      g = Lane.ch(g, h, i, j, f, Word.next(p, 112), k);
      i = Lane.rotl(i, 30);
      v128.store(PIN, g, 16);
      a = Lane.ch(a, b, c, d, e, Word.next(p, 128), k);
      c = Lane.rotl(c, 30);
      v128.store(PIN, a);
      f = Lane.ch(f, g, h, i, j, Word.next(p, 144), k);
      h = Lane.rotl(h, 30);
      v128.store(PIN, f, 16);
      p += 160;
    }
    k = v128.load32_splat(K, 4);
    while (p < FIRST + 40 * 32) {
      e = Lane.parity(e, a, b, c, d, Word.next(p, 0), k);
      b = Lane.rotl(b, 30);
      v128.store(PIN, e);
      j = Lane.parity(j, f, g, h, i, Word.next(p, 16), k);
      g = Lane.rotl(g, 30);
      v128.store(PIN, j, 16);
      d = Lane.parity(d, e, a, b, c, Word.next(p, 32), k);
      a = Lane.rotl(a, 30);
      v128.store(PIN, d);
      i = Lane.parity(i, j, f, g, h, Word.next(p, 48), k);
      f = Lane.rotl(f, 30);
      v128.store(PIN, i, 16);
      c = Lane.parity(c, d, e, a, b, Word.next(p, 64), k);
      e = Lane.rotl(e, 30);
      v128.store(PIN, c);
      h = Lane.parity(h, i, j, f, g, Word.next(p, 80), k);
      j = Lane.rotl(j, 30);
      v128.store(PIN, h, 16);
      b = Lane.parity(b, c, d, e, a, Word.next(p, 96), k);
      d = Lane.rotl(d, 30);
      v128.store(PIN, b);
      g = Lane.parity(g, h, i, j, f, Word.next(p, 112), k);
      i = Lane.rotl(i, 30);
      v128.store(PIN, g, 16);
      a = Lane.parity(a, b, c, d, e, Word.next(p, 128), k);
      c = Lane.rotl(c, 30);
      v128.store(PIN, a);
      f = Lane.parity(f, g, h, i, j, Word.next(p, 144), k);
      h = Lane.rotl(h, 30);
      v128.store(PIN, f, 16);
      p += 160;
    }
    k = v128.load32_splat(K, 8);
    while (p < FIRST + 60 * 32) {
      e = Lane.maj(e, a, b, c, d, Word.next(p, 0), k);
      b = Lane.rotl(b, 30);
      v128.store(PIN, e);
      j = Lane.maj(j, f, g, h, i, Word.next(p, 16), k);
      g = Lane.rotl(g, 30);
      v128.store(PIN, j, 16);
      d = Lane.maj(d, e, a, b, c, Word.next(p, 32), k);
      a = Lane.rotl(a, 30);
      v128.store(PIN, d);
      i = Lane.maj(i, j, f, g, h, Word.next(p, 48), k);
      f = Lane.rotl(f, 30);
      v128.store(PIN, i, 16);
      c = Lane.maj(c, d, e, a, b, Word.next(p, 64), k);
      e = Lane.rotl(e, 30);
      v128.store(PIN, c);
      h = Lane.maj(h, i, j, f, g, Word.next(p, 80), k);
      j = Lane.rotl(j, 30);
      v128.store(PIN, h, 16);
      b = Lane.maj(b, c, d, e, a, Word.next(p, 96), k);
      d = Lane.rotl(d, 30);
      v128.store(PIN, b);
      g = Lane.maj(g, h, i, j, f, Word.next(p, 112), k);
      i = Lane.rotl(i, 30);
      v128.store(PIN, g, 16);
      a = Lane.maj(a, b, c, d, e, Word.next(p, 128), k);
      c = Lane.rotl(c, 30);
      v128.store(PIN, a);
      f = Lane.maj(f, g, h, i, j, Word.next(p, 144), k);
      h = Lane.rotl(h, 30);
      v128.store(PIN, f, 16);
      p += 160;
    }
    k = v128.load32_splat(K, 12);
    e = Lane.parity(e, a, b, c, d, Word.next(p, 0), k);
    b = Lane.rotl(b, 30);
    v128.store(PIN, e);
    j = Lane.parity(j, f, g, h, i, Word.next(p, 16), k);
    g = Lane.rotl(g, 30);
    v128.store(PIN, j, 16);
    d = Lane.parity(d, e, a, b, c, Word.next(p, 32), k);
    a = Lane.rotl(a, 30);
    v128.store(PIN, d);
    i = Lane.parity(i, j, f, g, h, Word.next(p, 48), k);
    f = Lane.rotl(f, 30);
    v128.store(PIN, i, 16);
    c = Lane.parity(c, d, e, a, b, Word.next(p, 64), k);
    e = Lane.rotl(e, 30);
    v128.store(PIN, c);
    h = Lane.parity(h, i, j, f, g, Word.next(p, 80), k);
    j = Lane.rotl(j, 30);
    v128.store(PIN, h, 16);
    b = Lane.parity(b, c, d, e, a, Word.next(p, 96), k);
    d = Lane.rotl(d, 30);
    v128.store(PIN, b);
    g = Lane.parity(g, h, i, j, f, Word.next(p, 112), k);
    i = Lane.rotl(i, 30);
    v128.store(PIN, g, 16);
    a = Lane.parity(a, b, c, d, e, Word.next(p, 128), k);
    c = Lane.rotl(c, 30);
    v128.store(PIN, a);
    f = Lane.parity(f, g, h, i, j, Word.next(p, 144), k);
    h = Lane.rotl(h, 30);
    v128.store(PIN, f, 16);
    p += 160;
    while (p < FIRST + 80 * 32) {
      e = Lane.parity(e, a, b, c, d, Word.last(p, 0), k);
      b = Lane.rotl(b, 30);
      v128.store(PIN, e);
      j = Lane.parity(j, f, g, h, i, Word.last(p, 16), k);
      g = Lane.rotl(g, 30);
      v128.store(PIN, j, 16);
      d = Lane.parity(d, e, a, b, c, Word.last(p, 32), k);
      a = Lane.rotl(a, 30);
      v128.store(PIN, d);
      i = Lane.parity(i, j, f, g, h, Word.last(p, 48), k);
      f = Lane.rotl(f, 30);
      v128.store(PIN, i, 16);
      c = Lane.parity(c, d, e, a, b, Word.last(p, 64), k);
      e = Lane.rotl(e, 30);
      v128.store(PIN, c);
      h = Lane.parity(h, i, j, f, g, Word.last(p, 80), k);
      j = Lane.rotl(j, 30);
      v128.store(PIN, h, 16);
      b = Lane.parity(b, c, d, e, a, Word.last(p, 96), k);
      d = Lane.rotl(d, 30);
      v128.store(PIN, b);
      g = Lane.parity(g, h, i, j, f, Word.last(p, 112), k);
      i = Lane.rotl(i, 30);
      v128.store(PIN, g, 16);
      a = Lane.parity(a, b, c, d, e, Word.last(p, 128), k);
      c = Lane.rotl(c, 30);
      v128.store(PIN, a);
      f = Lane.parity(f, g, h, i, j, Word.last(p, 144), k);
      h = Lane.rotl(h, 30);
      v128.store(PIN, f, 16);
      p += 160;
    }
    a = i32x4.add(a, v128.load(LANE_STATE));
    b = i32x4.add(b, v128.load(LANE_STATE, 16));
    c = i32x4.add(c, v128.load(LANE_STATE, 32));
    d = i32x4.add(d, v128.load(LANE_STATE, 48));
    e = i32x4.add(e, v128.load(LANE_STATE, 64));
    f = i32x4.add(f, v128.load(LANE_STATE, 80));
    g = i32x4.add(g, v128.load(LANE_STATE, 96));
    h = i32x4.add(h, v128.load(LANE_STATE, 112));
    i = i32x4.add(i, v128.load(LANE_STATE, 128));
    j = i32x4.add(j, v128.load(LANE_STATE, 144));
    block += 64;
    if (block == end && pads != 0) {
      p0 = LANE_PADS;
      p1 = LANE_PADS + 128;
      p2 = LANE_PADS + 256;
      p3 = LANE_PADS + 384;
      p4 = LANE_PADS + 512;
      p5 = LANE_PADS + 640;
      p6 = LANE_PADS + 768;
      p7 = LANE_PADS + 896;
      block = 0;
      end = pads << 6;
      pads = 0;
    }
  }
  v128.store(LANE_STATE, a);
  v128.store(LANE_STATE, b, 16);
  v128.store(LANE_STATE, c, 32);
  v128.store(LANE_STATE, d, 48);
  v128.store(LANE_STATE, e, 64);
  v128.store(LANE_STATE, f, 80);
  v128.store(LANE_STATE, g, 96);
  v128.store(LANE_STATE, h, 112);
  v128.store(LANE_STATE, i, 128);
  v128.store(LANE_STATE, j, 144);
}
