// Client sockets: connecting, and connecting again by themselves.
import { clock } from './clock.js';
import {
  network_state_closed,
  network_state_connecting,
  network_state_resuming,
} from './constants.js';
import { NetError } from './errors.js';
import { host_task } from './events.js';
import type { Address } from './network-address.js';
import { limit_of, max_message_bytes, setting } from './network-config.js';
import { ended, lost } from './network-end.js';
import { Connection } from './network-link.js';
import { dial_line } from './network-rtc.js';
import type { Socket } from './sockets.js';
import { backoff_ms } from './transport/backoff.js';
import { WebSocketClient } from './websocket-client.js';

/** Starts to connect. @throws NetError `package_missing` */
export function dial(socket: Socket, address: Address): void {
  const { id } = socket;
  socket.redial = (failed) => dial_later(socket, id, address, failed);
  socket.state = network_state_connecting;
  socket.attempt = 0;
  attempt(socket, address);
}

function attempt(socket: Socket, address: Address): void {
  if (address.room !== undefined) {
    dial_line(socket, address);
    return;
  }
  const client = new WebSocketClient();
  const connection = new Connection(socket, client);
  socket.message_cap_bytes = max_message_bytes(limit_of(socket));
  const protocol = setting(socket, 'protocol');
  try {
    client.start(
      address.url,
      {
        protocols: protocol === '' ? [] : [protocol],
        timeout_ms: setting(socket, 'connect_timeout_ms'),
        max_message_bytes: socket.message_cap_bytes,
      },
      connection,
    );
  } catch (error) {
    if (error instanceof NetError && error.code === 'package_missing') {
      socket.connection = undefined;
      socket.state = network_state_closed;
      throw error;
    }
    // The host refuses at once (insecure from a secure page, a forbidden port): a failed connection, not a wrong call.
    const reason = error instanceof Error ? error.message : String(error);
    if (socket.state === network_state_resuming) lost(socket, reason, 1006);
    else ended(socket, reason);
  }
}

/** After `failed` attempts in a row the next one waits, longer each time and never the same for two clients. */
function dial_later(socket: Socket, id: number, address: Address, failed: number): void {
  if (socket.id !== id) return;
  socket.attempt = failed + 1;
  if (socket.state !== network_state_resuming) socket.state = network_state_connecting;
  const base_ms = setting(socket, 'reconnect_delay_ms');
  const max_ms = setting(socket, 'reconnect_delay_max_ms');
  clock.cancel(socket.redial_timer);
  socket.redial_timer = clock.later(
    () => {
      if (socket.id === id && socket.connection === undefined) {
        host_task(() => attempt(socket, address));
      }
    },
    backoff_ms(failed, base_ms, max_ms, clock.random()),
  );
}
