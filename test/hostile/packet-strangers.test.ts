// Packets that strangers have a hand in: schemas out of their JSON, thousands of fields, broken bytes across the end of a wrap buffer.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import {
  any_packet_kind,
  encode,
  type PacketKind,
  packet_of,
  value_of,
} from '../property/packet-reference.js';

const { packet, u8, u16, f32, bool, str, list, optional } = bw;
const ENGINES = ['generated', 'clones', 'plain'] as const;
// biome-ignore lint/suspicious/noExplicitAny: values that the types forbid
type Any = any;

afterEach(() => bw.packet_set_engine());

describe('a schema out of JSON', () => {
  const evil = '0; globalThis.packet_was_here = true; //';
  it.each<[string, Any]>([
    ['a number', { kind: 'number', type: 'u8' }],
    ['bits', { kind: 'bits', bits: evil }],
    ['a range', { kind: 'ranged', min: evil, max: 9, bits: 4 }],
    ['a string', { kind: 'str', max: evil }],
    ['nothing known', { kind: evil }],
    ['not even a node', 5],
  ])('is none, if its fields only look like fields: %s', (_, node) => {
    const forged = JSON.parse(JSON.stringify({ node, optional: true }));
    for (const make of [
      () => packet({ a: forged }),
      () => list(forged, 3),
      () => optional(forged),
      () => bw.vec(forged, 3),
      () => bw.union({ a: forged }),
      () => new bw.SnapshotSender(forged, 3),
    ]) {
      expect(make).toThrow(TypeError);
    }
    expect((globalThis as Any).packet_was_here).toBe(undefined);
  });

  it('has no fields that come from a prototype', () => {
    const schema = Object.create({ hidden: u8 });
    schema.a = u8;
    expect(packet(schema).layout).toBe('{"a":u8}');
    expect(() => packet(JSON.parse('{"__proto__": 5, "a": 6}'))).toThrow(TypeError);
  });
});

describe.each(ENGINES)('engine %s', (engine) => {
  it('takes ten thousand fields', () => {
    bw.packet_set_engine(engine);
    const kinds = [u16, bool, str(2), f32, bw.bits(3)];
    const keys = Array.from({ length: 10_000 }, (_, i) => `f${i}`);
    const P = packet(Object.fromEntries(keys.map((key, i) => [key, kinds[i % 5]])) as Any) as Any;
    const value = Object.fromEntries(
      keys.map((key, i) => [key, [i, i % 2 === 0, `${i % 7}`, i / 2, i & 7][i % 5]]),
    );
    const bytes = P.pack(value).slice();
    expect(P.unpack(bytes)).toEqual(value);
    expect(P.tryUnpack(bytes.subarray(0, -1), {})).toBe(bw.Status.Short);
    expect(() => P.pack({ ...value, f9995: 'x' })).toThrow('"f9995"');
  });
});

it('broken packets across the end of a wrap buffer are read or refused by all engines alike', () => {
  const with_value = any_packet_kind.chain((kind) =>
    fc.tuple(fc.constant(kind), value_of(kind) as fc.Arbitrary<Any>),
  );
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(), fc.nat(4)), {
    minLength: 20,
    maxLength: 20,
  });
  fc.assert(
    fc.property(with_value, changes, ([kind, value]: [PacketKind, Any], mutations) => {
      const bytes = encode(kind, value);
      const packets = ENGINES.map((engine) => {
        bw.packet_set_engine(engine);
        return packet_of(kind) as bw.Packet<Any>;
      });
      for (const [at, byte, start, less] of mutations) {
        const broken = Uint8Array.from(bytes);
        broken[at % broken.length] = byte;
        const size = Math.max(1, broken.length + 2 - less);
        const results = packets.map((P) => {
          const b = bw.buffer_create(size, bw.buffer_wrap, 1);
          const from = start % size;
          for (let i = 0; i < Math.min(size, broken.length); i++)
            bw.buffer_poke(b, (from + i) % size, bw.buffer_u8, broken[i]);
          bw.buffer_seek(b, bw.buffer_seek_start, from);
          const into = {} as Any;
          const status = P.tryRead(b, into);
          const end = bw.buffer_tell(b);
          if (status < 0) {
            expect([into, end]).toEqual([{}, from]);
            expect(() => P.read(b)).toThrow(RangeError);
          }
          bw.buffer_delete(b);
          return { status, into, end };
        });
        expect(results[1]).toEqual(results[0]);
        expect(results[2]).toEqual(results[0]);
      }
    }),
    { numRuns: 100, interruptAfterTimeLimit: 20_000 },
  );
});
