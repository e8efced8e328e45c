// buffer_compress and buffer_decompress: options, ranges, containers, errors with their reasons and places, limits, memory.
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { heap_use, live_buffers } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { kernel } from '../../bindings/wasm/memory.js';

const LEVELS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const TEXT = Buffer.from('{"name":"ada","hp":100,"x":12.5},'.repeat(60));
const BAR = Buffer.from('|');
const buffer = (bytes: Uint8Array | number[]) => bw.buffer_from(new Uint8Array(bytes));
const error = () => bw.buffer_last_error();

/** What a call gives for these bytes: the content of the new buffer, or the error. */
function decompress(bytes: Uint8Array | number[], options?: bw.DecompressOptions) {
  const source = buffer(bytes);
  const back = bw.buffer_decompress(source, options);
  bw.buffer_delete(source);
  if (back < 0) return error();
  const result = Buffer.from(bw.buffer_to_bytes(back));
  bw.buffer_delete(back);
  return result;
}

function compress(bytes: Uint8Array, options?: bw.CompressOptions): Buffer {
  const source = buffer(bytes);
  const packed = bw.buffer_compress(source, 0, -1, options);
  const result = Buffer.from(bw.buffer_to_bytes(packed));
  bw.buffer_delete(source);
  bw.buffer_delete(packed);
  return result;
}

