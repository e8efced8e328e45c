// What tests of UDP sockets share: pairs of a client and its server, packets that carry a number.
import { expect } from 'vitest';
import { buffer_create, buffer_delete } from '../../bindings/buffer.js';
import { buffer_poke } from '../../bindings/buffer-access.js';
import * as c from '../../bindings/constants.js';
import {
  network_connect,
  network_create_server,
  network_create_socket,
  network_create_socket_ext,
  network_destroy,
  network_send_packet,
  type ServerOptions,
} from '../../bindings/network.js';
import { afterwards, type Log, stats } from './harness.js';

/** A UDP server on a free port. */
export function udp_server(
  max_client = 64,
  options: ServerOptions = {},
): { id: number; port: number } {
  const id = network_create_server(c.network_socket_udp, 0, max_client, options);
  expect(id).toBeGreaterThanOrEqual(0);
  afterwards(() => network_destroy(id));
  return { id, port: stats(id).port };
}

/** A UDP socket, also one with a port of its own. */
export function udp_socket(port?: number): number {
  const id =
    port === undefined
      ? network_create_socket(c.network_socket_udp)
      : network_create_socket_ext(c.network_socket_udp, port);
  expect(id).toBeGreaterThanOrEqual(0);
  afterwards(() => network_destroy(id));
  return id;
}

/** A client that has joined: its own id and the server's id for it. */
export async function udp_joined(log: Log, port: number): Promise<{ id: number; peer: number }> {
  const id = udp_socket();
  expect(network_connect(id, '127.0.0.1', port)).toBe(id);
  const done = await log.take(c.network_type_non_blocking_connect, (event) => event.id === id);
  expect(done).toMatchObject({ succeeded: 1 });
  const { socket } = await log.take(c.network_type_connect);
  return { id, peer: socket as number };
}

/** Sends packets with numbers in them, so many a second, as a game would: what is due at each tick of the host's timer. */
export function stream(
  socket: number,
  count: number,
  per_second: number,
  size = 64,
): Promise<{ accepted: number }> {
  const b = buffer_create(size, 0, 1);
  const began = performance.now();
  let sent = 0;
  let accepted = 0;
  return new Promise((done) => {
    const tick = setInterval(() => {
      const due = Math.min(
        count,
        Math.floor(((performance.now() - began) * per_second) / 1000) + 1,
      );
      for (; sent < due; sent++) {
        buffer_poke(b, 0, c.buffer_u32, sent);
        if (network_send_packet(socket, b, size) === size) accepted++;
      }
      if (sent < count) return;
      clearInterval(tick);
      buffer_delete(b);
      done({ accepted });
    }, 4);
  });
}

export async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((done) => setTimeout(done, 5));
}
