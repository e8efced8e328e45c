// UDP-like sockets over WebRTC, Node to Node: how much arrives, what large and stale packets come to, what is measured.
import { expect, it } from 'vitest';
import { buffer_create, buffer_delete } from '../../bindings/buffer.js';
import { buffer_poke } from '../../bindings/buffer-access.js';
import * as c from '../../bindings/constants.js';
import {
  network_destroy,
  network_send_broadcast,
  network_send_packet,
  network_send_raw,
  network_set_config,
} from '../../bindings/network.js';
import { network_send_value } from '../../bindings/network-send-value.js';
import { u16 } from '../../bindings/packet/fields.js';
import { packet } from '../../bindings/packet/packet.js';
import { afterwards, Log, type Seen, send, stats } from './harness.js';
import { stream, udp_joined, udp_server, until } from './udp-harness.js';

/** The number in a packet of {@link stream}. */
const number_of = ({ text = '' }: Seen) => Buffer.from(text, 'latin1').readUInt32LE(0);

it('connects, carries packets both ways, and tells of the end', async () => {
  const log = new Log();
  const hub = udp_server(8);
  const { id, peer } = await udp_joined(log, hub.port);
  for (let i = 0; i < 100; i++) expect(send(id, `up ${i}`)).toBeGreaterThan(0);
  const up = await log.take(c.network_type_data, (event) => event.id === peer);
  expect(up.text).toMatch(/^up \d+$/);
  expect(up.server).toBe(hub.id);
  network_destroy(id);
  expect(await log.take(c.network_type_disconnect)).toMatchObject({
    id: hub.id,
    socket: peer,
    reason: 'destroyed',
  });
});

it('a server that sends a client away tells it why, after its last packet', async () => {
  const log = new Log();
  const hub = udp_server(8);
  const { id, peer } = await udp_joined(log, hub.port);
  send(peer, 'last words');
  network_destroy(peer);
  expect(await log.take(c.network_type_disconnect)).toMatchObject({ id, socket: id });
  expect(log.seen).toMatchObject([{ type: c.network_type_data, id, text: 'last words' }]);
});

/**
 * 10,000 packets each way. At 60 a second they go over 34 connections at the same time: one alone would take 167 s.
 */
it.each([
  [1000, 1],
  [60, 34],
])(
  '10,000 packets each way arrive, but for one in a hundred, at %i a second over %i connections',
  async (per_second, n) => {
    const log = new Log();
    const hub = udp_server();
    const pairs = [];
    for (let i = 0; i < n; i++) pairs.push(await udp_joined(log, hub.port));
    const each = Math.ceil(10_000 / n);
    const sent = await Promise.all(
      pairs.flatMap(({ id, peer }) => [
        stream(id, each, per_second),
        stream(peer, each, per_second),
      ]),
    );
    for (const { accepted } of sent) expect(accepted).toBeGreaterThanOrEqual(each * 0.99);
    const arrived = (id: number) => log.seen.filter((event) => event.id === id).length;
    // What was sent last may be on its way still; nothing says when it is lost.
    await until(() => log.seen.length >= 0.99 * 2 * n * each);
    for (const { id, peer } of pairs) {
      for (const one of [id, peer]) {
        // Of all of them one in a hundred may be lost; where those were is chance.
        const got = arrived(one);
        expect(got).toBeGreaterThanOrEqual(Math.floor(each * 0.95));
        const numbers = log.seen.filter((event) => event.id === one).map(number_of);
        expect(new Set(numbers).size).toBe(got);
      }
      expect(stats(id).packets_out).toBeGreaterThanOrEqual(each * 0.99);
      expect(stats(id).drops).toEqual({});
    }
  },
);

it.each([0, 1, 16_378, 16_379, 100_000, 262_144])(
  'a packet of %i bytes arrives whole',
  async (size) => {
    const log = new Log();
    const hub = udp_server();
    const { id, peer } = await udp_joined(log, hub.port);
    const text = Array.from({ length: size }, (_, i) =>
      String.fromCharCode((i * 7 + (i >> 8)) & 255),
    ).join('');
    expect(send(id, text)).toBe(size);
    const got = await log.take(c.network_type_data, (event) => event.id === peer);
    expect(got.size).toBe(size);
    expect(got.text === text).toBe(true);
    expect(send(id, 'x'.repeat(262_145))).toBe(c.network_error_too_large);
    expect(send(id, 'still', (s, b, n) => network_send_raw(s, b, n))).toBe(
      c.network_error_unsupported,
    );
    expect(stats(id).drops).toEqual({ send_too_large: 1 });
  },
);

it('of a packet in parts nothing is delivered when a part is lost', async () => {
  const log = new Log();
  const hub = udp_server();
  const { id, peer } = await udp_joined(log, hub.port);
  network_set_config(c.network_config_simulator, { loss: 0.1, seed: 5 }, id);
  const sizes = [];
  for (let i = 0; i < 30; i++) {
    const size = 40_000 + i;
    expect(send(id, String.fromCharCode(i).repeat(size))).toBe(size);
    sizes.push(size);
    await until(() => stats(id).buffered_bytes < 10_000);
  }
  await until(() => (stats(peer).drops.incomplete ?? 0) > 0);
  const got = log.seen.filter(({ type }) => type === c.network_type_data);
  expect(got.length).toBeGreaterThan(5);
  expect(got.length).toBeLessThan(30);
  for (const { size = 0, text } of got) {
    expect(sizes).toContain(size);
    expect(text === String.fromCharCode(size - 40_000).repeat(size)).toBe(true);
  }
});

