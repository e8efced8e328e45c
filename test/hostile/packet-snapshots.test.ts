// The snapshot helper in the wrong hands: arguments that make no sense, acknowledgements from the future, clocks that go round.
import { afterEach, describe, expect, it } from 'vitest';
import { heap_use } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';

const { packet, u16, f32, str } = bw;
const Ship = packet({ id: u16, x: f32 });
// biome-ignore lint/suspicious/noExplicitAny: values that the types forbid
type Any = any;

const open: { free(): void }[] = [];
const buffers: number[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.free();
  for (const b of buffers.splice(0)) bw.buffer_delete(b);
});

function pair(history = 8) {
  const sender = new bw.SnapshotSender(Ship, 4, { history });
  const receiver = new bw.SnapshotReceiver(Ship, 4, { history });
  const client = new bw.SnapshotClient();
  open.push(sender, receiver);
  sender.columns.length = 3;
  const send = () => {
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    buffers.push(b);
    sender.write(b, client);
    const size = bw.buffer_tell(b);
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    return { b, size };
  };
  return { sender, receiver, client, send };
}

describe('the snapshot helper', () => {
  it.each<[string, () => unknown]>([
    ['a sender of no packet', () => new bw.SnapshotSender({} as Any, 4)],
    ['a sender of nothing', () => new bw.SnapshotSender(undefined as Any, 4)],
    ['a receiver of no packet', () => new bw.SnapshotReceiver(5 as Any, 4)],
    ['a packet without columns', () => new bw.SnapshotSender(packet({ s: str(3) }) as Any, 4)],
    ['no capacity', () => new bw.SnapshotSender(Ship, 0)],
    ['half a record', () => new bw.SnapshotReceiver(Ship, 1.5)],
    ['a history of one', () => new bw.SnapshotSender(Ship, 4, { history: 1 })],
    ['a history of 256', () => new bw.SnapshotReceiver(Ship, 4, { history: 256 })],
    ['a history of NaN', () => new bw.SnapshotReceiver(Ship, 4, { history: NaN })],
    ['a delay of NaN', () => new bw.SnapshotReceiver(Ship, 4, { delay_ms: NaN })],
    ['a delay of infinity', () => new bw.SnapshotReceiver(Ship, 4, { delay_ms: Infinity })],
    ['a delay below 0', () => new bw.SnapshotReceiver(Ship, 4, { delay_ms: -1 })],
    ['a delay in words', () => new bw.SnapshotReceiver(Ship, 4, { delay_ms: '100' as Any })],
  ])('refuses %s, and keeps no memory', (_, make) => {
    const { blocks } = heap_use();
    let error: unknown;
    try {
      make();
    } catch (thrown) {
      error = thrown;
    }
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
    expect((error as Error).message).toMatch(/^(snapshot|packet): /);
    expect(heap_use().blocks).toBe(blocks);
  });

  it('refuses to write before the first commit, or for no client, with the buffer as before', () => {
    const { sender, client } = pair();
    const b = bw.buffer_create(8, bw.buffer_grow, 1);
    buffers.push(b);
    expect(() => sender.write(b, client)).toThrow(RangeError);
    expect(() => sender.write(b, client)).toThrow('commit');
    sender.commit(0);
    expect(() => sender.write(b, undefined as Any)).toThrow(TypeError);
    expect(() => sender.write(b, { acked: -1 } as Any)).toThrow('SnapshotClient');
    expect([bw.buffer_tell(b), bw.buffer_get_size(b)]).toEqual([0, 8]);
    expect(sender.write(b, client)).toBe(3);
  });

  it('refuses times that are none, and stays right after', () => {
    const { sender, receiver, client, send } = pair();
    for (const time of [NaN, Infinity, -Infinity, '5', undefined, null, 5n]) {
      expect(() => sender.commit(time as Any)).toThrow();
      expect(() => receiver.at(time as Any)).toThrow();
    }
    expect(sender.sequence).toBe(-1);
    expect(sender.commit(1000)).toBe(0);
    const { b } = send();
    for (const time of [NaN, Infinity, '5', undefined])
      expect(() => receiver.tryRead(b, time as Any)).toThrow();
    expect([bw.buffer_tell(b), receiver.ack]).toEqual([0, -1]);
    expect(receiver.tryRead(b, 20)).toBe(0);
    client.acknowledge(receiver.ack);
    sender.commit(1100);
    expect(receiver.tryRead(send().b, 120)).toBe(0);
    expect(receiver.at(170)?.factor).toBeCloseTo(0.5, 2);
  });

  it('counts no snapshot that could not be kept', () => {
    const { sender, send } = pair();
    sender.columns.x[0] = 5;
    sender.commit(0);
    sender.columns.length = 5;
    expect(() => sender.commit(50)).toThrow(RangeError);
    expect(sender.sequence).toBe(0);
    expect(send().size).toBeGreaterThan(7);
    sender.columns.length = 3;
    expect(sender.commit(50)).toBe(1);
  });

  it('believes no client that acknowledges what was never sent', () => {
    const { sender, receiver, client, send } = pair();
    sender.commit(0);
    const whole = send().size;
    for (const number of [1, 7, 8, 200, 32_000]) {
      client.acknowledge(number);
      const { b, size } = send();
      expect([size, client.acked]).toEqual([whole, -1]);
      expect(receiver.tryRead(b, 0)).toBe(0);
    }
    // True ones count as ever: what follows is a delta.
    client.acknowledge(receiver.ack);
    sender.commit(50);
    const { b, size } = send();
    expect(size).toBeLessThan(whole);
    expect(receiver.tryRead(b, 50)).toBe(0);
    for (const nonsense of [NaN, -1, 65_536, 0.5, '1', undefined, null, {}]) {
      client.acknowledge(nonsense as Any);
      expect(client.acked).toBe(0);
    }
  });

  it('draws on when the 32 bits of the server clock go round', () => {
    const { sender, receiver, send } = pair();
    const start = 2 ** 32 - 100;
    for (let tick = 0; tick < 6; tick++) {
      sender.columns.x[0] = tick;
      sender.commit(start + tick * 50);
      expect(receiver.tryRead(send().b, 7000 + tick * 50)).toBe(0);
      if (tick < 3) continue;
      // 100 ms behind, and half way on.
      const { older, newer, factor } = receiver.at(7000 + tick * 50 + 25) as Any;
      expect([older.x[0], newer.x[0]]).toEqual([tick - 2, tick - 1]);
      expect(factor).toBeCloseTo(0.5, 1);
    }
  });

  it('says that it was freed', () => {
    const { sender, receiver, client, send } = pair();
    sender.commit(0);
    const { b } = send();
    sender.free();
    receiver.free();
    expect(() => sender.commit(50)).toThrow('freed');
    expect(() => sender.write(b, client)).toThrow('freed');
    expect(() => receiver.tryRead(b, 0)).toThrow('freed');
    expect(bw.buffer_tell(b)).toBe(0);
    expect(receiver.at(0)).toBe(undefined);
  });
});
