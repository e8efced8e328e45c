// Decompression piece by piece, in any cut: one byte at a time, or a message at a time.
import { fail, set_consumed } from './buffer-compress.js';
import { type Buf, lookup } from './buffer-table.js';
import {
  type DecompressOptions,
  dictionary,
  max_size,
  read_decompress_options,
  wanted,
} from './compress-options.js';
import { with_range } from './compress-range.js';
import { return_dictionary, take_dictionary, WINDOW_BYTES } from './deflate-dictionary.js';
import {
  INFLATE_SLACK,
  INFLATE_STATE_BYTES,
  inflate_error_code,
  inflate_error_message,
  inflate_output,
  inflate_source,
  set_inflate_output,
} from './inflate-kernel.js';
import { append, reserve, StreamTable } from './stream-table.js';
import { allocate, ensure, kernel, release, u8 } from './wasm/memory.js';
import {
  check_trailer,
  type Format,
  first_checksum,
  is_gzip,
  NO_DICTIONARY,
  next_checksum,
  read_header,
  trailer_bytes,
} from './zlib-format.js';

/** Output that fits behind the history before it is handed on. */
const ROOM_BYTES = 65536;
/** Once less than this is left, the history moves to the front. */
const MIN_FREE = 32768;
/** Longest header: a gzip file name without end must not fill memory. */
const MAX_HEADER_BYTES = 131072;

// Results of the kernel.
const FULL = -2;

type Stage = 'header' | 'body' | 'trailer' | 'ended' | 'failed';

/** A stream being decompressed, without a handle. */
export class InflateStream {
  readonly #wanted: Format | 'auto';
  readonly #max_size: number;
  /** State of the kernel, 32 KiB of history, room. */
  readonly #block: number;
  readonly #window: number;
  /** Lowest address with history, and where the next byte of output goes. */
  #history: number;
  #fill: number;
  /** What waits before `#fill` for a header that asks for it; no bytes: there is none. */
  #dictionary_bytes = 0;
  #dictionary_id = NO_DICTIONARY;
  #stage: Stage = 'header';
  #format: Format = 'raw';
  #checksum = 0;
  #member_size = 0;
  #total = 0;
  /** Input bytes before what is being read, for error positions. */
  #before = 0;
  // Input that could not be used yet: a header or a trailer that is not whole.
  #carry = 0;
  #carry_bytes = 0;
  /** Something else has followed the end: whatever comes now is not ours. */
  #closed = false;

