// Packets: golden bytes, limits, refusals, every kind of buffer, growth of memory, hosts without eval.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { heap_use } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';

const top = fileURLToPath(new URL('../..', import.meta.url));
const { packet, union, u8, u16, u32, f16, f32, bool, bits, str, list, varint, optional } = bw;
const ENGINES = ['generated', 'clones', 'plain'] as const;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

afterEach(() => bw.packet_set_engine());

function grow_memory(): void {
  const before = heap_use().heap_bytes;
  const extra: number[] = [];
  while (heap_use().heap_bytes === before) {
    extra.push(bw.buffer_create(1 << 20, bw.buffer_fixed, 1));
  }
  for (const b of extra) bw.buffer_delete(b);
}

const ALL = {
  alive: bool,
  id: u16,
  x: f32,
  half: f16,
  team: bits(3),
  state: bw.enumOf('idle', 'run', 'jump'),
  level: bw.ranged(-5, 20),
  turn: bw.quant(-1, 1, 8),
  aim: bw.quant(0, 360, 12),
  big: bw.u64,
  points: varint,
  name: str(20),
  clan: optional(str(4)),
  pos: packet({ x: bw.s16, y: bw.s16 }),
  path: bw.vec(bw.s8, 3),
  items: list(packet({ kind: u8, rare: bool }), 10),
  raw: bw.bytes(300),
};
const VALUE = {
  alive: true,
  id: 513,
  x: 1.5,
  half: -0.25,
  team: 5,
  state: 'jump' as const,
  level: -3,
  turn: 1,
  aim: 90,
  big: 2n ** 60n + 1n,
  points: 300,
  name: 'Zoë',
  clan: 'ab',
  pos: { x: -2, y: 3 },
  path: [1, -1, 127],
  items: [
    { kind: 9, rare: true },
    { kind: 1, rare: false },
  ],
  raw: new Uint8Array([255, 0]),
};
// Bits: alive 1, team 5 << 1, state 2 << 4, level 2 << 6, aim 1024 << 11, clan there << 23; then the fixed part, then the rest.
const GOLDEN =
  'ab00a0' +
  '0102' +
  '0000c03f' +
  '00b4' +
  'ff' +
  '0100000000000010' +
  '04' +
  'feff0300' +
  '01ff7f' +
  '02' +
  '0200' +
  'ac02' +
  '5a6fc3ab' +
  '026162' +
  '0109' +
  '0001' +
  'ff00';

