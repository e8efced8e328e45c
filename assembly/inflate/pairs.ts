// Two symbols in one entry of the literal/length table: two literals, or a literal and the length behind it.
//
// That saves a lookup, and the guess whether a literal or a match comes next: 35 % in JSON, 16 in prose, 4 in code and worlds.
// Small blocks do without, because making the entries takes as long as a few hundred bytes.
import { built_serial, IN_DYNAMIC, INFLATE_STATE, PHASE } from './state';
import {
  COUNTS,
  LITERAL,
  LITLEN_BITS,
  LITLEN_TABLE,
  ONE_LITERAL,
  SORTED,
  SPECIAL,
  TWO_LITERALS,
} from './tables';

// The start of the table as it was, and what may follow a literal: how far behind its entry, and the entry without that literal.
const SINGLES: usize = memory.data(4 << (LITLEN_BITS - 1), 16);
const FOLLOWERS: usize = memory.data(8 << (LITLEN_BITS - 1), 16);

let paired_serial: u32 = 0;

/** Whether the tables of the block that runs have no pairs yet. Fixed codes never get any: theirs are too long. */
export function pairs_missing(): bool {
  return load<u32>(INFLATE_STATE, PHASE) == IN_DYNAMIC && paired_serial != built_serial();
}

// Lists what fits into `room` bits behind a literal of `length` bits; gives the end of the list.
function list_followers(length: i32, room: u32): usize {
  let end = FOLLOWERS;
  for (let i: u32 = 0; i < (<u32>1) << room; i++) {
    const e = load<u32>(SINGLES + ((<usize>i) << 2));
    let pair: u32;
    if (e & SPECIAL) continue;
    if (e & LITERAL) {
      const bits = e & 63;
      if (bits > room) continue;
      pair = LITERAL + TWO_LITERALS + (bits + length) + ((e & 0xff0000) << 8);
    } else {
      if (((e >> 8) & 31) - 2 > room) continue;
      pair = e + ONE_LITERAL + length + (length << 8);
    }
    store<u32>(end, i << (length + 2));
    store<u32>(end, pair, 4);
    end += 8;
  }
  return end;
}

/** Makes pairs in the table that was built last, from SORTED and COUNTS. */
export function pair_symbols(): void {
  paired_serial = built_serial();
  let shortest: i32 = 1;
  while (load<u32>(COUNTS + ((<usize>shortest) << 2)) == 0) shortest++;
  const longest = LITLEN_BITS - shortest;
  if (shortest > longest) return;
  memory.copy(SINGLES, LITLEN_TABLE, 4 << longest);
  let symbol = SORTED;
  let code: u32 = 0; // bit-reversed, as in fill_table
  for (let length = shortest; length <= longest; length++) {
    let count = load<u32>(COUNTS + ((<usize>length) << 2));
    if (count == 0) continue;
    const end = list_followers(length, LITLEN_BITS - length);
    const ones: u32 = (1 << length) - 1;
    for (; count != 0; count--) {
      const s: u32 = load<u16>(symbol);
      symbol += 2;
      if (s < 256) {
        const table = LITLEN_TABLE + ((<usize>code) << 2);
        for (let p = FOLLOWERS; p < end; p += 8) {
          store<u32>(table + load<u32>(p), load<u32>(p, 4) + (s << 16));
        }
      }
      if (code == ones) return;
      const bit: u32 = 1 << (31 - clz(code ^ ones));
      code = (code & (bit - 1)) | bit;
    }
  }
}
