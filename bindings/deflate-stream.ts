// Compression piece by piece: files larger than one would hold in memory, and messages that must be readable as they are sent.
import { type Buf, lookup } from './buffer-table.js';
import {
  type CompressOptions,
  dictionary,
  format,
  level,
  read_compress_options,
} from './compress-options.js';
import { with_range } from './compress-range.js';
import { return_dictionary, take_dictionary, WINDOW_BYTES } from './deflate-dictionary.js';
import {
  compressed_bound,
  LEAST_COST_LEVEL,
  new_tables,
  return_scratch,
  type Tables,
  take_scratch,
} from './deflate-kernel.js';
import { append, reserve, StreamTable } from './stream-table.js';
import { allocate, kernel, release } from './wasm/memory.js';
import {
  type Format,
  first_checksum,
  MAX_HEADER,
  MAX_TRAILER,
  NO_DICTIONARY,
  next_checksum,
  write_header,
  write_trailer,
} from './zlib-format.js';

/** Bytes of the block that holds history and what waits to be compressed. */
const BLOCK_BYTES = 4 * WINDOW_BYTES;
/** History is moved to the front when less than this is free behind what came last. */
const MIN_FREE = 2 * WINDOW_BYTES;
/** Bits of the hash for chains: half as many heads as a whole file gets, in half the memory. */
const CHAIN_BITS = 15;
const TREE_BITS = 16;
/** Positions in the tables start here (see assembly/deflate/tables.ts), and start anew before they would wrap. */
const FIRST_POSITION = WINDOW_BYTES + 1;
const LAST_POSITION = 0xffff0000;

// What a piece ends with.
const END_NOTHING = 0;
const END_SYNC = 1;
const END_STREAM = 2;
/** Bytes of an empty stored block and the bits before it. */
const SYNC_BYTES = 16;

class DeflateStream {
  readonly #level: number;
  readonly #format: Format;
  readonly #bits: number;
  readonly #tables: Tables;
  readonly #block: number;
  #dictionary_id = NO_DICTIONARY;
  // Addresses in the block: how far the tables know it, where what waits starts, and ends.
  #entered: number;
  #from: number;
  #fill: number;
  /** Position of the block's first byte. */
  #position = FIRST_POSITION;
  /** Bits that the last piece left over. */
  #pending = 0;
  #checksum: number;
  #total = 0;
  #started = false;
  /** Whether the other end has all. */
  #flushed = false;
  /** Memory ran out when a part of a push was compressed already: nobody could tell where to go on. */
  #failed = false;

