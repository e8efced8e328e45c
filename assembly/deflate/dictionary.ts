// A prepared dictionary: its bytes and read-only hash tables, searched beside those of the input. Nothing is entered per packet.
//
//   +0 length, +4 shift of the hashes, +8 Adler-32, +12 address of the bytes less 1   (u32)
//   +64 u16 heads of 5-byte chains, then u16 last place of 4-byte sequences, 2^bits each, then u16 links
// Places are 1 + offset; 0 is none. The input to compress must stand right behind the bytes.
import { Symbols, WINDOW } from './symbols';
import { Hash } from './tables';

const LENGTH: usize = 0;
const SHIFT: usize = 4;
const BYTES: usize = 12;
const TABLES: usize = 64;

function hash_bits(length: usize): u32 {
  return max<u32>(10, min<u32>(15, 32 - clz<u32>(<u32>length)));
}

/** Bytes in front of the dictionary's own. */
export function deflate_dictionary_header(length: usize): usize {
  return (TABLES + ((<usize>4) << hash_bits(length)) + 2 * (length + 1) + 15) & ~15;
}

/** Fills the tables for `length` bytes (at most 32 KiB) that stand behind the header. */
export function deflate_dictionary_prepare(dictionary: usize, length: usize): void {
  const header = deflate_dictionary_header(length);
  const bits = hash_bits(length);
  const shift = 32 - bits;
  const bytes = dictionary + header;
  memory.fill(dictionary, 0, header);
  store<u32>(dictionary, <u32>length, LENGTH);
  store<u32>(dictionary, shift, SHIFT);
  store<u32>(dictionary, <u32>bytes - 1, BYTES);
  const heads = dictionary + TABLES;
  const last4 = heads + ((<usize>2) << bits);
  const links = last4 + ((<usize>2) << bits);
  // The last places have no 8 bytes of their own to hash: what follows changes from packet to packet.
  for (let place: usize = 1; place + 7 <= length; place++) {
    const p = bytes + place - 1;
    const head = heads + (Hash.of5(p, shift) << 1);
    store<u16>(links + (place << 1), load<u16>(head));
    store<u16>(head, <u16>place);
    store<u16>(last4 + (Hash.of4(load<u32>(p), shift) << 1), <u16>place);
  }
}

/**
 * The longest match for `p` in the dictionary that is longer than `best`: length | distance << 9, or 2. Exported, so that it
 * stays out of the loop over the input.
 */
export function dictionary_search(
  dictionary: usize,
  p: usize,
  best: usize,
  limit: usize,
  depth: i32,
  nice: usize,
): u32 {
  const shift = load<u32>(dictionary, SHIFT);
  const bytes: usize = load<u32>(dictionary, BYTES);
  const table: usize = (<usize>2) << (32 - shift);
  const heads = dictionary + TABLES;
  const links = heads + table + table;
  const w = load<u32>(p);
  let found: u32 = 0;
  if (best < 4) {
    const place: usize = load<u16>(heads + table + (Hash.of4(w, shift) << 1));
    const m = bytes + place;
    if (place != 0 && p - m <= WINDOW && load<u32>(m) == w) {
      best = Symbols.extend(p, m, 4, limit);
      found = <u32>(p - m);
      if (best >= nice || best >= limit) return <u32>best | (found << 9);
    }
  }
  let tail = load<u32>(p + best - 3);
  let place: usize = load<u16>(heads + (Hash.of5(p, shift) << 1));
  for (; place != 0 && depth > 0; depth--) {
    const m = bytes + place;
    if (p - m > WINDOW) break;
    if (load<u32>(m + best - 3) == tail) {
      const length = Symbols.extend(p, m, 0, limit);
      if (length > best) {
        best = length;
        found = <u32>(p - m);
        if (length >= nice || length == limit) break;
        tail = load<u32>(p + best - 3);
      }
    }
    place = load<u16>(links + (place << 1));
  }
  return found ? <u32>best | (found << 9) : 2;
}

/**
 * Writes the matches for `p` in the dictionary, each longer than the one before and than `best`, to `to`: u32 each,
 * length | distance << 9. Gives the address behind them.
 */
export function dictionary_matches(
  dictionary: usize,
  p: usize,
  best: usize,
  limit: usize,
  depth: i32,
  to: usize,
): usize {
  const shift = load<u32>(dictionary, SHIFT);
  const bytes: usize = load<u32>(dictionary, BYTES);
  const table: usize = (<usize>2) << (32 - shift);
  const heads = dictionary + TABLES;
  const links = heads + table + table;
  if (best < 4) {
    const w = load<u32>(p);
    const place: usize = load<u16>(heads + table + (Hash.of4(w, shift) << 1));
    const m = bytes + place;
    if (place != 0 && p - m <= WINDOW && load<u32>(m) == w) {
      best = Symbols.extend(p, m, 4, limit);
      store<u32>(to, <u32>best | ((<u32>(p - m)) << 9));
      to += 4;
    }
  }
  let place: usize = load<u16>(heads + (Hash.of5(p, shift) << 1));
  for (; place != 0 && depth > 0 && best < limit; depth--) {
    const m = bytes + place;
    if (p - m > WINDOW) break;
    if (load<u32>(m + best - 3) == load<u32>(p + best - 3)) {
      const length = Symbols.extend(p, m, 0, limit);
      if (length > best) {
        best = length;
        store<u32>(to, <u32>length | ((<u32>(p - m)) << 9));
        to += 4;
      }
    }
    place = load<u16>(links + (place << 1));
  }
  return to;
}
