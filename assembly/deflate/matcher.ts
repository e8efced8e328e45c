// Levels 3 to 9: chains of earlier places with the same 5-byte hash, greedy or with a look ahead.
//
// A 4-byte table with one place each finds the short matches. Against chains over 4 bytes and a 3-byte table: same speed, text
// and JSON 0.3 to 1.8 % smaller.
import { dictionary_search } from './dictionary';
import { LOOK_EVERY, MIN_BLOCK, Observe, should_split } from './split';
import { MAX_MATCH, MAX_SEQUENCES, Symbols, sequences, WINDOW } from './symbols';
import { CHAIN, Hash, HEADS, LAST4 } from './tables';

// After this many fruitless positions fewer and fewer are searched.
const PATIENCE: u32 = 256;
const MAX_STRIDE: u32 = 15;
/** Bytes that a block takes at most (about). */
const MAX_BLOCK: usize = 300000;
const RING: usize = 32767;

/** Number of matches of the last block. */
export let chain_matches: i32 = 0;

class Chain {
  /** Enters `p` into both tables; gives the distance to the head of its chain before. */
  @inline static enter(tables: usize, p: usize, position: u32, shift: u32): u32 {
    const head = tables + (Hash.of5(p, shift) << 2);
    const distance = position - load<u32>(head, HEADS);
    store<u32>(head, position, HEADS);
    const link = tables + ((<usize>position & RING) << 1);
    store<u16>(link, distance < WINDOW ? distance : 0, CHAIN);
    return distance;
  }

  /** Enters `p` and gives the longest match longer than `best`: length | distance << 9, or 2. */
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
    dictionary: usize,
  ): u32 {
    const w = load<u32>(p);
    const position = <u32>p + base;
    let distance = Chain.enter(tables, p, position, shift);
    const last4 = tables + (Hash.of4(w, shift4) << 2);
    const near = position - load<u32>(last4, LAST4);
    store<u32>(last4, position, LAST4);
    let found: u32 = 0;
    if (best < 3) best = 3;
    const limit = min<usize>(end - p, MAX_MATCH);
    if (best < 4 && near < WINDOW && load<u32>(p - <usize>near) == w) {
      best = Symbols.extend(p, p - <usize>near, 4, limit);
      found = near;
    }
    if (limit <= best) return found ? <u32>best | (found << 9) : 2;
    // Candidates must agree in the four bytes that end a match one longer than the best.
    let tail = load<u32>(p + best - 3);
    while (distance < WINDOW && depth > 0) {
      const m = p - <usize>distance;
      if (load<u32>(m + best - 3) == tail) {
        const length = Symbols.extend(p, m, 0, limit);
        if (length > best) {
          best = length;
          found = distance;
          if (length >= nice || length == limit) break;
          tail = load<u32>(p + best - 3);
        }
      }
      const step: u32 = load<u16>(tables + ((<usize>(position - distance) & RING) << 1), CHAIN);
      if (step == 0) break;
      distance += step;
      depth--;
    }
    if (dictionary != 0 && best < nice && best < limit) {
      const other = dictionary_search(dictionary, p, best, limit, depth, nice);
      if (other > 2) return other;
    }
    return found ? <u32>best | (found << 9) : 2;
  }
}

/** Enters the positions of [p, end). */
export function enter_chains(
  tables: usize,
  p: usize,
  end: usize,
  base: u32,
  shift: u32,
  shift4: u32,
): void {
  for (; p < end; p++) {
    const position = <u32>p + base;
    Chain.enter(tables, p, position, shift);
    store<u32>(tables + (Hash.of4(load<u32>(p), shift4) << 2), position, LAST4);
  }
}

class Take {
  @inline static literal(p: usize): void {
    const c: usize = load<u8>(p);
    Symbols.literal(c);
    Observe.literal(c);
  }
}

// Gain in bits, roughly, of a match over one that starts earlier.
function better(length: usize, distance: u32, old_length: usize, old_distance: u32): i32 {
  return 4 * <i32>(length - old_length) + (<i32>clz(distance) - <i32>clz(old_distance));
}

/**
 * One block from `begin`: finds its matches and gives its end. `lazy` 0 takes a match at once, 1 first looks one position
 * ahead, 2 looks two ahead. Exported: one call a block.
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
  dictionary: usize,
): usize {
  const list = sequences;
  let p = begin;
  let literals = begin;
  let n: i32 = 0;
  let fresh: u32 = 0;
  let old: u32 = 0;
  let misses: u32 = 0;
  while (p < end && n < MAX_SEQUENCES && p - begin <= MAX_BLOCK) {
    if (fresh >= LOOK_EVERY && p - begin >= MIN_BLOCK && end - p >= MIN_BLOCK) {
      if (should_split(old, fresh, p - begin)) break;
      old += fresh;
      fresh = 0;
    }
    if (p >= hash_end) {
      for (; p < end; p++) Symbols.literal(load<u8>(p));
      break;
    }
    let r = Chain.search(tables, p, 2, end, base, shift, shift4, depth, nice, dictionary);
    let length = <usize>(r & 511);
    let distance = r >> 9;
    if (length < 3 || (length == 3 && distance > 4096)) {
      Take.literal(p);
      fresh++;
      p++;
      if (++misses > PATIENCE) {
        let k = min<u32>((misses - PATIENCE) >> 5, MAX_STRIDE);
        for (; k != 0 && p < hash_end; k--) {
          Take.literal(p);
          fresh++;
          p++;
        }
      }
      continue;
    }
    misses = 0;
    // First position behind the match's start that is not in the tables yet.
    let next = p + 1;
    while (lazy && length < nice && p + 1 < hash_end) {
      r = Chain.search(
        tables,
        p + 1,
        length - 1,
        end,
        base,
        shift,
        shift4,
        depth >> 1,
        nice,
        dictionary,
      );
      next = p + 2;
      let length2 = <usize>(r & 511);
      if (length2 >= length && better(length2, r >> 9, length, distance) > 2) {
        Take.literal(p);
        fresh++;
        p++;
        length = length2;
        distance = r >> 9;
        continue;
      }
      if (lazy < 2 || p + 2 >= hash_end) break;
      r = Chain.search(
        tables,
        p + 2,
        length - 1,
        end,
        base,
        shift,
        shift4,
        depth >> 2,
        nice,
        dictionary,
      );
      next = p + 3;
      length2 = <usize>(r & 511);
      if (length2 < length || better(length2, r >> 9, length, distance) <= 6) break;
      Take.literal(p);
      Take.literal(p + 1);
      fresh += 2;
      p += 2;
      length = length2;
      distance = r >> 9;
      next = p + 1;
    }
    Symbols.match(list, n++, p - literals, length, distance);
    Observe.match(length);
    fresh++;
    enter_chains(tables, next, min(p + length, hash_end), base, shift, shift4);
    p += length;
    literals = p;
  }
  chain_matches = n;
  return p;
}
