// The compressor (RFC 1951): what the levels mean, and the way from bytes to blocks, at once or piece by piece.
//
// Contract: at least 16 readable bytes follow the source, and the destination holds deflate_bound(n) bytes.
import { align_writer, bit_buffer, bit_count, out, put_bits, set_writer } from './bits';
import { learn_from_block, write_block, write_stored } from './block';
import {
  begin_counting,
  begin_fast,
  deflate_fast_step,
  deflate_pair_step,
  enter_fast,
  FAST_STEP,
  fast_matches,
  forget_seen,
  sees_literals,
} from './fast';
import { init_huffman } from './huffman';
import { chain_matches, deflate_chain_block, enter_chains, set_first_position } from './matcher';
import { run_optimal } from './optimal';
import { PACKET, run_packet } from './packet';
import { clear_observations } from './split';
import { clear_frequencies, init_symbols, MAX_SEQUENCES, Symbols } from './symbols';
import {
  CHAIN,
  FIRST_POSITION,
  fetch_tables,
  HEADS,
  MAX_HASH_BITS,
  MIN_HASH_BITS,
  tables_bytes,
  take_positions,
} from './tables';
import { forget_prices, take_threes } from './three';
import { enter_tree, trust_order } from './tree';

const STORE: i32 = 0;
const FAST: i32 = 1;
const PAIRS: i32 = 2;
/** From this level on packets with a dictionary are searched as at level 9. */
const THOROUGH: i32 = 5;
/** From this level on the least-cost parse. */
const LEAST_COST: i32 = 10;

// Bytes of a block at levels 1 and 2, and from what is left when the rest joins it.
const FAST_BLOCK: usize = 160000;
const FAST_JOIN: usize = 200000;
// Bits of the hash at levels 1 and 2 where there are many literals.
const FEW_BITS: u32 = 13;
// The last bytes are not hashed: hashes load up to 8.
const TAIL: usize = 8;

let ready: bool = false;

// Search depth, length at which a search ends, look ahead, length at which it does not look ahead: of levels 3 to 9, and of all
// levels below 10 with a dictionary. From level 10 on the third one is the number of cost estimates.
let depth: i32 = 0;
let nice: usize = 0;
let lazy: i32 = 0;
let enough: usize = 0;

function set_effort(d: i32, n: usize, l: i32, e: usize): void {
  depth = d;
  nice = n;
  lazy = l;
  enough = e;
}

function set_level(level: i32): void {
  if (level <= 1) set_effort(4, 12, 0, 12);
  else if (level == 2) set_effort(8, 14, 0, 14);
  else if (level == 3) set_effort(4, 14, 0, 14);
  else if (level == 4) set_effort(9, 24, 0, 24);
  else if (level == 5) set_effort(16, 30, 1, 30);
  else if (level == 6) set_effort(12, 65, 1, 32);
  else if (level == 7) set_effort(64, 130, 1, 130);
  else if (level == 8) set_effort(100, 200, 2, 200);
  else if (level == 9) set_effort(200, 258, 2, 258);
  else if (level == 10) set_effort(12, 40, 2, 40);
  else if (level == 11) set_effort(30, 80, 2, 80);
  else set_effort(70, 200, 2, 200);
}

function hash_bits(n: usize): u32 {
  return max<u32>(MIN_HASH_BITS, min<u32>(32 - clz<u32>(<u32>n), MAX_HASH_BITS));
}

/** Most hash bits of a level: pairs take twice the room, and one probe is faster in fewer cache lines. */
function level_bits(bits: u32, level: i32): u32 {
  if (level == FAST) return min<u32>(bits, 15);
  return level == PAIRS ? min<u32>(bits, 14) : bits;
}

// Of the table of 4-byte sequences.
function shift4_of(bits: u32): u32 {
  return 32 - min<u32>(bits, 14);
}

// Where hashing ends.
function hash_end_of(begin: usize, end: usize): usize {
  return end - begin > TAIL ? end - TAIL : begin;
}

function run_fast(
  tables: usize,
  src: usize,
  end: usize,
  base: u32,
  bits: u32,
  pairs: bool,
  last: bool,
): void {
  const wide = 32 - bits;
  const narrow = max<u32>(wide, 32 - FEW_BITS);
  const hash_end = hash_end_of(src, end);
  fetch_tables(tables, HEADS, HEADS + ((<usize>(pairs ? 8 : 4)) << bits), end - src);
  let shift = wide;
  forget_seen();
  let begin = src;
  while (begin < end) {
    clear_frequencies();
    begin_counting();
    begin_fast(begin);
    const stop = end - begin > FAST_JOIN ? begin + FAST_BLOCK : end;
    const search_end = min(stop, hash_end);
    let p = begin;
    while (p < search_end && fast_matches < MAX_SEQUENCES) {
      const from = p;
      const to = min(search_end, p + FAST_STEP);
      p = pairs
        ? deflate_pair_step(tables, p, to, end, hash_end, base, shift)
        : deflate_fast_step(tables, p, to, end, hash_end, base, shift);
      if (p < search_end) shift = sees_literals(p - from) ? narrow : wide;
    }
    if (p >= hash_end) for (; p < end; p++) Symbols.literal(load<u8>(p));
    write_block(begin, p - begin, fast_matches, last && p >= end);
    begin = p;
  }
}

