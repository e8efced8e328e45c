// DEFLATE compression in plain JavaScript (RFC 1950, 1951): hash chains with lazy matching, a Huffman code for each block.
import {
  adler32,
  DISTANCE_BASE,
  DISTANCE_BITS,
  LENGTH_BASE,
  LENGTH_BITS,
  ORDER,
  reversed,
} from './inflate.mjs';

const WINDOW = 32768;
const HASH_SIZE = 1 << 15;
const MIN_MATCH = 3;
const MAX_MATCH = 258;
/** Symbols of a block. */
const BLOCK_SYMBOLS = 16384;

/** By level: links of a chain that are looked at, and the length from which nothing better is looked for. */
const EFFORT = [
  [0, 0],
  [4, 8],
  [5, 16],
  [6, 32],
  [16, 16],
  [32, 32],
  [128, 128],
  [256, 128],
  [1024, 258],
  [4096, 258],
];

const LENGTH_CODE = new Uint8Array(259);
for (let code = 0, n = 3; code < 29; code++) {
  const end = code === 28 ? 259 : LENGTH_BASE[code] + (1 << LENGTH_BITS[code]);
  for (n = LENGTH_BASE[code]; n < end; n++) LENGTH_CODE[n] = code;
}
LENGTH_CODE[258] = 28;

function distance_code(distance) {
  if (distance < 5) return distance - 1;
  const log = 31 - Math.clz32(distance - 1);
  return 2 * log + (((distance - 1) >> (log - 1)) & 1);
}

class Writer {
  constructor(size) {
    this.bytes = new Uint8Array(size);
    this.at = 0;
    this.hold = 0;
    this.count = 0;
  }

  bits(value, n) {
    this.hold |= value << this.count;
    this.count += n;
    while (this.count >= 8) {
      if (this.at === this.bytes.length) {
        const larger = new Uint8Array(this.bytes.length * 2);
        larger.set(this.bytes);
        this.bytes = larger;
      }
      this.bytes[this.at++] = this.hold;
      this.hold >>>= 8;
      this.count -= 8;
    }
  }
}

/** Lengths of a Huffman code for `frequencies`, none above `limit`. */
function code_lengths(frequencies, limit) {
  const lengths = new Uint8Array(frequencies.length);
  const used = [];
  frequencies.forEach((f, symbol) => {
    if (f > 0) used.push(symbol);
  });
  if (used.length < 2) {
    for (const symbol of used) lengths[symbol] = 1;
    return lengths;
  }
  used.sort((a, b) => frequencies[a] - frequencies[b]);
  const n = used.length;
  const weight = new Float64Array(2 * n - 1);
  const parent = new Int32Array(2 * n - 1);
  used.forEach((symbol, i) => {
    weight[i] = frequencies[symbol];
  });
  // Two queues, both in order of weight: the leaves, and the nodes made so far.
  let leaf = 0;
  let node = n;
  for (let made = n; made < 2 * n - 1; made++) {
    for (let child = 0; child < 2; child++) {
      const take_leaf = leaf < n && (node >= made || weight[leaf] <= weight[node]);
      const from = take_leaf ? leaf++ : node++;
      weight[made] += weight[from];
      parent[from] = made;
    }
  }
  const depth = new Uint8Array(2 * n - 1);
  for (let i = 2 * n - 3; i >= 0; i--) depth[i] = depth[parent[i]] + 1;
  // Too long ones are cut; the rarest that are shorter pay for it.
  let room = 1 << limit;
  for (let i = 0; i < n; i++) {
    depth[i] = Math.min(depth[i], limit);
    room -= 1 << (limit - depth[i]);
  }
  for (let i = 0; room < 0; i = (i + 1) % n) {
    if (depth[i] >= limit) continue;
    depth[i]++;
    room += 1 << (limit - depth[i]);
  }
  used.forEach((symbol, i) => {
    lengths[symbol] = depth[i];
  });
  return lengths;
}

function code_words(lengths) {
  const next = new Uint16Array(17);
  for (const n of lengths) if (n > 0) next[n + 1]++;
  for (let n = 2; n < 17; n++) next[n] = (next[n] + next[n - 1]) << 1;
  return Uint16Array.from(lengths, (n) => (n === 0 ? 0 : reversed(next[n]++, n)));
}

/** Code lengths in runs: [symbol, extra value, extra bits] (RFC 1951 3.2.7). */
function runs_of(lengths) {
  const runs = [];
  for (let i = 0; i < lengths.length; ) {
    const value = lengths[i];
    let end = i + 1;
    while (end < lengths.length && lengths[end] === value) end++;
    let left = end - i;
    if (value !== 0) {
      runs.push([value, 0, 0]);
      left--;
    }
    while (left >= 3) {
      if (value === 0 && left >= 11) {
        const take = Math.min(left, 138);
        runs.push([18, take - 11, 7]);
        left -= take;
      } else {
        const take = Math.min(left, value === 0 ? 10 : 6);
        runs.push(value === 0 ? [17, take - 3, 3] : [16, take - 3, 2]);
        left -= take;
      }
    }
    for (; left > 0; left--) runs.push([value, 0, 0]);
    i = end;
  }
  return runs;
}

function trimmed(lengths, least) {
  let n = lengths.length;
  while (n > least && lengths[n - 1] === 0) n--;
  return lengths.subarray(0, n);
}