describe('buffer_compress', () => {
  it('gives a grow buffer of alignment 1 at position 0, a zlib stream of level 6 unless told otherwise', () => {
    const source = buffer(TEXT);
    const packed = bw.buffer_compress(source, 0, TEXT.length);
    expect(bw.buffer_get_type(packed)).toBe(bw.buffer_grow);
    expect(bw.buffer_get_alignment(packed)).toBe(1);
    expect(bw.buffer_tell(packed)).toBe(0);
    const bytes = Buffer.from(bw.buffer_to_bytes(packed));
    expect([...bytes.subarray(0, 2)]).toEqual([0x78, 0x9c]);
    expect(bytes).toEqual(compress(TEXT, { level: 6, format: 'zlib' }));
    expect(zlib.inflateSync(bytes)).toEqual(TEXT);
  });

  it('takes part of a buffer by the rules of GameMaker', () => {
    const source = buffer(TEXT);
    const part = (offset: number, size: number) => {
      const packed = bw.buffer_compress(source, offset, size);
      return zlib.inflateSync(bw.buffer_to_bytes(packed));
    };
    expect(part(10, 50)).toEqual(TEXT.subarray(10, 60));
    expect(part(-5, 50)).toEqual(TEXT.subarray(0, 50));
    expect(part(10, -1)).toEqual(TEXT.subarray(10));
    expect(part(10, 1e9)).toEqual(TEXT.subarray(10));
    expect(part(1e9, 5)).toEqual(TEXT.subarray(-1));
    const wrap = bw.buffer_create(8, bw.buffer_wrap, 1);
    for (let i = 0; i < 8; i++) bw.buffer_poke(wrap, i, bw.buffer_u8, i);
    const packed = bw.buffer_compress(wrap, 5, 8);
    expect([...zlib.inflateSync(bw.buffer_to_bytes(packed))]).toEqual([5, 6, 7, 0, 1, 2, 3, 4]);
  });

  it('gives -1 for no bytes, and says so', () => {
    const source = buffer(TEXT);
    expect(bw.buffer_compress(source, 0, 0)).toBe(-1);
    expect(error()).toEqual({
      code: 'empty',
      message: 'there are no bytes to compress',
      position: 0,
    });
  });

  it('names the level in the header, as zlib does', () => {
    for (const level of LEVELS.filter((l) => l <= 9)) {
      expect(compress(TEXT, { level })[1]).toBe(zlib.deflateSync(TEXT, { level })[1]);
    }
    const gzip = compress(TEXT, { format: 'gzip' });
    expect([...gzip.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    expect(compress(TEXT, { format: 'gzip', level: 1 })[8]).toBe(4);
    expect(compress(TEXT, { format: 'gzip', level: 9 })[8]).toBe(2);
  });

  it('never makes much more of bytes that do not compress', () => {
    const noise = Buffer.from(
      Array.from({ length: 200_000 }, (_, i) => Math.imul(i, i * 2654435) >>> 11),
    );
    for (const level of LEVELS) {
      expect(compress(noise, { level, format: 'raw' }).length).toBeLessThanOrEqual(
        noise.length + 5 * Math.ceil(noise.length / 16384) + 8,
      );
    }
  });

  it.each([
    [{ level: 13 }, RangeError],
    [{ level: -1 }, RangeError],
    [{ level: 1.5 }, RangeError],
    [{ level: Number.NaN }, RangeError],
    [{ level: '6' }, TypeError],
    [{ format: 'zip' }, RangeError],
    [{ format: 5 }, TypeError],
    [{ dictionary: 123456 }, RangeError],
    [{ dictionary: 'x' }, TypeError],
    [{ dictionary: 0, format: 'gzip' }, RangeError],
    [null, TypeError],
    [6, TypeError],
  ])('refuses the options %j and leaves everything as it was', (options, kind) => {
    const source = buffer(TEXT);
    const before = [live_buffers(), heap_use().blocks];
    expect(() => bw.buffer_compress(source, 0, -1, options as bw.CompressOptions)).toThrow(kind);
    expect([live_buffers(), heap_use().blocks]).toEqual(before);
  });

  it('refuses deleted buffers and arguments that are no numbers', () => {
    const source = buffer(TEXT);
    bw.buffer_delete(source);
    expect(() => bw.buffer_compress(source, 0, -1)).toThrow(RangeError);
    expect(() => bw.buffer_decompress(source)).toThrow(RangeError);
    const other = buffer(TEXT);
    expect(() => bw.buffer_compress(other, 'a' as unknown as number, 1)).toThrow(TypeError);
    expect(() => bw.buffer_compress(other, 0, undefined as unknown as number)).toThrow(TypeError);
  });
});

describe('buffer_decompress', () => {
  it.each([
    [{ format: 'deflate' }, RangeError],
    [{ max_size: -1 }, RangeError],
    [{ max_size: Number.NaN }, RangeError],
    [{ max_size: '5' }, TypeError],
    [{ dictionary: 99999 }, RangeError],
    [{ dictionary: -1 }, RangeError],
  ])('refuses the options %j', (options, kind) => {
    const stream = zlib.deflateRawSync(TEXT);
    expect(() => decompress(stream, { format: 'raw', ...options } as bw.DecompressOptions)).toThrow(
      kind,
    );
  });

  it('tells zlib from gzip by itself, and takes raw DEFLATE on request only', () => {
    expect(decompress(zlib.deflateSync(TEXT))).toEqual(TEXT);
    expect(decompress(zlib.gzipSync(TEXT))).toEqual(TEXT);
    expect(decompress(zlib.deflateRawSync(TEXT), { format: 'raw' })).toEqual(TEXT);
    expect(decompress(zlib.deflateRawSync(TEXT))).toMatchObject({ code: 'bad_header' });
    expect(decompress(zlib.gzipSync(TEXT), { format: 'zlib' })).toMatchObject({
      code: 'bad_header',
      message: 'expected zlib data, but these bytes look like gzip data',
    });
    expect(decompress(zlib.deflateSync(TEXT), { format: 'gzip' })).toMatchObject({
      code: 'bad_header',
      message: 'expected gzip data, but these bytes look like zlib data',
    });
  });

  it.each<[string, number[] | Buffer]>([
    ['nothing', []],
    ['zeros', new Array(20).fill(0)],
    ['a PNG image', [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]],
    ['a JPEG image', [0xff, 0xd8, 0xff, 0xe0]],
    ['a GIF image', Buffer.from('GIF89a')],
    ['a ZIP archive', Buffer.from('PK\x03\x04rest')],
    ['Zstandard data', [0x28, 0xb5, 0x2f, 0xfd, 0]],
    ['XZ data', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
    ['bzip2 data', Buffer.from('BZh91AY')],
    ['LZ4 data', [4, 0x22, 0x4d, 0x18, 0]],
    ['a wasm module', [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]],
    ['an Ogg file', Buffer.from('OggS....')],
    ['a RIFF file (WAV or WebP)', Buffer.from('RIFF....WAVE')],
    ['an ELF program', Buffer.from('\x7fELF...')],
    ['JSON', Buffer.from('{"player": 1}')],
    ['HTML or XML', Buffer.from('<!doctype html><p>')],
    ['base64 text (decode it first)', Buffer.from('eJxLSkwCAAJZASc=')],
    ['plain text', Buffer.from('Hello world, this is it')],
    ["raw DEFLATE (ask for format 'raw')", zlib.deflateRawSync(TEXT)],
    ['unknown data (', [0xee, 0x01, 0x02, 0x03]],
  ])('says that the bytes look like %s', (name, bytes) => {
    const message = (decompress(bytes) as bw.BufferError).message;
    if (bytes.length > 1) expect(message).toContain(`but these bytes look like ${name}`);
    else expect(message).toBe('the zlib header is cut off');
  });

  it.each<[string, Buffer, bw.DecompressOptions, Partial<bw.BufferError>]>([
    [
      'a window above 32 KiB',
      Buffer.from([0x88, 0x1c, 3, 0]),
      {},
      {
        code: 'bad_header',
        position: 0,
        message: 'the zlib header asks for a window above 32 KiB',
      },
    ],
    [
      'a wrong Adler-32',
      Buffer.from([0x78, 0x9c, 3, 0, 0, 0, 0, 2]),
      {},
      { code: 'bad_checksum', position: 4, message: 'the Adler-32 does not match the data' },
    ],
    [
      'a gzip method that is not DEFLATE',
      Buffer.from([0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 255]),
      {},
      { code: 'bad_header', position: 2, message: 'the gzip header names compression method 7' },
    ],
    [
      'reserved gzip flags',
      Buffer.from([0x1f, 0x8b, 8, 0x20, 0, 0, 0, 0, 0, 255]),
      {},
      { code: 'bad_header', position: 3, message: 'the gzip header has reserved flags set' },
    ],
    [
      'a wrong checksum of a gzip header',
      Buffer.from([0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 255, 1, 2, 3, 0]),
      {},
      { code: 'bad_header', position: 10, message: 'the gzip header does not match its checksum' },
    ],
    [
      'a gzip file name without end',
      Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255, 65, 66, 67]),
      {},
      { code: 'truncated', position: 13, message: 'the gzip header is cut off' },
    ],
    [
      'a gzip extra field that is longer than the data',
      Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 200, 0, 1, 2]),
      {},
      { code: 'truncated', position: 14, message: 'the gzip header is cut off' },
    ],
    [
      'a wrong CRC-32',
      Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
      {},
      { code: 'bad_checksum', position: 12, message: 'the CRC-32 does not match the data' },
    ],
    [
      'a wrong ISIZE',
      Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0]),
      {},
      {
        code: 'bad_checksum',
        position: 16,
        message: 'the length (ISIZE) does not match the data',
      },
    ],
    [
      'a dictionary that is not given',
      zlib.deflateSync(TEXT, { dictionary: TEXT }),
      {},
      {
        code: 'needs_dictionary',
        position: 2,
        message: 'the data was compressed with a dictionary',
      },
    ],
  ])('refuses %s', (_, bytes, options, expected) => {
    expect(decompress(bytes, options)).toMatchObject(expected);
  });

  it('refuses every beginning of a stream as cut off, at its end', () => {
    for (const [format, bytes] of [
      ['zlib', zlib.deflateSync(TEXT)],
      ['gzip', zlib.gzipSync(TEXT)],
      ['raw', zlib.deflateRawSync(TEXT)],
      ['raw', zlib.deflateRawSync(TEXT, { level: 0 })],
      ['raw', zlib.deflateRawSync(TEXT, { strategy: zlib.constants.Z_FIXED })],
    ] as const) {
      for (let n = format === 'raw' ? 1 : 0; n < bytes.length; n++) {
        const cut = decompress(bytes.subarray(0, n), { format });
        expect(cut).toMatchObject({ code: 'truncated', position: n });
      }
      expect(decompress(bytes, { format })).toEqual(TEXT);
    }
  });

  it('refuses every single changed bit of a checked stream, or gives the same bytes', () => {
    for (const bytes of [zlib.deflateSync(TEXT), zlib.gzipSync(TEXT)]) {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const bad = Buffer.from(bytes);
        bad[bit >> 3] ^= 1 << (bit & 7);
        const got = decompress(bad);
        // The time, the system and hints of the header mean nothing.
        if (Buffer.isBuffer(got)) expect(got).toEqual(TEXT);
        else expect(got?.position).toBeLessThanOrEqual(bad.length);
      }
    }
    expect(kernel.heap_check()).toBe(0);
  });

  it('reads all header fields of gzip', () => {
    const body = zlib.deflateRawSync(TEXT);
    const tail = zlib.gzipSync(TEXT).subarray(-8);
    const fields = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16 | 1, 1, 2, 3, 4, 0, 3]),
      Buffer.from([3, 0, 9, 9, 9]),
      Buffer.from('save.json\0made by hand\0'),
    ]);
    const probe = buffer(fields);
    const crc = bw.buffer_crc32(probe, 0, fields.length) & 0xffff;
    const bytes = Buffer.concat([fields, Buffer.from([crc & 255, crc >> 8]), body, tail]);
    expect(zlib.gunzipSync(bytes)).toEqual(TEXT);
    expect(decompress(bytes)).toEqual(TEXT);
  });

  it('reads all members of a gzip file, and stops at what is none', () => {
    const members = Buffer.concat([
      zlib.gzipSync(TEXT),
      zlib.gzipSync('') as Buffer,
      zlib.gzipSync('end'),
    ]);
    const whole = Buffer.concat([TEXT, Buffer.from('end')]);
    expect(decompress(members)).toEqual(whole);
    expect(bw.buffer_last_consumed()).toBe(members.length);
    expect(decompress(Buffer.concat([members, Buffer.from('padding')]))).toEqual(whole);
    expect(bw.buffer_last_consumed()).toBe(members.length);
    const broken = Buffer.from(members);
    broken[broken.length - 5] ^= 1;
    expect(decompress(broken)).toMatchObject({
      code: 'bad_checksum',
      position: members.length - 8,
    });
  });

  it.each(['zlib', 'gzip', 'raw'] as const)(
    'says where %s ended and what follows begins',
    (format) => {
      const bytes = compress(TEXT, { format });
      expect(decompress(Buffer.concat([bytes, Buffer.alloc(100, 0xab)]), { format })).toEqual(TEXT);
      expect(bw.buffer_last_consumed()).toBe(bytes.length);
    },
  );
});

