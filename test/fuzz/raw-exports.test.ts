// Fuzzes the raw wasm exports: never a trap, never a byte touched outside the range that a call was given.
// Longer: FUZZ_SECONDS=600 npx vitest run test/fuzz
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { instantiateSync } from '@assemblyscript/loader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Exports } from '../../bindings/wasm/exports.js';
import { decode, encode, SIZES } from '../property/buffer-model.js';
import { reference_crc32 } from '../suites/digest-help.js';

const seconds = Number(process.env.FUZZ_SECONDS ?? 2);
const ROOM = 4096;
/** Bytes on both sides of the room that nothing may touch. */
const GUARD_BYTES = 512;

function fresh(flavour: string) {
  const bytes = readFileSync(new URL(`../../dist/wasm/bytewire.${flavour}.wasm`, import.meta.url));
  const module = instantiateSync(bytes).instance.exports as unknown as Exports;
  const exports: Raw = { ...module, simd: flavour === 'simd' };
  const block = exports.heap_alloc(ROOM + 2 * GUARD_BYTES, 16);
  return { exports, room: block + GUARD_BYTES, block };
}

const any_number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(NaN, Infinity, -Infinity, -0, 2 ** 63, 2 ** 64, -(2 ** 63), 1e308, 5e-324),
);
const place = fc.nat(ROOM);
const length = fc.oneof(fc.nat(80), fc.nat(ROOM));

interface Raw extends Exports {
  /** Not of the module: which build it is. */
  simd: boolean;
}

/** Expected bytes of the room after a call, worked out byte by byte. */
type Call = (exports: Raw, room: number, before: Uint8Array) => Uint8Array | undefined;

