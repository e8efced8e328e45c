// Levels 10 to 12: binary trees of earlier places, sorted by what follows them. One walk down finds the nearest match of every
// length, and makes the new place the root (as in LZMA and libdeflate).
import { dictionary_search } from './dictionary';
import { MAX_MATCH, Symbols, WINDOW } from './symbols';
import { CHILDREN, Hash, PAIRS3, ROOTS } from './tables';

/** Bits of the hash of 3-byte sequences. */
const BITS3: u32 = 14;
const RING: u32 = 32767;
/** Records that one position can add: a match of each length. */
export const MAX_RECORDS: usize = 260;

// All bits, or none: whether what a walk has learnt on its way is true of the places below.
let trusted: usize = ~(<usize>0);

/**
 * Says whether all bytes to come are known whenever places are entered. When more follow, the last places were compared only as
 * far as bytes were known, may since belong elsewhere, and every match must be compared from its first byte.
 */
export function trust_order(trust: bool): void {
  trusted = trust ? ~(<usize>0) : 0;
}

class Node {
  /** Where the children of a position stand: the smaller one, then the larger. */
  @inline static children(tables: usize, position: u32): usize {
    return tables + CHILDREN + ((<usize>(position & RING)) << 3);
  }
}

/**
 * Enters `p` and writes its matches to `to`, u32 each (length | distance << 9), each longer than the one before. Gives the
 * address behind them. With `to` 0 it only enters.
 */
function walk(
  tables: usize,
  p: usize,
  position: u32,
  limit: usize,
  shift: u32,
  depth: i32,
  nice: usize,
  to: usize,
): usize {
  const w = load<u32>(p);
  const root = tables + (Hash.of4(w, shift) << 2);
  let node = load<u32>(root, ROOTS);
  store<u32>(root, position, ROOTS);
  const pair = tables + (Hash.of3(w, 32 - BITS3) << 3);
  const places = load<u64>(pair, PAIRS3);
  store<u64>(pair, (places << 32) | position, PAIRS3);
  let best: usize = 3;
  if (to != 0) {
    // Trees hold matches of 4 bytes and more; the nearest of 3 comes from two candidates.
    let d = position - <u32>places;
    if (d >= WINDOW || ((load<u32>(p - <usize>d) ^ w) & 0xffffff) != 0) {
      d = d >= WINDOW ? d : position - <u32>(places >> 32);
      if (d < WINDOW && ((load<u32>(p - <usize>d) ^ w) & 0xffffff) != 0) d = WINDOW;
    }
    if (d < WINDOW) {
      store<u32>(to, 3 | (d << 9));
      to += 4;
    }
  }
  // What is "too far" for every later position.
  const none = position - WINDOW;
  // Where the next smaller and the next larger place go, and how far they are known to agree with p.
  let smaller = Node.children(tables, position);
  let larger = smaller + 4;
  let smaller_length: usize = 0;
  let larger_length: usize = 0;
  let length: usize = 0;
  const known = trusted;
  while (true) {
    const distance = position - node;
    if (distance >= WINDOW || depth-- == 0) {
      store<u32>(smaller, none);
      store<u32>(larger, none);
      return to;
    }
    const m = p - <usize>distance;
    const children = Node.children(tables, node);
    if (load<u8>(m + length) == load<u8>(p + length)) {
      length = Symbols.extend(p, m, length + 1, limit);
      if (length > best) {
        best = length;
        if (to != 0) {
          store<u32>(to, <u32>length | (distance << 9));
          to += 4;
        }
      }
      if (length >= nice || length >= limit) {
        // As good as equal: p takes its place.
        store<u32>(smaller, load<u32>(children));
        store<u32>(larger, load<u32>(children, 4));
        return to;
      }
    }
    if (load<u8>(m + length) < load<u8>(p + length)) {
      store<u32>(smaller, node);
      smaller = children + 4;
      node = load<u32>(smaller);
      smaller_length = length;
    } else {
      store<u32>(larger, node);
      larger = children;
      node = load<u32>(larger);
      larger_length = length;
    }
    length = min(smaller_length, larger_length) & known;
  }
}

/** Enters the positions of [p, end). `known_end`: how far bytes are known. */
export function enter_tree(
  tables: usize,
  p: usize,
  end: usize,
  known_end: usize,
  base: u32,
  shift: u32,
  depth: i32,
  nice: usize,
): void {
  for (; p < end; p++) {
    const limit = min<usize>(known_end - p, MAX_MATCH);
    walk(tables, p, <u32>p + base, limit, shift, depth, min(nice, limit), 0);
  }
}

/** Enters `p` and writes its matches to `to`; gives the address behind them. */
export function find_matches(
  tables: usize,
  p: usize,
  end: usize,
  base: u32,
  shift: u32,
  depth: i32,
  nice: usize,
  dictionary: usize,
  to: usize,
): usize {
  const limit = min<usize>(end - p, MAX_MATCH);
  const after = walk(tables, p, <u32>p + base, limit, shift, depth, min(nice, limit), to);
  if (dictionary == 0) return after;
  const best: usize = after == to ? 3 : <usize>load<u32>(after - 4) & 511;
  if (best >= limit || best >= nice) return after;
  const other = dictionary_search(dictionary, p, best, limit, depth, nice);
  if (other <= 2) return after;
  store<u32>(after, other);
  return after + 4;
}
