// Levels 1 and 2: greedy matching with one or two candidates per 4-byte hash.
import { MAX_MATCH, MAX_SEQUENCES, Symbols, sequences, WINDOW } from './symbols';
import { Hash, HEADS } from './tables';

// After this many fruitless positions the stride grows: random data at 0.9 GB/s instead of 0.1.
const PATIENCE: u32 = 192;
const MAX_STRIDE: u32 = 31;

/** Number of matches of the last block. */
export let fast_matches: i32 = 0;

class Stride {
  /** Literals to take without a search after `misses` positions in a row. */
  @inline static of(misses: u32): u32 {
    return min<u32>((misses - PATIENCE) >> 5, MAX_STRIDE);
  }
}

/**
 * Level 1, one block: finds matches from `p`, no later than `search_end`, and gives where it stopped. Each second position
 * inside a match is entered. Exported, so that it is called once a block and not inlined: V8 replaces baseline code only at
 * a call.
 */
export function deflate_fast_block(
  tables: usize,
  p: usize,
  search_end: usize,
  end: usize,
  hash_end: usize,
  base: u32,
  shift: u32,
): usize {
  const list = sequences;
  let literals = p;
  let n: i32 = 0;
  let misses: u32 = 0;
  while (p < search_end && n < MAX_SEQUENCES) {
    const w = load<u32>(p);
    const head = tables + (Hash.of4(w, shift) << 2);
    const position = <u32>p + base;
    const distance = position - load<u32>(head, HEADS);
    store<u32>(head, position, HEADS);
    if (distance > WINDOW || load<u32>(p - <usize>distance) != w) {
      Symbols.literal(<usize>(w & 255));
      p++;
      if (++misses > PATIENCE) {
        for (let k = Stride.of(misses); k != 0 && p < search_end; k--) {
          Symbols.literal(load<u8>(p));
          p++;
        }
      }
      continue;
    }
    const length = Symbols.extend(p, p - <usize>distance, 4, min<usize>(end - p, MAX_MATCH));
    misses = 0;
    Symbols.match(list, n++, p - literals, length, distance);
    const after = p + length;
    const stop = min(after, hash_end);
    for (p++; p < stop; p += 2) {
      store<u32>(tables + (Hash.of4(load<u32>(p), shift) << 2), <u32>p + base, HEADS);
    }
    p = after;
    literals = after;
  }
  fast_matches = n;
  return p;
}

/** Level 2, one block: two candidates, kept as one u64 (newer below), every position entered. 5 to 9 % smaller than level 1. */
export function deflate_pair_block(
  tables: usize,
  p: usize,
  search_end: usize,
  end: usize,
  hash_end: usize,
  base: u32,
  shift: u32,
): usize {
  const list = sequences;
  let literals = p;
  let n: i32 = 0;
  let misses: u32 = 0;
  while (p < search_end && n < MAX_SEQUENCES) {
    const w = load<u32>(p);
    const head = tables + (Hash.of4(w, shift) << 3);
    const pair = load<u64>(head, HEADS);
    const position = <u32>p + base;
    store<u64>(head, (pair << 32) | position, HEADS);
    const newer = position - <u32>pair;
    const older = position - <u32>(pair >> 32);
    let length: usize = 0;
    let distance: u32 = 0;
    if (newer <= WINDOW && load<u32>(p - <usize>newer) == w) {
      const limit = min<usize>(end - p, MAX_MATCH);
      length = Symbols.extend(p, p - <usize>newer, 4, limit);
      distance = newer;
      const m = p - <usize>older;
      if (
        older <= WINDOW &&
        length < 32 &&
        load<u32>(m) == w &&
        load<u32>(m + length - 3) == load<u32>(p + length - 3)
      ) {
        const other = Symbols.extend(p, m, 4, limit);
        if (other > length) {
          length = other;
          distance = older;
        }
      }
    } else if (older <= WINDOW && load<u32>(p - <usize>older) == w) {
      length = Symbols.extend(p, p - <usize>older, 4, min<usize>(end - p, MAX_MATCH));
      distance = older;
    } else {
      Symbols.literal(<usize>(w & 255));
      p++;
      if (++misses > PATIENCE) {
        for (let k = Stride.of(misses); k != 0 && p < search_end; k--) {
          Symbols.literal(load<u8>(p));
          p++;
        }
      }
      continue;
    }
    misses = 0;
    Symbols.match(list, n++, p - literals, length, distance);
    const after = p + length;
    const stop = min(after, hash_end);
    for (p++; p < stop; p++) {
      const q = tables + (Hash.of4(load<u32>(p), shift) << 3);
      store<u64>(q, (load<u64>(q, HEADS) << 32) | (<u32>p + base), HEADS);
    }
    p = after;
    literals = after;
  }
  fast_matches = n;
  return p;
}

/** Enters the positions of [p, end) for the level, 1 or 2: history of a stream. */
export function enter_fast(
  tables: usize,
  p: usize,
  end: usize,
  base: u32,
  shift: u32,
  pairs: bool,
): void {
  for (; p < end; p++) {
    const position = <u32>p + base;
    if (pairs) {
      const q = tables + (Hash.of4(load<u32>(p), shift) << 3);
      store<u64>(q, (load<u64>(q, HEADS) << 32) | position, HEADS);
    } else {
      store<u32>(tables + (Hash.of4(load<u32>(p), shift) << 2), position, HEADS);
    }
  }
}
