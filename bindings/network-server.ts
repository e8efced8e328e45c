// Servers: who may come in, from where, and how many; and their end.

import { host } from '#host';
import { integer_in, known_keys, options_object, show, text } from './check.js';
import {
  network_config_bytes_per_second,
  network_config_connections_per_address,
  network_config_handshake_timeout,
  network_config_ice_servers,
  network_config_messages_per_second,
  network_error_unsupported,
  network_socket_tcp,
  network_socket_udp,
  network_socket_wss,
  network_type_disconnect,
} from './constants.js';
import { emit } from './events.js';
import type { Caller, Listening, ListenOwner } from './host/types.js';
import { type Refusal, refusal_of } from './network-admission.js';
import {
  change_setting,
  type IceServers,
  limit_of,
  max_message_bytes,
  setting,
} from './network-config.js';
import { destroy_socket } from './network-end.js';
import type { JoinCheck } from './network-join.js';
import { Connection } from './network-link.js';
import { named_room } from './network-room.js';
import {
  check_origins,
  check_rtc_options,
  listen_room,
  listen_udp,
  with_rooms,
} from './network-udp-server.js';
import type { RoomOptions } from './rtc/signaling-hub.js';
import { add, remove, Server, Socket } from './sockets.js';
import type { Link } from './transport/types.js';

/** Settings of a server beyond type, port and clients. */
export interface ServerOptions {
  /**
   * A `node:http` or `node:https` server to share, in place of a port of its own; `port` is ignored then. Where it has `upgrade`
   * listeners of others, give `path`: requests of other paths are left to them (and get a 404 where there are none), nobody who
   * means them is cut by our handshake timeout, and who comes late for us gets a 408. When that server has
   * closed (its `'close'` event), ours ends too, and a `network_type_disconnect` event of it tells so. Node's `close()` waits for
   * connections, and WebSockets are such: to end both, call {@link network_destroy} (or `network_server_suspend`) and then `close()`.
   */
  server?: object;
  /** Path of the URL that clients connect to, for example `/play`. Default: any. */
  path?: string;
  /** Address to bind. Default: all of the machine. */
  host?: string;
  /** TLS: private key and certificate (chain) in PEM. Needed for `network_socket_wss` on a port of its own. */
  key?: string | Uint8Array;
  cert?: string | Uint8Array;
  /** Sub-protocols to agree on, best first. Clients that ask for others only are refused. Default: what the client asks for. */
  protocols?: string[];
  /**
   * Pages of these origins (`https://game.example`), or those for which the function answers true, at once or by a promise. Default:
   * any, also clients without. Whoever gets no answer within the handshake timeout is refused. A function that throws or rejects
   * lets nobody in, and `async_on('error')` is told.
   */
  origin?: string[] | ((origin: string | undefined) => boolean | PromiseLike<boolean>);
  /** Clients from one address at a time; default 1024, 0: no limit. */
  connections_per_address?: number;
  /** What a client may send before it is disconnected; default 250,000 messages and packets, 256 MiB. 0: no limit. */
  messages_per_second?: number;
  bytes_per_second?: number;
  /** Milliseconds for the handshake, from the connection on; default 10,000. */
  handshake_timeout_ms?: number;
  /** Makes the server a signaling server too, where others open rooms; with limits, or `true` for the usual ones. */
  rooms?: boolean | RoomOptions;
  /** WebRTC servers and rooms only: what a client must have set as `network_config_join_token`. */
  password?: string;
  /** WebRTC servers and rooms only: asked who may come in: true, or the reason why not. */
  join?: JoinCheck;
  /** WebRTC on a port, in Node: the UDP port for all clients, or a range. Default: the number of the TCP port, or any when that is taken. */
  udp_port?: number | readonly [from: number, to: number];
  /** WebRTC servers and rooms only: addresses under which this machine is known outside, for example that of the router in front. */
  external_address?: string | string[];
  /** WebRTC: STUN and TURN servers, for this server and its clients. Default: `network_config_ice_servers`. */
  ice_servers?: IceServers;
}

/** Options that are settings by another name. */
const NUMBERS = {
  connections_per_address: network_config_connections_per_address,
  messages_per_second: network_config_messages_per_second,
  bytes_per_second: network_config_bytes_per_second,
  handshake_timeout_ms: network_config_handshake_timeout,
} as const;

/** Every option there is: a name that is mistyped would be a door left open. */
const OPTIONS: Record<keyof ServerOptions, true> = {
  server: true,
  path: true,
  host: true,
  key: true,
  cert: true,
  protocols: true,
  origin: true,
  connections_per_address: true,
  messages_per_second: true,
  bytes_per_second: true,
  handshake_timeout_ms: true,
  rooms: true,
  password: true,
  join: true,
  udp_port: true,
  external_address: true,
  ice_servers: true,
};

function check_options(call: string, options: ServerOptions): void {
  options_object(options, `${call}: options`);
  known_keys(options, OPTIONS, `${call}: options`);
  const { server, path, host: address, key, cert, protocols, origin } = options;
  if (server !== undefined && typeof (server as { on?: unknown } | null)?.on !== 'function') {
    throw new TypeError(
      `${call}: server must be a node:http or node:https server, got ${show(server)}`,
    );
  }
  if (path !== undefined && !text(path, `${call}: path`).startsWith('/')) {
    throw new RangeError(`${call}: path must start with /, got ${show(path)}`);
  }
  if (address !== undefined) text(address, `${call}: host`);
  for (const pem of [key, cert]) {
    if (pem !== undefined && typeof pem !== 'string' && !(pem instanceof Uint8Array)) {
      throw new TypeError(`${call}: key and cert must be PEM text or bytes, got ${show(pem)}`);
    }
  }
  if ((key === undefined) !== (cert === undefined)) {
    throw new RangeError(`${call}: key and cert go together`);
  }
  if (protocols !== undefined) {
    if (!Array.isArray(protocols)) throw new TypeError(`${call}: protocols must be an array`);
    for (const name of protocols) {
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(text(name, `${call}: a protocol`))) {
        throw new RangeError(`${call}: ${show(name)} is not a sub-protocol name`);
      }
    }
    if (new Set(protocols).size < protocols.length) {
      throw new RangeError(`${call}: protocols has the same name twice`);
    }
  }
  check_rtc_options(call, options);
  if (origin !== undefined && !Array.isArray(origin) && typeof origin !== 'function') {
    throw new TypeError(`${call}: origin must be an array or a function, got ${show(origin)}`);
  }
  if (Array.isArray(origin)) check_origins(origin, `${call}: origin`);
}

