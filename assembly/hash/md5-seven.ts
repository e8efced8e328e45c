// MD5 (RFC 1321) of seven messages at once: the chains of dependent steps of three in the scalar unit, beside them four in the lanes
// of a vector.
//
// One chain leaves most of the processor idle (see md5.ts), three leave the vector unit. Seven take 1.6 times the time of one on Zen
// 5: 4.4 times one stream. So do four, three of which are scalar, at 2.5 times (four chains in the scalar unit 2.2, two vectors of
// four lanes 2.8, one vector 1.5: measured). A vector's operations take two cycles each where they wait in long queues, and one here.
//
// V8 puts off what no memory access waits for, and would do one message after the other. So every second step's result is
// stored: the store pins the step to its place (measured: without, 1.1 times one stream). The words are copied to a fixed place,
// which needs no registers for their addresses. Round 2 is the choice by `xor` in the scalar unit: fewer operations, and nothing
// waits for it.
import { LANE_PADS, LANE_STATE, LANE_WORDS, LANE_PIN as PIN } from '../layout';
import { transpose_block } from './lanes';
import { Lane } from './md5-lane';

/** The words of the three, 64 bytes each, behind those of the four. */
const WORDS: usize = LANE_WORDS + 256;
/** The digests of the three, word by word. */
const STATE: usize = LANE_STATE + 80;

class Step {
  @inline static f(a: u32, b: u32, c: u32, d: u32, word: usize, k: u32, s: u32): u32 {
    return rotl<u32>(a + (load<u32>(WORDS + word) + k) + (d ^ (b & (c ^ d))), s) + b;
  }
  @inline static g(a: u32, b: u32, c: u32, d: u32, word: usize, k: u32, s: u32): u32 {
    return rotl<u32>(a + (load<u32>(WORDS + word) + k) + (c ^ (d & (b ^ c))), s) + b;
  }
  @inline static h(a: u32, b: u32, c: u32, d: u32, word: usize, k: u32, s: u32): u32 {
    return rotl<u32>(a + (load<u32>(WORDS + word) + k) + (c ^ d ^ b), s) + b;
  }
  @inline static i(a: u32, b: u32, c: u32, d: u32, word: usize, k: u32, s: u32): u32 {
    return rotl<u32>(a + (load<u32>(WORDS + word) + k) + (c ^ (b | ~d)), s) + b;
  }
}

// A result that is stored as well: its step stays in its place.
class Pin {
  @inline static word(x: u32, at: usize): u32 {
    store<u32>(PIN + at, x);
    return x;
  }
  @inline static lanes(x: v128): v128 {
    v128.store(PIN, x, 16);
    return x;
  }
}

// The 16 words of a block to a fixed place.
function copy_block(p: usize, to: usize): void {
  v128.store(to, v128.load(p));
  v128.store(to, v128.load(p, 16), 16);
  v128.store(to, v128.load(p, 32), 32);
  v128.store(to, v128.load(p, 48), 48);
}

/**
 * Takes `n` blocks of each of seven messages, then `pads` blocks of each one's padding; digests word by word at LANE_STATE, those of
 * the last three, which are the scalar ones, 80 bytes on.
 */
