// SHA-1 blocks (RFC 3174) in the SIMD build: scalar rounds, and beside them the schedule, four words at a time in a vector.
//
// The schedule goes to memory with the round constant added, so that a round takes it as one addition with a memory operand.
// One vector is made for every four rounds, 16 rounds ahead, so that both halves overlap (measured 0.81 to 1.15 GB/s; the whole
// schedule first: 0.65 to 0.86; scalar: 0.53 to 0.81). Words 16..31 follow RFC 3174 6.1, whose fourth word of a vector needs its
// first; from word 32 on  w[t] = rotl2(w[t-6] ^ w[t-16] ^ w[t-28] ^ w[t-32])  says the same without that dependency.
//
// Every fourth round's result is stored and never read, as in sha1-batch.ts: it pins the round to its place among the loads and
// stores of the schedule. In rounds 20 to 39 every one's is: 2 % in Node 20, nothing in Node 24. In all rounds it is 3 % more in Node
// 20 and 5 % less in Node 24 (measured).
import { LANE_PIN as PIN, SHA1_SCHEDULE } from '../layout';
import { Round } from './sha1-round';

/** Vectors, loaded: V8 rebuilds literal ones at each use. Byte order of words, then the four round constants. */
const BYTES: usize = memory.data<u8>([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12], 16);
const K: usize = memory.data<u32>([0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6], 16);

