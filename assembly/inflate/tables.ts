// Decode tables of a DEFLATE block, built from code lengths (RFC 1951, 3.2.2 and 3.2.5 to 3.2.7).
//
// Entry (u32)  bits 0-5   bits to drop: code, and extra bits of a length or distance
//              bit  6     SPECIAL: no plain symbol
//              bit  7     LITERAL
//              bits 8-12  code bits + 2 (lengths and distances), or index bits of a subtable
//              bit  13    END_OF_BLOCK (with SPECIAL)
//              bit  14    SUBTABLE (with SPECIAL); SPECIAL alone is a code that does not exist
//              bits 14-15 how many literals (without SPECIAL): 1 or 2 of a LITERAL, 0 or 1 before a length
//              bits 16-31 the base distance, or byte offset of the subtable
//              bits 16-23 the first literal
//              bits 24-31 the second one, or base length - 3
// Entries that hold two symbols are made later, in blocks that turn out long (pairs.ts).
// Flags that are tested per symbol sit in the low byte. Main tables are always filled to their full width, so masks are
// immediates. Worst cases of main table and subtables: 2342 entries (288 symbols, 11 bits), 402 (32 symbols, 8 bits).

export const LITERAL: u32 = 0x80;
export const SPECIAL: u32 = 0x40;
export const SUBTABLE: u32 = 0x4000;
export const END_OF_BLOCK: u32 = 0x2000;
export const ONE_LITERAL: u32 = 0x4000;
export const TWO_LITERALS: u32 = 0x8000;

export const LITLEN_BITS: i32 = 11;
export const DISTANCE_BITS: i32 = 8;
export const PRECODE_BITS: i32 = 7;

export const LITLEN_TABLE: usize = memory.data((4 << 11) + 2048, 64);
export const DISTANCE_TABLE: usize = memory.data(512 * 4, 64);
export const PRECODE_TABLE: usize = memory.data(128 * 4, 64);
/** Code lengths: literal/length symbols, then distance symbols; runs may overrun by 137. */
export const LENGTHS: usize = memory.data(512, 16);
/** How many codes have each length, for the next `build_table`. Entry 0 means nothing. */
export const COUNTS: usize = memory.data(16 * 4, 16);

/** Which code a table is for; an incomplete one is an error in the precode only (zlib allows a single one-bit code else). */
export const KIND_PRECODE: i32 = 0;
export const KIND_LITLEN: i32 = 1;
export const KIND_DISTANCE: i32 = 2;

const FIXED_LITLEN: usize = memory.data(4 << 11, 64);
const FIXED_DISTANCE: usize = memory.data(4 << 8, 64);
// Per symbol: its entry without bit counts.
const LITLEN_RESULTS: usize = memory.data(288 * 4, 16);
const DISTANCE_RESULTS: usize = memory.data(32 * 4, 16);
const PRECODE_RESULTS: usize = memory.data(20 * 4, 16);
/** Symbols that have a code, by its length: of the table that was built last. */
export const SORTED: usize = memory.data(320 * 2, 16);
const OFFSETS: usize = memory.data(16 * 4, 16);

// RFC 1951, 3.2.5; less the 3 of the shortest match.
const LENGTH_BASE: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160,
  192, 224, 255,
]);
const LENGTH_EXTRA: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);

let fixed_in_place: bool = false;

function results_of(kind: i32): usize {
  if (kind == KIND_LITLEN) return LITLEN_RESULTS;
  return kind == KIND_DISTANCE ? DISTANCE_RESULTS : PRECODE_RESULTS;
}

/** Sets all counts to 0. */
export function clear_counts(): void {
  if (ASC_FEATURE_SIMD) {
    const zero = i64x2.splat(0);
    v128.store(COUNTS, zero);
    v128.store(COUNTS, zero, 16);
    v128.store(COUNTS, zero, 32);
    v128.store(COUNTS, zero, 48);
  } else {
    for (let i: usize = 0; i < 64; i += 8) store<u64>(COUNTS + i, 0);
  }
}

/** Adds one code, or `by` of them, of a length. */
export function count_length(length: u32, by: u32): void {
  const p = COUNTS + ((<usize>length) << 2);
  store<u32>(p, load<u32>(p) + by);
}

/** Counts the code lengths of `n` symbols. */
export function count_lengths(lengths: usize, n: i32): void {
  clear_counts();
  for (let i = 0; i < n; i++) count_length(load<u8>(lengths + <usize>i), 1);
}

