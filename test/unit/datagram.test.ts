// Packets over a link that loses, repeats and reorders: exact bytes, exact times.
import { describe, expect, it } from 'vitest';
import {
  DatagramReceiver,
  type DatagramReceiverOptions,
  DatagramSender,
} from '../../bindings/transport/datagram.js';
import { answer, probe, read_probe } from '../../bindings/transport/datagram-probe.js';
import { LossMeter } from '../../bindings/transport/datagram-stats.js';

const bytes = (...values: number[]) => Uint8Array.from(values);
/** A packet that differs from every other of another size or seed. */
const noise = (size: number, seed = 1) =>
  Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >>> 8) * 7 + seed) & 255);

/** Copies of the datagrams of one packet. */
function pack(sender: DatagramSender, packet: Uint8Array, room = 1200, latest = false, now = 0) {
  const datagrams: Uint8Array[] = [];
  sender.pack(packet, room, latest, now, (datagram) => datagrams.push(datagram.slice()));
  return datagrams;
}

function receiver(options?: DatagramReceiverOptions) {
  const it = new DatagramReceiver(options);
  const got: Uint8Array[] = [];
  const take = (datagrams: Uint8Array | Uint8Array[], now = 0) => {
    for (const datagram of [datagrams].flat()) it.accept(datagram, now, (p) => got.push(p.slice()));
  };
  return { it, got, take, drops: it.stats.drops };
}

/** All reasons that are not given are 0. */
const only = (reasons: object) => ({
  duplicate: 0,
  stale: 0,
  late: 0,
  malformed: 0,
  too_large: 0,
  incomplete: 0,
  no_room: 0,
  ...reasons,
});

describe('the bytes of a datagram', () => {
  it('are those of STANDARD.md, 8', () => {
    const sender = new DatagramSender();
    for (let i = 0; i < 3; i++) pack(sender, bytes());
    expect(pack(sender, bytes(0x01, 0x25), 1200, true, 1000)).toEqual([
      bytes(0x10, 3, 0, 0, 0xe8, 3, 0x01, 0x25),
    ]);
    const parts = new DatagramSender();
    for (let i = 0; i < 3; i++) pack(parts, bytes());
    // 13 bytes leave room for one byte of the packet.
    expect(pack(parts, bytes(1, 2, 3, 4, 5, 6, 7, 8), 13, true, 1000).length).toBe(8);
    expect(pack(parts, noise(8), 13)[7]).toEqual(
      bytes(1, 4, 0, 0, 0, 0, 8, 0, 0, 7, 0x70, 0, noise(8)[7]),
    );
    expect([parts.packets, parts.datagrams]).toEqual([5, 3 + 8 + 8]);
  });

  it('cut a packet into equal parts, and count no further than three bytes', () => {
    const sender = new DatagramSender();
    sender.packets = 2 ** 24 + 0x010203;
    const [first, second, third] = pack(sender, noise(250), 112, false, 65_536.9 * 3);
    expect([first.length, second.length, third.length]).toEqual([12 + 84, 12 + 84, 12 + 82]);
    expect(first.subarray(0, 12)).toEqual(bytes(1, 3, 2, 1, 2, 0, 250, 0, 0, 0, 0x20, 0));
  });

  it('go in front of a packet that has room there', () => {
    const sender = new DatagramSender();
    const packet = bytes(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 7);
    sender.head(packet, 4, true, 258);
    expect(packet).toEqual(bytes(9, 9, 9, 9, 0x10, 0, 0, 0, 2, 1, 7));
  });

  it('are not made of a packet that is too large for them', () => {
    const sender = new DatagramSender();
    const none = () => expect.unreachable();
    for (const [size, room] of [
      [4097, 13],
      [2 ** 24, 2 ** 18],
      [1, 6],
      [0, 5],
      [100, -1],
    ]) {
      expect(() => sender.pack(new Uint8Array(size), room, false, 0, none)).toThrow(RangeError);
    }
    expect([sender.packets, sender.datagrams]).toEqual([0, 0]);
  });
});

