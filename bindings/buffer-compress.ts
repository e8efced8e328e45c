// buffer_compress and buffer_decompress: whole buffers at once, with containers, checksums and dictionaries.
import { set_last_error } from './buffer-error.js';
import { copy_from_wrap, raise_used, set_size } from './buffer-room.js';
import { adopt, type Buf, lookup } from './buffer-table.js';
import { integer, integer_in, show } from './check.js';
import { buffer_error_out_of_space, buffer_grow, buffer_wrap } from './constants.js';
import { with_dictionary } from './deflate-dictionary.js';
import {
  compressed_bound,
  deflate_at,
  prepare_level,
  return_scratch,
  take_scratch,
} from './deflate-kernel.js';
import {
  INFLATE_SLACK,
  inflate_error_code,
  inflate_error_message,
  inflate_source,
  Sink,
  TOO_LARGE,
} from './inflate-kernel.js';
import { allocate, ensure, kernel, MAX_BLOCK_BYTES, reallocate, release } from './wasm/memory.js';
import {
  check_trailer,
  type Format,
  first_checksum,
  is_gzip,
  MAX_HEADER,
  MAX_TRAILER,
  next_checksum,
  read_header,
  trailer_bytes,
  write_header,
  write_trailer,
} from './zlib-format.js';

/** How {@link buffer_compress} works. */
export interface CompressOptions {
  /**
   * 0 stores, 1 is fastest, 6 the default, 9 as small as is still quick, 10 to 12 smallest: several times slower, for what is
   * compressed once and read often.
   */
  level?: number;
  /** Container: `zlib` (default; what GameMaker reads), `gzip`, or `raw` DEFLATE without a checksum. */
  format?: 'zlib' | 'gzip' | 'raw';
  /** A buffer, or the handle of a prepared dictionary: bytes that the other end has too. Not with gzip. */
  dictionary?: number;
}

/** How {@link buffer_decompress} works. */
export interface DecompressOptions {
  /** `auto` (default) tells zlib from gzip; `raw` must be asked for, because any bytes might be raw DEFLATE. */
  format?: 'auto' | 'zlib' | 'gzip' | 'raw';
  /** What it was compressed with: a buffer, or the handle of a prepared dictionary. */
  dictionary?: number;
  /** Most bytes that may come out; more is an error. Default 256 MiB. */
  max_size?: number;
}

const DEFAULT_LEVEL = 6;
const DEFAULT_MAX_SIZE = 256 * 1024 * 1024;
/** No room in the destination, as `buffer_error_out_of_space`. */
const NO_ROOM = buffer_error_out_of_space;

// The options of the call at hand, checked.
let level = DEFAULT_LEVEL;
let format: Format = 'zlib';
let wanted: Format | 'auto' = 'auto';
let dictionary = -1;
let max_size = DEFAULT_MAX_SIZE;

