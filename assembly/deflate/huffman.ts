// Length-limited Huffman codes from symbol frequencies (RFC 1951, 3.2.2), and the fixed codes (3.2.6).
import { clear } from './symbols';

/**
 * Code lengths, and codes (u32, bit-reversed code << 8 | bits), of the alphabets of a dynamic block. The lengths of the distance
 * code stand behind the last literal/length symbol in use, as the header wants them.
 */
export const LITLEN_LENGTHS: usize = memory.data(288 + 64, 16);
export const PRECODE_LENGTHS: usize = memory.data(32, 16);
export const LITLEN_CODES: usize = memory.data(288 * 4, 16);
export const DISTANCE_CODES: usize = memory.data(32 * 4, 16);
export const PRECODE_CODES: usize = memory.data(20 * 4, 16);
/** The fixed codes. */
export const FIXED_LITLEN_LENGTHS: usize = memory.data(288, 16);
export const FIXED_LITLEN_CODES: usize = memory.data(288 * 4, 16);
export const FIXED_DISTANCE_CODES: usize = memory.data(32 * 4, 16);

// Working space: used symbols, the same by frequency with their weights (later parents, later depths), bucket ends,
// how many codes of each length.
const USED: usize = memory.data(320 * 2, 16);
const SYMBOLS: usize = memory.data(320 * 2, 16);
const WEIGHTS: usize = memory.data(320 * 4, 16);
const BUCKETS: usize = memory.data(272 * 4, 16);
const COUNTS: usize = memory.data(20 * 4, 16);
const REVERSED: usize = memory.data(256);
// Frequencies from here up share a bucket and are sorted by insertion.
const TOP_BUCKET: u32 = 255;

/** Bits that the literals and lengths would take in the fixed code, and how many symbols are used: of the last build_litlen. */
export let fixed_cost: u32 = 0;
export let used_symbols: i32 = 0;

/** Fills what never changes. Call once. */
export function init_huffman(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let r: u32 = 0;
    for (let b: u32 = 0; b < 8; b++) r |= ((i >> b) & 1) << (7 - b);
    store<u8>(REVERSED + i, <u8>r);
  }
  memory.fill(FIXED_LITLEN_LENGTHS, 8, 144);
  memory.fill(FIXED_LITLEN_LENGTHS + 144, 9, 112);
  memory.fill(FIXED_LITLEN_LENGTHS + 256, 7, 24);
  memory.fill(FIXED_LITLEN_LENGTHS + 280, 8, 8);
  clear(COUNTS, 80);
  store<u32>(COUNTS, 24, 7 * 4);
  store<u32>(COUNTS, 152, 8 * 4);
  store<u32>(COUNTS, 112, 9 * 4);
  assign_codes(FIXED_LITLEN_LENGTHS, 288, FIXED_LITLEN_CODES, 9);
  for (let s: u32 = 0; s < 30; s++) {
    const code = <u32>load<u8>(REVERSED + s) >> 3;
    store<u32>(FIXED_DISTANCE_CODES + (s << 2), (code << 8) | 5);
  }
}

function word(table: usize, i: u32): u32 {
  return load<u32>(table + ((<usize>i) << 2));
}

function set_word(table: usize, i: u32, value: u32): void {
  store<u32>(table + ((<usize>i) << 2), value);
}

function assign_code(lengths: usize, s: usize, codes: usize): void {
  const length: u32 = load<u8>(lengths + s);
  const next = word(BUCKETS, length);
  set_word(BUCKETS, length, next + 1);
  const low: u32 = load<u8>(REVERSED + <usize>(next & 255));
  const reversed = ((low << 8) | <u32>load<u8>(REVERSED + <usize>(next >> 8))) >> (16 - length);
  store<u32>(codes + (s << 2), (reversed << 8) | length);
}

// Canonical codes from lengths and COUNTS.
function assign_codes(lengths: usize, n: i32, codes: usize, longest: i32): void {
  let code: u32 = 0;
  let before: u32 = 0;
  for (let length = 1; length <= longest; length++) {
    const k = word(COUNTS, length);
    code = (code + before) << 1;
    before = k;
    set_word(BUCKETS, length, code);
  }
  if (ASC_FEATURE_SIMD) {
    for (let i = 0; i < n; i += 16) {
      let used = i8x16.bitmask(i8x16.ne(v128.load(lengths + <usize>i), i64x2.splat(0)));
      if (i + 16 > n) used &= (1 << (n & 15)) - 1;
      while (used) {
        assign_code(lengths, <usize>(i + ctz(used)), codes);
        used &= used - 1;
      }
    }
  } else {
    for (let s: usize = 0; s < <usize>n; s++)
      if (load<u8>(lengths + s)) assign_code(lengths, s, codes);
  }
}

// Lists the used symbols in USED and counts them by frequency in BUCKETS. Gives how many there are.
function gather(freq: usize, n: i32): i32 {
  let m: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (let i = 0; i < n; i += 4) {
      let used = i32x4.bitmask(i32x4.ne(v128.load(freq + ((<usize>i) << 2)), i64x2.splat(0)));
      while (used) {
        const s = i + ctz(used);
        used &= used - 1;
        const bucket = min<u32>(word(freq, s), TOP_BUCKET);
        set_word(BUCKETS, bucket, word(BUCKETS, bucket) + 1);
        store<u16>(USED + (m << 1), <u16>s);
        m++;
      }
    }
  } else {
    for (let s = 0; s < n; s++) {
      const f = word(freq, s);
      if (f == 0) continue;
      const bucket = min<u32>(f, TOP_BUCKET);
      set_word(BUCKETS, bucket, word(BUCKETS, bucket) + 1);
      store<u16>(USED + (m << 1), <u16>s);
      m++;
    }
  }
  return <i32>m;
}

