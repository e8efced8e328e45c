// Values that run code while a packet is written or read: getters of elements, setters of targets, lengths that lie.
import { afterEach, describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import { kernel } from '../../bindings/wasm/memory.js';

const { packet, u8, u16, u32, f32, str, bytes, list, optional, vec, varint } = bw;
const ENGINES = ['generated', 'clones', 'plain'] as const;
// biome-ignore lint/suspicious/noExplicitAny: values that the types forbid
type Any = any;

afterEach(() => bw.packet_set_engine());

const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');
const Pair = packet({ a: u32, b: u32 });
const Named = packet({ a: u32, name: str(12), b: u32 });

function pair(act: () => unknown): Any {
  let left = 1;
  return {
    a: 1,
    get b() {
      if (left-- > 0) act();
      return 2;
    },
  };
}

const number_of = (act: () => unknown): Any => ({
  valueOf() {
    act();
    return 5;
  },
});

/** A field, and a value of it that runs `act` once in its middle. */
const CASES: [name: string, field: bw.Field<Any>, make: (act: () => unknown) => Any][] = [
  ['a few pairs', list(Pair, 10), (act) => [{ a: 1, b: 2 }, pair(act), { a: 1, b: 2 }]],
  ['many pairs', list(Pair, 900), (act) => [{ a: 1, b: 2 }, pair(act), { a: 1, b: 2 }]],
  ['an optional pair', optional(Pair), pair],
  ['lists in lists', list(list(Pair, 3), 500), (act) => [[{ a: 1, b: 2 }], [pair(act)]]],
  ['pairs with names', list(Named, 300), (act) => [{ a: 1, name: 'x', b: 2 }, named(act)]],
  ['a packet of a list', packet({ l: list(Pair, 4) }), (act) => ({ l: [pair(act)] })],
];

function named(act: () => unknown): Any {
  return Object.defineProperties(pair(act), { name: { value: 'x', enumerable: true } });
}

/** The value again, its getters read. */
function settled(value: Any): Any {
  if (Array.isArray(value)) return value.map(settled);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).map((key) => [key, settled(value[key])]));
}

function grow_memory(): void {
  const before = kernel.memory.buffer as ArrayBuffer;
  const extra: number[] = [];
  while (before.byteLength > 0) extra.push(bw.buffer_create(1 << 22, bw.buffer_fixed, 1));
  for (const b of extra) bw.buffer_delete(b);
}

const Other = packet({ z: u32, l: list(Pair, 4) });
/** What a getter does to the buffer that is written. */
const DEEDS: [string, (b: number) => unknown][] = [
  ['deletes it', (b) => bw.buffer_delete(b)],
  ['shrinks it', (b) => bw.buffer_resize(b, 4)],
  ['makes it larger', (b) => bw.buffer_resize(b, 1 << 20)],
  ['moves the position', (b) => bw.buffer_seek(b, bw.buffer_seek_start, 0)],
  ['writes to it', (b) => bw.buffer_write(b, bw.buffer_u32, 7)],
  ['writes a packet to it', (b) => Other.write(b, { z: 1, l: [{ a: 3, b: 4 }] })],
  ['reads a packet from it', (b) => Other.tryRead(b, { z: 1, l: [] })],
  ['adds a packet in place', (b) => Pair.view().append(b)],
];