/** Symbols of a block: a literal, or length | distance << 9. */
function write_block(out, symbols, n, last) {
  const literal_count = new Uint32Array(286);
  const distance_count = new Uint32Array(30);
  for (let i = 0; i < n; i++) {
    const distance = symbols[i] >>> 9;
    if (distance === 0) literal_count[symbols[i]]++;
    else {
      literal_count[257 + LENGTH_CODE[symbols[i] & 511]]++;
      distance_count[distance_code(distance)]++;
    }
  }
  literal_count[256] = 1;
  const literals = trimmed(code_lengths(literal_count, 15), 257);
  const distances = trimmed(code_lengths(distance_count, 15), 1);
  const runs = runs_of([...literals, ...distances]);
  const run_count = new Uint32Array(19);
  for (const [symbol] of runs) run_count[symbol]++;
  const run_lengths = code_lengths(run_count, 7);
  const run_words = code_words(run_lengths);
  let codes = 19;
  while (codes > 4 && run_lengths[ORDER[codes - 1]] === 0) codes--;
  out.bits((last ? 1 : 0) | (2 << 1), 3);
  out.bits((literals.length - 257) | ((distances.length - 1) << 5) | ((codes - 4) << 10), 14);
  for (let i = 0; i < codes; i++) out.bits(run_lengths[ORDER[i]], 3);
  for (const [symbol, value, bits] of runs) {
    out.bits(run_words[symbol], run_lengths[symbol]);
    if (bits > 0) out.bits(value, bits);
  }
  const literal_words = code_words(literals);
  const distance_words = code_words(distances);
  for (let i = 0; i < n; i++) {
    const distance = symbols[i] >>> 9;
    if (distance === 0) {
      out.bits(literal_words[symbols[i]], literals[symbols[i]]);
      continue;
    }
    const length = symbols[i] & 511;
    const code = LENGTH_CODE[length];
    out.bits(literal_words[257 + code], literals[257 + code]);
    out.bits(length - LENGTH_BASE[code], LENGTH_BITS[code]);
    const far = distance_code(distance);
    out.bits(distance_words[far], distances[far]);
    out.bits(distance - DISTANCE_BASE[far], DISTANCE_BITS[far]);
  }
  out.bits(literal_words[256], literals[256]);
}

const head = new Int32Array(HASH_SIZE);
const previous = new Int32Array(WINDOW);
const symbols = new Uint32Array(BLOCK_SYMBOLS + 1);

const hash_at = (bytes, i) =>
  (Math.imul(bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16), 0x9e3779b1) >>> 17) &
  (HASH_SIZE - 1);

/** Length | distance << 9 of the best match at `at`, or 0. */
function best_match(bytes, at, links, enough, least) {
  const most = Math.min(MAX_MATCH, bytes.length - at);
  if (most < MIN_MATCH) return 0;
  let best = least;
  let found = 0;
  const limit = at - WINDOW;
  for (let from = head[hash_at(bytes, at)]; from >= 0 && from > limit && links > 0; links--) {
    if (bytes[from + best] === bytes[at + best]) {
      let n = 0;
      while (n < most && bytes[from + n] === bytes[at + n]) n++;
      if (n > best) {
        best = n;
        found = n | ((at - from) << 9);
        if (n >= enough || n === most) break;
      }
    }
    const next = previous[from & (WINDOW - 1)];
    if (next >= from) break;
    from = next;
  }
  return found;
}

function insert(bytes, at) {
  if (at + MIN_MATCH > bytes.length) return;
  const h = hash_at(bytes, at);
  previous[at & (WINDOW - 1)] = head[h];
  head[h] = at;
}

function store(out, bytes) {
  for (let at = 0; at === 0 || at < bytes.length; at += 65535) {
    const n = Math.min(65535, bytes.length - at);
    out.bits(at + n >= bytes.length ? 1 : 0, 8);
    for (const byte of [n & 255, n >> 8, ~n & 255, (~n >> 8) & 255]) out.bits(byte, 8);
    for (let i = 0; i < n; i++) out.bits(bytes[at + i], 8);
  }
}

function blocks(out, bytes, [links, enough]) {
  head.fill(-1);
  let n = 0;
  for (let at = 0; at < bytes.length; ) {
    let match = best_match(bytes, at, links, enough, MIN_MATCH - 1);
    insert(bytes, at);
    // Lazy: a literal now, when the match one byte further is longer.
    while (match !== 0 && (match & 511) < enough) {
      const later = best_match(bytes, at + 1, links, enough, match & 511);
      if (later === 0) break;
      symbols[n++] = bytes[at++];
      insert(bytes, at);
      match = later;
      if (n === BLOCK_SYMBOLS) break;
    }
    if (match === 0) symbols[n++] = bytes[at++];
    else {
      symbols[n++] = match;
      const end = at + (match & 511);
      for (at++; at < end; at++) insert(bytes, at);
    }
    if (n >= BLOCK_SYMBOLS && at < bytes.length) {
      write_block(out, symbols, n, false);
      n = 0;
    }
  }
  write_block(out, symbols, n, true);
}

/** `bytes` as a zlib stream; levels above 9 count as 9. */
export function deflate(bytes, level = 6) {
  const out = new Writer((bytes.length >> 1) + 64);
  out.bits(0x78, 8);
  out.bits(0x9c, 8);
  if (level === 0) store(out, bytes);
  else blocks(out, bytes, EFFORT[Math.min(level, 9)]);
  if (out.count > 0) out.bits(0, 8 - out.count);
  const sum = adler32(bytes);
  for (const shift of [24, 16, 8, 0]) out.bits((sum >>> shift) & 255, 8);
  return out.bytes.subarray(0, out.at);
}
