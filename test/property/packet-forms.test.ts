// The other ways to a packet, with random schemas: unions, views, some of the fields, functions from a file, sockets of bytes.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import {
  any_packet_kind,
  encode,
  fixed_size,
  flat_packet_kind,
  normal,
  type PacketKind,
  packet_of,
  value_of,
} from './packet-reference.js';

// biome-ignore lint/suspicious/noExplicitAny: values of random schemas
type Any = any;

const ENGINES = ['generated', 'clones', 'plain'] as const;
const RUNS = { numRuns: 80, interruptAfterTimeLimit: 15_000 };

afterEach(() => bw.packet_set_engine());

function with_values(kind: fc.Arbitrary<PacketKind>, n: number) {
  return kind.chain((k) =>
    fc.tuple(fc.constant(k), fc.array(value_of(k), { minLength: n, maxLength: n })),
  );
}

describe('a union of random packets', () => {
  const members = fc.array(with_values(any_packet_kind, 1), { minLength: 1, maxLength: 4 });

  it('is a tag byte and the packet in every engine, and comes back', () => {
    fc.assert(
      fc.property(members, (kinds) => {
        for (const engine of ENGINES) {
          bw.packet_set_engine(engine);
          const M = bw.union(
            Object.fromEntries(kinds.map(([kind], i) => [`m${i}`, packet_of(kind)])),
          ) as Any;
          const b = bw.buffer_create(0, bw.buffer_grow, 1);
          kinds.forEach(([, [value]], i) => {
            M.write(b, `m${i}`, value);
          });
          const bytes = kinds.flatMap(([kind, [value]], i) => [i, ...encode(kind, value)]);
          expect([...bw.buffer_to_bytes(b, 0, bw.buffer_tell(b))]).toEqual(bytes);
          bw.buffer_seek(b, bw.buffer_seek_start, 0);
          const into = { tag: '', value: undefined };
          kinds.forEach(([kind, [value]], i) => {
            expect(M.peek(b)).toBe(`m${i}`);
            expect(M.tryRead(b, into)).toBe(0);
            expect(into).toEqual({ tag: `m${i}`, value: normal(kind, value) });
          });
          bw.buffer_delete(b);
        }
      }),
      RUNS,
    );
  });

  it('truncated or mutated is read or refused by all engines alike, and never throws', () => {
    const mutation = fc.tuple(fc.nat(), fc.nat(255), fc.nat(12));
    fc.assert(
      fc.property(
        members,
        fc.array(mutation, { minLength: 30, maxLength: 30 }),
        (kinds, changes) => {
          const unions = ENGINES.map((engine) => {
            bw.packet_set_engine(engine);
            return bw.union(
              Object.fromEntries(kinds.map(([kind], i) => [`m${i}`, packet_of(kind)])),
            ) as Any;
          });
          const [kind, [value]] = kinds[kinds.length - 1];
          const bytes = Uint8Array.from([kinds.length - 1, ...encode(kind, value)]);
          for (let n = 0; n < Math.min(bytes.length, 40); n++) {
            const b = bw.buffer_from(bytes.slice(0, n));
            for (const M of unions)
              expect(M.tryRead(b, { tag: '', value: 0 })).toBe(bw.Status.Short);
            bw.buffer_delete(b);
          }
          for (const [at, byte, cut] of changes) {
            const broken = bytes.slice(0, bytes.length - Math.max(0, cut - 8));
            if (broken.length > 0) broken[at % broken.length] = byte;
            const results = unions.map((M) => {
              const b = bw.buffer_from(broken);
              const into = { tag: '', value: undefined };
              const status = M.tryRead(b, into);
              if (status < 0)
                expect([into, bw.buffer_tell(b)]).toEqual([{ tag: '', value: undefined }, 0]);
              const end = bw.buffer_tell(b);
              bw.buffer_delete(b);
              return { status, into, end };
            });
            expect(results[1]).toEqual(results[0]);
            expect(results[2]).toEqual(results[0]);
          }
        },
      ),
      RUNS,
    );
  });
});

