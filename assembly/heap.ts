// The allocator: explicit alloc and free over linear memory, constant time, neighbours merged at once.
//
// Two-level segregated fit (Masmano, Ripoll, Crespo, Real: "TLSF: a new dynamic memory allocator for real-time systems",
// ECRTS 2004). A block is a 16-byte header and a payload; sizes count both and are multiples of 16.
//
//   +0  size | FREE      +4  address of the block before it in memory (0 = first)
//   +8  next free        +12 previous free     (lists of one size class; both only while free)
//   +8  payload bytes asked for                (only while in use: feeds the live-bytes counter)
//
// The payload may start later than +16 when a larger alignment is asked for: the gap then becomes a free block of its own,
// so `payload - 16` is always the header. Behind every payload lie SLACK bytes that kernels may read and write.

/** Bytes behind every payload that belong to nobody else. */
export const SLACK: usize = 64;

/** From this size on a block starts at a multiple of LINE: copies between such blocks take up to half as long (measured). */
const WIDE_BYTES: u32 = 512;
/** Bytes of a cache line. */
const LINE: u32 = 64;

const HEADER: usize = 16;
const FREE: u32 = 1;
const MIN_BLOCK: u32 = 32;

// First level: powers of two from 2^4; second level: 16 steps each.
const SL_BITS: u32 = 4;
const SL_COUNT: u32 = 16;
const HEADS: usize = memory.data(4 * 32 * 16, 16);
const SL_MAPS: usize = memory.data(4 * 32, 16);

let fl_map: u32 = 0;
let heap_start: usize = 0;
/** Address of the sentinel header that closes the heap: size 0, in use. */
let sentinel: usize = 0;
/** From here on memory is as the host gave it, zero (but for the sentinel): what a block takes of it need not be cleared. */
let fresh: usize = 0;
let live_blocks: i32 = 0;
let live_bytes: u32 = 0;

function size_of(block: usize): u32 {
  return load<u32>(block) & ~FREE;
}

function is_free(block: usize): bool {
  return (load<u32>(block) & FREE) != 0;
}

// Size class of a size >= 32: first level = its highest bit, second = the four bits below it.
function class_of(size: u32): u32 {
  const high = 31 - clz<u32>(size);
  return (high << SL_BITS) | ((size >> (high - SL_BITS)) & (SL_COUNT - 1));
}

function insert_free(block: usize, size: u32): void {
  const index = class_of(size);
  const head = HEADS + ((<usize>index) << 2);
  const first = load<u32>(head);
  store<u32>(block, size | FREE);
  store<u32>(block, first, 8);
  store<u32>(block, 0, 12);
  if (first != 0) store<u32>(<usize>first, <u32>block, 12);
  store<u32>(head, <u32>block);
  const level = index >> SL_BITS;
  const map = SL_MAPS + ((<usize>level) << 2);
  store<u32>(map, load<u32>(map) | ((<u32>1) << (index & (SL_COUNT - 1))));
  fl_map |= (<u32>1) << level;
  // The block behind learns where the free one starts, so that freeing it can merge backwards.
  store<u32>(block + <usize>size, <u32>block, 4);
}

function remove_free(block: usize): void {
  const size = size_of(block);
  const next = load<u32>(block, 8);
  const before = load<u32>(block, 12);
  if (next != 0) store<u32>(<usize>next, before, 12);
  if (before != 0) {
    store<u32>(<usize>before, next, 8);
    return;
  }
  const index = class_of(size);
  store<u32>(HEADS + ((<usize>index) << 2), next);
  if (next != 0) return;
  const level = index >> SL_BITS;
  const map = SL_MAPS + ((<usize>level) << 2);
  const left = load<u32>(map) & ~((<u32>1) << (index & (SL_COUNT - 1)));
  store<u32>(map, left);
  if (left == 0) fl_map &= ~((<u32>1) << level);
}

