// Packets in the hands of a stranger: odd names, odd shapes, odd values, values whose getters do things.
import { afterEach, describe, expect, it } from 'vitest';
import { heap_use } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { kernel } from '../../bindings/wasm/memory.js';

const { packet, u8, u16, u32, f32, bool, str, list, optional } = bw;
const ENGINES = ['generated', 'clones', 'plain'] as const;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
// biome-ignore lint/suspicious/noExplicitAny: values that the types forbid
type Any = any;

afterEach(() => bw.packet_set_engine());

/** Names that mean something to JavaScript, or to text that code is made of. */
const NAMES = [
  ...['prototype', 'then', 'at', 'length', 'name', 'call'],
  ...[
    'class',
    'this',
    'arguments',
    'await',
    '',
    ' ',
    '\\',
    '*/',
    '//',
    'x$\u007by}',
    '`',
    '"',
    "'",
  ],
  ...['a\nb', 'a\rb', 'a\u2028b', 'a\u2029b', '\ud800', '\u{1f642}', '\0', 'v0', 'q', 'w', 'S'],
];

describe.each(ENGINES)('engine %s', (engine) => {
  it.each(NAMES)('takes a field called %j', (name) => {
    bw.packet_set_engine(engine);
    const P = packet({ [name]: u16, [`z${name}`]: bool, [`${name}s`]: str(9) });
    const value = { [name]: 5, [`z${name}`]: true, [`${name}s`]: 'q' };
    const bytes = P.pack(value as Any).slice();
    expect(hex(bytes)).toBe('0105000171');
    expect(P.unpack(bytes)).toEqual(value);
    expect(Object.keys(P.unpack(bytes))).toEqual(Object.keys(value));
    const into = {} as Any;
    expect(P.tryUnpack(bytes, into)).toBe(0);
    expect(into).toEqual(value);
    expect(Object.getPrototypeOf(into)).toBe(Object.prototype);
  });

  it('takes a thousand fields, and nests a hundred deep', () => {
    bw.packet_set_engine(engine);
    const kinds = [f32, u8, bool, bw.bits(5), str(3)];
    const keys = Array.from({ length: 1000 }, (_, i) => `f${i}`);
    const wide = packet(Object.fromEntries(keys.map((key, i) => [key, kinds[i % 5]])) as Any);
    const value = Object.fromEntries(
      keys.map((key, i) => [key, [i / 2, i & 255, i % 2 === 0, i & 31, `${i % 10}`][i % 5]]),
    );
    expect(wide.unpack(wide.pack(value as Any))).toEqual(value);
    for (const leaf of [u8, str(3), list(u8, 3)]) {
      let of: Any = leaf;
      let inner: Any = leaf === u8 ? 7 : leaf.node?.kind === 'str' ? 'abc' : [1, 2];
      for (let i = 0; i < 100; i++) {
        of = packet({ deeper: i % 25 === 1 ? list(of, 2) : of });
        inner = { deeper: i % 25 === 1 ? [inner, inner] : inner };
      }
      expect(of.unpack(of.pack(inner))).toEqual(inner);
    }
  });

  it('packs lists of lists of optional values', () => {
    bw.packet_set_engine(engine);
    const P = packet({ l: list(list(packet({ o: optional(u8) }), 3), 3) });
    const value = { l: [[{ o: 1 }, {}], [], [{ o: 0 }]] };
    expect(P.unpack(P.pack(value))).toEqual(value);
    expect(() => P.pack({ l: [[], [], [], []] })).toThrow(RangeError);
    expect(() => P.pack({ l: [5] } as Any)).toThrow(TypeError);
    expect(() => P.pack({ l: [[null]] } as Any)).toThrow(TypeError);
  });

  it('refuses what is no number, by the name of its field, before a byte has changed', () => {
    bw.packet_set_engine(engine);
    const b = bw.buffer_create(64, bw.buffer_fixed, 1);
    bw.buffer_fill(b, 0, bw.buffer_u8, 9, 64);
    const before = hex(bw.buffer_to_bytes(b));
    for (const [name, field] of Object.entries({
      ...{ u8, u32, f32, f16: bw.f16, f64: bw.f64, varint: bw.varint, bits: bw.bits(3) },
      ...{ wide: bw.bits(32), ranged: bw.ranged(-3, 9), quant: bw.quant(0, 1, 8) },
      ...{ fine: bw.quant(0, 1, 11), vec: bw.vec(f32, 2), u64: bw.u64, list: list(f32, 2) },
    })) {
      const P = packet({ first: u16, [name]: field, last: str(4) } as Any) as bw.Packet<Any>;
      for (const bad of [undefined, 'x', {}, [undefined, 1], ['x', 2], Symbol('s'), () => 1]) {
        const { length } = (bad ?? {}) as { length?: number };
        // Of another length, which is another error; an empty list is none.
        if ((name === 'vec' && (length ?? 2) !== 2) || (name === 'list' && length === 0)) continue;
        expect(
          () => P.write(b, { first: 1, [name]: bad, last: 'x' }),
          `${name} ${typeof bad}`,
        ).toThrow(TypeError);
        expect(bw.buffer_tell(b)).toBe(0);
        // Elements of lists are looked at as they are written.
        if (name !== 'list') expect(hex(bw.buffer_to_bytes(b))).toBe(before);
      }
      if (!['vec', 'list', 'u64'].includes(name)) {
        expect(() => P.pack({ first: 1, last: 'x' })).toThrow(
          `"${name}" takes a number, got undefined`,
        );
      }
    }
    bw.buffer_delete(b);
  });

  it('wraps, clamps and rounds odd numbers as documented', () => {
    bw.packet_set_engine(engine);
    const one = (field: bw.Field<number>, value: unknown) => {
      const P = packet({ a: field, z: u8 });
      return (P.unpack(P.pack({ a: value as number, z: 1 })) as { a: number }).a;
    };
    for (const [field, expected] of [
      // NaN, Infinity, -Infinity, -0, 1.7, -1.7, 2^53 + 2, true
      [u8, [0, 0, 0, 0, 1, 255, 2, 1]],
      [bw.s32, [0, 0, 0, 0, 1, -1, 2, 1]],
      [u32, [0, 0, 0, 0, 1, 2 ** 32 - 1, 2, 1]],
      [bw.varint, [0, 0, 0, 0, 1, 2 ** 32 - 1, 2, 1]],
      [bw.bits(3), [0, 0, 0, 0, 1, 7, 2, 1]],
      [bw.bits(32), [0, 0, 0, 0, 1, 2 ** 32 - 1, 2, 1]],
      [bw.ranged(-3, 9), [-3, 9, -3, 0, 1, -2, 9, 1]],
      [bw.ranged(5, 5), [5, 5, 5, 5, 5, 5, 5, 5]],
      [bw.quant(0, 1, 8), [0, 1, 0, 0, 1, 0, 1, 1]],
      [bw.quant(0, 1, 1), [0, 1, 0, 0, 1, 0, 1, 1]],
      [bw.quant(-4, 4, 3), [-4, 4, -4, 4 / 7, 12 / 7, -12 / 7, 4, 4 / 7]],
      [bw.f64, [NaN, Infinity, -Infinity, -0, 1.7, -1.7, 2 ** 53 + 2, 1]],
      [bw.f16, [NaN, Infinity, -Infinity, -0, 1.7001953125, -1.7001953125, Infinity, 1]],
    ] as [bw.Field<number>, number[]][]) {
      const values = [NaN, Infinity, -Infinity, -0, 1.7, -1.7, 2 ** 53 + 2, true];
      const got = values.map((value) => one(field, value));
      got.forEach((value, i) => {
        if (Number.isNaN(expected[i])) expect(value).toBeNaN();
        else if (field === bw.f64 || field === bw.f16) expect(value).toBe(expected[i]);
        else expect(value).toBeCloseTo(expected[i], 9);
      });
    }
  });

  it('writes whole packets, or none, when getters delete, grow, move or write to the buffer', () => {
    bw.packet_set_engine(engine);
    const P = packet({ a: u32, b: u32, text: str(40) });
    const with_getter = (act: () => void) => {
      let left = 1;
      return {
        a: 0x11111111,
        get b() {
          if (left-- > 0) act();
          return 0x22222222;
        },
        text: 'text',
      };
    };
    const neighbours = Array.from({ length: 20 }, () => bw.buffer_create(60, bw.buffer_grow, 1));
    const deleted = bw.buffer_create(60, bw.buffer_grow, 1);
    let heir = -1;
    expect(() =>
      P.write(
        deleted,
        with_getter(() => {
          bw.buffer_delete(deleted);
          heir = bw.buffer_create(60, bw.buffer_grow, 1);
        }),
      ),
    ).toThrow(RangeError);
    expect(hex(bw.buffer_to_bytes(heir))).toBe('00'.repeat(60));
    const moved = bw.buffer_create(60, bw.buffer_grow, 1);
    P.write(
      moved,
      with_getter(() => bw.buffer_resize(moved, 100_000)),
    );
    bw.buffer_seek(moved, bw.buffer_seek_start, 0);
    expect(P.read(moved)).toEqual({ a: 0x11111111, b: 0x22222222, text: 'text' });
    const twice = bw.buffer_create(60, bw.buffer_grow, 1);
    P.write(
      twice,
      with_getter(() => P.write(twice, { a: 1, b: 2, text: 'inner' })),
    );
    bw.buffer_seek(twice, bw.buffer_seek_start, 0);
    expect([P.read(twice).text, P.read(twice).text]).toEqual(['inner', 'text']);
    const packed = P.pack(with_getter(() => P.pack({ a: 1, b: 2, text: 'inner' }))).slice();
    expect(P.unpack(packed).text).toBe('text');
    for (const n of neighbours) expect(hex(bw.buffer_to_bytes(n))).toBe('00'.repeat(60));
    for (const n of [...neighbours, heir, moved, twice]) bw.buffer_delete(n);
    expect(kernel.heap_check()).toBe(0);
  });

  it('works in every kind of buffer, also across the end of a wrap buffer and in fast ones', () => {
    bw.packet_set_engine(engine);
    const P = packet({ a: u32, b: bool, text: str(40) });
    const value = { a: 0x04030201, b: true, text: 'abcdefgh' };
    const bytes = '01' + '01020304' + '08' + '6162636465666768';
    for (const [kind, size, align, start] of [
      [bw.buffer_fixed, 20, 1, 3],
      [bw.buffer_fixed, 32, 8, 3],
      [bw.buffer_grow, 0, 1, 0],
      [bw.buffer_grow, 3, 16, 2],
      [bw.buffer_wrap, 14, 1, 9],
      [bw.buffer_wrap, 40, 4, 37],
      [bw.buffer_fast, 20, 1, 0],
      [bw.buffer_fast, 20, 1, 6],
      [bw.buffer_vbuffer, 4096, 1, 4000],
    ]) {
      const b = bw.buffer_create(size, kind, align);
      bw.buffer_seek(b, bw.buffer_seek_start, start);
      P.write(b, value);
      const whole = bw.buffer_get_size(b);
      const from = (Math.ceil(start / align) * align) % whole;
      const all = bw.buffer_to_bytes(b, 0, whole);
      const got = Uint8Array.from({ length: 14 }, (_, i) => all[(from + i) % whole]);
      expect(hex(got)).toBe(bytes);
      bw.buffer_seek(b, bw.buffer_seek_start, start);
      expect(P.read(b)).toEqual(value);
      bw.buffer_seek(b, bw.buffer_seek_start, start);
      const into = { a: 0, b: false, text: '' };
      expect(P.tryRead(b, into)).toBe(0);
      expect(into).toEqual(value);
      bw.buffer_delete(b);
    }
    const full = bw.buffer_create(13, bw.buffer_fast, 1);
    expect(() => P.write(full, value)).toThrow(RangeError);
    const lap = bw.buffer_create(13, bw.buffer_wrap, 1);
    expect(() => P.write(lap, value)).toThrow(RangeError);
    expect(P.tryRead(lap, { a: 0, b: false, text: '' })).toBe(0);
    bw.buffer_seek(lap, bw.buffer_seek_start, 0);
    bw.buffer_poke(lap, 5, bw.buffer_u8, 40);
    expect(P.tryRead(lap, { a: 0, b: false, text: '' })).toBe(bw.Status.Short);
    bw.buffer_poke(lap, 5, bw.buffer_u8, 41);
    expect(P.tryRead(lap, { a: 0, b: false, text: '' })).toBe(bw.Status.Range);
    bw.buffer_delete(full);
    bw.buffer_delete(lap);
  });
});

