// base64 (RFC 4648 4 and 5), padded: encoder, and a decoder that takes both alphabets, skips whitespace and names what is wrong.
//
// SIMD build: 12 bytes <-> 16 characters in a vector, after Mula and Lemire, "Faster Base64 encoding and decoding using AVX2
// instructions" (2018). Constants are loaded: V8 rebuilds literal vectors at each use (measured 2 to 2.5 times slower).

// Plain build, and texts that are not plain: 64 characters each of both alphabets.
const ALPHABETS: usize = memory.data<u8>(
  [
    65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88,
    89, 90, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114,
    115, 116, 117, 118, 119, 120, 121, 122, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 43, 47, 65, 66,
    67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90,
    97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116,
    117, 118, 119, 120, 121, 122, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 45, 95,
  ],
  16,
);
const SPACE: u32 = 0x40;
const INVALID: u32 = 0x80;
const PAD: u32 = 61;
/** Value of each character in either alphabet; SPACE for the whitespace of HTML, INVALID for all else. */
const VALUES: usize = memory.data<u8>(
  [
    128, 128, 128, 128, 128, 128, 128, 128, 128, 64, 64, 128, 64, 64, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 64, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 62, 128, 62, 128, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 128, 128, 128,
    128, 128, 128, 128, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
    21, 22, 23, 24, 25, 128, 128, 128, 128, 63, 128, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37,
    38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  ],
  16,
);

/** Encoder: order of the bytes, masks, multipliers, bounds, then what to add to a value, by range, in both alphabets. */
const ENCODE: usize = memory.data<u8>(
  [
    1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10, 63, 0, 0, 0, 63, 0, 0, 0, 63, 0, 0, 0, 63, 0,
    0, 0, 0, 0, 63, 0, 0, 0, 63, 0, 0, 0, 63, 0, 0, 0, 63, 0, 240, 3, 63, 0, 240, 3, 63, 0, 240, 3,
    63, 0, 240, 3, 63, 0, 16, 0, 0, 1, 16, 0, 0, 1, 16, 0, 0, 1, 16, 0, 0, 1, 51, 51, 51, 51, 51,
    51, 51, 51, 51, 51, 51, 51, 51, 51, 51, 51, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26,
    26, 26, 26, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 71, 252, 252, 252,
    252, 252, 252, 252, 252, 252, 252, 237, 240, 65, 0, 0, 71, 252, 252, 252, 252, 252, 252, 252,
    252, 252, 252, 239, 32, 65, 0, 0,
  ],
  16,
);

/** Decoder: errors by low and by high half byte, what to add by high half, then constants of the packing; '-' and '_' last. */
const DECODE: usize = memory.data<u8>(
  [
    21, 17, 17, 17, 17, 17, 17, 17, 17, 17, 19, 26, 27, 27, 27, 26, 16, 16, 1, 2, 4, 8, 4, 8, 16,
    16, 16, 16, 16, 16, 16, 16, 0, 16, 19, 4, 191, 191, 185, 185, 0, 0, 0, 0, 0, 0, 0, 0, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47,
    47, 47, 47, 47, 47, 47, 192, 15, 192, 15, 192, 15, 192, 15, 192, 15, 192, 15, 192, 15, 192, 15,
    0, 16, 1, 0, 0, 16, 1, 0, 0, 16, 1, 0, 0, 16, 1, 0, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 255,
    255, 255, 255, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 95, 95, 95, 95,
    95, 95, 95, 95, 95, 95, 95, 95, 95, 95, 95, 95, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
    112, 112, 112, 112, 112, 112, 112, 112, 112, 112, 112, 112, 112, 112, 112, 112,
  ],
  16,
);

/** Masks of the first n bytes at `+ 16 - n`, and 'A' (value 0) where the mask is not. */
const FIRST: usize = memory.data<u8>(
  [
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  ],
  16,
);
const FILL: usize = memory.data<u8>(
  [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
    65, 65, 65, 65,
  ],
  16,
);

/** Characters that `n` bytes take. */
function encoded_length(n: usize): usize {
  return ((n + 2) / 3) << 2;
}