const call: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(place, fc.integer({ min: -2, max: 20 }), any_number, fc.nat(10)).map(
    ([at, type, value, short]): Call =>
      (exports, room, before) => {
        const numeric = type >= 1 && type <= 11;
        const n = numeric ? SIZES[type] : 0;
        // Sometimes the limit leaves no room.
        const limit = room + Math.min(ROOM, at + n - (short === 0 ? 1 : 0));
        const end = exports.put(room + at, limit, type, value);
        if (!numeric) {
          expect(end).toBe(-2);
          return undefined;
        }
        if (room + at + n > limit) {
          expect(end).toBe(-1);
          return undefined;
        }
        expect(end).toBe(room + at + n);
        const after = before.slice();
        after.set(encode(type, value), at);
        // A NaN may have any payload.
        return Number.isNaN(value) && (type === 9 || type === 10) ? new Uint8Array() : after;
      },
  ),
  fc.tuple(fc.nat(ROOM - 8), fc.integer({ min: -2, max: 20 })).map(
    ([at, type]): Call =>
      (exports, room, before) => {
        const value = exports.take(room + at, type);
        if (type < 1 || type > 11) expect(value).toBeNaN();
        else {
          const bytes = [...before.subarray(at, at + SIZES[type])];
          const expected = type === 7 ? Number(decode(7, bytes)) : Number(decode(type, bytes));
          expect(value).toBe(expected);
        }
        return undefined;
      },
  ),
  fc.tuple(place, length).map(
    ([at, n]): Call =>
      (exports, room, before) => {
        const size = Math.min(n, ROOM - at);
        exports.fill_zero(room + at, size);
        return before.slice().fill(0, at, at + size);
      },
  ),
  fc.tuple(place, fc.integer(), length).map(
    ([at, value, n]): Call =>
      (exports, room, before) => {
        const size = Math.min(n, ROOM - at);
        exports.fill_bytes(room + at, value, size);
        return before.slice().fill(value & 255, at, at + size);
      },
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 100 }), length).map(
    ([at, wanted, n]): Call =>
      (exports, room, before) => {
        const size = Math.min(n, ROOM - at);
        const step = Math.min(wanted, size);
        if (step === 0) return undefined;
        exports.fill_pattern(room + at, step, size);
        const after = before.slice();
        for (let i = 0; i < size; i++) after[at + i] = before[at + (i % step)];
        return after;
      },
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 11 }), any_number, length).map(
    ([at, type, value, n]): Call =>
      (exports, room, before) => {
        const size = Math.min(n, ROOM - at);
        const done = exports.fill_number(room + at, size, type, value);
        expect(done).toBe(SIZES[type] <= size ? 1 : 0);
        if (done === 0) return undefined;
        if (Number.isNaN(value) && (type === 9 || type === 10)) return new Uint8Array();
        const after = before.slice().fill(0, at, at + size);
        const datum = encode(type, value);
        for (let i = 0; i + datum.length <= size; i += datum.length) after.set(datum, at + i);
        return after;
      },
  ),
  fc.tuple(place, place, length).map(
    ([to, from, n]): Call =>
      (exports, room, before) => {
        const size = Math.min(n, ROOM - Math.max(to, from));
        exports.move(room + to, room + from, size);
        return before.slice().copyWithin(to, from, from + size);
      },
  ),
  fc
    .tuple(
      place,
      place,
      fc.nat(80),
      fc.nat(30),
      fc.integer({ min: -90, max: 90 }),
      fc.integer({ min: -90, max: 90 }),
    )
    .map(
      ([to, from, size, count, to_step, from_step]): Call =>
        (exports, room, before) => {
          const inside = (at: number, step: number) =>
            Math.min(at, at + (count - 1) * step) >= 0 &&
            Math.max(at, at + (count - 1) * step) + size <= ROOM;
          if (count === 0 || !inside(to, to_step) || !inside(from, from_step)) return undefined;
          exports.copy_stride(room + to, to_step, room + from, from_step, size, count);
          const after = before.slice();
          for (let i = 0; i < count; i++) {
            const source = from + i * from_step;
            after.copyWithin(to + i * to_step, source, source + size);
          }
          return after;
        },
    ),
  fc.tuple(place, length).map(
    ([at, n]): Call =>
      (exports, room, before) => {
        const end = Math.min(at + n, ROOM);
        const zero = before.subarray(at, end).indexOf(0);
        const found = room + (zero < 0 ? end : at + zero);
        expect(exports.find_zero(room + at, room + end)).toBe(found);
        const text = before.subarray(at, found - room);
        const ascii = text.every((byte) => byte < 0x80);
        expect(exports.find_text_end(room + at, room + end)).toBe(ascii ? found : ~found);
        expect(exports.is_ascii(room + at, text.length)).toBe(ascii ? 1 : 0);
        return undefined;
      },
  ),
  // Texts of any units, whole pairs and halves; from the lower half of the room to the upper one, where it just fits.
  fc
    .tuple(
      fc.nat(200),
      fc.array(
        fc.oneof(
          fc.nat(0x7f),
          fc.nat(0x7ff),
          fc.nat(0xffff),
          fc.integer({ min: 0xd800, max: 0xdfff }),
        ),
        {
          maxLength: 600,
        },
      ),
      fc.nat(1),
    )
    .map(
      ([at, units, tight]): Call =>
        (exports, room, before) => {
          const after = before.slice();
          const from = 16 + at * 2;
          const text = String.fromCharCode(...units);
          const want = new TextEncoder().encode(text);
          new Uint16Array(exports.memory.buffer, room + from, units.length).set(units);
          after.set(new Uint8Array(Uint16Array.from(units).buffer), from);
          // The kernel clears what is behind the units.
          if (exports.simd) after.fill(0, from + units.length * 2, from + units.length * 2 + 32);
          const to = tight ? ROOM - want.length : ROOM / 2;
          expect(exports.utf16_to_utf8(room + from, units.length, room + to)).toBe(
            room + to + want.length,
          );
          after.set(want, to);
          return after;
        },
    ),
  // Any bytes are a message, a base64 text or a compressed stream.
  fc.tuple(place, length, fc.nat(), fc.integer({ min: 1, max: 2 })).map(
    ([at, n, start, kind]): Call =>
      (exports, room, before) => {
        const size = Math.min(n, ROOM - at);
        const bytes = before.subarray(at, at + size);
        expect(exports.crc32(room + at, size, 0) >>> 0).toBe(reference_crc32(bytes));
        exports.crc32(room + at, size, start);
        exports.adler32(room + at, size, 1);
        const hex = (p: number, digits: number) =>
          Buffer.from(exports.memory.buffer, p, digits).toString('latin1');
        const digest = (name: string) => createHash(name).update(bytes).digest('hex');
        expect(hex(exports.md5_hex(room + at, size), 32)).toBe(digest('md5'));
        expect(hex(exports.sha1_hex(room + at, size), 40)).toBe(digest('sha1'));
        const state = exports.heap_alloc(96, 16);
        exports.hash_start(kind, state);
        const split = start % (size + 1);
        exports.hash_append(kind, state, room + at, split);
        exports.hash_append(kind, state, room + at + split, size - split);
        expect(hex(exports.hash_hex(kind, state), kind === 1 ? 32 : 40)).toBe(
          digest(kind === 1 ? 'md5' : 'sha1'),
        );
        exports.heap_free(state);
        return undefined;
      },
  ),
  fc.tuple(fc.array(fc.tuple(fc.nat(5000), fc.nat(5000)), { maxLength: 20 }), fc.nat(2)).map(
    ([ranges, kind]): Call =>
      (exports, room) => {
        const count = ranges.length;
        const each = [4, 16, 20][kind];
        const columns = exports.heap_alloc(count * (8 + each) + 32, 16);
        const result = columns + count * 8;
        const words = new Uint32Array(exports.memory.buffer, columns, count * 2);
        words.set([...ranges.map(([offset]) => offset), ...ranges.map(([, size]) => size)]);
        const bytes = new Uint8Array(exports.memory.buffer);
        bytes.fill(0xee, result + count * each, result + count * each + 32);
        if (kind === 0)
          exports.crc32_batch(room, ROOM, columns, columns + count * 4, count, result);
        else exports.hash_batch(kind, room, ROOM, columns, columns + count * 4, count, result);
        expect(
          bytes
            .subarray(result + count * each, result + count * each + 32)
            .every((byte) => byte === 0xee),
        ).toBe(true);
        ranges.forEach(([offset, size], i) => {
          const from = Math.min(offset, ROOM - 1);
          const part = bytes.subarray(room + from, room + Math.min(ROOM, from + size));
          const got = Buffer.from(bytes.subarray(result + i * each, result + (i + 1) * each));
          if (kind === 0) expect(got.readUInt32LE()).toBe(reference_crc32(part));
          else {
            const name = kind === 1 ? 'md5' : 'sha1';
            expect(got.toString('hex')).toBe(createHash(name).update(part).digest('hex'));
          }
        });
        exports.heap_free(columns);
        return undefined;
      },
  ),
  fc.tuple(place, fc.nat(1500), fc.nat(1)).map(
    ([at, n, url]): Call =>
      (exports, room, before) => {
        const size = Math.min(n, ROOM - at);
        const to = exports.heap_alloc(size * 2 + 64, 16);
        const chars = exports.base64_encode(room + at, size, to, url);
        const text = Buffer.from(exports.memory.buffer, to, chars).toString('latin1');
        const want = Buffer.from(before.subarray(at, at + size)).toString('base64');
        expect(url ? text.replace(/-/g, '+').replace(/_/g, '/') : text).toBe(want);
        const back = exports.heap_alloc(size + 16, 16);
        expect(exports.base64_decode(to, chars, back)).toBe(size);
        const bytes = new Uint8Array(exports.memory.buffer);
        expect(
          Buffer.compare(bytes.subarray(back, back + size), before.subarray(at, at + size)),
        ).toBe(0);
        // Noise as text: a number of bytes, or the place of the wrong one.
        bytes.copyWithin(to, room + at, room + at + size);
        const got = exports.base64_decode(to, size, back);
        expect(got >= -1 - size && got <= (size * 3) / 4).toBe(true);
        const units = size >> 1;
        bytes.copyWithin(to, room + at, room + at + size);
        const wide = exports.base64_decode_wide(to, units, back);
        expect(wide >= -1 - units && wide <= (units * 3) / 4).toBe(true);
        exports.heap_free(back);
        exports.heap_free(to);
        return undefined;
      },
  ),
  // Noise as a compressed stream: done, cut off, out of room or bad; never a byte past the room that was given and its margin.
  fc.tuple(place, fc.nat(600), fc.nat(2000)).map(
    ([at, n, room_bytes]): Call =>
      (exports, room) => {
        const size = Math.min(n, ROOM - at);
        const out = exports.heap_alloc(room_bytes + 400, 16);
        const source = exports.heap_alloc(size + 64, 16);
        const bytes = new Uint8Array(exports.memory.buffer);
        bytes.copyWithin(source, room + at, room + at + size);
        bytes.fill(0xee, out, out + room_bytes + 400);
        expect(
          exports.inflate_once(source, source + size, out, out + room_bytes),
        ).toBeLessThanOrEqual(0);
        expect(
          bytes.subarray(out + room_bytes + 320, out + room_bytes + 400).every((b) => b === 0xee),
        ).toBe(true);
        exports.heap_free(source);
        exports.heap_free(out);
        return undefined;
      },
  ),
);

