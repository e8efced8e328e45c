// The simulator for all sockets and for one, over both transports: what arrives, and at which millisecond, is computed beforehand.
import { expect, it, vi } from 'vitest';
import * as c from '../../bindings/constants.js';
import {
  network_connect_raw,
  network_create_server_raw,
  network_create_socket,
  network_destroy,
  network_send_raw,
  network_send_udp,
  network_set_config,
} from '../../bindings/network.js';
import { find_socket } from '../../bindings/sockets.js';
import { Simulator, type SimulatorOptions } from '../../bindings/transport/simulator.js';
import { Cable } from './cable.js';
import { FakeClock } from './fake-clock.js';
import { afterwards, joined, Log, send, server, stats } from './harness.js';
import { udp_socket, until } from './udp-harness.js';

const EVERYTHING: SimulatorOptions = {
  latency_ms: 30,
  jitter_ms: 25,
  loss: 0.15,
  duplicate: 0.2,
  reorder: 0.25,
  reorder_ms: 40,
  bandwidth: 4000,
  seed: 11,
};
/** A simulator treats what comes in by another seed than what goes out. */
const way_back = (options: SimulatorOptions) => ({
  ...options,
  seed: (options.seed ?? 1) ^ 0x5bd1e995,
});

/** A raw pair, connected in real time: its messages are the caller's and nothing else. */
async function raw_pair(
  log: Log,
  type: number,
  at?: number,
): Promise<{ hub: number; id: number; peer: number }> {
  const hub = at ?? network_create_server_raw(type, 0);
  const id = network_create_socket(type);
  if (at === undefined) afterwards(() => network_destroy(hub));
  afterwards(() => network_destroy(id));
  expect(network_connect_raw(id, '127.0.0.1', stats(hub).port)).toBe(id);
  const done = await log.take(c.network_type_non_blocking_connect);
  expect(done.succeeded).toBe(1);
  const { socket } = await log.take(c.network_type_connect);
  return { hub, id, peer: socket as number };
}

/** Counts the messages that have really come over the network, before any simulator. */
function arrivals(id: number): () => number {
  const connection = find_socket(id, 'test')?.connection;
  if (connection === undefined) throw new Error(`${id} is not connected`);
  const received = vi.spyOn(connection, 'received');
  return () => received.mock.calls.length;
}

/** Whatever the peer's end has put on the wire before is here when this is over: WebSocket pings pass by the simulator. */
async function ping(id: number): Promise<void> {
  const connection = find_socket(id, 'test')?.connection;
  if (connection === undefined) throw new Error(`${id} is not connected`);
  const answered = vi.spyOn(connection, 'alive');
  connection.link.ping?.();
  await until(() => answered.mock.calls.length > 0);
}

interface Fate {
  text: string;
  at_ms: number;
}

/**
 * Sends a message every 10 ms, and lets time pass until nothing is under way: when each arrived. Beside it the same by the
 * simulators alone, one for the way out and one for the way in.
 */
async function run(
  log: Log,
  clock: FakeClock,
  from: number,
  to: number,
  out: Simulator<string> | undefined,
  into: Simulator<string> | undefined,
): Promise<{ real: Fate[]; computed: Fate[] }> {
  const came = arrivals(to);
  const real: Fate[] = [];
  const computed: Fate[] = [];
  const start_ms = clock.now_ms;
  let sent = 0;
  let left = 0;
  const leave = (text: string) => {
    left++;
    if (into === undefined) computed.push({ text, at_ms: clock.now_ms });
    else into.push(text, text.length, clock.now_ms);
  };
  for (;;) {
    if (sent < 60 && clock.now_ms >= start_ms + sent * 10) {
      const text = `${sent++}`.padEnd(10 + (sent % 30), '.');
      expect(send(from, text, network_send_raw)).toBe(text.length);
      if (out === undefined) leave(text);
      else out.push(text, text.length, clock.now_ms);
    }
    for (const text of out?.arrived(clock.now_ms) ?? []) leave(text);
    await until(() => came() >= left);
    for (const text of into?.arrived(clock.now_ms) ?? [])
      computed.push({ text, at_ms: clock.now_ms });
    await until(() => real.push(...taken(log, to, clock.now_ms)) >= computed.length);
    if (sent === 60 && (out?.size ?? 0) === 0 && (into?.size ?? 0) === 0) break;
    clock.advance(1);
  }
  expect(came()).toBe(left);
  return { real, computed };
}

function taken(log: Log, id: number, at_ms: number): Fate[] {
  return log.seen.splice(0).map((event) => {
    expect(event.id).toBe(id);
    return { text: event.text as string, at_ms };
  });
}

const TRANSPORTS: [name: string, type: number, ordered: boolean][] = [
  ['WebSocket', c.network_socket_tcp, true],
  ['WebRTC', c.network_socket_udp, false],
];

