// Columns, deltas and snapshots of random packets against slow versions written from STANDARD.md, in both builds.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as Reference from './packet-reference.js';

// biome-ignore lint/suspicious/noExplicitAny: values of random schemas
type Any = any;
type Library = typeof import('../../bindings/index.js');
type Kind = Reference.Kind;
type PacketKind = Reference.PacketKind;

const RUNS = { numRuns: 60, interruptAfterTimeLimit: 20_000 };
/** Around the sizes at which kernels go from whole vectors, words and batches to what is left. */
const COUNTS = [0, 1, 3, 4, 7, 8, 15, 16, 17, 33, 100, 255, 256, 257, 511, 513, 700];

/** A cell of planar columns and deltas: the value's bytes, or its code in so many bits. */
interface Column {
  key: string;
  kind: Kind;
  bytes: number;
  /** 0: whole cells. */
  bits: number;
}

let bw: Library;
let ref: typeof Reference;

/** The columns of a packet in planar order: the widest first, then those that take bits. */
function columns_of(kind: PacketKind): Column[] {
  const all = kind.fields.map(([key, of]): Column => {
    const whole = { u8: 1, s8: 1, u16: 2, s16: 2, f16: 2, u32: 4, s32: 4, f32: 4, f64: 8 };
    if (of.is === 'number') return { key, kind: of, bytes: whole[of.type], bits: 0 };
    if (of.is === 'u64') return { key, kind: of, bytes: 8, bits: 0 };
    if (of.is === 'quant' && of.bits % 8 === 0)
      return { key, kind: of, bytes: of.bits / 8, bits: 0 };
    const bits = bits_of(of);
    return { key, kind: of, bytes: bits <= 8 ? 1 : bits <= 16 ? 2 : 4, bits };
  });
  const sized = [8, 4, 2, 1].flatMap((n) => all.filter((c) => c.bits === 0 && c.bytes === n));
  // Codes are put in the order of the schema, however wide.
  return [...sized, ...all.filter(({ bits }) => bits > 0)];
}

function bits_of(kind: Kind): number {
  const holds = (codes: number) => Math.max(1, Math.ceil(Math.log2(codes)));
  switch (kind.is) {
    case 'bool':
      return 1;
    case 'bits':
      return kind.n;
    case 'ranged':
      return holds(kind.max - kind.min + 1);
    case 'enum':
      return holds(kind.names.length);
    default:
      return (kind as { bits: number }).bits;
  }
}

