// What the stages of the compressor share: the alphabets (RFC 1951, 3.2.5), symbol frequencies of the block at hand, and the
// list of its matches.

/** Frequencies of literals, end of block and lengths (286 used), and of distances (30 used). */
export const LITLEN_FREQ: usize = memory.data(288 * 4, 16);
export const DISTANCE_FREQ: usize = memory.data(32 * 4, 16);
/** Length 3..258 -> its symbol less 257; and -> extra bits' value << 8 | how many (u16). */
export const LENGTH_SYMBOL: usize = memory.data(260);
export const LENGTH_EXTRA: usize = memory.data(260 * 2);
/** Extra bits by length symbol less 257. */
export const SYMBOL_EXTRA: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);

/** How far back a match may reach. */
export const WINDOW: u32 = 32768;
export const MAX_MATCH: usize = 258;

/** Most matches of a block. */
export const MAX_SEQUENCES: i32 = 16384;
/** Bytes of the list of matches. */
export const SEQUENCES_BYTES: usize = (<usize>MAX_SEQUENCES + 8) * 8;

/**
 * The list of matches of the block: u64 each, literals before it in bits 0-22, length in 23-31, distance in 32-47, distance
 * symbol in 48-63.
 */
export let sequences: usize = 0;

export function set_sequences(at: usize): void {
  sequences = at;
}

/** Fills the tables above. Call once. */
export function init_symbols(): void {
  let length: usize = 3;
  for (let s: usize = 0; s < 28; s++) {
    const extra: u32 = load<u8>(SYMBOL_EXTRA + s);
    for (let k: u32 = 0; k < (<u32>1) << extra; k++, length++) {
      store<u8>(LENGTH_SYMBOL + length, <u8>s);
      store<u16>(LENGTH_EXTRA + (length << 1), (k << 8) | extra);
    }
  }
  store<u8>(LENGTH_SYMBOL + 258, 28);
  store<u16>(LENGTH_EXTRA + 258 * 2, 0);
}

export class Symbols {
  /** Adds 1 to a u32. */
  @inline static bump(p: usize): void {
    store<u32>(p, load<u32>(p) + 1);
  }

  /** Symbol of a distance. */
  @inline static slot(distance: u32): u32 {
    const d = distance - 1;
    if (d < 4) return d;
    const high: u32 = 31 - clz(d);
    return (high << 1) + ((d >> (high - 1)) & 1);
  }

  /** Counts a literal. */
  @inline static literal(byte: usize): void {
    Symbols.bump(LITLEN_FREQ + (byte << 2));
  }

  /** Records match number `i`, `run` literals after the one before, and counts its symbols. */
  @inline static match(list: usize, i: i32, run: usize, length: usize, distance: u32): void {
    const slot = Symbols.slot(distance);
    store<u64>(
      list + ((<usize>i) << 3),
      <u64>run | ((<u64>length) << 23) | ((<u64>distance) << 32) | ((<u64>slot) << 48),
    );
    Symbols.bump(LITLEN_FREQ + 257 * 4 + ((<usize>load<u8>(LENGTH_SYMBOL + length)) << 2));
    Symbols.bump(DISTANCE_FREQ + ((<usize>slot) << 2));
  }

  /** How many bytes at `p` equal those at `m`, given that the first `length` do; at most `limit`. */
  @inline static extend(p: usize, m: usize, length: usize, limit: usize): usize {
    while (length < limit) {
      const x = load<u64>(p + length) ^ load<u64>(m + length);
      if (x) {
        length += <usize>(ctz(x) >> 3);
        break;
      }
      length += 8;
    }
    return length < limit ? length : limit;
  }
}

/** Sets `n` bytes (rounded up to 16) to 0: faster than memory.fill below 1 KB, which is a call out of wasm (20 to 30 ns). */
export function clear(p: usize, n: usize): void {
  const end = p + n;
  if (ASC_FEATURE_SIMD) {
    const zero = i64x2.splat(0);
    for (; p < end; p += 16) v128.store(p, zero);
  } else {
    for (; p < end; p += 16) {
      store<u64>(p, 0);
      store<u64>(p, 0, 8);
    }
  }
}

/** Sets all frequencies to 0. */
export function clear_frequencies(): void {
  clear(LITLEN_FREQ, 288 * 4);
  clear(DISTANCE_FREQ, 32 * 4);
}
