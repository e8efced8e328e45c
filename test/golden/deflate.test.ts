// The bytes of every level, frozen: the same on every host, from both builds, and whatever was called before. After a deliberate
// change: UPDATE_GOLDEN=1 npx vitest run test/golden, and look at what became bigger.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { make_input, random_from } from '../suites/deflate-inputs.js';

const file = new URL('deflate.json', import.meta.url);
const LEVELS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

const SENTENCE = '{"t":"move","tick":100000,"id":7,"x":1024.5,"y":768.25,"hp":100} ';
const text = (s: string) => new Uint8Array(Buffer.from(s));

function of_seed(seed: number, size: number): Uint8Array<ArrayBuffer> {
  // Some seeds make little: go on until it is enough.
  for (let s = seed; ; s++) {
    const input = make_input(random_from(s), size);
    if (input.length > size / 2) return input;
  }
}

// Words that come back in other orders: here the levels differ, and so does any other way to search.
function words(seed: number, size: number): Uint8Array<ArrayBuffer> {
  const random = random_from(seed);
  const list = Array.from({ length: 300 }, () =>
    Array.from({ length: 2 + random(8) }, () => 'etaoinshrdlu'[random(12)]).join(''),
  );
  let s = '';
  while (s.length < size) s += `${list[random(1 + random(300))]}${random(9) ? ' ' : ', '}`;
  return text(s.slice(0, size));
}

const INPUTS: Record<string, Uint8Array<ArrayBuffer>> = {
  'one byte': text('a'),
  'sixteen bytes': text('0123456789abcdef'),
  packet: text(SENTENCE),
  'packet of 1.6 KB': text(
    Array.from({ length: 20 }, (_, i) => SENTENCE.replace('7', `${i * i}`)).join(''),
  ),
  'zeros, 100 KB': new Uint8Array(100_000),
  'mixed, 6 KB': of_seed(1, 6000),
  'mixed, 60 KB': of_seed(2, 60_000),
  'mixed, 400 KB': of_seed(3, 400_000),
  'words, 64 KB': words(4, 65_536),
};
const DICTIONARY = text(SENTENCE.repeat(30));

/** Short results in full, so that a change can be read; long ones as size and SHA-256. */
function print(bytes: Uint8Array): string {
  if (bytes.length <= 80) return Buffer.from(bytes).toString('hex');
  return `${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}`;
}

async function library(simd: boolean) {
  vi.resetModules();
  const bw = await import('../../bindings/index.js');
  await bw.init({ simd });
  return bw;
}
type Library = Awaited<ReturnType<typeof library>>;

function compress(bw: Library, bytes: Uint8Array<ArrayBuffer>, options: object): Uint8Array {
  const source = bw.buffer_from(bytes);
  const packed = bw.buffer_compress(source, 0, -1, options);
  const result = bw.buffer_to_bytes(packed);
  bw.buffer_delete(source);
  bw.buffer_delete(packed);
  return result;
}

// In pieces of 3000 bytes, the first three of them flushed.
function stream(bw: Library, bytes: Uint8Array<ArrayBuffer>, level: number): Uint8Array {
  const source = bw.buffer_from(bytes);
  const out = bw.buffer_create(0, bw.buffer_grow, 1);
  const s = bw.deflate_create({ level });
  for (let at = 0; at < bytes.length; at += 3000) {
    bw.deflate_push(s, source, at, 3000, out);
    if (at < 9000) bw.deflate_flush(s, out);
  }
  bw.deflate_finish(s, out);
  const result = bw.buffer_to_bytes(out, 0, bw.buffer_tell(out));
  bw.buffer_delete(source);
  bw.buffer_delete(out);
  return result;
}

/** Everything that is frozen, by name. */
function all_of(bw: Library): Record<string, string> {
  const result: Record<string, string> = {};
  const keep = (name: string, bytes: Uint8Array, input: Uint8Array, dictionary?: Uint8Array) => {
    const back = name.startsWith('gzip')
      ? zlib.gunzipSync(bytes)
      : name.startsWith('raw')
        ? zlib.inflateRawSync(bytes)
        : zlib.inflateSync(bytes, { dictionary });
    expect(Buffer.compare(back, input)).toBe(0);
    result[name] = print(bytes);
  };
  for (const [name, input] of Object.entries(INPUTS)) {
    for (const level of LEVELS) {
      keep(`zlib, level ${level}, ${name}`, compress(bw, input, { level }), input);
    }
  }
  const packet = INPUTS.packet;
  keep('gzip, level 1, packet', compress(bw, packet, { level: 1, format: 'gzip' }), packet);
  keep('gzip, level 6, packet', compress(bw, packet, { format: 'gzip' }), packet);
  keep('gzip, level 9, packet', compress(bw, packet, { level: 9, format: 'gzip' }), packet);
  keep('raw, level 6, packet', compress(bw, packet, { format: 'raw' }), packet);
  const dictionary = bw.buffer_from(DICTIONARY);
  for (const level of LEVELS) {
    const name = `zlib, dictionary, level ${level}, packet`;
    keep(name, compress(bw, packet, { level, dictionary }), packet, DICTIONARY);
  }
  const input = INPUTS['mixed, 400 KB'];
  for (const level of LEVELS) {
    keep(`zlib, stream, level ${level}, mixed, 400 KB`, stream(bw, input, level), input);
  }
  return result;
}

describe.each([
  ['SIMD', true],
  ['plain', false],
])('the %s build', (_, simd) => {
  it('writes the frozen bytes, also the second time, in another order and after other calls', async () => {
    const bw = await library(simd);
    const first = all_of(bw);
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, `${JSON.stringify(first, null, 2)}\n`);
    const frozen = JSON.parse(readFileSync(file, 'utf8'));
    expect(first).toEqual(frozen);
    for (let seed = 1; seed < 40; seed++) {
      const random = random_from(seed);
      const input = make_input(random, 30_000);
      if (input.length > 0) compress(bw, input, { level: random(13) });
    }
    for (const name of Object.keys(INPUTS).reverse()) {
      for (const level of [...LEVELS].reverse()) {
        const bytes = compress(bw, INPUTS[name], { level });
        expect(print(bytes)).toBe(frozen[`zlib, level ${level}, ${name}`]);
      }
    }
  });
});