describe('max_size', () => {
  // Text ends in the middle of a block, noise in a stored one.
  const kinds = {
    text: (n: number) =>
      Buffer.from(TEXT.toString().repeat(Math.ceil(n / TEXT.length))).subarray(0, n),
    noise: (n: number) => {
      let x = 1;
      return Buffer.from(Uint8Array.from({ length: n }, () => (x = (x * 48271) % 2147483647) >> 8));
    },
    mixed: (n: number) => {
      let x = 7;
      const next = () => (x = (x * 48271) % 2147483647) >> 8;
      return Buffer.from(Uint8Array.from({ length: n }, () => 97 + (next() % 11)));
    },
  };

  it.each(Object.entries(kinds))(
    'counts the output alone, with a dictionary too: %s',
    (_, make) => {
      const dictionary = buffer(TEXT.subarray(0, 500));
      const dest = bw.buffer_create(1, bw.buffer_grow, 1);
      for (const size of [32768, 65536, 98304, 1_000_000]) {
        for (const n of [size - 1, size, size + 1, size + 100, size + 258, size + 400]) {
          const data = make(n);
          for (const format of ['zlib', 'raw'] as const) {
            const stream = compress(data, { format, dictionary });
            const options = (max_size: number) => ({ format, dictionary, max_size });
            expect(data.equals(decompress(stream, options(n)) as Buffer), `${n}`).toBe(true);
            expect(decompress(stream, options(n - 1))).toMatchObject({ code: 'too_large' });
            const source = buffer(stream);
            expect(bw.buffer_decompress_into(source, 0, -1, dest, 0, options(n))).toBe(n);
            expect(data.equals(bw.buffer_to_bytes(dest, 0, n)), `${n}`).toBe(true);
            expect(bw.buffer_decompress_into(source, 0, -1, dest, 0, options(n - 1))).toBe(-1);
            expect(error()).toMatchObject({ code: 'too_large' });
            const s = bw.inflate_create(options(n));
            bw.buffer_seek(dest, bw.buffer_seek_start, 0);
            expect(bw.inflate_push(s, source, 0, -1, dest)).toBe(n);
            bw.inflate_delete(s);
            bw.buffer_delete(source);
          }
        }
      }
      const small = bw.buffer_create(39_999, bw.buffer_fixed, 1);
      const source = buffer(compress(make(40_000), { dictionary }));
      const exact = { dictionary, max_size: 40_000 };
      expect(bw.buffer_decompress_into(source, 0, -1, small, 0, exact)).toBe(-2);
      for (const b of [source, small, dest, dictionary]) bw.buffer_delete(b);
    },
  );

  const bomb = zlib.deflateSync(Buffer.alloc(50_000_000));

  it('is a limit on what comes out, to the byte', () => {
    const bytes = zlib.deflateSync(TEXT);
    for (const format of ['zlib', 'gzip', 'raw'] as const) {
      const stream = compress(TEXT, { format });
      expect(decompress(stream, { format, max_size: TEXT.length })).toEqual(TEXT);
      expect(decompress(stream, { format, max_size: TEXT.length - 1 })).toMatchObject({
        code: 'too_large',
        message: `the data becomes more than max_size (${TEXT.length - 1} bytes)`,
      });
    }
    expect(decompress(bytes, { max_size: 0 })).toMatchObject({ code: 'too_large' });
    expect(decompress(zlib.deflateSync(''), { max_size: 0 })).toEqual(Buffer.alloc(0));
    expect(decompress(bytes, { max_size: Number.POSITIVE_INFINITY })).toEqual(TEXT);
  });

  it('counts all members of a gzip file together', () => {
    const twice = Buffer.concat([zlib.gzipSync(TEXT), zlib.gzipSync(TEXT)]);
    expect(decompress(twice, { max_size: TEXT.length * 2 })).toHaveLength(TEXT.length * 2);
    expect(decompress(twice, { max_size: TEXT.length * 2 - 1 })).toMatchObject({
      code: 'too_large',
    });
  });

  it('keeps a bomb from taking memory', () => {
    const before = heap_use();
    expect(decompress(bomb, { max_size: 100_000 })).toMatchObject({ code: 'too_large' });
    const after = heap_use();
    expect(after.blocks).toBe(before.blocks);
    expect(after.heap_bytes - before.heap_bytes).toBeLessThan(1_000_000);
    expect(decompress(zlib.deflateSync(TEXT))).toEqual(TEXT);
  });

  it('is 256 MiB unless told otherwise', () => {
    const big = zlib.deflateSync(Buffer.alloc(256 * 1024 * 1024 + 1), { level: 1 });
    expect(decompress(big)).toMatchObject({ code: 'too_large' });
  });
});