/** Fills what never changes: results per symbol, tables of the fixed codes. Call once. */
export function init_tables(): void {
  for (let s: u32 = 0; s < 256; s++) {
    store<u32>(LITLEN_RESULTS + (s << 2), LITERAL | ONE_LITERAL | (s << 16));
  }
  store<u32>(LITLEN_RESULTS + 256 * 4, SPECIAL | END_OF_BLOCK);
  for (let s: u32 = 0; s < 29; s++) {
    const base: u32 = load<u8>(LENGTH_BASE + s);
    store<u32>(LITLEN_RESULTS + ((257 + s) << 2), (base << 24) | load<u8>(LENGTH_EXTRA + s));
  }
  store<u32>(LITLEN_RESULTS + 286 * 4, SPECIAL);
  store<u32>(LITLEN_RESULTS + 287 * 4, SPECIAL);
  for (let s: u32 = 0; s < 32; s++) {
    const extra: u32 = s < 2 ? 0 : (s >> 1) - 1;
    const base: u32 = s < 2 ? s + 1 : ((2 + (s & 1)) << extra) + 1;
    store<u32>(DISTANCE_RESULTS + (s << 2), s < 30 ? (base << 16) | extra : SPECIAL);
  }
  for (let s: u32 = 0; s < 19; s++) store<u32>(PRECODE_RESULTS + (s << 2), s << 16);
  // The fixed codes (RFC 1951, 3.2.6).
  memory.fill(LENGTHS, 8, 144);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  memory.fill(LENGTHS + 280, 8, 8);
  count_lengths(LENGTHS, 288);
  build_table(LITLEN_TABLE, LENGTHS, 288, KIND_LITLEN, LITLEN_BITS);
  memory.copy(FIXED_LITLEN, LITLEN_TABLE, 4 << LITLEN_BITS);
  memory.fill(LENGTHS, 5, 32);
  count_lengths(LENGTHS, 32);
  build_table(DISTANCE_TABLE, LENGTHS, 32, KIND_DISTANCE, DISTANCE_BITS);
  memory.copy(FIXED_DISTANCE, DISTANCE_TABLE, 4 << DISTANCE_BITS);
}

/** Puts the fixed codes into the tables. False when they were there already. */
export function use_fixed_tables(): bool {
  if (fixed_in_place) return false;
  memory.copy(LITLEN_TABLE, FIXED_LITLEN, 4 << LITLEN_BITS);
  memory.copy(DISTANCE_TABLE, FIXED_DISTANCE, 4 << DISTANCE_BITS);
  fixed_in_place = true;
  return true;
}

/** To be called before the tables are built anew. */
export function forget_fixed_tables(): void {
  fixed_in_place = false;
}

// The entry of a symbol whose code (or what of it is left in a subtable) has `length` bits.
function entry(result: u32, length: u32): u32 {
  return result & (LITERAL | SPECIAL) ? result + length : result + length + ((length + 2) << 8);
}

// Doubles a table of `entries` entries by copying it behind itself.
function double_table(table: usize, entries: u32): void {
  let left: usize = (<usize>entries) << 2;
  let to = table + left;
  let from = table;
  if (ASC_FEATURE_SIMD) {
    if (left < 16) {
      store<u64>(to, load<u64>(from));
      return;
    }
    while (left != 0) {
      v128.store(to, v128.load(from));
      from += 16;
      to += 16;
      left -= 16;
    }
  } else {
    while (left != 0) {
      store<u64>(to, load<u64>(from));
      from += 8;
      to += 8;
      left -= 8;
    }
  }
}

// Stable counting sort of the used symbols by length.
function sort_symbols(lengths: usize, n: i32): void {
  if (ASC_FEATURE_SIMD) {
    // 16 lengths at a time, unused ones skipped by a bit mask.
    for (let i = 0; i < n; i += 16) {
      let used = i8x16.bitmask(i8x16.ne(v128.load(lengths + <usize>i), i64x2.splat(0)));
      if (i + 16 > n) used &= (1 << (n & 15)) - 1;
      while (used) {
        const s = i + ctz(used);
        used &= used - 1;
        const p = OFFSETS + ((<usize>load<u8>(lengths + <usize>s)) << 2);
        const at = load<u32>(p);
        store<u32>(p, at + 1);
        store<u16>(SORTED + ((<usize>at) << 1), s);
      }
    }
  } else {
    for (let s = 0; s < n; s++) {
      const length: usize = load<u8>(lengths + <usize>s);
      if (length == 0) continue;
      const p = OFFSETS + (length << 2);
      const at = load<u32>(p);
      store<u32>(p, at + 1);
      store<u16>(SORTED + ((<usize>at) << 1), s);
    }
  }
}

