// Levels 3 to 9: chains of earlier places with the same hash, greedy or with a look ahead.
//
// Large inputs chain hashes of 5 bytes and find the shorter matches through a table with one place for each 4: against chains
// over 4 bytes and a 3-byte table the same speed, text and JSON 0.3 to 1.8 % smaller. Packets have no second table: half the work
// per position, and without matches of 4 bytes, whose symbols their short headers must describe, they get 1 % smaller.
import { dictionary_search } from './dictionary';
import { should_split, when_to_look } from './split';
import { MAX_MATCH, MAX_SEQUENCES, Symbols, sequences, WINDOW } from './symbols';
import { CHAIN, Hash, HEADS, LAST3, LAST4 } from './tables';
import { THREE_REACH, Three } from './three';

// After this many literals in a row fewer and fewer positions are searched.
const PATIENCE: usize = 256;
const MAX_STRIDE: usize = 15;
/** Bytes that a block takes at most (about). */
const MAX_BLOCK: usize = 300000;
/** Of runs of a period up to this, from this length on, only the ends are entered: all places within are alike. */
const MAX_PERIOD: u32 = 8;
const LONG_RUN: usize = 64;
const RUN_END: usize = 16;
/** Where matches are taken at once, of all from this length on, and this many at the end: entering takes most of the time there. */
const GREEDY_LONG: usize = 20;
const GREEDY_END: usize = 4;
const RING: u32 = 32767;
/** Of the hash of three bytes. */
const SHIFT3: u32 = 32 - 13;
/** Result of a search that found nothing. */
const NOTHING: u32 = 2;

/** Number of matches of the last block. */
export let chain_matches: i32 = 0;

// Position of the first byte that a match may start at.
let first_position: u32 = 0;

/** To be called before blocks are searched: the position of the first byte of input and history. */
export function set_first_position(position: u32): void {
  first_position = position;
}

class Chain {
  /** Where the head of the chain for what begins with `word` stands, less HEADS. */
  @inline static head(tables: usize, word: u64, shift: u32): usize {
    return tables + (Hash.of_word5(word, shift) << 2);
  }

  /** Enters `p`, whose next bytes are `word`, at the head of its chain; gives the distance to the head before. */
  @inline static enter(tables: usize, word: u64, position: u32, shift: u32): u32 {
    const head = Chain.head(tables, word, shift);
    const before = load<u32>(head, HEADS);
    store<u32>(head, position, HEADS);
    const distance = position - before;
    const link = tables + ((<usize>(position & RING)) << 1);
    store<u16>(link, (distance < WINDOW ? before : position) & RING, CHAIN);
    return distance;
  }

  /** Enters `p` and gives the longest match longer than `best`: length | distance << 9, or NOTHING. */
  @inline static search(
    tables: usize,
    p: usize,
    best: usize,
    end: usize,
    base: u32,
    shift: u32,
    shift4: u32,
    depth: i32,
    nice: usize,
    threes: bool,
    dictionary: usize,
  ): u32 {
    const word = load<u64>(p);
    const position = <u32>p + base;
    let distance = Chain.enter(tables, word, position, shift);
    let found: u32 = 0;
    if (best < 3) best = 3;
    const limit = min<usize>(end - p, MAX_MATCH);
    if (shift4) {
      const w = <u32>word;
      const last4 = tables + (Hash.of4(w, shift4) << 2);
      const near = position - load<u32>(last4, LAST4);
      store<u32>(last4, position, LAST4);
      // Conditions one by one here and below: wasm has no && that jumps, it computes with the results.
      if (best < 4) {
        // Without a place for four bytes there is none for five.
        if (near >= WINDOW) distance = WINDOW;
        if (near < WINDOW) {
          if (load<u32>(p - <usize>near) == w) {
            best = Symbols.extend(p, p - <usize>near, 4, limit);
            found = near;
          }
        }
      }
      if (threes) {
        const last3 = tables + (Hash.of3(w, SHIFT3) << 2);
        const near3 = position - load<u32>(last3, LAST3);
        store<u32>(last3, position, LAST3);
        if (best == 3) {
          if (near3 < THREE_REACH) {
            if (((load<u32>(p - <usize>near3) ^ w) & 0xffffff) == 0) {
              if (Three.pays(w, near3)) found = near3;
            }
          }
        }
      }
    }
    if (distance < WINDOW) {
      if (best < limit) {
        // Candidates must agree in the four bytes that end a match one longer than the best.
        let at = p + best - 3;
        let tail = load<u32>(at);
        // The position that the chain is of: p's, or some bytes behind it.
        let chained = position;
        let reach = WINDOW;
        // Whatever is longer than the best so far contains the five bytes around its end: so the chain of those may be followed
        // from the start, unless it can lack near places, whose bytes there are not entered yet.
        if (best > 4 && distance > <u32>best - 4) {
          const last = <u32>best - 4;
          const end_head = Chain.head(tables, load<u64>(p + <usize>last), shift);
          const jump = position + last - load<u32>(end_head, HEADS);
          reach = min<u32>(WINDOW, position - first_position + 1);
          if (jump > distance) {
            chained = position + last;
            distance = jump;
            at = p;
            tail = <u32>word;
          }
        }
        let link = (chained - distance) & RING;
        while (distance < reach) {
          // Few live values here, so that all of them stay in registers.
          let next: u32 = 0;
          let farther: u32 = 0;
          while (true) {
            next = load<u16>(tables + ((<usize>link) << 1), CHAIN);
            farther = (chained - next) & RING;
            if (load<u32>(at - <usize>distance) == tail) break;
            if (farther <= distance) break;
            if (farther >= reach) break;
            distance = farther;
            link = next;
            if (--depth <= 0) break;
          }
          if (depth <= 0) break;
          if (load<u32>(at - <usize>distance) != tail) break;
          const length = Symbols.extend(p, p - <usize>distance, 0, limit);
          if (length > best) {
            best = length;
            found = distance;
            if (length >= nice || length == limit) break;
            // Whatever is longer contains the bytes around the end of this match: their chain starts farther back, or not at
            // all, and may be followed instead.
            const last = <u32>length - 4;
            const end_head = Chain.head(tables, load<u64>(p + <usize>last), shift);
            const jump = position + last - load<u32>(end_head, HEADS);
            // Such a place may stand right behind the first byte, so that the match would start before it.
            reach = min<u32>(WINDOW, position - first_position + 1);
            if (jump >= reach) break;
            if (farther > distance && jump > farther) {
              chained = position + last;
              farther = jump;
              next = (chained - jump) & RING;
              at = p;
              tail = <u32>word;
            } else if (chained == position) {
              at = p + length - 3;
              tail = load<u32>(at);
            }
          }
          if (farther <= distance) break;
          if (farther >= reach) break;
          distance = farther;
          link = next;
          if (--depth <= 0) break;
        }
      }
    }
    if (dictionary != 0 && best < nice && best < limit) {
      const other = dictionary_search(dictionary, p, best, limit, depth, nice);
      if (other != NOTHING) return other;
    }
    return found ? <u32>best | (found << 9) : NOTHING;
  }
}

