// Buffer handles: number -> state. Bytes live in linear memory, everything else about a buffer lives here.
import { show } from './check.js';
import { buffer_fast } from './constants.js';
import { allocate, kernel, release } from './wasm/memory.js';

/**
 * State of one buffer. Addresses are absolute in linear memory, so a write needs no addition; one compare with `end`
 * (or `wide`) covers bounds, wrap, growth and dead handles, and sends everything rare to one slow function.
 */
export class Buf {
  /** Its handle; -1 when dead. */
  id = -1;
  /** First byte. A multiple of the alignment, so that absolute and relative alignment agree. */
  ptr = 0;
  /** Position. */
  pos = 0;
  /** One past the last byte; -1 when dead. */
  end = -1;
  /** The same, for every type but u8 and for the generic call: -1 in a fast buffer, which takes u8 only. */
  wide = -1;
  /** Alignment - 1. */
  am = 0;
  /** One past the highest byte written. */
  used = 0;
  kind = 0;
}

// handle = generation << 20 | slot: below 2^30, a small integer in every engine.
const SLOT_BITS = 20;
const MAX_SLOTS = 1 << SLOT_BITS;
const GENERATIONS = 1 << 10;
/** A freed slot is used again only when this many are free, so that a stale handle stays recognisable longer. */
const REST = 1024;

const DEAD = new Buf();
/** Power-of-two many, all filled: `slots[handle & mask]` is always a Buf. */
export let slots: Buf[] = new Array<Buf>(64).fill(DEAD);
export let mask = 63;

let opened = 0;
let live = 0;
const generation: number[] = [];
// Freed slots, first in first out.
const next_free: number[] = [];
let first_free = -1;
let last_free = -1;
let free_slots = 0;

function take_slot(): number {
  if (free_slots > REST || (opened === MAX_SLOTS && free_slots > 0)) {
    const slot = first_free;
    first_free = next_free[slot];
    free_slots--;
    return slot;
  }
  if (opened === MAX_SLOTS) throw new RangeError(`too many buffers: ${MAX_SLOTS} are alive`);
  if (opened === slots.length) {
    slots = slots.concat(new Array<Buf>(slots.length).fill(DEAD));
    mask = slots.length - 1;
  }
  generation.push(0);
  next_free.push(-1);
  return opened++;
}

/** A new buffer of `size` bytes, not cleared: the caller writes every byte or clears it. Arguments are trusted. */
export function open(size: number, kind: number, align: number): Buf {
  // The block first: when memory is exhausted nothing has changed.
  return adopt(allocate(size, align), size, kind, align);
}

/** A new buffer that takes over a block of `size` bytes from the allocator. When there are too many buffers, it is freed. */
export function adopt(ptr: number, size: number, kind: number, align: number): Buf {
  let slot: number;
  try {
    slot = take_slot();
  } catch (error) {
    release(ptr);
    throw error;
  }
  const b = new Buf();
  b.id = (generation[slot] << SLOT_BITS) | slot;
  b.kind = kind;
  b.am = align - 1;
  b.ptr = b.pos = b.used = ptr;
  b.end = ptr + size;
  b.wide = kind === buffer_fast ? -1 : b.end;
  slots[slot] = b;
  live++;
  return b;
}

/** Gives the block and the handle back. */
export function close(b: Buf): void {
  const slot = b.id & (MAX_SLOTS - 1);
  release(b.ptr);
  b.id = b.end = b.wide = -1;
  b.ptr = b.pos = b.used = 0;
  slots[slot] = DEAD;
  generation[slot] = (generation[slot] + 1) % GENERATIONS;
  if (free_slots === 0) first_free = slot;
  else next_free[last_free] = slot;
  last_free = slot;
  free_slots++;
  live--;
}

/** Whether the number is the handle of a living buffer. */
export function alive(handle: unknown): boolean {
  if (typeof handle !== 'number') return false;
  const b = slots[handle & mask];
  return b.id === handle && b.end >= 0;
}

/** The buffer of a handle. @throws TypeError not a number; RangeError no such buffer, or deleted */
export function lookup(handle: number): Buf {
  const b = slots[handle & mask];
  if (b.id === handle && b.end >= 0) return b;
  if (typeof handle !== 'number')
    throw new TypeError(`a buffer must be a number, got ${show(handle)}`);
  throw new RangeError(`there is no buffer ${handle}: it was deleted, or never created`);
}

/** How many buffers are alive. */
export function live_buffers(): number {
  return live;
}

/** Blocks and bytes that the allocator has given out, and bytes that its heap spans. */
export function heap_use(): { blocks: number; bytes: number; heap_bytes: number } {
  if (kernel === undefined) return { blocks: 0, bytes: 0, heap_bytes: 0 };
  return {
    blocks: kernel.heap_live_blocks(),
    bytes: kernel.heap_live_bytes() >>> 0,
    heap_bytes: kernel.heap_size() >>> 0,
  };
}
