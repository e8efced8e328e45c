// Writes one block: stored, with the fixed codes or with codes of its own, whichever takes the fewest bits.
import { bit_buffer, bit_count, out, set_writer } from './bits';
import {
  build_code,
  build_litlen,
  DISTANCE_CODES,
  entropy_bits,
  FIXED_DISTANCE_CODES,
  FIXED_LITLEN_CODES,
  fixed_bits,
  header_bits,
  LITLEN_CODES,
  LITLEN_LENGTHS,
  PRECODE_CODES,
  PRECODE_LENGTHS,
  survey_litlen,
} from './huffman';
import {
  clear,
  DISTANCE_FREQ,
  LENGTH_EXTRA,
  LENGTH_SYMBOL,
  LITLEN_FREQ,
  SYMBOL_EXTRA,
  Symbols,
  sequences,
} from './symbols';
import { learn_prices } from './three';

const LITLEN_SYMBOLS: i32 = 286;
const DISTANCE_SYMBOLS: i32 = 30;
const END_OF_BLOCK: usize = 256;
const FIRST_LENGTH: usize = 257;
/** Largest stored block (RFC 1951, 3.2.4). */
const MAX_STORED: usize = 65535;

// Block types with room for the final bit below (RFC 1951, 3.2.3).
const TYPE_FIXED: u64 = 2;
const TYPE_DYNAMIC: u64 = 4;

// RFC 1951, 3.2.7
const PRECODE_ORDER: usize = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);
const PRECODE_FREQ: usize = memory.data(24 * 4, 16);
// The code lengths as the header has them: precode symbol | value of its extra bits << 5 (u16).
const ITEMS: usize = memory.data(344 * 2, 16);

// One bit per code length, see mark_runs; read 8 bytes at a time.
const RUNS: usize = memory.data(64, 16);
// Extra bits of the precode symbols.
const ITEM_EXTRA: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7, 0,
]);

// Four items of precode symbol 19, which does not exist: its entry is 0.
const NO_ITEMS: u64 = 0x0013001300130013;

let items: i32 = 0;
let item_extra_bits: u32 = 0;

/** Upper bound of what any level makes of `n` bytes, with what writing needs beyond it. */
export function deflate_bound(n: usize): usize {
  return n + (n >> 12) * 5 + 64;
}

/** Writes `n` bytes as stored blocks; the last one ends the stream if `last`. n = 0 writes one empty block. */
export function write_stored(p: usize, n: usize, last: bool): void {
  let o = out;
  let b = bit_buffer;
  let k = bit_count;
  do {
    const part = min(n, MAX_STORED);
    n -= part;
    b |= (<u64>(last && n == 0 ? 1 : 0)) << k;
    store<u64>(o, b);
    o += <usize>((k + 3 + 7) >> 3);
    b = 0;
    k = 0;
    store<u16>(o, <u16>part);
    store<u16>(o, <u16>(part ^ 0xffff), 2);
    memory.copy(o + 4, p, part);
    o += 4 + part;
    p += part;
  } while (n != 0);
  set_writer(o, 0, 0);
}

// Bits that follow the codes of lengths and distances.
function count_extra_bits(): u32 {
  let extra: u32 = 0;
  for (let s: usize = 8; s < 28; s++) {
    extra += load<u32>(LITLEN_FREQ + ((FIRST_LENGTH + s) << 2)) * <u32>load<u8>(SYMBOL_EXTRA + s);
  }
  for (let s: usize = 4; s < <usize>DISTANCE_SYMBOLS; s++) {
    extra += load<u32>(DISTANCE_FREQ + (s << 2)) * ((<u32>s >> 1) - 1);
  }
  return extra;
}

function count_matches(): u32 {
  let n: u32 = 0;
  for (let s: usize = 0; s < <usize>DISTANCE_SYMBOLS; s++) n += load<u32>(DISTANCE_FREQ + (s << 2));
  return n;
}

function add_item(symbol: u32, extra: u32): void {
  store<u16>(ITEMS + ((<usize>items) << 1), <u16>(symbol | (extra << 5)));
  items++;
  Symbols.bump(PRECODE_FREQ + ((<usize>symbol) << 2));
}