class Encode {
  /** 12 bytes in the low part of a vector to 16 characters. */
  @inline static vector(
    x: v128,
    order: v128,
    mask_a: v128,
    mask_b: v128,
    mask_c: v128,
    factors: v128,
    k51: v128,
    k26: v128,
    k13: v128,
    shift: v128,
  ): v128 {
    const y = v128.swizzle(x, order);
    // Four values of 6 bits, each into a byte: two by shifts, two by a multiplication of 16 bits.
    const v = v128.or(
      v128.or(v128.and(i32x4.shr_u(y, 10), mask_a), v128.and(i32x4.shr_u(y, 6), mask_b)),
      i16x8.mul(v128.and(y, mask_c), factors),
    );
    // 13 for A..Z, 0 for a..z, 1..10 for the digits, 11 and 12 for the last two.
    const range = v128.or(i8x16.sub_sat_u(v, k51), v128.and(i8x16.lt_s(v, k26), k13));
    return i8x16.add(v, v128.swizzle(shift, range));
  }
}

// Reads up to 15 bytes past the end, writes up to 15 past the text.
function encode_simd(p: usize, n: usize, q: usize, url: i32): void {
  const order = v128.load(ENCODE);
  const mask_a = v128.load(ENCODE, 16);
  const mask_b = v128.load(ENCODE, 32);
  const mask_c = v128.load(ENCODE, 48);
  const factors = v128.load(ENCODE, 64);
  const k51 = v128.load(ENCODE, 80);
  const k26 = v128.load(ENCODE, 96);
  const k13 = v128.load(ENCODE, 112);
  const shift = v128.load(ENCODE + 128 + ((<usize>url) << 4));
  const end = p + n;
  const pairs = p + (n / 24) * 24;
  while (p < pairs) {
    const x = v128.load(p);
    const y = v128.load(p, 12);
    v128.store(q, Encode.vector(x, order, mask_a, mask_b, mask_c, factors, k51, k26, k13, shift));
    v128.store(
      q,
      Encode.vector(y, order, mask_a, mask_b, mask_c, factors, k51, k26, k13, shift),
      16,
    );
    p += 24;
    q += 32;
  }
  while (p < end) {
    let x = v128.load(p);
    if (end - p < 12) x = v128.and(x, v128.load(FIRST + 16 - (end - p)));
    v128.store(q, Encode.vector(x, order, mask_a, mask_b, mask_c, factors, k51, k26, k13, shift));
    p += 12;
    q += 16;
  }
}

function encode_plain(p: usize, n: usize, q: usize, url: i32): void {
  const alphabet = ALPHABETS + ((<usize>url) << 6);
  const whole = p + (n / 3) * 3;
  while (p < whole) {
    const x = ((<u32>load<u8>(p)) << 16) | ((<u32>load<u8>(p, 1)) << 8) | <u32>load<u8>(p, 2);
    store<u32>(
      q,
      <u32>load<u8>(alphabet + <usize>(x >>> 18)) |
        ((<u32>load<u8>(alphabet + <usize>((x >>> 12) & 63))) << 8) |
        ((<u32>load<u8>(alphabet + <usize>((x >>> 6) & 63))) << 16) |
        ((<u32>load<u8>(alphabet + <usize>(x & 63))) << 24),
    );
    p += 3;
    q += 4;
  }
  const rest = n % 3;
  if (rest == 0) return;
  const x = ((<u32>load<u8>(p)) << 16) | (rest == 2 ? (<u32>load<u8>(p, 1)) << 8 : 0);
  store<u8>(q, load<u8>(alphabet + <usize>(x >>> 18)));
  store<u8>(q, load<u8>(alphabet + <usize>((x >>> 12) & 63)), 1);
  store<u8>(q, load<u8>(alphabet + <usize>((x >>> 6) & 63)), 2);
}

/**
 * Encodes `n` bytes at `p` as padded text at `q`, with the URL alphabet if `url` is 1, and gives its length. Reads up to 15
 * bytes past the end and writes up to 15 past the text.
 */
export function base64_encode(p: usize, n: usize, q: usize, url: i32): usize {
  if (ASC_FEATURE_SIMD) encode_simd(p, n, q, url);
  else encode_plain(p, n, q, url);
  const length = encoded_length(n);
  const rest = n % 3;
  if (rest != 0) {
    store<u8>(q + length - 1, PAD);
    if (rest == 1) store<u8>(q + length - 2, PAD);
  }
  return length;
}

class Decode {
  /** Bits of a character's low and of its high half byte that meet only in characters outside the alphabet. */
  @inline static errors(x: v128, h: v128, low: v128, high: v128, halves: v128): v128 {
    return v128.and(v128.swizzle(low, v128.and(x, halves)), v128.swizzle(high, h));
  }
  /** 16 characters of the alphabet to 12 bytes. */
  @inline static vector(
    x: v128,
    h: v128,
    add: v128,
    slash: v128,
    pair: v128,
    factors: v128,
    order: v128,
  ): v128 {
    const v = i8x16.add(x, v128.swizzle(add, i8x16.add(i8x16.eq(x, slash), h)));
    const twelve_bits = v128.or(v128.and(i16x8.shl(v, 6), pair), i16x8.shr_u(v, 8));
    return v128.swizzle(i32x4.dot_i16x8_s(twelve_bits, factors), order);
  }
}

