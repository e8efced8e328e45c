// Streams of compression: pieces, flushes, ends, limits, errors.
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { heap_use, live_buffers } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';

const LEVELS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const MESSAGES = Array.from({ length: 30 }, (_, i) =>
  Buffer.from(JSON.stringify({ t: 'state', tick: 1000 + i, x: i * 2.5, list: [i, i * i, 'abc'] })),
);
const ALL = Buffer.concat(MESSAGES);
const LARGE = Buffer.concat(
  Array.from({ length: 300 }, (_, i) => Buffer.from(`${i * 7919} ${ALL.subarray(i, i + 900)}`)),
);
const buffer = (bytes: Uint8Array | number[]) => bw.buffer_from(new Uint8Array(bytes));
const empty = () => bw.buffer_create(0, bw.buffer_grow, 1);
const written = (b: number) => Buffer.from(bw.buffer_to_bytes(b, 0, bw.buffer_tell(b)));

/** Compresses in pieces of these sizes, in turn. */
function compress(bytes: Buffer, sizes: number[], options?: bw.CompressOptions): Buffer {
  const source = buffer(bytes);
  const out = empty();
  const s = bw.deflate_create(options);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const n = Math.min(sizes[i % sizes.length], bytes.length - at);
    bw.deflate_push(s, source, at, n, out);
    at += n;
  }
  bw.deflate_finish(s, out);
  const result = written(out);
  bw.buffer_delete(source);
  bw.buffer_delete(out);
  return result;
}

/** Decompresses in pieces; gives the bytes, or the error. */
function decompress(bytes: Uint8Array, size: number, options?: bw.DecompressOptions) {
  const source = buffer(bytes);
  const out = empty();
  const s = bw.inflate_create(options);
  let ok = true;
  for (let at = 0; at < bytes.length && ok; at += size) {
    ok = bw.inflate_push(s, source, at, Math.min(size, bytes.length - at), out) >= 0;
  }
  const ended = bw.inflate_ended(s);
  bw.inflate_delete(s);
  const result = written(out);
  bw.buffer_delete(source);
  bw.buffer_delete(out);
  if (!ok) return bw.buffer_last_error();
  return ended ? result : 'not ended';
}