function check_options(options: unknown, call: string): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${call}: options must be an object, got ${show(options)}`);
}

/** One of the allowed words, or an error. */
export function one_of<T extends string>(value: unknown, words: readonly T[], what: string): T {
  if (typeof value !== 'string')
    throw new TypeError(`${what} must be a string, got ${show(value)}`);
  if (!words.includes(value as T))
    throw new RangeError(`${what} must be ${words.join(', ')}, got ${show(value)}`);
  return value as T;
}

/** A cap in bytes, `Infinity` included. */
export function byte_limit(value: unknown, what: string): number {
  if (value === undefined) return DEFAULT_MAX_SIZE;
  if (value === Number.POSITIVE_INFINITY) return MAX_BLOCK_BYTES;
  return Math.min(integer_in(value, 0, Number.MAX_SAFE_INTEGER, what), MAX_BLOCK_BYTES);
}

const FORMATS = ['zlib', 'gzip', 'raw'] as const;
const FORMATS_AND_AUTO = ['auto', ...FORMATS] as const;

/** Checks options for compression; what is not given has its default. */
export function read_compress_options(
  options: CompressOptions | undefined,
  call: string,
): { level: number; format: Format; dictionary: number } {
  level = DEFAULT_LEVEL;
  format = 'zlib';
  dictionary = -1;
  if (options !== undefined) {
    check_options(options, call);
    if (options.level !== undefined) level = integer_in(options.level, 0, 12, `${call}: level`);
    if (options.format !== undefined) format = one_of(options.format, FORMATS, `${call}: format`);
    if (options.dictionary !== undefined) {
      dictionary = integer(options.dictionary, `${call}: dictionary`);
      if (format === 'gzip') throw new RangeError(`${call}: gzip has no dictionaries`);
    }
  }
  return { level, format, dictionary };
}

/** Checks options for decompression; what is not given has its default. */
export function read_decompress_options(
  options: DecompressOptions | undefined,
  call: string,
): { format: Format | 'auto'; dictionary: number; max_size: number } {
  wanted = 'auto';
  dictionary = -1;
  max_size = DEFAULT_MAX_SIZE;
  if (options !== undefined) {
    check_options(options, call);
    if (options.format !== undefined)
      wanted = one_of(options.format, FORMATS_AND_AUTO, `${call}: format`);
    if (options.dictionary !== undefined)
      dictionary = integer(options.dictionary, `${call}: dictionary`);
    max_size = byte_limit(options.max_size, `${call}: max_size`);
  }
  return { format: wanted, dictionary, max_size };
}

// The source range of the call at hand. Rules of gamemaker-style ranges: a size below 0 is that of the buffer, offsets are
// brought inside (past the end: the last byte), a wrap buffer goes on at byte 0.
let range_offset = 0;
let range_size = 0;

function clamp(b: Buf, offset: number, size: number, call: string): void {
  const total = b.end - b.ptr;
  const from = integer(offset, `${call}: offset`);
  const asked = integer(size, `${call}: size`);
  range_size = asked < 0 ? total : Math.min(asked, total);
  range_offset = 0;
  if (total === 0) return;
  if (b.kind === buffer_wrap) {
    range_offset = ((from % total) + total) % total;
  } else {
    range_offset = Math.min(Math.max(from, 0), total - 1);
    range_size = Math.min(range_size, total - range_offset);
  }
}

/** Runs `use` with the bytes of a range (see buffer_compress) in one piece: in place, or gathered from a wrap buffer. */
export function with_range<T>(
  buffer: number,
  offset: number,
  size: number,
  call: string,
  use: (address: number, size: number) => T,
): T {
  const b = lookup(buffer);
  clamp(b, offset, size, call);
  const n = range_size;
  if (b.ptr + range_offset + n <= b.end) return use(b.ptr + range_offset, n);
  const from = range_offset;
  const block = allocate(n, 16);
  try {
    copy_from_wrap(b, from, block, n);
    return use(block, n);
  } finally {
    release(block);
  }
}

// Writes the whole stream of `n` bytes at `src` to `to`; gives its bytes.
function write_stream(src: number, n: number, to: number): number {
  if (dictionary < 0) {
    let p = to + write_header(format, to, level, -1);
    p += deflate_at(src, n, p, level, 0);
    const sum = next_checksum(format, src, n, first_checksum(format));
    return p + write_trailer(format, p, sum, n) - to;
  }
  const id = dictionary;
  return with_dictionary(id, true, (prepared) =>
    prepared.with_input(src, n, (copy, address) => {
      let p = to + write_header(format, to, level, format === 'zlib' ? prepared.id : -1);
      p += deflate_at(copy, n, p, level, address);
      const sum = next_checksum(format, src, n, first_checksum(format));
      return p + write_trailer(format, p, sum, n) - to;
    }),
  );
}

function stream_bound(n: number): number {
  return compressed_bound(n) + MAX_HEADER + MAX_TRAILER;
}

function nothing_to_compress(): number {
  set_last_error('empty', 'there are no bytes to compress', 0);
  return -1;
}

/**
 * Compresses bytes of a buffer into a new grow buffer (alignment 1, position 0). By default a zlib stream, which GameMaker,
 * `node:zlib`, `DecompressionStream` and every other zlib reads. The same input, options and dictionary give the same bytes
 * on every host.
 *
 * The range is cut to the buffer: a size below 0 is that of the buffer, an offset below 0 is 0, one past the end the last byte;
 * a wrap buffer goes on at byte 0.
 *
 * @param options level 0 to 12 (default 6), format, dictionary
 * @returns handle of the new buffer, or -1 for an empty range (as in GameMaker; `buffer_last_error()` says so)
 * @throws TypeError wrong kind of argument; RangeError a nonsense value, a deleted buffer, or memory is exhausted
 */
export function buffer_compress(
  buffer: number,
  offset: number,
  size: number,
  options?: CompressOptions,
): number {
  read_compress_options(options, 'buffer_compress');
  return with_range(buffer, offset, size, 'buffer_compress', (src, n) => {
    if (n === 0) return nothing_to_compress();
    prepare_level(level);
    const block = allocate(stream_bound(n), 1);
    let bytes: number;
    try {
      bytes = write_stream(src, n, block);
    } catch (error) {
      release(block);
      throw error;
    }
    return keep(block, bytes);
  });
}

// Makes a buffer of the first `bytes` bytes of a block.
function keep(block: number, bytes: number): number {
  const b = adopt(reallocate(block, bytes, bytes, 1), bytes, buffer_grow, 1);
  b.used = b.end;
  return b.id;
}

// Copies `n` bytes into a buffer at an offset; a grow buffer grows. Gives n, or NO_ROOM with nothing written.
function put_into(d: Buf, offset: number, from: number, n: number): number {
  if (offset < 0) return NO_ROOM;
  if (offset + n > d.end - d.ptr) {
    if (d.kind !== buffer_grow) return NO_ROOM;
    set_size(d, offset + n);
  }
  kernel.move(d.ptr + offset, from, n);
  raise_used(d, offset + n);
  return n;
}

/**
 * {@link buffer_compress} into an existing buffer, which allocates nothing for packets. A grow destination grows as needed; no
 * byte behind the result is touched. Source and destination may be the same buffer.
 *
 * @returns bytes written, -1 for an empty range, or `buffer_error_out_of_space` (-2) when the result does not fit
 * @throws TypeError wrong kind of argument; RangeError a nonsense value, a deleted buffer, or memory is exhausted
 */
export function buffer_compress_into(
  buffer: number,
  offset: number,
  size: number,
  dest: number,
  dest_offset: number,
  options?: CompressOptions,
): number {
  const d = lookup(dest);
  const at = integer(dest_offset, 'buffer_compress_into: dest_offset');
  read_compress_options(options, 'buffer_compress_into');
  return with_range(buffer, offset, size, 'buffer_compress_into', (src, n) => {
    if (n === 0) return nothing_to_compress();
    prepare_level(level);
    const block = take_scratch(stream_bound(n));
    try {
      return put_into(d, at, block, write_stream(src, n, block));
    } finally {
      return_scratch(block);
    }
  });
}

// Result beside those of the sink.
const WRONG_DICTIONARY = -101;

let consumed = 0;

/**
 * How many bytes of its input the last successful {@link buffer_decompress} or {@link buffer_decompress_into} took: what
 * follows (padding, another message) starts there.
 */
export function buffer_last_consumed(): number {
  return consumed;
}

/** For streams: sets what {@link buffer_last_consumed} gives. */
export function set_consumed(bytes: number): void {
  consumed = bytes;
}

/** Remembers why, and gives -1. */
export function fail(code: string, message: string, position: number): number {
  set_last_error(code, message, position);
  return -1;
}

function fail_too_large(position: number): number {
  return fail('too_large', `the data becomes more than max_size (${max_size} bytes)`, position);
}

// Decodes one stream with its container from [p, end) into the sink; gives the address behind it, or -1.
function read_stream(sink: Sink, src: number, p: number, end: number): number {
  const header = read_header(wanted, p, end);
  if ('code' in header) return fail(header.code, header.message, p + header.position - src);
  const before = sink.done;
  const body = p + header.bytes;
  let code: number;
  if (header.dictionary_id >= 0 || (dictionary >= 0 && header.format === 'raw')) {
    if (dictionary < 0) {
      return fail('needs_dictionary', 'the data was compressed with a dictionary', p + 2 - src);
    }
    const id = dictionary;
    code = with_dictionary(id, false, (given) =>
      header.dictionary_id >= 0 && given.id !== header.dictionary_id
        ? WRONG_DICTIONARY
        : sink.decode_with(given, body, end),
    );
    if (code === WRONG_DICTIONARY)
      return fail(
        'wrong_dictionary',
        'the data was compressed with another dictionary',
        p + 2 - src,
      );
  } else {
    code = sink.decode(body, end);
  }
  const at = inflate_source();
  if (code === TOO_LARGE) return fail_too_large(Math.min(at, end) - src);
  if (code < 0) return fail(inflate_error_code(code), inflate_error_message(code), at - src);
  const tail = trailer_bytes(header.format);
  if (end - at < tail) return fail('truncated', 'the checksum is cut off', end - src);
  const n = sink.done - before;
  const sum = next_checksum(header.format, sink.address + before, n, first_checksum(header.format));
  const wrong = check_trailer(header.format, at, sum, n);
  if (wrong) return fail('bad_checksum', wrong.message, at + wrong.position - src);
  return at + tail;
}

// Decodes all of [src, end) into the sink: one stream, or the members of a gzip file. False after an error.
function read_all(sink: Sink, src: number, end: number): boolean {
  let p = src;
  const gzip = wanted !== 'zlib' && wanted !== 'raw' && is_gzip(src, end);
  do {
    p = read_stream(sink, src, p, end);
    if (p < 0) return false;
  } while (gzip && is_gzip(p, end));
  consumed = p - src;
  return true;
}

// A first guess; the block grows when it was too small, and what was too much is given back.
function guess(n: number): number {
  return Math.min(n * 4 + 64, 2 ** 30);
}

/**
 * Decompresses a whole buffer into a new grow buffer (alignment 1, position 0). Takes zlib and gzip (also of several members),
 * and raw DEFLATE on request; verifies the checksum. Bytes behind the stream are ignored: {@link buffer_last_consumed} says
 * where they start.
 *
 * @param options format, dictionary, `max_size` (default 256 MiB)
 * @returns handle of the new buffer, or -1 for bad data: {@link buffer_last_error} says what is wrong and where
 * @throws TypeError wrong kind of argument; RangeError a nonsense value, a deleted buffer, or memory is exhausted
 */
export function buffer_decompress(buffer: number, options?: DecompressOptions): number {
  const b = lookup(buffer);
  read_decompress_options(options, 'buffer_decompress');
  ensure();
  const sink = new Sink(guess(b.end - b.ptr), max_size, 0);
  try {
    if (read_all(sink, b.ptr, b.end)) return keep(sink.address, sink.done);
  } catch (error) {
    sink.free();
    throw error;
  }
  sink.free();
  return -1;
}

/**
 * {@link buffer_decompress} from a range (cut as in {@link buffer_compress}) into an existing buffer, which allocates nothing for
 * packets. A grow destination grows as needed; no byte behind the result is touched. Source and destination may be the same
 * buffer.
 *
 * @returns bytes written, -1 for bad data, or `buffer_error_out_of_space` (-2) when the result does not fit
 * @throws TypeError wrong kind of argument; RangeError a nonsense value, a deleted buffer, or memory is exhausted
 */
export function buffer_decompress_into(
  buffer: number,
  offset: number,
  size: number,
  dest: number,
  dest_offset: number,
  options?: DecompressOptions,
): number {
  const d = lookup(dest);
  const at = integer(dest_offset, 'buffer_decompress_into: dest_offset');
  read_decompress_options(options, 'buffer_decompress_into');
  return with_range(buffer, offset, size, 'buffer_decompress_into', (src, n) => {
    const capacity = 32 * 1024;
    const scratch = take_scratch(capacity + INFLATE_SLACK);
    const sink = new Sink(capacity, max_size, scratch);
    try {
      if (!read_all(sink, src, src + n)) return -1;
      return put_into(d, at, sink.address, sink.done);
    } finally {
      sink.free();
      return_scratch(scratch);
    }
  });
}