describe('dictionaries', () => {
  const PACKETS = Array.from({ length: 40 }, (_, i) =>
    Buffer.from(`{"t":"move","tick":${1000 + i},"id":${i % 7},"x":${i * 3.5},"keys":${i & 15}}`),
  );
  const DICTIONARY = Buffer.concat(PACKETS.slice(0, 30));

  it('halve small packets, and node:zlib reads them', () => {
    const prepared = bw.deflate_dictionary_create(buffer(DICTIONARY), 0, -1);
    for (const level of LEVELS.slice(1)) {
      let without = 0;
      let total = 0;
      for (const packet of PACKETS.slice(30)) {
        const bytes = compress(packet, { level, dictionary: prepared });
        expect(zlib.inflateSync(bytes, { dictionary: DICTIONARY })).toEqual(packet);
        total += bytes.length;
        without += compress(packet, { level }).length;
      }
      expect(total * 2).toBeLessThan(without);
    }
    bw.deflate_dictionary_delete(prepared);
  });

  it('give the same bytes prepared or as a buffer; a prepared one outlives its buffer', () => {
    const source = buffer(DICTIONARY);
    const as_buffer = PACKETS.map((packet) => compress(packet, { dictionary: source }));
    const prepared = bw.deflate_dictionary_create(source, 0, -1);
    bw.buffer_delete(source);
    for (let round = 0; round < 3; round++) {
      PACKETS.forEach((packet, i) => {
        expect(compress(packet, { dictionary: prepared })).toEqual(as_buffer[i]);
        expect(decompress(as_buffer[i], { dictionary: prepared })).toEqual(packet);
      });
    }
    bw.deflate_dictionary_delete(prepared);
    expect(() => compress(PACKETS[0], { dictionary: prepared })).toThrow(RangeError);
    expect(() => bw.deflate_dictionary_delete(prepared)).toThrow(RangeError);
  });

  it('are named in the stream: the wrong one is refused, none is asked for', () => {
    const right = buffer(DICTIONARY);
    const wrong = buffer(DICTIONARY.subarray(1));
    const bytes = compress(PACKETS[3], { dictionary: right });
    expect(bytes[1] & 0x20).toBe(0x20);
    expect(decompress(bytes, { dictionary: wrong })).toMatchObject({
      code: 'wrong_dictionary',
      position: 2,
    });
    expect(decompress(bytes)).toMatchObject({ code: 'needs_dictionary' });
    // One that a stream does not ask for is no error.
    expect(decompress(zlib.deflateSync(TEXT), { dictionary: right })).toEqual(TEXT);
  });

  it('count by their last 32 KiB, and serve input of any size', () => {
    const long = Buffer.concat(
      Array.from({ length: 60 }, (_, i) => Buffer.from(`${i}${DICTIONARY}`)),
    );
    expect(long.length).toBeGreaterThan(65536);
    const large = Buffer.concat([long.subarray(-20000), Buffer.alloc(90_000, 'some words ')]);
    const dictionary = buffer(long);
    for (const level of LEVELS) {
      const bytes = compress(large, { level, dictionary });
      expect(zlib.inflateSync(bytes, { dictionary: long })).toEqual(large);
      expect(decompress(bytes, { dictionary })).toEqual(large);
    }
  });

  describe('serve packets by their cheapest parse from level 10 on', () => {
    const word = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * i * 31 + 7 * i) >> 3));
    // Behind each other ever shorter beginnings of one word: the farther back, the longer the match, at every place of it.
    const shelves = Buffer.concat(
      Array.from({ length: 150 }, (_, i) => Buffer.concat([word.subarray(0, 200 - i), BAR])),
    );
    const noise = Buffer.from(
      Array.from({ length: 5000 }, (_, i) => (i * i * i * 2654435761) >>> 24),
    );
    const inputs: Record<string, Buffer> = {
      'text like the dictionary': Buffer.concat(PACKETS),
      'the word again and again': Buffer.concat(Array.from({ length: 30 }, () => word)),
      'nothing of it': noise,
      zeros: Buffer.alloc(5000),
    };
    it.each(Object.keys(inputs))('%s', (name) => {
      for (const text of [shelves, DICTIONARY, BAR]) {
        const source = buffer(text);
        const dictionary = bw.deflate_dictionary_create(source, 0, -1);
        for (const n of [1, 2, 8, 9, 10, 300, 1700, 4095, 4096, 4097]) {
          const input = inputs[name].subarray(0, n);
          for (const level of [4, 6, 10, 12]) {
            const bytes = compress(input, { level, dictionary });
            expect(zlib.inflateSync(bytes, { dictionary: text }).equals(input)).toBe(true);
            // Header with FDICT, checksum, and at worst a stored block.
            expect(bytes.length).toBeLessThanOrEqual(input.length + 10 + 5);
          }
        }
        bw.deflate_dictionary_delete(dictionary);
        bw.buffer_delete(source);
      }
    });

    it('never more bytes than node:zlib makes at level 9 of JSON like it', () => {
      const dictionary = buffer(DICTIONARY);
      for (const packet of PACKETS) {
        const theirs = zlib.deflateSync(packet, { level: 9, dictionary: DICTIONARY });
        expect(compress(packet, { level: 12, dictionary }).length).toBeLessThanOrEqual(
          theirs.length,
        );
      }
    });
  });

  it('come from a range, which must not be empty', () => {
    const source = buffer(DICTIONARY);
    const prepared = bw.deflate_dictionary_create(source, 100, 200);
    const bytes = compress(PACKETS[2], { dictionary: prepared });
    const part = DICTIONARY.subarray(100, 300);
    expect(zlib.inflateSync(bytes, { dictionary: part })).toEqual(PACKETS[2]);
    expect(() => bw.deflate_dictionary_create(source, 0, 0)).toThrow(RangeError);
    expect(() => bw.deflate_dictionary_create(source, 1e6, 1)).toThrow(RangeError);
    expect(() => bw.deflate_dictionary_create(source, -1, 1)).toThrow(RangeError);
  });
});