describe('deflate streams', () => {
  it.each(LEVELS)('level %i: the bytes do not depend on the cut', (level) => {
    const whole = compress(LARGE, [LARGE.length], { level });
    expect(zlib.inflateSync(whole)).toEqual(LARGE);
    expect(compress(LARGE, [1000, 1, 77, 30000], { level })).toEqual(whole);
    expect(compress(LARGE, [65536], { level })).toEqual(whole);
  });

  it.each(['zlib', 'gzip', 'raw'] as const)(
    '%s: a flush ends with an empty stored block, and everything before it can be read',
    (format) => {
      const s = bw.deflate_create({ format });
      const r = bw.inflate_create({ format });
      const packed = empty();
      const plain = empty();
      for (const message of MESSAGES) {
        const source = buffer(message);
        bw.buffer_seek(packed, bw.buffer_seek_start, 0);
        bw.deflate_push(s, source, 0, -1, packed);
        expect(bw.deflate_flush(s, packed)).toBeGreaterThan(0);
        const n = bw.buffer_tell(packed);
        expect(written(packed).subarray(-4)).toEqual(Buffer.from([0, 0, 255, 255]));
        bw.buffer_seek(plain, bw.buffer_seek_start, 0);
        expect(bw.inflate_push(r, packed, 0, n, plain)).toBe(message.length);
        expect(written(plain)).toEqual(message);
        // A second one in a row has nothing to say.
        expect(bw.deflate_flush(s, packed)).toBe(0);
        bw.buffer_delete(source);
      }
      bw.buffer_seek(packed, bw.buffer_seek_start, 0);
      const end = bw.deflate_finish(s, packed);
      expect(bw.inflate_ended(r)).toBe(false);
      expect(bw.inflate_push(r, packed, 0, end, plain)).toBe(0);
      expect(bw.inflate_ended(r)).toBe(true);
      bw.inflate_delete(r);
    },
  );

  it('is read by node:zlib message by message, and reads what node:zlib flushes', async () => {
    const inflate = zlib.createInflate();
    const next = () => new Promise<Buffer>((done) => inflate.once('data', done));
    const s = bw.deflate_create();
    const packed = empty();
    for (const message of MESSAGES.slice(0, 5)) {
      bw.buffer_seek(packed, bw.buffer_seek_start, 0);
      bw.deflate_push(s, buffer(message), 0, -1, packed);
      bw.deflate_flush(s, packed);
      const got = next();
      inflate.write(written(packed));
      expect(await got).toEqual(message);
    }
    bw.deflate_delete(s);
    inflate.destroy();

    const deflate = zlib.createDeflate();
    const r = bw.inflate_create();
    const plain = empty();
    for (const message of MESSAGES.slice(0, 5)) {
      deflate.write(message);
      await new Promise<void>((done) => deflate.flush(zlib.constants.Z_SYNC_FLUSH, () => done()));
      // One read may give a part of it.
      const parts: Buffer[] = [];
      for (let part = deflate.read(); part !== null; part = deflate.read()) parts.push(part);
      const bytes = Buffer.concat(parts);
      bw.buffer_seek(plain, bw.buffer_seek_start, 0);
      expect(bw.inflate_push(r, buffer(bytes), 0, -1, plain)).toBe(message.length);
      expect(written(plain)).toEqual(message);
    }
    bw.inflate_delete(r);
    deflate.destroy();
  });

  it('makes a whole stream of nothing', () => {
    for (const level of LEVELS) {
      const s = bw.deflate_create({ level });
      const out = empty();
      bw.deflate_finish(s, out);
      expect(zlib.inflateSync(written(out))).toHaveLength(0);
    }
  });

  it('takes its dictionary when it is made: what happens to that afterwards does not matter', () => {
    for (const format of ['zlib', 'raw'] as const) {
      const dictionary = buffer(ALL);
      const packed = buffer(compress(MESSAGES[7], [10], { format, dictionary }));
      const stream = bw.inflate_create({ format, dictionary });
      bw.buffer_fill(dictionary, 0, bw.buffer_u8, 0, -1);
      bw.buffer_delete(dictionary);
      const dest = empty();
      expect(bw.inflate_push(stream, packed, 0, -1, dest)).toBe(MESSAGES[7].length);
      expect(written(dest)).toEqual(MESSAGES[7]);
      bw.inflate_delete(stream);
      const before = heap_use().blocks;
      expect(() => bw.inflate_create({ format, dictionary })).toThrow(/there is no buffer/);
      expect(heap_use().blocks).toBe(before);
      for (const b of [packed, dest]) bw.buffer_delete(b);
    }
  });

  it('makes more than memory holds, where max_size allows it', () => {
    // Ends with a flush that forgets the history: such pieces follow each other.
    const piece = zlib.deflateRawSync(Buffer.alloc(2 ** 26), {
      finishFlush: zlib.constants.Z_FULL_FLUSH,
    });
    const packed = buffer(piece);
    const stream = bw.inflate_create({ format: 'raw', max_size: Number.POSITIVE_INFINITY });
    const dest = empty();
    for (let i = 0; i < 33; i++) {
      expect(bw.inflate_push(stream, packed, 0, -1, dest)).toBe(2 ** 26);
      bw.buffer_seek(dest, bw.buffer_seek_start, 0);
    }
    bw.inflate_delete(stream);
    for (const b of [packed, dest]) bw.buffer_delete(b);
  });

  it('takes a dictionary', () => {
    const dictionary = buffer(ALL);
    for (const level of LEVELS) {
      const bytes = compress(MESSAGES[7], [10], { level, dictionary });
      expect(zlib.inflateSync(bytes, { dictionary: ALL })).toEqual(MESSAGES[7]);
      expect(decompress(bytes, 3, { dictionary })).toEqual(MESSAGES[7]);
      expect(decompress(bytes, 3)).toMatchObject({ code: 'needs_dictionary', position: 2 });
    }
  });

  it('keeps references into bytes long gone out: more than a window behind', () => {
    const random = Array.from({ length: 90_000 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
    const bytes = Buffer.from([...random, ...random, ...random.slice(0, 40_000)]);
    for (const level of LEVELS) {
      expect(zlib.inflateSync(compress(bytes, [5000, 1], { level }))).toEqual(bytes);
    }
  });

  it('stands without a gap behind what was written before, whatever the alignment', () => {
    const source = buffer(LARGE);
    const out = bw.buffer_create(0, bw.buffer_grow, 16);
    const plain = bw.buffer_create(0, bw.buffer_grow, 16);
    for (const b of [out, plain]) bw.buffer_write(b, bw.buffer_u8, 1);
    const up = bw.deflate_create();
    for (let at = 0; at < LARGE.length; at += 33) {
      bw.deflate_push(up, source, at, Math.min(33, LARGE.length - at), out);
      if (at % 7 === 0) bw.deflate_flush(up, out);
    }
    bw.deflate_finish(up, out);
    const packed = written(out).subarray(1);
    expect(zlib.inflateSync(packed)).toEqual(LARGE);
    const down = bw.inflate_create();
    for (let at = 0; at < packed.length; at += 33) {
      bw.inflate_push(down, out, 1 + at, Math.min(33, packed.length - at), plain);
    }
    expect(written(plain).subarray(1)).toEqual(LARGE);
    bw.inflate_delete(down);
    for (const b of [source, out, plain]) bw.buffer_delete(b);
  });

  it('refuses what is no stream and no grow buffer, and dies by its end', () => {
    const before = [live_buffers(), heap_use().blocks];
    const s = bw.deflate_create();
    const source = buffer(ALL);
    const fixed = bw.buffer_create(100, bw.buffer_fixed, 1);
    const out = empty();
    expect(() => bw.deflate_push(s, source, 0, -1, fixed)).toThrow(RangeError);
    expect(() => bw.deflate_push(s, source, 0, -1, source)).toThrow(RangeError);
    expect(() => bw.deflate_push(s + 1000, source, 0, -1, out)).toThrow(RangeError);
    expect(() => bw.deflate_push('s' as unknown as number, source, 0, -1, out)).toThrow(TypeError);
    expect(() => bw.deflate_finish(s, fixed)).toThrow(RangeError);
    bw.deflate_push(s, source, 0, -1, out);
    bw.deflate_finish(s, out);
    expect(zlib.inflateSync(written(out))).toEqual(ALL);
    expect(() => bw.deflate_push(s, source, 0, -1, out)).toThrow(RangeError);
    expect(() => bw.deflate_delete(s)).toThrow(RangeError);
    for (const b of [source, fixed, out]) bw.buffer_delete(b);
    expect([live_buffers(), heap_use().blocks]).toEqual(before);
  });
});

it('takes no handle of the other direction', () => {
  const source = buffer(ALL);
  const out = empty();
  const down = [bw.deflate_create(), bw.deflate_create()];
  const up = [bw.inflate_create(), bw.inflate_create()];
  expect(new Set([...down, ...up]).size).toBe(4);
  for (const s of up) {
    expect(() => bw.deflate_push(s, source, 0, -1, out)).toThrow(RangeError);
    expect(() => bw.deflate_flush(s, out)).toThrow(RangeError);
    expect(() => bw.deflate_finish(s, out)).toThrow(RangeError);
    expect(() => bw.deflate_delete(s)).toThrow(RangeError);
  }
  for (const s of down) {
    expect(() => bw.inflate_push(s, source, 0, -1, out)).toThrow(RangeError);
    expect(() => bw.inflate_ended(s)).toThrow(RangeError);
    expect(() => bw.inflate_delete(s)).toThrow(RangeError);
  }
  expect(bw.buffer_tell(out)).toBe(0);
  for (const s of down) bw.deflate_delete(s);
  for (const s of up) bw.inflate_delete(s);
});

describe('inflate streams', () => {
  it.each([1, 2, 3, 1000, 1e6])('in pieces of %i: every format, all members of gzip', (size) => {
    expect(decompress(zlib.deflateSync(LARGE), size)).toEqual(LARGE);
    expect(decompress(zlib.gzipSync(LARGE), size)).toEqual(LARGE);
    expect(decompress(zlib.deflateRawSync(LARGE), size, { format: 'raw' })).toEqual(LARGE);
    const members = Buffer.concat([ALL, MESSAGES[0], ALL].map((part) => zlib.gzipSync(part)));
    expect(decompress(members, size)).toEqual(Buffer.concat([ALL, MESSAGES[0], ALL]));
    expect(bw.buffer_last_consumed()).toBe(members.length);
  });

  it.each([1, 2, 3, 5, 7])(
    'reads stored blocks whose pieces of %i bytes do not stand behind each other',
    (size) => {
      const noise = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * i * 2654435761) >>> 24));
      const parts = [Buffer.from('abcabcabd'), noise, Buffer.from('e'), noise.subarray(0, 3)];
      // Each part by itself: stored where it does not compress, an empty stored block behind it.
      const bytes = Buffer.concat([
        ...parts.map((part) =>
          zlib.deflateRawSync(part, { finishFlush: zlib.constants.Z_SYNC_FLUSH }),
        ),
        zlib.deflateRawSync(noise),
      ]);
      const out = empty();
      const s = bw.inflate_create({ format: 'raw' });
      for (let at = 0; at < bytes.length; at += size) {
        const piece = buffer(bytes.subarray(at, at + size));
        expect(bw.inflate_push(s, piece, 0, -1, out)).toBeGreaterThanOrEqual(0);
        // Its bytes are another's from now on.
        bw.buffer_fill(piece, 0, bw.buffer_u8, 0xa5, -1);
        bw.buffer_delete(piece);
      }
      expect(bw.inflate_ended(s)).toBe(true);
      expect(written(out)).toEqual(Buffer.concat([...parts, noise]));
      bw.inflate_delete(s);
      bw.buffer_delete(out);
    },
  );

  it.each([1, 5, 1000])(
    'in pieces of %i: ignores what follows, and says where it starts',
    (size) => {
      for (const bytes of [zlib.deflateSync(ALL), zlib.gzipSync(ALL)]) {
        const padded = Buffer.concat([bytes, Buffer.from([0x1f, 0, 0x1f, 0x8b])]);
        expect(decompress(padded, size)).toEqual(ALL);
        expect(bw.buffer_last_consumed()).toBe(bytes.length);
      }
    },
  );

  it('is not ended before its checksum is there, whatever the cut', () => {
    for (const bytes of [zlib.deflateSync(ALL), zlib.gzipSync(ALL)]) {
      for (let n = 0; n < bytes.length; n++) {
        expect(decompress(bytes.subarray(0, n), 50)).toBe('not ended');
      }
    }
  });

  it('counts the place of an error from the start of the stream, and stays failed', () => {
    const bytes = zlib.deflateSync(LARGE);
    bytes[bytes.length - 2] ^= 1;
    for (const size of [1, 100, 1e6]) {
      expect(decompress(bytes, size)).toMatchObject({
        code: 'bad_checksum',
        position: bytes.length - 4,
      });
    }
    const s = bw.inflate_create();
    const out = empty();
    const junk = buffer(Buffer.from('no stream at all'));
    expect(bw.inflate_push(s, junk, 0, -1, out)).toBe(-1);
    expect(bw.buffer_last_error()).toMatchObject({ code: 'bad_header', position: 0 });
    expect(bw.inflate_push(s, buffer(zlib.deflateSync(ALL)), 0, -1, out)).toBe(-1);
    expect(bw.buffer_tell(out)).toBe(0);
    bw.inflate_delete(s);
  });

  it('leaves the destination as it was before the push that failed', () => {
    const bytes = zlib.deflateSync(LARGE);
    bytes[bytes.length - 1] ^= 1;
    const source = buffer(bytes);
    const out = empty();
    const s = bw.inflate_create();
    const half = bytes.length >> 1;
    expect(bw.inflate_push(s, source, 0, half, out)).toBeGreaterThan(0);
    const before = bw.buffer_tell(out);
    expect(bw.inflate_push(s, source, half, -1, out)).toBe(-1);
    expect(bw.buffer_tell(out)).toBe(before);
    bw.inflate_delete(s);
  });

  it('holds max_size over the whole stream', () => {
    const bytes = zlib.deflateSync(LARGE);
    for (const size of [7, 100_000]) {
      expect(decompress(bytes, size, { max_size: LARGE.length })).toEqual(LARGE);
      expect(decompress(bytes, size, { max_size: LARGE.length - 1 })).toMatchObject({
        code: 'too_large',
      });
    }
    const before = heap_use().heap_bytes;
    const bomb = zlib.gzipSync(Buffer.alloc(100_000_000));
    expect(decompress(bomb, 1000, { max_size: 1_000_000 })).toMatchObject({ code: 'too_large' });
    expect(heap_use().heap_bytes - before).toBeLessThan(8_000_000);
  });

  it('does not gather a gzip header without end', () => {
    const endless = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255]),
      Buffer.alloc(400_000, 'x'),
    ]);
    expect(decompress(endless, 10_000)).toMatchObject({
      code: 'bad_header',
      message: 'the gzip header does not end',
    });
  });

  it('works beside others, each with its own tables', () => {
    const inputs = [LARGE, ALL, Buffer.from(LARGE).reverse(), Buffer.alloc(50_000, 'abc')];
    const streams = inputs.map((input, i) => ({
      input,
      bytes: buffer(zlib.deflateSync(input, { strategy: i === 1 ? 4 : 0 })),
      out: empty(),
      s: bw.inflate_create(),
    }));
    for (let at = 0; at < 200_000; at += 61) {
      for (const { bytes, out, s } of streams) {
        if (at < bw.buffer_get_size(bytes)) bw.inflate_push(s, bytes, at, 61, out);
      }
    }
    for (const { input, out, s } of streams) {
      expect(bw.inflate_ended(s)).toBe(true);
      expect(written(out)).toEqual(input);
      bw.inflate_delete(s);
    }
  });

  it('gives every symbol as soon as its bits are there, in blocks with two symbols to an entry', () => {
    // Digits have short codes, two of which fit into an entry; the second stream takes the tables away in between.
    const digits = Buffer.from(
      Array.from({ length: 9000 }, (_, i) => (i * i * 7919) % 10_007).join(' '),
    );
    const bytes = zlib.deflateSync(digits);
    const source = buffer(bytes);
    const other = buffer(zlib.deflateSync(LARGE));
    const out = empty();
    const s = bw.inflate_create();
    const beside = bw.inflate_create();
    const aside = empty();
    const sizes = [2500, 1, 1, 2, 1, 1, 3, 1, 1, 1];
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const n = Math.min(sizes[i % sizes.length], bytes.length - at);
      bw.inflate_push(s, source, at, n, out);
      at += n;
      const whole = zlib.inflateSync(bytes.subarray(0, at), {
        finishFlush: zlib.constants.Z_SYNC_FLUSH,
      });
      expect(written(out).equals(whole)).toBe(true);
      if (i % 3 === 2) bw.inflate_push(beside, other, (i - 2) * 5, 15, aside);
    }
    expect(bw.inflate_ended(s)).toBe(true);
    expect(written(out)).toEqual(digits);
    bw.inflate_delete(s);
    bw.inflate_delete(beside);
    for (const b of [source, other, out, aside]) bw.buffer_delete(b);
  });
});