describe('a receiver', () => {
  it('delivers packets of any size, also of none', () => {
    const sender = new DatagramSender();
    const { got, take, it: one } = receiver();
    const packets = [0, 1, 1194, 1195, 2400, 65_536, 256 * 1024].map((size) => noise(size, size));
    for (const packet of packets) take(pack(sender, packet));
    expect(got).toEqual(packets);
    expect(one.stats).toMatchObject({ delivered: 7, expected: 7, lost: 0, drops: only({}) });
    expect(one.stats.delivered_bytes).toBe(packets.reduce((sum, { length }) => sum + length, 0));
  });

  it('delivers once what comes twice, and parts in any order', () => {
    const sender = new DatagramSender();
    const { got, take, drops } = receiver();
    const small = pack(sender, noise(5));
    take([...small, ...small, ...small]);
    const parts = pack(sender, noise(5000));
    expect(parts.length).toBe(5);
    take([parts[4], parts[4], parts[0], parts[2], parts[3]]);
    expect(got.length).toBe(1);
    take([parts[1], parts[1], parts[3]]);
    expect(got).toEqual([noise(5), noise(5000)]);
    expect(drops).toEqual(only({ duplicate: 2 + 1 + 2 }));
  });

  it('counts on where the numbers start again', () => {
    const sender = new DatagramSender();
    const { got, take, it: one } = receiver();
    take(pack(sender, noise(1)));
    // As far as one step may go, twice, and over the end.
    for (const packets of [2 ** 23 - 1, 2 ** 24 - 4, 2 ** 24 - 1]) {
      sender.packets = packets;
      take(pack(sender, noise(2)));
    }
    const before = pack(sender, noise(3));
    const behind = pack(sender, noise(4));
    take([...behind, ...before, ...behind]);
    expect(got.length).toBe(6);
    expect(one.stats).toMatchObject({ expected: 2 ** 24 + 2, drops: only({ duplicate: 1 }) });
  });

  it('knows the last 4096 packets and drops what is older', () => {
    const sender = new DatagramSender();
    const { got, take, drops } = receiver();
    const all = Array.from({ length: 4098 }, (_, i) => pack(sender, bytes(i & 255, i >>> 8)));
    take(all[4096]);
    take([...all[1], ...all[0], ...all[1]]);
    expect(drops).toEqual(only({ late: 1, duplicate: 1 }));
    take(all[4097]);
    take(all[1]);
    expect(drops).toEqual(only({ late: 2, duplicate: 1 }));
    take(all[2]);
    expect(got).toEqual([bytes(0, 16), bytes(1, 0), bytes(1, 16), bytes(2, 0)]);
  });

  it('takes no number below the first one', () => {
    const sender = new DatagramSender();
    sender.packets = 2 ** 24 - 1;
    const { got, take, drops } = receiver();
    take(pack(sender, noise(1)));
    expect(drops).toEqual(only({ late: 1 }));
    take(pack(new DatagramSender(), noise(1)));
    expect(got.length).toBe(1);
  });
});

describe('"latest only"', () => {
  it('never goes back, and leaves other packets alone', () => {
    const sender = new DatagramSender();
    const { got, take, it: one } = receiver();
    const [old, plain, fresh] = [true, false, true].map((latest, i) =>
      pack(sender, bytes(i), 1200, latest),
    );
    take([...fresh, ...old, ...plain, ...old, ...fresh]);
    expect(got).toEqual([bytes(2), bytes(1)]);
    // What was stale is neither lost nor counted again.
    expect(one.stats).toMatchObject({ lost: 0, drops: only({ stale: 1, duplicate: 1 }) });
  });

  it('drops older packets in parts, also half of one', () => {
    const sender = new DatagramSender();
    const { got, take, it: one } = receiver();
    const half = pack(sender, noise(3000), 1200, true);
    const kept = pack(sender, noise(3001), 1200, false);
    const unseen = pack(sender, noise(3002), 1200, true);
    const fresh = pack(sender, noise(3003), 1200, true);
    take([half[0], kept[0], ...fresh, half[1], half[2], ...unseen, kept[1], kept[2]]);
    expect(got).toEqual([noise(3003), noise(3001)]);
    expect(one.stats).toMatchObject({ expected: 4, lost: 0, drops: only({ stale: 2 }) });
  });
});

