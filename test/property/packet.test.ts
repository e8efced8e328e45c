// Random schemas and values through every engine, against the slow reference; broken packets through tryRead.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { lookup } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { u8 as memory } from '../../bindings/wasm/memory.js';
import {
  any_packet_kind,
  encode,
  flat_packet_kind,
  normal,
  type PacketKind,
  packet_of,
  value_of,
} from './packet-reference.js';

// biome-ignore lint/suspicious/noExplicitAny: values of random schemas
type Any = any;

const ENGINES = ['generated', 'clones', 'plain'] as const;
/** The clone pool is small: most schemas of a run get the engine behind it. */
const RUNS = { numRuns: 300, interruptAfterTimeLimit: 25_000 };

afterEach(() => bw.packet_set_engine());

function in_every_engine(kind: PacketKind, options?: bw.PacketOptions): bw.Packet<Any>[] {
  return ENGINES.map((engine) => {
    bw.packet_set_engine(engine);
    return packet_of(kind, options);
  });
}

function with_value(kind: fc.Arbitrary<PacketKind>): fc.Arbitrary<[PacketKind, Any, Any]> {
  return kind.chain((k) => fc.tuple(fc.constant(k), value_of(k), value_of(k)));
}

/** A fixed buffer of just these bytes, with a pattern behind it that no reader may see. */
function buffer_of(bytes: number[] | Uint8Array, behind: number): number {
  const b = bw.buffer_create(bytes.length, bw.buffer_fixed, 1);
  bw.buffer_view(b).set(bytes);
  bw.buffer_set_used_size(b, bytes.length);
  const { end } = lookup(b);
  memory.fill(behind, end, end + 64);
  return b;
}

describe('a random packet', () => {
  it('has the bytes of the reference in every engine and kind of buffer, and comes back', () => {
    fc.assert(
      fc.property(with_value(any_packet_kind), fc.boolean(), ([kind, value, other], tagged) => {
        const expected = normal(kind, value);
        for (const packet of in_every_engine(kind, { tagged })) {
          const front = tagged ? [0, 8, 16, 24].map((shift) => (packet.hash >>> shift) & 255) : [];
          const bytes = [...front, ...encode(kind, value)];
          const n = bytes.length;
          expect(n).toBeLessThanOrEqual(packet.maxSize);
          if (packet.size !== null) expect(n).toBe(packet.size);
          expect([...packet.pack(value)]).toEqual(bytes);
          const sent = Uint8Array.from(bytes);
          expect(packet.unpack(sent)).toEqual(expected);
          const unpacked = normal(kind, other);
          expect(packet.tryUnpack(sent, unpacked)).toBe(0);
          expect(unpacked).toEqual(expected);
          expect(packet.unpack(sent, normal(kind, other))).toEqual(expected);
          expect(packet.tryUnpack(sent.subarray(0, n - 1), {})).toBe(bw.Status.Short);
          for (const [kind_of_buffer, size, align, start] of [
            [bw.buffer_grow, 0, 1, 0],
            [bw.buffer_fixed, n + 3, 1, 3],
            [bw.buffer_grow, 5, 8, 3],
            [bw.buffer_wrap, n + 3, 1, n],
            [bw.buffer_vbuffer, 80000, 1, 7],
          ]) {
            const b = bw.buffer_create(size, kind_of_buffer, align);
            bw.buffer_seek(b, bw.buffer_seek_start, start);
            packet.write(b, value);
            const end = bw.buffer_tell(b);
            const from = Math.ceil(start / align) * align;
            const whole = bw.buffer_get_size(b);
            const got = Array.from({ length: n }, (_, i) =>
              bw.buffer_peek(b, (from + i) % whole, bw.buffer_u8),
            );
            expect(got).toEqual(bytes);
            bw.buffer_seek(b, bw.buffer_seek_start, start);
            expect(packet.read(b)).toEqual(expected);
            expect(bw.buffer_tell(b)).toBe(end);
            bw.buffer_seek(b, bw.buffer_seek_start, start);
            const into = normal(kind, other);
            expect(packet.tryRead(b, into)).toBe(0);
            expect(into).toEqual(expected);
            expect(bw.buffer_tell(b)).toBe(end);
            bw.buffer_delete(b);
          }
        }
      }),
      RUNS,
    );
  });

  it('is refused at every length but its own, in all engines alike, with nothing read', () => {
    fc.assert(
      fc.property(with_value(any_packet_kind), ([kind, value]) => {
        const bytes = encode(kind, value);
        const packets = in_every_engine(kind);
        for (let n = 0; n < bytes.length; n++) {
          const results = packets.map((packet, i) => {
            const b = buffer_of(bytes.slice(0, n), i * 255);
            const into = { untouched: true } as Any;
            const status = packet.tryRead(b, into);
            expect(status).toBe(bw.Status.Short);
            expect(into).toEqual({ untouched: true });
            expect(bw.buffer_tell(b)).toBe(0);
            expect(() => packet.read(b)).toThrow(RangeError);
            bw.buffer_delete(b);
            return status;
          });
          expect(new Set(results).size).toBe(1);
        }
      }),
      { ...RUNS, numRuns: 100 },
    );
  });

  it('when mutated 10,000 times is read or refused by all engines alike, never by looking outside', () => {
    let tried = 0;
    const mutation = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const mutations = fc.array(fc.tuple(mutation, fc.nat(12)), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(with_value(any_packet_kind), mutations, ([kind, value], changes) => {
        const bytes = encode(kind, value);
        const packets = in_every_engine(kind);
        for (const [change, cut] of changes) {
          const broken = Uint8Array.from(bytes);
          for (const [at, byte] of change) broken[at % broken.length] = byte;
          const sent = broken.subarray(0, Math.max(0, broken.length - Math.max(0, cut - 8)));
          const results = packets.map((packet, i) => {
            const b = buffer_of(sent, i === 0 ? 0 : 255);
            const into = {} as Any;
            const status = packet.tryRead(b, into);
            const end = bw.buffer_tell(b);
            if (status < 0) expect([into, end]).toEqual([{}, 0]);
            bw.buffer_delete(b);
            return { status, end, into };
          });
          tried++;
          expect(results[1]).toEqual(results[0]);
          expect(results[2]).toEqual(results[0]);
        }
      }),
      { numRuns: 200, interruptAfterTimeLimit: 50_000 },
    );
    expect(tried).toBeGreaterThanOrEqual(10_000);
  });
});

