// Mistakes of callers: values that are no numbers, targets and options that are no objects, hashes that are none, in all engines alike.
import { afterEach, describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';

const { packet, u8, u16, u64, f16, f32, bits, str, bytes, vec, list, optional, varint } = bw;
const ENGINES = ['generated', 'clones', 'plain'] as const;
// biome-ignore lint/suspicious/noExplicitAny: values that the types forbid
type Any = any;

afterEach(() => bw.packet_set_engine());

function made<T>(engine: (typeof ENGINES)[number], make: () => T): T {
  bw.packet_set_engine(engine);
  return make();
}

function error_of(use: () => unknown): Any {
  try {
    use();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const SHAPES: [string, Any, (v: Any) => Any, string][] = [
  ['a number', { a: u16 }, (a) => ({ a }), 'a'],
  ['a half', { a: f16 }, (a) => ({ a }), 'a'],
  ['a float', { a: f32 }, (a) => ({ a }), 'a'],
  ['bits', { a: bits(5) }, (a) => ({ a }), 'a'],
  ['a range', { a: bw.ranged(-3, 40) }, (a) => ({ a }), 'a'],
  ['a quantity', { a: bw.quant(0, 15, 8) }, (a) => ({ a }), 'a'],
  ['a varint', { a: varint }, (a) => ({ a }), 'a'],
  ['a vector', { a: vec(f32, 2) }, (a) => ({ a: [1, a] }), 'a[]'],
  ['a packet', { a: packet({ b: u8 }) }, (b) => ({ a: { b } }), 'a.b'],
  ['a list of numbers', { a: list(u16, 3) }, (a) => ({ a: [1, a] }), 'a[]'],
  [
    'a list of packets',
    { a: list(packet({ b: f32, c: varint }), 3) },
    (b) => ({ a: [{ b, c: 1 }] }),
    'a[].b',
  ],
  ['an optional value', { a: optional(u8) }, (a) => ({ a }), 'a'],
];
const TAKEN: [string, Any, number][] = [
  ["'7'", '7', 7],
  ["''", '', 0],
  ['true', true, 1],
  ['false', false, 0],
  ['null', null, 0],
  ['[5]', [5], 5],
  ['[]', [], 0],
  ['a Date', new Date(3), 3],
  ['valueOf', { valueOf: () => 9 }, 9],
  ['a Number', Object(4), 4],
];
const REFUSED: [string, Any][] = [
  ["'x'", 'x'],
  ['{}', {}],
  ['[1, 2]', [1, 2]],
  ['undefined', undefined],
  ['1n', 1n],
  ['a symbol', Symbol('s')],
  ['a function', () => 1],
  ['an object without a prototype', Object.create(null)],
];

describe.each(ENGINES)('engine %s', (engine) => {
  describe.each(SHAPES)('%s', (what, schema, around, path) => {
    it.each(TAKEN)('takes %s as the number it becomes', (_, value, number) => {
      if (what === 'an optional value' && value === null) return;
      const P = made(engine, () => packet(schema)) as Any;
      const expected = P.pack(around(number)).slice();
      expect(P.pack(around(value)).slice()).toEqual(expected);
      const b = bw.buffer_create(64, bw.buffer_fixed, 1);
      P.write(b, around(value));
      expect(bw.buffer_to_bytes(b).slice(0, expected.length)).toEqual(expected);
      bw.buffer_delete(b);
    });

    it.each(REFUSED)('refuses %s by name and writes nothing', (_, value) => {
      if (what === 'an optional value' && value === undefined) return;
      const P = made(engine, () => packet(schema, { name: 'P' })) as Any;
      const b = bw.buffer_create(64, bw.buffer_grow, 1);
      for (const use of [() => P.pack(around(value)), () => P.write(b, around(value))]) {
        const error = error_of(use);
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toContain(`P: field "${path}" takes a number, got `);
      }
      expect(bw.buffer_tell(b)).toBe(0);
      bw.buffer_delete(b);
    });
  });

  it('names bytes whose ArrayBuffer is detached', () => {
    const raw = new Uint8Array(5);
    structuredClone(raw.buffer, { transfer: [raw.buffer] });
    const P = made(engine, () => packet({ n: u8, raw: bytes(9) }, { name: 'P' })) as Any;
    const b = bw.buffer_create(16, bw.buffer_fixed, 1);
    const message = 'P: field "raw" takes a Uint8Array, got one whose ArrayBuffer is detached';
    expect(() => P.write(b, { n: 1, raw })).toThrow(message);
    expect(() => P.pack({ n: 1, raw })).toThrow(message);
    expect([bw.buffer_tell(b), bw.buffer_to_bytes(b)[0]]).toEqual([0, 0]);
    P.write(b, { n: 1, raw: new Uint8Array(0) });
    bw.buffer_delete(b);
  });

  it.each([
    [{ a: u8 }, { a: 1 }],
    [
      { a: u8, s: str(9) },
      { a: 1, s: 'x' },
    ],
  ])('reads into objects only: %o', (schema, value) => {
    const P = made(engine, () => packet(schema as Any, { name: 'P' })) as Any;
    const good = P.pack(value).slice();
    const b = bw.buffer_from(good);
    for (const into of [null, 5, 'x', () => 1]) {
      for (const use of [
        () => P.tryUnpack(good, into),
        () => P.tryUnpack(good.subarray(1), into),
        () => P.unpack(good, into),
        () => P.tryRead(b, into),
        () => P.read(b, into),
      ]) {
        const error = error_of(use);
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toContain('P: reads into an object, got ');
      }
    }
    expect(() => P.tryUnpack(good)).toThrow('P: reads into an object, got undefined');
    expect(() => P.tryRead(b)).toThrow('P: reads into an object, got undefined');
    expect(bw.buffer_tell(b)).toBe(0);
    expect([P.unpack(good), P.read(b)]).toEqual([value, value]);
    bw.buffer_delete(b);
  });

  it('names the packet in all errors of a field', () => {
    const P = made(engine, () =>
      packet(
        { w: bw.enumOf('a', 'b'), s: str(3), l: list(u8, 2), v: vec(u8, 2), i: packet({ z: u64 }) },
        { name: 'P' },
      ),
    ) as Any;
    const good = { w: 'a', s: '', l: [], v: [1, 2], i: { z: 1n } };
    for (const [wrong, words] of [
      [{ w: 'c' }, 'P: field "w" takes one of'],
      [{ s: 'abcd' }, 'P: field "s" takes str(3)'],
      [{ s: 5 }, 'P: field "s" takes a string'],
      [{ l: 5 }, 'P: field "l" takes an array'],
      [{ l: [1, 2, 3] }, 'P: field "l" takes at most 2'],
      [{ v: [1] }, 'P: field "v" takes 2 numbers'],
      [{ i: { z: 'x' } }, 'P: field "i.z" takes a bigint'],
      [{ i: null }, 'P: field "i" takes an object'],
    ] as [Any, string][]) {
      expect(error_of(() => P.pack({ ...good, ...wrong })).message).toContain(words);
    }
    expect(() => P.pack(null)).toThrow('P: a packet takes an object, got null');
    const b = bw.buffer_create(64, bw.buffer_grow, 1);
    expect(() => P.write(b, undefined)).toThrow('P: a packet takes an object, got undefined');
    const U = bw.union({ p: P }, { name: 'U' });
    expect(() => U.write(b, 'p', { ...good, s: 5 } as Any)).toThrow(
      'U.p: field "s" takes a string',
    );
    bw.buffer_delete(b);
    let n = 0;
    const L = made(engine, () => packet({ s: list(str(500), 4000) }, { name: 'L' }));
    const many = Array.from({ length: 30 }, () => 'x'.repeat(400));
    const turns = { length: 30 };
    for (let i = 0; i < 30; i++) {
      Object.defineProperty(turns, i, { get: () => (n++ < 30 ? '' : many[i]) });
    }
    const small = bw.buffer_create(400, bw.buffer_fixed, 1);
    expect(error_of(() => L.write(small, { s: turns as Any })).message).toMatch(/^L: /);
    bw.buffer_delete(small);
  });

  it('names the packet in the errors of views', () => {
    const P = made(engine, () => packet({ a: u8, b: bits(3), s: str(3) }, { name: 'P' })) as Any;
    const b = bw.buffer_from(P.pack({ a: 1, b: 2, s: 'x' }).slice());
    const view = P.view().at(b, 0);
    expect(() => (view.a = 'x')).toThrow('P: field "a" takes a number, got "x"');
    expect(() => (view.b = 1n)).toThrow('P: field "b" takes a number, got 1n');
    expect(() => (view.s = 'y')).toThrow('P: field "s" has no fixed size');
    expect(() => P.view().at(b, 99)).toThrow('P: offset 99 lies outside');
    bw.buffer_delete(b);
  });
});

const S = packet({ x: f32 }, { name: 'S' });

it.each([null, 5, 'x'])('options are objects, not %s', (options: Any) => {
  const columns = S.columns(3);
  const b = bw.buffer_create(64, bw.buffer_grow, 1);
  for (const use of [
    () => new bw.SnapshotSender(S, 10, options),
    () => new bw.SnapshotReceiver(S, 10, options),
    () => S.writeColumns(b, columns, options),
    () => S.readColumns(b, columns, options),
    () => S.tryReadColumns(b, columns, options),
    () => S.writeDelta(b, columns, columns, options),
    () => packet({ a: u8 }, options),
    () => bw.union({ S }, options),
  ]) {
    const error = error_of(use);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('options must be an object');
  }
  expect(bw.buffer_tell(b)).toBe(0);
  columns.free();
  bw.buffer_delete(b);
});

it('a freed baseline is named as one', () => {
  const columns = S.columns(3);
  const base = S.columns(3);
  const b = bw.buffer_create(64, bw.buffer_grow, 1);
  base.free();
  expect(() => S.writeDelta(b, columns, base)).toThrow('S: the baseline was freed');
  expect(() => S.writeDelta(b, base, columns)).toThrow('S: the columns were freed');
  columns.free();
  bw.buffer_delete(b);
});

it.each<[string, { hash: number; checkHash(hash: Any): void }]>([
  ['S', S],
  ['union', bw.union({ S })],
])('%s checks hashes of 32 bits only', (name, of) => {
  expect(of.checkHash(of.hash)).toBe(undefined);
  for (const hash of [of.hash + 2 ** 32, -1, 0.5, NaN]) {
    const error = error_of(() => of.checkHash(hash));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain(`${name}: a layout hash must be `);
  }
  const error = error_of(() => of.checkHash(String(of.hash)));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toContain(`${name}: a layout hash must be a number`);
  expect(() => of.checkHash(of.hash ^ 1 && 5)).toThrow(
    `${name}: the peer has layout 0x00000005, this`,
  );
});

it('says what stands in place of a packet', () => {
  expect(() => bw.union({ a: u8 } as Any)).toThrow('union: "a" is the field u8, not a packet');
  expect(() => bw.union({ a: str(3) } as Any)).toThrow('union: "a" is the field str(3), not');
  expect(() => bw.union({ a: 5 } as Any)).toThrow('union: "a" is 5, not a packet');
  expect(() => bw.union(null as Any)).toThrow('union: packets are an object of them, got null');
  expect(() => new bw.SnapshotSender(u8 as Any, 3)).toThrow(
    'of must be a packet, got the field u8',
  );
  expect(() => bw.union({ S }).tryRead(0, null as Any)).toThrow('union: reads into an object');
});
