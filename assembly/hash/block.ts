// What MD5 and SHA-1 share (both are of MD4's family): the state of a message, its padding, and digests as hex digits.
//
// A state is 96 bytes:
//   +0   digest so far, 4 or 5 words     +24  bytes taken so far, u64     +32  the bytes of a block not yet full, up to 63

/** Offset in a state of the number of bytes taken. */
export const LENGTH: usize = 24;
/** Offset in a state of the block that is not yet full. */
export const PARTIAL: usize = 32;

// KEEP + 16 - i is a mask of the first i bytes (i from -1 to 16), MARK + 16 - i has 0x80 in byte i.
const KEEP: usize = memory.data<u8>(
  [
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  ],
  16,
);
const MARK: usize = memory.data<u8>(
  [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  ],
  16,
);
/** The hex digits, as a table to swizzle from. */
const DIGITS: usize = memory.data<u8>(
  [48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102],
  16,
);
const LOW_HALVES: usize = memory.data<u8>(
  [15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15],
  16,
);

class Tail {
  /** 16 bytes of the padded end: those of the message that are left, r of them, then 0x80, then zeros. */
  @inline static sixteen(p: usize, r: i32): v128 {
    const at = <usize>(16 - max(-1, min(16, r)));
    return v128.or(v128.and(v128.load(p), v128.load(KEEP + at)), v128.load(MARK + at));
  }

  @inline static eight(p: usize, r: i32): u64 {
    const at = <usize>(16 - max(-1, min(8, r)));
    return (load<u64>(p) & load<u64>(KEEP + at)) | load<u64>(MARK + at);
  }
}

/**
 * Writes the last one or two blocks of a message to `to`: its last `r` (0..63) bytes, 0x80, zeros, and `length`, the number
 * of its bits in the byte order of the algorithm. Gives their end. Reads 64 bytes at `p` and masks those that are not of the
 * message. Whole vectors only: narrow stores under a later wide load wait for the store to finish (measured 5 to 8 ns).
 */
export function pad(to: usize, p: usize, r: i32, length: u64): usize {
  const end = to + (r < 56 ? 64 : 128);
  if (ASC_FEATURE_SIMD) {
    v128.store(to, Tail.sixteen(p, r));
    v128.store(to, Tail.sixteen(p + 16, r - 16), 16);
    v128.store(to, Tail.sixteen(p + 32, r - 32), 32);
    const last = Tail.sixteen(p + 48, r - 48);
    if (r < 56) {
      v128.store(to, i64x2.replace_lane(last, 1, length), 48);
      return end;
    }
    const zero = i32x4.splat(0);
    v128.store(to, last, 48);
    v128.store(to, zero, 64);
    v128.store(to, zero, 80);
    v128.store(to, zero, 96);
    v128.store(to, i64x2.replace_lane(zero, 1, length), 112);
    return end;
  }
  for (let i: i32 = 0; i < 64; i += 8) {
    store<u64>(to + <usize>i, Tail.eight(p + <usize>i, r - i));
  }
  if (r >= 56) {
    for (let i: usize = 64; i < 120; i += 8) store<u64>(to + i, 0);
  }
  store<u64>(end - 8, length);
  return end;
}

export class Digest {
  /** Four words as one vector. */
  @inline static words(a: u32, b: u32, c: u32, d: u32): v128 {
    const low = <u64>a | ((<u64>b) << 32);
    return i64x2.replace_lane(i64x2.splat(low), 1, <u64>c | ((<u64>d) << 32));
  }

  /** Writes 16 bytes as 32 hex digits. */
  @inline static hex(x: v128, to: usize): void {
    const digits = v128.load(DIGITS);
    const mask = v128.load(LOW_HALVES);
    const h = v128.swizzle(digits, v128.and(i32x4.shr_u(x, 4), mask));
    const l = v128.swizzle(digits, v128.and(x, mask));
    v128.store(to, i8x16.shuffle(h, l, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    v128.store(
      to,
      i8x16.shuffle(h, l, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
      16,
    );
  }
}

/** Writes a word, lowest byte first, as 8 hex digits: its half bytes spread over 8 bytes, all turned into digits at once. */
export function hex_word(x: u32, to: usize): void {
  let v = (<u64>x | ((<u64>x) << 16)) & 0x0000ffff0000ffff;
  v = (v | (v << 8)) & 0x00ff00ff00ff00ff;
  v = ((v >> 4) & 0x000f000f000f000f) | ((v & 0x000f000f000f000f) << 8);
  const letters = ((v + 0x0606060606060606) >> 4) & 0x0101010101010101;
  store<u64>(to, v + 0x3030303030303030 + letters * 39);
}