it.each(TRANSPORTS)(
  'set for all: over %s everything meets the computed fate, at both ends and in both directions',
  async (_, type, ordered) => {
    const log = new Log();
    const { id, peer } = await raw_pair(log, type);
    const clock = new FakeClock();
    network_set_config(c.network_config_simulator, EVERYTHING);
    for (const [from, to] of [
      [id, peer],
      [peer, id],
    ]) {
      const out = new Simulator<string>(EVERYTHING, ordered);
      const into = new Simulator<string>(way_back(EVERYTHING), ordered);
      const { real, computed } = await run(log, clock, from, to, out, into);
      expect(real).toEqual(computed);
      const order = real.map(({ text }) => Number.parseInt(text, 10));
      const in_order = order.every((n, i) => i === 0 || n > order[i - 1]);
      expect(in_order).toBe(ordered);
      if (ordered) expect(order.length).toBe(60);
      else {
        expect(out.lost + into.lost).toBeGreaterThan(5);
        expect(out.duplicated + into.duplicated).toBeGreaterThan(5);
      }
    }
  },
);

it.each(TRANSPORTS)(
  'set for one socket: over %s it alone is slow, and its own setting beats that for all',
  async (_, type, ordered) => {
    const log = new Log();
    const { id, peer } = await raw_pair(log, type);
    const clock = new FakeClock();
    network_set_config(c.network_config_simulator, { latency_ms: 1000 });
    network_set_config(c.network_config_simulator, EVERYTHING, id);
    network_set_config(c.network_config_simulator, 0, peer);
    const out = new Simulator<string>(EVERYTHING, ordered);
    const up = await run(log, clock, id, peer, out, undefined);
    expect(up.real).toEqual(up.computed);
    const into = new Simulator<string>(way_back(EVERYTHING), ordered);
    const down = await run(log, clock, peer, id, undefined, into);
    expect(down.real).toEqual(down.computed);
  },
);

it('a setting for all neither hurries nor restarts what a socket has set for itself', async () => {
  const log = new Log();
  const { id, peer } = await raw_pair(log, c.network_socket_tcp);
  const clock = new FakeClock();
  network_set_config(c.network_config_simulator, { latency_ms: 100 }, id);
  const came = arrivals(peer);
  send(id, 'slow', network_send_raw);
  network_set_config(c.network_config_simulator, { latency_ms: 7 });
  network_set_config(c.network_config_simulator, 0);
  clock.advance(99.5);
  await ping(peer);
  expect(came()).toBe(0);
  clock.advance(0.5);
  await until(() => came() === 1);
});

it.each(TRANSPORTS)(
  'set for a server: over %s its clients have it, those that are there and those that come',
  async (_, type, ordered) => {
    const log = new Log();
    const { hub, ...first } = await raw_pair(log, type);
    network_set_config(c.network_config_simulator, EVERYTHING, hub);
    const second = await raw_pair(log, type, hub);
    const clock = new FakeClock();
    for (const { id, peer } of [first, second]) {
      const out = new Simulator<string>(EVERYTHING, ordered);
      const { real, computed } = await run(log, clock, peer, id, out, undefined);
      expect(real).toEqual(computed);
    }
  },
);

it('set for a socket that sends without connecting: the peers that it keeps have it too', async () => {
  const log = new Log();
  const [a, b] = [udp_socket(0), udp_socket(0)];
  const say = (text: string) =>
    send(a, text, (socket, buffer, size) =>
      network_send_udp(socket, '127.0.0.1', stats(b).port, buffer, size),
    );
  say('hello');
  await log.take(c.network_type_data);
  const clock = new FakeClock();
  network_set_config(c.network_config_simulator, { latency_ms: 100 }, a);
  say('late');
  clock.advance(99);
  await new Promise((done) => setTimeout(done, 100));
  expect(log.seen).toEqual([]);
  clock.advance(1);
  expect((await log.take(c.network_type_data)).text).toBe('late');
});

it('set for one client of a server: it stays when the client comes back over another link', async () => {
  network_set_config(c.network_config_reconnect, 1);
  network_set_config(c.network_config_reconnect_delay, 10);
  const log = new Log();
  const cable = await Cable.to(server().port);
  const { id, peer } = await joined(log, cable.port);
  network_set_config(c.network_config_simulator, { latency_ms: 3_600_000 }, peer);
  cable.cut();
  await log.take(c.network_type_resumed, (event) => event.socket === peer);
  await log.take(c.network_type_resumed);
  send(peer, 'held back');
  await Promise.resolve();
  await ping(id);
  expect(log.seen.filter(({ type }) => type === c.network_type_data)).toEqual([]);
  network_set_config(c.network_config_simulator, 0, peer);
  expect((await log.take(c.network_type_data)).text).toBe('held back');
});