describe('columns of a random packet', () => {
  const records = flat_packet_kind.chain((kind) =>
    fc.tuple(
      fc.constant(kind),
      fc.array(value_of(kind), { minLength: 0, maxLength: 40 }),
      fc.array(value_of(kind), { minLength: 40, maxLength: 40 }),
    ),
  );

  function fill(columns: Any, kind: PacketKind, values: Any[]): void {
    columns.length = values.length;
    values.forEach((value, i) => {
      for (const [key, of] of kind.fields) {
        if (of.is === 'u64') columns[key][i] = value[key];
        else columns[key][i] = of.is === 'enum' ? of.names.indexOf(value[key]) : Number(value[key]);
      }
    });
  }

  /** A record of columns as a value that the packet takes. */
  function record(columns: Any, kind: PacketKind, i: number): Any {
    return Object.fromEntries(
      kind.fields.map(([key, of]) => {
        const v = columns[key][i];
        return [key, of.is === 'enum' ? of.names[v] : of.is === 'bool' ? v !== 0 : v];
      }),
    );
  }

  it('have in the record layout the bytes that write gives, and come back from both layouts and both deltas', () => {
    fc.assert(
      fc.property(records, fc.boolean(), ([kind, values, older], tagged) => {
        bw.packet_set_engine('plain');
        const packet = packet_of(kind, { tagged });
        const n = values.length;
        const columns = packet.columns(48);
        const other = packet.columns(n + 1);
        fill(columns, kind, values);
        const b = bw.buffer_create(0, bw.buffer_grow, 1);
        packet.writeColumns(b, columns, { layout: 'records' });
        const expected = Array.from({ length: n }, (_, i) => record(columns, kind, i));
        const bytes = expected.flatMap((value) => encode(kind, value));
        const header = tagged ? 8 : 4;
        expect([...bw.buffer_to_bytes(b, header, bw.buffer_tell(b) - header)]).toEqual(bytes);
        const same = (read: Any) => {
          expect(read.length).toBe(n);
          for (let i = 0; i < n; i++) {
            const as_read = normal(kind, record(read, kind, i));
            const as_sent = normal(kind, expected[i]);
            for (const [key, of] of kind.fields) {
              if (of.is === 'quant') expect(as_read[key]).toBeCloseTo(as_sent[key], 4);
              else expect(as_read[key]).toEqual(as_sent[key]);
            }
          }
        };
        bw.buffer_seek(b, bw.buffer_seek_start, 0);
        packet.readColumns(b, other, { layout: 'records' });
        same(other);
        const wrap = bw.buffer_create(bw.buffer_get_size(b) + n * 8 + 40, bw.buffer_wrap, 1);
        bw.buffer_seek(wrap, bw.buffer_seek_end, 5);
        packet.writeColumns(wrap, columns);
        const planar = packet.columns(48);
        bw.buffer_seek(wrap, bw.buffer_seek_end, 5);
        packet.readColumns(wrap, planar);
        same(planar);
        const base = packet.columns(48);
        const theirs = packet.columns(48);
        for (const mode of ['mask', 'difference'] as const) {
          fill(
            base,
            kind,
            older.slice(0, n).map((value, i) => (i % 3 ? expected[i] : value)),
          );
          // What the receiver holds has gone over the wire once.
          bw.buffer_seek(b, bw.buffer_seek_start, 0);
          packet.writeColumns(b, base);
          bw.buffer_seek(b, bw.buffer_seek_start, 0);
          packet.readColumns(b, theirs);
          bw.buffer_seek(b, bw.buffer_seek_start, 0);
          packet.writeDelta(b, columns, base, { mode });
          const end = bw.buffer_tell(b);
          bw.buffer_seek(b, bw.buffer_seek_start, 0);
          packet.readDelta(b, theirs);
          expect(bw.buffer_tell(b)).toBe(end);
          same(theirs);
        }
        for (const one of [columns, other, planar, base, theirs]) one.free();
        bw.buffer_delete(b);
        bw.buffer_delete(wrap);
      }),
      { ...RUNS, numRuns: 150 },
    );
  });

  it('refuse truncated and mutated bytes, and change nothing then', () => {
    const mutation = fc.tuple(fc.nat(), fc.nat(255), fc.nat(12));
    fc.assert(
      fc.property(
        records,
        fc.array(mutation, { minLength: 20, maxLength: 20 }),
        ([kind, values, older], changes) => {
          bw.packet_set_engine('plain');
          const packet = packet_of(kind);
          const n = values.length;
          const columns = packet.columns(40);
          const base = packet.columns(40);
          fill(columns, kind, values);
          fill(base, kind, older.slice(0, n));
          const b = bw.buffer_create(0, bw.buffer_grow, 1);
          const writers = [
            () => packet.writeColumns(b, columns),
            () => packet.writeColumns(b, columns, { layout: 'records' }),
            () => packet.writeDelta(b, columns, base),
            () => packet.writeDelta(b, columns, base, { mode: 'difference' }),
          ];
          const content = () =>
            JSON.stringify(base, (_, v) => (typeof v === 'bigint' ? `${v}` : v));
          writers.forEach((write, how) => {
            bw.buffer_seek(b, bw.buffer_seek_start, 0);
            write();
            const bytes = bw.buffer_to_bytes(b, 0, bw.buffer_tell(b));
            for (const [at, byte, cut] of changes) {
              const broken = Uint8Array.from(bytes);
              broken[at % broken.length] = byte;
              const sent = buffer_of(broken.subarray(0, broken.length - Math.max(0, cut - 6)), 255);
              const before = content();
              const status =
                how < 2
                  ? packet.tryReadColumns(sent, base, { layout: how === 0 ? 'planar' : 'records' })
                  : packet.tryReadDelta(sent, base);
              if (status < 0) expect(content()).toBe(before);
              else fill(base, kind, older.slice(0, n));
              bw.buffer_delete(sent);
            }
          });
          columns.free();
          base.free();
          bw.buffer_delete(b);
        },
      ),
      { ...RUNS, numRuns: 60 },
    );
  });
});
