// Client sockets: connecting, and connecting again by themselves.
import { show } from './check.js';
import { clock } from './clock.js';
import {
  network_socket_tcp,
  network_socket_udp,
  network_state_closed,
  network_state_connecting,
  network_state_resuming,
} from './constants.js';
import { NetError } from './errors.js';
import { host_task } from './events.js';
import { type Address, parse_address } from './network-address.js';
import { limit_of, max_message_bytes, setting } from './network-config.js';
import { ended, lost } from './network-end.js';
import { Connection } from './network-link.js';
import { named_room } from './network-room.js';
import { dial_line } from './network-rtc.js';
import type { Socket } from './sockets.js';
import { backoff_ms } from './transport/backoff.js';
import { WebSocketClient } from './websocket-client.js';

/** Where a socket connects to: a server's URL, or `room:CODE` at the signaling server that is set. */
export function find_address(type: number, url: string, port: number, call: string): Address {
  const room = typeof url === 'string' ? /^room:(.*)$/is.exec(url.trim())?.[1] : undefined;
  if (room === undefined) {
    const address = parse_address(type, url, port, call);
    return type === network_socket_udp ? { ...address, room: '' } : address;
  }
  const name = named_room(room);
  if (name === undefined || name.made_up) {
    throw new RangeError(`${call}: no room can have the code ${show(room)}`);
  }
  const signaling = setting(undefined, 'signaling_url');
  if (signaling === '') {
    throw new RangeError(`${call}: set network_config_signaling_url before connecting to a room`);
  }
  return { ...parse_address(network_socket_tcp, signaling, 0, call), room: name.name };
}

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
      if (socket.id !== id || socket.connection !== undefined) return;
      host_task(() => {
        // The game may have changed its mind meanwhile.
        if (setting(socket, 'reconnect') === 1) attempt(socket, address);
        else ended(socket, 'it is not to connect again any more');
      });
    },
    backoff_ms(failed, base_ms, max_ms, clock.random()),
  );
}
