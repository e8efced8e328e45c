// UDP-like sockets over WebRTC: Node to Node.
import { expect, it } from 'vitest';
import * as c from '../../bindings/constants.js';
import {
  network_connect,
  network_create_server,
  network_create_socket,
  network_destroy,
} from '../../bindings/network.js';
import { afterwards, Log, send, stats } from './harness.js';

it('connects, carries packets both ways, and tells of the end', async () => {
  const log = new Log();
  const hub = network_create_server(c.network_socket_udp, 0, 8);
  expect(hub).toBeGreaterThanOrEqual(0);
  afterwards(() => network_destroy(hub));
  const id = network_create_socket(c.network_socket_udp);
  afterwards(() => network_destroy(id));
  expect(network_connect(id, '127.0.0.1', stats(hub).port)).toBe(id);
  expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({ id, succeeded: 1 });
  const { socket: peer } = await log.take(c.network_type_connect);
  for (let i = 0; i < 100; i++) expect(send(id, `up ${i}`)).toBeGreaterThan(0);
  const up = await log.take(c.network_type_data, (event) => event.id === peer);
  expect(up.text).toMatch(/^up \d+$/);
  expect(send(peer as number, 'x'.repeat(100_000))).toBe(100_000);
  expect((await log.take(c.network_type_data, (event) => event.id === id)).text?.length).toBe(
    100_000,
  );
  network_destroy(id);
  expect(await log.take(c.network_type_disconnect)).toMatchObject({ id: hub, socket: peer });
});
