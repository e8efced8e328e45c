// Checks of one input or one stream that the quick property tests and the long fuzz run share. They throw when something is wrong.
import * as zlib from 'node:zlib';
import { lookup } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { u8 } from '../../bindings/wasm/memory.js';
import type { Random } from './deflate-inputs.js';

const GUARD = 0x5a;

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function fail(what: string): never {
  throw new Error(`${what}; last error ${JSON.stringify(bw.buffer_last_error())}`);
}

/** A buffer with these bytes and a guard pattern in its slack. */
function guarded(bytes: Uint8Array): number {
  const buffer = bw.buffer_from(bytes);
  const b = lookup(buffer);
  u8.fill(GUARD, b.end, b.end + 64);
  return buffer;
}

/** Whether bytes and guard of a buffer are as they were. */
function untouched(buffer: number, bytes: Uint8Array): boolean {
  const b = lookup(buffer);
  return (
    same(u8.subarray(b.ptr, b.end), bytes) &&
    u8.subarray(b.end, b.end + 64).every((byte) => byte === GUARD)
  );
}

const INFLATE = { zlib: zlib.inflateSync, gzip: zlib.gunzipSync, raw: zlib.inflateRawSync };
const DEFLATE = { zlib: zlib.deflateSync, gzip: zlib.gzipSync, raw: zlib.deflateRawSync };
const FORMATS = ['zlib', 'gzip', 'raw'] as const;

/** Compresses and decompresses here and with node:zlib, all four ways. */
export function check_round_trip(input: Uint8Array, random: Random): void {
  if (input.length === 0) return;
  const format = FORMATS[random(3)];
  const level = random(13);
  const dictionary =
    format !== 'gzip' && random(3) === 0 ? input.slice(0, 1 + random(5000)) : undefined;
  const source = guarded(input);
  const dict = dictionary ? bw.buffer_from(dictionary) : undefined;
  const options = { level, format, dictionary: dict };
  const packed = bw.buffer_compress(source, 0, -1, options);
  const bytes = bw.buffer_to_bytes(packed);
  const what = `${input.length} bytes, ${format}, level ${level}, dictionary ${dictionary?.length}`;
  if (!same(INFLATE[format](bytes, { dictionary }), input))
    fail(`node:zlib reads ${what} as other bytes`);
  if (!untouched(source, input)) fail(`compressing changed its source: ${what}`);
  const unpack = {
    format: format === 'raw' ? ('raw' as const) : ('auto' as const),
    dictionary: dict,
  };
  const back = bw.buffer_decompress(packed, unpack);
  if (back < 0 || !same(bw.buffer_to_bytes(back), input)) fail(`own round trip of ${what}`);
  if (bw.buffer_last_consumed() !== bytes.length)
    fail(`consumed ${bw.buffer_last_consumed()} of ${what}`);
  const theirs = bw.buffer_from(
    DEFLATE[format](input, {
      level: random(10),
      memLevel: 1 + random(9),
      windowBits: 9 + random(7),
      strategy: random(5),
      dictionary,
    }),
  );
  const read = bw.buffer_decompress(theirs, unpack);
  if (read < 0 || !same(bw.buffer_to_bytes(read), input)) fail(`a stream of node:zlib, ${what}`);
  for (const b of [source, packed, back, theirs, read]) bw.buffer_delete(b);
  if (dict !== undefined) bw.buffer_delete(dict);
}

/** Cuts input and compressed stream anywhere, with flushes: whole and in pieces must agree. */
export function check_streams(input: Uint8Array, random: Random): void {
  const format = FORMATS[random(3)];
  const level = random(13);
  const source = guarded(new Uint8Array([...input, 0]));
  const packed = bw.buffer_create(0, bw.buffer_grow, 1);
  const s = bw.deflate_create({ level, format });
  for (let at = 0; at < input.length; ) {
    const n = Math.min(input.length - at, 1 + random(random(3) ? 100 : 50000));
    bw.deflate_push(s, source, at, n, packed);
    at += n;
    if (random(4) === 0) bw.deflate_flush(s, packed);
  }
  bw.deflate_finish(s, packed);
  const size = bw.buffer_tell(packed);
  const what = `stream of ${input.length} bytes, ${format}, level ${level}`;
  if (!same(INFLATE[format](bw.buffer_to_bytes(packed, 0, size)), input))
    fail(`node:zlib: ${what}`);
  const out = bw.buffer_create(0, bw.buffer_grow, 1);
  const r = bw.inflate_create({ format });
  for (let at = 0; at < size; ) {
    const n = Math.min(size - at, 1 + random(random(3) ? 40 : 20000));
    if (bw.inflate_push(r, packed, at, n, out) < 0) fail(`inflate ${what}`);
    at += n;
  }
  if (!bw.inflate_ended(r) || !same(bw.buffer_to_bytes(out, 0, bw.buffer_tell(out)), input))
    fail(what);
  bw.inflate_delete(r);
  for (const b of [source, packed, out]) bw.buffer_delete(b);
}

/** The bytes that node:zlib makes of a stream, or undefined when it refuses. */
function node_reads(stream: Uint8Array, format: 'zlib' | 'raw'): Uint8Array | undefined {
  try {
    return INFLATE[format](stream, { maxOutputLength: 2 ** 27 });
  } catch {
    return undefined;
  }
}

/** Accept or reject, and the bytes, as node:zlib; nothing else in memory changes; in pieces as at once. */
export function check_damaged(stream: Uint8Array, format: 'zlib' | 'raw', random: Random): boolean {
  const source = guarded(stream);
  const expected = node_reads(stream, format);
  const got = bw.buffer_decompress(source, { format });
  if (got < 0 !== (expected === undefined)) {
    fail(`node:zlib ${expected ? 'reads' : 'refuses'} ${Buffer.from(stream).toString('hex')}`);
  }
  if (expected && !same(bw.buffer_to_bytes(got), expected)) fail('node:zlib reads other bytes');
  if (!untouched(source, stream)) fail('decompressing changed its source');
  if (got < 0) {
    const error = bw.buffer_last_error();
    if (!error || error.position < 0 || error.position > stream.length) fail('no position');
  }
  if (random(8) === 0) check_damaged_pieces(source, stream.length, format, expected, random);
  bw.buffer_delete(source);
  if (got >= 0) bw.buffer_delete(got);
  return expected !== undefined;
}

function check_damaged_pieces(
  source: number,
  size: number,
  format: 'zlib' | 'raw',
  expected: Uint8Array | undefined,
  random: Random,
): void {
  const out = bw.buffer_create(0, bw.buffer_grow, 1);
  const r = bw.inflate_create({ format });
  for (let at = 0; at < size; ) {
    const n = Math.min(size - at, 1 + random(60));
    if (bw.inflate_push(r, source, at, n, out) < 0) break;
    at += n;
  }
  const ended = bw.inflate_ended(r);
  if (ended !== (expected !== undefined)) fail('in pieces another verdict than at once');
  if (expected && !same(bw.buffer_to_bytes(out, 0, bw.buffer_tell(out)), expected)) {
    fail('in pieces other bytes than at once');
  }
  bw.inflate_delete(r);
  bw.buffer_delete(out);
}