describe('packets in parts', () => {
  it('are dropped whole when nothing comes of them for the timeout', () => {
    const sender = new DatagramSender();
    const { got, take, it: one } = receiver({ timeout_ms: 500 });
    const parts = pack(sender, noise(4000));
    take(parts[0], 1000);
    take(parts[1], 1400);
    one.expire(1899);
    expect(one.stats.drops).toEqual(only({}));
    one.expire(1900);
    expect(one.stats.drops).toEqual(only({ incomplete: 1 }));
    take(parts, 1901);
    expect(got).toEqual([]);
    expect(one.stats).toMatchObject({ expected: 1, lost: 1, drops: only({ incomplete: 1 }) });
  });

  it('are dropped by a part that is late, where nobody called expire', () => {
    const sender = new DatagramSender();
    const { got, take, drops } = receiver({ timeout_ms: 500 });
    const parts = pack(sender, noise(2000));
    take(parts[0], 1000);
    take(parts[1], 1500);
    expect(got).toEqual([]);
    expect(drops).toEqual(only({ incomplete: 1 }));
  });

  it('are dropped when the newest packet is far ahead', () => {
    const sender = new DatagramSender();
    const { got, take, drops } = receiver();
    const parts = pack(sender, noise(2000));
    take(parts[0]);
    sender.packets = 4096;
    take(pack(sender, noise(1)));
    expect(drops).toEqual(only({ incomplete: 1 }));
    take(parts[1]);
    expect(got).toEqual([noise(1)]);
    expect(drops).toEqual(only({ incomplete: 1, late: 1 }));
  });

  it('are taken up to the limit of size', () => {
    const sender = new DatagramSender();
    const { got, take, it: one } = receiver({ max_packet_bytes: 3000 });
    take(pack(sender, noise(3001)));
    take(pack(sender, noise(3000)));
    expect(got).toEqual([noise(3000)]);
    expect(one.stats).toMatchObject({ lost: 1, drops: only({ too_large: 1 }) });
  });

  it('make room for newer ones: 16 at a time, and never more memory than the limit', () => {
    const sender = new DatagramSender();
    const { got, take, drops, it: one } = receiver({ reassembly_bytes: 512 * 1024 });
    const many = Array.from({ length: 17 }, (_, i) => pack(sender, noise(2000, i)));
    for (const parts of many) take(parts[0]);
    expect(drops).toEqual(only({ no_room: 1 }));
    for (const parts of many) take(parts[1]);
    expect(got).toEqual(many.slice(1).map((_, i) => noise(2000, i + 1)));
    const large = Array.from({ length: 3 }, (_, i) => pack(sender, noise(200_000, i)));
    for (const parts of large) take(parts.slice(1));
    expect(drops).toEqual(only({ no_room: 2 }));
    expect(one.held_bytes).toBe(512 * 1024);
    for (const parts of large) take(parts[0]);
    expect(got.length).toBe(18);
    one.expire(1000);
    expect(one.held_bytes).toBe(0);
  });

  it('cost a flood of claims neither memory nor allocations', () => {
    const { got, take, drops, it: one } = receiver();
    const claim = bytes(1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0xf0, 0xff, ...noise(64));
    for (let i = 0; i < 20_000; i++) {
      claim[1] = i;
      claim[2] = i >>> 8;
      take(claim);
      expect(one.held_bytes).toBeLessThanOrEqual(1024 * 1024);
    }
    expect(got).toEqual([]);
    expect(drops.malformed).toBe(0);
    expect(drops.no_room).toBe(20_000 - 4);
  });

  it('are refused when they contradict each other or themselves', () => {
    const sender = new DatagramSender();
    const { got, take, drops } = receiver();
    const [first, second] = pack(sender, noise(1300));
    const change = (of: Uint8Array, at: number, value: number) => {
      const copy = of.slice();
      copy[at] = value;
      return copy;
    };
    take(first);
    const bad = [
      change(second, 0, 0x11), // latest only, all of a sudden
      change(second, 0, 0), // a whole packet, all of a sudden
      change(second, 6, second[6] + 1), // another length
      change(second, 10, 0x20), // another number of parts
      change(second, 9, 2), // an index that is none
      change(second, 10, 0), // one part only
      second.subarray(0, -1),
      Uint8Array.from([...second, 0]),
      second.subarray(0, 12),
      second.subarray(0, 3),
      bytes(),
      change(second, 0, 2),
      change(second, 0, 4),
      change(second, 0, 0x21),
      change(second, 0, 0xff),
      // 9 bytes in 8 parts: the rule gives 5 parts.
      bytes(1, 1, 0, 0, 0, 0, 9, 0, 0, 0, 0x70, 0, 1, 2),
      // Nothing, in parts.
      bytes(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 1),
    ];
    take(bad);
    expect(drops).toEqual(only({ malformed: bad.length }));
    take(second);
    expect(got).toEqual([noise(1300)]);
  });

  it('leave the receiver whole when the one who gets a packet throws or sends on', () => {
    const sender = new DatagramSender();
    const { got, take, it: one } = receiver({ max_packet_bytes: 2000, reassembly_bytes: 4096 });
    const [a, b] = [pack(sender, noise(2000, 1)), pack(sender, noise(2000, 2))];
    one.accept(a[0], 0, () => {});
    expect(() =>
      one.accept(a[1], 0, (packet) => {
        // All memory is in use: what comes in now cannot harm it.
        take(b);
        expect(packet).toEqual(noise(2000, 1));
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(got).toEqual([]);
    expect(one.stats.drops).toEqual(only({ no_room: 1 }));
    const c = noise(1999, 3);
    take([...a, ...pack(sender, c)]);
    expect(got).toEqual([c]);
  });
});

describe('statistics', () => {
  it('tell the loss of late, smoothed', () => {
    const sender = new DatagramSender();
    const { take, it: one } = receiver();
    one.expire(0);
    for (let i = 0; i < 100; i++)
      if (i % 5 > 0) take(pack(sender, bytes(1)));
      else pack(sender, bytes(1));
    one.expire(999);
    expect(one.stats.loss).toBe(0);
    one.expire(1000);
    expect(one.stats).toMatchObject({ loss: 0.2, expected: 100, lost: 20 });
    for (let i = 0; i < 10; i++) take(pack(sender, bytes(1)));
    one.expire(2000);
    expect(one.stats.loss).toBeCloseTo(0.15);
    // Nothing sent, nothing learned.
    one.expire(3000);
    expect(one.stats.loss).toBeCloseTo(0.15);
  });

  it('do not call lost what was only overtaken', () => {
    const sender = new DatagramSender();
    const { take, it: one } = receiver();
    const [a, b] = [pack(sender, bytes(1)), pack(sender, bytes(2))];
    one.expire(0);
    take(b);
    one.expire(1000);
    expect(one.stats).toMatchObject({ expected: 2, lost: 1, loss: 0.5 });
    take([...a, ...pack(sender, bytes(3))]);
    one.expire(2000);
    expect(one.stats).toMatchObject({ expected: 3, lost: 0, loss: 0.375 });
  });

  it('tell the jitter as RFC 3550 does', () => {
    const sender = new DatagramSender();
    const { take, it: one } = receiver();
    const send = (sent: number, came: number) => take(pack(sender, bytes(), 99, false, sent), came);
    send(65_500, 10);
    // 50 ms apart on both sides, over the end of the 16 bits.
    send(65_550, 60);
    expect(one.stats.jitter_ms).toBe(0);
    send(65_600, 126);
    expect(one.stats.jitter_ms).toBe(1);
    send(65_650, 160);
    expect(one.stats.jitter_ms).toBe(1 + 15 / 16);
    // A long silence says nothing.
    send(200_000, 30_160);
    expect(one.stats.jitter_ms).toBe(1 + 15 / 16);
  });

  it('measure the round trip, and what became of what was sent', () => {
    const asked = probe(1234.5);
    expect(asked).toEqual(bytes(2, 0, 0, 0, 0, 0, 0, 0, 0, 0x4a, 0x93, 0x40));
    const question = read_probe(asked);
    expect(question).toEqual({ kind: 2, sent_ms: 1234.5 });
    if (question?.kind !== 2) throw new Error('no probe');
    const said = answer(question, 99, { expected: 2 ** 32 + 100, lost: 7 });
    expect(said.length).toBe(28);
    expect(read_probe(said)).toEqual({
      kind: 3,
      sent_ms: 1234.5,
      peer_ms: 99,
      expected: 100,
      lost: 7,
    });
    // Of a larger memory, and longer than today.
    const within = Uint8Array.from([7, 7, ...said, 7, 7]).subarray(2);
    expect(read_probe(within)).toEqual(read_probe(said));
    for (const other of [bytes(), asked.subarray(0, 11), said.subarray(0, 27), bytes(0, 1, 2)]) {
      expect(read_probe(other)).toBeUndefined();
    }
    const { take, drops } = receiver();
    take([asked, said]);
    expect(drops).toEqual(only({ malformed: 2 }));
  });

  it('take counters that go over 2^32, and those that cannot be true', () => {
    const meter = new LossMeter();
    meter.update(2 ** 32 - 50, 2 ** 32 - 5, 0);
    meter.update(2 ** 32 - 50, 2 ** 32 - 5, 1000);
    meter.update(50, 20, 2000);
    expect(meter.loss).toBeGreaterThan(0);
    expect(meter.loss).toBeLessThanOrEqual(1);
    const liar = new LossMeter();
    for (const [expected, lost] of [
      [0, 0],
      [1, 1000],
      [5, 2 ** 31],
      [0, 2 ** 32 - 1],
    ]) {
      for (const now of [0, 1000, 2000]) liar.update(expected, lost, now);
      expect(liar.loss).toBeGreaterThanOrEqual(0);
      expect(liar.loss).toBeLessThanOrEqual(1);
    }
  });
});
