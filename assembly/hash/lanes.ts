// Which message is in which lane: batches of any number of messages of any lengths over the kernels of four, seven
// and eight lanes.
//
// A lane's record is 32 bytes:
//   +0  address of its next block     +4   blocks from there on          +8   its message
//   +12 address of its padding        +16  blocks of padding after that
// The digests stand word by word: word w of lane l at LANE_STATE + 80 (l / 4) + 16 w + 4 (l % 4).
import { HASH_STATE, LANE_PADS, LANE_STATE, LANES } from '../layout';
import { pad } from './block';
import { md5_blocks, md5_hex, md5_start } from './md5';
import { md5_seven } from './md5-seven';
import { sha1_blocks, sha1_hex, sha1_length, sha1_start } from './sha1';
import { sha1_lanes } from './sha1-batch';
import { sha1_lanes_8 } from './sha1-batch-8';

const MD5: u32 = 1;
const IDLE: u32 = 0xffffffff;
const RECORD: usize = 32;

/** With this many messages left or fewer, one after the other is faster than in lanes (measured). */
const ALONE_MD5: u32 = 1;
const ALONE_SHA1: u32 = 2;

// What a batch works on, for the length of one call.
let base: usize = 0;
let total: u32 = 0;
let offsets: usize = 0;
let sizes: usize = 0;
let result: usize = 0;
let kind: u32 = 0;
/** 4 or 8; MD5: 7. */
let lanes: usize = 0;
/** Whether the last turn of the kernel took all messages to their ends. */
let to_the_end: bool = false;

class Transpose {
  @inline static sixteen(r0: v128, r1: v128, r2: v128, r3: v128, to: usize): void {
    const a = v128.shuffle<u32>(r0, r1, 0, 4, 1, 5);
    const b = v128.shuffle<u32>(r2, r3, 0, 4, 1, 5);
    const c = v128.shuffle<u32>(r0, r1, 2, 6, 3, 7);
    const d = v128.shuffle<u32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<u64>(a, b, 0, 2));
    v128.store(to, v128.shuffle<u64>(a, b, 1, 3), 16);
    v128.store(to, v128.shuffle<u64>(c, d, 0, 2), 32);
    v128.store(to, v128.shuffle<u64>(c, d, 1, 3), 48);
  }
}

/** Four blocks of 16 words as 16 vectors at `to`, one word of each block in a vector. */
export function transpose_block(p0: usize, p1: usize, p2: usize, p3: usize, to: usize): void {
  for (let i: usize = 0; i < 64; i += 16) {
    Transpose.sixteen(
      v128.load(p0 + i),
      v128.load(p1 + i),
      v128.load(p2 + i),
      v128.load(p3 + i),
      to + (i << 2),
    );
  }
}

// Offset and size of a message, cut at the ends of the buffer as single calls do.
function offset_of(message: u32): u32 {
  return min(load<u32>(offsets + ((<usize>message) << 2)), total == 0 ? 0 : total - 1);
}

function size_of(message: u32, from: u32): u32 {
  return min(load<u32>(sizes + ((<usize>message) << 2)), total - from);
}

function record_of(lane: usize): usize {
  return LANES + lane * RECORD;
}

function state_of(lane: usize): usize {
  return LANE_STATE + (lane >> 2) * 80 + ((lane & 3) << 2);
}

// Moves the words of a digest, `from_step` and `to_step` bytes apart.
function move_state(from: usize, from_step: usize, to: usize, to_step: usize): void {
  store<u32>(to, load<u32>(from));
  store<u32>(to + to_step, load<u32>(from + from_step));
  store<u32>(to + 2 * to_step, load<u32>(from + 2 * from_step));
  store<u32>(to + 3 * to_step, load<u32>(from + 3 * from_step));
  if (kind != MD5) store<u32>(to + 4 * to_step, load<u32>(from + 4 * from_step));
}

