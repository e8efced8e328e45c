// Copies of matches: repeats bytes that were decoded before, never byte by byte.

// Distances 1 to 15: which bytes of the last `distance` ones make 16, and the largest multiple of the distance up to 16.
const PATTERNS: usize = memory.data(16 * 16, 16);
const STEPS: usize = memory.data(16, 16);

/** Fills the tables of short distances. Call once. */
export function init_patterns(): void {
  for (let d: u32 = 1; d < 16; d++) {
    for (let i: u32 = 0; i < 16; i++) store<u8>(PATTERNS + ((<usize>d) << 4) + i, i % d);
    store<u8>(STEPS + d, (16 / d) * d);
  }
}

export class Copy {
  /**
   * Repeats `length` bytes from `distance` bytes back; writes 64 bytes, or up to 31 past `stop`. Never byte by byte. Most
   * matches of text and JSON end within 64 bytes, and a branch that is not there cannot be predicted wrongly (5 % there).
   */
  @inline static match(to: usize, from: usize, distance: usize, length: usize, stop: usize): void {
    if (ASC_FEATURE_SIMD) {
      if (distance >= 16) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        v128.store(to, v128.load(from, 32), 32);
        v128.store(to, v128.load(from, 48), 48);
        if (length > 64) {
          let d = to + 64;
          let s = from + 64;
          do {
            v128.store(d, v128.load(s));
            v128.store(d, v128.load(s, 16), 16);
            s += 32;
            d += 32;
          } while (d < stop);
        }
      } else {
        const pattern = i8x16.swizzle(v128.load(from), v128.load(PATTERNS + (distance << 4)));
        v128.store(to, pattern);
        if (length > 16 || distance > 8) {
          const step: usize = load<u8>(STEPS + distance);
          let d = to + step;
          while (d < stop) {
            v128.store(d, pattern);
            d += step;
          }
        }
      }
    } else {
      let d = to;
      if (distance >= 8) {
        let s = from;
        do {
          store<u64>(d, load<u64>(s));
          s += 8;
          d += 8;
        } while (d < stop);
      } else {
        // Eight bytes of the repeated pattern, stored at multiples of the distance.
        let pattern = load<u64>(from) & (((<u64>1) << (distance << 3)) - 1);
        let have = distance;
        while (have < 8) {
          pattern |= pattern << ((<u64>have) << 3);
          have <<= 1;
        }
        const step: usize = (8 / <i32>distance) * <i32>distance;
        do {
          store<u64>(d, pattern);
          d += step;
        } while (d < stop);
      }
    }
  }
}