describe.each(ENGINES)('packets, engine %s', (engine) => {
  it('have golden bytes', () => {
    bw.packet_set_engine(engine);
    const All = packet(ALL);
    expect(hex(All.pack(VALUE))).toBe(GOLDEN);
    expect(All.size).toBe(null);
    expect(hex(packet({ a: u8, b: u32 }, { tagged: true }).pack({ a: 1, b: 2 })).slice(8)).toBe(
      '0102000000',
    );
    const back = All.unpack(All.pack(VALUE));
    expect(back).toEqual({ ...VALUE, aim: back.aim });
    expect(back.aim).toBeCloseTo(90, 1);
    expect(Object.keys(All.unpack(All.pack(VALUE)))).toEqual(Object.keys(ALL));
  });

  it('refuse what does not fit, with position, size and bytes as before', () => {
    bw.packet_set_engine(engine);
    const P = packet({
      id: u16,
      name: str(4),
      list: list(u8, 2),
      state: bw.enumOf('a', 'b'),
      n: u32,
    });
    const good = { id: 1, name: 'abc', list: [1], state: 'a' as const, n: 1 };
    const b = bw.buffer_create(13, bw.buffer_fixed, 1);
    bw.buffer_fill(b, 0, bw.buffer_u8, 7, 13);
    const before = hex(bw.buffer_to_bytes(b));
    bw.buffer_seek(b, bw.buffer_seek_start, 3);
    const refused = (value: unknown, error: typeof RangeError | typeof TypeError) => {
      expect(() => P.write(b, value as typeof good)).toThrow(error);
      expect(hex(bw.buffer_to_bytes(b))).toBe(before);
      expect(bw.buffer_tell(b)).toBe(3);
    };
    refused(good, RangeError);
    refused({ ...good, name: 'abcde' }, RangeError);
    refused({ ...good, name: 'ää\u20ac' }, RangeError);
    refused({ ...good, name: 5 }, TypeError);
    refused({ ...good, list: [1, 2, 3] }, RangeError);
    refused({ ...good, list: undefined }, TypeError);
    refused({ ...good, state: 'c' }, RangeError);
    refused({ ...good, n: 1n }, TypeError);
    refused(undefined, TypeError);
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    P.write(b, good);
    expect(bw.buffer_tell(b)).toBe(13);
    bw.buffer_delete(b);
  });

  it('stay right when linear memory grows between any two calls, or within one', () => {
    bw.packet_set_engine(engine);
    const P = packet({ a: u16, text: str(3000) });
    const value = { a: 1, text: 'x'.repeat(2000) };
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    for (let i = 0; i < 3; i++) {
      P.write(b, value);
      grow_memory();
      P.pack(value);
    }
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    for (let i = 0; i < 3; i++) {
      expect(P.read(b)).toEqual(value);
      grow_memory();
    }
    let grown = false;
    const sly = {
      get a() {
        if (!grown) grow_memory();
        grown = true;
        return 5;
      },
      text: 'sly',
    };
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    try {
      P.write(b, sly);
    } catch (error) {
      // A value that makes memory grow while it is looked at: nothing is written, the next call is right again.
      expect(error).toBeInstanceOf(TypeError);
      expect(bw.buffer_tell(b)).toBe(0);
      P.write(b, sly);
    }
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    expect(P.read(b)).toEqual({ a: 5, text: 'sly' });
    bw.buffer_delete(b);
  });

  it('are refused by deleted buffers and what is none', () => {
    bw.packet_set_engine(engine);
    const P = packet({ a: u16 });
    const b = bw.buffer_create(8, bw.buffer_fixed, 1);
    bw.buffer_delete(b);
    expect(() => P.write(b, { a: 1 })).toThrow(RangeError);
    expect(() => P.read(b)).toThrow(RangeError);
    expect(() => P.tryRead(b, { a: 1 })).toThrow(RangeError);
    expect(() => P.write('no' as never, { a: 1 })).toThrow(TypeError);
    expect(() => P.unpack([1, 2] as never)).toThrow(TypeError);
    expect(() => P.unpack('ab' as never)).toThrow(TypeError);
    expect(() => P.tryUnpack(undefined as never, { a: 1 })).toThrow(TypeError);
  });

  it('tagged: another layout is refused with words', () => {
    bw.packet_set_engine(engine);
    const A = packet({ a: u16 }, { tagged: true, name: 'Move' });
    const B = packet({ b: u16 }, { tagged: true });
    expect(A.hash).not.toBe(B.hash);
    expect(B.tryUnpack(A.pack({ a: 1 }), {} as never)).toBe(bw.Status.Version);
    expect(() => A.unpack(B.pack({ b: 1 }))).toThrow(/Move.*layout/);
    expect(() => A.checkHash(B.hash)).toThrow(/the peer has layout 0x[0-9a-f]{8}.*"a":u16/);
    A.checkHash(A.hash);
  });
});

