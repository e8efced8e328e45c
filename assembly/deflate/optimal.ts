// Levels 10 to 12: the cheapest parse of a block. All its matches are collected once; the cheapest way through is computed from
// the end backwards with estimated costs of symbols, the costs are estimated anew from the symbols that it took, and so on.
import { write_block } from './block';
import { clear_observations, should_split, when_to_look } from './split';
import {
  clear_frequencies,
  DISTANCE_FREQ,
  LENGTH_EXTRA,
  LENGTH_SYMBOL,
  LITLEN_FREQ,
  Symbols,
  sequences,
  set_sequences,
} from './symbols';
import { enter_tree, find_matches, MAX_RECORDS } from './tree';

/** Bytes of a block at most. */
const MAX_BLOCK: usize = 131072;
/** Bytes of the records of a block; when they are full it ends. */
const CACHE_BYTES: usize = 4 << 20;

// Working space, from `room` on: per position where its records start, the cost from it to the end, what to take there
// (length | distance << 9, 1 = literal); the list of matches; the records.
const FIRST: usize = 0;
const COST: usize = FIRST + 4 * (MAX_BLOCK + 1);
const PICK: usize = COST + 4 * (MAX_BLOCK + 264);
const LIST: usize = PICK + 4 * (MAX_BLOCK + 4);
const CACHE: usize = LIST + 8 * (MAX_BLOCK / 3 + 8);
/** Bytes of the working space. */
export const ROOM_BYTES: usize = CACHE + CACHE_BYTES + 4 * MAX_RECORDS;

/** Address of the working space. */
export let room: usize = 0;

/** Bytes of working space that these levels need. */
export function optimal_bytes(): usize {
  return ROOM_BYTES;
}

/** Hands over a block for it. */
export function set_optimal_room(at: usize): void {
  room = at;
}

/** Where the first record of a block goes, and the list of the matches that were taken. */
export function first_record(): usize {
  return room + CACHE;
}
export function match_list(): usize {
  return room + LIST;
}

/** Says that the records of position `i` of the block start at `at`; those of the position before end there. */
export function set_first(i: usize, at: usize): void {
  store<u32>(room + FIRST + (i << 2), <u32>at);
}

// Costs in 1/16 bit: literals, lengths (extra bits included), distance symbols (likewise).
const ONE_BIT: u32 = 16;
const LITERAL_COST: usize = memory.data(4 * 256, 16);
const LENGTH_COST: usize = memory.data(4 * 264, 16);
const DISTANCE_COST: usize = memory.data(4 * 32, 16);
// What a symbol costs that was not used: one bit more than one used once.
const UNUSED: u32 = 16;

// log2 in 1/16.
function log2(x: u32): u32 {
  const z = clz(x);
  return ((31 - z) << 4) | (((x << z) >> 27) & 15);
}

function cost_of(freq: u32, total: u32, longest: u32): u32 {
  const c = freq ? total - log2(freq) : total + UNUSED;
  return max<u32>(ONE_BIT, min<u32>(c, longest * ONE_BIT));
}

/** Costs by the frequencies at hand. */
export function estimate_costs(): void {
  let n: u32 = 0;
  let m: u32 = 0;
  for (let i: usize = 0; i < 286; i++) n += load<u32>(LITLEN_FREQ + (i << 2));
  for (let i: usize = 0; i < 30; i++) m += load<u32>(DISTANCE_FREQ + (i << 2));
  const all = log2(n + 1);
  const matches = log2(m + 1);
  for (let i: usize = 0; i < 256; i++) {
    store<u32>(LITERAL_COST + (i << 2), cost_of(load<u32>(LITLEN_FREQ + (i << 2)), all, 14));
  }
  for (let length: usize = 3; length < 259; length++) {
    const symbol: usize = load<u8>(LENGTH_SYMBOL + length);
    const freq = load<u32>(LITLEN_FREQ + 257 * 4 + (symbol << 2));
    const extra: u32 = load<u16>(LENGTH_EXTRA + (length << 1)) & 255;
    store<u32>(LENGTH_COST + (length << 2), cost_of(freq, all, 14) + extra * ONE_BIT);
  }
  for (let i: u32 = 0; i < 30; i++) {
    const extra: u32 = i < 2 ? 0 : (i >> 1) - 1;
    const freq = load<u32>(DISTANCE_FREQ + ((<usize>i) << 2));
    store<u32>(DISTANCE_COST + ((<usize>i) << 2), cost_of(freq, matches, 15) + extra * ONE_BIT);
  }
}

