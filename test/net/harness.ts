// What every network test needs: events in order, things to take down afterwards.
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { buffer_create, buffer_delete } from '../../bindings/buffer.js';
import { buffer_from, buffer_to_bytes } from '../../bindings/buffer-bulk.js';
import { live_buffers } from '../../bindings/buffer-table.js';
import * as constants from '../../bindings/constants.js';
import { async_on, async_set_mode, type NetworkingEvent } from '../../bindings/events.js';
import {
  type NetworkStats,
  network_connect,
  network_create_server,
  network_create_socket,
  network_destroy,
  network_get_stats,
  network_send_packet,
  network_set_config,
} from '../../bindings/network.js';

/** An event as it was when delivered, with the bytes of its buffer. */
export type Seen = Partial<NetworkingEvent> & { text?: string };

const undo: (() => void)[] = [];
/** Runs after the test. */
export function afterwards(what: () => void): void {
  undo.push(what);
}

// The library's own 10 s are for networks: a machine may be busy for longer.
beforeEach(() => void network_set_config(constants.network_config_connect_timeout, 60_000));

afterEach(async () => {
  for (const what of undo.splice(0).reverse()) what();
  async_set_mode('auto');
  network_set_config(constants.network_config_connect_timeout, 10_000);
  network_set_config(constants.network_config_handshake_timeout, 10_000);
  network_set_config(constants.network_config_websocket_protocol, '');
  network_set_config(constants.network_config_queue_limit, 16 * 1024 * 1024);
  network_set_config(constants.network_config_simulator, 0);
  network_set_config(constants.network_config_reconnect, 0);
  network_set_config(constants.network_config_reconnect_delay, 500);
  network_set_config(constants.network_config_resume_window, 30_000);
  network_set_config(constants.network_config_resolver_url, '');
  // What came at the very end is still to be delivered, and is freed then.
  await vi.waitFor(() => expect(live_buffers()).toBe(0));
});

/** Collects networking events from now on. */
export class Log {
  readonly seen: Seen[] = [];
  /** All who wait: several may, each for another event. */
  #waiting: (() => void)[] = [];

  constructor() {
    afterwards(
      async_on('networking', (event) => {
        const copy: Seen = { ...event };
        if (event.type === constants.network_type_data) {
          copy.text = Buffer.from(buffer_to_bytes(event.buffer, 0, event.size)).toString('latin1');
        }
        this.seen.push(copy);
        for (const wake of this.#waiting.splice(0)) wake();
      }),
    );
  }

  /** The first event that fits, taken out. */
  async take(type: number, fits: (event: Seen) => boolean = () => true): Promise<Seen> {
    for (;;) {
      const i = this.seen.findIndex((event) => event.type === type && fits(event));
      if (i >= 0) return this.seen.splice(i, 1)[0];
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** A framed server on a free port. */
export function server(
  max_client = 64,
  options = {},
  create = network_create_server,
): { id: number; port: number } {
  const id = create(constants.network_socket_tcp, 0, max_client, options);
  expect(id).toBeGreaterThanOrEqual(0);
  afterwards(() => network_destroy(id));
  return { id, port: stats(id).port };
}

/** A client socket of ours that is connecting. */
export function client(port: number, connect = network_connect): number {
  const id = network_create_socket(constants.network_socket_tcp);
  afterwards(() => network_destroy(id));
  expect(connect(id, '127.0.0.1', port)).toBe(id);
  return id;
}

/** One of ours, joined: its own id and the server's id for it. */
export async function joined(log: Log, port: number): Promise<{ id: number; peer: number }> {
  const id = client(port);
  const connected = await log.take(constants.network_type_non_blocking_connect, (e) => e.id === id);
  expect(connected.succeeded).toBe(1);
  const { socket } = await log.take(constants.network_type_connect);
  return { id, peer: socket as number };
}

export function stats(id: number): NetworkStats {
  const found = network_get_stats(id);
  if (found === undefined) throw new Error(`no socket ${id}`);
  return found;
}

/** Sends one packet with these bytes. */
export function send(socket: number, bytes: string, how = network_send_packet): number {
  const b = bytes === '' ? buffer_create(1, 0, 1) : buffer_from(Buffer.from(bytes, 'latin1'));
  const result = how(socket, b, bytes.length);
  buffer_delete(b);
  return result;
}
