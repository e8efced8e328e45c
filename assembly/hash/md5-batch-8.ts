// MD5 (RFC 1321) of eight messages at once: two vectors of four lanes, whose chains of dependent steps run side by side.
//
// V8 puts off what no memory access waits for, and would first do all of one vector's steps, then all of the other's, too far
// apart for the processor to overlap them (measured no faster than four lanes). So every second step's result is stored: the
// store pins the step to its place (measured 10 to 16 % faster than four lanes, on a core shared with another program).
import { LANE_STATE, LANE_WORDS } from '../layout';
import { transpose_block } from './lanes';
import { Lane } from './md5-lane';

/** Written and never read, see above. */
const PIN: usize = LANE_STATE + 128;

/** Takes `n` blocks of each of eight messages; digests word by word at LANE_STATE, those of the second four 64 bytes on. */
export function md5_lanes_8(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  p4: usize,
  p5: usize,
  p6: usize,
  p7: usize,
  n: usize,
): void {
  let a = v128.load(LANE_STATE);
  let b = v128.load(LANE_STATE, 16);
  let c = v128.load(LANE_STATE, 32);
  let d = v128.load(LANE_STATE, 48);
  let e = v128.load(LANE_STATE, 64);
  let f = v128.load(LANE_STATE, 80);
  let g = v128.load(LANE_STATE, 96);
  let h = v128.load(LANE_STATE, 112);
  const end = p0 + (n << 6);
  while (p0 < end) {
    v128.store(LANE_STATE, a);
    v128.store(LANE_STATE, b, 16);
    v128.store(LANE_STATE, c, 32);
    v128.store(LANE_STATE, d, 48);
    v128.store(LANE_STATE, e, 64);
    v128.store(LANE_STATE, f, 80);
    v128.store(LANE_STATE, g, 96);
    v128.store(LANE_STATE, h, 112);
    transpose_block(p0, p1, p2, p3, LANE_WORDS);
    transpose_block(p4, p5, p6, p7, LANE_WORDS + 256);
    // Round 1
    a = Lane.f(a, b, c, d, Lane.m(0, 0), 7);
    d = Lane.f(d, a, b, c, Lane.m(16, 4), 12);
    v128.store(PIN, d);
    e = Lane.f(e, f, g, h, Lane.m(256, 0), 7);
    h = Lane.f(h, e, f, g, Lane.m(272, 4), 12);
    v128.store(PIN, h, 16);
    c = Lane.f(c, d, a, b, Lane.m(32, 8), 17);
    b = Lane.f(b, c, d, a, Lane.m(48, 12), 22);
    v128.store(PIN, b);
    g = Lane.f(g, h, e, f, Lane.m(288, 8), 17);
    f = Lane.f(f, g, h, e, Lane.m(304, 12), 22);
    v128.store(PIN, f, 16);
    a = Lane.f(a, b, c, d, Lane.m(64, 16), 7);
    d = Lane.f(d, a, b, c, Lane.m(80, 20), 12);
    v128.store(PIN, d);
    e = Lane.f(e, f, g, h, Lane.m(320, 16), 7);
    h = Lane.f(h, e, f, g, Lane.m(336, 20), 12);
    v128.store(PIN, h, 16);
    c = Lane.f(c, d, a, b, Lane.m(96, 24), 17);
    b = Lane.f(b, c, d, a, Lane.m(112, 28), 22);
    v128.store(PIN, b);
    g = Lane.f(g, h, e, f, Lane.m(352, 24), 17);
    f = Lane.f(f, g, h, e, Lane.m(368, 28), 22);
    v128.store(PIN, f, 16);
    a = Lane.f(a, b, c, d, Lane.m(128, 32), 7);
    d = Lane.f(d, a, b, c, Lane.m(144, 36), 12);
    v128.store(PIN, d);
    e = Lane.f(e, f, g, h, Lane.m(384, 32), 7);
    h = Lane.f(h, e, f, g, Lane.m(400, 36), 12);
    v128.store(PIN, h, 16);
    c = Lane.f(c, d, a, b, Lane.m(160, 40), 17);
    b = Lane.f(b, c, d, a, Lane.m(176, 44), 22);
    v128.store(PIN, b);
    g = Lane.f(g, h, e, f, Lane.m(416, 40), 17);
    f = Lane.f(f, g, h, e, Lane.m(432, 44), 22);
    v128.store(PIN, f, 16);
    a = Lane.f(a, b, c, d, Lane.m(192, 48), 7);
    d = Lane.f(d, a, b, c, Lane.m(208, 52), 12);
    v128.store(PIN, d);
    e = Lane.f(e, f, g, h, Lane.m(448, 48), 7);
    h = Lane.f(h, e, f, g, Lane.m(464, 52), 12);
    v128.store(PIN, h, 16);
    c = Lane.f(c, d, a, b, Lane.m(224, 56), 17);
    b = Lane.f(b, c, d, a, Lane.m(240, 60), 22);
    v128.store(PIN, b);
    g = Lane.f(g, h, e, f, Lane.m(480, 56), 17);
    f = Lane.f(f, g, h, e, Lane.m(496, 60), 22);
    v128.store(PIN, f, 16);
    // Round 2
    a = Lane.g(a, b, c, d, Lane.m(16, 64), 5);
    d = Lane.g(d, a, b, c, Lane.m(96, 68), 9);
    v128.store(PIN, d);
    e = Lane.g(e, f, g, h, Lane.m(272, 64), 5);
    h = Lane.g(h, e, f, g, Lane.m(352, 68), 9);
    v128.store(PIN, h, 16);
    c = Lane.g(c, d, a, b, Lane.m(176, 72), 14);
    b = Lane.g(b, c, d, a, Lane.m(0, 76), 20);
    v128.store(PIN, b);
    g = Lane.g(g, h, e, f, Lane.m(432, 72), 14);
    f = Lane.g(f, g, h, e, Lane.m(256, 76), 20);
    v128.store(PIN, f, 16);
    a = Lane.g(a, b, c, d, Lane.m(80, 80), 5);
    d = Lane.g(d, a, b, c, Lane.m(160, 84), 9);
    v128.store(PIN, d);
    e = Lane.g(e, f, g, h, Lane.m(336, 80), 5);
    h = Lane.g(h, e, f, g, Lane.m(416, 84), 9);
    v128.store(PIN, h, 16);
    c = Lane.g(c, d, a, b, Lane.m(240, 88), 14);
    b = Lane.g(b, c, d, a, Lane.m(64, 92), 20);
    v128.store(PIN, b);
    g = Lane.g(g, h, e, f, Lane.m(496, 88), 14);
    f = Lane.g(f, g, h, e, Lane.m(320, 92), 20);
    v128.store(PIN, f, 16);
    a = Lane.g(a, b, c, d, Lane.m(144, 96), 5);
    d = Lane.g(d, a, b, c, Lane.m(224, 100), 9);
    v128.store(PIN, d);
    e = Lane.g(e, f, g, h, Lane.m(400, 96), 5);
    h = Lane.g(h, e, f, g, Lane.m(480, 100), 9);
    v128.store(PIN, h, 16);
    c = Lane.g(c, d, a, b, Lane.m(48, 104), 14);
    b = Lane.g(b, c, d, a, Lane.m(128, 108), 20);
    v128.store(PIN, b);
    g = Lane.g(g, h, e, f, Lane.m(304, 104), 14);
    f = Lane.g(f, g, h, e, Lane.m(384, 108), 20);
    v128.store(PIN, f, 16);
    a = Lane.g(a, b, c, d, Lane.m(208, 112), 5);
    d = Lane.g(d, a, b, c, Lane.m(32, 116), 9);
    v128.store(PIN, d);
    e = Lane.g(e, f, g, h, Lane.m(464, 112), 5);
    h = Lane.g(h, e, f, g, Lane.m(288, 116), 9);
    v128.store(PIN, h, 16);
    c = Lane.g(c, d, a, b, Lane.m(112, 120), 14);
    b = Lane.g(b, c, d, a, Lane.m(192, 124), 20);
    v128.store(PIN, b);
    g = Lane.g(g, h, e, f, Lane.m(368, 120), 14);
    f = Lane.g(f, g, h, e, Lane.m(448, 124), 20);
    v128.store(PIN, f, 16);
    // Round 3
    a = Lane.h(a, b, c, d, Lane.m(80, 128), 4);
    d = Lane.h(d, a, b, c, Lane.m(128, 132), 11);
    v128.store(PIN, d);
    e = Lane.h(e, f, g, h, Lane.m(336, 128), 4);
    h = Lane.h(h, e, f, g, Lane.m(384, 132), 11);
    v128.store(PIN, h, 16);
    c = Lane.h(c, d, a, b, Lane.m(176, 136), 16);
    b = Lane.h(b, c, d, a, Lane.m(224, 140), 23);
    v128.store(PIN, b);
    g = Lane.h(g, h, e, f, Lane.m(432, 136), 16);
    f = Lane.h(f, g, h, e, Lane.m(480, 140), 23);
    v128.store(PIN, f, 16);
    a = Lane.h(a, b, c, d, Lane.m(16, 144), 4);
    d = Lane.h(d, a, b, c, Lane.m(64, 148), 11);
    v128.store(PIN, d);
    e = Lane.h(e, f, g, h, Lane.m(272, 144), 4);
    h = Lane.h(h, e, f, g, Lane.m(320, 148), 11);
    v128.store(PIN, h, 16);
    c = Lane.h(c, d, a, b, Lane.m(112, 152), 16);
    b = Lane.h(b, c, d, a, Lane.m(160, 156), 23);
    v128.store(PIN, b);
    g = Lane.h(g, h, e, f, Lane.m(368, 152), 16);
    f = Lane.h(f, g, h, e, Lane.m(416, 156), 23);
    v128.store(PIN, f, 16);
    a = Lane.h(a, b, c, d, Lane.m(208, 160), 4);
    d = Lane.h(d, a, b, c, Lane.m(0, 164), 11);
    v128.store(PIN, d);
    e = Lane.h(e, f, g, h, Lane.m(464, 160), 4);
    h = Lane.h(h, e, f, g, Lane.m(256, 164), 11);
    v128.store(PIN, h, 16);
    c = Lane.h(c, d, a, b, Lane.m(48, 168), 16);
    b = Lane.h(b, c, d, a, Lane.m(96, 172), 23);
    v128.store(PIN, b);
    g = Lane.h(g, h, e, f, Lane.m(304, 168), 16);
    f = Lane.h(f, g, h, e, Lane.m(352, 172), 23);
    v128.store(PIN, f, 16);
    a = Lane.h(a, b, c, d, Lane.m(144, 176), 4);
    d = Lane.h(d, a, b, c, Lane.m(192, 180), 11);
    v128.store(PIN, d);
    e = Lane.h(e, f, g, h, Lane.m(400, 176), 4);
    h = Lane.h(h, e, f, g, Lane.m(448, 180), 11);
    v128.store(PIN, h, 16);
    c = Lane.h(c, d, a, b, Lane.m(240, 184), 16);
    b = Lane.h(b, c, d, a, Lane.m(32, 188), 23);
    v128.store(PIN, b);
    g = Lane.h(g, h, e, f, Lane.m(496, 184), 16);
    f = Lane.h(f, g, h, e, Lane.m(288, 188), 23);
    v128.store(PIN, f, 16);
    // Round 4
    a = Lane.i(a, b, c, d, Lane.m(0, 192), 6);
    d = Lane.i(d, a, b, c, Lane.m(112, 196), 10);
    v128.store(PIN, d);
    e = Lane.i(e, f, g, h, Lane.m(256, 192), 6);
    h = Lane.i(h, e, f, g, Lane.m(368, 196), 10);
    v128.store(PIN, h, 16);
    c = Lane.i(c, d, a, b, Lane.m(224, 200), 15);
    b = Lane.i(b, c, d, a, Lane.m(80, 204), 21);
    v128.store(PIN, b);
    g = Lane.i(g, h, e, f, Lane.m(480, 200), 15);
    f = Lane.i(f, g, h, e, Lane.m(336, 204), 21);
    v128.store(PIN, f, 16);
    a = Lane.i(a, b, c, d, Lane.m(192, 208), 6);
    d = Lane.i(d, a, b, c, Lane.m(48, 212), 10);
    v128.store(PIN, d);
    e = Lane.i(e, f, g, h, Lane.m(448, 208), 6);
    h = Lane.i(h, e, f, g, Lane.m(304, 212), 10);
    v128.store(PIN, h, 16);
    c = Lane.i(c, d, a, b, Lane.m(160, 216), 15);
    b = Lane.i(b, c, d, a, Lane.m(16, 220), 21);
    v128.store(PIN, b);
    g = Lane.i(g, h, e, f, Lane.m(416, 216), 15);
    f = Lane.i(f, g, h, e, Lane.m(272, 220), 21);
    v128.store(PIN, f, 16);
    a = Lane.i(a, b, c, d, Lane.m(128, 224), 6);
    d = Lane.i(d, a, b, c, Lane.m(240, 228), 10);
    v128.store(PIN, d);
    e = Lane.i(e, f, g, h, Lane.m(384, 224), 6);
    h = Lane.i(h, e, f, g, Lane.m(496, 228), 10);
    v128.store(PIN, h, 16);
    c = Lane.i(c, d, a, b, Lane.m(96, 232), 15);
    b = Lane.i(b, c, d, a, Lane.m(208, 236), 21);
    v128.store(PIN, b);
    g = Lane.i(g, h, e, f, Lane.m(352, 232), 15);
    f = Lane.i(f, g, h, e, Lane.m(464, 236), 21);
    v128.store(PIN, f, 16);
    a = Lane.i(a, b, c, d, Lane.m(64, 240), 6);
    d = Lane.i(d, a, b, c, Lane.m(176, 244), 10);
    v128.store(PIN, d);
    e = Lane.i(e, f, g, h, Lane.m(320, 240), 6);
    h = Lane.i(h, e, f, g, Lane.m(432, 244), 10);
    v128.store(PIN, h, 16);
    c = Lane.i(c, d, a, b, Lane.m(32, 248), 15);
    b = Lane.i(b, c, d, a, Lane.m(144, 252), 21);
    v128.store(PIN, b);
    g = Lane.i(g, h, e, f, Lane.m(288, 248), 15);
    f = Lane.i(f, g, h, e, Lane.m(400, 252), 21);
    v128.store(PIN, f, 16);
    a = i32x4.add(a, v128.load(LANE_STATE));
    b = i32x4.add(b, v128.load(LANE_STATE, 16));
    c = i32x4.add(c, v128.load(LANE_STATE, 32));
    d = i32x4.add(d, v128.load(LANE_STATE, 48));
    e = i32x4.add(e, v128.load(LANE_STATE, 64));
    f = i32x4.add(f, v128.load(LANE_STATE, 80));
    g = i32x4.add(g, v128.load(LANE_STATE, 96));
    h = i32x4.add(h, v128.load(LANE_STATE, 112));
    p0 += 64;
    p1 += 64;
    p2 += 64;
    p3 += 64;
    p4 += 64;
    p5 += 64;
    p6 += 64;
    p7 += 64;
  }
  v128.store(LANE_STATE, a);
  v128.store(LANE_STATE, b, 16);
  v128.store(LANE_STATE, c, 32);
  v128.store(LANE_STATE, d, 48);
  v128.store(LANE_STATE, e, 64);
  v128.store(LANE_STATE, f, 80);
  v128.store(LANE_STATE, g, 96);
  v128.store(LANE_STATE, h, 112);
}