// A code with no symbol (every lookup fails) or with a single one-bit code.
function build_incomplete(
  table: usize,
  lengths: usize,
  results: usize,
  width: i32,
  empty: bool,
): void {
  const invalid = SPECIAL | 1;
  let even = invalid;
  if (!empty) {
    let s: usize = 0;
    while (load<u8>(lengths + s) == 0) s++;
    even = entry(load<u32>(results + (s << 2)), 1);
  }
  for (let i = 0; i < 1 << width; i += 2) {
    store<u32>(table + ((<usize>i) << 2), even);
    store<u32>(table + ((<usize>i) << 2), invalid, 4);
  }
}

/**
 * Builds a table from the lengths of `n` symbols and COUNTS. False for an over-subscribed code, or one that is incomplete
 * where zlib does not allow it.
 */
export function build_table(table: usize, lengths: usize, n: i32, kind: i32, width: i32): bool {
  const results = results_of(kind);
  // Kraft sum in units of 2^-15, and where each length starts among the sorted symbols.
  let space: i32 = 0;
  let offset: u32 = 0;
  for (let length: usize = 1; length <= 15; length++) {
    store<u32>(OFFSETS + (length << 2), offset);
    const c = load<u32>(COUNTS + (length << 2));
    offset += c;
    space = (space << 1) + c;
  }
  if (space > 32768) return false;
  if (space < 32768) {
    const one_bit = offset == 1 && load<u32>(COUNTS, 4) == 1;
    if (kind == KIND_PRECODE || (offset != 0 && !one_bit)) return false;
    build_incomplete(table, lengths, results, width, offset == 0);
    return true;
  }
  sort_symbols(lengths, n);
  fill_table(table, results, width);
  return true;
}

// Fills a table for the complete code of SORTED and COUNTS: shortest codes first, doubled by block copies per extra bit.
function fill_table(table: usize, results: usize, width: i32): void {
  let symbol = SORTED;
  let code: u32 = 0; // bit-reversed
  let length: i32 = 1;
  let count: u32 = 0;
  while ((count = load<u32>(COUNTS + ((<usize>length) << 2))) == 0) length++;
  let end: u32 = 1 << length;
  while (length <= width) {
    while (count) {
      const result = load<u32>(results + ((<usize>load<u16>(symbol)) << 2));
      store<u32>(table + ((<usize>code) << 2), entry(result, length));
      symbol += 2;
      if (code == end - 1) {
        // All ones: the code is complete here.
        for (; length < width; length++) {
          double_table(table, end);
          end <<= 1;
        }
        return;
      }
      // Increment the bit-reversed code: clear the run of ones at its top, set the zero below.
      const bit: u32 = 1 << (31 - clz(code ^ (end - 1)));
      code = (code & (bit - 1)) | bit;
      count--;
    }
    do {
      length++;
      if (length <= width) {
        double_table(table, end);
        end <<= 1;
      }
      count = load<u32>(COUNTS + ((<usize>length) << 2));
    } while (count == 0);
  }
  // Longer codes: one subtable for each group that shares its first `width` bits.
  const mask: u32 = (1 << width) - 1;
  let prefix: u32 = 0xffffffff;
  let start: u32 = 0;
  let next: u32 = 1 << width;
  while (true) {
    if ((code & mask) != prefix) {
      prefix = code & mask;
      start = next;
      let bits = length - width;
      let used = count;
      while (used < (<u32>1) << bits) {
        bits++;
        used = (used << 1) + load<u32>(COUNTS + ((<usize>(width + bits)) << 2));
      }
      next = start + ((<u32>1) << bits);
      const link = (start << 18) | SPECIAL | SUBTABLE | ((<u32>bits) << 8) | width;
      store<u32>(table + ((<usize>prefix) << 2), link);
    }
    const value = entry(load<u32>(results + ((<usize>load<u16>(symbol)) << 2)), length - width);
    symbol += 2;
    const stride: u32 = 1 << (length - width);
    for (let i = start + (code >> width); i < next; i += stride) {
      store<u32>(table + ((<usize>i) << 2), value);
    }
    const ones: u32 = (1 << length) - 1;
    if (code == ones) return;
    const bit: u32 = 1 << (31 - clz(code ^ ones));
    code = (code & (bit - 1)) | bit;
    count--;
    while (count == 0) {
      length++;
      count = load<u32>(COUNTS + ((<usize>length) << 2));
    }
  }
}