/** Costs of the fixed codes (RFC 1951, 3.2.6). */
export function fixed_costs(): void {
  for (let i: usize = 0; i < 256; i++) {
    store<u32>(LITERAL_COST + (i << 2), (i < 144 ? 8 : 9) * ONE_BIT);
  }
  for (let length: usize = 3; length < 259; length++) {
    const extra: u32 = load<u16>(LENGTH_EXTRA + (length << 1)) & 255;
    const bits: u32 = load<u8>(LENGTH_SYMBOL + length) < 23 ? 7 : 8;
    store<u32>(LENGTH_COST + (length << 2), (bits + extra) * ONE_BIT);
  }
  for (let i: u32 = 0; i < 30; i++) {
    const extra: u32 = i < 2 ? 0 : (i >> 1) - 1;
    store<u32>(DISTANCE_COST + ((<usize>i) << 2), (5 + extra) * ONE_BIT);
  }
}

/**
 * Collects the matches of a block that starts at `begin`, no later than `stop`; gives its end. Exported: one call a block.
 */
export function deflate_collect(
  tables: usize,
  begin: usize,
  stop: usize,
  end: usize,
  hash_end: usize,
  base: u32,
  shift: u32,
  depth: i32,
  nice: usize,
  dictionary: usize,
): usize {
  clear_frequencies();
  clear_observations();
  const cache = room + CACHE;
  const cache_end = cache + CACHE_BYTES;
  let to = cache;
  let p = begin;
  let look_at = when_to_look(begin, begin, end);
  // Up to where a greedy parse has come: its symbols are what is observed.
  let covered = begin;
  while (p < stop && to < cache_end) {
    const first = room + FIRST + ((p - begin) << 2);
    store<u32>(first, <u32>to);
    if (p >= hash_end) {
      p++;
      continue;
    }
    const after = find_matches(tables, p, end, base, shift, depth, nice, dictionary, to);
    const best: usize = after == to ? 0 : <usize>load<u32>(after - 4) & 511;
    to = after;
    if (p >= covered) {
      if (best >= 4) {
        const slot = Symbols.slot(load<u32>(after - 4) >> 9);
        Symbols.bump(LITLEN_FREQ + 257 * 4 + ((<usize>load<u8>(LENGTH_SYMBOL + best)) << 2));
        Symbols.bump(DISTANCE_FREQ + ((<usize>slot) << 2));
        covered = p + best;
      } else {
        Symbols.literal(load<u8>(p));
      }
    }
    p++;
    if (best >= nice) {
      // No search inside a long match.
      const q = p;
      const e = min(p + best - 1, stop);
      for (; p < e; p++) store<u32>(room + FIRST + ((p - begin) << 2), <u32>to);
      enter_tree(tables, q, min(p, hash_end), end, base, shift, depth, nice);
    }
    if (p >= look_at && p >= covered && p < hash_end) {
      if (should_split(p - begin)) break;
      look_at = when_to_look(begin, p, end);
    }
  }
  store<u32>(room + FIRST + ((p - begin) << 2), <u32>to);
  return p;
}