export function md5_seven(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  p4: usize,
  p5: usize,
  p6: usize,
  n: usize,
  pads: usize,
): void {
  let a = load<u32>(STATE);
  let b = load<u32>(STATE, 16);
  let c = load<u32>(STATE, 32);
  let d = load<u32>(STATE, 48);
  let e = load<u32>(STATE, 4);
  let f = load<u32>(STATE, 20);
  let g = load<u32>(STATE, 36);
  let h = load<u32>(STATE, 52);
  let i = load<u32>(STATE, 8);
  let j = load<u32>(STATE, 24);
  let k = load<u32>(STATE, 40);
  let l = load<u32>(STATE, 56);
  let va = v128.load(LANE_STATE);
  let vb = v128.load(LANE_STATE, 16);
  let vc = v128.load(LANE_STATE, 32);
  let vd = v128.load(LANE_STATE, 48);
  let end = p0 + (n << 6);
  while (p0 < end) {
    store<u32>(STATE, a);
    store<u32>(STATE, b, 16);
    store<u32>(STATE, c, 32);
    store<u32>(STATE, d, 48);
    store<u32>(STATE, e, 4);
    store<u32>(STATE, f, 20);
    store<u32>(STATE, g, 36);
    store<u32>(STATE, h, 52);
    store<u32>(STATE, i, 8);
    store<u32>(STATE, j, 24);
    store<u32>(STATE, k, 40);
    store<u32>(STATE, l, 56);
    v128.store(LANE_STATE, va);
    v128.store(LANE_STATE, vb, 16);
    v128.store(LANE_STATE, vc, 32);
    v128.store(LANE_STATE, vd, 48);
    transpose_block(p0, p1, p2, p3, LANE_WORDS);
    copy_block(p4, WORDS);
    copy_block(p5, WORDS + 64);
    copy_block(p6, WORDS + 128);
    // Round 1
    a = Step.f(a, b, c, d, 0, 0xd76aa478, 7);
    e = Step.f(e, f, g, h, 64, 0xd76aa478, 7);
    i = Step.f(i, j, k, l, 128, 0xd76aa478, 7);
    va = Lane.f(va, vb, vc, vd, Lane.m(0, 0), 7);
    d = Pin.word(Step.f(d, a, b, c, 4, 0xe8c7b756, 12), 0);
    h = Pin.word(Step.f(h, e, f, g, 68, 0xe8c7b756, 12), 4);
    l = Pin.word(Step.f(l, i, j, k, 132, 0xe8c7b756, 12), 8);
    vd = Pin.lanes(Lane.f(vd, va, vb, vc, Lane.m(16, 4), 12));
    c = Step.f(c, d, a, b, 8, 0x242070db, 17);
    g = Step.f(g, h, e, f, 72, 0x242070db, 17);
    k = Step.f(k, l, i, j, 136, 0x242070db, 17);
    vc = Lane.f(vc, vd, va, vb, Lane.m(32, 8), 17);
    b = Pin.word(Step.f(b, c, d, a, 12, 0xc1bdceee, 22), 0);
    f = Pin.word(Step.f(f, g, h, e, 76, 0xc1bdceee, 22), 4);
    j = Pin.word(Step.f(j, k, l, i, 140, 0xc1bdceee, 22), 8);
    vb = Pin.lanes(Lane.f(vb, vc, vd, va, Lane.m(48, 12), 22));
    a = Step.f(a, b, c, d, 16, 0xf57c0faf, 7);
    e = Step.f(e, f, g, h, 80, 0xf57c0faf, 7);
    i = Step.f(i, j, k, l, 144, 0xf57c0faf, 7);
    va = Lane.f(va, vb, vc, vd, Lane.m(64, 16), 7);
    d = Pin.word(Step.f(d, a, b, c, 20, 0x4787c62a, 12), 0);
    h = Pin.word(Step.f(h, e, f, g, 84, 0x4787c62a, 12), 4);
    l = Pin.word(Step.f(l, i, j, k, 148, 0x4787c62a, 12), 8);
    vd = Pin.lanes(Lane.f(vd, va, vb, vc, Lane.m(80, 20), 12));
    c = Step.f(c, d, a, b, 24, 0xa8304613, 17);
    g = Step.f(g, h, e, f, 88, 0xa8304613, 17);
    k = Step.f(k, l, i, j, 152, 0xa8304613, 17);
    vc = Lane.f(vc, vd, va, vb, Lane.m(96, 24), 17);
    b = Pin.word(Step.f(b, c, d, a, 28, 0xfd469501, 22), 0);
    f = Pin.word(Step.f(f, g, h, e, 92, 0xfd469501, 22), 4);
    j = Pin.word(Step.f(j, k, l, i, 156, 0xfd469501, 22), 8);
    vb = Pin.lanes(Lane.f(vb, vc, vd, va, Lane.m(112, 28), 22));
    a = Step.f(a, b, c, d, 32, 0x698098d8, 7);
    e = Step.f(e, f, g, h, 96, 0x698098d8, 7);
    i = Step.f(i, j, k, l, 160, 0x698098d8, 7);
    va = Lane.f(va, vb, vc, vd, Lane.m(128, 32), 7);
    d = Pin.word(Step.f(d, a, b, c, 36, 0x8b44f7af, 12), 0);
    h = Pin.word(Step.f(h, e, f, g, 100, 0x8b44f7af, 12), 4);
    l = Pin.word(Step.f(l, i, j, k, 164, 0x8b44f7af, 12), 8);
    vd = Pin.lanes(Lane.f(vd, va, vb, vc, Lane.m(144, 36), 12));
    c = Step.f(c, d, a, b, 40, 0xffff5bb1, 17);
    g = Step.f(g, h, e, f, 104, 0xffff5bb1, 17);
    k = Step.f(k, l, i, j, 168, 0xffff5bb1, 17);
    vc = Lane.f(vc, vd, va, vb, Lane.m(160, 40), 17);
    b = Pin.word(Step.f(b, c, d, a, 44, 0x895cd7be, 22), 0);
    f = Pin.word(Step.f(f, g, h, e, 108, 0x895cd7be, 22), 4);
    j = Pin.word(Step.f(j, k, l, i, 172, 0x895cd7be, 22), 8);
    vb = Pin.lanes(Lane.f(vb, vc, vd, va, Lane.m(176, 44), 22));
    a = Step.f(a, b, c, d, 48, 0x6b901122, 7);
    e = Step.f(e, f, g, h, 112, 0x6b901122, 7);
    i = Step.f(i, j, k, l, 176, 0x6b901122, 7);
    va = Lane.f(va, vb, vc, vd, Lane.m(192, 48), 7);
    d = Pin.word(Step.f(d, a, b, c, 52, 0xfd987193, 12), 0);
    h = Pin.word(Step.f(h, e, f, g, 116, 0xfd987193, 12), 4);
    l = Pin.word(Step.f(l, i, j, k, 180, 0xfd987193, 12), 8);
    vd = Pin.lanes(Lane.f(vd, va, vb, vc, Lane.m(208, 52), 12));
    c = Step.f(c, d, a, b, 56, 0xa679438e, 17);
    g = Step.f(g, h, e, f, 120, 0xa679438e, 17);
    k = Step.f(k, l, i, j, 184, 0xa679438e, 17);
    vc = Lane.f(vc, vd, va, vb, Lane.m(224, 56), 17);
    b = Pin.word(Step.f(b, c, d, a, 60, 0x49b40821, 22), 0);
    f = Pin.word(Step.f(f, g, h, e, 124, 0x49b40821, 22), 4);
    j = Pin.word(Step.f(j, k, l, i, 188, 0x49b40821, 22), 8);
    vb = Pin.lanes(Lane.f(vb, vc, vd, va, Lane.m(240, 60), 22));
    // Round 2
    a = Step.g(a, b, c, d, 4, 0xf61e2562, 5);
    e = Step.g(e, f, g, h, 68, 0xf61e2562, 5);
    i = Step.g(i, j, k, l, 132, 0xf61e2562, 5);
    va = Lane.g(va, vb, vc, vd, Lane.m(16, 64), 5);
    d = Pin.word(Step.g(d, a, b, c, 24, 0xc040b340, 9), 0);
    h = Pin.word(Step.g(h, e, f, g, 88, 0xc040b340, 9), 4);
    l = Pin.word(Step.g(l, i, j, k, 152, 0xc040b340, 9), 8);
    vd = Pin.lanes(Lane.g(vd, va, vb, vc, Lane.m(96, 68), 9));
    c = Step.g(c, d, a, b, 44, 0x265e5a51, 14);
    g = Step.g(g, h, e, f, 108, 0x265e5a51, 14);
    k = Step.g(k, l, i, j, 172, 0x265e5a51, 14);
    vc = Lane.g(vc, vd, va, vb, Lane.m(176, 72), 14);
    b = Pin.word(Step.g(b, c, d, a, 0, 0xe9b6c7aa, 20), 0);
    f = Pin.word(Step.g(f, g, h, e, 64, 0xe9b6c7aa, 20), 4);
    j = Pin.word(Step.g(j, k, l, i, 128, 0xe9b6c7aa, 20), 8);
    vb = Pin.lanes(Lane.g(vb, vc, vd, va, Lane.m(0, 76), 20));
    a = Step.g(a, b, c, d, 20, 0xd62f105d, 5);
    e = Step.g(e, f, g, h, 84, 0xd62f105d, 5);
    i = Step.g(i, j, k, l, 148, 0xd62f105d, 5);
    va = Lane.g(va, vb, vc, vd, Lane.m(80, 80), 5);
    d = Pin.word(Step.g(d, a, b, c, 40, 0x02441453, 9), 0);
    h = Pin.word(Step.g(h, e, f, g, 104, 0x02441453, 9), 4);
    l = Pin.word(Step.g(l, i, j, k, 168, 0x02441453, 9), 8);
    vd = Pin.lanes(Lane.g(vd, va, vb, vc, Lane.m(160, 84), 9));
    c = Step.g(c, d, a, b, 60, 0xd8a1e681, 14);
    g = Step.g(g, h, e, f, 124, 0xd8a1e681, 14);
    k = Step.g(k, l, i, j, 188, 0xd8a1e681, 14);
    vc = Lane.g(vc, vd, va, vb, Lane.m(240, 88), 14);
    b = Pin.word(Step.g(b, c, d, a, 16, 0xe7d3fbc8, 20), 0);
    f = Pin.word(Step.g(f, g, h, e, 80, 0xe7d3fbc8, 20), 4);
    j = Pin.word(Step.g(j, k, l, i, 144, 0xe7d3fbc8, 20), 8);
    vb = Pin.lanes(Lane.g(vb, vc, vd, va, Lane.m(64, 92), 20));
    a = Step.g(a, b, c, d, 36, 0x21e1cde6, 5);
    e = Step.g(e, f, g, h, 100, 0x21e1cde6, 5);
    i = Step.g(i, j, k, l, 164, 0x21e1cde6, 5);
    va = Lane.g(va, vb, vc, vd, Lane.m(144, 96), 5);
    d = Pin.word(Step.g(d, a, b, c, 56, 0xc33707d6, 9), 0);
    h = Pin.word(Step.g(h, e, f, g, 120, 0xc33707d6, 9), 4);
    l = Pin.word(Step.g(l, i, j, k, 184, 0xc33707d6, 9), 8);
    vd = Pin.lanes(Lane.g(vd, va, vb, vc, Lane.m(224, 100), 9));
    c = Step.g(c, d, a, b, 12, 0xf4d50d87, 14);
    g = Step.g(g, h, e, f, 76, 0xf4d50d87, 14);
    k = Step.g(k, l, i, j, 140, 0xf4d50d87, 14);
    vc = Lane.g(vc, vd, va, vb, Lane.m(48, 104), 14);
    b = Pin.word(Step.g(b, c, d, a, 32, 0x455a14ed, 20), 0);
    f = Pin.word(Step.g(f, g, h, e, 96, 0x455a14ed, 20), 4);
    j = Pin.word(Step.g(j, k, l, i, 160, 0x455a14ed, 20), 8);
    vb = Pin.lanes(Lane.g(vb, vc, vd, va, Lane.m(128, 108), 20));
    a = Step.g(a, b, c, d, 52, 0xa9e3e905, 5);
    e = Step.g(e, f, g, h, 116, 0xa9e3e905, 5);
    i = Step.g(i, j, k, l, 180, 0xa9e3e905, 5);
    va = Lane.g(va, vb, vc, vd, Lane.m(208, 112), 5);
    d = Pin.word(Step.g(d, a, b, c, 8, 0xfcefa3f8, 9), 0);
    h = Pin.word(Step.g(h, e, f, g, 72, 0xfcefa3f8, 9), 4);
    l = Pin.word(Step.g(l, i, j, k, 136, 0xfcefa3f8, 9), 8);
    vd = Pin.lanes(Lane.g(vd, va, vb, vc, Lane.m(32, 116), 9));
    c = Step.g(c, d, a, b, 28, 0x676f02d9, 14);
    g = Step.g(g, h, e, f, 92, 0x676f02d9, 14);
    k = Step.g(k, l, i, j, 156, 0x676f02d9, 14);
    vc = Lane.g(vc, vd, va, vb, Lane.m(112, 120), 14);
    b = Pin.word(Step.g(b, c, d, a, 48, 0x8d2a4c8a, 20), 0);
    f = Pin.word(Step.g(f, g, h, e, 112, 0x8d2a4c8a, 20), 4);
    j = Pin.word(Step.g(j, k, l, i, 176, 0x8d2a4c8a, 20), 8);
    vb = Pin.lanes(Lane.g(vb, vc, vd, va, Lane.m(192, 124), 20));
    // Round 3
    a = Step.h(a, b, c, d, 20, 0xfffa3942, 4);
    e = Step.h(e, f, g, h, 84, 0xfffa3942, 4);
    i = Step.h(i, j, k, l, 148, 0xfffa3942, 4);
    va = Lane.h(va, vb, vc, vd, Lane.m(80, 128), 4);
    d = Pin.word(Step.h(d, a, b, c, 32, 0x8771f681, 11), 0);
    h = Pin.word(Step.h(h, e, f, g, 96, 0x8771f681, 11), 4);
    l = Pin.word(Step.h(l, i, j, k, 160, 0x8771f681, 11), 8);
    vd = Pin.lanes(Lane.h(vd, va, vb, vc, Lane.m(128, 132), 11));
    c = Step.h(c, d, a, b, 44, 0x6d9d6122, 16);
    g = Step.h(g, h, e, f, 108, 0x6d9d6122, 16);
    k = Step.h(k, l, i, j, 172, 0x6d9d6122, 16);
    vc = Lane.h(vc, vd, va, vb, Lane.m(176, 136), 16);
    b = Pin.word(Step.h(b, c, d, a, 56, 0xfde5380c, 23), 0);
    f = Pin.word(Step.h(f, g, h, e, 120, 0xfde5380c, 23), 4);
    j = Pin.word(Step.h(j, k, l, i, 184, 0xfde5380c, 23), 8);
    vb = Pin.lanes(Lane.h(vb, vc, vd, va, Lane.m(224, 140), 23));
    a = Step.h(a, b, c, d, 4, 0xa4beea44, 4);
    e = Step.h(e, f, g, h, 68, 0xa4beea44, 4);
    i = Step.h(i, j, k, l, 132, 0xa4beea44, 4);
    va = Lane.h(va, vb, vc, vd, Lane.m(16, 144), 4);
    d = Pin.word(Step.h(d, a, b, c, 16, 0x4bdecfa9, 11), 0);
    h = Pin.word(Step.h(h, e, f, g, 80, 0x4bdecfa9, 11), 4);
    l = Pin.word(Step.h(l, i, j, k, 144, 0x4bdecfa9, 11), 8);
    vd = Pin.lanes(Lane.h(vd, va, vb, vc, Lane.m(64, 148), 11));
    c = Step.h(c, d, a, b, 28, 0xf6bb4b60, 16);
    g = Step.h(g, h, e, f, 92, 0xf6bb4b60, 16);
    k = Step.h(k, l, i, j, 156, 0xf6bb4b60, 16);
    vc = Lane.h(vc, vd, va, vb, Lane.m(112, 152), 16);
    b = Pin.word(Step.h(b, c, d, a, 40, 0xbebfbc70, 23), 0);
    f = Pin.word(Step.h(f, g, h, e, 104, 0xbebfbc70, 23), 4);
    j = Pin.word(Step.h(j, k, l, i, 168, 0xbebfbc70, 23), 8);
    vb = Pin.lanes(Lane.h(vb, vc, vd, va, Lane.m(160, 156), 23));
    a = Step.h(a, b, c, d, 52, 0x289b7ec6, 4);
    e = Step.h(e, f, g, h, 116, 0x289b7ec6, 4);
    i = Step.h(i, j, k, l, 180, 0x289b7ec6, 4);
    va = Lane.h(va, vb, vc, vd, Lane.m(208, 160), 4);
    d = Pin.word(Step.h(d, a, b, c, 0, 0xeaa127fa, 11), 0);
    h = Pin.word(Step.h(h, e, f, g, 64, 0xeaa127fa, 11), 4);
    l = Pin.word(Step.h(l, i, j, k, 128, 0xeaa127fa, 11), 8);
    vd = Pin.lanes(Lane.h(vd, va, vb, vc, Lane.m(0, 164), 11));
    c = Step.h(c, d, a, b, 12, 0xd4ef3085, 16);
    g = Step.h(g, h, e, f, 76, 0xd4ef3085, 16);
    k = Step.h(k, l, i, j, 140, 0xd4ef3085, 16);
    vc = Lane.h(vc, vd, va, vb, Lane.m(48, 168), 16);
    b = Pin.word(Step.h(b, c, d, a, 24, 0x04881d05, 23), 0);
    f = Pin.word(Step.h(f, g, h, e, 88, 0x04881d05, 23), 4);
    j = Pin.word(Step.h(j, k, l, i, 152, 0x04881d05, 23), 8);
    vb = Pin.lanes(Lane.h(vb, vc, vd, va, Lane.m(96, 172), 23));
    a = Step.h(a, b, c, d, 36, 0xd9d4d039, 4);
    e = Step.h(e, f, g, h, 100, 0xd9d4d039, 4);
    i = Step.h(i, j, k, l, 164, 0xd9d4d039, 4);
    va = Lane.h(va, vb, vc, vd, Lane.m(144, 176), 4);
    d = Pin.word(Step.h(d, a, b, c, 48, 0xe6db99e5, 11), 0);
    h = Pin.word(Step.h(h, e, f, g, 112, 0xe6db99e5, 11), 4);
    l = Pin.word(Step.h(l, i, j, k, 176, 0xe6db99e5, 11), 8);
    vd = Pin.lanes(Lane.h(vd, va, vb, vc, Lane.m(192, 180), 11));
    c = Step.h(c, d, a, b, 60, 0x1fa27cf8, 16);
    g = Step.h(g, h, e, f, 124, 0x1fa27cf8, 16);
    k = Step.h(k, l, i, j, 188, 0x1fa27cf8, 16);
    vc = Lane.h(vc, vd, va, vb, Lane.m(240, 184), 16);
    b = Pin.word(Step.h(b, c, d, a, 8, 0xc4ac5665, 23), 0);
    f = Pin.word(Step.h(f, g, h, e, 72, 0xc4ac5665, 23), 4);
    j = Pin.word(Step.h(j, k, l, i, 136, 0xc4ac5665, 23), 8);
    vb = Pin.lanes(Lane.h(vb, vc, vd, va, Lane.m(32, 188), 23));
    // Round 4
    a = Step.i(a, b, c, d, 0, 0xf4292244, 6);
    e = Step.i(e, f, g, h, 64, 0xf4292244, 6);
    i = Step.i(i, j, k, l, 128, 0xf4292244, 6);
    va = Lane.i(va, vb, vc, vd, Lane.m(0, 192), 6);
    d = Pin.word(Step.i(d, a, b, c, 28, 0x432aff97, 10), 0);
    h = Pin.word(Step.i(h, e, f, g, 92, 0x432aff97, 10), 4);
    l = Pin.word(Step.i(l, i, j, k, 156, 0x432aff97, 10), 8);
    vd = Pin.lanes(Lane.i(vd, va, vb, vc, Lane.m(112, 196), 10));
    c = Step.i(c, d, a, b, 56, 0xab9423a7, 15);
    g = Step.i(g, h, e, f, 120, 0xab9423a7, 15);
    k = Step.i(k, l, i, j, 184, 0xab9423a7, 15);
    vc = Lane.i(vc, vd, va, vb, Lane.m(224, 200), 15);
    b = Pin.word(Step.i(b, c, d, a, 20, 0xfc93a039, 21), 0);
    f = Pin.word(Step.i(f, g, h, e, 84, 0xfc93a039, 21), 4);
    j = Pin.word(Step.i(j, k, l, i, 148, 0xfc93a039, 21), 8);
    vb = Pin.lanes(Lane.i(vb, vc, vd, va, Lane.m(80, 204), 21));
    a = Step.i(a, b, c, d, 48, 0x655b59c3, 6);
    e = Step.i(e, f, g, h, 112, 0x655b59c3, 6);
    i = Step.i(i, j, k, l, 176, 0x655b59c3, 6);
    va = Lane.i(va, vb, vc, vd, Lane.m(192, 208), 6);
    d = Pin.word(Step.i(d, a, b, c, 12, 0x8f0ccc92, 10), 0);
    h = Pin.word(Step.i(h, e, f, g, 76, 0x8f0ccc92, 10), 4);
    l = Pin.word(Step.i(l, i, j, k, 140, 0x8f0ccc92, 10), 8);
    vd = Pin.lanes(Lane.i(vd, va, vb, vc, Lane.m(48, 212), 10));
    c = Step.i(c, d, a, b, 40, 0xffeff47d, 15);
    g = Step.i(g, h, e, f, 104, 0xffeff47d, 15);
    k = Step.i(k, l, i, j, 168, 0xffeff47d, 15);
    vc = Lane.i(vc, vd, va, vb, Lane.m(160, 216), 15);
    b = Pin.word(Step.i(b, c, d, a, 4, 0x85845dd1, 21), 0);
    f = Pin.word(Step.i(f, g, h, e, 68, 0x85845dd1, 21), 4);
    j = Pin.word(Step.i(j, k, l, i, 132, 0x85845dd1, 21), 8);
    vb = Pin.lanes(Lane.i(vb, vc, vd, va, Lane.m(16, 220), 21));
    a = Step.i(a, b, c, d, 32, 0x6fa87e4f, 6);
    e = Step.i(e, f, g, h, 96, 0x6fa87e4f, 6);
    i = Step.i(i, j, k, l, 160, 0x6fa87e4f, 6);
    va = Lane.i(va, vb, vc, vd, Lane.m(128, 224), 6);
    d = Pin.word(Step.i(d, a, b, c, 60, 0xfe2ce6e0, 10), 0);
    h = Pin.word(Step.i(h, e, f, g, 124, 0xfe2ce6e0, 10), 4);
    l = Pin.word(Step.i(l, i, j, k, 188, 0xfe2ce6e0, 10), 8);
    vd = Pin.lanes(Lane.i(vd, va, vb, vc, Lane.m(240, 228), 10));
    c = Step.i(c, d, a, b, 24, 0xa3014314, 15);
    g = Step.i(g, h, e, f, 88, 0xa3014314, 15);
    k = Step.i(k, l, i, j, 152, 0xa3014314, 15);
    vc = Lane.i(vc, vd, va, vb, Lane.m(96, 232), 15);
    b = Pin.word(Step.i(b, c, d, a, 52, 0x4e0811a1, 21), 0);
    f = Pin.word(Step.i(f, g, h, e, 116, 0x4e0811a1, 21), 4);
    j = Pin.word(Step.i(j, k, l, i, 180, 0x4e0811a1, 21), 8);
    vb = Pin.lanes(Lane.i(vb, vc, vd, va, Lane.m(208, 236), 21));
    a = Step.i(a, b, c, d, 16, 0xf7537e82, 6);
    e = Step.i(e, f, g, h, 80, 0xf7537e82, 6);
    i = Step.i(i, j, k, l, 144, 0xf7537e82, 6);
    va = Lane.i(va, vb, vc, vd, Lane.m(64, 240), 6);
    d = Pin.word(Step.i(d, a, b, c, 44, 0xbd3af235, 10), 0);
    h = Pin.word(Step.i(h, e, f, g, 108, 0xbd3af235, 10), 4);
    l = Pin.word(Step.i(l, i, j, k, 172, 0xbd3af235, 10), 8);
    vd = Pin.lanes(Lane.i(vd, va, vb, vc, Lane.m(176, 244), 10));
    c = Step.i(c, d, a, b, 8, 0x2ad7d2bb, 15);
    g = Step.i(g, h, e, f, 72, 0x2ad7d2bb, 15);
    k = Step.i(k, l, i, j, 136, 0x2ad7d2bb, 15);
    vc = Lane.i(vc, vd, va, vb, Lane.m(32, 248), 15);
    b = Pin.word(Step.i(b, c, d, a, 36, 0xeb86d391, 21), 0);
    f = Pin.word(Step.i(f, g, h, e, 100, 0xeb86d391, 21), 4);
    j = Pin.word(Step.i(j, k, l, i, 164, 0xeb86d391, 21), 8);
    vb = Pin.lanes(Lane.i(vb, vc, vd, va, Lane.m(144, 252), 21));
    a += load<u32>(STATE);
    b += load<u32>(STATE, 16);
    c += load<u32>(STATE, 32);
    d += load<u32>(STATE, 48);
    e += load<u32>(STATE, 4);
    f += load<u32>(STATE, 20);
    g += load<u32>(STATE, 36);
    h += load<u32>(STATE, 52);
    i += load<u32>(STATE, 8);
    j += load<u32>(STATE, 24);
    k += load<u32>(STATE, 40);
    l += load<u32>(STATE, 56);
    va = i32x4.add(va, v128.load(LANE_STATE));
    vb = i32x4.add(vb, v128.load(LANE_STATE, 16));
    vc = i32x4.add(vc, v128.load(LANE_STATE, 32));
    vd = i32x4.add(vd, v128.load(LANE_STATE, 48));
    p0 += 64;
    p1 += 64;
    p2 += 64;
    p3 += 64;
    p4 += 64;
    p5 += 64;
    p6 += 64;
    if (p0 == end && pads != 0) {
      p0 = LANE_PADS;
      p1 = LANE_PADS + 128;
      p2 = LANE_PADS + 256;
      p3 = LANE_PADS + 384;
      p4 = LANE_PADS + 512;
      p5 = LANE_PADS + 640;
      p6 = LANE_PADS + 768;
      end = p0 + (pads << 6);
      pads = 0;
    }
  }
  store<u32>(STATE, a);
  store<u32>(STATE, b, 16);
  store<u32>(STATE, c, 32);
  store<u32>(STATE, d, 48);
  store<u32>(STATE, e, 4);
  store<u32>(STATE, f, 20);
  store<u32>(STATE, g, 36);
  store<u32>(STATE, h, 52);
  store<u32>(STATE, i, 8);
  store<u32>(STATE, j, 24);
  store<u32>(STATE, k, 40);
  store<u32>(STATE, l, 56);
  v128.store(LANE_STATE, va);
  v128.store(LANE_STATE, vb, 16);
  v128.store(LANE_STATE, vc, 32);
  v128.store(LANE_STATE, vd, 48);
}