/** Exports that take nothing from outside as it comes, and what drives them with random input. */
const ELSEWHERE = {
  'heap_.*': 'test/unit/heap.test.ts',
  'packet_.*': 'test/property/packet.test.ts',
  'deflate_.*|dictionary_search|clear_tables|tables_bytes|set_sequences|optimal_bytes|set_optimal_room|inflate_.*':
    'test/property/deflate.test.ts',
};

describe.each(['simd', 'plain'])('the raw exports of the %s build', (flavour) => {
  it('do what the model does, and touch nothing outside the range they were given', () => {
    const { exports, room, block } = fresh(flavour);
    const memory = new Uint8Array(exports.memory.buffer);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.array(call, { minLength: 1, maxLength: 20 }),
        (noise, calls) => {
          for (let i = 0; i < ROOM + 2 * GUARD_BYTES; i++)
            memory[block + i] = noise[(i * 7) % noise.length];
          const guards = () =>
            Buffer.concat([
              memory.slice(block, room),
              memory.slice(room + ROOM, room + ROOM + GUARD_BYTES),
            ]);
          const guards_before = guards();
          for (const run of calls) {
            const before = memory.slice(room, room + ROOM);
            const after = run(exports, room, before) ?? before;
            if (after.length > 0)
              expect(Buffer.compare(memory.subarray(room, room + ROOM), after)).toBe(0);
          }
          expect(guards().equals(guards_before)).toBe(true);
          expect(exports.heap_check()).toBe(0);
        },
      ),
      { numRuns: 1_000_000_000, interruptAfterTimeLimit: seconds * 1000 },
    );
  });
});

it('every export is fuzzed, here or where it is named', () => {
  const { exports } = fresh('simd');
  const here = readFileSync(new URL(import.meta.url), 'utf8');
  for (const [name, value] of Object.entries(exports)) {
    if (typeof value !== 'function') continue;
    const other = Object.entries(ELSEWHERE).find(([names]) =>
      new RegExp(`^(${names})$`).test(name),
    );
    if (other) expect(existsSync(new URL(`../../${other[1]}`, import.meta.url))).toBe(true);
    else expect(here.includes(`exports.${name}(`), name).toBe(true);
  }
});