/** The cell of a value, as bytes. */
function cell(column: Column, value: Any): number[] {
  const { kind, bytes, bits } = column;
  if (bits === 0) return ref.encode(kind, value);
  const code = ref.encode(kind, value);
  return Array.from({ length: bytes }, (_, i) => code[i] ?? 0);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function u32(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
}

function planar(kind: PacketKind, values: Any[]): number[] {
  const columns = columns_of(kind);
  const out = u32(values.length);
  if (columns.some(({ bytes, bits }) => bytes === 8 && bits === 0)) out.push(0, 0, 0, 0);
  for (const column of columns) {
    const cells = values.map((value) => cell(column, value[column.key]));
    if (column.bits === 0) {
      out.push(...cells.flat());
      continue;
    }
    const row = cells.flatMap((bytes) =>
      Array.from({ length: column.bits }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1),
    );
    while (row.length % 8) row.push(0);
    for (let i = 0; i < row.length; i += 8) {
      out.push(row.slice(i, i + 8).reduce((sum, bit, k) => sum + bit * 2 ** k, 0));
    }
  }
  return out;
}

/** `differs` tells which of a record's values are not those of the baseline. */
function masked(
  kind: PacketKind,
  values: Any[],
  differs: (key: string, i: number) => boolean,
): number[] {
  const columns = columns_of(kind);
  const out: number[] = [];
  let changed = 0;
  let next = 0;
  values.forEach((value, i) => {
    const hit = columns.map(({ key }) => differs(key, i));
    if (!hit.includes(true)) return;
    changed++;
    out.push(...varint(i - next));
    next = i + 1;
    for (let k = 0; k < hit.length; k += 8) {
      out.push(hit.slice(k, k + 8).reduce((sum, bit, n) => sum + (bit ? 2 ** n : 0), 0));
    }
    columns.forEach((column, k) => {
      if (hit[k]) out.push(...cell(column, value[column.key]));
    });
  });
  return [0, ...varint(values.length), ...varint(changed), ...out];
}

function number_of(bytes: number[]): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function difference(kind: PacketKind, values: Any[], base: Any[]): number[] {
  const out = [1, ...varint(values.length)];
  for (const column of columns_of(kind)) {
    values.forEach((value, i) => {
      const a = number_of(cell(column, value[column.key]));
      const b = number_of(cell(column, base[i][column.key]));
      const bits = column.bytes * 8;
      const d = BigInt.asIntN(bits, a - b);
      const z = BigInt.asUintN(bits, (d << 1n) ^ (d >> BigInt(bits - 1)));
      for (let n = 0; n < column.bytes; n++) out.push(Number((z >> BigInt(8 * n)) & 255n));
    });
  }
  return out;
}

/** Puts values in columns, and gives them as they stand there: what packets are then made of. */
function fill(columns: Any, kind: PacketKind, values: Any[]): Any[] {
  columns.length = values.length;
  return values.map((value, i) =>
    Object.fromEntries(
      kind.fields.map(([key, of]) => {
        const array = columns[key];
        if (of.is === 'u64') array[i] = value[key];
        else array[i] = of.is === 'enum' ? of.names.indexOf(value[key]) : Number(value[key]);
        if (of.is === 'enum') return [key, of.names[array[i]]];
        return [key, of.is === 'bool' ? array[i] !== 0 : array[i]];
      }),
    ),
  );
}

/** As many values as asked, from a few that are varied by index. */
function many(seeds: Any[], n: number): Any[] {
  return Array.from({ length: n }, (_, i) => seeds[(i * 7 + (i >> 3)) % seeds.length]);
}

describe.each([
  ['SIMD', true],
  ['plain', false],
])('the %s build', (_, simd) => {
  beforeAll(async () => {
    vi.resetModules();
    bw = await import('../../bindings/index.js');
    await bw.init({ simd });
    ref = await import('./packet-reference.js');
  });
  afterAll(() => vi.resetModules());

  it('writes the bytes of the reference: records, planar columns, and both deltas', () => {
    fc.assert(
      fc.property(
        ref.flat_packet_kind.chain((kind) =>
          fc.tuple(
            fc.constant(kind),
            fc.array(ref.value_of(kind), { minLength: 3, maxLength: 9 }),
            fc.constantFrom(...COUNTS),
            fc.array(fc.tuple(fc.nat(700), fc.nat(20)), { maxLength: 40 }),
          ),
        ),
        ([kind, seeds, n, changes]) => {
          const of = ref.packet_of(kind);
          const columns = of.columns(Math.max(n, 1)) as Any;
          const base = of.columns(n + 5) as Any;
          const values = fill(columns, kind, many(seeds, n));
          const old = many(seeds, n).map((value) => ({ ...value }));
          for (const [at, field] of changes) {
            const [key] = kind.fields[field % kind.fields.length];
            if (n > 0) old[at % n][key] = seeds[(at + 1) % seeds.length][key];
          }
          const before = fill(base, kind, old);
          const b = bw.buffer_create(0, bw.buffer_grow, 1);
          const written = (write: () => void): number[] => {
            bw.buffer_seek(b, bw.buffer_seek_start, 0);
            write();
            return [...bw.buffer_to_bytes(b, 0, bw.buffer_tell(b))];
          };
          const bits = (array: Any, i: number) =>
            Buffer.from(
              array.buffer,
              array.byteOffset + i * array.BYTES_PER_ELEMENT,
              array.BYTES_PER_ELEMENT,
            );
          const differs = (key: string, i: number) =>
            Buffer.compare(bits(columns[key], i), bits(base[key], i)) !== 0;
          expect(written(() => of.writeColumns(b, columns, { layout: 'records' }))).toEqual([
            ...u32(n),
            ...values.flatMap((value) => ref.encode(kind, value)),
          ]);
          expect(written(() => of.writeColumns(b, columns))).toEqual(planar(kind, values));
          expect(written(() => of.writeDelta(b, columns, base))).toEqual(
            masked(kind, values, differs),
          );
          expect(written(() => of.writeDelta(b, columns, base, { mode: 'difference' }))).toEqual(
            difference(kind, values, before),
          );
          columns.free();
          base.free();
          bw.buffer_delete(b);
        },
      ),
      RUNS,
    );
  });

  it('reads them back, and touches no record behind the last', () => {
    fc.assert(
      fc.property(
        ref.flat_packet_kind.chain((kind) =>
          fc.tuple(
            fc.constant(kind),
            fc.array(ref.value_of(kind), { minLength: 3, maxLength: 9 }),
            fc.constantFrom(...COUNTS),
          ),
        ),
        ([kind, seeds, n]) => {
          const of = ref.packet_of(kind);
          const columns = of.columns(n + 40) as Any;
          const back = of.columns(n + 40) as Any;
          fill(columns, kind, many(seeds, n));
          const b = bw.buffer_create(0, bw.buffer_grow, 1);
          const cells = () => kind.fields.map(([key]) => Buffer.from(back[key].slice(n).buffer));
          for (const layout of ['planar', 'records'] as const) {
            for (const [key, field] of kind.fields) back[key].fill(field.is === 'u64' ? 1n : 1);
            const behind = cells();
            bw.buffer_seek(b, bw.buffer_seek_start, 0);
            of.writeColumns(b, columns, { layout });
            const sent = [...bw.buffer_to_bytes(b, 0, bw.buffer_tell(b))];
            bw.buffer_seek(b, bw.buffer_seek_start, 0);
            expect(of.readColumns(b, back, { layout })).toBe(n);
            expect(cells()).toEqual(behind);
            // What was read writes the same bytes again.
            bw.buffer_seek(b, bw.buffer_seek_start, 0);
            of.writeColumns(b, back, { layout });
            expect([...bw.buffer_to_bytes(b, 0, bw.buffer_tell(b))]).toEqual(sent);
          }
          columns.free();
          back.free();
          bw.buffer_delete(b);
        },
      ),
      RUNS,
    );
  });

  it('converts every half, and every float between two halves, as the reference does', () => {
    const H = bw.packet({ h: bw.f16 });
    const codes = 0x7c01;
    const columns = H.columns(codes * 3);
    columns.length = codes * 3;
    const half = H.view();
    const b = bw.buffer_create(2, bw.buffer_fixed, 1);
    half.append(b);
    const values = Array.from({ length: codes }, (_, code) => {
      bw.buffer_poke(b, 0, bw.buffer_u16, code);
      return half.h;
    });
    for (let i = 0; i < codes; i++) {
      const next = i + 1 < codes ? values[i + 1] : 65536;
      const middle = i + 2 < codes ? (values[i] + next) / 2 : 65520;
      columns.h[i * 3] = i % 2 ? values[i] : -values[i];
      columns.h[i * 3 + 1] = middle;
      columns.h[i * 3 + 2] = middle * (i % 3 === 0 ? 1 + 2 ** -22 : 1 - 2 ** -22);
    }
    const out = bw.buffer_create(0, bw.buffer_grow, 1);
    H.writeColumns(out, columns);
    const sent = bw.buffer_to_bytes(out, 4, bw.buffer_tell(out) - 4);
    const view = new DataView(sent.buffer, sent.byteOffset);
    for (let i = 0; i < codes * 3; i++) {
      const [low, high] = ref.encode({ is: 'number', type: 'f16' }, columns.h[i]);
      if (view.getUint16(i * 2, true) !== (low | (high << 8))) {
        throw new Error(
          `${columns.h[i]} became ${view.getUint16(i * 2, true)}, not ${low | (high << 8)}`,
        );
      }
    }
    columns.free();
    bw.buffer_delete(b);
    bw.buffer_delete(out);
  });

  it('never throws for mutated snapshots, and goes on with good ones', () => {
    const Ship = bw.packet({ id: bw.u16, x: bw.f32, h: bw.f16, mode: bw.enumOf('a', 'b', 'c') });
    const sender = new bw.SnapshotSender(Ship, 30, { history: 6 });
    const receiver = new bw.SnapshotReceiver(Ship, 30, { history: 6 });
    const client = new bw.SnapshotClient();
    let seed = 1;
    const random = (n: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % n;
    };
    sender.columns.length = 30;
    let refused = 0;
    for (let tick = 0; tick < 1200; tick++) {
      for (let k = 0; k < 4; k++) sender.columns.x[random(30)] += 1;
      sender.commit(tick * 50);
      const b = bw.buffer_create(0, bw.buffer_grow, 1);
      sender.write(b, client);
      const good = bw.buffer_to_bytes(b, 0, bw.buffer_tell(b));
      bw.buffer_delete(b);
      const newest = receiver.ack;
      for (let k = 0; k < 9; k++) {
        const broken = good.slice(0, random(4) === 0 ? random(good.length) : good.length);
        // Behind the number and the time: those are the sender's word.
        for (let m = random(3); m >= 0; m--) {
          if (broken.length > 7) broken[7 + random(broken.length - 7)] = random(256);
        }
        if (Buffer.compare(broken, good) === 0 || tick < 2) continue;
        const r = bw.buffer_from(broken);
        const copy = new bw.SnapshotReceiver(Ship, 30, { history: 6 });
        const status = copy.tryRead(r, tick * 50);
        copy.free();
        bw.buffer_seek(r, bw.buffer_seek_start, 0);
        if (status < 0 && receiver.tryRead(r, tick * 50) < 0) {
          refused++;
          expect(bw.buffer_tell(r)).toBe(0);
          expect(receiver.ack).toBe(newest);
        }
        bw.buffer_delete(r);
        if (receiver.ack !== newest) break;
      }
      const r = bw.buffer_from(good);
      const again = receiver.tryRead(r, tick * 50);
      bw.buffer_delete(r);
      // A mutated one may have been a good snapshot with the same number: then this one is read over.
      if (receiver.ack === newest || again < 0) throw new Error(`tick ${tick}: refused a good one`);
      if (tick % 5 !== 4) client.acknowledge(receiver.ack);
      const pair = receiver.at(tick * 50);
      expect(pair?.factor).toBeGreaterThanOrEqual(0);
      expect(pair?.factor).toBeLessThanOrEqual(1);
    }
    expect(refused).toBeGreaterThan(1000);
    sender.free();
    receiver.free();
  });
});
