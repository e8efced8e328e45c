// Values whose getters give something else the second time, or do things to the buffer that is written.
import { afterEach, describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import { kernel } from '../../bindings/wasm/memory.js';

const { packet, u32, str, bytes, list } = bw;
const ENGINES = ['generated', 'clones', 'plain'] as const;
// biome-ignore lint/suspicious/noExplicitAny: values that the types forbid
type Any = any;

afterEach(() => bw.packet_set_engine());

const fill = new Uint8Array(4000).fill(0x62);
const KINDS: [string, Any, Any, Any][] = [
  ['str', str(5000), 'a', 'b'.repeat(4000)],
  ['small str', str(300), 'a', 'b'.repeat(290)],
  ['bytes', bytes(5000), new Uint8Array(1), fill],
  ['small bytes', bytes(300), new Uint8Array(1), fill.subarray(0, 290)],
  ['list', list(u32, 1200), [1], Array(1000).fill(0x62626262)],
  ['too long str', str(3), 'a', 'b'.repeat(4000)],
  ['too many bytes', bytes(3), new Uint8Array(1), fill],
];

describe.each(ENGINES)('engine %s', (engine) => {
  it.each(KINDS)('stays in the buffer when a getter gives a longer %s later', (_, field, a, b) => {
    bw.packet_set_engine(engine);
    const P = packet({ n: u32, l: field }) as Any;
    for (let after = 1; after <= 6; after++) {
      const target = bw.buffer_create(32, bw.buffer_fixed, 1);
      const others = Array.from({ length: 40 }, () => bw.buffer_create(200, bw.buffer_fixed, 1));
      let reads = 0;
      const value = {
        n: 1,
        get l() {
          return ++reads <= after ? a : b;
        },
      };
      let error: unknown;
      try {
        P.write(target, value);
      } catch (thrown) {
        error = thrown;
      }
      if (error !== undefined) expect(error).toBeInstanceOf(RangeError);
      expect(bw.buffer_tell(target)).toBeLessThanOrEqual(32);
      for (const other of others) {
        expect(bw.buffer_to_bytes(other).some((byte) => byte !== 0)).toBe(false);
        bw.buffer_delete(other);
      }
      bw.buffer_delete(target);
    }
    expect(kernel.heap_check()).toBe(0);
  });

  it('packs inside a getter without harm', () => {
    bw.packet_set_engine(engine);
    const inner = packet({ z: u32 });
    const P = packet({ a: u32, b: u32 });
    const value = {
      a: 1,
      get b() {
        return inner.pack({ z: 9 }).length;
      },
    };
    for (let i = 0; i < 3; i++) expect([...P.pack(value)]).toEqual([1, 0, 0, 0, 4, 0, 0, 0]);
    const own = {
      a: 1,
      get b() {
        return P.pack({ a: 5, b: 6 })[0];
      },
    };
    for (let i = 0; i < 3; i++) expect([...P.pack(own)]).toEqual([1, 0, 0, 0, 5, 0, 0, 0]);
  });

  it('writes nothing beyond a buffer that a getter has shrunk', () => {
    bw.packet_set_engine(engine);
    const P = packet({ a: u32, b: u32, c: list(u32, 900) });
    const target = bw.buffer_create(4096, bw.buffer_fixed, 1);
    const others: number[] = [];
    const value = {
      a: 1,
      get b() {
        bw.buffer_resize(target, 8);
        while (others.length < 20) others.push(bw.buffer_create(200, bw.buffer_fixed, 1));
        return 2;
      },
      c: Array(900).fill(0x62626262),
    };
    expect(() => P.write(target, value)).toThrow(RangeError);
    for (const other of others) {
      expect(bw.buffer_to_bytes(other).some((byte) => byte !== 0)).toBe(false);
      bw.buffer_delete(other);
    }
    bw.buffer_delete(target);
    expect(kernel.heap_check()).toBe(0);
  });
});