// Sorts USED by frequency, then symbol, into SYMBOLS and WEIGHTS.
function sort(freq: usize, m: i32): void {
  let start: u32 = 0;
  let rest: u32 = m;
  for (let bucket: u32 = 1; rest != 0; bucket++) {
    const k = word(BUCKETS, bucket);
    set_word(BUCKETS, bucket, start);
    start += k;
    rest -= k;
  }
  let frequent = 0;
  for (let i: usize = 0; i < <usize>m; i++) {
    const s: u32 = load<u16>(USED + (i << 1));
    const f = word(freq, s);
    const bucket = min<u32>(f, TOP_BUCKET);
    if (f >= TOP_BUCKET) frequent++;
    const at = word(BUCKETS, bucket);
    set_word(BUCKETS, bucket, at + 1);
    store<u16>(SYMBOLS + ((<usize>at) << 1), <u16>s);
    set_word(WEIGHTS, at, f);
  }
  const first = m - frequent;
  for (let i = first + 1; i < m; i++) {
    const f = word(WEIGHTS, i);
    const s = load<u16>(SYMBOLS + ((<usize>i) << 1));
    let k = i;
    for (; k > first && word(WEIGHTS, k - 1) > f; k--) {
      set_word(WEIGHTS, k, word(WEIGHTS, k - 1));
      store<u16>(SYMBOLS + ((<usize>k) << 1), load<u16>(SYMBOLS + ((<usize>(k - 1)) << 1)));
    }
    set_word(WEIGHTS, k, f);
    store<u16>(SYMBOLS + ((<usize>k) << 1), s);
  }
}

// Moffat and Katajainen, "In-place calculation of minimum-redundancy codes" (1995), first phase: weights become parent links.
function link_parents(m: i32): void {
  let root = 0;
  let leaf = 0;
  for (let next = 0; next < m - 1; next++) {
    let weight: u32;
    if (leaf >= m || (root < next && word(WEIGHTS, root) < word(WEIGHTS, leaf))) {
      weight = word(WEIGHTS, root);
      set_word(WEIGHTS, root++, next);
    } else {
      weight = word(WEIGHTS, leaf++);
    }
    if (leaf >= m || (root < next && word(WEIGHTS, root) < word(WEIGHTS, leaf))) {
      weight += word(WEIGHTS, root);
      set_word(WEIGHTS, root++, next);
    } else {
      weight += word(WEIGHTS, leaf++);
    }
    set_word(WEIGHTS, next, weight);
  }
}

// Second phase: depths from the root down, counted in COUNTS. A split below the limit moves to the deepest leaf above it.
function count_depths(m: i32, longest: i32): void {
  clear(COUNTS, 80);
  set_word(COUNTS, 1, 2);
  set_word(WEIGHTS, m - 2, 0);
  for (let i = m - 3; i >= 0; i--) {
    let depth: i32 = word(WEIGHTS, word(WEIGHTS, i)) + 1;
    set_word(WEIGHTS, i, depth);
    if (depth >= longest) {
      depth = longest;
      do depth--;
      while (word(COUNTS, depth) == 0);
    }
    set_word(COUNTS, depth, word(COUNTS, depth) - 1);
    set_word(COUNTS, depth + 1, word(COUNTS, depth + 1) + 2);
  }
}

/**
 * The code of an alphabet of `n` symbols: lengths up to `longest` and codes. Gives the sum of frequency times length.
 * A code of fewer than two symbols is made complete with two one-bit words.
 */
export function build_code(freq: usize, n: i32, longest: i32, lengths: usize, codes: usize): u32 {
  clear(lengths, <usize>n);
  clear(BUCKETS, 1040);
  const m = gather(freq, n);
  used_symbols = m;
  if (m < 2) {
    const s: usize = m ? <usize>load<u16>(USED) : 0;
    store<u8>(lengths + s, 1);
    store<u8>(lengths + <usize>(s ? 0 : 1), 1);
    clear(COUNTS, 80);
    set_word(COUNTS, 1, 2);
    assign_codes(lengths, n, codes, 1);
    return m ? load<u32>(freq + (s << 2)) : 0;
  }
  sort(freq, m);
  link_parents(m);
  count_depths(m, longest);
  // The rarest symbols get the longest codes.
  let p = SYMBOLS;
  let cost: u32 = 0;
  for (let length = longest; length > 0; length--) {
    for (let k = word(COUNTS, length); k != 0; k--) {
      const s: usize = load<u16>(p);
      p += 2;
      store<u8>(lengths + s, <u8>length);
      cost += load<u32>(freq + (s << 2)) * length;
    }
  }
  assign_codes(lengths, n, codes, longest);
  return cost;
}

/** `build_code` for literals and lengths; also sets fixed_cost and used_symbols. */
export function build_litlen(freq: usize): u32 {
  // 14 bits at most, so that four literals fit one flush of the writer.
  const cost = build_code(freq, 286, 14, LITLEN_LENGTHS, LITLEN_CODES);
  let fixed: u32 = 0;
  for (let i = 0; i < used_symbols; i++) {
    const s: usize = load<u16>(USED + ((<usize>i) << 1));
    fixed += load<u32>(freq + (s << 2)) * <u32>load<u8>(FIXED_LITLEN_LENGTHS + s);
  }
  fixed_cost = fixed;
  return cost;
}
