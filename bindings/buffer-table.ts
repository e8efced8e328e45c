// Buffer handles: number -> state. Bytes live in linear memory, everything else about a buffer lives here.
//
// What the hot calls need stands in one Int32Array, eight words a slot. Measured against objects in an array: the typed
// writers take half the time, because a store through a DataView makes V8 forget all it knew about objects, and a typed array
// at a constant place has nothing to forget. For the same reason the hot calls know neither alignment nor used size:
//
// - A buffer with an alignment above 1 and a fast buffer have limits of -1: their calls take the slow way. A dead one keeps its
//   limits: nothing looks at those of another handle than the one that stands there.
// - A hot write only moves the position. `settle` works out the used size from that, whenever anything else looks: the
//   position can pass `settled` by writes alone, because a hot read ends at READ_LIMIT, which never exceeds the used size.
import { show } from './check.js';
import { buffer_fast, buffer_grow } from './constants.js';
import { allocate, allocate_zeroed, kernel, release, set_reclaim } from './wasm/memory.js';

// handle = generation << 17 | slot: below 2^30, a small integer in every engine.
export const SLOT_MASK = 0x1ffff;
/** The last slot is never used: it is that of the number -1, which stands in every dead one. */
const MAX_SLOTS = SLOT_MASK;
/** From one generation to the next, of 13 bits. */
const GENERATION = 1 << 17;
const MAX_ID = (1 << 30) - 1;
/** A freed slot is used again only when this many are free, so that a stale handle stays recognisable longer. */
const REST = 1024;
/** So many new slots are made ready at once. */
const SLOTS_AT_ONCE = 64;

/** Words of a slot in {@link state}: slot << 3 | one of these. */
export const POS = 0;
/** The handle, or -1. Its complement while a packet is written or read there, so that nobody else can touch the buffer. */
export const ID = 1;
/** One past the last byte that a hot write may touch. */
export const WRITE_LIMIT = 2;
/** One past the last byte that a hot read may touch. */
export const READ_LIMIT = 3;
/** The same two for u8, which fast buffers take. */
export const BYTE_WRITE_LIMIT = 4;
export const BYTE_READ_LIMIT = 5;
/** The handle that the slot's next buffer gets. Here too, because create and delete then touch one line of the cache less (measured). */
const NEXT_ID = 6;
/** First byte; of a free slot {@link NEXT_FREE}. */
const START = 7;
const NEXT_FREE = 7;

function no_buffers(): Int32Array {
  const words = new Int32Array(MAX_SLOTS << 3);
  // Else the zeros of slot 0 would look like buffer 0.
  words[ID] = -1;
  return words;
}

/** Hot state of all buffers. 4 MiB of address space; the host gives pages as they are touched. */
export const state = /* @__PURE__ */ no_buffers();

/** A buffer, as everything but the hot calls sees it. Addresses are absolute in linear memory. */
export class Buf {
  /** First byte. A multiple of the alignment, so that absolute and relative alignment agree. */
  ptr = 0;
  /** One past the last byte; -1 when dead. */
  end = -1;
  /** Alignment - 1. */
  am = 0;
  /** Class of the pooled block that it lies in; 0: a block of its own. */
  pooled = 0;
  kind = 0;
  readonly #words: number;
  /** Highest byte known to be written, plus one. Only {@link used} is right, and this and the next one are for this file. */
  written = 0;
  /** Position at which `written` was right. */
  settled = 0;

  constructor(slot: number) {
    this.#words = slot << 3;
  }

