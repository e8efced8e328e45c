// Levels 1 and 2: greedy matching with one or two candidates per 5-byte hash. What costs time here is wrong guesses of the branch
// predictor, not instructions: so candidates are compared, and positions entered, by a fixed number of steps wherever that goes.
import { LITLEN_FREQ, MAX_MATCH, MAX_SEQUENCES, Symbols, sequences, WINDOW } from './symbols';
import { Hash, HEADS } from './tables';

// After this many fruitless positions the stride grows: random data at 1.2 GB/s instead of 0.1.
const PATIENCE: u32 = 192;
const MAX_STRIDE: u32 = 31;

/** Bytes that one call searches: the caller looks in between at what was found. */
export const FAST_STEP: usize = 4096;

/** Number of matches of the block so far. */
export let fast_matches: i32 = 0;
// Where the literals behind the last match start, and how many positions in a row gave nothing.
let literals: usize = 0;
let misses: u32 = 0;

/** Starts a block at `p`. */
export function begin_fast(p: usize): void {
  fast_matches = 0;
  literals = p;
  misses = 0;
}

class Stride {
  /** Literals to take without a search after `misses` positions in a row. */
  @inline static of(misses: u32): u32 {
    return min<u32>((misses - PATIENCE) >> 5, MAX_STRIDE);
  }
}

class Head {
  /** Enters a position: it becomes the one place of its hash. */
  @inline static enter(tables: usize, p: usize, base: u32, shift: u32): void {
    store<u32>(tables + (Hash.of5(p, shift) << 2), <u32>p + base, HEADS);
  }

  /** The same with two places, the newer one below. */
  @inline static enter_pair(tables: usize, p: usize, base: u32, shift: u32): void {
    const head = tables + (Hash.of5(p, shift) << 3);
    store<u64>(head, (load<u64>(head, HEADS) << 32) | (<u32>p + base), HEADS);
  }
}

class Compare {
  /** How many bytes at `p` equal those at `m`, given that the first four do and `x` tells of eight; at most `limit`. */
  @inline static from(x: u64, p: usize, m: usize, limit: usize): usize {
    // Up to 16 without a branch on how many.
    const first = <usize>ctz(x);
    const second = <usize>ctz(load<u64>(m, 8) ^ load<u64>(p, 8));
    const length = (first >> 3) + ((second >> 3) & (0 - (first >> 6)));
    return length == 16 ? Symbols.extend(p, m, 16, limit) : min(length, limit);
  }
}

/**
 * Level 1: goes on with the block from `p`, to `search_end` or a little farther, and gives where it stopped. Of each match the
 * first and the last positions are entered. Exported, so that it is not inlined: V8 replaces baseline code only at a call.
 */
export function deflate_fast_step(
  tables: usize,
  p: usize,
  search_end: usize,
  end: usize,
  hash_end: usize,
  base: u32,
  shift: u32,
): usize {
  const list = sequences;
  let from = literals;
  let n = fast_matches;
  let missed = misses;
  while (p < search_end && n < MAX_SEQUENCES) {
    const word = load<u64>(p);
    const head = tables + (Hash.of5(p, shift) << 2);
    const position = <u32>p + base;
    const distance = position - load<u32>(head, HEADS);
    store<u32>(head, position, HEADS);
    const m = p - <usize>distance;
    let x: u64 = 0;
    if (distance > WINDOW || <u32>(x = load<u64>(m) ^ word) != 0) {
      Symbols.literal(<usize>(word & 255));
      p++;
      if (++missed > PATIENCE) {
        for (let k = Stride.of(missed); k != 0 && p < search_end; k--) {
          Symbols.literal(load<u8>(p));
          p++;
        }
      }
      continue;
    }
    const length = Compare.from(x, p, m, min<usize>(end - p, MAX_MATCH));
    missed = 0;
    Symbols.match(list, n++, p - from, length, distance);
    const after = p + length;
    if (after < hash_end) {
      Head.enter(tables, p + 1, base, shift);
      Head.enter(tables, p + 2, base, shift);
      Head.enter(tables, p + 3, base, shift);
      Head.enter(tables, after - 2, base, shift);
      Head.enter(tables, after - 1, base, shift);
    }
    p = after;
    from = after;
  }
  literals = from;
  fast_matches = n;
  misses = missed;
  return p;
}

