// buffer_compress and buffer_decompress: whole buffers at once, with containers, checksums and dictionaries.
import { set_last_error } from './buffer-error.js';
import { copy_into_wrap, raise_used, set_size } from './buffer-room.js';
import { adopt, type Buf, lookup } from './buffer-table.js';
import { integer } from './check.js';
import {
  type CompressOptions,
  type DecompressOptions,
  dictionary,
  format,
  level,
  max_size,
  read_compress_options,
  read_decompress_options,
  wanted,
} from './compress-options.js';
import { with_range } from './compress-range.js';
import { buffer_error_out_of_space, buffer_grow, buffer_wrap } from './constants.js';
import {
  type Dictionary,
  is_prepared,
  ROOM_BYTES,
  return_dictionary,
  take_dictionary,
} from './deflate-dictionary.js';
import {
  compressed_bound,
  deflate_at,
  prepare_level,
  return_scratch,
  take_scratch,
} from './deflate-kernel.js';
import {
  FULL,
  INFLATE_SLACK,
  inflate_error_code,
  inflate_error_message,
  inflate_output,
  inflate_source,
  Sink,
  TOO_LARGE,
} from './inflate-kernel.js';
import {
  allocate,
  dv,
  ensure,
  kernel,
  MAX_BLOCK_BYTES,
  reallocate,
  release,
} from './wasm/memory.js';
import {
  check_trailer,
  first_checksum,
  is_gzip,
  MAX_HEADER,
  MAX_TRAILER,
  NO_DICTIONARY,
  next_checksum,
  read_header,
  trailer_bytes,
  write_header,
  write_trailer,
} from './zlib-format.js';

/** No room in the destination, as `buffer_error_out_of_space`. */
const NO_ROOM = buffer_error_out_of_space;

// Writes the whole stream of `n` bytes at `src` to `to`; gives its bytes. No closures here and below: they are objects.
function write_stream(src: number, n: number, to: number): number {
  if (dictionary >= 0) return write_with_dictionary(src, n, to);
  const p = to + write_header(format, to, level, NO_DICTIONARY);
  return write_trailer_of(src, n, p + deflate_at(src, n, p, level, 0)) - to;
}

function write_with_dictionary(src: number, n: number, to: number): number {
  const id = dictionary;
  const taken = take_dictionary(id, true);
  try {
    const p = to + write_header(format, to, level, format === 'zlib' ? taken.id : NO_DICTIONARY);
    const copy = taken.place_input(src, n);
    try {
      return write_trailer_of(src, n, p + deflate_at(copy, n, p, level, taken.prepared)) - to;
    } finally {
      taken.remove_input(copy);
    }
  } finally {
    return_dictionary(id, taken);
  }
}

// Writes the checksum of `n` bytes at `src` to `p`; gives the address behind it.
function write_trailer_of(src: number, n: number, p: number): number {
  const sum = next_checksum(format, src, n, first_checksum(format));
  return p + write_trailer(format, p, sum, n);
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
  return with_range(buffer, offset, size, 'buffer_compress', compress_new, 0, 0);
}

function compress_new(src: number, n: number): number {
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
}

// Makes a buffer of the first `bytes` bytes of a block.
function keep(block: number, bytes: number): number {
  const b = adopt(reallocate(block, bytes, bytes, 1), bytes, buffer_grow, 1);
  b.used = b.end;
  return b.id;
}

// Copies `n` bytes into a buffer at an offset; a grow buffer grows, a wrap buffer goes on at byte 0. Gives n, or NO_ROOM with
// nothing written.
function put_into(d: Buf, offset: number, from: number, n: number): number {
  if (d.kind === buffer_wrap) return put_into_wrap(d, offset, from, n);
  if (offset < 0) return NO_ROOM;
  if (offset + n > d.end - d.ptr) {
    if (d.kind !== buffer_grow) return NO_ROOM;
    set_size(d, offset + n);
  }
  kernel.move(d.ptr + offset, from, n);
  raise_used(d, offset + n);
  return n;
}

// More than a lap would overwrite what came first: such a result does not fit.
function put_into_wrap(d: Buf, offset: number, from: number, n: number): number {
  const size = d.end - d.ptr;
  if (n > size) return NO_ROOM;
  if (n === 0) return 0;
  const at = ((offset % size) + size) % size;
  copy_into_wrap(d, at, from, n);
  raise_used(d, Math.min(at + n, size));
  return n;
}

/**
 * {@link buffer_compress} into an existing buffer, which allocates nothing for packets. A grow destination grows as needed, in a
 * wrap buffer the result goes on at byte 0; no byte behind the result is touched. Source and destination may be the same buffer.
 *
 * @param offset in bytes, of the range that is compressed, cut as there
 * @param size in bytes, cut as there; below 0 is that of the buffer
 * @param dest_offset in bytes, where the result goes; a wrap buffer takes it modulo its size
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
  // First, because a getter of an option may delete a buffer.
  read_compress_options(options, 'buffer_compress_into');
  const d = lookup(dest);
  const at = integer(dest_offset, 'buffer_compress_into: dest_offset');
  return with_range(buffer, offset, size, 'buffer_compress_into', compress_into, d, at);
}

function compress_into(src: number, n: number, d: Buf, at: number): number {
  if (n === 0) return nothing_to_compress();
  prepare_level(level);
  const block = take_scratch(stream_bound(n));
  try {
    return put_into(d, at, block, write_stream(src, n, block));
  } finally {
    return_scratch(block);
  }
}

/** Input and output that `buffer_decompress_into` takes without allocating. */
const INTO_SOURCE_BYTES = 4096;
const INTO_BYTES = 32 * 1024;
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
  const most = Math.min(max_size, MAX_BLOCK_BYTES);
  return fail('too_large', `the data becomes more than max_size (${most} bytes)`, position);
}