// Marks in RUNS each code length that starts a run worth a repeat code: three zeros, or four of another length.
function mark_runs(total: i32): void {
  if (ASC_FEATURE_SIMD) {
    for (let i: usize = 0; i < <usize>total; i += 16) {
      const p = LITLEN_LENGTHS + i;
      const v = v128.load(p);
      const three = v128.and(i8x16.eq(v, v128.load(p, 1)), i8x16.eq(v, v128.load(p, 2)));
      const four_or_zero = v128.or(i8x16.eq(v, v128.load(p, 3)), i8x16.eq(v, i64x2.splat(0)));
      store<u16>(RUNS + (i >> 3), <u16>i8x16.bitmask(v128.and(three, four_or_zero)));
    }
  } else {
    for (let i: usize = 0; i < <usize>total; i += 8) {
      let bits: u32 = 0;
      for (let k: usize = 0; k < 8; k++) {
        const w = load<u32>(LITLEN_LENGTHS + i + k);
        const v = w & 255;
        const same = w ^ (v * 0x01010101);
        const run = same == 0 || (v == 0 && (same & 0xffffff) == 0);
        bits |= u32(run) << (<u32>k);
      }
      store<u8>(RUNS + (i >> 3), <u8>bits);
    }
  }
}

// The next marked code length from `i` on, or `total`.
function next_run(i: usize, total: usize): usize {
  while (i < total) {
    const bits = load<u64>(RUNS + (i >> 3)) >> <u64>(i & 7);
    if (bits) return min(i + <usize>ctz(bits), total);
    i = (i | 7) + 57;
  }
  return total;
}

// Run-length codes `total` code lengths into ITEMS and counts the precode symbols (RFC 1951, 3.2.7).
function list_lengths(total: i32): void {
  clear(PRECODE_FREQ, 80);
  items = 0;
  let bits: u32 = 0;
  const end = LITLEN_LENGTHS + <usize>total;
  // No length is 255: the last run ends here.
  store<u64>(end, -1);
  mark_runs(total);
  let p = LITLEN_LENGTHS;
  while (true) {
    const start = LITLEN_LENGTHS + next_run(p - LITLEN_LENGTHS, total);
    for (; p < start; p++) add_item(load<u8>(p), 0);
    if (p >= end) break;
    const length: u32 = load<u8>(p);
    const all: u64 = <u64>length * 0x0101010101010101;
    let e = p + 1;
    let x: u64 = 0;
    while ((x = load<u64>(e) ^ all) == 0) e += 8;
    e += <usize>(ctz(x) >> 3);
    let run = <u32>(e - p);
    p = e;
    if (length == 0) {
      while (run >= 11) {
        const k = min<u32>(run, 138);
        add_item(18, k - 11);
        bits += 7;
        run -= k;
      }
      if (run >= 3) {
        add_item(17, run - 3);
        bits += 3;
        run = 0;
      }
    } else {
      add_item(length, 0);
      run--;
      while (run >= 3) {
        // 7 and 8 are split so that no rest of 1 or 2 is left.
        const k = run <= 6 ? run : run < 9 ? run - 3 : 6;
        add_item(16, k - 3);
        bits += 2;
        run -= k;
      }
    }
    for (; run != 0; run--) add_item(length, 0);
  }
  item_extra_bits = bits;
}

