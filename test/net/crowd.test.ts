// A server restart seen by a full house: with nothing configured but `reconnect`, everybody comes back.
import { expect, it, vi } from 'vitest';
import { buffer_create, buffer_delete, buffer_seek } from '../../bindings/buffer.js';
import { buffer_read_u32 } from '../../bindings/buffer-typed.js';
import * as c from '../../bindings/constants.js';
import { async_on } from '../../bindings/events.js';
import * as n from '../../bindings/network.js';
import { afterwards } from './harness.js';

const CLIENTS = 1000;
/** Guards against a hang only, as the timeouts below. */
const WAIT = { timeout: 200_000, interval: 20 };

interface Seen {
  joined: Set<number>;
  connected: Map<number, number>;
  resumed: number;
  ended: number;
  numbers: number[];
}

async function full_house(): Promise<{ port: number; hub: number; seen: Seen; ids: number[] }> {
  const seen: Seen = {
    joined: new Set(),
    connected: new Map(),
    resumed: 0,
    ended: 0,
    numbers: [],
  };
  afterwards(
    async_on('networking', ({ type, id, socket, buffer }) => {
      if (type === c.network_type_connect) seen.joined.add(socket);
      else if (type === c.network_type_non_blocking_connect) {
        seen.connected.set(id, (seen.connected.get(id) ?? 0) + 1);
      } else if (type === c.network_type_resumed) seen.resumed++;
      else if (type === c.network_type_disconnect) seen.ended++;
      else if (type === c.network_type_data) seen.numbers.push(buffer_read_u32(buffer));
    }),
  );
  n.network_set_config(c.network_config_reconnect, 1);
  n.network_set_config(c.network_config_connect_timeout, 120_000);
  n.network_set_config(c.network_config_handshake_timeout, 120_000);
  const hub = n.network_create_server(c.network_socket_tcp, 0);
  afterwards(() => n.network_destroy(hub));
  const port = n.network_get_stats(hub)?.port ?? 0;
  const ids: number[] = [];
  for (let i = 0; i < CLIENTS; i++) {
    const id = n.network_create_socket(c.network_socket_tcp);
    afterwards(() => n.network_destroy(id));
    n.network_connect(id, '127.0.0.1', port);
    ids.push(id);
  }
  await vi.waitFor(() => expect(seen.joined.size + seen.connected.size).toBe(2 * CLIENTS), WAIT);
  return { port, hub, seen, ids };
}

function server_again(port: number): number {
  const hub = n.network_create_server(c.network_socket_tcp, port);
  expect(hub).toBeGreaterThanOrEqual(0);
  afterwards(() => n.network_destroy(hub));
  return hub;
}

it('a thousand clients with sessions come back to a restarted server, each once and with its packets', async () => {
  const { port, hub, seen, ids } = await full_house();
  const image = buffer_create(1, c.buffer_grow, 1);
  const packet = buffer_create(4, c.buffer_fixed, 1);
  afterwards(() => [image, packet].forEach(buffer_delete));
  expect(n.network_server_suspend(hub, image)).toBe(CLIENTS);
  await vi.waitFor(
    () =>
      expect(ids.every((id) => n.network_get_state(id) === c.network_state_resuming)).toBe(true),
    WAIT,
  );
  for (const id of ids) expect(n.network_send_packet(id, packet, 4)).toBe(4);
  const next = server_again(port);
  buffer_seek(image, c.buffer_seek_start, 0);
  expect(n.network_server_resume(next, image)).toBe(CLIENTS);
  await vi.waitFor(() => expect(seen.numbers.length).toBe(CLIENTS), WAIT);
  await vi.waitFor(() => expect(seen.resumed).toBe(2 * CLIENTS), WAIT);
  expect(ids.every((id) => n.network_get_state(id) === c.network_state_open)).toBe(true);
  expect(n.network_get_stats(next)).toMatchObject({ clients: CLIENTS, drops: {} });
  expect([seen.ended, seen.joined.size]).toEqual([0, CLIENTS]);
});

it('a thousand clients of a server that has forgotten them all get in again', async () => {
  const { port, hub, seen, ids } = await full_house();
  n.network_destroy(hub);
  seen.joined.clear();
  const next = server_again(port);
  await vi.waitFor(() => expect(seen.joined.size).toBe(CLIENTS), WAIT);
  await vi.waitFor(
    () => expect(ids.every((id) => n.network_get_state(id) === c.network_state_open)).toBe(true),
    WAIT,
  );
  expect(n.network_get_stats(next)).toMatchObject({ clients: CLIENTS, drops: {} });
});
