// Which message is in which of four lanes: batches of any number of messages of any lengths over the four-lane kernels.
//
// A lane's record is 16 bytes:
//   +0  address of its next block     +4   blocks from there on     +8   its message     +12  padding blocks after them
// The digests stand word by word: word w of lane l at LANE_STATE + 16 w + 4 l.
import { HASH_STATE, LANE_PADS, LANE_STATE, LANE_WORDS, LANES } from '../layout';
import { pad } from './block';
import { md5_blocks, md5_hex, md5_start } from './md5';
import { md5_lanes } from './md5-batch';
import { sha1_blocks, sha1_hex, sha1_length, sha1_start } from './sha1';
import { sha1_lanes } from './sha1-batch';

const MD5: u32 = 1;
const IDLE: u32 = 0xffffffff;

/** With this many messages left or fewer, one after the other is faster than in lanes (measured). */
const ALONE_MD5: u32 = 1;
const ALONE_SHA1: u32 = 2;

// What a batch works on, for the length of one call.
let base: usize = 0;
let total: u32 = 0;
let offsets: usize = 0;
let sizes: usize = 0;
let result: usize = 0;

class Transpose {
  @inline static sixteen(p0: usize, p1: usize, p2: usize, p3: usize, at: usize): void {
    const r0 = v128.load(p0 + at);
    const r1 = v128.load(p1 + at);
    const r2 = v128.load(p2 + at);
    const r3 = v128.load(p3 + at);
    const a = v128.shuffle<u32>(r0, r1, 0, 4, 1, 5);
    const b = v128.shuffle<u32>(r2, r3, 0, 4, 1, 5);
    const c = v128.shuffle<u32>(r0, r1, 2, 6, 3, 7);
    const d = v128.shuffle<u32>(r2, r3, 2, 6, 3, 7);
    const to = LANE_WORDS + (at << 2);
    v128.store(to, v128.shuffle<u64>(a, b, 0, 2));
    v128.store(to + 16, v128.shuffle<u64>(a, b, 1, 3));
    v128.store(to + 32, v128.shuffle<u64>(c, d, 0, 2));
    v128.store(to + 48, v128.shuffle<u64>(c, d, 1, 3));
  }
}

/** Four blocks of 16 words into 16 vectors at LANE_WORDS, one word of each block in a vector. */
export function transpose_block(p0: usize, p1: usize, p2: usize, p3: usize): void {
  Transpose.sixteen(p0, p1, p2, p3, 0);
  Transpose.sixteen(p0, p1, p2, p3, 16);
  Transpose.sixteen(p0, p1, p2, p3, 32);
  Transpose.sixteen(p0, p1, p2, p3, 48);
}

// Offset and size of a message, cut at the ends of the buffer as single calls do.
function offset_of(message: u32): u32 {
  return min(load<u32>(offsets + ((<usize>message) << 2)), total == 0 ? 0 : total - 1);
}

function size_of(message: u32, from: u32): u32 {
  return min(load<u32>(sizes + ((<usize>message) << 2)), total - from);
}

function words_of(kind: u32): usize {
  return kind == MD5 ? 4 : 5;
}

function write_digest(kind: u32, message: u32, words: usize, step: usize): void {
  const n = words_of(kind);
  const to = result + <usize>message * (n << 2);
  for (let i: usize = 0; i < n; i++) {
    const word = load<u32>(words + i * step);
    store<u32>(to + (i << 2), kind == MD5 ? word : bswap<u32>(word));
  }
}

function begin(kind: u32, lane: usize, message: u32): void {
  const from = offset_of(message);
  const n = size_of(message, from);
  const p = base + <usize>from;
  const full = n >>> 6;
  const length = kind == MD5 ? (<u64>n) << 3 : sha1_length(<u64>n);
  const pads = LANE_PADS + (lane << 7);
  const padding = <u32>(pad(pads, p + ((<usize>full) << 6), <i32>(n & 63), length) - pads) >>> 6;
  const record = LANES + (lane << 4);
  store<u32>(record, <u32>(full != 0 ? p : pads));
  store<u32>(record, full != 0 ? full : padding, 4);
  store<u32>(record, message, 8);
  store<u32>(record, full != 0 ? padding : 0, 12);
  if (kind == MD5) md5_start(HASH_STATE);
  else sha1_start(HASH_STATE);
  const state = LANE_STATE + (lane << 2);
  for (let i: usize = 0; i < words_of(kind); i++) {
    store<u32>(state + (i << 4), load<u32>(HASH_STATE + (i << 2)));
  }
}

