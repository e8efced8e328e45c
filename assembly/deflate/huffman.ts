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

// Working space. Of the used symbols, in order: the symbol (u16) and its rank by frequency (u16). By rank: weight (u32), code
// length (u8), and for frequent symbols which used one it is (u16). Nodes of the tree: weight and parent (u32).
const USED: usize = memory.data(320 * 2, 16);
const RANKS: usize = memory.data(320 * 2, 16);
const WEIGHTS: usize = memory.data(320 * 4, 16);
const OWNERS: usize = memory.data(320 * 2, 16);
const RANK_LENGTHS: usize = memory.data(352, 16);
const NODES: usize = memory.data(320 * 4, 16);
const PARENTS: usize = memory.data(320 * 4, 16);
// How many codes of each length; the next code of each length.
const COUNTS: usize = memory.data(20 * 4, 16);
const NEXT: usize = memory.data(20 * 4, 16);
const REVERSED: usize = memory.data(256);
// Frequencies up to 127 have a bucket each, then 16 to an octave.
const BUCKETS: usize = memory.data(352 * 4, 16);
const EXACT: u32 = 128;
const LITLEN_SYMBOLS: i32 = 286;
// Of a dynamic block, without the code lengths.
const HEADER_BITS: u32 = 44;
const NO_WEIGHT: u32 = 0xffffffff;

// f log2 f in 1/64 bit, rounded up, for f below SURE.
const SELF_BITS: usize = memory.data(512 * 4, 16);
const SURE: u32 = 512;

// How many symbols are in USED.
let used_symbols: i32 = 0;

/**
 * Of the last survey: bits of the literals and lengths in the fixed code, at least in a code of their own, and what a dynamic
 * header takes at least (a guess that is never far above: 2 bits for each used symbol, 4 for each gap).
 */
export let fixed_bits: u32 = 0;
export let entropy_bits: u32 = 0;
export let header_bits: u32 = 0;

/** Fills what never changes. Call once. */
export function init_huffman(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let r: u32 = 0;
    for (let b: u32 = 0; b < 8; b++) r |= ((i >> b) & 1) << (7 - b);
    store<u8>(REVERSED + i, <u8>r);
  }
  for (let f: u32 = 1; f < SURE; f++) set_word(SELF_BITS, f, f * (log2_floor(f) + 1));
  memory.fill(FIXED_LITLEN_LENGTHS, 8, 144);
  memory.fill(FIXED_LITLEN_LENGTHS + 144, 9, 112);
  memory.fill(FIXED_LITLEN_LENGTHS + 256, 7, 24);
  memory.fill(FIXED_LITLEN_LENGTHS + 280, 8, 8);
  clear(COUNTS, 80);
  store<u32>(COUNTS, 24, 7 * 4);
  store<u32>(COUNTS, 152, 8 * 4);
  store<u32>(COUNTS, 112, 9 * 4);
  first_codes(9);
  for (let i: usize = 0; i < 288; i++)
    assign_code(FIXED_LITLEN_CODES, i, load<u8>(FIXED_LITLEN_LENGTHS + i));
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

// log2 in 1/64, rounded down: six binary digits by squaring.
function log2_floor(x: u32): u32 {
  const high: u32 = 31 - clz(x);
  let result = high;
  let y = (<u64>x) << (30 - high);
  for (let i = 0; i < 6; i++) {
    y = (y * y) >> 30;
    const digit = <u32>(y >> 31);
    y >>= digit;
    result = (result << 1) | digit;
  }
  return result;
}

// The first code of each length, from COUNTS (RFC 1951, 3.2.2).
function first_codes(longest: i32): void {
  let code: u32 = 0;
  let before: u32 = 0;
  for (let length = 1; length <= longest; length++) {
    code = (code + before) << 1;
    before = word(COUNTS, length);
    set_word(NEXT, length, code);
  }
}

// Gives the symbol the next code of its length, bit-reversed.
function assign_code(codes: usize, s: usize, length: u32): void {
  const next = word(NEXT, length);
  set_word(NEXT, length, next + 1);
  const low: u32 = load<u8>(REVERSED + <usize>(next & 255));
  const reversed = ((low << 8) | <u32>load<u8>(REVERSED + <usize>(next >> 8))) >> (16 - length);
  store<u32>(codes + (s << 2), (reversed << 8) | length);
}

function bucket_of(f: u32): u32 {
  if (f < EXACT) return f;
  const high: u32 = 31 - clz(f);
  return 16 + (high << 4) + ((f >> (high - 4)) & 15);
}

class Gather {
  /** Writes the symbol, and moves on if it is used. */
  @inline static symbol(to: usize, freq: usize, s: usize): usize {
    store<u16>(to, <u16>s);
    return to + (usize(load<u32>(freq + (s << 2)) != 0) << 1);
  }
}