// Writes a digest to its place in the results; the words stand `step` bytes apart.
function write_digest(message: u32, words: usize, step: usize): void {
  if (kind == MD5) {
    move_state(words, step, result + ((<usize>message) << 4), 4);
    return;
  }
  const to = result + <usize>message * 20;
  for (let i: usize = 0; i < 5; i++) {
    store<u32>(to + (i << 2), bswap<u32>(load<u32>(words + i * step)));
  }
}

// Digests of no bytes yet in every lane.
function start_lanes(): void {
  const words: usize = kind == MD5 ? 4 : 5;
  if (kind == MD5) md5_start(HASH_STATE);
  else sha1_start(HASH_STATE);
  for (let i: usize = 0; i < words; i++) {
    const word = v128.load32_splat(HASH_STATE + (i << 2));
    v128.store(LANE_STATE + (i << 4), word);
    v128.store(LANE_STATE + (i << 4), word, 80);
  }
}

// Puts a message into a lane, whose digest is one of no bytes yet.
function begin(lane: usize, message: u32): void {
  const from = offset_of(message);
  const n = size_of(message, from);
  const p = base + <usize>from;
  const full = n >>> 6;
  const length = kind == MD5 ? (<u64>n) << 3 : sha1_length(<u64>n);
  const pads = LANE_PADS + (lane << 7);
  const padding = <u32>(pad(pads, p + ((<usize>full) << 6), <i32>(n & 63), length) - pads) >>> 6;
  const record = record_of(lane);
  store<u32>(record, <u32>(full != 0 ? p : pads));
  store<u32>(record, full != 0 ? full : padding, 4);
  store<u32>(record, message, 8);
  store<u32>(record, <u32>pads, 12);
  store<u32>(record, full != 0 ? padding : 0, 16);
}

// The next message into a lane whose last one is done.
function begin_again(lane: usize, message: u32): void {
  if (kind == MD5) md5_start(HASH_STATE);
  else sha1_start(HASH_STATE);
  move_state(HASH_STATE, 4, state_of(lane), 16);
  begin(lane, message);
}

// The lane has used up its blocks: on to its padding, or done. True when done.
function next_part(record: usize): bool {
  const padding = load<u32>(record, 16);
  if (padding == 0) return true;
  store<u32>(record, load<u32>(record, 12));
  store<u32>(record, padding, 4);
  store<u32>(record, 0, 16);
  return false;
}

// Finishes the message of a lane by itself.
function finish_alone(lane: usize): void {
  const record = record_of(lane);
  move_state(state_of(lane), 16, HASH_STATE, 4);
  do {
    const p = <usize>load<u32>(record);
    const end = p + ((<usize>load<u32>(record, 4)) << 6);
    if (kind == MD5) md5_blocks(HASH_STATE, p, end);
    else sha1_blocks(HASH_STATE, p, end);
  } while (!next_part(record));
  write_digest(load<u32>(record, 8), HASH_STATE, 4);
}

function pointer(lane: usize): usize {
  return <usize>load<u32>(record_of(lane));
}

// One turn of the kernel: as many blocks as every lane has. Where all have as many, their padding as well. Idle lanes read along
// with a busy one.
function turn(): u32 {
  let n = IDLE;
  let most: u32 = 0;
  let least_padding: u32 = IDLE;
  let most_padding: u32 = 0;
  let busy: u32 = 0;
  let idle: bool = false;
  const end = record_of(lanes);
  for (let record = LANES; record < end; record += RECORD) {
    if (load<u32>(record, 8) == IDLE) {
      idle = true;
    } else {
      const left = load<u32>(record, 4);
      const padding = load<u32>(record, 16);
      n = min(n, left);
      most = max(most, left);
      least_padding = min(least_padding, padding);
      most_padding = max(most_padding, padding);
      busy = load<u32>(record);
    }
  }
  if (idle) {
    for (let record = LANES; record < end; record += RECORD) {
      if (load<u32>(record, 8) == IDLE) store<u32>(record, busy);
    }
  }
  to_the_end = n == most && least_padding == most_padding;
  const blocks = <usize>n;
  const pads = to_the_end ? <usize>least_padding : 0;
  const p0 = pointer(0);
  const p1 = pointer(1);
  const p2 = pointer(2);
  const p3 = pointer(3);
  if (lanes == 4) {
    sha1_lanes(p0, p1, p2, p3, blocks, pads);
    return n;
  }
  const p4 = pointer(4);
  const p5 = pointer(5);
  const p6 = pointer(6);
  if (kind == MD5) md5_seven(p0, p1, p2, p3, p4, p5, p6, blocks, pads);
  else sha1_lanes_8(p0, p1, p2, p3, p4, p5, p6, pointer(7), blocks, pads);
  return n;
}