describe('schemas that make no sense', () => {
  it.each([
    ['no field', () => packet({})],
    ['a number for a schema', () => packet(5 as Any)],
    ['null for a schema', () => packet(null as Any)],
    ...Object.getOwnPropertyNames(Object.prototype).map((name): [string, () => unknown] => [
      `a field called ${name}, as objects have`,
      () => packet(Object.defineProperty({}, name, { value: u8, enumerable: true })),
    ]),
    ['a name of views', () => packet({ $p: u8 })],
    ['a name that JavaScript sorts', () => packet({ 10: u8 })],
    ['bits(0)', () => bw.bits(0)],
    ['bits(33)', () => bw.bits(33)],
    ['bits(1.5)', () => bw.bits(1.5)],
    ['ranged, upside down', () => bw.ranged(1, 0)],
    ['ranged above 32 bits', () => bw.ranged(-(2 ** 31), 2 ** 31)],
    ['ranged to 2^40', () => bw.ranged(0, 2 ** 40)],
    ['ranged to NaN', () => bw.ranged(0, NaN)],
    ['quant to infinity', () => bw.quant(0, Infinity, 8)],
    ['quant without a width', () => bw.quant(1, 1, 8)],
    ['quant of subnormal steps', () => bw.quant(0, 5e-324, 24)],
    ['quant of 25 bits', () => bw.quant(0, 1, 25)],
    ['an enum of nothing', () => (bw.enumOf as Any)()],
    ['an enum of twins', () => bw.enumOf('a', 'a')],
    ['str(0)', () => str(0)],
    ['str(2^31)', () => str(2 ** 31)],
    ['a list of optional values', () => list(optional(u8), 3)],
    ['an optional optional', () => optional(optional(u8))],
    ['a vector of strings', () => bw.vec(str(3) as Any, 3)],
    ['a list of nothing', () => list(undefined as Any, 3)],
    ['more than 2 GiB', () => packet({ a: list(list(str(65_535), 65_535), 65_535) })],
    ['a union of nothing', () => bw.union({})],
    ['a union of what is no packet', () => bw.union({ a: u8 as Any })],
    ['toSource by a word of the language', () => packet({ a: u8 }).toSource('default')],
    ['toSource by text', () => packet({ a: u8 }).toSource('a = 1; export const b')],
    ['columns of a string', () => packet({ a: str(3) }).columns(4)],
    ['no columns', () => packet({ a: u8 }).columns(0)],
    ['columns beside a field called free', () => packet({ free: u8 }).columns(4)],
  ])('%s', (_, make) => {
    const blocks = heap_use().blocks;
    let error: unknown;
    try {
      make();
    } catch (thrown) {
      error = thrown;
    }
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
    expect((error as Error).message).toMatch(/^[\w.]+: /);
    expect(heap_use().blocks).toBe(blocks);
  });

  it('are no obstacle to unions by odd names', () => {
    const M = bw.union({ constructor: packet({ a: u8 }), toString: packet({ b: u8 }) });
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    M.write(b, 'toString', { b: 3 });
    expect(() => M.write(b, 'valueOf' as Any, { b: 3 })).toThrow(/there is no "valueOf"/);
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    expect(M.read(b)).toEqual({ tag: 'toString', value: { b: 3 } });
    bw.buffer_delete(b);
  });
});