// Whether any of the eight frequencies at `p` is not 0.
function any_used(p: usize): bool {
  if (ASC_FEATURE_SIMD) return v128.any_true(v128.or(v128.load(p), v128.load(p, 16)));
  return (load<u64>(p) | load<u64>(p, 8) | load<u64>(p, 16) | load<u64>(p, 24)) != 0;
}

// Lists the used symbols in USED; gives how many there are. Without a branch per symbol: which are used is anybody's guess.
// Frequencies are followed by zeros up to a multiple of eight.
function gather(freq: usize, n: i32): i32 {
  let to = USED;
  for (let s: usize = 0; s < <usize>n; s += 8) {
    if (!any_used(freq + (s << 2))) continue;
    to = Gather.symbol(to, freq, s);
    to = Gather.symbol(to, freq, s + 1);
    to = Gather.symbol(to, freq, s + 2);
    to = Gather.symbol(to, freq, s + 3);
    to = Gather.symbol(to, freq, s + 4);
    to = Gather.symbol(to, freq, s + 5);
    to = Gather.symbol(to, freq, s + 6);
    to = Gather.symbol(to, freq, s + 7);
  }
  return <i32>((to - USED) >> 1);
}

// Ranks the used symbols by frequency: RANKS, and the weights by rank.
function rank(freq: usize, m: i32): void {
  clear(BUCKETS, 352 * 4);
  for (let i: usize = 0; i < <usize>m; i++) {
    const bucket = bucket_of(word(freq, load<u16>(USED + (i << 1))));
    set_word(BUCKETS, bucket, word(BUCKETS, bucket) + 1);
  }
  let start: u32 = 0;
  let exact: u32 = 0;
  for (let bucket: u32 = 1; start < <u32>m; bucket++) {
    const k = word(BUCKETS, bucket);
    set_word(BUCKETS, bucket, start);
    start += k;
    if (bucket < EXACT) exact = start;
  }
  for (let i: usize = 0; i < <usize>m; i++) {
    const f = word(freq, load<u16>(USED + (i << 1)));
    const bucket = bucket_of(f);
    const r = word(BUCKETS, bucket);
    set_word(BUCKETS, bucket, r + 1);
    set_word(WEIGHTS, r, f);
    store<u16>(RANKS + (i << 1), <u16>r);
    store<u16>(OWNERS + ((<usize>r) << 1), <u16>i);
  }
  if (exact == <u32>m) return;
  // Frequent symbols stand nearly sorted.
  for (let i = <i32>exact + 1; i < m; i++) {
    const f = word(WEIGHTS, i);
    const owner = load<u16>(OWNERS + ((<usize>i) << 1));
    let k = i;
    for (; k > <i32>exact && word(WEIGHTS, k - 1) > f; k--) {
      set_word(WEIGHTS, k, word(WEIGHTS, k - 1));
      store<u16>(OWNERS + ((<usize>k) << 1), load<u16>(OWNERS + ((<usize>(k - 1)) << 1)));
    }
    set_word(WEIGHTS, k, f);
    store<u16>(OWNERS + ((<usize>k) << 1), owner);
  }
  for (let r = exact; r < <u32>m; r++) {
    store<u16>(RANKS + ((<usize>load<u16>(OWNERS + ((<usize>r) << 1))) << 1), <u16>r);
  }
}

// Joins the two lightest of leaves and nodes until one is left: PARENTS. Which of the two queues the lighter one stands in
// cannot be predicted, so both are read and one is
// selected by arithmetic (V8 makes a branch of a select).
function link_parents(m: i32): void {
  set_word(WEIGHTS, m, NO_WEIGHT);
  set_word(WEIGHTS, m + 1, NO_WEIGHT);
  for (let i = 0; i < m; i += 2) store<u64>(NODES + ((<usize>i) << 2), -1);
  let leaf = WEIGHTS;
  let node: usize = 0;
  const end: usize = (<usize>(m - 1)) << 2;
  for (let next: usize = 0; next < end; next += 4) {
    let a = load<u32>(leaf);
    let b = load<u32>(node, NODES);
    store<u32>(node, <u32>next, PARENTS);
    let lower = u32(b < a);
    node += <usize>(lower << 2);
    leaf += 4 - <usize>(lower << 2);
    const first = a ^ ((a ^ b) & (0 - lower));
    a = load<u32>(leaf);
    b = load<u32>(node, NODES);
    store<u32>(node, <u32>next, PARENTS);
    lower = u32(b < a);
    node += <usize>(lower << 2);
    leaf += 4 - <usize>(lower << 2);
    store<u32>(next, first + (a ^ ((a ^ b) & (0 - lower))), NODES);
  }
}