  /** Its handle; -1 when dead. */
  get id(): number {
    return state[this.#words | ID];
  }

  /** Position, as an address. Setting it never counts as writing. */
  get pos(): number {
    return state[this.#words | POS];
  }

  set pos(address: number) {
    this.settle();
    state[this.#words | POS] = this.settled = address;
  }

  /** One past the highest byte written, as an address. */
  get used(): number {
    this.settle();
    return this.written;
  }

  set used(address: number) {
    this.settle();
    this.written = address;
    this.#limit_reads();
  }

  /** Works out the used size after hot writes. */
  settle(): void {
    const pos = state[this.#words | POS];
    if (pos === this.settled) return;
    if (pos > this.settled && pos > this.written) {
      this.written = pos;
      this.#limit_reads();
    }
    this.settled = pos;
  }

  #limit_reads(): void {
    const words = this.#words;
    state[words | READ_LIMIT] = Math.min(state[words | WRITE_LIMIT], this.written);
    state[words | BYTE_READ_LIMIT] = Math.min(state[words | BYTE_WRITE_LIMIT], this.written);
  }

  /** Puts the buffer at an address, with all that depends on it. */
  place(ptr: number, size: number, pos: number, used: number): void {
    const words = this.#words;
    this.ptr = ptr;
    this.end = ptr + size;
    // Whoever places it has taken or changed the block.
    this.pooled = 0;
    state[words | START] = ptr;
    state[words | POS] = this.settled = pos;
    this.written = used;
    const bytes_end = this.am === 0 ? ptr + size : -1;
    const end = this.kind === buffer_fast ? -1 : bytes_end;
    state[words | BYTE_WRITE_LIMIT] = bytes_end;
    state[words | WRITE_LIMIT] = end;
    state[words | READ_LIMIT] = Math.min(end, used);
    state[words | BYTE_READ_LIMIT] = Math.min(bytes_end, used);
  }

  /** Gives the slot its handle. */
  name(handle: number): void {
    state[this.#words | ID] = handle;
  }
}

let opened = 0;
const bufs: Buf[] = [];
// Free slots, first in first out: those that were never used wait behind the freed ones, so that taking one has one way only. The
// last of them is never taken: then there always is one to put the next behind.
let first_free = 0;
let last_free = 0;
let free_slots = 0;

// Sees to it that a slot is there to be taken.
function make_slots(): void {
  const wanted = Math.min(opened + REST + SLOTS_AT_ONCE - free_slots, MAX_SLOTS);
  if (wanted === opened && free_slots <= 1)
    throw new RangeError(`too many buffers: ${live_buffers()} are alive`);
  for (; opened < wanted; opened++) {
    bufs.push(new Buf(opened));
    state[(opened << 3) | NEXT_ID] = opened;
    free_slot(opened);
  }
}

function take_slot(): number {
  if (free_slots <= REST) make_slots();
  const slot = first_free;
  first_free = state[(slot << 3) | NEXT_FREE];
  free_slots--;
  return slot;
}

function free_slot(slot: number): void {
  state[(last_free << 3) | NEXT_FREE] = slot;
  last_free = slot;
  free_slots++;
}

/** A new buffer of `size` zero bytes. Arguments are trusted. @throws RangeError memory is exhausted; nothing has changed then */
export function open_zeroed(size: number, kind: number, align: number): Buf {
  if (align > POOL_ALIGN || size > SMALL_BYTES) {
    return adopt(allocate_zeroed(size, align), size, kind, align);
  }
  const b = open_pooled(size, kind, align);
  kernel.fill_zero(b.ptr, size);
  return b;
}

/**
 * A new buffer of `size` bytes, not cleared: the caller writes every byte. `used` of them count as written. Otherwise as
 * {@link open_zeroed}.
 */
export function open(size: number, kind: number, align: number, used = 0): Buf {
  if (align > POOL_ALIGN || size > SMALL_BYTES)
    return adopt(allocate(size, align), size, kind, align, used);
  return open_pooled(size, kind, align, used);
}

/** A new buffer that takes over a block of `size` bytes from the allocator. When there are too many buffers, it is freed. */
export function adopt(ptr: number, size: number, kind: number, align: number, used = 0): Buf {
  try {
    return named(ptr, size, kind, align, used);
  } catch (error) {
    release(ptr);
    throw error;
  }
}

function named(ptr: number, size: number, kind: number, align: number, used: number): Buf {
  const slot = take_slot();
  const b = bufs[slot];
  b.kind = kind;
  b.am = align - 1;
  b.place(ptr, size, ptr, ptr + used);
  b.name(state[(slot << 3) | NEXT_ID]);
  return b;
}

// Blocks that small buffers and packets have left wait here for the next one, by size: 2^class bytes. Programs that make, use
// and delete buffers all the time need the allocator for none of them (measured: 38 of the 62 ns of create and delete).
const MIN_CLASS = 6;
const MAX_CLASS = 22;
const CLASS_BYTES = 1 << 20;
const CLASS_BLOCKS = 1024;
/** What every block of the allocator is aligned to. */
const POOL_ALIGN = 16;
/** Up to here any buffer uses the pool; above, only packets do, which come and go for certain. */
const SMALL_BYTES = 4096;
/** Addresses of blocks that wait, {@link CLASS_BLOCKS} places a class. Arrays with `push` and `pop` cost 2 to 5 ns more (measured). */
const POOL = /* @__PURE__ */ new Int32Array((MAX_CLASS + 1) * CLASS_BLOCKS);
/** How many blocks of each class wait. */
const WAITING = /* @__PURE__ */ new Int32Array(MAX_CLASS + 1);
/** How many blocks of each class may wait: at least one, also of the largest; none of class 0, which is no block of the pool. */
const POOL_ROOM = /* @__PURE__ */ Int32Array.from({ length: MAX_CLASS + 1 }, (_, c) =>
  c === 0 ? 0 : Math.max(1, Math.min(CLASS_BLOCKS, CLASS_BYTES >> c)),
);

/** Class of the blocks that hold `size` bytes. */
export function class_of(size: number): number {
  return size <= 1 << MIN_CLASS ? MIN_CLASS : 32 - Math.clz32(size - 1);
}

/**
 * Address of the block of a class that the next buffer gets. It stays the pool's: who has filled it calls {@link open_full} next,
 * without asking the allocator for anything between. @throws RangeError memory is exhausted, or too many buffers
 */
export function next_block(c: number): number {
  if (free_slots <= REST || WAITING[c] === 0) make_ready(c);
  return POOL[c * CLASS_BLOCKS + WAITING[c] - 1];
}

function make_ready(c: number): void {
  if (free_slots <= REST) make_slots();
  if (WAITING[c] === 0) put_back(new_block(c), c);
}

/**
 * Handle of a new grow buffer, alignment 1, of the `size` bytes at the beginning of the block that {@link next_block} has just
 * given.
 */
export function open_full(block: number, c: number, size: number): number {
  WAITING[c]--;
  const slot = first_free;
  const words = slot << 3;
  const end = block + size;
  const now = state;
  first_free = now[words | NEXT_FREE];
  free_slots--;
  // As `place` does for a grow buffer of alignment 1, in fewer bytes of code: what calls this is to fit in what calls that.
  const b = bufs[slot];
  b.ptr = b.settled = now[words | START] = now[words | POS] = block;
  b.end = b.written = end;
  b.am = 0;
  b.kind = buffer_grow;
  b.pooled = c;
  now[words | WRITE_LIMIT] = end;
  now[words | READ_LIMIT] = end;
  now[words | BYTE_WRITE_LIMIT] = end;
  now[words | BYTE_READ_LIMIT] = end;
  return (now[words | ID] = now[words | NEXT_ID]);
}

/** Like {@link open}, of any size in a block that an earlier buffer has left if there is one. `align` is at most 16. */
export function open_pooled(size: number, kind: number, align = 1, used = 0): Buf {
  const c = class_of(size);
  if (c > MAX_CLASS) return adopt(allocate(size, align), size, kind, align, used);
  const waiting = WAITING[c];
  const ptr = waiting > 0 ? POOL[c * CLASS_BLOCKS + (WAITING[c] = waiting - 1)] : new_block(c);
  try {
    const b = named(ptr, size, kind, align, used);
    b.pooled = c;
    return b;
  } catch (error) {
    put_back(ptr, c);
    throw error;
  }
}

function new_block(c: number): number {
  set_reclaim(empty_pool);
  return allocate(1 << c, POOL_ALIGN);
}

/** Frees all blocks that wait: somebody needs the memory. */
function empty_pool(): boolean {
  let any = false;
  for (let c = MIN_CLASS; c <= MAX_CLASS; c++) {
    for (; WAITING[c] > 0; any = true) release(POOL[c * CLASS_BLOCKS + --WAITING[c]]);
  }
  return any;
}

function put_back(ptr: number, c: number): void {
  const waiting = WAITING[c];
  if (waiting >= POOL_ROOM[c]) {
    release(ptr);
    return;
  }
  POOL[c * CLASS_BLOCKS + waiting] = ptr;
  WAITING[c] = waiting + 1;
}

/** Gives the block and the handle back. */
export function close(b: Buf): void {
  close_as(b, b.id);
}

/** The same by its handle. @throws as {@link lookup} */
export function close_handle(handle: number): void {
  close_as(lookup(handle), handle);
}

function close_as(b: Buf, handle: number): void {
  const slot = handle & SLOT_MASK;
  state[(slot << 3) | ID] = -1;
  state[(slot << 3) | NEXT_ID] = (handle + GENERATION) & MAX_ID;
  b.end = -1;
  put_back(b.ptr, b.pooled);
  free_slot(slot);
}

/** Whether the number is the handle of a living buffer. */
export function alive(handle: unknown): boolean {
  if (typeof handle !== 'number' || handle < 0) return false;
  const slot = handle & SLOT_MASK;
  return slot < opened && state[(slot << 3) | ID] === handle;
}

/** The buffer of a handle. @throws TypeError not a number; RangeError no such buffer, or deleted */
export function lookup(handle: number): Buf {
  const slot = handle & SLOT_MASK;
  if (state[(slot << 3) | ID] === handle) return bufs[slot];
  return refuse(handle);
}

// A function of its own, so that `lookup` is small: the engine puts only so many bytes of code inside a caller.
function refuse(handle: number): never {
  const slot = handle & SLOT_MASK;
  if (typeof handle !== 'number') {
    throw new TypeError(`a buffer must be a number, got ${show(handle)}`);
  }
  // What packets store there while values may run code of their own: see packet/generate.ts.
  if (slot < opened && bufs[slot].end !== -1 && state[(slot << 3) | ID] === ~handle) {
    throw new RangeError(`buffer ${handle} is in use: a packet in it is being written or read`);
  }
  throw new RangeError(`there is no buffer ${handle}: it was deleted, or never created`);
}

/** Address of the byte at `offset` when all `size` bytes from there end by a buffer's `limit`; -1 when only {@link lookup} can tell. */
function address_within(handle: number, offset: number, size: number, limit: number): number {
  const words = (handle & SLOT_MASK) << 3;
  if (
    state[words | ID] !== handle ||
    (offset | 0) !== offset ||
    (size | 0) !== size ||
    offset < 0 ||
    size < 0
  ) {
    return -1;
  }
  const address = state[words | START] + offset;
  return address + size <= state[words | limit] ? address : -1;
}

/**
 * Address of the byte at `offset` when all `size` bytes from there lie inside a living buffer of alignment 1, which is what is
 * asked for most; -1 when only {@link lookup} can tell. Looks at {@link state} alone: a copy of 1 KiB takes 11 to 12 ns then,
 * with two lookups 14 to 15 (measured, Node 24 and 26).
 */
export function address_inside(handle: number, offset: number, size: number): number {
  return address_within(handle, offset, size, BYTE_WRITE_LIMIT);
}

/** The same where every one of these bytes counts as used already, so that writing them changes nothing else. */
export function address_used(handle: number, offset: number, size: number): number {
  return address_within(handle, offset, size, BYTE_READ_LIMIT);
}

/** How many buffers are alive. */
export function live_buffers(): number {
  return opened - free_slots;
}

/** Blocks and bytes that are in use (pooled ones are not), and bytes that the heap spans. */
export function heap_use(): { blocks: number; bytes: number; heap_bytes: number } {
  if (kernel === undefined) return { blocks: 0, bytes: 0, heap_bytes: 0 };
  let blocks = kernel.heap_live_blocks();
  let bytes = kernel.heap_live_bytes() >>> 0;
  for (let c = MIN_CLASS; c <= MAX_CLASS; c++) {
    blocks -= WAITING[c];
    bytes -= WAITING[c] << c;
  }
  return { blocks, bytes, heap_bytes: kernel.heap_size() >>> 0 };
}
