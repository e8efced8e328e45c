// Dictionaries: bytes that packets have in common, known to both ends, so that even the first one compresses well.
import { lookup } from './buffer-table.js';
import { integer_in, show } from './check.js';
import { allocate, dv, ensure, kernel, release } from './wasm/memory.js';

/** How far back DEFLATE reaches: only so much of a dictionary counts. */
export const WINDOW_BYTES = 32768;
/** Bytes of a packet, or of its content, that fit behind a dictionary without a block of their own. */
export const ROOM_BYTES = 32768;
/** Where a prepared dictionary keeps the address of its bytes less 1. */
const BYTES_FIELD = 12;
const SLACK = 320;

/**
 * A dictionary in linear memory: hash tables, its last 32 KiB, and behind them room for a packet, because matches are addressed
 * backwards from it.
 */
export class Dictionary {
  readonly #block: number;
  readonly #prepared: boolean;
  /** Adler-32 of all bytes, signed: the DICTID of zlib. */
  readonly id: number;
  /** First of the bytes that count, and how many there are. */
  readonly start: number;
  readonly length: number;

  /** @param prepare for compression as well. @throws RangeError memory is exhausted */
  constructor(address: number, size: number, prepare: boolean) {
    ensure();
    this.length = Math.min(size, WINDOW_BYTES);
    const header = prepare ? kernel.deflate_dictionary_header(this.length) : 0;
    this.#block = allocate(header + this.length + ROOM_BYTES + SLACK, 64);
    this.#prepared = prepare;
    this.start = this.#block + header;
    this.id = kernel.adler32(address, size, 1) | 0;
    kernel.move(this.start, address + size - this.length, this.length);
    if (prepare) kernel.deflate_dictionary_prepare(this.#block, this.length);
  }

  /** Where a packet of up to ROOM_BYTES bytes goes. */
  get room(): number {
    return this.start + this.length;
  }

  /** Address of the prepared dictionary, for the compressor. @throws RangeError it is not prepared */
  get prepared(): number {
    if (!this.#prepared) throw new RangeError('the dictionary is not prepared for compression');
    return this.#block;
  }

  /**
   * Address of a copy of the input behind the dictionary, for {@link remove_input} when it is done with.
   * @throws RangeError memory is exhausted
   */
  place_input(src: number, n: number): number {
    if (n <= ROOM_BYTES) {
      kernel.move(this.room, src, n);
      return this.room;
    }
    const block = allocate(this.length + n, 64);
    kernel.move(block, this.start, this.length);
    kernel.move(block + this.length, src, n);
    dv.setUint32(this.#block + BYTES_FIELD, block - 1, true);
    return block + this.length;
  }

  remove_input(copy: number): void {
    if (copy === this.room) return;
    dv.setUint32(this.#block + BYTES_FIELD, this.start - 1, true);
    release(copy - this.length);
  }

  free(): void {
    release(this.#block);
  }
}

// Handles of prepared dictionaries lie above those of buffers, so that an option may take either.
const FIRST_HANDLE = 2 ** 30;
const prepared = new Map<number, Dictionary>();
let next_handle = FIRST_HANDLE;

/**
 * Prepares a dictionary for many packets: its bytes are hashed once, and the buffer may change or be deleted afterwards.
 * Pass the handle as `dictionary` to {@link buffer_compress}, {@link buffer_decompress} and the other functions. Good
 * dictionaries are made of typical packets, the most typical last; the last 32 KiB count.
 *
 * @param offset in bytes; @param size in bytes; below 0: up to the end
 * @returns a handle for {@link deflate_dictionary_delete}, never equal to that of a buffer
 * @throws TypeError not numbers; RangeError a range outside the buffer, an empty one, the buffer was deleted, or memory is
 *   exhausted
 */
export function deflate_dictionary_create(buffer: number, offset: number, size: number): number {
  const b = lookup(buffer);
  const total = b.end - b.ptr;
  const from = integer_in(offset, 0, total, 'deflate_dictionary_create: offset');
  const wanted = integer_in(size, -1, total - from, 'deflate_dictionary_create: size');
  const n = wanted < 0 ? total - from : wanted;
  if (n === 0) throw new RangeError('deflate_dictionary_create: the dictionary is empty');
  const dictionary = new Dictionary(b.ptr + from, n, true);
  const handle = next_handle++;
  prepared.set(handle, dictionary);
  return handle;
}

/** Frees a prepared dictionary; its handle is dead from now on. @throws RangeError it was deleted before, or never existed */
export function deflate_dictionary_delete(dictionary: number): void {
  const found = find(dictionary);
  prepared.delete(dictionary);
  found.free();
}

function find(handle: number): Dictionary {
  const found = prepared.get(handle);
  if (found) return found;
  if (typeof handle !== 'number')
    throw new TypeError(`a dictionary must be a number, got ${show(handle)}`);
  throw new RangeError(`there is no dictionary ${handle}: it was deleted, or never created`);
}

/**
 * The dictionary that an option names: a prepared one, or a buffer whose whole content is one. Give it back with
 * {@link return_dictionary}.
 * @param prepare for compression as well
 * @throws RangeError no such dictionary or buffer, an empty one, or memory is exhausted
 */
export function take_dictionary(handle: number, prepare: boolean): Dictionary {
  if (handle >= FIRST_HANDLE) return find(handle);
  const b = lookup(handle);
  if (b.end === b.ptr) throw new RangeError('the dictionary is empty');
  return new Dictionary(b.ptr, b.end - b.ptr, prepare);
}

/** Whether a handle may be that of a prepared dictionary, which stays after the call. */
export function is_prepared(handle: number): boolean {
  return handle >= FIRST_HANDLE;
}

/** Frees a dictionary that was made of a buffer for one call. */
export function return_dictionary(handle: number, taken: Dictionary): void {
  if (handle < FIRST_HANDLE) taken.free();
}
