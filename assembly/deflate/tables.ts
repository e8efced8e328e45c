// The hash tables of a compressor: where what stands, and why they need no clearing.
//
// They hold positions, not addresses: position = address + base. Positions grow from call to call and never repeat, so whatever
// an earlier call left behind is farther away than the window reaches; the output depends on the input only. Nothing is set up
// per call, which is most of the lead over zlib on packets. Once in 4 GiB the tables are cleared.
//
// chain tables (levels 1 to 9)                     tree tables (levels 10 to 12)
//   +0      next free position (u32)                 +0       next free position
//   +64     u16 distance to the one before, a ring   +64      u32 pairs: smaller and larger child, a ring
//   +64 K   u32 last place of each 4-byte sequence   +256 K   u32 last two places of each 3-byte sequence
//   +128 K  u32 last place of each 3-byte sequence   +384 K   u32 root of the tree of each 4-byte sequence
//   +160 K  u32 heads of the chains, 2^bits
// Levels 1 and 2 use the heads only.
import { WINDOW } from './symbols';

const HEADER: usize = 64;

export const CHAIN: usize = HEADER;
export const LAST4: usize = CHAIN + 2 * 32768;
export const LAST3: usize = LAST4 + 4 * 16384;
export const HEADS: usize = LAST3 + 4 * 8192;

export const CHILDREN: usize = HEADER;
export const PAIRS3: usize = CHILDREN + 8 * 32768;
export const ROOTS: usize = PAIRS3 + 8 * 16384;

/** Most bits of the hash for the heads of chains, or the roots of trees. */
export const MAX_HASH_BITS: u32 = 16;
export const MIN_HASH_BITS: u32 = 12;

/** Bytes of a set of tables. */
export function tables_bytes(trees: bool, bits: u32): usize {
  return (trees ? ROOTS : HEADS) + ((<usize>4) << bits);
}

/** Position of the first byte in clear tables. */
export const FIRST_POSITION: u32 = WINDOW + 1;

/** Makes a block fit to be used as tables. */
export function clear_tables(tables: usize, bytes: usize): void {
  memory.fill(tables, 0, bytes);
  store<u32>(tables, FIRST_POSITION);
}

/** The first position of `n` bytes that are compressed without regard to what came before. */
export function take_positions(tables: usize, n: usize, bytes: usize): u32 {
  let position = load<u32>(tables);
  if (<u64>position + <u64>n + 2 * <u64>WINDOW > 0xfffffff0) {
    clear_tables(tables, bytes);
    position = load<u32>(tables);
  }
  store<u32>(tables, position + <u32>n + WINDOW + 1);
  return position;
}

// Bytes of input from which on tables are fetched, and how many bytes of tables one of input is worth.
const FETCH_FROM: usize = 4096;
const FETCH_SHARE: usize = 16;
const FETCHED: usize = memory.data(8, 8);

/**
 * Reads the tables from `from` to `to` (relative, in steps of 256) line by line, if `n` bytes of input are worth it. After other work they
 * have left the near caches: lines that are asked for in order come many at a time, but a search waits for each that it looks up.
 */
export function fetch_tables(tables: usize, from: usize, to: usize, n: usize): void {
  if (n < FETCH_FROM || n * FETCH_SHARE < to - from) return;
  let all: u64 = 0;
  const end = tables + to;
  for (let p = tables + from; p < end; p += 256) {
    all |= load<u64>(p) | load<u64>(p, 64) | load<u64>(p, 128) | load<u64>(p, 192);
  }
  // So that no compiler leaves the loads out.
  store<u64>(FETCHED, all);
}

export class Hash {
  /** Of 3 bytes, for tables of 2^(32 - shift) entries. */
  @inline static of3(word: u32, shift: u32): usize {
    return <usize>(((word << 8) * 0x9e3779b1) >> shift);
  }
  @inline static of4(word: u32, shift: u32): usize {
    return <usize>((word * 0x9e3779b1) >> shift);
  }
  /** Of the low 5 bytes of a word. */
  @inline static of_word5(word: u64, shift: u32): usize {
    return <usize>(((word << 24) * 0x9fb21c651e98df25) >> <u64>(shift + 32));
  }
  /** Of the 5 bytes at `p`. */
  @inline static of5(p: usize, shift: u32): usize {
    return Hash.of_word5(load<u64>(p), shift);
  }
}
