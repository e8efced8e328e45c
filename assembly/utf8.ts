// UTF-8 of text in UTF-16, and the end of text in memory.
//
// SIMD build: eight units at a time. Each unit becomes a lane with the bytes of its UTF-8 (of a surrogate: with its half of the
// pair's four), and a swizzle closes the gaps, chosen by which lanes have more than one byte and which more than two. After
// Clausecker and Lemire, "Transcoding Unicode Characters with AVX-512 Instructions" (2022), whose compress instruction the
// tables stand in for. Constants are loaded: V8 rebuilds literal vectors at each use.
import { UTF8_GAPS2, UTF8_GAPS3, UTF8_TAIL } from './layout';

/** Vectors of eight equal units, in the order of use. */
const UNITS: usize = memory.data<u16>(
  [
    0xff80, 0xff80, 0xff80, 0xff80, 0xff80, 0xff80, 0xff80, 0xff80, 0xf800, 0xf800, 0xf800, 0xf800,
    0xf800, 0xf800, 0xf800, 0xf800, 0x003f, 0x003f, 0x003f, 0x003f, 0x003f, 0x003f, 0x003f, 0x003f,
    0x80c0, 0x80c0, 0x80c0, 0x80c0, 0x80c0, 0x80c0, 0x80c0, 0x80c0, 0x80e0, 0x80e0, 0x80e0, 0x80e0,
    0x80e0, 0x80e0, 0x80e0, 0x80e0, 0x0080, 0x0080, 0x0080, 0x0080, 0x0080, 0x0080, 0x0080, 0x0080,
    0x3f00, 0x3f00, 0x3f00, 0x3f00, 0x3f00, 0x3f00, 0x3f00, 0x3f00, 0xd800, 0xd800, 0xd800, 0xd800,
    0xd800, 0xd800, 0xd800, 0xd800, 0xdc00, 0xdc00, 0xdc00, 0xdc00, 0xdc00, 0xdc00, 0xdc00, 0xdc00,
    0xfc00, 0xfc00, 0xfc00, 0xfc00, 0xfc00, 0xfc00, 0xfc00, 0xfc00, 0x0040, 0x0040, 0x0040, 0x0040,
    0x0040, 0x0040, 0x0040, 0x0040, 0x03ff, 0x03ff, 0x03ff, 0x03ff, 0x03ff, 0x03ff, 0x03ff, 0x03ff,
    0x80f0, 0x80f0, 0x80f0, 0x80f0, 0x80f0, 0x80f0, 0x80f0, 0x80f0, 0x8080, 0x8080, 0x8080, 0x8080,
    0x8080, 0x8080, 0x8080, 0x8080, 0x0030, 0x0030, 0x0030, 0x0030, 0x0030, 0x0030, 0x0030, 0x0030,
    0x000f, 0x000f, 0x000f, 0x000f, 0x000f, 0x000f, 0x000f, 0x000f,
  ],
  16,
);

/** Makes the tables of swizzles: which bytes of the lanes stay, by the bits of lanes that have more than one (two) bytes. */
function make_gaps(): void {
  for (let key: u32 = 0; key < 256; key++) {
    // Eight lanes of two bytes.
    let q = UTF8_GAPS2 + <usize>(key << 4);
    let end = q + 16;
    for (let lane: u32 = 0; lane < 8; lane++) {
      store<u8>(q++, lane << 1);
      if (((key >>> lane) & 1) != 0) store<u8>(q++, (lane << 1) + 1);
    }
    while (q < end) store<u8>(q++, 0x80);
    // Four lanes of three bytes and one unused; the upper bits say which have a third.
    q = UTF8_GAPS3 + <usize>(key << 4);
    end = q + 16;
    for (let lane: u32 = 0; lane < 4; lane++) {
      store<u8>(q++, lane << 2);
      if (((key >>> lane) & 1) != 0) store<u8>(q++, (lane << 2) + 1);
      if (((key >>> lane) & 16) != 0) store<u8>(q++, (lane << 2) + 2);
    }
    while (q < end) store<u8>(q++, 0x80);
  }
}

/** Where {@link units_to_utf8} stopped. */
let stopped: usize = 0;