// Counts the leaves of each depth in COUNTS, level by level: nodes of one depth stand side by side. False when one is deeper
// than `longest`.
function count_leaves(m: i32, longest: i32): bool {
  clear(COUNTS, 80);
  let first: usize = (<usize>(m - 2)) << 2;
  let inner: u32 = 1;
  for (let depth = 1; inner != 0; depth++) {
    if (depth > longest) return false;
    let i = first;
    while (i != 0 && load<u32>(i - 4, PARENTS) >= <u32>first) i -= 4;
    const below = <u32>(first - i) >> 2;
    set_word(COUNTS, depth, 2 * inner - below);
    inner = below;
    first = i;
  }
  return true;
}

// The same when the tree is too deep: a split below the limit moves to the deepest leaf above it. Turns parents into depths.
function count_limited(m: i32, longest: i32): void {
  clear(COUNTS, 80);
  set_word(COUNTS, 1, 2);
  set_word(PARENTS, m - 2, 0);
  for (let i = m - 3; i >= 0; i--) {
    let depth: i32 = load<u32>(PARENTS + <usize>word(PARENTS, i)) + 1;
    set_word(PARENTS, i, depth);
    if (depth >= longest) {
      depth = longest;
      do depth--;
      while (word(COUNTS, depth) == 0);
    }
    set_word(COUNTS, depth, word(COUNTS, depth) - 1);
    set_word(COUNTS, depth + 1, word(COUNTS, depth + 1) + 2);
  }
}

// The length of each rank: the rarest symbols get the longest codes.
function fill_rank_lengths(longest: i32): void {
  let p = RANK_LENGTHS;
  for (let length = longest; length > 0; length--) {
    const end = p + <usize>word(COUNTS, length);
    const all = <u64>length * 0x0101010101010101;
    for (let q = p; q < end; q += 8) store<u64>(q, all);
    p = end;
  }
}

// Makes the code of the symbols in USED: lengths up to `longest` and codes. Gives the sum of frequency times length. A code of
// fewer than two symbols is made complete with two one-bit words.
function build(freq: usize, longest: i32, lengths: usize, codes: usize): u32 {
  const m = used_symbols;
  if (m < 2) {
    const s: usize = m ? <usize>load<u16>(USED) : 0;
    const other: usize = s ? 0 : 1;
    store<u8>(lengths + s, 1);
    store<u8>(lengths + other, 1);
    store<u32>(codes + (min(s, other) << 2), 1);
    store<u32>(codes + (max(s, other) << 2), (1 << 8) | 1);
    return m ? load<u32>(freq + (s << 2)) : 0;
  }
  rank(freq, m);
  link_parents(m);
  if (!count_leaves(m, longest)) count_limited(m, longest);
  fill_rank_lengths(longest);
  first_codes(longest);
  let cost: u32 = 0;
  for (let i: usize = 0; i < <usize>m; i++) {
    const s: usize = load<u16>(USED + (i << 1));
    const length: u32 = load<u8>(RANK_LENGTHS + <usize>load<u16>(RANKS + (i << 1)));
    store<u8>(lengths + s, <u8>length);
    cost += load<u32>(freq + (s << 2)) * length;
    assign_code(codes, s, length);
  }
  return cost;
}

/** The code of an alphabet of `n` symbols: lengths up to `longest`, and codes. Gives the sum of frequency times length. */
export function build_code(freq: usize, n: i32, longest: i32, lengths: usize, codes: usize): u32 {
  clear(lengths, <usize>n);
  used_symbols = gather(freq, n);
  return build(freq, longest, lengths, codes);
}

/** Looks at the frequencies of literals and lengths. */
export function survey_litlen(freq: usize): void {
  const m = gather(freq, LITLEN_SYMBOLS);
  used_symbols = m;
  let fixed: u32 = 0;
  let total: u32 = 0;
  let own: u32 = 0;
  let gaps: u32 = 0;
  let before: usize = 0;
  for (let i: usize = 0; i < <usize>m; i++) {
    const s: usize = load<u16>(USED + (i << 1));
    const f = load<u32>(freq + (s << 2));
    fixed += f * <u32>load<u8>(FIXED_LITLEN_LENGTHS + s);
    total += f;
    own += word(SELF_BITS, f & (SURE - 1));
    gaps += u32(s > before + 3);
    before = s;
  }
  fixed_bits = fixed;
  // The entropy; of long blocks 0, which decides nothing.
  const all = total * log2_floor(total);
  entropy_bits = total < SURE && all > own ? (all - own) >> 6 : 0;
  header_bits = HEADER_BITS + 2 * m + 4 * gaps;
}

/** `build_code` for the literals and lengths of the last survey. */
export function build_litlen(freq: usize): u32 {
  clear(LITLEN_LENGTHS, LITLEN_SYMBOLS);
  // 14 bits at most, so that four literals fit one flush of the writer.
  return build(freq, 14, LITLEN_LENGTHS, LITLEN_CODES);
}
