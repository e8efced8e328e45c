// fflate, pako and node:zlib read what every level writes, and we read what they write.
import * as zlib from 'node:zlib';
import * as fflate from 'fflate';
import * as pako from 'pako';
import { describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import { make_input, random_from } from '../suites/deflate-inputs.js';

const LEVELS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const FORMATS = ['zlib', 'gzip', 'raw'] as const;
type Format = (typeof FORMATS)[number];
type Bytes = Uint8Array<ArrayBuffer>;
type Codec = (bytes: Bytes, dictionary?: Bytes) => Uint8Array;

// Each takes bytes and a dictionary (not with gzip).
const READERS: Record<string, Record<Format, Codec>> = {
  'node:zlib': {
    zlib: (b, dictionary) => zlib.inflateSync(b, { dictionary }),
    gzip: (b) => zlib.gunzipSync(b),
    raw: (b, dictionary) => zlib.inflateRawSync(b, { dictionary }),
  },
  fflate: {
    zlib: (b, dictionary) => fflate.unzlibSync(b, { dictionary }),
    gzip: (b) => fflate.gunzipSync(b),
    raw: (b, dictionary) => fflate.inflateSync(b, { dictionary }),
  },
  pako: {
    zlib: (b, dictionary) => pako.inflate(b, { ...(dictionary && { dictionary }) }),
    gzip: (b) => pako.ungzip(b),
    raw: (b, dictionary) => pako.inflateRaw(b, { ...(dictionary && { dictionary }) }),
  },
};

const WRITERS: Record<string, (level: 1 | 6 | 9) => Record<Format, Codec>> = {
  'node:zlib': (level) => ({
    zlib: (b, dictionary) => zlib.deflateSync(b, { level, dictionary }),
    gzip: (b) => zlib.gzipSync(b, { level }),
    raw: (b, dictionary) => zlib.deflateRawSync(b, { level, dictionary }),
  }),
  fflate: (level) => ({
    zlib: (b, dictionary) => fflate.zlibSync(b, { level, dictionary }),
    gzip: (b) => fflate.gzipSync(b, { level, filename: 'save.json', mtime: 1e12 }),
    raw: (b, dictionary) => fflate.deflateSync(b, { level, dictionary }),
  }),
  pako: (level) => ({
    zlib: (b, dictionary) => pako.deflate(b, { level, ...(dictionary && { dictionary }) }),
    gzip: (b) => pako.gzip(b, { level }),
    raw: (b, dictionary) => pako.deflateRaw(b, { level, ...(dictionary && { dictionary }) }),
  }),
};

const inputs = Array.from({ length: 12 }, (_, i) => make_input(random_from(i + 5), 40_000)).filter(
  (input) => input.length > 0,
);
const dictionary = new Uint8Array(Buffer.from('player score weapon position '.repeat(20)));
// What begins with a piece of the dictionary.
const with_start = inputs.map(
  (input) => new Uint8Array([...dictionary.subarray(40, 90), ...input]),
);

function compress(input: Bytes, options: bw.CompressOptions): Bytes {
  const source = bw.buffer_from(input);
  const packed = bw.buffer_compress(source, 0, -1, options);
  const bytes = bw.buffer_to_bytes(packed);
  bw.buffer_delete(source);
  bw.buffer_delete(packed);
  return bytes;
}

function decompress(stream: Uint8Array, options: bw.DecompressOptions): Bytes {
  const source = bw.buffer_from(stream);
  const back = bw.buffer_decompress(source, options);
  if (back < 0) throw new Error(bw.buffer_last_error()?.message);
  const bytes = bw.buffer_to_bytes(back);
  bw.buffer_delete(source);
  bw.buffer_delete(back);
  return bytes;
}

describe.each(Object.keys(READERS))('%s', (peer) => {
  it.each(FORMATS)('reads %s of every level', (format) => {
    for (const input of inputs) {
      for (const level of LEVELS) {
        const bytes = compress(input, { level, format });
        expect(Buffer.compare(READERS[peer][format](bytes), input)).toBe(0);
      }
    }
  });

  it.each(FORMATS)('writes %s that we read', (format) => {
    for (const input of inputs) {
      for (const level of [1, 6, 9] as const) {
        const bytes = new Uint8Array(WRITERS[peer](level)[format](input));
        const back = decompress(bytes, { format: format === 'raw' ? 'raw' : 'auto' });
        expect(Buffer.compare(back, input)).toBe(0);
        expect(bw.buffer_last_consumed()).toBe(bytes.length);
      }
    }
  });

  it.each(['zlib', 'raw'] as const)('shares a dictionary with us, both ways: %s', (format) => {
    const source = bw.buffer_from(dictionary);
    const prepared = bw.deflate_dictionary_create(source, 0, -1);
    for (const input of with_start) {
      for (const level of LEVELS) {
        const bytes = compress(input, { level, format, dictionary: prepared });
        expect(Buffer.compare(READERS[peer][format](bytes, dictionary), input)).toBe(0);
      }
      const theirs = WRITERS[peer](6)[format](input, dictionary);
      const back = decompress(theirs, { format, dictionary: prepared });
      expect(Buffer.compare(back, input)).toBe(0);
    }
    bw.deflate_dictionary_delete(prepared);
    bw.buffer_delete(source);
  });
});
