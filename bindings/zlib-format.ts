// What stands around a DEFLATE stream: the headers and trailers of zlib (RFC 1950) and gzip (RFC 1952).
import { dv, kernel, u8 } from './wasm/memory.js';

export type Format = 'zlib' | 'gzip' | 'raw';

/** Most bytes that a header of ours takes (gzip), and a trailer. */
export const MAX_HEADER = 10;
export const MAX_TRAILER = 8;

const FDICT = 0x20;
/** In place of the Adler-32 of a dictionary (a signed number, like all checksums here): there is none. */
export const NO_DICTIONARY = 2 ** 32;

/** Writes the header of a stream at `to`; gives its bytes. `dictionary_id` is the Adler-32 of a dictionary, or NO_DICTIONARY. */
export function write_header(
  format: Format,
  to: number,
  level: number,
  dictionary_id: number,
): number {
  if (format === 'raw') return 0;
  if (format === 'gzip') {
    // Magic, DEFLATE, no flags, no time; XFL says fastest or smallest; system unknown: the same bytes on every host.
    dv.setUint32(to, 0x00088b1f, true);
    dv.setUint32(to + 4, 0, true);
    dv.setUint8(to + 8, level >= 9 ? 2 : level === 1 ? 4 : 0);
    dv.setUint8(to + 9, 255);
    return 10;
  }
  // FLEVEL as zlib writes it, then FCHECK.
  const flevel = level < 2 ? 0 : level < 6 ? 1 : level === 6 ? 2 : 3;
  const flags = (flevel << 6) | (dictionary_id === NO_DICTIONARY ? 0 : FDICT);
  dv.setUint8(to, 0x78);
  dv.setUint8(to + 1, flags | (31 - ((0x7800 + flags) % 31)));
  if (dictionary_id === NO_DICTIONARY) return 2;
  dv.setInt32(to + 2, dictionary_id);
  return 6;
}

/** Checksum of a format before any byte. */
export function first_checksum(format: Format): number {
  return format === 'zlib' ? 1 : 0;
}

/** Checksum of a format over `n` more bytes. A signed number: an unsigned one may be an object for the engine. */
export function next_checksum(format: Format, address: number, n: number, before: number): number {
  if (format === 'zlib') return kernel.adler32(address, n, before) | 0;
  return format === 'gzip' ? kernel.crc32(address, n, before) | 0 : 0;
}

/** Writes the trailer of a stream at `to`; gives its bytes. `size`: bytes that were compressed. */
export function write_trailer(format: Format, to: number, checksum: number, size: number): number {
  if (format === 'raw') return 0;
  if (format === 'zlib') {
    dv.setInt32(to, checksum);
    return 4;
  }
  dv.setInt32(to, checksum, true);
  dv.setUint32(to + 4, size % 2 ** 32, true);
  return 8;
}

/** Bytes of the trailer of a format. */
export function trailer_bytes(format: Format): number {
  if (format === 'raw') return 0;
  return format === 'zlib' ? 4 : 8;
}

/** What is wrong with the trailer at `at` (which is whole), given what came out; `position` counts from its start. */
export function check_trailer(
  format: Format,
  at: number,
  checksum: number,
  size: number,
): { message: string; position: number } | undefined {
  if (format === 'raw') return undefined;
  if (dv.getInt32(at, format === 'gzip') !== checksum) {
    const name = format === 'zlib' ? 'Adler-32' : 'CRC-32';
    return { message: `the ${name} does not match the data`, position: 0 };
  }
  if (format === 'gzip' && dv.getUint32(at + 4, true) !== size % 2 ** 32) {
    return { message: 'the length (ISIZE) does not match the data', position: 4 };
  }
  return undefined;
}

/** What {@link read_header} found. */
export interface Header {
  format: Format;
  /** Bytes of the header. */
  bytes: number;
  /** DICTID of zlib, or NO_DICTIONARY. */
  dictionary_id: number;
}

/** Why a header is not one; `position` counts from its start. */
export interface HeaderError {
  code: 'bad_header' | 'truncated';
  message: string;
  position: number;
}

const truncated = (position: number, what: string): HeaderError => ({
  code: 'truncated',
  message: `the ${what} is cut off`,
  position,
});

const bad = (position: number, message: string): HeaderError => ({
  code: 'bad_header',
  message,
  position,
});

function read_zlib_header(at: number, end: number): Header | HeaderError {
  if (end - at < 2) return truncated(end - at, 'zlib header');
  const cmf = u8[at];
  const flags = u8[at + 1];
  if ((cmf & 15) !== 8 || (cmf * 256 + flags) % 31 !== 0) {
    return bad(0, `expected zlib data, but these bytes look like ${looks_like(at, end)}`);
  }
  if (cmf >> 4 > 7) return bad(0, 'the zlib header asks for a window above 32 KiB');
  if ((flags & FDICT) === 0) return { format: 'zlib', bytes: 2, dictionary_id: NO_DICTIONARY };
  if (end - at < 6) return truncated(end - at, 'zlib header');
  return { format: 'zlib', bytes: 6, dictionary_id: dv.getInt32(at + 2) };
}