// Turns '-' and '_' into '+' and '/', which the vector form takes only.
function url_to_standard(p: usize, n: usize): void {
  const minus = v128.load(DECODE, 128);
  const line = v128.load(DECODE, 144);
  const minus_to_plus = v128.load(DECODE, 160);
  const line_to_slash = v128.load(DECODE, 176);
  const end = p + n;
  while (p + 16 <= end) {
    const x = v128.load(p);
    const a = v128.and(i8x16.eq(x, minus), minus_to_plus);
    const b = v128.and(i8x16.eq(x, line), line_to_slash);
    v128.store(p, v128.xor(x, v128.or(a, b)));
    p += 16;
  }
  while (p < end) {
    const c = <u32>load<u8>(p);
    if (c == 45) store<u8>(p, 43);
    else if (c == 95) store<u8>(p, 47);
    p++;
  }
}

class Text {
  /** 16 characters, each of one byte, or of two if `wide` is 1: one above U+00FF becomes 0 or 255, which are none of the alphabet. */
  @inline static vector(p: usize, wide: usize): v128 {
    const x = v128.load(p);
    return wide != 0 ? i8x16.narrow_i16x8_u(x, v128.load(p, 16)) : x;
  }
  @inline static unit(p: usize, wide: usize): u32 {
    return wide != 0 ? <u32>load<u16>(p) : <u32>load<u8>(p);
  }
}

// Decodes `n` characters without padding or whitespace; false if it met another. Reads up to 15 characters past the text (and
// masks them), writes up to 16 bytes past the result.
// @ts-ignore: decorator
@inline
function decode_vectors(text: usize, n: usize, q: usize, wide: usize): bool {
  let p = text;
  const low = v128.load(DECODE);
  const high = v128.load(DECODE, 16);
  const add = v128.load(DECODE, 32);
  const halves = v128.load(DECODE, 48);
  const slash = v128.load(DECODE, 64);
  const pair = v128.load(DECODE, 80);
  const factors = v128.load(DECODE, 96);
  const order = v128.load(DECODE, 112);
  let bad = i8x16.splat(0);
  const end = p + (n << wide);
  const pairs = p + ((n & ~31) << wide);
  while (p < pairs) {
    const x = Text.vector(p, wide);
    const y = Text.vector(p + ((<usize>16) << wide), wide);
    const hx = v128.and(i32x4.shr_u(x, 4), halves);
    const hy = v128.and(i32x4.shr_u(y, 4), halves);
    bad = v128.or(bad, Decode.errors(x, hx, low, high, halves));
    v128.store(q, Decode.vector(x, hx, add, slash, pair, factors, order));
    bad = v128.or(bad, Decode.errors(y, hy, low, high, halves));
    v128.store(q, Decode.vector(y, hy, add, slash, pair, factors, order), 12);
    p += (<usize>32) << wide;
    q += 24;
  }
  while (p < end) {
    let x = Text.vector(p, wide);
    const left = (end - p) >> wide;
    if (left < 16) {
      const at: usize = 16 - left;
      x = v128.or(v128.and(x, v128.load(FIRST + at)), v128.load(FILL + at));
    }
    const h = v128.and(i32x4.shr_u(x, 4), halves);
    bad = v128.or(bad, Decode.errors(x, h, low, high, halves));
    v128.store(q, Decode.vector(x, h, add, slash, pair, factors, order));
    p += (<usize>16) << wide;
    q += 12;
  }
  return !v128.any_true(bad);
}

// Two functions, so that neither asks how wide the characters are.
function decode_simd(p: usize, n: usize, q: usize): bool {
  return decode_vectors(p, n, q, 0);
}
function decode_simd_wide(p: usize, n: usize, q: usize): bool {
  return decode_vectors(p, n, q, 1);
}

class Plain {
  /** Characters without the padding that may be at the end. */
  @inline static length(p: usize, n: usize, wide: usize): usize {
    if (n == 0 || (n & 3) != 0 || Text.unit(p + ((n - 1) << wide), wide) != PAD) return n;
    return n - (Text.unit(p + ((n - 2) << wide), wide) == PAD ? 2 : 1);
  }
  /** Bytes that so many characters stand for. */
  @inline static bytes(n: usize): i32 {
    return <i32>((n >>> 2) * 3 + (((n & 3) * 3) >>> 2));
  }
}