describe('columns in the wrong hands', () => {
  const P = packet({ id: u16, x: f32, on: bool });

  it('refuse lengths that are none, and columns of others or freed ones', () => {
    const c = P.columns(4);
    const other = packet({ id: u16, x: f32, on: bool }).columns(4);
    const b = bw.buffer_create(64, bw.buffer_fixed, 1);
    for (const length of [5, -1, 1.5, NaN, '2', undefined]) {
      c.length = length as number;
      expect(() => P.writeColumns(b, c)).toThrow();
      expect(() => P.writeDelta(b, c, c)).toThrow();
    }
    c.length = 4;
    expect(() => P.writeColumns(b, other)).toThrow(TypeError);
    expect(() => P.writeColumns(b, {} as Any)).toThrow(TypeError);
    expect(() => P.writeColumns(b, c, { layout: 'rows' as Any })).toThrow(RangeError);
    expect(() => P.writeDelta(b, c, c, { mode: 'x' as Any })).toThrow(RangeError);
    const shorter = P.columns(4);
    shorter.length = 3;
    expect(() => P.writeDelta(b, c, shorter)).toThrow(/3/);
    expect([bw.buffer_tell(b), hex(bw.buffer_to_bytes(b))]).toEqual([0, '00'.repeat(64)]);
    shorter.free();
    shorter.free();
    expect(() => P.writeDelta(b, c, shorter)).toThrow(TypeError);
    for (const one of [c, other]) one.free();
    bw.buffer_delete(b);
  });

  it('leave a buffer without room as it was', () => {
    const c = P.columns(100);
    const base = P.columns(100);
    c.length = base.length = 100;
    c.x.fill(1);
    for (const kind of [bw.buffer_fixed, bw.buffer_wrap, bw.buffer_fast]) {
      const b = bw.buffer_create(50, kind, 1);
      for (const write of [
        () => P.writeColumns(b, c),
        () => P.writeColumns(b, c, { layout: 'records' }),
        () => P.writeDelta(b, c, base),
        () => P.writeDelta(b, c, base, { mode: 'difference' }),
      ]) {
        expect(write).toThrow(RangeError);
        expect([bw.buffer_tell(b), hex(bw.buffer_to_bytes(b))]).toEqual([0, '00'.repeat(50)]);
      }
      bw.buffer_delete(b);
    }
    c.free();
    base.free();
  });
});
