// Fuzzes the raw wasm exports: never a trap, never a byte touched outside the range that a call was given.
// Longer: FUZZ_SECONDS=600 npx vitest run test/fuzz
import { readFileSync } from 'node:fs';
import { instantiateSync } from '@assemblyscript/loader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Exports } from '../../bindings/wasm/exports.js';
import { decode, encode, SIZES } from '../property/buffer-model.js';

const seconds = Number(process.env.FUZZ_SECONDS ?? 2);
const ROOM = 4096;
/** Bytes on both sides of the room that nothing may touch. */
const GUARD_BYTES = 512;

function fresh(flavour: string) {
  const bytes = readFileSync(new URL(`../../dist/wasm/bytewire.${flavour}.wasm`, import.meta.url));
  const exports = instantiateSync(bytes).instance.exports as unknown as Exports;
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

/** Expected bytes of the room after a call, worked out byte by byte. */
type Call = (exports: Exports, room: number, before: Uint8Array) => Uint8Array | undefined;

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
        expect(exports.find_zero(room + at, room + end)).toBe(room + (zero < 0 ? end : at + zero));
        return undefined;
      },
  ),
);

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