/** The same for level 2: two candidates, kept as one u64. */
export function deflate_pair_step(
  tables: usize,
  p: usize,
  search_end: usize,
  end: usize,
  hash_end: usize,
  base: u32,
  shift: u32,
): usize {
  const list = sequences;
  let from = literals;
  let n = fast_matches;
  let missed = misses;
  while (p < search_end && n < MAX_SEQUENCES) {
    const word = load<u64>(p);
    const head = tables + (Hash.of5(p, shift) << 3);
    const pair = load<u64>(head, HEADS);
    const position = <u32>p + base;
    store<u64>(head, (pair << 32) | position, HEADS);
    const newer = position - <u32>pair;
    const older = position - <u32>(pair >> 32);
    let length: usize = 0;
    let distance = newer;
    const limit = min<usize>(end - p, MAX_MATCH);
    // Conditions one by one: wasm has no && that jumps, it computes with the results.
    if (newer <= WINDOW) {
      const m = p - <usize>newer;
      const x = load<u64>(m) ^ word;
      if (<u32>x == 0) length = Compare.from(x, p, m, limit);
    }
    if (older <= WINDOW) {
      if (length < 32) {
        const m = p - <usize>older;
        const x = load<u64>(m) ^ word;
        if (<u32>x == 0) {
          const other = Compare.from(x, p, m, limit);
          if (other > length) {
            length = other;
            distance = older;
          }
        }
      }
    }
    if (length == 0) {
      Symbols.literal(<usize>(word & 255));
      p++;
      if (++missed > PATIENCE) {
        for (let k = Stride.of(missed); k != 0 && p < search_end; k--) {
          Symbols.literal(load<u8>(p));
          p++;
        }
      }
      continue;
    }
    missed = 0;
    Symbols.match(list, n++, p - from, length, distance);
    const after = p + length;
    if (after < hash_end) {
      Head.enter_pair(tables, p + 1, base, shift);
      Head.enter_pair(tables, p + 2, base, shift);
      Head.enter_pair(tables, p + 3, base, shift);
      Head.enter_pair(tables, after - 2, base, shift);
      Head.enter_pair(tables, after - 1, base, shift);
    }
    p = after;
    from = after;
  }
  literals = from;
  fast_matches = n;
  misses = missed;
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
    if (pairs) Head.enter_pair(tables, p, base, shift);
    else Head.enter(tables, p, base, shift);
  }
}

// How much of what was searched last became literals, older parts counting less: bytes and literals.
let seen_bytes: u32 = 0;
let seen_literals: u32 = 0;
let literals_before: u32 = 0;

/** Bytes before the first verdict: every text starts with more literals than it has later. */
const FIRST_VERDICT: u32 = 8192;
const MEMORY: u32 = 32768;

function count_literals(): u32 {
  let n: u32 = 0;
  if (ASC_FEATURE_SIMD) {
    let v = v128.load(LITLEN_FREQ);
    for (let i: usize = 16; i < 1024; i += 16) v = i32x4.add(v, v128.load(LITLEN_FREQ + i));
    n = i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1);
    return n + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
  }
  for (let i: usize = 0; i < 1024; i += 4) n += load<u32>(LITLEN_FREQ + i);
  return n;
}

/** Forgets what was seen: input starts. */
export function forget_seen(): void {
  seen_bytes = 0;
  seen_literals = 0;
}

/** To be called when the frequencies were cleared. */
export function begin_counting(): void {
  literals_before = 0;
}

/**
 * Looks at `n` bytes that were searched; gives whether literals are many. Then a table that stays in the first cache (2^13 places)
 * finds nearly as much (1 to 3 % bigger) in two thirds of the time; text needs the larger one.
 */
export function sees_literals(n: usize): bool {
  const count = count_literals();
  seen_literals += count - literals_before;
  seen_bytes += <u32>n;
  literals_before = count;
  const many = seen_bytes >= FIRST_VERDICT && seen_literals > (seen_bytes >> 3) * 3;
  if (seen_bytes > MEMORY) {
    seen_bytes -= seen_bytes >> 2;
    seen_literals -= seen_literals >> 2;
  }
  return many;
}