// Writes the header of a dynamic block, its type bits excluded.
function write_header(litlen: i32, distances: i32, precodes: i32): void {
  let o = out;
  let b = bit_buffer;
  let k = bit_count;
  b |= (<u64>((litlen - 257) | ((distances - 1) << 5) | ((precodes - 4) << 10))) << k;
  k += 14;
  // 7 + 14 + 36 bits fit; the rest, and what is left of these, is stored in between.
  for (let i = 0; i < precodes; i++) {
    b |= (<u64>load<u8>(PRECODE_LENGTHS + <usize>load<u8>(PRECODE_ORDER + <usize>i))) << k;
    k += 3;
    if (k >= 56) {
      store<u64>(o, b);
      o += <usize>(k >> 3);
      b >>= k & 56;
      k &= 7;
    }
  }
  store<u64>(o, b);
  o += <usize>(k >> 3);
  b >>= k & 56;
  k &= 7;
  // Four items of at most 14 bits on one flush. The list ends with items that take no bits.
  store<u64>(ITEMS + ((<usize>items) << 1), NO_ITEMS);
  for (let i: usize = 0; i < <usize>items; i += 4) {
    for (let j: usize = 0; j < 4; j++) {
      const item: u64 = load<u16>(ITEMS + ((i + j) << 1));
      const symbol = <usize>(item & 31);
      const c: u64 = load<u32>(PRECODE_CODES + (symbol << 2));
      b |= (c >> 8) << k;
      k += c & 255;
      b |= (item >> 5) << k;
      k += <u64>load<u8>(ITEM_EXTRA + symbol);
    }
    store<u64>(o, b);
    o += <usize>(k >> 3);
    b >>= k & 56;
    k &= 7;
  }
  set_writer(o, b, k);
}

/** Writes the symbols: `count` matches with the literals before each, then the literals up to `end`. Exported: one call a block. */
export function deflate_write_symbols(
  p: usize,
  end: usize,
  count: usize,
  litlen: usize,
  distances: usize,
): void {
  let o = out;
  let b = bit_buffer;
  let k = bit_count;
  let at = sequences;
  const stop = at + (count << 3);
  for (; at < stop; at += 8) {
    const s = load<u64>(at);
    let run = <u32>s & 0x7fffff;
    while (run > 4) {
      const w = load<u32>(p);
      let c = i64.load32_u(litlen + <usize>((w & 255) << 2));
      b |= (c >> 8) << k;
      k += c;
      c = i64.load32_u(litlen + <usize>((w >> 6) & 0x3fc));
      b |= (c >> 8) << k;
      k += c;
      c = i64.load32_u(litlen + <usize>((w >> 14) & 0x3fc));
      b |= (c >> 8) << k;
      k += c;
      c = i64.load32_u(litlen + <usize>((w >> 24) << 2));
      b |= (c >> 8) << k;
      k += c;
      store<u64>(o, b);
      o += <usize>(k >> 3) & 7;
      b >>= k & 56;
      k &= 7;
      p += 4;
      run -= 4;
    }
    if (run) {
      const w = load<u32>(p);
      const r = <i64>run;
      let c = i64.load32_u(litlen + <usize>((w & 255) << 2));
      b |= (c >> 8) << k;
      k += c & 255;
      c = i64.load32_u(litlen + <usize>((w >> 6) & 0x3fc)) & ((<i64>1 - r) >> <i64>63);
      b |= (c >> 8) << k;
      k += c;
      c = i64.load32_u(litlen + <usize>((w >> 14) & 0x3fc)) & ((<i64>2 - r) >> <i64>63);
      b |= (c >> 8) << k;
      k += c;
      c = i64.load32_u(litlen + <usize>((w >> 24) << 2)) & ((<i64>3 - r) >> <i64>63);
      b |= (c >> 8) << k;
      k += c;
      store<u64>(o, b);
      o += <usize>(k >> 3) & 7;
      b >>= k & 56;
      k &= 7;
      p += run;
    }
    const length = <usize>(s >> 23) & 511;
    const slot = <u32>(s >> 48);
    let c = i64.load32_u(litlen + ((<usize>load<u8>(LENGTH_SYMBOL + length)) << 2), 257 * 4);
    b |= (c >> 8) << k;
    k += c & 255;
    const x: u64 = load<u16>(LENGTH_EXTRA + (length << 1));
    b |= (x >> 8) << k;
    k += x & 255;
    c = i64.load32_u(distances + ((<usize>slot) << 2));
    b |= (c >> 8) << k;
    k += c & 255;
    const extra: u32 = slot < 2 ? 0 : (slot >> 1) - 1;
    const d = (<u32>(s >> 32) & 0xffff) - 1;
    b |= (<u64>(d & ((1 << extra) - 1))) << k;
    k += extra;
    store<u64>(o, b);
    o += <usize>(k >> 3);
    b >>= k & 56;
    k &= 7;
    p += length;
  }
  while (p < end) {
    const c = i64.load32_u(litlen + ((<usize>load<u8>(p)) << 2));
    b |= (c >> 8) << k;
    k += c & 255;
    p++;
    store<u64>(o, b);
    o += <usize>(k >> 3);
    b >>= k & 56;
    k &= 7;
  }
  const c = i64.load32_u(litlen, END_OF_BLOCK * 4);
  b |= (c >> 8) << k;
  k += c & 255;
  store<u64>(o, b);
  o += <usize>(k >> 3);
  b >>= k & 56;
  k &= 7;
  set_writer(o, b, k);
}

