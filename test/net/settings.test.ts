// Every setting: what it takes, what it refuses, and that those nobody else tests do what they say.
import { expect, it, vi } from 'vitest';
import { use_clock } from '../../bindings/clock.js';
import * as c from '../../bindings/constants.js';
import {
  network_create_socket,
  network_destroy,
  network_set_config,
} from '../../bindings/network.js';
import { bare_client, joined_client, packet, tcp_upgrade } from './bare-peer.js';
import { FakeClock } from './fake-clock.js';
import { afterwards, joined, Log, server, stats } from './harness.js';

const VALUES = Object.fromEntries(Object.entries(c)) as Record<string, number>;
const MS = 0x7fffffff;
const GIB = 2 ** 30;
const NUMBERS: [name: keyof typeof c, low: number, high: number][] = [
  ['network_config_connect_timeout', 1, MS],
  ['network_config_handshake_timeout', 1, MS],
  ['network_config_message_size_limit', 1, GIB],
  ['network_config_queue_limit', 1, GIB],
  ['network_config_queue_policy', 0, 1],
  ['network_config_coalesce', 0, 1],
  ['network_config_heartbeat_interval', 0, MS],
  ['network_config_heartbeat_timeout', 1, MS],
  ['network_config_reconnect', 0, 1],
  ['network_config_reconnect_delay', 1, MS],
  ['network_config_reconnect_delay_max', 1, MS],
  ['network_config_resume_window', 0, MS],
  ['network_config_resume_buffer', 1, GIB],
  ['network_config_messages_per_second', 0, MS],
  ['network_config_bytes_per_second', 0, 1024 * GIB],
  ['network_config_connections_per_address', 0, MS],
  ['network_config_extensions', 0, 1],
  ['network_config_udp_queue_limit', 1, 2 ** 24],
  ['network_config_udp_peers', 1, 65_536],
  ['network_config_relay_only', 0, 1],
];
const GAMEMAKERS: (keyof typeof c)[] = [
  'network_config_use_non_blocking_socket',
  'network_config_enable_reliable_udp',
  'network_config_disable_reliable_udp',
  'network_config_avoid_time_wait',
];
/** Texts and objects, each with its own test. */
const OTHERS: (keyof typeof c)[] = [
  'network_config_websocket_protocol',
  'network_config_simulator',
  'network_config_resolver_url',
  'network_config_signaling_url',
  'network_config_ice_servers',
  'network_config_join_token',
];

it('there is no setting that is not in these lists', () => {
  const all = Object.keys(c).filter((name) => name.startsWith('network_config_'));
  const listed = [...NUMBERS.map(([name]) => name), ...GAMEMAKERS, ...OTHERS];
  expect(all.sort()).toEqual(listed.sort());
});

it.each(NUMBERS)('%s takes whole numbers from %d to %d', (name, low, high) => {
  const id = network_create_socket(c.network_socket_tcp);
  afterwards(() => network_destroy(id));
  const set = (value: unknown) => network_set_config(VALUES[name], value as never, id);
  expect([set(high), set(low)]).toEqual([0, 0]);
  for (const bad of [low - 1, high + 1, low + 0.5, Number.NaN]) {
    expect(() => set(bad), String(bad)).toThrow(RangeError);
  }
  for (const bad of ['1', null, undefined, {}]) expect(() => set(bad)).toThrow(TypeError);
});

it.each(GAMEMAKERS)('%s changes nothing, and says so', (name) => {
  expect(network_set_config(VALUES[name], 1)).toBe(c.network_error_unsupported);
});

it('the limits of a server may be set when it is there', async () => {
  new FakeClock();
  const log = new Log();
  const { id, port } = server();
  network_set_config(c.network_config_messages_per_second, 10, id);
  const fast = await joined_client(port);
  fast.ws.send(Buffer.concat(Array.from({ length: 20 }, () => packet('y'))));
  expect(await fast.closed).toMatchObject({ code: 1008, reason: 'message_rate' });
  network_set_config(c.network_config_messages_per_second, 0, id);
  network_set_config(c.network_config_bytes_per_second, 1000, id);
  const big = await joined_client(port);
  big.ws.send(packet('x'.repeat(1000)));
  expect(await big.closed).toMatchObject({ code: 1008, reason: 'byte_rate' });
  network_set_config(c.network_config_connections_per_address, 1, id);
  await vi.waitFor(() => expect(stats(id).clients).toBe(0), { interval: 1 });
  const only = await bare_client(port);
  const refused = await tcp_upgrade(port);
  const answer = await new Promise((done) => refused.once('data', (data) => done(String(data))));
  expect(answer).toMatch(/^HTTP\/1.1 429/);
  refused.destroy();
  only.ws.terminate();
  expect(stats(id).drops).toEqual({ message_rate: 1, byte_rate: 1, address_limit: 1 });
  log.seen.length = 0;
});

it('pauses between attempts grow to reconnect_delay_max and no farther', async () => {
  const log = new Log();
  const { id: hub, port } = server();
  network_set_config(c.network_config_extensions, 0, hub);
  const { id } = await joined(log, port);
  network_set_config(c.network_config_reconnect, 1, id);
  network_set_config(c.network_config_reconnect_delay, 60, id);
  network_set_config(c.network_config_reconnect_delay_max, 200, id);
  // The longest of the jitter, and no waiting for it. Beats are a quarter of a second apart.
  const pauses: number[] = [];
  use_clock({
    random: () => 1,
    later(run, ms) {
      if (ms >= 250) return setTimeout(run, ms);
      pauses.push(ms);
      return setTimeout(run, 0);
    },
  });
  afterwards(() => use_clock());
  network_destroy(hub);
  await vi.waitFor(() => expect(pauses.length).toBeGreaterThan(6), { interval: 1 });
  expect(pauses.slice(0, 6)).toEqual([60, 120, 200, 200, 200, 200]);
});
