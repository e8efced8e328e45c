// The bytes of packets, frozen: every kind of field, unions, columns, deltas and snapshots, from every engine and both builds.
// STANDARD.md says what they mean. After a deliberate change: UPDATE_GOLDEN=1 npx vitest run test/golden/packet
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';

const file = new URL('packet.json', import.meta.url);
const ENGINES = ['generated', 'clones', 'plain'] as const;

async function library(simd: boolean) {
  vi.resetModules();
  const bw = await import('../../bindings/index.js');
  await bw.init({ simd });
  return bw;
}
type Library = Awaited<ReturnType<typeof library>>;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Every kind of field with values at its edges, each a packet of its own: `[schema, values]`. */
function fields(bw: Library): Record<string, [bw: object, values: unknown[]]> {
  const numbers = [
    0,
    1,
    -1,
    127,
    128,
    255,
    256,
    -32768,
    65535,
    2 ** 31,
    2 ** 32 - 1,
    -(2 ** 31),
    1.5,
  ];
  const floats = [
    0,
    -0,
    1,
    -1.5,
    0.1,
    65504,
    65520,
    2 ** -24,
    2 ** -25,
    1e300,
    Infinity,
    -Infinity,
    NaN,
  ];
  const inner = bw.packet({ on: bw.bool, x: bw.u16 });
  const loose = bw.packet({ name: bw.str(3), n: bw.varint });
  return {
    u8: [{ a: bw.u8 }, numbers],
    s8: [{ a: bw.s8 }, numbers],
    u16: [{ a: bw.u16 }, numbers],
    s16: [{ a: bw.s16 }, numbers],
    u32: [{ a: bw.u32 }, numbers],
    s32: [{ a: bw.s32 }, numbers],
    u64: [{ a: bw.u64 }, [0n, 1n, 2n ** 53n, 2n ** 64n - 1n, -1n]],
    f16: [{ a: bw.f16 }, floats],
    f32: [{ a: bw.f32 }, floats],
    f64: [{ a: bw.f64 }, floats],
    bool: [{ a: bw.bool }, [true, false]],
    'eight bools and a bit': [
      Object.fromEntries([...'abcdefghi'].map((key) => [key, bw.bool])),
      [Object.fromEntries([...'abcdefghi'].map((key, i) => [key, i % 3 === 0]))],
    ],
    varint: [{ a: bw.varint }, [0, 1, 127, 128, 300, 16383, 16384, 2 ** 21, 2 ** 28, 2 ** 32 - 1]],
    'bits(1)': [{ a: bw.bits(1) }, [0, 1, 2]],
    'bits(3), bits(20), bits(32)': [
      { a: bw.bits(3), b: bw.bits(20), c: bw.bits(32) },
      [{ a: 5, b: 0xabcde, c: 0x89abcdef }],
    ],
    'ranged(5, 5)': [{ a: bw.ranged(5, 5) }, [5, 99]],
    'ranged(-5, 20)': [{ a: bw.ranged(-5, 20) }, [-5, 0, 20, 99, -99]],
    'ranged, 32 bits': [{ a: bw.ranged(-(2 ** 31), 2 ** 31 - 1) }, [-(2 ** 31), 0, 2 ** 31 - 1]],
    'quant, 1 bit': [{ a: bw.quant(-1, 1, 1) }, [-1, -0.01, 0, 1, NaN]],
    'quant, 8 bits': [{ a: bw.quant(-1, 1, 8) }, [-1, 0, 1, 5]],
    'quant, 12 bits': [{ a: bw.quant(0, 360, 12) }, [0, 90, 360]],
    'quant, 16 bits': [{ a: bw.quant(0, 1, 16) }, [0, 0.5, 1]],
    'quant, 24 bits': [{ a: bw.quant(0, 1, 24) }, [0, 0.5, 1]],
    'enum of 1': [{ a: bw.enumOf('only') }, ['only']],
    'enum of 3': [{ a: bw.enumOf('x', 'y', 'z') }, ['x', 'z']],
    'str(5)': [{ a: bw.str(5) }, ['', 'abc', 'ä€', '\u{1f642}']],
    'str(300)': [{ a: bw.str(300) }, ['', 'ÿ'.repeat(70)]],
    'str(70000)': [{ a: bw.str(70_000) }, ['x']],
    'bytes(5)': [{ a: bw.bytes(5) }, [new Uint8Array(0), new Uint8Array([1, 255])]],
    'vec(f32, 3)': [{ a: bw.vec(bw.f32, 3) }, [[1, -2, 0.5]]],
    'list(u16, 9)': [{ a: bw.list(bw.u16, 9) }, [[], [1, 65535]]],
    'list(bits(3), 9)': [{ a: bw.list(bw.bits(3), 9) }, [[1, 7]]],
    'list(packet, 300)': [
      { a: bw.list(inner, 300) },
      [
        [
          { on: true, x: 1 },
          { on: false, x: 513 },
        ],
      ],
    ],
    'list(list(str))': [{ a: bw.list(bw.list(bw.str(2), 2), 2) }, [[['a', 'bc'], []]]],
    'optional(u32)': [{ a: bw.optional(bw.u32), z: bw.u8 }, [{ a: 7, z: 1 }, { z: 1 }]],
    'optional(packet)': [{ a: bw.optional(loose) }, [{ name: 'q', n: 300 }, undefined]],
    'packet of fixed size': [{ a: inner, z: bw.bool }, [{ a: { on: true, x: 513 }, z: true }]],
    'packet of other size': [{ a: loose, z: bw.bool }, [{ a: { name: 'äb', n: 1 }, z: true }]],
  };
}