/** Finds the cheapest way through `n` bytes at `begin` into PICK, from the end backwards. Exported: a hot loop. */
export function deflate_cheapest(begin: usize, n: usize): void {
  const costs = room + COST;
  store<u32>(costs + (n << 2), 0);
  let records_end: usize = load<u32>(room + FIRST + (n << 2));
  for (let i: i32 = <i32>n - 1; i >= 0; i--) {
    const at = costs + ((<usize>i) << 2);
    let best =
      load<u32>(at, 4) + load<u32>(LITERAL_COST + ((<usize>load<u8>(begin + <usize>i)) << 2));
    let pick: u32 = 1;
    let record: usize = load<u32>(room + FIRST + ((<usize>i) << 2));
    const next = record;
    const left: u32 = <u32>n - i;
    let length: u32 = 3;
    for (; record < records_end; record += 4) {
      const r = load<u32>(record);
      const distance = r >> 9;
      const top = min<u32>(r & 511, left);
      const d = load<u32>(DISTANCE_COST + ((<usize>Symbols.slot(distance)) << 2));
      if (ASC_FEATURE_SIMD) {
        if (length + 4 <= top + 1) {
          // Four lengths at a time; in each lane the first of the cheapest.
          let lane_cost = i32x4.splat(0x7fffffff);
          let lane_length = i32x4.splat(0);
          let lengths = i32x4.add(i32x4.splat(length), v128.load(LANES));
          const step = i32x4.splat(4);
          do {
            const c = i32x4.add(
              v128.load(at + ((<usize>length) << 2)),
              v128.load(LENGTH_COST + ((<usize>length) << 2)),
            );
            const less = i32x4.lt_s(c, lane_cost);
            lane_cost = i32x4.min_s(c, lane_cost);
            lane_length = v128.bitselect(lengths, lane_length, less);
            lengths = i32x4.add(lengths, step);
            length += 4;
          } while (length + 4 <= top + 1);
          // The cheapest lane, the shorter length among equals.
          const swapped_cost = i8x16.shuffle(
            lane_cost,
            lane_cost,
            8,
            9,
            10,
            11,
            12,
            13,
            14,
            15,
            0,
            1,
            2,
            3,
            4,
            5,
            6,
            7,
          );
          const low = i32x4.min_s(lane_cost, swapped_cost);
          const cheapest = min<i32>(i32x4.extract_lane(low, 0), i32x4.extract_lane(low, 1));
          if (<u32>cheapest + d < best) {
            best = <u32>cheapest + d;
            let mask = i32x4.bitmask(i32x4.eq(lane_cost, i32x4.splat(cheapest)));
            let shortest: u32 = 511;
            store<v128>(LANE_LENGTHS, lane_length);
            for (; mask; mask &= mask - 1) {
              shortest = min<u32>(shortest, load<u32>(LANE_LENGTHS + ((<usize>ctz(mask)) << 2)));
            }
            pick = shortest | (distance << 9);
          }
        }
      }
      for (; length <= top; length++) {
        const c =
          load<u32>(at + ((<usize>length) << 2)) +
          load<u32>(LENGTH_COST + ((<usize>length) << 2)) +
          d;
        if (c < best) {
          best = c;
          pick = length | (distance << 9);
        }
      }
    }
    records_end = next;
    store<u32>(at, best);
    store<u32>(room + PICK + ((<usize>i) << 2), pick);
  }
}

const LANES: usize = memory.data<u32>([0, 1, 2, 3]);
const LANE_LENGTHS: usize = memory.data(16, 16);

/** Walks the way in PICK: lists its matches and counts its symbols. Gives the number of matches. */
export function take_path(begin: usize, n: usize): i32 {
  clear_frequencies();
  const list = room + LIST;
  let literals: usize = 0;
  let count: i32 = 0;
  let i: usize = 0;
  while (i < n) {
    const pick = load<u32>(room + PICK + (i << 2));
    const length = <usize>(pick & 511);
    if (length == 1) {
      Symbols.literal(load<u8>(begin + i));
    } else {
      Symbols.match(list, count++, i - literals, length, pick >> 9);
      literals = i + length;
    }
    i += length;
  }
  return count;
}

/** Compresses [src, end) into blocks. `passes`: how often costs are estimated. */
export function run_optimal(
  tables: usize,
  src: usize,
  end: usize,
  hash_end: usize,
  base: u32,
  bits: u32,
  depth: i32,
  nice: usize,
  passes: i32,
  dictionary: usize,
  last: bool,
): void {
  const others = sequences;
  set_sequences(room + LIST);
  let begin = src;
  while (begin < end) {
    const stop = end - begin > MAX_BLOCK ? begin + MAX_BLOCK : end;
    const p = deflate_collect(
      tables,
      begin,
      stop,
      end,
      hash_end,
      base,
      32 - bits,
      depth,
      nice,
      dictionary,
    );
    const n = p - begin;
    // The first block begins with the costs of a greedy parse, later ones with those of the block before.
    if (begin == src) estimate_costs();
    let count = 0;
    for (let pass = 0; pass < passes; pass++) {
      deflate_cheapest(begin, n);
      count = take_path(begin, n);
      estimate_costs();
    }
    write_block(begin, n, count, last && p >= end);
    begin = p;
  }
  set_sequences(others);
}