// RFC 1952, 2.3.1
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
const RESERVED = 0xe0;

function read_gzip_header(at: number, end: number): Header | HeaderError {
  const size = end - at;
  if (size >= 2 && (u8[at] !== 0x1f || u8[at + 1] !== 0x8b)) {
    return bad(0, `expected gzip data, but these bytes look like ${looks_like(at, end)}`);
  }
  if (size < 10) return truncated(size, 'gzip header');
  if (u8[at + 2] !== 8) return bad(2, `the gzip header names compression method ${u8[at + 2]}`);
  const flags = u8[at + 3];
  if (flags & RESERVED) return bad(3, 'the gzip header has reserved flags set');
  let p = at + 10;
  if (flags & FEXTRA) {
    if (end - p < 2) return truncated(size, 'gzip header');
    p += 2 + dv.getUint16(p, true);
  }
  for (const flag of [FNAME, FCOMMENT]) {
    if ((flags & flag) === 0) continue;
    if (p >= end) return truncated(size, 'gzip header');
    p = kernel.find_zero(p, end) + 1;
  }
  if (p > end) return truncated(size, 'gzip header');
  if (flags & FHCRC) {
    if (end - p < 2) return truncated(size, 'gzip header');
    if (dv.getUint16(p, true) !== (kernel.crc32(at, p - at, 0) & 0xffff)) {
      return bad(p - at, 'the gzip header does not match its checksum');
    }
    p += 2;
  }
  return { format: 'gzip', bytes: p - at, dictionary_id: NO_DICTIONARY };
}

/** Whether a gzip member starts here. */
export function is_gzip(at: number, end: number): boolean {
  return end - at >= 2 && u8[at] === 0x1f && u8[at + 1] === 0x8b;
}

/** Reads the header at `at`; `auto` takes gzip or zlib. */
export function read_header(
  format: Format | 'auto',
  at: number,
  end: number,
): Header | HeaderError {
  if (format === 'raw') return { format, bytes: 0, dictionary_id: NO_DICTIONARY };
  if (format === 'zlib') return read_zlib_header(at, end);
  if (format === 'gzip' || is_gzip(at, end)) return read_gzip_header(at, end);
  const header = read_zlib_header(at, end);
  if ('code' in header && header.code === 'bad_header' && header.position === 0) {
    header.message = header.message.replace('zlib data', 'zlib or gzip data');
  }
  return header;
}

const MAGIC: [name: string, ...bytes: number[]][] = [
  ['gzip data', 0x1f, 0x8b],
  ['a PNG image', 0x89, 0x50, 0x4e, 0x47],
  ['a JPEG image', 0xff, 0xd8, 0xff],
  ['a GIF image', 0x47, 0x49, 0x46, 0x38],
  ['a ZIP archive', 0x50, 0x4b],
  ['Zstandard data', 0x28, 0xb5, 0x2f, 0xfd],
  ['XZ data', 0xfd, 0x37, 0x7a, 0x58, 0x5a],
  ['bzip2 data', 0x42, 0x5a, 0x68],
  ['LZ4 data', 0x04, 0x22, 0x4d, 0x18],
  ['a wasm module', 0x00, 0x61, 0x73, 0x6d],
  ['an Ogg file', 0x4f, 0x67, 0x67, 0x53],
  ['a RIFF file (WAV or WebP)', 0x52, 0x49, 0x46, 0x46],
  ['an ELF program', 0x7f, 0x45, 0x4c, 0x46],
];

function is_zlib(at: number, end: number): boolean {
  return end - at >= 2 && (u8[at] & 15) === 8 && (u8[at] * 256 + u8[at + 1]) % 31 === 0;
}

function looks_like_text(head: Uint8Array): string | undefined {
  if (!head.every((c) => (c >= 32 && c !== 127) || (c >= 9 && c <= 13))) return undefined;
  const text = String.fromCharCode(...head).trimStart();
  if (/^[{[]/.test(text)) return 'JSON';
  if (text.startsWith('<')) return 'HTML or XML';
  if (/^(H4sI|eJ|eN|eA|eF)[\w+/=]*$/.test(text)) return 'base64 text (decode it first)';
  return 'plain text';
}

/** What unknown bytes seem to be, for error messages. */
export function looks_like(at: number, end: number): string {
  if (at >= end) return 'nothing (no bytes)';
  const head = u8.subarray(at, Math.min(end, at + 48));
  if (head.every((c) => c === 0)) return 'zeros';
  for (const [name, ...bytes] of MAGIC) {
    if (bytes.every((byte, i) => head[i] === byte)) return name;
  }
  if (is_zlib(at, end)) return 'zlib data';
  const text = looks_like_text(head);
  if (text !== undefined) return text;
  const hex = [...head.subarray(0, 4)].map((c) => c.toString(16).padStart(2, '0')).join(' ');
  // A first byte with block type 3 cannot start a DEFLATE stream.
  return (head[0] & 6) === 6
    ? `unknown data (${hex})`
    : `raw DEFLATE (ask for format 'raw') or unknown data (${hex})`;
}