  constructor(wanted: Format | 'auto', dictionary: number, max_size: number) {
    this.#wanted = wanted;
    this.#max_size = max_size;
    this.#block = allocate(INFLATE_STATE_BYTES + WINDOW_BYTES + ROOM_BYTES + INFLATE_SLACK, 64);
    this.#window = this.#block + INFLATE_STATE_BYTES;
    this.#history = this.#fill = this.#window + WINDOW_BYTES;
    if (dictionary < 0) return;
    try {
      // Now, as in compression: what happens to it afterwards changes no stream.
      const taken = take_dictionary(dictionary, false);
      this.#dictionary_bytes = taken.length;
      this.#dictionary_id = taken.id;
      kernel.move(this.#fill - taken.length, taken.start, taken.length);
      return_dictionary(dictionary, taken);
    } catch (error) {
      release(this.#block);
      throw error;
    }
  }

  get ended(): boolean {
    return this.#stage === 'ended';
  }

  free(): void {
    if (this.#carry_bytes > 0) release(this.#carry);
    release(this.#block);
  }

  #fail(code: string, message: string, position: number): number {
    this.#stage = 'failed';
    return fail(code, message, this.#before + position);
  }

  // Hands the output from `from` on to the destination.
  #deliver(d: Buf, from: number): void {
    const n = this.#fill - from;
    this.#checksum = next_checksum(this.#format, from, n, this.#checksum);
    this.#member_size += n;
    this.#total += n;
    append(d, from, n);
    if (this.#window + WINDOW_BYTES + ROOM_BYTES - this.#fill >= MIN_FREE) return;
    const delta = this.#fill - WINDOW_BYTES - this.#window;
    kernel.move(this.#window, this.#window + delta, WINDOW_BYTES);
    this.#fill -= delta;
    this.#history = Math.max(this.#window, this.#history - delta);
  }

  #read_header(p: number, src: number, end: number): number {
    const header = read_header(this.#wanted, p, end);
    if ('code' in header) {
      if (header.code === 'truncated' && end - p < MAX_HEADER_BYTES) return p;
      if (header.code === 'truncated')
        return this.#fail('bad_header', 'the gzip header does not end', p - src);
      return this.#fail(header.code, header.message, p + header.position - src);
    }
    const id = header.dictionary_id;
    this.#history = this.#fill;
    if (id !== NO_DICTIONARY || header.format === 'raw') {
      if (id !== NO_DICTIONARY && this.#dictionary_bytes === 0)
        return this.#fail(
          'needs_dictionary',
          'the data was compressed with a dictionary',
          p + 2 - src,
        );
      if (id !== NO_DICTIONARY && id !== this.#dictionary_id)
        return this.#fail(
          'wrong_dictionary',
          'the data was compressed with another dictionary',
          p + 2 - src,
        );
      this.#history -= this.#dictionary_bytes;
    }
    this.#format = header.format;
    this.#checksum = first_checksum(header.format);
    this.#member_size = 0;
    this.#stage = 'body';
    kernel.inflate_begin(p + header.bytes, this.#fill);
    kernel.inflate_save(this.#block);
    return p + header.bytes;
  }

  #read_body(p: number, src: number, end: number, d: Buf): number {
    kernel.inflate_restore(this.#block, p, this.#fill);
    for (;;) {
      const from = this.#fill;
      const allowed = this.#max_size - this.#total;
      const limit = Math.min(this.#window + WINDOW_BYTES + ROOM_BYTES, from + allowed);
      const code = kernel.inflate_run(this.#history, limit, end, 1);
      const n = inflate_output() - from;
      const at = inflate_source();
      // The room may end where the allowance does not, and the output pass it.
      if (n > allowed || (code === FULL && limit === from + allowed)) {
        return this.#fail(
          'too_large',
          `the data becomes more than max_size (${this.#max_size} bytes)`,
          Math.min(at, end) - src,
        );
      }
      if (code < FULL)
        return this.#fail(inflate_error_code(code), inflate_error_message(code), at - src);
      this.#fill = from + n;
      this.#deliver(d, from);
      set_inflate_output(this.#fill);
      if (code === FULL) continue;
      if (code === 0) this.#stage = 'trailer';
      else kernel.inflate_save(this.#block);
      return at;
    }
  }

  #read_trailer(p: number, src: number, end: number): number {
    const bytes = trailer_bytes(this.#format);
    if (end - p < bytes) return p;
    const wrong = check_trailer(this.#format, p, this.#checksum, this.#member_size);
    if (wrong) return this.#fail('bad_checksum', wrong.message, p + wrong.position - src);
    this.#stage = 'ended';
    return p + bytes;
  }

  // Reads [src, end); gives the address of the first byte it could not use yet, or -1.
  #read(src: number, end: number, d: Buf): number {
    let p = src;
    for (;;) {
      const stage = this.#stage;
      const before = p;
      if (stage === 'header') p = this.#read_header(p, src, end);
      else if (stage === 'body') p = this.#read_body(p, src, end, d);
      else if (stage === 'trailer') p = this.#read_trailer(p, src, end);
      else if (stage === 'ended' && this.#format === 'gzip' && is_gzip(p, end)) {
        this.#stage = 'header';
      } else return p;
      if (p < 0) return -1;
      if (this.#stage === stage && (p === before || stage === 'body')) return p;
    }
  }

  // Whether what follows the end is the first byte of a gzip member whose second one has not come.
  #may_be_member(at: number, end: number): boolean {
    return this.#format === 'gzip' && end - at === 1 && u8[at] === 0x1f;
  }

  /** As {@link inflate_push}, from an address. */
  push(src: number, size: number, d: Buf): number {
    if (this.#stage === 'failed') return -1;
    if (this.#closed) return 0;
    const start = d.pos - d.ptr;
    const used = d.used - d.ptr;
    let from = src;
    let n = size;
    const carried = this.#carry_bytes;
    const joined = carried > 0 ? allocate(carried + size, 16) : 0;
    if (joined !== 0) {
      kernel.move(joined, this.#carry, carried);
      kernel.move(joined + carried, src, size);
      from = joined;
      n = carried + size;
      release(this.#carry);
      this.#carry_bytes = 0;
    }
    try {
      const at = this.#read(from, from + n, d);
      if (at < 0) {
        d.pos = d.ptr + start;
        d.used = d.ptr + used;
        return -1;
      }
      this.#before += at - from;
      const ended = this.#stage === 'ended';
      if (ended) set_consumed(this.#before);
      if (at === from + n) return d.pos - d.ptr - start;
      if (ended && !this.#may_be_member(at, from + n)) {
        this.#closed = true;
      } else {
        this.#carry_bytes = from + n - at;
        this.#carry = allocate(this.#carry_bytes, 16);
        kernel.move(this.#carry, at, this.#carry_bytes);
      }
    } catch (error) {
      this.#stage = 'failed';
      d.pos = d.ptr + start;
      d.used = d.ptr + used;
      throw error;
    } finally {
      if (joined !== 0) release(joined);
    }
    return d.pos - d.ptr - start;
  }
}

function push(src: number, n: number, s: InflateStream, d: Buf): number {
  return s.push(src, n, d);
}

const streams = new StreamTable<InflateStream>('inflate');

/**
 * Starts to decompress a stream. Takes about 100 KB until it is deleted.
 *
 * @param options as for {@link buffer_decompress}; `max_size` counts over the whole stream. The dictionary may be changed or
 *   deleted at once
 * @returns handle for {@link inflate_push}
 * @throws TypeError wrong kind of option; RangeError a nonsense value, no such dictionary, or memory is exhausted
 */
export function inflate_create(options?: DecompressOptions): number {
  ensure();
  read_decompress_options(options, 'inflate_create');
  return streams.add(new InflateStream(wanted, dictionary, max_size));
}

/**
 * Takes the next bytes of a stream, in any cut, and writes what they make to `dest` from its position on, which moves behind it. The
 * alignment of `dest` does not count: what one call writes continues what the one before wrote, without a gap.
 * After a flush of the other end everything sent before it comes out. When {@link inflate_ended}, further bytes are ignored,
 * and {@link buffer_last_consumed} tells how many bytes of all that were pushed the stream took.
 *
 * @param offset @param size the range, cut to the buffer as in {@link buffer_compress}
 * @param dest a grow buffer, other than `buffer`
 * @returns bytes written to `dest`, or -1 for bad data (`buffer_last_error()`; its position counts from the stream's start): `dest`
 *   is as before then, and so is every further call
 * @throws TypeError wrong kind of argument; RangeError no such stream or buffer, `dest` is no grow buffer or is `buffer`, or
 *   memory is exhausted
 */
export function inflate_push(
  stream: number,
  buffer: number,
  offset: number,
  size: number,
  dest: number,
): number {
  const s = streams.find(stream);
  const d = lookup(dest);
  reserve(d, 0);
  if (buffer === dest) throw new RangeError('inflate_push: source and destination are one buffer');
  return with_range(buffer, offset, size, 'inflate_push', push, s, d);
}

/** Whether the stream has come to its end, checksum verified. @throws RangeError no such stream */
export function inflate_ended(stream: number): boolean {
  return streams.find(stream).ended;
}

/** Frees a stream; its handle is dead from now on. @throws RangeError no such stream */
export function inflate_delete(stream: number): void {
  streams.remove(stream).free();
}
