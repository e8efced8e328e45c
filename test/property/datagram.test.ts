// Datagrams over any network: whatever is lost, repeated, overtaken or damaged, packets come whole, once, or not at all.
// Longer: FUZZ_SECONDS=600 npx vitest run test/property/datagram.test.ts
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatagramReceiver, DatagramSender } from '../../bindings/transport/datagram.js';
import { read_probe } from '../../bindings/transport/datagram-probe.js';
import { seeded } from '../../bindings/transport/simulator.js';

const seconds = Number(process.env.FUZZ_SECONDS ?? 2);
const LIMIT_BYTES = 64 * 1024;

interface Sent {
  packet: Uint8Array;
  latest: boolean;
}

interface Datagram {
  bytes: Uint8Array;
  packet: number;
}

/** A packet that says which it is, as far as it has room for it, so that a part of another would show. */
function make_packet(index: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) =>
    i < 2 ? index >>> (8 * i) : (i * 7 + index * 13) & 255,
  );
}

const packets = fc.array(
  fc.record({
    size: fc.oneof(fc.nat(40), fc.nat(3000), fc.constant(0)),
    latest: fc.boolean(),
    room: fc.integer({ min: 20, max: 1200 }),
  }),
  { minLength: 1, maxLength: 60 },
);

/** All datagrams of the packets, in the order of sending, from packet `first` on. */
function send_all(wanted: { size: number; latest: boolean; room: number }[], first: number) {
  const sender = new DatagramSender();
  sender.packets = first;
  const sent: Sent[] = [];
  const datagrams: Datagram[] = [];
  for (const [i, { size, latest, room }] of wanted.entries()) {
    sent.push({ packet: make_packet(i, size), latest });
    sender.pack(sent[i].packet, room, latest, i, (bytes) => {
      expect(bytes.length).toBeLessThanOrEqual(room);
      datagrams.push({ bytes: bytes.slice(), packet: i });
    });
  }
  return { sent, datagrams };
}