describe.each(ENGINES)('engine %s', (engine) => {
  describe.each(CASES)('%s', (_, field, make) => {
    const schema = () => {
      bw.packet_set_engine(engine);
      return packet({ n: u32, l: field, end: u16 }) as bw.Packet<Any>;
    };
    const expected_of = (P: bw.Packet<Any>) =>
      hex(P.pack({ n: 1, l: settled(make(() => 0)), end: 9 }));

    it.each(DEEDS)('stays in its buffer when a getter %s', (_, deed) => {
      const P = schema();
      const expected = expected_of(P);
      for (const kind of [bw.buffer_fixed, bw.buffer_grow, bw.buffer_wrap]) {
        for (const size of [9000, 40]) {
          let target = bw.buffer_create(size, kind, 1);
          const others: number[] = [];
          const act = () => {
            try {
              deed(target);
            } finally {
              while (others.length < 30) others.push(bw.buffer_create(size, bw.buffer_fixed, 1));
            }
          };
          let error: unknown;
          try {
            P.write(target, { n: 1, l: make(act), end: 9 });
          } catch (thrown) {
            error = thrown;
          }
          if (error !== undefined) expect(error).toBeInstanceOf(RangeError);
          for (const other of others) {
            expect(bw.buffer_to_bytes(other).some((byte) => byte !== 0)).toBe(false);
            bw.buffer_delete(other);
          }
          // Whatever happened, the buffer is free again, and packets are written as ever.
          if (!bw.buffer_exists(target)) target = bw.buffer_create(9000, bw.buffer_grow, 1);
          bw.buffer_resize(target, 9000);
          bw.buffer_seek(target, bw.buffer_seek_start, 3);
          P.write(target, { n: 1, l: settled(make(() => 0)), end: 9 });
          const end = bw.buffer_tell(target);
          expect(hex(bw.buffer_to_bytes(target, 3, end - 3))).toBe(expected);
          bw.buffer_delete(target);
        }
      }
      expect(kernel.heap_check()).toBe(0);
    });

    it('has the right bytes when a getter uses other buffers and packets', () => {
      const P = schema();
      const expected = expected_of(P);
      const second = bw.buffer_create(0, bw.buffer_grow, 1);
      const act = () => {
        Other.write(second, { z: 1, l: [{ a: 3, b: 4 }] });
        bw.buffer_seek(second, bw.buffer_seek_start, 0);
        expect(Other.read(second)).toEqual({ z: 1, l: [{ a: 3, b: 4 }] });
        expect(hex(Other.pack({ z: 1, l: [{ a: 3, b: 4 }] }))).toBe('01000000010300000004000000');
        expect(Other.view().of(Other.pack({ z: 6, l: [] })).z).toBe(6);
        expect(Other.unpack(Other.pack({ z: 6, l: [] }))).toEqual({ z: 6, l: [] });
      };
      const target = bw.buffer_create(9000, bw.buffer_fixed, 1);
      for (let i = 0; i < 3; i++) {
        bw.buffer_seek(target, bw.buffer_seek_start, 0);
        P.write(target, { n: 1, l: make(act), end: 9 });
        expect(hex(bw.buffer_to_bytes(target, 0, bw.buffer_tell(target)))).toBe(expected);
        expect(hex(P.pack({ n: 1, l: make(act), end: 9 }))).toBe(expected);
        const again = () => P.pack({ n: 1, l: make(act), end: 9 });
        expect(hex(P.pack({ n: 1, l: make(again), end: 9 }))).toBe(expected);
      }
      bw.buffer_delete(target);
      bw.buffer_delete(second);
    });

    it('has the right bytes when a getter lets memory grow', () => {
      const P = schema();
      const expected = expected_of(P);
      const target = bw.buffer_create(9000, bw.buffer_fixed, 1);
      P.write(target, { n: 1, l: make(grow_memory), end: 9 });
      expect(hex(bw.buffer_to_bytes(target, 0, bw.buffer_tell(target)))).toBe(expected);
      expect(hex(P.pack({ n: 1, l: make(grow_memory), end: 9 }))).toBe(expected);
      bw.buffer_delete(target);
    });
  });

  it('is free again when a getter throws, a packet is too large, or an element is none', () => {
    bw.packet_set_engine(engine);
    const P = packet({ l: list(Pair, 10) });
    const b = bw.buffer_create(200, bw.buffer_fixed, 1);
    const thrower = () =>
      pair(() => {
        throw new Error('mine');
      });
    expect(() => P.write(b, { l: [{ a: 1, b: 2 }, thrower()] })).toThrow('mine');
    expect(() => P.pack({ l: [{ a: 1, b: 2 }, thrower()] })).toThrow('mine');
    expect(() => P.write(b, { l: [null] } as Any)).toThrow(TypeError);
    expect(() => P.pack({ l: [null] } as Any)).toThrow(TypeError);
    expect(bw.buffer_tell(b)).toBe(0);
    P.write(b, { l: [{ a: 1, b: 2 }] });
    expect(hex(bw.buffer_to_bytes(b, 0, 9))).toBe('010100000002000000');
    expect(hex(P.pack({ l: [] }))).toBe('00');
    bw.buffer_delete(b);
  });

  it('writes numbers whose valueOf does things, once and in their place', () => {
    bw.packet_set_engine(engine);
    const P = packet({ l: list(u16, 900), o: optional(varint), v: vec(u8, 2) });
    const b = bw.buffer_create(40, bw.buffer_fixed, 1);
    const others: number[] = [];
    const act = () => {
      bw.buffer_delete(b);
      while (others.length < 30) others.push(bw.buffer_create(40, bw.buffer_fixed, 1));
    };
    for (const value of [
      { l: [1, number_of(act), 3], o: 1, v: [1, 2] },
      { l: [1, 2, 3], o: number_of(act), v: [1, 2] },
    ]) {
      expect(() => P.write(b, value)).toThrow(RangeError);
      for (const other of others.splice(0)) {
        expect(bw.buffer_to_bytes(other).some((byte) => byte !== 0)).toBe(false);
        bw.buffer_delete(other);
      }
    }
    expect(kernel.heap_check()).toBe(0);
  });

  it('writes what fits when values change between two looks', () => {
    bw.packet_set_engine(engine);
    for (const [field, small, large] of [
      [optional(Pair), undefined, { a: 1, b: 2 }],
      [optional(vec(f32, 200)), undefined, Array(200).fill(1)],
      [optional(varint), undefined, 2 ** 31],
      [packet({ s: str(2000) }), { s: '' }, { s: 'x'.repeat(2000) }],
      [list(str(900), 9), [], ['x'.repeat(900)]],
      [str(3), 'abc', 'ббб'],
      [str(3), 'abc', 5],
      [bytes(3), new Uint8Array(3), new Uint8Array(300)],
      [bytes(3), new Uint8Array(3), 'abc'],
      [list(u32, 2), [1], { length: 90 }],
      [list(u32, 2), [1], { length: 1.5 }],
    ] as Any[]) {
      const P = packet({ pad: str(2000), l: field }) as bw.Packet<Any>;
      for (const room of [0, 3, 5, 8]) {
        for (let after = 0; after < 5; after++) {
          let reads = 0;
          const value = {
            pad: '',
            get l() {
              return reads++ < after ? small : large;
            },
          };
          const least = P.pack({ pad: '', l: small }).length;
          const b = bw.buffer_create(least + room, bw.buffer_fixed, 1);
          const next = bw.buffer_create(3000, bw.buffer_fixed, 1);
          let failed = false;
          try {
            P.write(b, value);
          } catch (error) {
            failed = true;
            expect(error instanceof RangeError || error instanceof TypeError).toBe(true);
          }
          const end = bw.buffer_tell(b);
          expect(end).toBeLessThanOrEqual(least + room);
          if (failed) expect(end).toBe(0);
          else {
            bw.buffer_seek(b, bw.buffer_seek_start, 0);
            expect(P.tryRead(b, {})).toBe(0);
          }
          expect(bw.buffer_to_bytes(next).some((byte) => byte !== 0)).toBe(false);
          bw.buffer_delete(b);
          bw.buffer_delete(next);
        }
      }
    }
    expect(kernel.heap_check()).toBe(0);
  });

  it('takes no lengths that lie', () => {
    bw.packet_set_engine(engine);
    const L = packet({ l: list(u8, 300) });
    const B = packet({ l: bytes(300) });
    const b = bw.buffer_create(64, bw.buffer_fixed, 1);
    for (const length of [-1, 1.5, NaN, Infinity, 301, '2', {}]) {
      const liar = Object.assign([1, 2, 3], {}) as Any;
      const target = { ...liar, length };
      expect(() => L.write(b, { l: target }), String(length)).toThrow();
      expect(() => L.pack({ l: target }), String(length)).toThrow();
    }
    const short = Object.defineProperty(new Uint8Array(200), 'length', { value: 1 });
    const long = Object.defineProperty(new Uint8Array(1), 'length', { value: 200 });
    expect(() => B.write(b, { l: short })).toThrow(RangeError);
    expect(B.pack({ l: short }).length).toBe(202);
    expect(hex(B.pack({ l: long }))).toBe('010000');
    expect([bw.buffer_tell(b), hex(bw.buffer_to_bytes(b))]).toEqual([0, '00'.repeat(64)]);
    bw.buffer_delete(b);
  });

  it('reads into objects whose setters do things', () => {
    bw.packet_set_engine(engine);
    const P = packet({ n: u32, name: str(30), l: list(u32, 300) });
    const sent = P.pack({ n: 7, name: 'name', l: [1, 2, 3] }).slice();
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    const fill = () => {
      bw.buffer_resize(b, sent.length);
      bw.buffer_view(b).set(sent);
      bw.buffer_set_used_size(b, sent.length);
      bw.buffer_seek(b, bw.buffer_seek_start, 0);
    };
    const target = (act: () => void): Any => ({
      set n(_: number) {
        act();
      },
    });
    for (const deed of [
      () => bw.buffer_delete(b),
      () => bw.buffer_resize(b, 5),
      () => bw.buffer_seek(b, bw.buffer_seek_start, 3),
      () => bw.buffer_fill(b, 0, bw.buffer_u8, 255, sent.length),
    ]) {
      fill();
      expect(() => P.tryRead(b, target(deed))).toThrow(RangeError);
      expect(bw.buffer_tell(b)).toBe(0);
      expect(P.read(b)).toEqual({ n: 7, name: 'name', l: [1, 2, 3] });
    }
    const nested = () => {
      const inner = P.pack({ n: 1, name: 'x'.repeat(30), l: Array(300).fill(0xffffffff) }).slice();
      expect(P.unpack(inner).l.length).toBe(300);
      expect(P.tryUnpack(inner, {} as Any)).toBe(0);
      expect(P.unpack(inner, {} as Any).name.length).toBe(30);
    };
    for (const act of [nested, grow_memory]) {
      const into = target(act);
      fill();
      expect(P.tryRead(b, into)).toBe(0);
      expect([into.name, into.l]).toEqual(['name', [1, 2, 3]]);
      const other = target(act);
      expect(P.tryUnpack(sent, other)).toBe(0);
      expect([other.name, other.l]).toEqual(['name', [1, 2, 3]]);
    }
    bw.buffer_delete(b);
  });

  it('names the path of the field in every error, with the same words everywhere', () => {
    bw.packet_set_engine(engine);
    const Deep = packet({
      ...{ s: str(4), r: bytes(2), e: bw.enumOf('a', 'b'), big: bw.u64, n: u8, v: vec(f32, 2) },
      l: list(u8, 2),
    });
    const good = {
      ...{ s: 'a', r: new Uint8Array(1), e: 'a', big: 1n, n: 1, v: [1, 2] },
      l: [1],
    };
    const wrong: [string, Any, string][] = [
      ['s', 5, 'takes a string, got 5'],
      ['s', 'abcde', 'takes str(4), "abcde" has 5 bytes'],
      ['r', [1], 'takes a Uint8Array, got Array'],
      ['r', new Uint8Array(3), 'takes bytes(2), got 3 bytes'],
      ['e', 'c', 'takes one of "a", "b", got "c"'],
      ['big', 'x', 'takes a bigint, got "x"'],
      ['n', 'x', 'takes a number, got "x"'],
      ['v', 5, 'takes an array of numbers, got 5'],
      ['v', [1], 'takes 2 numbers, got 1'],
      ['v[]', [1, 'x'], 'takes a number, got "x"'],
      ['l', 'ab', 'takes an array, got "ab"'],
      ['l', [1, 2, 3], 'takes at most 2 elements, got 3'],
      ['l[]', [1, {}], 'takes a number, got Object'],
    ];
    const P = packet({
      ...{ o: optional(Deep), i: Deep, m: list(Deep, 3), mm: list(list(Deep, 2), 2) },
      x: optional(str(3)),
    });
    const whole = { o: good, i: good, m: [good], mm: [[good]], x: 'a' };
    const b = bw.buffer_create(4000, bw.buffer_fixed, 1);
    const grow = bw.buffer_create(0, bw.buffer_grow, 1);
    const message = (value: Any) => {
      const said = [() => P.write(b, value), () => P.write(grow, value), () => P.pack(value)].map(
        (write) => {
          try {
            write();
          } catch (error) {
            return (error as Error).message;
          }
          return 'nothing';
        },
      );
      expect(new Set(said).size).toBe(1);
      return said[0];
    };
    expect(message(whole)).toBe('nothing');
    for (const [path, bad, words] of wrong) {
      const key = path.replace('[]', '');
      const one = { ...good, [key]: bad };
      expect(message({ ...whole, o: one })).toBe(`packet: field "o.${path}" ${words}`);
      expect(message({ ...whole, i: one })).toBe(`packet: field "i.${path}" ${words}`);
      expect(message({ ...whole, m: [good, one] })).toBe(`packet: field "m[].${path}" ${words}`);
      expect(message({ ...whole, mm: [[one]] })).toBe(`packet: field "mm[][].${path}" ${words}`);
    }
    expect(message({ ...whole, x: 5 })).toBe('packet: field "x" takes a string, got 5');
    expect(message({ ...whole, i: null })).toBe('packet: field "i" takes an object, got null');
    expect(message({ ...whole, m: [undefined] })).toBe(
      'packet: field "m[]" takes an object, got undefined',
    );
    expect(message({ ...whole, mm: [[null]] })).toBe(
      'packet: field "mm[][]" takes an object, got null',
    );
    expect(message(undefined)).toBe('packet: a packet takes an object, got undefined');
    bw.buffer_delete(b);
    bw.buffer_delete(grow);
  });
});

it('views name the path too, and see that bytes have changed under them', () => {
  const P = packet({ v: vec(f32, 2), i: packet({ n: u8, e: bw.enumOf('a', 'b') }), s: str(9) });
  const b = bw.buffer_create(64, bw.buffer_fixed, 1);
  P.write(b, { v: [1, 2], i: { n: 1, e: 'a' }, s: 'abc' });
  const view = P.view().at(b, 0);
  expect(() => {
    view.v[0] = 'x' as Any;
  }).toThrow('packet: field "v[]" takes a number, got "x"');
  expect(() => {
    view.i.e = 'c' as Any;
  }).toThrow('packet: field "i.e" takes one of "a", "b", got "c"');
  expect(view.s).toBe('abc');
  bw.buffer_fill(b, 0, bw.buffer_u8, 255, 64);
  expect(() => view.s).toThrow(RangeError);
  bw.buffer_delete(b);
});

it('columns keep a length that is no getter', () => {
  const c = Pair.columns(4);
  expect(() => Object.defineProperty(c, 'length', { get: () => 3 })).toThrow(TypeError);
  c.length = 2;
  expect(c.length).toBe(2);
  c.free();
});
