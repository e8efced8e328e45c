// The buffer functions of both builds against a plain-array model: random programs of operations, shrunk when they differ.
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type * as Table from '../../bindings/buffer-table.js';
import type * as Api from '../../bindings/index.js';
import type * as Memory from '../../bindings/wasm/memory.js';
import { ModelBuffer, OutOfRange, type Value } from './buffer-model.js';

// The library under test: a fresh one for each build.
let bw: typeof Api;
let table: typeof Table;
let memory: typeof Memory;
type Accessor = (handle: number, value?: Value) => unknown;
let write_typed: Accessor[];
let read_typed: Accessor[];

const TYPE_NAMES = 'u8 s8 u16 s16 u32 s32 u64 f16 f32 f64 bool string text'.split(' ');

async function load(flavour: 'simd' | 'plain'): Promise<void> {
  vi.resetModules();
  bw = await import('../../bindings/index.js');
  table = await import('../../bindings/buffer-table.js');
  memory = await import('../../bindings/wasm/memory.js');
  const typed = await import('../../bindings/buffer-typed.js');
  const { simd_in_use } = await import('../../bindings/wasm/load.js');
  await bw.init({ simd: flavour === 'simd' });
  expect(simd_in_use()).toBe(flavour === 'simd');
  write_typed = TYPE_NAMES.map((name) => Reflect.get(typed, `buffer_write_${name}`));
  read_typed = TYPE_NAMES.map((name) => Reflect.get(typed, `buffer_read_${name}`));
}

const SLACK_BYTES = 64;
const GUARD = 0xa5;

interface Pair {
  handle: number;
  model: ModelBuffer;
}

/** A result, or the kind of error, so that both sides can be compared. */
function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError || error instanceof OutOfRange) return 'RangeError';
    throw error;
  }
}

function guard(handle: number): void {
  const b = table.lookup(handle);
  memory.u8.fill(GUARD, b.end, b.end + SLACK_BYTES);
}

function guard_intact(handle: number): boolean {
  const b = table.lookup(handle);
  return memory.u8.subarray(b.end, b.end + SLACK_BYTES).every((byte) => byte === GUARD);
}

const number = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.integer(),
  fc.double(),
  fc.constantFrom(
    -0,
    0.5,
    -1.5,
    65504,
    65519.99,
    65520,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    2 ** 63,
    2 ** 64,
    -(2 ** 63),
  ),
  fc.constantFrom(NaN, Infinity, -Infinity, 5e-324, 2 ** -24, 2 ** -25, 1.5 * 2 ** -25, -1e300),
);
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom('a', 'é', '€', '😀', '\0', '\ud800', '\udc00', '\ufeff'),
    maxLength: 30,
  }),
);
const type = fc.integer({ min: 1, max: 13 });
const any_type = fc.oneof(
  { weight: 20, arbitrary: type },
  { weight: 1, arbitrary: fc.constantFrom(0, 14, -1) },
);
const value_of = (t: number): fc.Arbitrary<Value> => {
  if (t >= 12) return text;
  if (t === 7)
    return fc.oneof(number, fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), fc.boolean());
  return fc.oneof(number, fc.boolean());
};
const typed_value = any_type.chain((t) => fc.tuple(fc.constant(t), value_of(t)));
const index = fc.integer({ min: 0, max: 2 });
const offset = fc.integer({ min: -5, max: 50 });