  constructor(level: number, format: Format, dictionary: number) {
    this.#level = level;
    this.#format = format;
    this.#bits = level >= LEAST_COST_LEVEL ? TREE_BITS : CHAIN_BITS;
    this.#checksum = first_checksum(format);
    this.#tables = new_tables(level, this.#bits);
    try {
      this.#block = allocate(BLOCK_BYTES, 64);
    } catch (error) {
      release(this.#tables.address);
      throw error;
    }
    this.#entered = this.#from = this.#fill = this.#block;
    if (dictionary < 0) return;
    try {
      const taken = take_dictionary(dictionary, false);
      kernel.move(this.#block, taken.start, taken.length);
      this.#from = this.#fill = this.#block + taken.length;
      if (format === 'zlib') this.#dictionary_id = taken.id;
      return_dictionary(dictionary, taken);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  free(): void {
    release(this.#block);
    release(this.#tables.address);
  }

  // Moves the last 32 KiB to the front, so that more can follow.
  #slide(): void {
    const delta = this.#fill - WINDOW_BYTES - this.#block;
    kernel.move(this.#block, this.#block + delta, WINDOW_BYTES);
    this.#position += delta;
    this.#entered -= delta;
    this.#from = this.#fill = this.#block + WINDOW_BYTES;
    if (this.#position < LAST_POSITION) return;
    // Once in 4 GiB: start with empty tables, which the next piece fills with the history.
    kernel.clear_tables(this.#tables.address, this.#tables.bytes);
    this.#position = FIRST_POSITION;
    this.#entered = this.#block;
  }

  // Compresses what waits and appends it to the destination; gives the bytes. When memory runs out nothing has changed.
  #emit(d: Buf, ending: number): number {
    const n = this.#fill - this.#from;
    const bound = compressed_bound(n) + MAX_HEADER + MAX_TRAILER + SYNC_BYTES;
    const scratch = take_scratch(bound);
    try {
      reserve(d, bound);
    } catch (error) {
      return_scratch(scratch);
      throw error;
    }
    let p = scratch;
    if (!this.#started) {
      p += write_header(this.#format, p, this.#level, this.#dictionary_id);
      this.#started = true;
    }
    p += kernel.deflate_piece(
      this.#tables.address,
      this.#bits,
      this.#entered,
      this.#from,
      this.#fill,
      this.#position - this.#block,
      p,
      this.#level,
      this.#pending,
      ending,
    );
    this.#pending = kernel.deflate_pending();
    this.#entered = kernel.deflate_entered(this.#entered, this.#fill);
    this.#checksum = next_checksum(this.#format, this.#from, n, this.#checksum);
    this.#total += n;
    if (ending === END_STREAM) p += write_trailer(this.#format, p, this.#checksum, this.#total);
    append(d, scratch, p - scratch);
    return_scratch(scratch);
    this.#from = this.#fill;
    if (this.#block + BLOCK_BYTES - this.#fill < MIN_FREE) this.#slide();
    return p - scratch;
  }

  #check(call: string): void {
    if (!this.#failed) return;
    throw new RangeError(
      `${call}: memory ran out in the middle of a push to this stream, which can only be deleted`,
    );
  }

  push(src: number, size: number, d: Buf): number {
    this.#check('deflate_push');
    const start = d.pos - d.ptr;
    const used = d.used - d.ptr;
    const end = src + size;
    let at = src;
    while (at < end) {
      const part = Math.min(end - at, this.#block + BLOCK_BYTES - this.#fill);
      kernel.move(this.#fill, at, part);
      this.#fill += part;
      if (this.#fill === this.#block + BLOCK_BYTES) {
        try {
          this.#emit(d, END_NOTHING);
        } catch (error) {
          this.#fill -= part;
          this.#failed = at > src;
          d.pos = d.ptr + start;
          d.used = d.ptr + used;
          throw error;
        }
      }
      this.#flushed = false;
      at += part;
    }
    return d.pos - d.ptr - start;
  }

  flush(d: Buf): number {
    this.#check('deflate_flush');
    if (this.#flushed) return 0;
    const written = this.#emit(d, END_SYNC);
    this.#flushed = true;
    return written;
  }

  finish(d: Buf): number {
    this.#check('deflate_finish');
    return this.#emit(d, END_STREAM);
  }
}

function push(src: number, n: number, s: DeflateStream, d: Buf): number {
  return s.push(src, n, d);
}

const streams = new StreamTable<DeflateStream>('deflate');

/**
 * Starts to compress a stream. Takes about 0.4 MB (1 MB from level 10) until it is finished or deleted.
 *
 * @param options as for {@link buffer_compress}. The dictionary may be changed or deleted at once
 * @returns handle for {@link deflate_push}, {@link deflate_flush} and {@link deflate_finish}
 * @throws TypeError wrong kind of option; RangeError a nonsense value, no such dictionary, or memory is exhausted
 */
export function deflate_create(options?: CompressOptions): number {
  read_compress_options(options, 'deflate_create');
  return streams.add(new DeflateStream(level, format, dictionary));
}

/**
 * Takes the next bytes of a stream; what is ready by now is written to `dest` from its position on, which moves behind it. The
 * alignment of `dest` does not count: a stream has no gaps. The output does not depend on how the input is cut into pieces.
 *
 * @param offset @param size the range, cut to the buffer as in {@link buffer_compress}
 * @param dest a grow buffer, other than `buffer`
 * @returns bytes written to `dest`, often 0
 * @throws TypeError wrong kind of argument; RangeError no such stream or buffer, `dest` is no grow buffer, or memory is exhausted.
 *   Position and used size of `dest` are as before then, and so is the stream, which may be pushed the same again; but where memory
 *   ran out in the middle of a push of more than 96 KiB, every later call with the stream throws, except {@link deflate_delete}
 */
export function deflate_push(
  stream: number,
  buffer: number,
  offset: number,
  size: number,
  dest: number,
): number {
  const s = streams.find(stream);
  const d = lookup(dest);
  reserve(d, 0);
  if (buffer === dest) throw new RangeError('deflate_push: source and destination are one buffer');
  return with_range(buffer, offset, size, 'deflate_push', push, s, d);
}

/**
 * Writes everything taken so far to `dest` so that the other end can read all of it at once (Z_SYNC_FLUSH): one call behind
 * each message. A second call in a row writes nothing.
 *
 * @returns bytes written to `dest`
 * @throws as {@link deflate_push}
 */
export function deflate_flush(stream: number, dest: number): number {
  return streams.find(stream).flush(lookup(dest));
}

/**
 * Writes the rest and the checksum to `dest` and ends the stream: its handle is dead from now on.
 *
 * @returns bytes written to `dest`
 * @throws as {@link deflate_push}; the stream lives on then
 */
export function deflate_finish(stream: number, dest: number): number {
  const s = streams.find(stream);
  const written = s.finish(lookup(dest));
  streams.remove(stream).free();
  return written;
}

/** Gives up a stream that is not finished. @throws RangeError no such stream */
export function deflate_delete(stream: number): void {
  streams.remove(stream).free();
}