function packets(bw: Library): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, [schema, values]] of Object.entries(fields(bw))) {
    const of = bw.packet(schema as never);
    const single = Object.keys(schema).length === 1;
    out[name] = values
      .map((value) => hex(of.pack((single ? { a: value } : value) as never)))
      .join(' ');
    out[`${name}, layout`] = `${of.layout} 0x${of.hash.toString(16)}`;
  }
  const tagged = bw.packet({ a: bw.u8, b: bw.str(4) }, { tagged: true });
  out.tagged = hex(tagged.pack({ a: 1, b: 'hi' }));
  const message = bw.union({ move: bw.packet({ x: bw.f32 }), say: bw.packet({ text: bw.str(9) }) });
  const b = bw.buffer_create(0, bw.buffer_grow, 1);
  message.write(b, 'say', { text: 'hi' });
  message.write(b, 'move', { x: 1.5 });
  out.union = hex(bw.buffer_to_bytes(b, 0, bw.buffer_tell(b)));
  out['union, layout'] = `${message.layout} 0x${message.hash.toString(16)}`;
  bw.buffer_delete(b);
  return out;
}

function many(bw: Library): Record<string, string> {
  const schema = {
    id: bw.u16,
    x: bw.f32,
    h: bw.f16,
    on: bw.bool,
    big: bw.u64,
    turn: bw.quant(-1, 1, 8),
    aim: bw.quant(0, 360, 12),
    team: bw.ranged(-2, 5),
    tiny: bw.u8,
    other: bw.u8,
    mode: bw.enumOf('a', 'b', 'c'),
    at: bw.vec(bw.s16, 2),
    in: bw.packet({ f: bw.bits(11), d: bw.f64 }),
  };
  const out: Record<string, string> = {};
  for (const tagged of [false, true]) {
    const of = bw.packet(schema, { tagged });
    const columns = of.columns(20);
    const base = of.columns(20);
    columns.length = base.length = 18;
    for (let i = 0; i < 18; i++) {
      for (const c of [columns, base]) {
        c.id[i] = 1000 + i;
        c.x[i] = i / 4;
        c.h[i] = [0.1, -1e6, NaN, 2 ** -24, 65519][i % 5];
        c.on[i] = i % 3;
        c.big[i] = BigInt(i) << 40n;
        c.turn[i] = Math.fround(i / 9 - 1);
        c.aim[i] = i * 20;
        c.team[i] = i - 4;
        c.tiny[i] = i * 15;
        c.other[i] = 255 - i;
        c.mode[i] = i % 4;
        c.at[0][i] = -i;
        c.at[1][i] = i * 1000;
        c.in.f[i] = i * 300;
        c.in.d[i] = i / 3;
      }
      if (i % 5 === 0) columns.x[i] += 1;
      if (i % 7 === 0) columns.in.f[i]++;
      if (i === 9) columns.big[i]--;
    }
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    const keep = (name: string, write: () => void) => {
      bw.buffer_seek(b, bw.buffer_seek_start, 0);
      write();
      out[`${name}${tagged ? ', tagged' : ''}`] = hex(bw.buffer_to_bytes(b, 0, bw.buffer_tell(b)));
    };
    keep('planar', () => of.writeColumns(b, columns));
    keep('records', () => of.writeColumns(b, columns, { layout: 'records' }));
    keep('delta, mask', () => of.writeDelta(b, columns, base));
    keep('delta, difference', () => of.writeDelta(b, columns, base, { mode: 'difference' }));
    const sender = new bw.SnapshotSender(of, 20);
    const client = new bw.SnapshotClient();
    sender.columns.length = 18;
    sender.columns.x.set(columns.x);
    sender.commit(1000);
    keep('snapshot, whole', () => sender.write(b, client));
    client.acknowledge(0);
    sender.columns.id[3] = 7;
    sender.commit(1050);
    keep('snapshot, delta', () => sender.write(b, client));
    sender.free();
    columns.free();
    base.free();
    bw.buffer_delete(b);
  }
  return out;
}

let bw: Library;
afterEach(() => bw.packet_set_engine());

describe.each([
  ['SIMD', true],
  ['plain', false],
])('the %s build', (_, simd) => {
  it('writes the frozen packets with every engine, and the frozen columns, deltas and snapshots', async () => {
    bw = await library(simd);
    const made = { packets: packets(bw), many: many(bw) };
    if (process.env.UPDATE_GOLDEN && simd) {
      writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`);
    }
    const frozen = JSON.parse(readFileSync(file, 'utf8'));
    expect(made).toEqual(frozen);
    for (const engine of ENGINES) {
      bw.packet_set_engine(engine);
      expect(packets(bw)).toEqual(frozen.packets);
    }
  });
});