/** Some lost, some several times, and any of them late by up to `reach` places. */
function disturb<T>(items: T[], seed: number, loss: number, reach: number): T[] {
  const random = seeded(seed);
  const fates: { item: T; at: number }[] = [];
  for (const [i, item] of items.entries()) {
    for (let n = 0; n < 3; n++) {
      const there = n === 0 ? random() >= loss : random() < 0.2;
      if (there) fates.push({ item, at: i + random() * reach });
    }
  }
  return fates.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

const world = {
  seed: fc.nat(),
  loss: fc.constantFrom(0, 0.05, 0.3),
  reach: fc.constantFrom(0, 1, 8, 1000),
  // Also where the numbers on the wire start again.
  first: fc.constantFrom(0, 2 ** 24 - 30, 3 * 2 ** 24 - 1),
};

/** A receiver that has got to packet `first` of the sender. */
function receiver_at(first: number): DatagramReceiver {
  const receiver = new DatagramReceiver({ reassembly_bytes: LIMIT_BYTES, max_packet_bytes: 4000 });
  const sender = new DatagramSender();
  for (let at = 0; at < first; at = Math.min(first, at + 2 ** 23 - 1)) {
    sender.packets = at;
    sender.pack(new Uint8Array(0), 100, false, 0, (d) => receiver.accept(d, 0, () => {}));
  }
  if (first > 0) {
    sender.packets = first - 1;
    sender.pack(new Uint8Array(0), 100, false, 0, (d) => receiver.accept(d, 0, () => {}));
  }
  return receiver;
}

describe('datagrams', () => {
  it('bring each packet at most once, whole and equal, and "latest only" never back', () => {
    fc.assert(
      fc.property(packets, fc.record(world), (wanted, { seed, loss, reach, first }) => {
        const { sent, datagrams } = send_all(wanted, first);
        const receiver = receiver_at(first);
        const already = receiver.stats.delivered;
        const duplicates_before = receiver.stats.drops.duplicate;
        const lost_before = receiver.stats.lost;
        const seen = new Set<number>();
        let newest_latest = -1;
        let now_ms = 0;
        for (const { bytes, packet } of disturb(datagrams, seed, loss, reach)) {
          const before = bytes.slice();
          receiver.accept(bytes, now_ms++, (got) => {
            expect(got).toEqual(sent[packet].packet);
            expect(seen.has(packet)).toBe(false);
            seen.add(packet);
            if (!sent[packet].latest) return;
            expect(packet).toBeGreaterThan(newest_latest);
            newest_latest = packet;
          });
          expect(bytes).toEqual(before);
          expect(receiver.held_bytes).toBeLessThanOrEqual(LIMIT_BYTES);
        }
        receiver.expire(now_ms + 5000);
        const { delivered, lost, drops } = receiver.stats;
        expect(receiver.held_bytes).toBe(0);
        expect(delivered - already).toBe(seen.size);
        expect(drops.malformed + drops.too_large + drops.late).toBe(0);
        expect(drops.duplicate).toBeGreaterThanOrEqual(duplicates_before);
        expect(lost - lost_before).toBeGreaterThanOrEqual(0);
        expect(lost - lost_before).toBeLessThanOrEqual(sent.length - seen.size);
      }),
      { numRuns: 300 },
    );
  });

  it('bring everything where nothing is lost and few packets are under way', () => {
    fc.assert(
      fc.property(packets, fc.record(world), (wanted, { seed, first }) => {
        const { sent, datagrams } = send_all(
          wanted.map((packet) => ({ ...packet, latest: false })),
          first,
        );
        const receiver = receiver_at(first);
        const got = new Set<number>();
        for (const { bytes, packet } of disturb(datagrams, seed, 0, 8)) {
          receiver.accept(bytes, 0, () => got.add(packet));
        }
        expect(got.size).toBe(sent.length);
        expect(receiver.stats.drops.no_room + receiver.stats.drops.incomplete).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('take damaged and made-up datagrams without harm, and go on', () => {
    const until = Date.now() + seconds * 1000;
    const { datagrams } = send_all(
      Array.from({ length: 60 }, (_, i) => ({
        size: (i * 131) % 2500,
        latest: i % 3 === 0,
        room: 60 + i * 10,
      })),
      0,
    );
    const counts = { delivered: 0, malformed: 0, rounds: 0 };
    for (let seed = 1; counts.rounds < 20 || Date.now() < until; seed++, counts.rounds++) {
      const random = seeded(seed);
      const any = (n: number) => Math.floor(random() * n);
      const receiver = new DatagramReceiver({
        reassembly_bytes: LIMIT_BYTES,
        max_packet_bytes: 4000,
      });
      for (let n = 0; n < 500; n++) {
        let bytes: Uint8Array = datagrams[any(datagrams.length)].bytes.slice(0);
        for (let hits = any(4); hits > 0; hits--) bytes[any(Math.min(bytes.length, 14))] = any(256);
        if (random() < 0.1) bytes = bytes.subarray(0, any(bytes.length + 1));
        if (random() < 0.05) bytes = Uint8Array.from({ length: any(40) }, () => any(256));
        if (random() < 0.3 && bytes.length > 0) bytes[0] &= 0x13;
        read_probe(bytes);
        receiver.accept(bytes, n * any(30), (packet) => {
          expect(packet.length).toBeLessThanOrEqual(4000);
        });
        if (random() < 0.05) receiver.expire(n * 30);
        expect(receiver.held_bytes).toBeLessThanOrEqual(LIMIT_BYTES);
        expect(receiver.stats.lost).toBeGreaterThanOrEqual(0);
        expect(receiver.stats.lost).toBeLessThanOrEqual(receiver.stats.expected);
        expect(receiver.stats.jitter_ms).toBeLessThan(100_000);
      }
      counts.delivered += receiver.stats.delivered;
      counts.malformed += receiver.stats.drops.malformed;
    }
    // The damage reached both sides of every check.
    expect(counts.delivered).toBeGreaterThan(0);
    expect(counts.malformed).toBeGreaterThan(0);
  });
});
