// Compression over generated inputs: round trips, streams in any cut, damaged streams judged as node:zlib does.
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heap_use, live_buffers } from '../../bindings/buffer-table.js';
import {
  buffer_create,
  buffer_delete,
  buffer_from,
  buffer_grow,
  buffer_seek,
  buffer_seek_start,
  buffer_tell,
  buffer_to_bytes,
  deflate_create,
  deflate_finish,
  deflate_flush,
  deflate_push,
} from '../../bindings/index.js';
import { kernel } from '../../bindings/wasm/memory.js';
import { check_damaged, check_round_trip, check_streams } from '../suites/deflate-check.js';
import { damage, make_input, random_from } from '../suites/deflate-inputs.js';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });

describe('compression', () => {
  it('round-trips every kind of input at every level, here and with node:zlib', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = random_from(seed);
        check_round_trip(make_input(random, 70_000), random);
      }),
      { numRuns: 400 },
    );
    expect(kernel.heap_check()).toBe(0);
  });

  it('streams in any cut and with flushes anywhere', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = random_from(seed);
        check_streams(make_input(random, 200_000), random);
      }),
      { numRuns: 120 },
    );
  });

  it('keeps short messages with flushes whole at levels 10 to 12', () => {
    // Runs that a flush cuts, and that then go on otherwise than they were entered into the trees.
    const words = ['{"x":', 'oreplayer', 'scores', 'toreplayer', 's'];
    const text_of = (random: (n: number) => number, runs: boolean) => {
      let text = '';
      for (let n = runs ? 25 + random(100) : 2 + random(8); n > 0; n--) {
        text += runs ? (random(12) ? 'a' : 'bc'[random(2)]) : words[random(words.length)];
      }
      return text;
    };
    const out = buffer_create(4096, buffer_grow, 1);
    const packed = (messages: string[], level: number) => {
      const stream = deflate_create({ level, format: 'raw' });
      buffer_seek(out, buffer_seek_start, 0);
      for (const message of messages) {
        const source = buffer_from(Buffer.from(message));
        deflate_push(stream, source, 0, -1, out);
        deflate_flush(stream, out);
        buffer_delete(source);
      }
      deflate_finish(stream, out);
      return buffer_to_bytes(out, 0, buffer_tell(out));
    };
    const found = ['oreplayerscoresoreplayeroreplayer', '{"x":oreplayer{"x":toreplayer{"x":s'];
    for (const level of [10, 11, 12]) {
      expect(zlib.inflateRawSync(packed(found, level)).toString()).toBe(found.join(''));
    }
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = random_from(seed);
        for (let i = 0; i < 20; i++) {
          const runs = random(4) !== 0;
          const messages = Array.from({ length: 2 + random(4) }, () => text_of(random, runs));
          const bytes = packed(messages, 10 + random(3));
          expect(zlib.inflateRawSync(bytes).toString()).toBe(messages.join(''));
        }
      }),
      { numRuns: 500 },
    );
    buffer_delete(out);
    expect(kernel.heap_check()).toBe(0);
  });

  it('keeps long streams of runs whole without a flush at levels 10 to 12', () => {
    const out = buffer_create(4096, buffer_grow, 1);
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = random_from(seed);
        const bytes = new Uint8Array(140_000 + random(150_000));
        const every = [8, 12, 50, 200][random(4)];
        for (let i = 0; i < bytes.length; i++) bytes[i] = random(every) ? 97 : 98 + random(2);
        const stream = deflate_create({ level: 10 + random(3), format: 'raw' });
        const source = buffer_from(bytes);
        buffer_seek(out, buffer_seek_start, 0);
        deflate_push(stream, source, 0, -1, out);
        deflate_finish(stream, out);
        buffer_delete(source);
        const back = zlib.inflateRawSync(buffer_to_bytes(out, 0, buffer_tell(out)));
        expect(back.equals(bytes)).toBe(true);
      }),
      { numRuns: 20 },
    );
    buffer_delete(out);
  });

  it('judges damaged streams as node:zlib, touches nothing else and leaks nothing', () => {
    const blocks = () => [live_buffers(), heap_use().blocks];
    const before = blocks();
    let accepted = 0;
    let runs = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = random_from(seed);
        // Some are long enough for entries of two symbols.
        const input = make_input(random, random(6) === 0 ? 20_000 : 3000);
        const raw = random(2) === 0;
        const options = { level: random(10), strategy: random(5), memLevel: 1 + random(9) };
        const good = raw ? zlib.deflateRawSync(input, options) : zlib.deflateSync(input, options);
        for (let i = 0; i < 5; i++) {
          runs++;
          if (check_damaged(damage(good, random), raw ? 'raw' : 'zlib', random)) accepted++;
        }
      }),
      { numRuns: 600 },
    );
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(runs);
    expect(blocks()).toEqual(before);
    expect(kernel.heap_check()).toBe(0);
  });

  it('reads bytes that are no stream at all without harm', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = random_from(seed);
        check_damaged(make_input(random, 400), random(2) ? 'raw' : 'zlib', random);
      }),
      { numRuns: 1500 },
    );
  });
});