class Words {
  /** Words 16..31, four at a time, from the four vectors before. */
  @inline static early(x4: v128, x3: v128, x2: v128, x1: v128, zero: v128): v128 {
    const w3 = i8x16.shuffle(x1, zero, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
    const w14 = i8x16.shuffle(x4, x3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
    const t = v128.xor(v128.xor(w3, x2), v128.xor(w14, x4));
    // The fourth word still lacks rotl1 of the first, which is rotl2 of what the first was made from.
    const u = i8x16.shuffle(zero, t, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19);
    return v128.xor(
      v128.or(i32x4.shl(t, 1), i32x4.shr_u(t, 31)),
      v128.or(i32x4.shl(u, 2), i32x4.shr_u(u, 30)),
    );
  }
  /** Words 32..79, four at a time, from the vectors 2, 1, 4, 7 and 8 before. */
  @inline static late(x2: v128, x1: v128, x4: v128, x7: v128, x8: v128): v128 {
    const w6 = i8x16.shuffle(x2, x1, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
    const t = v128.xor(v128.xor(w6, x4), v128.xor(x7, x8));
    return v128.or(i32x4.shl(t, 2), i32x4.shr_u(t, 30));
  }
}

/** Takes the blocks in [p, end), at least one. */
export function sha1_blocks_simd(state: usize, p: usize, end: usize): void {
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  const bytes = v128.load(BYTES);
  const k0 = v128.load32_splat(K);
  const k1 = v128.load32_splat(K, 4);
  const k2 = v128.load32_splat(K, 8);
  const k3 = v128.load32_splat(K, 12);
  const zero = i32x4.splat(0);
  do {
    const a0 = a;
    const b0 = b;
    const c0 = c;
    const d0 = d;
    const e0 = e;
    let x0 = v128.swizzle(v128.load(p), bytes);
    v128.store(SHA1_SCHEDULE, i32x4.add(x0, k0));
    let x1 = v128.swizzle(v128.load(p, 16), bytes);
    v128.store(SHA1_SCHEDULE, i32x4.add(x1, k0), 16);
    let x2 = v128.swizzle(v128.load(p, 32), bytes);
    v128.store(SHA1_SCHEDULE, i32x4.add(x2, k0), 32);
    let x3 = v128.swizzle(v128.load(p, 48), bytes);
    v128.store(SHA1_SCHEDULE, i32x4.add(x3, k0), 48);
    let x4 = Words.early(x0, x1, x2, x3, zero);
    v128.store(SHA1_SCHEDULE, i32x4.add(x4, k0), 64);
    e = Round.ch(e, a, b, c, d, 0);
    b = rotl<u32>(b, 30);
    d = Round.ch(d, e, a, b, c, 4);
    a = rotl<u32>(a, 30);
    c = Round.ch(c, d, e, a, b, 8);
    e = rotl<u32>(e, 30);
    b = Round.ch(b, c, d, e, a, 12);
    store<u32>(PIN, b);
    d = rotl<u32>(d, 30);
    let x5 = Words.early(x1, x2, x3, x4, zero);
    v128.store(SHA1_SCHEDULE, i32x4.add(x5, k1), 80);
    a = Round.ch(a, b, c, d, e, 16);
    c = rotl<u32>(c, 30);
    e = Round.ch(e, a, b, c, d, 20);
    b = rotl<u32>(b, 30);
    d = Round.ch(d, e, a, b, c, 24);
    a = rotl<u32>(a, 30);
    c = Round.ch(c, d, e, a, b, 28);
    store<u32>(PIN, c);
    e = rotl<u32>(e, 30);
    let x6 = Words.early(x2, x3, x4, x5, zero);
    v128.store(SHA1_SCHEDULE, i32x4.add(x6, k1), 96);
    b = Round.ch(b, c, d, e, a, 32);
    d = rotl<u32>(d, 30);
    a = Round.ch(a, b, c, d, e, 36);
    c = rotl<u32>(c, 30);
    e = Round.ch(e, a, b, c, d, 40);
    b = rotl<u32>(b, 30);
    d = Round.ch(d, e, a, b, c, 44);
    store<u32>(PIN, d);
    a = rotl<u32>(a, 30);
    let x7 = Words.early(x3, x4, x5, x6, zero);
    v128.store(SHA1_SCHEDULE, i32x4.add(x7, k1), 112);
    c = Round.ch(c, d, e, a, b, 48);
    e = rotl<u32>(e, 30);
    b = Round.ch(b, c, d, e, a, 52);
    d = rotl<u32>(d, 30);
    a = Round.ch(a, b, c, d, e, 56);
    c = rotl<u32>(c, 30);
    e = Round.ch(e, a, b, c, d, 60);
    store<u32>(PIN, e);
    b = rotl<u32>(b, 30);
    x0 = Words.late(x6, x7, x4, x1, x0);
    v128.store(SHA1_SCHEDULE, i32x4.add(x0, k1), 128);
    d = Round.ch(d, e, a, b, c, 64);
    a = rotl<u32>(a, 30);
    c = Round.ch(c, d, e, a, b, 68);
    e = rotl<u32>(e, 30);
    b = Round.ch(b, c, d, e, a, 72);
    d = rotl<u32>(d, 30);
    a = Round.ch(a, b, c, d, e, 76);
    store<u32>(PIN, a);
    c = rotl<u32>(c, 30);
    x1 = Words.late(x7, x0, x5, x2, x1);
    v128.store(SHA1_SCHEDULE, i32x4.add(x1, k1), 144);
    e = Round.parity(e, a, b, c, d, 80);
    store<u32>(PIN, e);
    b = rotl<u32>(b, 30);
    d = Round.parity(d, e, a, b, c, 84);
    store<u32>(PIN, d);
    a = rotl<u32>(a, 30);
    c = Round.parity(c, d, e, a, b, 88);
    store<u32>(PIN, c);
    e = rotl<u32>(e, 30);
    b = Round.parity(b, c, d, e, a, 92);
    store<u32>(PIN, b);
    d = rotl<u32>(d, 30);
    x2 = Words.late(x0, x1, x6, x3, x2);
    v128.store(SHA1_SCHEDULE, i32x4.add(x2, k2), 160);
    a = Round.parity(a, b, c, d, e, 96);
    store<u32>(PIN, a);
    c = rotl<u32>(c, 30);
    e = Round.parity(e, a, b, c, d, 100);
    store<u32>(PIN, e);
    b = rotl<u32>(b, 30);
    d = Round.parity(d, e, a, b, c, 104);
    store<u32>(PIN, d);
    a = rotl<u32>(a, 30);
    c = Round.parity(c, d, e, a, b, 108);
    store<u32>(PIN, c);
    e = rotl<u32>(e, 30);
    x3 = Words.late(x1, x2, x7, x4, x3);
    v128.store(SHA1_SCHEDULE, i32x4.add(x3, k2), 176);
    b = Round.parity(b, c, d, e, a, 112);
    store<u32>(PIN, b);
    d = rotl<u32>(d, 30);
    a = Round.parity(a, b, c, d, e, 116);
    store<u32>(PIN, a);
    c = rotl<u32>(c, 30);
    e = Round.parity(e, a, b, c, d, 120);
    store<u32>(PIN, e);
    b = rotl<u32>(b, 30);
    d = Round.parity(d, e, a, b, c, 124);
    store<u32>(PIN, d);
    a = rotl<u32>(a, 30);
    x4 = Words.late(x2, x3, x0, x5, x4);
    v128.store(SHA1_SCHEDULE, i32x4.add(x4, k2), 192);
    c = Round.parity(c, d, e, a, b, 128);
    store<u32>(PIN, c);
    e = rotl<u32>(e, 30);
    b = Round.parity(b, c, d, e, a, 132);
    store<u32>(PIN, b);
    d = rotl<u32>(d, 30);
    a = Round.parity(a, b, c, d, e, 136);
    store<u32>(PIN, a);
    c = rotl<u32>(c, 30);
    e = Round.parity(e, a, b, c, d, 140);
    store<u32>(PIN, e);
    b = rotl<u32>(b, 30);
    x5 = Words.late(x3, x4, x1, x6, x5);
    v128.store(SHA1_SCHEDULE, i32x4.add(x5, k2), 208);
    d = Round.parity(d, e, a, b, c, 144);
    store<u32>(PIN, d);
    a = rotl<u32>(a, 30);
    c = Round.parity(c, d, e, a, b, 148);
    store<u32>(PIN, c);
    e = rotl<u32>(e, 30);
    b = Round.parity(b, c, d, e, a, 152);
    store<u32>(PIN, b);
    d = rotl<u32>(d, 30);
    a = Round.parity(a, b, c, d, e, 156);
    store<u32>(PIN, a);
    c = rotl<u32>(c, 30);
    x6 = Words.late(x4, x5, x2, x7, x6);
    v128.store(SHA1_SCHEDULE, i32x4.add(x6, k2), 224);
    e = Round.maj(e, a, b, c, d, 160);
    b = rotl<u32>(b, 30);
    d = Round.maj(d, e, a, b, c, 164);
    a = rotl<u32>(a, 30);
    c = Round.maj(c, d, e, a, b, 168);
    e = rotl<u32>(e, 30);
    b = Round.maj(b, c, d, e, a, 172);
    store<u32>(PIN, b);
    d = rotl<u32>(d, 30);
    x7 = Words.late(x5, x6, x3, x0, x7);
    v128.store(SHA1_SCHEDULE, i32x4.add(x7, k3), 240);
    a = Round.maj(a, b, c, d, e, 176);
    c = rotl<u32>(c, 30);
    e = Round.maj(e, a, b, c, d, 180);
    b = rotl<u32>(b, 30);
    d = Round.maj(d, e, a, b, c, 184);
    a = rotl<u32>(a, 30);
    c = Round.maj(c, d, e, a, b, 188);
    store<u32>(PIN, c);
    e = rotl<u32>(e, 30);
    x0 = Words.late(x6, x7, x4, x1, x0);
    v128.store(SHA1_SCHEDULE, i32x4.add(x0, k3), 256);
    b = Round.maj(b, c, d, e, a, 192);
    d = rotl<u32>(d, 30);
    a = Round.maj(a, b, c, d, e, 196);
    c = rotl<u32>(c, 30);
    e = Round.maj(e, a, b, c, d, 200);
    b = rotl<u32>(b, 30);
    d = Round.maj(d, e, a, b, c, 204);
    store<u32>(PIN, d);
    a = rotl<u32>(a, 30);
    x1 = Words.late(x7, x0, x5, x2, x1);
    v128.store(SHA1_SCHEDULE, i32x4.add(x1, k3), 272);
    c = Round.maj(c, d, e, a, b, 208);
    e = rotl<u32>(e, 30);
    b = Round.maj(b, c, d, e, a, 212);
    d = rotl<u32>(d, 30);
    a = Round.maj(a, b, c, d, e, 216);
    c = rotl<u32>(c, 30);
    e = Round.maj(e, a, b, c, d, 220);
    store<u32>(PIN, e);
    b = rotl<u32>(b, 30);
    x2 = Words.late(x0, x1, x6, x3, x2);
    v128.store(SHA1_SCHEDULE, i32x4.add(x2, k3), 288);
    d = Round.maj(d, e, a, b, c, 224);
    a = rotl<u32>(a, 30);
    c = Round.maj(c, d, e, a, b, 228);
    e = rotl<u32>(e, 30);
    b = Round.maj(b, c, d, e, a, 232);
    d = rotl<u32>(d, 30);
    a = Round.maj(a, b, c, d, e, 236);
    store<u32>(PIN, a);
    c = rotl<u32>(c, 30);
    x3 = Words.late(x1, x2, x7, x4, x3);
    v128.store(SHA1_SCHEDULE, i32x4.add(x3, k3), 304);
    e = Round.parity(e, a, b, c, d, 240);
    b = rotl<u32>(b, 30);
    d = Round.parity(d, e, a, b, c, 244);
    a = rotl<u32>(a, 30);
    c = Round.parity(c, d, e, a, b, 248);
    e = rotl<u32>(e, 30);
    b = Round.parity(b, c, d, e, a, 252);
    store<u32>(PIN, b);
    d = rotl<u32>(d, 30);
    a = Round.parity(a, b, c, d, e, 256);
    c = rotl<u32>(c, 30);
    e = Round.parity(e, a, b, c, d, 260);
    b = rotl<u32>(b, 30);
    d = Round.parity(d, e, a, b, c, 264);
    a = rotl<u32>(a, 30);
    c = Round.parity(c, d, e, a, b, 268);
    store<u32>(PIN, c);
    e = rotl<u32>(e, 30);
    b = Round.parity(b, c, d, e, a, 272);
    d = rotl<u32>(d, 30);
    a = Round.parity(a, b, c, d, e, 276);
    c = rotl<u32>(c, 30);
    e = Round.parity(e, a, b, c, d, 280);
    b = rotl<u32>(b, 30);
    d = Round.parity(d, e, a, b, c, 284);
    store<u32>(PIN, d);
    a = rotl<u32>(a, 30);
    c = Round.parity(c, d, e, a, b, 288);
    e = rotl<u32>(e, 30);
    b = Round.parity(b, c, d, e, a, 292);
    d = rotl<u32>(d, 30);
    a = Round.parity(a, b, c, d, e, 296);
    c = rotl<u32>(c, 30);
    e = Round.parity(e, a, b, c, d, 300);
    store<u32>(PIN, e);
    b = rotl<u32>(b, 30);
    d = Round.parity(d, e, a, b, c, 304);
    a = rotl<u32>(a, 30);
    c = Round.parity(c, d, e, a, b, 308);
    e = rotl<u32>(e, 30);
    b = Round.parity(b, c, d, e, a, 312);
    d = rotl<u32>(d, 30);
    a = Round.parity(a, b, c, d, e, 316);
    store<u32>(PIN, a);
    c = rotl<u32>(c, 30);
    a += a0;
    b += b0;
    c += c0;
    d += d0;
    e += e0;
    p += 64;
  } while (p < end);
  store<u32>(state, a);
  store<u32>(state, b, 4);
  store<u32>(state, c, 8);
  store<u32>(state, d, 12);
  store<u32>(state, e, 16);
}