// The lane has used up its blocks: on to its padding, or done. True when done.
function next_part(lane: usize): bool {
  const record = LANES + (lane << 4);
  const padding = load<u32>(record, 12);
  if (padding == 0) return true;
  store<u32>(record, <u32>(LANE_PADS + (lane << 7)));
  store<u32>(record, padding, 4);
  store<u32>(record, 0, 12);
  return false;
}

// Finishes the message of a lane by itself.
function finish_alone(kind: u32, lane: usize): void {
  const record = LANES + (lane << 4);
  const state = LANE_STATE + (lane << 2);
  for (let i: usize = 0; i < words_of(kind); i++) {
    store<u32>(HASH_STATE + (i << 2), load<u32>(state + (i << 4)));
  }
  do {
    const p = <usize>load<u32>(record);
    const end = p + ((<usize>load<u32>(record, 4)) << 6);
    if (kind == MD5) md5_blocks(HASH_STATE, p, end);
    else sha1_blocks(HASH_STATE, p, end);
  } while (!next_part(lane));
  write_digest(kind, load<u32>(record, 8), HASH_STATE, 4);
}

// One turn of the kernel: as many blocks as every lane has. Idle lanes read along with a busy one.
function turn(kind: u32): u32 {
  let n = IDLE;
  let busy: u32 = 0;
  for (let record = LANES; record < LANES + 64; record += 16) {
    if (load<u32>(record, 8) == IDLE) continue;
    n = min(n, load<u32>(record, 4));
    busy = load<u32>(record);
  }
  for (let record = LANES; record < LANES + 64; record += 16) {
    if (load<u32>(record, 8) == IDLE) store<u32>(record, busy);
  }
  const p0 = <usize>load<u32>(LANES);
  const p1 = <usize>load<u32>(LANES, 16);
  const p2 = <usize>load<u32>(LANES, 32);
  const p3 = <usize>load<u32>(LANES, 48);
  if (kind == MD5) md5_lanes(p0, p1, p2, p3, <usize>n);
  else sha1_lanes(p0, p1, p2, p3, <usize>n);
  return n;
}

function in_lanes(kind: u32, count: u32): void {
  const alone = kind == MD5 ? ALONE_MD5 : ALONE_SHA1;
  let next: u32 = 0;
  let active: u32 = 0;
  for (let lane: usize = 0; lane < 4; lane++) {
    store<u32>(LANES + (lane << 4), IDLE, 8);
    if (next < count) {
      begin(kind, lane, next++);
      active++;
    }
  }
  while (active > alone) {
    const n = turn(kind);
    for (let lane: usize = 0; lane < 4; lane++) {
      const record = LANES + (lane << 4);
      const message = load<u32>(record, 8);
      if (message == IDLE) continue;
      const left = load<u32>(record, 4) - n;
      store<u32>(record, load<u32>(record) + (n << 6));
      store<u32>(record, left, 4);
      if (left != 0 || !next_part(lane)) continue;
      write_digest(kind, message, LANE_STATE + (lane << 2), 16);
      if (next < count) {
        begin(kind, lane, next++);
      } else {
        store<u32>(record, IDLE, 8);
        active--;
      }
    }
  }
  for (let lane: usize = 0; lane < 4; lane++) {
    if (load<u32>(LANES + (lane << 4), 8) != IDLE) finish_alone(kind, lane);
  }
}

/**
 * Digests of `count` ranges of the `all` bytes at `p`: columns of u32 offsets and sizes in, 16 (`kind` 1, MD5) or 20 bytes
 * (2, SHA-1) for each out. Reads up to 64 bytes past the end of `p`.
 */
export function hash_batch(
  kind: u32,
  p: usize,
  all: u32,
  offset_column: usize,
  size_column: usize,
  count: u32,
  to: usize,
): void {
  base = p;
  total = all;
  offsets = offset_column;
  sizes = size_column;
  result = to;
  if (ASC_FEATURE_SIMD) {
    in_lanes(kind, count);
  } else {
    for (let i: u32 = 0; i < count; i++) {
      const from = offset_of(i);
      if (kind == MD5) md5_hex(base + <usize>from, <usize>size_of(i, from));
      else sha1_hex(base + <usize>from, <usize>size_of(i, from));
      write_digest(kind, i, HASH_STATE, 4);
    }
  }
}
