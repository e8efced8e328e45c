// What stands around source and destination: it is never written, and never changes a result. Both builds give the same bytes.
import { readFileSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { instantiateSync } from '@assemblyscript/loader';
import { describe, expect, it } from 'vitest';
import type { Exports } from '../../bindings/wasm/exports.js';
import { damage, make_input, type Random, random_from } from '../suites/deflate-inputs.js';

const ROOM = 100_000;
/** Bytes before the source and before the destination. */
const BEFORE = 40_000;
/** Bytes behind the limit of a destination that the decoder may write. */
const SLACK = 320;
const LEVELS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
/** The limit of the destination was reached; below that, the stream is bad. */
const FULL = -2;

type Surroundings = (around: Uint8Array, input: Uint8Array) => void;

const SURROUNDINGS: Record<string, Surroundings> = {
  zeros: (around) => around.fill(0),
  // Whoever reads past an end finds just what would fit.
  'the input, over and over': (around, input) => {
    for (let i = 0; i < around.length; i++) {
      around[i] = input[(((i - BEFORE) % input.length) + input.length) % input.length];
    }
  },
  noise: (around, input) => {
    const random = random_from(input.length);
    for (let i = 0; i < around.length; i++) around[i] = random(256);
  },
};

function fresh(flavour: string) {
  const bytes = readFileSync(new URL(`../../dist/wasm/bytewire.${flavour}.wasm`, import.meta.url));
  const kernel = instantiateSync(bytes).instance.exports as unknown as Exports;
  const tables = [0, 1].map((trees) => {
    const size = kernel.tables_bytes(trees, 16);
    const address = kernel.heap_alloc(size, 64);
    kernel.clear_tables(address, size);
    return { address, size };
  });
  kernel.set_sequences(kernel.heap_alloc(kernel.SEQUENCES_BYTES.value, 64));
  kernel.set_optimal_room(kernel.heap_alloc(kernel.optimal_bytes(), 64));
  const source = kernel.heap_alloc(ROOM, 64);
  const dest = kernel.heap_alloc(ROOM, 64);
  const memory = () => new Uint8Array(kernel.memory.buffer);

  /** Runs a call with the input at BEFORE in the source room; checks that only [BEFORE, end) of the destination room changed. */
  function run(input: Uint8Array, surround: Surroundings, call: () => number): Uint8Array {
    const bytes_around = memory().subarray(source, source + ROOM);
    surround(bytes_around, input);
    bytes_around.set(input, BEFORE);
    const source_before = bytes_around.slice();
    memory().fill(0xa5, dest, dest + ROOM);
    const most = call();
    const after = memory();
    expect(Buffer.compare(after.subarray(source, source + ROOM), source_before)).toBe(0);
    const guards = [
      after.subarray(dest, dest + BEFORE),
      after.subarray(dest + BEFORE + most, dest + ROOM),
    ];
    for (const guard of guards) expect(guard.every((byte) => byte === 0xa5)).toBe(true);
    return after;
  }

  return {
    kernel,
    compress(input: Uint8Array, level: number, surround: Surroundings): Uint8Array {
      const { address, size } = tables[level >= 10 ? 1 : 0];
      let n = 0;
      const after = run(input, surround, () => {
        const to = dest + BEFORE;
        n = kernel.deflate_raw(address, size, source + BEFORE, input.length, to, level, 0);
        return kernel.deflate_bound(input.length);
      });
      return after.slice(dest + BEFORE, dest + BEFORE + n);
    },
    decompress(input: Uint8Array, limit: number, surround: Surroundings) {
      let code = 0;
      const after = run(input, surround, () => {
        const to = dest + BEFORE;
        const from = source + BEFORE;
        code = kernel.inflate_once(from, from + input.length, to, to + limit);
        return limit + SLACK;
      });
      const state = new DataView(kernel.memory.buffer, kernel.INFLATE_STATE.value);
      const n = state.getUint32(4, true) - dest - BEFORE;
      const at = state.getUint32(0, true) - source - BEFORE;
      return { code, at, bytes: after.slice(dest + BEFORE, dest + BEFORE + n) };
    },
  };
}

const simd = fresh('simd');
const plain = fresh('plain');

// Periods that start again right before the input are what a match may wrongly reach into.
function periodic(random: Random): Uint8Array {
  const period = make_input(random, 2000);
  const out = new Uint8Array(period.length * 2 + random(300));
  for (let i = 0; i < out.length; i++) out[i] = period[i % Math.max(1, period.length)] ?? 0;
  for (let i = random(40); i > 0 && out.length > 0; i--) out[random(out.length)] ^= 1 + random(255);
  return out;
}

describe('what stands around the bytes', () => {
  it('neither changes the output of a level, nor is changed; SIMD and plain agree', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = random_from(seed);
      const input = seed % 2 ? make_input(random, 30_000) : periodic(random);
      if (input.length === 0) continue;
      for (const level of LEVELS) {
        const expected = simd.compress(input, level, SURROUNDINGS.zeros);
        expect(Buffer.compare(zlib.inflateRawSync(expected), input)).toBe(0);
        for (const build of [simd, plain]) {
          for (const [name, surround] of Object.entries(SURROUNDINGS)) {
            const got = build.compress(input, level, surround);
            if (Buffer.compare(got, expected)) throw new Error(`${name}, ${level}, seed ${seed}`);
          }
        }
      }
    }
  });

  it('is not matched, even where it would continue the best match to the front', () => {
    const random = random_from(77);
    const noise = (n: number) => Array.from({ length: n }, () => random(256));
    // The input begins with `tail`. Before it stands `head`; in it `head` and the first half of `tail`, then all of both.
    const head = noise(12);
    const tail = noise(8);
    for (const filler of [60, 6000]) {
      const half = [...head, ...tail.slice(0, 4), tail[4] ^ 1];
      const input = new Uint8Array(
        [tail, noise(filler), half, noise(filler), head, tail, noise(30)].flat(),
      );
      const before: Surroundings = (around) => around.fill(0).set(head, BEFORE - head.length);
      for (const level of LEVELS) {
        const expected = simd.compress(input, level, SURROUNDINGS.zeros);
        for (const build of [simd, plain]) {
          const got = build.compress(input, level, before);
          expect(Buffer.compare(zlib.inflateRawSync(got), input)).toBe(0);
          expect(Buffer.compare(got, expected)).toBe(0);
        }
      }
    }
  });

  it('does not change what a good, cut or damaged stream decodes to, nor is changed', () => {
    let good = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const random = random_from(seed);
      const input = make_input(random, 3000);
      const stream = zlib.deflateRawSync(input, { level: random(10), strategy: random(5) });
      const bad = seed % 3 ? damage(stream, random) : new Uint8Array(stream);
      if (bad.length === 0) continue;
      const limit = random(3) ? 5000 : random(input.length + 1);
      const expected = simd.decompress(bad, limit, SURROUNDINGS.zeros);
      if (expected.code === 0) good++;
      for (const build of [simd, plain]) {
        for (const surround of Object.values(SURROUNDINGS)) {
          const got = build.decompress(bad, limit, surround);
          expect([got.code, got.at]).toEqual([expected.code, expected.at]);
          if (got.code !== FULL) expect(got.at).toBeLessThanOrEqual(bad.length);
          if (got.code === 0 || got.code === FULL) {
            expect(Buffer.compare(got.bytes, expected.bytes)).toBe(0);
          }
        }
      }
    }
    expect(good).toBeGreaterThan(50);
  });

  it('leaves the heap in order', () => {
    expect(simd.kernel.heap_check()).toBe(0);
    expect(plain.kernel.heap_check()).toBe(0);
  });
});