// Units from `p` on, until `end` is reached or passed by up to seven, to `q`; gives the end of the text. Pairs are not cut.
// Writes up to 16 bytes behind the text.
function units_to_utf8(p: usize, end: usize, q: usize): usize {
  const k_ff80 = v128.load(UNITS);
  const k_f800 = v128.load(UNITS, 16);
  const k_003f = v128.load(UNITS, 32);
  const k_80c0 = v128.load(UNITS, 48);
  const zero = i32x4.splat(0);
  while (p < end) {
    const v = v128.load(p);
    const one = i16x8.eq(v128.and(v, k_ff80), zero);
    if (i16x8.all_true(one)) {
      v128.store64_lane(q, i8x16.narrow_i16x8_u(v, v), 0);
      p += 16;
      q += 8;
      continue;
    }
    // 110xxxxx 10xxxxxx, the first byte in the low half of the lane.
    const last = i16x8.shl(v128.and(v, k_003f), 8);
    let first = v128.or(v128.or(i16x8.shr_u(v, 6), last), k_80c0);
    const high_bits = v128.and(v, k_f800);
    let short = i16x8.eq(high_bits, zero);
    if (i16x8.all_true(short)) {
      const key = ~i8x16.bitmask(i8x16.narrow_i16x8_s(one, one)) & 0xff;
      const lanes = v128.bitselect(v, first, one);
      v128.store(q, v128.swizzle(lanes, v128.load(UTF8_GAPS2 + <usize>(key << 4))));
      p += 16;
      q += 8 + <usize>popcnt(key);
      continue;
    }
    // 1110xxxx 10xxxxxx, and 10xxxxxx in a vector of its own.
    const of_three = v128.or(
      v128.or(i16x8.shr_u(v, 12), v128.and(i16x8.shl(v, 2), v128.load(UNITS, 96))),
      v128.load(UNITS, 64),
    );
    first = v128.bitselect(first, of_three, short);
    first = v128.bitselect(v, first, one);
    const third = v128.or(v128.and(v, k_003f), v128.load(UNITS, 80));
    // Lanes that are left for the next block: one, if it opens a pair.
    let left: u32 = 0;
    const k_d800 = v128.load(UNITS, 112);
    if (v128.any_true(i16x8.eq(high_bits, k_d800))) {
      const six_bits = v128.and(v, v128.load(UNITS, 144));
      const opens = i16x8.eq(six_bits, k_d800);
      const closes = i16x8.eq(six_bits, v128.load(UNITS, 128));
      const marks = <u32>i8x16.bitmask(i8x16.narrow_i16x8_s(opens, closes));
      // Not from the mask: the next block waits for this.
      left = (<u32>load<u16>(p, 14) & 0xfc00) == 0xd800 ? 1 : 0;
      if (((marks << 1) & 0xff) != marks >>> 8) {
        // Half a pair.
        const stop = p + 16 - ((<usize>left) << 1);
        q = plain_to_utf8(p, stop, q);
        p = stop;
        continue;
      }
      // What opens a pair: 11110xxx 10xxxxxx of its ten bits and 0x10000; what closes it: 10xxxxxx 10xxxxxx, with the two bits
      // that were left.
      const ten = i16x8.add(v128.and(v, v128.load(UNITS, 176)), v128.load(UNITS, 160));
      const opening = v128.or(
        v128.or(i16x8.shr_u(ten, 8), v128.and(i16x8.shl(ten, 6), v128.load(UNITS, 96))),
        v128.load(UNITS, 192),
      );
      const closing = v128.or(
        v128.or(
          v128.and(i16x8.shl(v128.load(p - 2), 4), v128.load(UNITS, 224)),
          v128.and(i16x8.shr_u(v, 6), v128.load(UNITS, 240)),
        ),
        v128.or(last, v128.load(UNITS, 208)),
      );
      first = v128.bitselect(opening, v128.bitselect(closing, first, closes), opens);
      short = v128.or(short, v128.or(opens, closes));
    }
    const keys = ~(
      <u32>i8x16.bitmask(i8x16.narrow_i16x8_s(one, short)) |
      (left << 7) |
      (left << 15)
    );
    const key_low = (keys & 15) | ((keys >>> 4) & 0xf0);
    const key_high = ((keys >>> 4) & 15) | ((keys >>> 8) & 0xf0);
    v128.store(
      q,
      v128.swizzle(
        i8x16.shuffle(first, third, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23),
        v128.load(UTF8_GAPS3 + <usize>(key_low << 4)),
      ),
    );
    q += 4 + <usize>popcnt(key_low);
    v128.store(
      q,
      v128.swizzle(
        i8x16.shuffle(first, third, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31),
        v128.load(UTF8_GAPS3 + <usize>(key_high << 4)),
      ),
    );
    q += <usize>(4 - left + popcnt(key_high));
    p += 16 - ((<usize>left) << 1);
  }
  stopped = p;
  return q;
}