function run_chains(
  tables: usize,
  src: usize,
  end: usize,
  base: u32,
  bits: u32,
  shift4: u32,
  dictionary: usize,
  last: bool,
): void {
  const shift = 32 - bits;
  const hash_end = hash_end_of(src, end);
  const threes = shift4 != 0 && lazy != 0;
  forget_prices();
  fetch_tables(tables, CHAIN, tables_bytes(false, bits), end - src);
  let begin = src;
  while (begin < end) {
    clear_frequencies();
    clear_observations();
    const p = deflate_chain_block(
      tables,
      begin,
      end,
      hash_end,
      base,
      shift,
      shift4,
      depth,
      nice,
      lazy,
      enough,
      threes && take_threes(),
      dictionary,
    );
    write_block(begin, p - begin, chain_matches, last && p >= end);
    if (threes) learn_from_block();
    begin = p;
  }
}

// Writes [src, end) as blocks; nothing for no bytes.
function run(
  tables: usize,
  src: usize,
  end: usize,
  base: u32,
  bits: u32,
  level: i32,
  packet: bool,
  dictionary: usize,
  last: bool,
): void {
  if (level == STORE) {
    if (src < end) write_stored(src, end - src, last);
  } else if (level <= PAIRS && dictionary == 0) {
    run_fast(tables, src, end, base, level_bits(bits, level), level == PAIRS, last);
  } else if (level < LEAST_COST) {
    // Who prepares a dictionary wants small packets, and packets take little time at any level.
    set_level(packet && dictionary != 0 && level >= THOROUGH ? 9 : level);
    // Packets have no table of 4-byte sequences (see matcher.ts).
    run_chains(tables, src, end, base, bits, packet ? 0 : shift4_of(bits), dictionary, last);
  } else if (packet && dictionary != 0) {
    set_level(level);
    if (src == end) return;
    // Packets of one kind have much in common: the best of it may stand far back.
    const hash_end = hash_end_of(src, end);
    const reach = 2 * depth;
    const rounds = level - LEAST_COST + 2;
    run_packet(tables, src, end, hash_end, base, 32 - bits, dictionary, reach, rounds);
  } else {
    set_level(level);
    const hash_end = hash_end_of(src, end);
    run_optimal(tables, src, end, hash_end, base, bits, depth, nice, lazy, dictionary, last);
  }
}

// A last block without any bytes.
function write_empty(): void {
  put_bits(3, 10);
}

function start(): void {
  if (ready) return;
  ready = true;
  init_symbols();
  init_huffman();
}

/**
 * Compresses `n` bytes at `src` to a whole stream at `dst`; gives its bytes. `dictionary`: a prepared one whose bytes stand
 * right before `src`, or 0.
 */
export function deflate_raw(
  tables: usize,
  tables_size: usize,
  src: usize,
  n: usize,
  dst: usize,
  level: i32,
  dictionary: usize,
): usize {
  start();
  set_writer(dst, 0, 0);
  const first = take_positions(tables, n, tables_size);
  const base = first - <u32>src;
  set_first_position(first);
  trust_order(true);
  run(tables, src, src + n, base, hash_bits(n), level, n <= PACKET, dictionary, true);
  if (n == 0) write_empty();
  align_writer();
  return out - dst;
}

/** What `deflate_piece` ends with: nothing, an empty stored block (Z_SYNC_FLUSH), the end of the stream. */
const END_SYNC: i32 = 1;
const END_STREAM: i32 = 2;

/**
 * Compresses the next [src, end) of a stream whose tables have 2^bits heads; gives the bytes written to `dst`. What stands
 * before `src` is history: from `entered` on it is not in the tables yet. `pending`: bits left by the piece before.
 */
export function deflate_piece(
  tables: usize,
  bits: u32,
  entered: usize,
  src: usize,
  end: usize,
  base: u32,
  dst: usize,
  level: i32,
  pending: u32,
  ending: i32,
): usize {
  start();
  set_writer(dst, <u64>(pending >> 3), <u64>(pending & 7));
  set_first_position(FIRST_POSITION);
  trust_order(false);
  // History is entered as far as whole hashes of known bytes reach.
  const known = min(src, deflate_entered(entered, end));
  if (level == FAST || level == PAIRS) {
    const pairs = level == PAIRS;
    enter_fast(tables, entered, known, base, 32 - level_bits(bits, level), pairs);
  } else if (level >= LEAST_COST) {
    set_level(level);
    enter_tree(tables, entered, known, end, base, 32 - bits, depth, nice);
  } else if (level != STORE) {
    enter_chains(tables, entered, known, base, 32 - bits, shift4_of(bits));
  }
  run(tables, src, end, base, bits, level, false, 0, ending == END_STREAM);
  if (ending == END_SYNC) write_stored(src, 0, false);
  if (ending == END_STREAM) {
    if (src == end) write_empty();
    align_writer();
  }
  return out - dst;
}

/** Bits that the last piece left over: value << 3 | count. */
export function deflate_pending(): u32 {
  return ((<u32>bit_buffer) << 3) | <u32>bit_count;
}

/** Address up to which the bytes are in the tables after a piece that ended at `end`, `entered` before it. */
export function deflate_entered(entered: usize, end: usize): usize {
  return max(entered, end - TAIL);
}