// Of the last block: whether it has codes of its own, how many literal/length codes, how many matches.
let last_dynamic: bool = false;
let last_litlen: usize = 0;
let last_matches: u32 = 0;

/** Tells what the last block's symbols cost, if it has codes of its own. */
export function learn_from_block(): void {
  if (!last_dynamic) return;
  const threes = load<u32>(LITLEN_FREQ, 257 * 4);
  learn_prices(LITLEN_LENGTHS, LITLEN_LENGTHS + last_litlen, last_matches, threes);
}

/** Writes the block of `n` bytes at `begin`: `count` matches in the list, frequencies counted, then the remaining literals. */
export function write_block(begin: usize, n: usize, count: i32, last: bool): void {
  store<u32>(LITLEN_FREQ, 1, END_OF_BLOCK * 4);
  const extra = count_extra_bits();
  const matches = count_matches();
  const stored: u32 = ((<u32>n) << 3) + 3 + 7 + 32 + <u32>(n / MAX_STORED) * 40;
  survey_litlen(LITLEN_FREQ);
  const fixed: u32 = 3 + fixed_bits + matches * 5 + extra;
  let dynamic: u32 = 0xffffffff;
  let litlen = LITLEN_SYMBOLS;
  let distances = DISTANCE_SYMBOLS;
  let precodes = 19;
  // Many packets need not look further.
  const least = header_bits + extra + matches;
  let litlen_cost: u32 = 0;
  if (entropy_bits + least < fixed && (litlen_cost = build_litlen(LITLEN_FREQ)) + least < fixed) {
    while (litlen > 257 && load<u8>(LITLEN_LENGTHS + <usize>litlen - 1) == 0) litlen--;
    const lengths = LITLEN_LENGTHS + <usize>litlen;
    const distance_cost = build_code(DISTANCE_FREQ, DISTANCE_SYMBOLS, 15, lengths, DISTANCE_CODES);
    while (distances > 1 && load<u8>(lengths + <usize>distances - 1) == 0) distances--;
    list_lengths(litlen + distances);
    const precode_cost = build_code(PRECODE_FREQ, 19, 7, PRECODE_LENGTHS, PRECODE_CODES);
    while (
      precodes > 4 &&
      load<u8>(PRECODE_LENGTHS + <usize>load<u8>(PRECODE_ORDER + <usize>precodes - 1)) == 0
    ) {
      precodes--;
    }
    dynamic =
      3 + 14 + precodes * 3 + precode_cost + item_extra_bits + litlen_cost + distance_cost + extra;
  }
  last_dynamic = dynamic < fixed && dynamic < stored;
  last_litlen = litlen;
  last_matches = matches;
  if (stored <= fixed && stored <= dynamic) {
    write_stored(begin, n, last);
    return;
  }
  const k = bit_count;
  const final_bit: u64 = last ? 1 : 0;
  if (fixed <= dynamic) {
    set_writer(out, bit_buffer | ((TYPE_FIXED | final_bit) << k), k + 3);
    deflate_write_symbols(begin, begin + n, count, FIXED_LITLEN_CODES, FIXED_DISTANCE_CODES);
  } else {
    set_writer(out, bit_buffer | ((TYPE_DYNAMIC | final_bit) << k), k + 3);
    write_header(litlen, distances, precodes);
    deflate_write_symbols(begin, begin + n, count, LITLEN_CODES, DISTANCE_CODES);
  }
}