// A free block of at least `size` bytes, or 0. Looks from the first class whose every block is large enough.
function find_free(size: u32): usize {
  const high = 31 - clz<u32>(size);
  const rounded = size + (((<u32>1) << (high - SL_BITS)) - 1);
  const index = class_of(rounded);
  let level = index >> SL_BITS;
  let map = load<u32>(SL_MAPS + ((<usize>level) << 2)) & (~(<u32>0) << (index & (SL_COUNT - 1)));
  if (map == 0) {
    const levels = level == 31 ? 0 : fl_map & (~(<u32>0) << (level + 1));
    if (levels == 0) return 0;
    level = ctz<u32>(levels);
    map = load<u32>(SL_MAPS + ((<usize>level) << 2));
  }
  return <usize>load<u32>(HEADS + ((<usize>((level << SL_BITS) | ctz<u32>(map))) << 2));
}

function init_heap(): void {
  heap_start = (__heap_base + 15) & ~15;
  sentinel = ((<usize>memory.size()) << 16) - HEADER;
  fresh = heap_start + HEADER;
  const size = <u32>(sentinel - heap_start);
  store<u32>(heap_start, 0, 4);
  store<u32>(sentinel, 0);
  insert_free(heap_start, size);
}

// Makes the last block of the heap a free one of at least `size` bytes. False when memory may not grow that far.
function grow_heap(size: u32): bool {
  const last = <usize>load<u32>(sentinel, 4);
  const has = last != 0 && is_free(last) ? size_of(last) : 0;
  // Large enough as it is: find_free looks only from the first size class whose every block is.
  if (has >= size) return true;
  const pages_needed = <i32>((size - has + 0xffff) >> 16);
  const pages = memory.size();
  // An eighth on top, so that a growing program grows seldom; if that is refused, just what is needed.
  const generous = max<i32>(pages_needed, pages >> 3);
  let got = memory.grow(generous) >= 0 ? generous : 0;
  if (got == 0) {
    if (memory.grow(pages_needed) < 0) return false;
    got = pages_needed;
  }
  const added = (<u32>got) << 16;
  const old = sentinel;
  sentinel = old + <usize>added;
  store<u32>(sentinel, 0);
  if (has != 0) {
    remove_free(last);
    insert_free(last, has + added);
    // It lies inside a free block now, perhaps in memory that counts as fresh.
    memory.fill(old, 0, HEADER);
  } else {
    // The old sentinel becomes the header of the new free block; its back link is right already.
    insert_free(old, added);
  }
  return true;
}

// Marks `size` bytes of a block (already off the lists) as used and frees what is left of it.
function occupy(block: usize, whole: u32, size: u32): void {
  const rest = whole - size;
  if (rest >= MIN_BLOCK) {
    store<u32>(block, size);
    const tail = block + <usize>size;
    store<u32>(tail, <u32>block, 4);
    insert_free(tail, rest);
  } else {
    store<u32>(block, whole);
    store<u32>(block + <usize>whole, <u32>block, 4);
  }
  // The header behind the block may become part of another one's payload later.
  fresh = max(fresh, block + load<u32>(block) + HEADER);
}

function block_bytes(payload: u32): u32 {
  return (payload + <u32>(HEADER + SLACK) + 15) & ~15;
}

/** Address of `size` bytes at a multiple of `wanted_align` (a power of two, 1..1024); 0 when memory is exhausted. Not cleared. */
export function heap_alloc(size: u32, wanted_align: u32): usize {
  if (heap_start == 0) init_heap();
  // Above this the arithmetic below would wrap; linear memory ends before it anyway.
  if (size > 0x7fff0000) return 0;
  const align = size < WIDE_BYTES ? wanted_align : max(wanted_align, LINE);
  const need = block_bytes(size);
  const spare = align > 16 ? align + MIN_BLOCK : 0;
  let block = find_free(need + spare);
  if (block == 0) {
    if (!grow_heap(need + spare)) return 0;
    block = <usize>load<u32>(sentinel, 4);
  }
  let whole = size_of(block);
  remove_free(block);
  if (align > 16) {
    const mask = <usize>align - 1;
    let payload = (block + HEADER + mask) & ~mask;
    let gap = <u32>(payload - HEADER - block);
    if (gap != 0 && gap < MIN_BLOCK) {
      payload += <usize>align;
      gap += align;
    }
    if (gap != 0) {
      const front = block;
      block += <usize>gap;
      whole -= gap;
      insert_free(front, gap);
    }
  }
  occupy(block, whole, need);
  store<u32>(block, size, 8);
  live_blocks++;
  live_bytes += size;
  return block + HEADER;
}