// Characters of two bytes into bytes, at the same place; one above U+00FF becomes 0 or 255. Reads up to 15
// characters past the end, and writes up to 15 bytes.
function narrow(p: usize, n: usize): void {
  const end = p + n;
  let from = p;
  while (p < end) {
    if (ASC_FEATURE_SIMD) {
      v128.store(p, Text.vector(from, 1));
      from += 32;
      p += 16;
    } else {
      const c = <u32>load<u16>(from);
      store<u8>(p, c > 255 ? 255 : c);
      from += 2;
      p++;
    }
  }
}

class Group {
  /** Four characters' values, the first in the lowest byte: any above 63 shows in the mask 0xc0c0c0c0. */
  @inline static values(p: usize): u32 {
    return (
      <u32>load<u8>(VALUES + <usize>load<u8>(p)) |
      ((<u32>load<u8>(VALUES + <usize>load<u8>(p, 1))) << 8) |
      ((<u32>load<u8>(VALUES + <usize>load<u8>(p, 2))) << 16) |
      ((<u32>load<u8>(VALUES + <usize>load<u8>(p, 3))) << 24)
    );
  }
  @inline static store(q: usize, v: u32): void {
    store<u8>(q, (v << 2) | ((v >>> 12) & 3));
    store<u8>(q, ((v >>> 4) & 0xf0) | ((v >>> 18) & 15), 1);
    store<u8>(q, ((v >>> 10) & 0xc0) | (v >>> 24), 2);
  }
}

// Decodes any text, character by character where it has to: bytes written, or -1 - position of the first that is wrong.
function decode_careful(p: usize, n: usize, q: usize): i32 {
  const start = p;
  const end = p + n;
  const first = q;
  let bits: u32 = 0;
  let have: u32 = 0;
  let pads: u32 = 0;
  while (p < end) {
    if (have == 0 && pads == 0 && end - p >= 4) {
      const v = Group.values(p);
      if ((v & 0xc0c0c0c0) == 0) {
        Group.store(q, v);
        p += 4;
        q += 3;
        continue;
      }
    }
    const c = <u32>load<u8>(p);
    const v = <u32>load<u8>(VALUES + <usize>c);
    if (v == SPACE) {
      p++;
      continue;
    }
    if (c == PAD) {
      // Padding completes a group of two or three characters.
      if (have + pads < 2 || have + pads > 3 || have < 2) return -1 - <i32>(p - start);
      pads++;
      p++;
      continue;
    }
    if (v == INVALID || pads != 0) return -1 - <i32>(p - start);
    bits = (bits << 6) | v;
    have++;
    p++;
    if (have == 4) {
      store<u8>(q, bits >>> 16);
      store<u8>(q, bits >>> 8, 1);
      store<u8>(q, bits, 2);
      q += 3;
      have = 0;
    }
  }
  // One character alone is less than a byte; padding is there whole or not at all.
  if (have == 1 || (pads != 0 && have + pads != 4)) return -1 - <i32>n;
  if (have >= 2) store<u8>(q++, bits >>> (have == 2 ? 4 : 10));
  if (have == 3) store<u8>(q++, bits >>> 2);
  return <i32>(q - first);
}

/**
 * Decodes `n` characters (bytes) at `p` to `q`: either alphabet, whitespace skipped, padding whole or left out. Gives the bytes
 * written, or -1 - position of the first character that is wrong (`n` if the end is). May turn '-' and '_' in the text into '+'
 * and '/'. Reads up to 15 bytes past the text, writes up to 16 past the result.
 */
export function base64_decode(p: usize, n: usize, q: usize): i32 {
  if (ASC_FEATURE_SIMD) {
    const m = Plain.length(p, n, 0);
    if ((m & 3) != 1) {
      if (decode_simd(p, m, q)) return Plain.bytes(m);
      url_to_standard(p, m);
      if (decode_simd(p, m, q)) return Plain.bytes(m);
    }
  }
  return decode_careful(p, n, q);
}

/**
 * The same for characters of two bytes (UTF-16): those above U+00FF are wrong too. The text may be overwritten. Reads up to 15
 * characters past it.
 */
export function base64_decode_wide(p: usize, n: usize, q: usize): i32 {
  if (ASC_FEATURE_SIMD) {
    const m = Plain.length(p, n, 1);
    if ((m & 3) != 1 && decode_simd_wide(p, m, q)) return Plain.bytes(m);
  }
  narrow(p, n);
  return base64_decode(p, n, q);
}