// Four messages or fewer are left in eight lanes: they move into the first four.
function to_four_lanes(): void {
  let free: usize = 0;
  for (let lane: usize = 4; lane < 8; lane++) {
    const record = record_of(lane);
    if (load<u32>(record, 8) == IDLE) continue;
    while (load<u32>(record_of(free), 8) != IDLE) free++;
    memory.copy(record_of(free), record, RECORD);
    move_state(state_of(lane), 16, state_of(free), 16);
    // The kernel looks for the padding where the lane is now.
    const pads = LANE_PADS + (free << 7);
    memory.copy(pads, LANE_PADS + (lane << 7), 128);
    store<u32>(record_of(free), <u32>pads, 12);
  }
  lanes = 4;
}

function in_lanes(count: u32): void {
  const alone = kind == MD5 ? ALONE_MD5 : ALONE_SHA1;
  if (kind == MD5) lanes = 7;
  else lanes = count > 4 ? 8 : 4;
  let next: u32 = 0;
  let active: u32 = 0;
  start_lanes();
  for (let lane: usize = 0; lane < lanes; lane++) {
    store<u32>(record_of(lane), IDLE, 8);
    if (next < count) {
      begin(lane, next++);
      active++;
    }
  }
  while (active > alone) {
    if (lanes == 8 && active <= 4) to_four_lanes();
    const n = turn();
    for (let lane: usize = 0; lane < lanes; lane++) {
      const record = record_of(lane);
      const message = load<u32>(record, 8);
      if (message == IDLE) continue;
      const left = load<u32>(record, 4) - n;
      store<u32>(record, load<u32>(record) + (n << 6));
      store<u32>(record, left, 4);
      if (left != 0 || (!to_the_end && !next_part(record))) continue;
      write_digest(message, state_of(lane), 16);
      if (next < count) {
        begin_again(lane, next++);
      } else {
        store<u32>(record, IDLE, 8);
        active--;
      }
    }
  }
  for (let lane: usize = 0; lane < lanes; lane++) {
    if (load<u32>(record_of(lane), 8) != IDLE) finish_alone(lane);
  }
}

/**
 * Digests of `count` ranges of the `all` bytes at `p`: columns of u32 offsets and sizes in, 16 (`what` 1, MD5) or 20 bytes
 * (2, SHA-1) for each out. Reads up to 64 bytes past the end of `p`.
 */
export function hash_batch(
  what: u32,
  p: usize,
  all: u32,
  offset_column: usize,
  size_column: usize,
  count: u32,
  to: usize,
): void {
  kind = what;
  base = p;
  total = all;
  offsets = offset_column;
  sizes = size_column;
  result = to;
  if (ASC_FEATURE_SIMD) {
    in_lanes(count);
  } else {
    for (let i: u32 = 0; i < count; i++) {
      const from = offset_of(i);
      if (kind == MD5) md5_hex(base + <usize>from, <usize>size_of(i, from));
      else sha1_hex(base + <usize>from, <usize>size_of(i, from));
      write_digest(i, HASH_STATE, 4);
    }
  }
}