// One unit after the other.
function plain_to_utf8(p: usize, end: usize, q: usize): usize {
  while (p < end) {
    let c = <u32>load<u16>(p);
    p += 2;
    if (c < 0x80) {
      store<u8>(q++, c);
      continue;
    }
    if (c < 0x800) {
      store<u16>(q, (c >>> 6) | ((c & 63) << 8) | 0x80c0);
      q += 2;
      continue;
    }
    if ((c & 0xf800) == 0xd800) {
      const d = p < end ? <u32>load<u16>(p) : 0;
      if (c < 0xdc00 && (d & 0xfc00) == 0xdc00) {
        p += 2;
        c = 0x10000 + ((c & 0x3ff) << 10) + (d & 0x3ff);
        store<u8>(q, 0xf0 | (c >>> 18));
        store<u8>(q, 0x80 | ((c >>> 12) & 63), 1);
        store<u8>(q, 0x80 | ((c >>> 6) & 63), 2);
        store<u8>(q, 0x80 | (c & 63), 3);
        q += 4;
        continue;
      }
      c = 0xfffd;
    }
    store<u8>(q, 0xe0 | (c >>> 12));
    store<u8>(q, 0x80 | ((c >>> 6) & 63), 1);
    store<u8>(q, 0x80 | (c & 63), 2);
    q += 3;
  }
  return q;
}

/**
 * The `n` UTF-16 units at `p` (even) as UTF-8 at `q`; gives the address behind it, and writes nothing there. Half a surrogate
 * pair is U+FFFD. Reads two bytes before the units, writes 32 behind them.
 */
export function utf16_to_utf8(p: usize, n: usize, q: usize): usize {
  const end = p + (n << 1);
  if (ASC_FEATURE_SIMD) {
    // The tables are made on first use: four bytes, then what is not taken, in the first entry.
    if (load<u8>(UTF8_GAPS3, 4) == 0) make_gaps();
    const zero = i32x4.splat(0);
    v128.store(end, zero);
    v128.store(end, zero, 16);
    // What is written behind a block is written over by the 16 units and more that follow it.
    if (n > 24) {
      q = units_to_utf8(p, end - 46, q);
      p = stopped;
    }
    // The rest by way of a place that has room behind it. The zeros that fill up its last block are one byte each.
    const tail = units_to_utf8(p, end, UTF8_TAIL) - UTF8_TAIL - ((stopped - end) >> 1);
    let i: usize = 0;
    for (; i + 8 <= tail; i += 8) store<u64>(q + i, load<u64>(UTF8_TAIL + i));
    for (; i < tail; i++) store<u8>(q + i, load<u8>(UTF8_TAIL + i));
    return q + tail;
  }
  return plain_to_utf8(p, end, q);
}

/** Whether all of the `n` bytes at `p` are below 0x80. */
export function is_ascii(p: usize, n: usize): bool {
  const end = p + n;
  if (ASC_FEATURE_SIMD) {
    let all = i32x4.splat(0);
    while (p + 64 <= end) {
      all = v128.or(
        v128.or(all, v128.or(v128.load(p), v128.load(p, 16))),
        v128.or(v128.load(p, 32), v128.load(p, 48)),
      );
      p += 64;
    }
    if (i8x16.bitmask(all) != 0) return false;
  }
  let any: u64 = 0;
  for (; p + 8 <= end; p += 8) any |= load<u64>(p);
  for (; p < end; p++) any |= <u64>load<u8>(p);
  return (any & 0x8080808080808080) == 0;
}

/** Address of the first zero byte in [from, end), or `end`; its complement when a byte before it is not ASCII. */
export function find_text_end(from: usize, end: usize): isize {
  let p = from;
  if (ASC_FEATURE_SIMD) {
    const zero = i32x4.splat(0);
    let all = zero;
    while (p + 64 <= end) {
      const a = v128.load(p);
      const b = v128.load(p, 16);
      const c = v128.load(p, 32);
      const d = v128.load(p, 48);
      if (!i8x16.all_true(i8x16.min_u(i8x16.min_u(a, b), i8x16.min_u(c, d)))) break;
      all = v128.or(all, v128.or(v128.or(a, b), v128.or(c, d)));
      p += 64;
    }
    let high = i8x16.bitmask(all);
    while (p < end) {
      const v = v128.load(p);
      // Of the vector in which the text ends, only what is before the end counts.
      let zeros = <u32>i8x16.bitmask(i8x16.eq(v, zero));
      const left = <u32>(end - p);
      if (left < 16) zeros |= 1 << left;
      const marks = <u32>i8x16.bitmask(v);
      if (zeros != 0) {
        const at = <u32>ctz(zeros);
        p += <usize>at;
        high |= <i32>(marks & ((1 << at) - 1));
        break;
      }
      high |= <i32>marks;
      p += 16;
    }
    return high != 0 ? ~(<isize>p) : <isize>p;
  }
  let any: u32 = 0;
  while (p < end) {
    const c = <u32>load<u8>(p);
    if (c == 0) break;
    any |= c;
    p++;
  }
  return any >= 0x80 ? ~(<isize>p) : <isize>p;
}