// Decodes one stream with its container from [p, end) into the sink; gives the address behind it, or -1.
function read_stream(sink: Sink, src: number, p: number, end: number): number {
  const header = read_header(wanted, p, end);
  if ('code' in header) return fail(header.code, header.message, p + header.position - src);
  const before = sink.done;
  const body = p + header.bytes;
  let code: number;
  if (header.dictionary_id !== NO_DICTIONARY || (dictionary >= 0 && header.format === 'raw')) {
    if (dictionary < 0) {
      return fail('needs_dictionary', 'the data was compressed with a dictionary', p + 2 - src);
    }
    const id = dictionary;
    const taken = take_dictionary(id, false);
    try {
      const wrong = header.dictionary_id !== NO_DICTIONARY && taken.id !== header.dictionary_id;
      code = wrong ? WRONG_DICTIONARY : sink.decode_with(taken, body, end);
    } finally {
      return_dictionary(id, taken);
    }
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

// A first guess; the block grows when it was too small, and what was too much is given back. What is never written costs nothing,
// growing copies what is there: so messages get more than they mostly need.
function guess(n: number): number {
  return Math.min(n * (n <= LARGE_BYTES ? 8 : 4) + 64, 2 ** 30);
}

/** From here on a wrong guess of a multiple would take too much. */
const LARGE_BYTES = 256 * 1024;

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
  read_decompress_options(options, 'buffer_decompress');
  const b = lookup(buffer);
  ensure();
  const sink = new Sink(guess(b.end - b.ptr), max_size, 0);
  let good = false;
  try {
    good = read_all(sink, b.ptr, b.end);
  } finally {
    if (!good) sink.free();
  }
  // From here on the block is the buffer's, also when there is no handle for it.
  return good ? keep(sink.address, sink.done) : -1;
}

/**
 * {@link buffer_decompress} from a range (cut as in {@link buffer_compress}) into an existing buffer, which allocates nothing for
 * packets. A grow destination grows as needed, in a wrap buffer the result goes on at byte 0; no byte behind the result is
 * touched. Source and destination may be the same buffer.
 *
 * @param offset in bytes, of the compressed data
 * @param size in bytes; below 0 is that of the buffer
 * @param dest_offset in bytes, where the result goes; a wrap buffer takes it modulo its size
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
  read_decompress_options(options, 'buffer_decompress_into');
  const d = lookup(dest);
  const at = integer(dest_offset, 'buffer_decompress_into: dest_offset');
  return with_range(buffer, offset, size, 'buffer_decompress_into', decompress_into, d, at);
}

// Where decompress_packet left what it decoded, and whether it stopped for want of room.
let packet_at = 0;
let packet_full = false;

// A zlib packet, without any object on the way: gives its bytes, now at packet_at, or -1 when there is anything unusual about it,
// which is then for `read_all` to find out. Measured: 0.15 of 0.25 us for 16 bytes.
function decompress_packet(src: number, n: number, scratch: number): number {
  if (n < 8 || wanted === 'gzip' || wanted === 'raw') return -1;
  const header = dv.getUint16(src);
  if ((header & 0x8f00) !== 0x0800 || header % 31 !== 0) return -1;
  const end = src + n;
  if (header & 0x20) {
    return is_prepared(dictionary)
      ? decompress_packet_with(take_dictionary(dictionary, false), src, end)
      : -1;
  }
  packet_at = scratch;
  const code = kernel.inflate_once(src + 2, end, scratch, scratch + INTO_BYTES);
  packet_full = code === FULL;
  return code === 0 ? finish_packet(src, end) : -1;
}

// Decodes behind the dictionary, where the result stays until the next packet.
function decompress_packet_with(taken: Dictionary, src: number, end: number): number {
  if (dv.getInt32(src + 2) !== taken.id) return -1;
  const { room } = taken;
  packet_at = room;
  kernel.inflate_begin(src + 6, room);
  if (kernel.inflate_run(taken.start, room + ROOM_BYTES, end, 0) !== 0) return -1;
  return finish_packet(src, end);
}

function finish_packet(src: number, end: number): number {
  const done = inflate_output() - packet_at;
  const at = inflate_source();
  if (done > max_size || at + 4 > end) return -1;
  if (kernel.adler32(packet_at, done, 1) !== dv.getInt32(at)) return -1;
  consumed = at + 4 - src;
  return done;
}

function decompress_into(src: number, n: number, d: Buf, at: number): number {
  if (n > INTO_SOURCE_BYTES) return pour(new Sink(guess(n), max_size, 0), src, n, d, at);
  const scratch = take_scratch(INTO_BYTES + INFLATE_SLACK);
  packet_full = false;
  const bytes = decompress_packet(src, n, scratch);
  if (bytes >= 0) return put_into(d, at, packet_at, bytes);
  const sink = new Sink(INTO_BYTES, max_size, scratch);
  sink.begun = packet_full;
  try {
    return pour(sink, src, n, d, at);
  } finally {
    return_scratch(scratch);
  }
}

// Decodes into the sink, and from there into the buffer: what is written is checked.
function pour(sink: Sink, src: number, n: number, d: Buf, at: number): number {
  try {
    if (!read_all(sink, src, src + n)) return -1;
    return put_into(d, at, sink.address, sink.done);
  } finally {
    sink.free();
  }
}