describe('packets', () => {
  it('write some fields from values in the order of their keys', () => {
    const P = packet({ id: u16, x: f32, name: str(8) });
    const keys = ['name', 'id'] as const;
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    P.writeFields(b, keys, 'abc', 7);
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    expect(P.pick(keys).read(b)).toEqual({ name: 'abc', id: 7 });
    expect(() => P.writeFields(b, ['nope'] as never, ...([1] as never))).toThrow(TypeError);
    bw.buffer_delete(b);
  });

  it('refuse schemas that make no sense, and say why', () => {
    expect(() => packet({})).toThrow(/at least one field/);
    expect(() => packet({ a: 5 as never })).toThrow(/field "a" is 5/);
    expect(() => packet({ $a: u8 })).toThrow(TypeError);
    expect(() => packet({ 1: u8 })).toThrow(TypeError);
    expect(() => bits(33)).toThrow(RangeError);
    expect(() => bw.ranged(5, 4)).toThrow(RangeError);
    expect(() => bw.quant(1, 1, 8)).toThrow(RangeError);
    expect(() => str(0)).toThrow(RangeError);
    expect(() => bw.enumOf('a', 'a')).toThrow(RangeError);
    expect(() => list(optional(u8), 3)).toThrow(TypeError);
    expect(() => packet({ name: str(5) }).columns(3)).toThrow(
      /name is str, which has no fixed size/,
    );
  });

  it('need no eval: functions from toSource and packet_link are the same', async () => {
    const All = packet(ALL);
    const url = `data:text/javascript,${encodeURIComponent(All.toSource('made'))}`;
    const { made } = await import(/* @vite-ignore */ url);
    const linked = bw.packet_link(ALL, made);
    expect(hex(linked.pack(VALUE))).toBe(GOLDEN);
    grow_memory();
    expect(linked.unpack(linked.pack(VALUE))).toEqual(All.unpack(All.pack(VALUE)));
    expect(() => bw.packet_link({ other: u8 }, made)).toThrow(/layout/);
  });

  it('write the same bytes in a process that forbids code from strings', () => {
    const folder = mkdtempSync(join(top, '.vitest-packet-'));
    try {
      const file = join(folder, 'strict.mjs');
      writeFileSync(
        file,
        `import { packet, u8, f32, bits, str } from 'bytewire';
         const made = [];
         for (let i = 0; i < 20; i++) made.push(packet({ a: u8, b: f32, c: bits(3), d: str(9), ['e' + i]: u8 }));
         console.log([...new Set(made.map((p) => p.engine))].join());
         console.log(new Set(made.map((p, i) => Buffer.from(p.pack({ a: 1, b: 1.5, c: 5, d: 'hi', ['e' + i]: 9 })).toString('hex'))).size,
           Buffer.from(made[19].pack({ a: 1, b: 1.5, c: 5, d: 'hi', e19: 9 })).toString('hex'));`,
      );
      const run = (...flags: string[]) =>
        execFileSync(process.execPath, [...flags, file], { encoding: 'utf8' })
          .trim()
          .split('\n');
      const bytes = '1 05010000c03f02096869';
      expect(run()).toEqual(['generated', bytes]);
      expect(run('--disallow-code-generation-from-strings')).toEqual(['clones,plain', bytes]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('views', () => {
  it('read and write fields in place', () => {
    const P = packet({
      id: u16,
      on: bool,
      n: bits(3),
      wide: bits(20),
      q: bw.quant(0, 10, 8),
      pos: packet({ x: f32, y: f32 }),
      v: bw.vec(u8, 2),
      s: bw.enumOf('a', 'b'),
      h: f16,
    });
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    const view = P.view();
    for (let i = 0; i < 3; i++) {
      const v = view.append(b);
      Object.assign(v, { id: i, on: i === 1, n: i + 2, wide: 70000 + i, q: 10, s: 'b', h: 0.5 });
      v.pos = { x: i, y: -i };
      v.v[1] = 9;
    }
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    for (let i = 0; i < 3; i++) {
      const expected = {
        id: i,
        on: i === 1,
        n: i + 2,
        wide: 70000 + i,
        q: 10,
        pos: { x: i, y: -i },
        v: [0, 9],
        s: 'b',
        h: 0.5,
      };
      expect(P.read(b)).toEqual(expected);
    }
    expect(view.at(b, P.size as number).pos.x).toBe(1);
    expect(view.of(P.pack(P.unpack(bw.buffer_to_bytes(b)))).wide).toBe(70000);
    expect(() => view.at(b, bw.buffer_get_size(b) - 3)).toThrow(RangeError);
    bw.buffer_delete(b);
  });

  it('find what has no fixed size by walking to it', () => {
    const P = packet({ a: str(9), b: varint, c: list(u8, 4), d: str(9) });
    const value = { a: 'one', b: 300, c: [1, 2], d: 'two' };
    const b = bw.buffer_from(P.pack(value));
    const v = P.view().next(b);
    expect([v.a, v.b, v.c, v.d]).toEqual(['one', 300, [1, 2], 'two']);
    expect(bw.buffer_tell(b)).toBe(bw.buffer_get_size(b));
    expect(() => {
      v.a = 'x';
    }).toThrow(TypeError);
    bw.buffer_delete(b);
  });
});

describe('unions', () => {
  const M = union({ move: packet({ x: f32 }), say: packet({ text: str(9) }) });

  it('read what was written, and reuse the value of the same tag', () => {
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    M.write(b, 'say', { text: 'hi' });
    M.write(b, 'move', { x: 1.5 });
    expect(hex(bw.buffer_to_bytes(b, 0, bw.buffer_tell(b)))).toBe('01026869000000c03f');
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    expect(M.peek(b)).toBe('say');
    const first = M.read(b);
    expect(first).toEqual({ tag: 'say', value: { text: 'hi' } });
    const into = { tag: 'move' as const, value: { x: 0 } };
    const { value } = into;
    expect(M.tryRead(b, into)).toBe(0);
    expect(into.value).toBe(value);
    expect(value.x).toBe(1.5);
    bw.buffer_delete(b);
  });

  it('refuse unknown tags and broken members', () => {
    const b = bw.buffer_from(new Uint8Array([9, 1]));
    const into = { tag: '' as const, value: undefined };
    expect(M.tryRead(b, into)).toBe(bw.Status.Version);
    expect(() => M.read(b)).toThrow(/tag 9/);
    bw.buffer_poke(b, 0, bw.buffer_u8, 1);
    expect(M.tryRead(b, into)).toBe(bw.Status.Short);
    expect(into).toEqual({ tag: '', value: undefined });
    expect(() => M.write(b, 'nobody' as never, {} as never)).toThrow(/there is no "nobody"/);
    expect(() => M.checkHash(1)).toThrow(/both sides need the same packets/);
    bw.buffer_delete(b);
  });
});

describe('columns', () => {
  const Ent = packet({
    id: u16,
    x: f32,
    h: f16,
    on: bool,
    v: bw.vec(u8, 2),
    pos: packet({ y: bw.f64 }),
  });

  it('keep what they hold when memory grows, and show planar bytes in place', () => {
    const c = Ent.columns(20);
    c.length = 10;
    for (let i = 0; i < 10; i++) {
      c.id[i] = i;
      c.x[i] = i / 2;
      c.pos.y[i] = i * 3;
      c.v[1][i] = 200;
      c.on[i] = i;
    }
    grow_memory();
    expect([...c.x.slice(0, 3)]).toEqual([0, 0.5, 1]);
    const b = bw.buffer_create(0, bw.buffer_grow, 8);
    const bytes = Ent.writeColumns(b, c);
    expect(bytes).toBe(8 + 10 * (2 + 4 + 2 + 2 + 8) + 2);
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    const over = Ent.overlayColumns(b);
    expect([over.length, over.x[3], over.pos.y[3], over.v[1][9], over.id[4], over.on[0]]).toEqual([
      10, 1.5, 9, 200, 4, 0xfe,
    ]);
    expect(bw.buffer_tell(b)).toBe(bytes);
    const small = Ent.columns(5);
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    expect(Ent.tryReadColumns(b, small)).toBe(bw.Status.Range);
    c.free();
    expect(c.x.length).toBe(0);
    expect(() => Ent.writeColumns(b, c)).toThrow(/freed/);
    small.free();
    bw.buffer_delete(b);
  });

  it('take more than eight fields in a delta', () => {
    const keys = Array.from({ length: 19 }, (_, i) => `f${i}`);
    const Wide = packet(Object.fromEntries(keys.map((key, i) => [key, i % 2 ? f16 : u8])));
    const now = Wide.columns(100);
    const base = Wide.columns(100);
    const theirs = Wide.columns(100);
    now.length = base.length = theirs.length = 100;
    for (let i = 0; i < 100; i += 7) now[`f${i % 19}`][i] = 1;
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    expect(Wide.writeDelta(b, now, base)).toBe(15);
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    expect(Wide.readDelta(b, theirs)).toBe(15);
    for (const key of keys) expect([...theirs[key]]).toEqual([...now[key]]);
    for (const one of [now, base, theirs]) one.free();
    bw.buffer_delete(b);
  });
});

describe('snapshots', () => {
  it('survive loss, doubling and reordering, and cost little when acknowledged', () => {
    const Ship = packet({ x: f32, y: f32, on: bool });
    const server = new bw.SnapshotSender(Ship, 50, { history: 8 });
    const client = new bw.SnapshotClient();
    const receiver = new bw.SnapshotReceiver(Ship, 50, { history: 8, delay_ms: 50 });
    server.columns.length = 50;
    const sizes: number[] = [];
    const late: Uint8Array[] = [];
    for (let tick = 0; tick < 200; tick++) {
      server.columns.x[tick % 50] += 1;
      server.commit(tick * 20);
      const b = bw.buffer_create(0, bw.buffer_grow, 1);
      server.write(b, client);
      sizes.push(bw.buffer_tell(b));
      const bytes = bw.buffer_to_bytes(b, 0, bw.buffer_tell(b));
      bw.buffer_delete(b);
      if (tick % 5 === 3) continue;
      if (tick % 7 === 2) late.push(bytes);
      for (const sent of tick % 3 === 0 ? [bytes, bytes, ...late.splice(0)] : [bytes]) {
        const r = bw.buffer_from(sent);
        const status = receiver.tryRead(r, 5000 + tick * 20);
        if (sent === bytes) expect(status).toBe(0);
        bw.buffer_delete(r);
      }
      client.acknowledge(receiver.ack);
      expect(receiver.ack).toBe(tick);
      expect([...(receiver.newest?.x ?? [])]).toEqual([...server.columns.x]);
    }
    expect(sizes[0]).toBeGreaterThan(400);
    expect(Math.max(...sizes.slice(1))).toBeLessThan(60);
    const pair = receiver.at(5000 + 199 * 20);
    expect(pair?.factor).toBeGreaterThanOrEqual(0);
    expect(pair?.factor).toBeLessThanOrEqual(1);
    const broken = bw.buffer_from(new Uint8Array([1, 0, 3, 0, 0, 0, 0, 0]));
    expect(receiver.tryRead(broken, 9000)).toBeLessThan(0);
    expect(bw.buffer_tell(broken)).toBe(0);
    bw.buffer_delete(broken);
    server.free();
    receiver.free();
  });
});