describe('the forms that write into a buffer', () => {
  it('write at an offset and touch nothing else', () => {
    const source = buffer(TEXT);
    const dest = bw.buffer_create(500, bw.buffer_fixed, 1);
    bw.buffer_fill(dest, 0, bw.buffer_u8, 0xcc, 500);
    const n = bw.buffer_compress_into(source, 0, -1, dest, 100);
    const bytes = Buffer.from(bw.buffer_to_bytes(dest));
    expect(zlib.inflateSync(bytes.subarray(100, 100 + n))).toEqual(TEXT);
    expect(bytes.subarray(0, 100).every((b) => b === 0xcc)).toBe(true);
    expect(bytes.subarray(100 + n).every((b) => b === 0xcc)).toBe(true);
    const back = bw.buffer_create(TEXT.length + 20, bw.buffer_fixed, 1);
    bw.buffer_fill(back, 0, bw.buffer_u8, 0xdd, TEXT.length + 20);
    expect(bw.buffer_decompress_into(dest, 100, n, back, 7)).toBe(TEXT.length);
    const plain = Buffer.from(bw.buffer_to_bytes(back));
    expect(plain.subarray(7, 7 + TEXT.length)).toEqual(TEXT);
    expect(plain.subarray(0, 7).every((b) => b === 0xdd)).toBe(true);
    expect(plain.subarray(7 + TEXT.length).every((b) => b === 0xdd)).toBe(true);
  });

  it('give -2 without a change where the result does not fit, and make a grow buffer larger', () => {
    const source = buffer(TEXT);
    const packed = compress(TEXT);
    const fits = bw.buffer_create(packed.length, bw.buffer_fixed, 1);
    expect(bw.buffer_compress_into(source, 0, -1, fits, 0)).toBe(packed.length);
    const small = bw.buffer_create(packed.length - 1, bw.buffer_fixed, 1);
    expect(bw.buffer_compress_into(source, 0, -1, small, 0)).toBe(bw.buffer_error_out_of_space);
    expect(bw.buffer_decompress_into(fits, 0, -1, small, 0)).toBe(bw.buffer_error_out_of_space);
    expect(bw.buffer_compress_into(source, 0, -1, fits, -1)).toBe(bw.buffer_error_out_of_space);
    expect(bw.buffer_to_bytes(small).every((b) => b === 0)).toBe(true);
    const grow = bw.buffer_create(1, bw.buffer_grow, 1);
    expect(bw.buffer_decompress_into(fits, 0, -1, grow, 50)).toBe(TEXT.length);
    expect(Buffer.from(bw.buffer_to_bytes(grow, 50, TEXT.length))).toEqual(TEXT);
  });

  it.each([
    ['few bytes that become many', Buffer.alloc(100_000, 'abcdefghijklmnopqrstuvwxyz')],
    ['zeros', Buffer.alloc(32_768)],
    ['one byte more than fits the block kept for packets', Buffer.alloc(32_769, 'xyz')],
    ['64 KB', Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * i * 7) >> 9))],
  ])('take large results: %s', (_, bytes) => {
    const packed = buffer(zlib.deflateSync(bytes));
    const dest = bw.buffer_create(bytes.length + 30, bw.buffer_fixed, 1);
    bw.buffer_fill(dest, 0, bw.buffer_u8, 0xcc, bytes.length + 30);
    expect(bw.buffer_decompress_into(packed, 0, -1, dest, 10)).toBe(bytes.length);
    expect(bw.buffer_last_consumed()).toBe(bw.buffer_get_size(packed));
    const got = Buffer.from(bw.buffer_to_bytes(dest));
    expect(got.subarray(10, -20).equals(bytes)).toBe(true);
    expect(got.subarray(0, 10).every((b) => b === 0xcc)).toBe(true);
    expect(got.subarray(-20).every((b) => b === 0xcc)).toBe(true);
    const max_size = bytes.length - 1;
    expect(bw.buffer_decompress_into(packed, 0, -1, dest, 0, { max_size })).toBe(-1);
    expect(error()).toMatchObject({ code: 'too_large' });
  });

  it('go on at byte 0 of a wrap buffer, and take at most a lap', () => {
    const source = buffer(TEXT);
    const packed = compress(TEXT);
    const ring = bw.buffer_create(packed.length + 5, bw.buffer_wrap, 1);
    expect(bw.buffer_compress_into(source, 0, -1, ring, packed.length)).toBe(packed.length);
    const lap = Buffer.from(bw.buffer_to_bytes(ring));
    expect(Buffer.concat([lap.subarray(-5), lap.subarray(0, packed.length - 5)])).toEqual(packed);
    expect(lap.subarray(packed.length - 5, -5)).toEqual(Buffer.alloc(5));
    const plain = bw.buffer_create(TEXT.length, bw.buffer_wrap, 1);
    expect(bw.buffer_decompress_into(ring, packed.length, packed.length, plain, -3)).toBe(
      TEXT.length,
    );
    const back = Buffer.from(bw.buffer_to_bytes(plain));
    expect(Buffer.concat([back.subarray(-3), back.subarray(0, -3)])).toEqual(TEXT);
    const small = bw.buffer_create(packed.length - 1, bw.buffer_wrap, 1);
    expect(bw.buffer_compress_into(source, 0, -1, small, 0)).toBe(bw.buffer_error_out_of_space);
    expect(bw.buffer_to_bytes(small).every((b) => b === 0)).toBe(true);
    const none = bw.buffer_create(0, bw.buffer_wrap, 1);
    expect(bw.buffer_compress_into(source, 0, -1, none, 0)).toBe(bw.buffer_error_out_of_space);
  });

  it('may read and write the same buffer', () => {
    const b = bw.buffer_create(TEXT.length, bw.buffer_fixed, 1);
    bw.buffer_copy(buffer(TEXT), 0, TEXT.length, b, 0);
    const n = bw.buffer_compress_into(b, 0, -1, b, 0);
    expect(bw.buffer_decompress_into(b, 0, n, b, 0)).toBe(TEXT.length);
    expect(Buffer.from(bw.buffer_to_bytes(b))).toEqual(TEXT);
  });

  it('change nothing where the data is bad, and give its place', () => {
    const stream = zlib.deflateSync(TEXT);
    stream[stream.length - 1] ^= 1;
    const source = buffer(Buffer.concat([Buffer.alloc(9), stream]));
    const dest = bw.buffer_create(TEXT.length, bw.buffer_fixed, 1);
    expect(bw.buffer_decompress_into(source, 9, -1, dest, 0)).toBe(-1);
    expect(error()).toMatchObject({ code: 'bad_checksum', position: stream.length - 4 });
    expect(bw.buffer_to_bytes(dest).every((b) => b === 0)).toBe(true);
    expect(bw.buffer_decompress_into(source, 9, -1, dest, 0, { max_size: 10 })).toBe(-1);
    expect(error()).toMatchObject({ code: 'too_large' });
  });
});

it('takes at most 600 KB beyond its results up to level 9', async () => {
  const { vi } = await import('vitest');
  vi.resetModules();
  const fresh = await import('../../bindings/index.js');
  const memory = await import('../../bindings/wasm/memory.js');
  const source = fresh.buffer_from(new Uint8Array(TEXT));
  const dest = fresh.buffer_create(4000, fresh.buffer_fixed, 1);
  const before = memory.kernel.heap_live_bytes();
  for (const level of LEVELS.filter((l) => l <= 9)) {
    const n = fresh.buffer_compress_into(source, 0, -1, dest, 0, { level });
    fresh.buffer_decompress_into(dest, 0, n, source, 0);
  }
  const extra = memory.kernel.heap_live_bytes() - before;
  expect(extra).toBeGreaterThan(0);
  expect(extra).toBeLessThanOrEqual(600_000);
});