const any_step = fc.oneof(
  fc.tuple(index, typed_value, fc.boolean()).map(([i, [t, v], by_name]) => ({
    name: `write ${i} type ${t} ${String(v)}`,
    run: (pairs: Pair[]) => {
      const { handle, model } = pairs[i];
      const direct = by_name && t >= 1 && t <= 13;
      const got = direct ? write_typed[t - 1](handle, v) : bw.buffer_write(handle, t, v);
      expect(got).toBe(model.write(t, v));
      guard(handle);
    },
  })),
  fc.tuple(index, any_type, fc.boolean()).map(([i, t, by_name]) => ({
    name: `read ${i} type ${t}`,
    run: (pairs: Pair[]) => {
      const { handle, model } = pairs[i];
      const direct = by_name && t >= 1 && t <= 13;
      const got = outcome(() => (direct ? read_typed[t - 1](handle) : bw.buffer_read(handle, t)));
      expect(got).toStrictEqual(outcome(() => model.read(t)));
    },
  })),
  fc.tuple(index, offset, typed_value).map(([i, at, [t, v]]) => ({
    name: `poke ${i} at ${at} type ${t} ${String(v)}`,
    run: (pairs: Pair[]) => {
      expect(bw.buffer_poke(pairs[i].handle, at, t, v)).toBe(pairs[i].model.poke(at, t, v));
    },
  })),
  fc.tuple(index, offset, any_type).map(([i, at, t]) => ({
    name: `peek ${i} at ${at} type ${t}`,
    run: (pairs: Pair[]) => {
      const got = outcome(() => bw.buffer_peek(pairs[i].handle, at, t));
      expect(got).toStrictEqual(outcome(() => pairs[i].model.peek(at, t)));
    },
  })),
  fc.tuple(index, fc.integer({ min: 0, max: 2 }), offset).map(([i, base, by]) => ({
    name: `seek ${i} base ${base} by ${by}`,
    run: (pairs: Pair[]) => {
      expect(bw.buffer_seek(pairs[i].handle, base, by)).toBe(pairs[i].model.seek(base, by));
    },
  })),
  fc.tuple(index, offset, typed_value, offset).map(([i, at, [t, v], n]) => ({
    name: `fill ${i} at ${at} type ${t} ${String(v)} over ${n}`,
    run: (pairs: Pair[]) => {
      expect(bw.buffer_fill(pairs[i].handle, at, t, v, n)).toBe(pairs[i].model.fill(at, t, v, n));
    },
  })),
  fc
    .tuple(index, offset, fc.nat(20), fc.integer({ min: -9, max: 9 }), fc.nat(6), index, offset)
    .chain((most) => fc.tuple(fc.constant(most), fc.integer({ min: -9, max: 9 })))
    .map(([[i, from, size, stride, count, j, to], to_stride]) => ({
      name: `copy_stride ${i} from ${from} ${count} x ${size} step ${stride} to ${j} at ${to} step ${to_stride}`,
      run: (pairs: Pair[]) => {
        const [s, d] = [pairs[i], pairs[j]];
        expect(
          bw.buffer_copy_stride(s.handle, from, size, stride, count, d.handle, to, to_stride),
        ).toBe(s.model.copy_stride_to(from, size, stride, count, d.model, to, to_stride));
        guard(d.handle);
      },
    })),
  fc.tuple(index, fc.integer({ min: 0, max: 70 })).map(([i, n]) => ({
    name: `resize ${i} to ${n}`,
    run: (pairs: Pair[]) => {
      bw.buffer_resize(pairs[i].handle, n);
      pairs[i].model.resize(n);
      guard(pairs[i].handle);
    },
  })),
  fc.tuple(index, offset, offset, index, offset).map(([i, from, n, j, to]) => ({
    name: `copy ${i} from ${from} ${n} bytes to ${j} at ${to}`,
    run: (pairs: Pair[]) => {
      const got = bw.buffer_copy(pairs[i].handle, from, n, pairs[j].handle, to);
      expect(got).toBe(pairs[i].model.copy_to(from, n, pairs[j].model, to));
      guard(pairs[j].handle);
    },
  })),
);

// A failing program is printed step by step.
const step = any_step.map((s) => ({ ...s, [fc.toStringMethod]: () => s.name }));

const shape = fc
  .tuple(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 4 }),
    fc.integer({ min: 0, max: 10 }),
  )
  .map(([size, kind, log_align]) => ({ size, kind, align: kind === 3 ? 1 : 2 ** log_align }));
// Large alignments are rare: with them most writes just miss the end.
const likely_shape = fc.oneof(
  { weight: 4, arbitrary: shape.map((s) => ({ ...s, align: Math.min(s.align, 8) })) },
  { weight: 1, arbitrary: shape },
);

function compare(pairs: Pair[]): void {
  for (const { handle, model } of pairs) {
    expect([...bw.buffer_to_bytes(handle)]).toEqual(model.bytes);
    expect(bw.buffer_tell(handle)).toBe(model.pos);
    expect(bw.buffer_get_used_size(handle)).toBe(model.used);
    expect(bw.buffer_get_size(handle)).toBe(model.bytes.length);
    expect(guard_intact(handle)).toBe(true);
  }
  expect(memory.kernel.heap_check()).toBe(0);
}

describe.each(['simd', 'plain'] as const)('the buffer functions of the %s build', (flavour) => {
  beforeAll(() => load(flavour));

  it('agree with a plain-array model in every result, byte, position and used size over 10,000 random programs', () => {
    const before = table.live_buffers();
    fc.assert(
      fc.property(
        fc.array(likely_shape, { minLength: 3, maxLength: 3 }),
        fc.array(step, { minLength: 1, maxLength: 25 }),
        (shapes, steps) => {
          const pairs = shapes.map(({ size, kind, align }) => ({
            handle: bw.buffer_create(size, kind, align),
            model: new ModelBuffer(size, kind, align),
          }));
          try {
            for (const { handle } of pairs) guard(handle);
            for (const { run } of steps) run(pairs);
            compare(pairs);
          } finally {
            for (const { handle } of pairs) bw.buffer_delete(handle);
          }
        },
      ),
      { numRuns: 10_000 },
    );
    expect(table.live_buffers()).toBe(before);
    expect(table.heap_use().blocks).toBe(before);
  });

  it('fill ranges of every length up to 700 bytes as the model does, for every type', () => {
    const values: Value[] = [
      200,
      -5,
      60_000,
      -300,
      4e9,
      -7,
      2 ** 60,
      1.5,
      0.1,
      Math.PI,
      true,
      'abc',
      'wörter',
    ];
    for (let size = 0; size <= 700; size += size < 130 ? 1 : 37) {
      for (let t = 1; t <= 13; t++) {
        const align = 2 ** (size % 4);
        const model = new ModelBuffer(size + 9, 0, align);
        const handle = bw.buffer_create(size + 9, 0, align);
        guard(handle);
        const from = size % 5;
        expect(bw.buffer_fill(handle, from, t, values[t - 1], size)).toBe(
          model.fill(from, t, values[t - 1], size),
        );
        compare([{ handle, model }]);
        bw.buffer_delete(handle);
      }
    }
  });
});
