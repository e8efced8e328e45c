// Options of compression and decompression, checked. The results are live bindings: nothing is allocated per packet.
import { integer_in, show } from './check.js';
import type { Format } from './zlib-format.js';

/** How {@link buffer_compress} works. */
export interface CompressOptions {
  /**
   * 0 stores, 1 is fastest, 6 the default, 9 as small as is still quick, 10 to 12 smallest: several times slower, for what is
   * compressed once and read often.
   */
  level?: number;
  /** Container: `zlib` (default; what GameMaker reads), `gzip`, or `raw` DEFLATE without a checksum. */
  format?: 'zlib' | 'gzip' | 'raw';
  /**
   * A buffer, or the handle of a prepared dictionary: bytes that the other end has too. Not with gzip. With one, packets of up to
   * 4 KB are searched from level 5 on as thoroughly as at level 9: they are to become small.
   */
  dictionary?: number;
}

/** How {@link buffer_decompress} works. */
export interface DecompressOptions {
  /** `auto` (default) tells zlib from gzip; `raw` must be asked for, because any bytes might be raw DEFLATE. */
  format?: 'auto' | 'zlib' | 'gzip' | 'raw';
  /** What it was compressed with: a buffer, or the handle of a prepared dictionary. */
  dictionary?: number;
  /** Most bytes that may come out; more is an error. Default 256 MiB. `Infinity`: no limit but memory, and none for a stream. */
  max_size?: number;
}

const DEFAULT_LEVEL = 6;
const MAX_LEVEL = 12;
const DEFAULT_MAX_SIZE = 256 * 1024 * 1024;

/** Of the last options read. Read them at once. */
export let level = DEFAULT_LEVEL;
export let format: Format = 'zlib';
/** A handle, or -1. */
export let dictionary = -1;
/** Which format to read. */
export let wanted: Format | 'auto' = 'auto';
export let max_size = DEFAULT_MAX_SIZE;

function check_object(options: unknown, call: string): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${call}: options must be an object, got ${show(options)}`);
}

function refuse_format(value: unknown, words: string, call: string): never {
  if (typeof value !== 'string')
    throw new TypeError(`${call}: format must be a string, got ${show(value)}`);
  throw new RangeError(`${call}: format must be ${words}, got ${show(value)}`);
}

function is_format(value: unknown): value is Format {
  return value === 'zlib' || value === 'raw' || value === 'gzip';
}

/** Checks options for compression: level, format, dictionary. @throws TypeError, RangeError */
export function read_compress_options(options: CompressOptions | undefined, call: string): void {
  let l: number | undefined;
  let f: Format | undefined;
  let d: number | undefined;
  if (options !== undefined) {
    check_object(options, call);
    // All of them before any of ours is set: a getter may compress something itself.
    ({ level: l, format: f, dictionary: d } = options);
  }
  level = DEFAULT_LEVEL;
  format = 'zlib';
  dictionary = -1;
  if (l !== undefined) {
    level =
      (l | 0) === l && l >= 0 && l <= MAX_LEVEL ? l : integer_in(l, 0, MAX_LEVEL, `${call}: level`);
  }
  if (f !== undefined) format = is_format(f) ? f : refuse_format(f, 'zlib, gzip or raw', call);
  if (d !== undefined) {
    dictionary = (d | 0) === d && d >= 0 ? d : integer_in(d, 0, 2 ** 31, `${call}: dictionary`);
    if (format === 'gzip') throw new RangeError(`${call}: gzip has no dictionaries`);
  }
}

/** Checks options for decompression: wanted, dictionary, max_size. @throws TypeError, RangeError */
export function read_decompress_options(
  options: DecompressOptions | undefined,
  call: string,
): void {
  let f: Format | 'auto' | undefined;
  let d: number | undefined;
  let m: number | undefined;
  if (options !== undefined) {
    check_object(options, call);
    ({ format: f, dictionary: d, max_size: m } = options);
  }
  wanted = 'auto';
  dictionary = -1;
  max_size = DEFAULT_MAX_SIZE;
  if (f !== undefined) {
    wanted = f === 'auto' || is_format(f) ? f : refuse_format(f, 'auto, zlib, gzip or raw', call);
  }
  if (d !== undefined) dictionary = integer_in(d, 0, 2 ** 31, `${call}: dictionary`);
  // A stream may make more than memory holds.
  if (m === Number.POSITIVE_INFINITY) max_size = Number.MAX_SAFE_INTEGER;
  else if (m !== undefined)
    max_size = integer_in(m, 0, Number.MAX_SAFE_INTEGER, `${call}: max_size`);
}
