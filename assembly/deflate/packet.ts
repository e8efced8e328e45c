// Packets with a dictionary at levels 10 to 12. So little input tells little of its symbols: the costs start with those of the fixed
// codes, each round is written, and the smallest one stays. Chains instead of trees, because those of the dictionary are prepared;
// of every length the nearest match is kept. The tables are those of the trees: what others left there is farther than the window.
import { bit_buffer, bit_count, out, set_writer } from './bits';
import { write_block } from './block';
import { dictionary_matches } from './dictionary';
import {
  deflate_cheapest,
  estimate_costs,
  first_record,
  fixed_costs,
  match_list,
  ROOM_BYTES,
  room,
  set_first,
  take_path,
} from './optimal';
import { MAX_MATCH, Symbols, sequences, set_sequences, WINDOW } from './symbols';
import { CHAIN, Hash, HEADS, LAST3, LAST4 } from './tables';

/** Bytes of a packet at most. */
export const PACKET: usize = 4096;
/** Earlier places in the packet that are looked at. */
const PACKET_DEPTH: i32 = 16;
/** Within matches of this length nothing is searched. */
const NICE: usize = 130;
/** Records that one position can add. */
const MAX_RECORDS: usize = 260;
const RING: u32 = 32767;
const SHIFT3: u32 = 32 - 13;
const SHIFT4: u32 = 32 - 14;

/** Bytes of a written round at most (see deflate_bound). */
const OUTPUT_BYTES: usize = PACKET + 128;

// Enters `p` and writes its matches to `to`, each longer and farther than the one before.
function find_matches(
  tables: usize,
  p: usize,
  end: usize,
  base: u32,
  shift: u32,
  dictionary: usize,
  depth: i32,
  to: usize,
): usize {
  const word = load<u64>(p);
  const w = <u32>word;
  const position = <u32>p + base;
  const limit = min<usize>(end - p, MAX_MATCH);
  const last3 = tables + (Hash.of3(w, SHIFT3) << 2);
  const near3 = position - load<u32>(last3, LAST3);
  store<u32>(last3, position, LAST3);
  const last4 = tables + (Hash.of4(w, SHIFT4) << 2);
  const near4 = position - load<u32>(last4, LAST4);
  store<u32>(last4, position, LAST4);
  const head = tables + (Hash.of_word5(word, shift) << 2);
  let distance = position - load<u32>(head, HEADS);
  store<u32>(head, position, HEADS);
  const link = tables + ((<usize>(position & RING)) << 1);
  store<u16>(link, min<u32>(distance, WINDOW), CHAIN);
  let best: usize = 3;
  if (near3 < WINDOW && ((load<u32>(p - <usize>near3) ^ w) & 0xffffff) == 0) {
    store<u32>(to, 3 | (near3 << 9));
    to += 4;
  }
  if (near4 < WINDOW && load<u32>(p - <usize>near4) == w) {
    best = Symbols.extend(p, p - <usize>near4, 4, limit);
    store<u32>(to, <u32>best | (near4 << 9));
    to += 4;
  }
  for (let k = PACKET_DEPTH; distance < WINDOW && k > 0 && best < limit; k--) {
    const m = p - <usize>distance;
    if (load<u32>(m + best - 3) == load<u32>(p + best - 3)) {
      const length = Symbols.extend(p, m, 0, limit);
      if (length > best) {
        best = length;
        store<u32>(to, <u32>length | (distance << 9));
        to += 4;
      }
    }
    const before = tables + ((<usize>((position - distance) & RING)) << 1);
    distance += load<u16>(before, CHAIN);
  }
  return best < limit ? dictionary_matches(dictionary, p, best, limit, depth, to) : to;
}

/** Collects the matches of [begin, end) for `deflate_cheapest`. Exported: one call a packet. */
export function deflate_collect_packet(
  tables: usize,
  begin: usize,
  end: usize,
  hash_end: usize,
  base: u32,
  shift: u32,
  dictionary: usize,
  depth: i32,
  room_end: usize,
): void {
  let to = first_record();
  let p = begin;
  while (p < hash_end) {
    set_first(p - begin, to);
    let after = find_matches(tables, p, end, base, shift, dictionary, depth, to);
    p++;
    if (after == to) continue;
    const longest = load<u32>(after - 4);
    // One record for every position still to come, and all of the next one, must find room.
    if (after > room_end - ((end - p) << 2) - 4 * MAX_RECORDS) {
      store<u32>(to, longest);
      after = to + 4;
    }
    to = after;
    const length = <usize>(longest & 511);
    if (length < NICE) continue;
    for (const stop = min(p + length - 1, hash_end); p < stop; p++) set_first(p - begin, to);
  }
  for (; p <= end; p++) set_first(p - begin, to);
}

/**
 * Compresses the packet [begin, end) to one block, the last of its stream. `depth`: places of the dictionary that are looked at;
 * `rounds`: one by the costs of the fixed codes, the others by those of the round before.
 */
export function run_packet(
  tables: usize,
  begin: usize,
  end: usize,
  hash_end: usize,
  base: u32,
  shift: u32,
  dictionary: usize,
  depth: i32,
  rounds: i32,
): void {
  const n = end - begin;
  const others = sequences;
  set_sequences(match_list());
  const output = room + ROOM_BYTES - OUTPUT_BYTES;
  deflate_collect_packet(tables, begin, end, hash_end, base, shift, dictionary, depth, output);
  const to = out;
  const bits = bit_buffer;
  const count = bit_count;
  let least: usize = usize.MAX_VALUE;
  let best_end: usize = 0;
  let best_bits: u64 = 0;
  let best_count: u64 = 0;
  fixed_costs();
  for (let round = 0; round < rounds; round++) {
    deflate_cheapest(begin, n);
    const matches = take_path(begin, n);
    estimate_costs();
    set_writer(output, bits, count);
    write_block(begin, n, matches, true);
    const bytes = out - output;
    const size = (bytes << 3) + <usize>bit_count;
    if (size >= least) continue;
    least = size;
    memory.copy(to, output, bytes);
    best_end = to + bytes;
    best_bits = bit_buffer;
    best_count = bit_count;
  }
  set_writer(best_end, best_bits, best_count);
  set_sequences(others);
}