/** Like heap_alloc, with every byte zero: memory that was never handed out is not touched for that. */
export function heap_alloc_zeroed(size: u32, align: u32): usize {
  const used_before = fresh;
  const payload = heap_alloc(size, align);
  if (payload == 0) return 0;
  const dirty_end = min(payload + <usize>size, used_before);
  if (dirty_end > payload) memory.fill(payload, 0, dirty_end - payload);
  return payload;
}

/** Kernels that write into free memory say up to where: it is not fresh any more. */
export function heap_touched(end: usize): void {
  fresh = max(fresh, end);
}

/** Gives a block back; its neighbours, where free, become one with it. */
export function heap_free(payload: usize): void {
  let block = payload - HEADER;
  let size = size_of(block);
  live_blocks--;
  live_bytes -= load<u32>(block, 8);
  const next = block + <usize>size;
  if (is_free(next)) {
    remove_free(next);
    size += size_of(next);
  }
  const before = <usize>load<u32>(block, 4);
  if (before != 0 && is_free(before)) {
    remove_free(before);
    size += size_of(before);
    block = before;
  }
  insert_free(block, size);
}

/** The block with room for `size` bytes: in place where it can be, else moved with its first `keep` bytes; 0 when exhausted. */
export function heap_resize(payload: usize, keep: u32, size: u32, align: u32): usize {
  if (size > 0x7fff0000) return 0;
  const block = payload - HEADER;
  const asked = load<u32>(block, 8);
  const need = block_bytes(size);
  let whole = size_of(block);
  let next = block + <usize>whole;
  if (
    need > whole &&
    (next == sentinel || (is_free(next) && next + <usize>size_of(next) == sentinel))
  ) {
    // The last block grows together with the memory behind it: nothing has to move.
    const room = next == sentinel ? 0 : size_of(next);
    if (whole + room < need) grow_heap(max<u32>(need - whole, MIN_BLOCK));
    next = block + <usize>whole;
  }
  if (is_free(next) && (need > whole || whole - need >= MIN_BLOCK)) {
    const joined = whole + size_of(next);
    if (joined >= need) {
      remove_free(next);
      whole = joined;
    }
  }
  if (whole >= need) {
    occupy(block, whole, need);
    store<u32>(block, size, 8);
    live_bytes += size - asked;
    return payload;
  }
  const moved = heap_alloc(size, align);
  if (moved == 0) return 0;
  memory.copy(moved, payload, <usize>min<u32>(keep, size));
  heap_free(payload);
  return moved;
}

/** Blocks in use. */
export function heap_live_blocks(): i32 {
  return live_blocks;
}

/** Bytes asked for by the blocks in use. */
export function heap_live_bytes(): u32 {
  return live_bytes;
}

/** Bytes that the heap spans, in use or not. */
export function heap_size(): u32 {
  return heap_start == 0 ? 0 : <u32>(sentinel - heap_start);
}

/** Walks the whole heap: 0 when every invariant holds, else the address of the first block that breaks one. For tests. */
export function heap_check(): usize {
  if (heap_start == 0) return 0;
  let before: usize = 0;
  let block = heap_start;
  let blocks = 0;
  while (block != sentinel) {
    const size = size_of(block);
    if (size < MIN_BLOCK || (size & 15) != 0 || block + <usize>size > sentinel) return block;
    if (<usize>load<u32>(block, 4) != before) return block;
    if (is_free(block)) {
      if (before != 0 && is_free(before)) return block;
      const map = load<u32>(SL_MAPS + ((<usize>(class_of(size) >> SL_BITS)) << 2));
      if ((map & ((<u32>1) << (class_of(size) & (SL_COUNT - 1)))) == 0) return block;
    } else {
      blocks++;
    }
    before = block;
    block += <usize>size;
  }
  if (<usize>load<u32>(sentinel, 4) != before || blocks != live_blocks) return sentinel;
  return 0;
}