/** Options that this kind of server would do nothing with: a door that seems to be closed, or a port that nobody opens. */
function check_kind(call: string, is_udp: boolean, in_room: boolean, options: ServerOptions): void {
  const { password, join, external_address, udp_port, ice_servers, rooms } = options;
  if (!is_udp && !in_room && (password ?? join ?? external_address) !== undefined) {
    throw new RangeError(
      `${call}: password, join and external_address are for WebRTC servers and rooms`,
    );
  }
  if (!is_udp && !in_room && ice_servers !== undefined && (rooms ?? false) === false) {
    throw new RangeError(`${call}: ice_servers is for WebRTC servers and servers with rooms`);
  }
  if ((!is_udp || in_room) && udp_port !== undefined) {
    throw new RangeError(`${call}: udp_port is for network_socket_udp on a port`);
  }
}

/** @internal */
export function create_server(
  call: string,
  raw: boolean,
  type: number,
  port: number | string,
  max_client: number,
  options: ServerOptions,
): number {
  integer_in(type, network_socket_tcp, network_socket_wss, `${call}: type`);
  const room = typeof port === 'string' ? named_room(port) : undefined;
  if (typeof port === 'number') integer_in(port, 0, 65_535, `${call}: port`);
  else if (room === undefined) {
    const asked = typeof port === 'string' ? RangeError : TypeError;
    throw new asked(
      `${call}: port must be a number, or a room of at most 32 letters and digits, got ${show(port)}`,
    );
  }
  integer_in(max_client, 1, 0xfffff, `${call}: max_client`);
  check_options(call, options);
  check_kind(call, type === network_socket_udp, room !== undefined, options);
  // TLS needs a certificate.
  const no_tls =
    type === network_socket_wss && options.server === undefined && options.key === undefined;
  if (no_tls && room === undefined) return network_error_unsupported;
  const server = add(new Server(type, raw, max_client));
  try {
    for (const [name, param] of Object.entries(NUMBERS)) {
      const value = options[name as keyof typeof NUMBERS];
      if (value !== undefined) change_setting(param, value, server.id);
    }
    if (options.ice_servers !== undefined) {
      change_setting(network_config_ice_servers, options.ice_servers, server.id);
    }
    server.message_cap_bytes = max_message_bytes(limit_of(server));
    const owner = listen_owner(server, typeof port === 'number' ? port : 0, options);
    const listening =
      room !== undefined
        ? listen_room(call, server, room, options, owner)
        : type === network_socket_udp
          ? listen_udp(server, port as number, options, owner)
          : listen_tcp(server, port as number, options, owner);
    if (typeof listening === 'number') {
      remove(server);
      return listening;
    }
    server.listening = listening;
    return server.id;
  } catch (error) {
    remove(server);
    throw error;
  }
}

function listen_tcp(
  server: Server,
  port: number,
  options: ServerOptions,
  owner: ListenOwner,
): Listening | number {
  const { server: shared, path, host: address, key, cert, protocols, rooms } = options;
  const max_message = server.message_cap_bytes;
  const listening = host.listen(
    {
      port,
      host: address,
      server: shared,
      path,
      key,
      cert,
      protocols,
      max_message_bytes: max_message,
      handshake_ms: () => setting(server, 'handshake_timeout_ms'),
    },
    owner,
  );
  if (typeof listening === 'number' || rooms === undefined || rooms === false) return listening;
  return with_rooms(server, listening, rooms, path);
}

function listen_owner(server: Server, port: number, options: ServerOptions): ListenOwner {
  return {
    refuses(caller: Caller) {
      const status_of = (refusal: Refusal | undefined) => {
        if (refusal !== undefined) server.counters.drop(refusal[0]);
        return refusal?.[1];
      };
      const refusal = refusal_of(server, options, caller);
      if (!(refusal instanceof Promise)) return status_of(refusal);
      return refusal.then((decide) => () => status_of(decide()));
    },
    entered(link: Link, caller: Caller) {
      const socket = add(new Socket(server.type, server.raw));
      socket.server = server;
      socket.message_cap_bytes = server.message_cap_bytes;
      socket.ip = socket.address = caller.ip;
      socket.port = caller.port;
      server.clients.add(socket);
      server.enter(socket.address);
      const connection = new Connection(socket, link);
      connection.waited_ms = caller.waited_ms ?? 0;
      return connection;
    },
    refused: (reason) => server.counters.drop(reason),
    failed(reason, error) {
      const { id } = server;
      destroy_server(server);
      const event = { type: network_type_disconnect, id, socket: id, ip: '', port, reason };
      emit('networking', error === undefined ? event : { ...event, error });
    },
  };
}

/** Closes and frees a server with all its clients, without events. */
export function destroy_server(server: Server): void {
  for (const client of [...server.clients]) destroy_socket(client, 1001, 'server ends');
  server.listening?.close();
  server.listening = undefined;
  remove(server);
}
