// Digests of what comes in parts: hash_create, hash_update, hash_digest, hash_clone, hash_delete.
import { KIND_MD5, KIND_SHA1 } from './buffer-digest.js';
import { hex_32, hex_40 } from './buffer-hex.js';
import { clamp_range, range_offset, range_size } from './buffer-range.js';
import { type Buf, lookup } from './buffer-table.js';
import { show } from './check.js';
import { allocate, ensure, kernel, release } from './wasm/memory.js';

/** What {@link hash_create} makes. */
export type HashKind = 'crc32' | 'md5' | 'sha1';

/** Bytes of a state in linear memory (assembly/hash/block.ts). */
const STATE_BYTES = 96;
const KIND_CRC32 = 0;

class HashState {
  constructor(
    readonly id: number,
    readonly kind: number,
    /** Where its state is; 0 for CRC-32, whose state is `crc`. */
    readonly address: number,
    public crc: number,
  ) {}
}

const states = new Map<number, HashState>();
// Never given out twice: a stale handle is always caught.
let next_id = 0;
// The one used last, which is nearly always the one that is used next.
let recent: HashState | undefined;

function find(hash: number): HashState {
  if (recent !== undefined && recent.id === hash) return recent;
  const state = states.get(hash);
  if (state === undefined) {
    if (typeof hash !== 'number') throw new TypeError(`a hash must be a number, got ${show(hash)}`);
    throw new RangeError(`there is no hash ${hash}: it was deleted, or never created`);
  }
  recent = state;
  return state;
}

function add(kind: number, address: number, crc: number): number {
  const state = new HashState(next_id++, kind, address, crc);
  states.set(state.id, state);
  return state.id;
}

/**
 * A digest of a message that comes in parts.
 *
 * @param kind `'crc32'`, `'md5'` or `'sha1'`
 * @returns its handle, >= 0, never given out twice; give it back with {@link hash_delete}
 * @throws TypeError not a string; RangeError no such kind, or memory is exhausted
 */
export function hash_create(kind: HashKind): number {
  if (typeof kind !== 'string')
    throw new TypeError(`hash_create: kind must be a string, got ${show(kind)}`);
  ensure();
  if (kind === 'crc32') return add(KIND_CRC32, 0, 0);
  if (kind !== 'md5' && kind !== 'sha1') {
    throw new RangeError(`hash_create: kind must be 'crc32', 'md5' or 'sha1', got ${show(kind)}`);
  }
  const number = kind === 'md5' ? KIND_MD5 : KIND_SHA1;
  const address = allocate(STATE_BYTES, 16);
  kernel.hash_start(number, address);
  return add(number, address, 0);
}

function append(state: HashState, address: number, size: number): void {
  if (state.kind === KIND_CRC32) state.crc = kernel.crc32(address, size, state.crc);
  else kernel.hash_append(state.kind, state.address, address, size);
}

// A range of a wrap buffer that goes on at byte 0 is two parts like any others.
function append_range(state: HashState, b: Buf): void {
  const before_end = b.end - b.ptr - range_offset;
  if (range_size <= before_end) {
    append(state, b.ptr + range_offset, range_size);
    return;
  }
  const rest = range_size - before_end;
  append(state, b.ptr + range_offset, before_end);
  append(state, b.ptr, rest);
}

/**
 * Takes a range of a buffer as the next part of the message. However a message is split, its digest is the same.
 *
 * @param offset in bytes; below 0 is 0, past the end is the last byte, a wrap buffer takes it modulo its size
 * @param size in bytes, cut at the end of the buffer (wrap: goes on at byte 0, one lap at most); below 0 is that of the buffer
 * @throws TypeError wrong kind of argument; RangeError a fractional number, the buffer or the hash was deleted
 */
export function hash_update(hash: number, buffer: number, offset: number, size: number): void {
  const state = find(hash);
  const b = lookup(buffer);
  clamp_range(b, offset, size, 'hash_update');
  append_range(state, b);
}

/**
 * The digest of all parts so far: for MD5 and SHA-1 32 or 40 lowercase hex digits, for CRC-32 an unsigned number.
 *
 * The hash stays usable: more parts may follow, and asking again gives the same.
 *
 * @throws TypeError not a number; RangeError the hash was deleted
 */
export function hash_digest(hash: number): string | number {
  const { kind, address, crc } = find(hash);
  if (kind === KIND_CRC32) return crc >>> 0;
  const hex = kernel.hash_hex(kind, address);
  return kind === KIND_MD5 ? hex_32(hex) : hex_40(hex);
}

/**
 * A second hash that has taken the same parts; from here on each goes its own way.
 *
 * @returns its handle; give it back with {@link hash_delete}
 * @throws TypeError not a number; RangeError the hash was deleted, or memory is exhausted
 */
export function hash_clone(hash: number): number {
  const { kind, address, crc } = find(hash);
  if (kind === KIND_CRC32) return add(kind, 0, crc);
  const copy = allocate(STATE_BYTES, 16);
  kernel.move(copy, address, STATE_BYTES);
  return add(kind, copy, 0);
}

/** Frees a hash; its handle is dead from now on. @throws TypeError not a number; RangeError it was deleted before */
export function hash_delete(hash: number): void {
  const state = find(hash);
  states.delete(hash);
  recent = undefined;
  if (state.address !== 0) release(state.address);
}