/** Enters the positions of [p, end). `shift4` 0: no table of 4-byte sequences. */
export function enter_chains(
  tables: usize,
  p: usize,
  end: usize,
  base: u32,
  shift: u32,
  shift4: u32,
): void {
  if (shift4 == 0) {
    for (; p < end; p++) Chain.enter(tables, load<u64>(p), <u32>p + base, shift);
    return;
  }
  for (; p < end; p++) {
    const word = load<u64>(p);
    const position = <u32>p + base;
    Chain.enter(tables, word, position, shift);
    store<u32>(tables + (Hash.of4(<u32>word, shift4) << 2), position, LAST4);
  }
}

// Gain in bits, roughly, of a match over one that starts earlier.
function better(length: usize, distance: u32, old_length: usize, old_distance: u32): i32 {
  return 4 * <i32>(length - old_length) + (<i32>clz(distance) - <i32>clz(old_distance));
}

/**
 * One block from `begin`: finds its matches and gives its end. `lazy` 0 takes a match at once, 1 first looks one position
 * ahead, 2 looks two ahead, unless the match has `enough` bytes. Exported: one call a block.
 */
export function deflate_chain_block(
  tables: usize,
  begin: usize,
  end: usize,
  hash_end: usize,
  base: u32,
  shift: u32,
  shift4: u32,
  depth: i32,
  nice: usize,
  lazy: i32,
  enough: usize,
  threes: bool,
  dictionary: usize,
): usize {
  const list = sequences;
  const block_end = min(hash_end, begin + MAX_BLOCK);
  let look_at = when_to_look(begin, begin, end);
  let stop = min(look_at, block_end);
  let p = begin;
  let literals = begin;
  let n: i32 = 0;
  while (true) {
    if (p >= stop) {
      if (p >= block_end || should_split(p - begin)) break;
      look_at = when_to_look(begin, p, end);
      stop = min(look_at, block_end);
      if (p >= stop) break;
    }
    let r = Chain.search(tables, p, 2, end, base, shift, shift4, depth, nice, threes, dictionary);
    if (r == NOTHING) {
      Symbols.literal(load<u8>(p));
      p++;
      if (p - literals > PATIENCE) {
        const k = min<usize>((p - literals - PATIENCE) >> 7, MAX_STRIDE);
        for (const e = min(p + k, hash_end); p < e; p++) Symbols.literal(load<u8>(p));
      }
      continue;
    }
    let length = <usize>(r & 511);
    let distance = r >> 9;
    // First position behind the match's start that is not in the tables yet.
    let next = p + 1;
    let ahead = 1;
    while (ahead <= lazy) {
      if (length >= enough) break;
      const q = p + <usize>ahead;
      if (q >= hash_end) break;
      r = Chain.search(
        tables,
        q,
        length - 1,
        end,
        base,
        shift,
        shift4,
        depth >> ahead,
        nice,
        threes,
        dictionary,
      );
      next = q + 1;
      const length2 = <usize>(r & 511);
      if (length2 >= length) {
        if (better(length2, r >> 9, length, distance) > 4 * ahead - 2) {
          for (; p < q; p++) Symbols.literal(load<u8>(p));
          length = length2;
          distance = r >> 9;
          ahead = 1;
          continue;
        }
      }
      ahead++;
    }
    Symbols.match(list, n++, p - literals, length, distance);
    const after = min(p + length, hash_end);
    const ends_only = lazy ? length >= LONG_RUN && distance <= MAX_PERIOD : length >= GREEDY_LONG;
    if (!ends_only) {
      enter_chains(tables, next, after, base, shift, shift4);
    } else {
      const tail = lazy ? RUN_END : GREEDY_END;
      enter_chains(tables, next, min(next + MAX_PERIOD, after), base, shift, shift4);
      enter_chains(tables, max(next + MAX_PERIOD, after - tail), after, base, shift, shift4);
    }
    p += length;
    literals = p;
    if (n >= MAX_SEQUENCES) break;
  }
  if (p >= hash_end) for (; p < end; p++) Symbols.literal(load<u8>(p));
  chain_matches = n;
  return p;
}