describe('a view of a random packet', () => {
  it('shows what was written, in a buffer, in bytes, and behind other packets', () => {
    fc.assert(
      fc.property(
        with_values(any_packet_kind, 2),
        fc.boolean(),
        ([kind, [first, second]], tagged) => {
          const P = packet_of(kind, { tagged });
          const view = P.view() as Any;
          const shown = () => {
            const copy: Record<string, Any> = {};
            for (const [key, of] of kind.fields) {
              const v = view[key];
              // Views of vectors and nested packets are in place too.
              copy[key] = of.is === 'vec' ? Array.from(v as number[]) : v;
              if (of.is === 'packet' && fixed_size(of)) {
                copy[key] = Object.fromEntries(
                  of.fields.map(([k, inner]) => [k, inner.is === 'vec' ? Array.from(v[k]) : v[k]]),
                );
              }
            }
            return copy;
          };
          const flat = (of: PacketKind): boolean =>
            of.fields.every(
              ([, f]) => f.is !== 'packet' || f.fields.every(([, g]) => g.is !== 'packet'),
            );
          fc.pre(flat(kind));
          const b = bw.buffer_create(0, bw.buffer_grow, 1);
          P.write(b, first);
          const second_at = bw.buffer_tell(b);
          P.write(b, second);
          bw.buffer_seek(b, bw.buffer_seek_start, 0);
          view.next(b);
          expect(shown()).toEqual(normal(kind, first));
          view.next(b);
          expect(shown()).toEqual(normal(kind, second));
          view.at(b, 0);
          expect(shown()).toEqual(normal(kind, first));
          view.at(b, second_at);
          expect(shown()).toEqual(normal(kind, second));
          view.of(P.pack(first).slice());
          expect(shown()).toEqual(normal(kind, first));
          bw.buffer_delete(b);
        },
      ),
      RUNS,
    );
  });

  it('writes the bytes of write, field by field', () => {
    fc.assert(
      fc.property(with_values(flat_packet_kind, 2), fc.boolean(), ([kind, values], tagged) => {
        const P = packet_of(kind, { tagged });
        const view = P.view() as Any;
        const b = bw.buffer_create(0, bw.buffer_grow, 1);
        for (const value of values) {
          view.append(b);
          // In any order: fields that share a byte keep each other.
          for (const [key] of [...kind.fields].reverse()) view[key] = values[0][key];
          for (const [key] of kind.fields) view[key] = value[key];
        }
        const hash = [0, 8, 16, 24].map((shift) => (P.hash >>> shift) & 255);
        expect([...bw.buffer_to_bytes(b, 0, bw.buffer_tell(b))]).toEqual(
          values.flatMap((value) => [...(tagged ? hash : []), ...encode(kind, value)]),
        );
        bw.buffer_delete(b);
      }),
      RUNS,
    );
  });
});

it('functions from a file write and read the same as those made here', async () => {
  await fc.assert(
    fc.asyncProperty(
      with_values(any_packet_kind, 1),
      fc.boolean(),
      async ([kind, [value]], tagged) => {
        const P = packet_of(kind, { tagged });
        const url = `data:text/javascript,${encodeURIComponent(P.toSource('made'))}`;
        const { made } = await import(/* @vite-ignore */ url);
        const linked = bw.packet_link((P as Any).schema, made) as Any;
        const bytes = P.pack(value).slice();
        expect([...linked.pack(value)]).toEqual([...bytes]);
        expect(linked.unpack(bytes)).toEqual(normal(kind, value));
        expect([linked.hash, linked.maxSize, linked.engine]).toEqual([
          P.hash,
          P.maxSize,
          'generated',
        ]);
      },
    ),
    { ...RUNS, numRuns: 40 },
  );
});

it('some fields of a random packet are the packet of those fields', () => {
  fc.assert(
    fc.property(with_values(any_packet_kind, 1), fc.nat(), ([kind, [value]], seed) => {
      const chosen = kind.fields.filter((_, i) => (seed >> i) & 1);
      fc.pre(chosen.length > 0);
      const keys = chosen.map(([key]) => key);
      for (const engine of ENGINES) {
        bw.packet_set_engine(engine);
        const P = packet_of(kind) as Any;
        const b = bw.buffer_create(0, bw.buffer_grow, 1);
        P.writeFields(b, keys, ...keys.map((key) => value[key]));
        expect([...bw.buffer_to_bytes(b, 0, bw.buffer_tell(b))]).toEqual(
          encode({ is: 'packet', fields: chosen }, value),
        );
        bw.buffer_seek(b, bw.buffer_seek_start, 0);
        expect(P.pick(keys).read(b)).toEqual(normal({ is: 'packet', fields: chosen }, value));
        bw.buffer_delete(b);
      }
    }),
    RUNS,
  );
});