it('"latest only" packets are never delivered behind a newer one, others are', async () => {
  const log = new Log();
  const hub = udp_server();
  const { id, peer } = await udp_joined(log, hub.port);
  network_set_config(c.network_config_simulator, { jitter_ms: 40, seed: 3 }, id);
  const b = buffer_create(8, 0, 1);
  afterwards(() => buffer_delete(b));
  const order = async (options: number) => {
    const before = stats(peer).packets_in + (stats(peer).drops.stale ?? 0);
    for (let i = 0; i < 200; i++) {
      buffer_poke(b, 0, c.buffer_u32, i);
      expect(network_send_packet(id, b, 8, options)).toBe(8);
      if (i % 10 === 0) await new Promise((done) => setTimeout(done, 2));
    }
    await until(() => stats(peer).packets_in + (stats(peer).drops.stale ?? 0) - before >= 198);
    return log.seen.splice(0).map(number_of);
  };
  const sorted = (numbers: number[]) => numbers.every((n, i) => i === 0 || n > numbers[i - 1]);
  const latest = await order(c.network_send_latest);
  expect(sorted(latest)).toBe(true);
  expect(latest.at(-1)).toBeGreaterThan(150);
  expect(stats(peer).drops.stale).toBeGreaterThan(20);
  expect(sorted(await order(c.network_send_binary))).toBe(false);
});

it('a value goes as a packet', async () => {
  const log = new Log();
  const hub = udp_server();
  const { id, peer } = await udp_joined(log, hub.port);
  const move = packet({ x: u16, y: u16 });
  expect(network_send_value(id, move, { x: 0x6f68, y: 0x216f })).toBe(4);
  const got = await log.take(c.network_type_data);
  expect(got).toMatchObject({ id: peer, text: 'hoo!' });
});

it('what came twice is delivered once, and counted', async () => {
  const log = new Log();
  const hub = udp_server();
  const { id, peer } = await udp_joined(log, hub.port);
  network_set_config(c.network_config_simulator, { duplicate: 1, jitter_ms: 1 }, id);
  for (let i = 0; i < 50; i++) send(id, `${i}`);
  await until(() => (stats(peer).drops.duplicate ?? 0) >= 49);
  const got = log.seen.map(({ text }) => text);
  expect(new Set(got).size).toBe(got.length);
});

it('the statistics tell loss both ways, jitter, round trip and the clock of the peer', async () => {
  const log = new Log();
  const hub = udp_server();
  const { id, peer } = await udp_joined(log, hub.port);
  expect(stats(id)).toMatchObject({ loss: 0, loss_out: 0 });
  network_set_config(
    c.network_config_simulator,
    { loss: 0.3, latency_ms: 20, jitter_ms: 20, seed: 7 },
    id,
  );
  const streams = Promise.all([stream(id, 900, 300), stream(peer, 900, 300)]);
  await until(() => (stats(id).loss_out ?? 0) > 0 && (stats(id).loss ?? 0) > 0);
  await streams;
  const { loss, loss_out, round_trip_ms, jitter_ms, clock_offset_ms } = stats(id);
  for (const share of [loss, loss_out]) {
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.6);
  }
  expect(stats(peer).loss).toBeGreaterThan(0.1);
  // Each way takes 20 ms or more, and what was measured before that still counts a little.
  expect(round_trip_ms).toBeGreaterThan(5);
  expect(jitter_ms).toBeGreaterThan(0);
  expect(clock_offset_ms).toBeTypeOf('number');
  expect(stats(hub.id)).toMatchObject({ loss: undefined, jitter_ms: undefined });
});

it('a full queue drops packets in place of delaying them, and empties again', async () => {
  const log = new Log();
  const hub = udp_server();
  const { id, peer } = await udp_joined(log, hub.port);
  const b = buffer_create(16_000, 0, 1);
  afterwards(() => buffer_delete(b));
  let sent = 0;
  while (network_send_packet(id, b, 16_000) > 0) sent++;
  expect(sent).toBeGreaterThan(3);
  expect(stats(id).buffered_bytes).toBeLessThanOrEqual(64 * 1024 + 16_006);
  expect(stats(id).drops.queue_full).toBe(1);
  await until(() => stats(id).buffered_bytes === 0);
  expect(network_send_packet(id, b, 100)).toBe(100);
  await log.take(c.network_type_data, ({ id: from, size }) => from === peer && size === 100);
});

it('a broadcast reaches all clients', async () => {
  const log = new Log();
  const hub = udp_server();
  const ids = [];
  for (let i = 0; i < 5; i++) ids.push((await udp_joined(log, hub.port)).id);
  send(hub.id, 'to all of you', (s, b, n) => network_send_broadcast(s, 0, b, n));
  for (const id of ids) {
    const got = await log.take(c.network_type_data, (event) => event.id === id);
    expect(got.text).toBe('to all of you');
  }
});
