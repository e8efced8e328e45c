// Views of packets that were never placed, and snapshots that come damaged.
import { describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import { kernel, u8 as memory } from '../../bindings/wasm/memory.js';

const { packet, u8, f32, str } = bw;
// biome-ignore lint/suspicious/noExplicitAny: fields of every kind
type Any = any;

const inner = packet({ p: u8, q: bw.vec(u8, 2) });
const All = packet({
  ...{ u8, s8: bw.s8, u16: bw.u16, s16: bw.s16, u32: bw.u32, s32: bw.s32, u64: bw.u64 },
  ...{ f16: bw.f16, f32, f64: bw.f64, bool: bw.bool, wide: bw.bits(30), word: bw.enumOf('a', 'b') },
  ...{ fine: bw.quant(0, 1, 8), coarse: bw.quant(0, 1, 5), vec: bw.vec(f32, 3), inner },
  ...{ text: str(9), bytes: bw.bytes(9), list: bw.list(u8, 9), maybe: bw.optional(u8) },
  ...{ varint: bw.varint, last: bw.list(packet({ t: str(3) }), 3) },
});
const VALUES: Record<string, unknown> = { u64: 1n, word: 'b', bool: true };

/** Not asked of a packet that is read: that puts its bytes into memory. */
const FIELDS = [
  ...['u8', 's8', 'u16', 's16', 'u32', 's32', 'u64', 'f16', 'f32', 'f64', 'bool', 'wide', 'word'],
  ...['fine', 'coarse', 'vec', 'inner', 'text', 'bytes', 'list', 'maybe', 'varint', 'last'],
];

function touch(view: Any): void {
  for (const key of FIELDS) {
    if (key === 'vec') {
      expect(() => view.vec[0], key).toThrow(RangeError);
      expect(() => (view.vec[2] = 1), key).toThrow(RangeError);
      expect(() => (view.vec = [1, 2, 3]), key).toThrow(RangeError);
    } else if (key === 'inner') {
      expect(() => view.inner.p, key).toThrow(RangeError);
      expect(() => (view.inner.q[1] = 1), key).toThrow(RangeError);
      expect(() => (view.inner = { p: 1, q: [1, 2] }), key).toThrow(RangeError);
    } else {
      expect(() => view[key], key).toThrow(RangeError);
      // What has no fixed size cannot be set anywhere.
      const fixed = !['text', 'bytes', 'list', 'maybe', 'varint', 'last'].includes(key);
      expect(() => (view[key] = VALUES[key] ?? 1), key).toThrow(fixed ? RangeError : TypeError);
    }
  }
}

const KEYS = ['u8', 'u64', 'f64', 'wide', 'fine', 'text', 'varint'];
let sample: Uint8Array;

describe('a view that was never placed', () => {
  it('throws before the wasm has started', () => {
    const view = All.view() as Any;
    expect(kernel).toBeUndefined();
    for (const key of KEYS) expect(() => view[key], key).toThrow(RangeError);
    for (const key of KEYS.slice(0, 5)) {
      expect(() => (view[key] = VALUES[key] ?? 1), key).toThrow(RangeError);
    }
    expect(() => view.inner.p).toThrow(RangeError);
    expect(() => (view.vec = [1, 2, 3])).toThrow(RangeError);
  });

  it('throws for every field, and changes no byte of memory', () => {
    sample = All.pack({
      ...{ u8: 1, s8: 1, u16: 1, s16: 1, u32: 1, s32: 1, u64: 1n, f16: 1, f32: 1, f64: 1 },
      ...{ bool: true, wide: 1, word: 'a', fine: 1, coarse: 1, vec: [1, 2, 3] },
      ...{ inner: { p: 1, q: [1, 2] }, text: 'a', bytes: new Uint8Array(2), list: [1], maybe: 1 },
      ...{ varint: 300, last: [{ t: 'a' }] },
    } as Any).slice();
    expect(FIELDS).toEqual(Object.keys(All.unpack(sample) as Any));
    const view = All.view() as Any;
    const before = memory.slice();
    touch(view);
    expect(Buffer.compare(before, memory)).toBe(0);
    view.of(sample);
    expect([view.u8, view.vec[2], view.inner.q[1], view.varint, view.text]).toEqual([
      ...[1, 3, 2, 300, 'a'],
    ]);
  });

  it('still throws when placing it has failed', () => {
    const view = All.view() as Any;
    expect(() => view.of(sample.subarray(0, 9))).toThrow(RangeError);
    touch(view);
  });
});

describe('a damaged snapshot', () => {
  const Ship = packet({ x: f32 });

  function link(history: number) {
    const server = new bw.SnapshotSender(Ship, 4, { history });
    const client = new bw.SnapshotClient();
    const receiver = new bw.SnapshotReceiver(Ship, 4, { history });
    server.columns.length = 2;
    const next = () => {
      server.columns.x[0]++;
      server.commit(server.sequence * 50);
      const b = bw.buffer_create(9, bw.buffer_grow, 1);
      server.write(b, client);
      const bytes = bw.buffer_to_bytes(b, 0, bw.buffer_tell(b)).slice();
      bw.buffer_delete(b);
      return bytes;
    };
    const take = (bytes: Uint8Array) => {
      const b = bw.buffer_from(bytes);
      const status = receiver.tryRead(b, 0);
      if (status < 0) expect(bw.buffer_tell(b)).toBe(0);
      bw.buffer_delete(b);
      return status;
    };
    const free = () => {
      server.free();
      receiver.free();
    };
    return { server, client, receiver, next, take, free };
  }

  it.each([8, 32])('costs nothing that is kept, with a history of %i', (history) => {
    const { client, receiver, next, take, free } = link(history);
    for (let i = 0; i < history + 5; i++) {
      expect(take(next())).toBe(0);
      client.acknowledge(receiver.ack);
    }
    const { ack } = receiver;
    const x = [...(receiver.newest?.x ?? [])];
    expect(x).toEqual([history + 5, 0, 0, 0]);
    // Whole, or against each baseline; for every slot; cut behind the header, or with a body of nonsense.
    for (let ahead = 1; ahead <= 2 * history; ahead++) {
      for (let back = 0; back <= 2 * history; back++) {
        for (const body of [[], [255, 255, 255, 255, 255]]) {
          const status = take(new Uint8Array([ack + ahead, 0, back, 0, 0, 0, 0, ...body]));
          expect(status, `${ahead} ${back}`).toBeLessThan(0);
        }
      }
    }
    expect([receiver.ack, [...(receiver.newest?.x ?? [])]]).toEqual([ack, x]);
    expect([...(receiver.at(10_000)?.newer.x ?? [])]).toEqual(x);
    for (let i = 0; i < 2 * history; i++) {
      expect(take(next())).toBe(0);
      client.acknowledge(receiver.ack);
    }
    expect(receiver.newest?.x[0]).toBe(3 * history + 5);
    free();
  });

  it('leaves room for a delta against the snapshot whose place it takes', () => {
    const server = new bw.SnapshotSender(Ship, 4, { history: 32 });
    const client = new bw.SnapshotClient();
    const receiver = new bw.SnapshotReceiver(Ship, 4, { history: 8 });
    server.columns.length = 2;
    for (let i = 0; i <= 8; i++) {
      server.columns.x[1]++;
      server.commit(i * 50);
      if (i > 0 && i < 8) continue;
      const b = bw.buffer_create(9, bw.buffer_grow, 1);
      server.write(b, client);
      bw.buffer_seek(b, bw.buffer_seek_start, 0);
      expect(receiver.tryRead(b, i * 50)).toBe(0);
      client.acknowledge(receiver.ack);
      bw.buffer_delete(b);
    }
    expect([receiver.ack, [...(receiver.newest?.x ?? [])]]).toEqual([8, [0, 9, 0, 0]]);
    server.free();
    receiver.free();
  });
});
