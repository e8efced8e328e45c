// network_*: sockets and servers as GameMaker has them, over WebSocket. The life of connections is in network-link.ts.
import { type Buf, lookup } from './buffer-table.js';
import { integer_in } from './check.js';
import {
  network_error_busy,
  network_error_not_open,
  network_error_too_large,
  network_error_unsupported,
  network_send_binary,
  network_send_text,
  network_socket_tcp,
  network_socket_udp,
  network_socket_wss,
  network_state_closed,
  network_state_listening,
} from './constants.js';
import { change_setting, type IceServers, limit_of } from './network-config.js';
import { dial, find_address } from './network-connect.js';
import { destroy_socket } from './network-end.js';
import {
  check_send,
  is_latest,
  send_checked,
  send_raw,
  send_to_all,
  send_to_peers,
} from './network-send.js';
import { create_server, destroy_server, type ServerOptions } from './network-server.js';
import { add, all_sockets, type Entry, find, find_socket, Socket } from './sockets.js';
import type { SimulatorOptions } from './transport/simulator.js';

export type { IceServers } from './network-config.js';
export { network_server_resume, network_server_suspend } from './network-handover.js';
export type { JoinRequest } from './network-join.js';
export { network_resolve } from './network-resolve.js';
export type { ServerOptions } from './network-server.js';
export { type NetworkStats, network_get_stats } from './network-stats.js';
export {
  network_create_socket_ext,
  network_send_udp,
  network_send_udp_raw,
} from './network-udp.js';
export type { RoomOptions } from './rtc/signaling-hub.js';
export type { IceServer } from './rtc/types.js';
export type { SimulatorOptions } from './transport/simulator.js';

/** Clients of a server where nothing else is said. */
const DEFAULT_MAX_CLIENT = 1024;

// ---- making -------------------------------------------------------------------------------------------------------------

/**
 * Starts a server for framed connections (GameMaker's handshake and packet header). The port is bound when it returns; with a
 * `host` in the options, and in a cluster worker, it is a moment later: until then its port reads 0, and a failure arrives as a
 * `network_type_disconnect` event of the server.
 *
 * @param type `network_socket_tcp`, `_ws`, `_wss` (with `key` and `cert`, or on a shared https server), or `_udp`: WebRTC, whose
 * signaling takes this port
 * @param port 1 to 65535; 0: any free one, which {@link network_get_stats} tells. Text: the code of a room at the signaling server of
 * `network_config_signaling_url`, '' for a new one; a `network_type_listening` event tells it. Pages can host only so.
 * @param max_client clients at a time, default 1024; further ones are refused
 * @param options TLS, a server to share, who may come in, limits: {@link ServerOptions}
 * @returns its id; `network_error_address` (-5) the port is taken; `network_error_unsupported` (-4) on a port in pages
 * @throws TypeError or RangeError on nonsense arguments; NetError `package_missing` in Node without `ws`
 */
export function network_create_server(
  type: number,
  port: number | string,
  max_client = DEFAULT_MAX_CLIENT,
  options: ServerOptions = {},
): number {
  return create_server('network_create_server', false, type, port, max_client, options);
}

/** Like {@link network_create_server}, for raw connections: no handshake, no header, messages as they are. */
export function network_create_server_raw(
  type: number,
  port: number | string,
  max_client = DEFAULT_MAX_CLIENT,
  options: ServerOptions = {},
): number {
  return create_server('network_create_server_raw', true, type, port, max_client, options);
}

/**
 * Makes a client socket. It connects with {@link network_connect}, and is yours until {@link network_destroy}.
 *
 * @param type `network_socket_tcp`, `_ws`, `_wss` or `_udp`
 * @returns its id
 * @throws TypeError not a number; RangeError no such type
 */
export function network_create_socket(type: number): number {
  integer_in(type, network_socket_tcp, network_socket_wss, 'network_create_socket: type');
  return add(new Socket(type, false)).id;
}

function connect(call: string, raw: boolean, id: number, url: string, port: number): number {
  integer_in(port, 0, 65_535, `${call}: port`);
  const socket = find_socket(id, call);
  const address = find_address(socket?.type ?? network_socket_tcp, url, port, call);
  if (socket === undefined) return network_error_not_open;
  if (socket.server !== undefined || socket.state > 0) return network_error_busy;
  socket.raw = raw;
  socket.ip = url;
  socket.port = address.port;
  dial(socket, address);
  return id;
}

/**
 * Connects a socket to a server of the framed kind. Returns at once; the result is a `network_type_non_blocking_connect` event.
 *
 * @param url `(ws://|wss://)host(:port)(/path)`; IPv6 addresses with or without brackets; or `room:CODE`, a room of the signaling
 * server that `network_config_signaling_url` names
 * @param port 0: the one in the URL, else the scheme's
 * @returns the socket; `network_error_busy` (-6) connecting or connected already; `network_error_not_open` (-1) no such socket
 * @throws TypeError wrong kind; RangeError no such URL or port; NetError `package_missing` in Node without `ws`
 */
export function network_connect(socket: number, url: string, port: number): number {
  return connect('network_connect', false, socket, url, port);
}

/** The same as {@link network_connect}, which never blocks either. */
export function network_connect_async(socket: number, url: string, port: number): number {
  return connect('network_connect_async', false, socket, url, port);
}

/** Like {@link network_connect}, without handshake and headers: for any WebSocket server. */
export function network_connect_raw(socket: number, url: string, port: number): number {
  return connect('network_connect_raw', true, socket, url, port);
}

/** The same as {@link network_connect_raw}. */
export function network_connect_raw_async(socket: number, url: string, port: number): number {
  return connect('network_connect_raw_async', true, socket, url, port);
}

// ---- sending ------------------------------------------------------------------------------------------------------------

/** The socket, or the reason why `size` bytes of the buffer cannot be sent on it. */
function sendable(id: number, b: Buf, size: number, call: string): Socket | number {
  integer_in(size, 0, 0x7fffffff, `${call}: size`);
  const socket = find_socket(id, call);
  if (socket === undefined) return network_error_not_open;
  const refusal = check_send(socket, b, size);
  return refusal === 0 ? socket : refusal;
}

/**
 * Sends the first `size` bytes of a buffer as one packet, whatever its position. Small packets of one task leave together at
 * its end (`network_config_coalesce`).
 *
 * UDP: as one datagram, or as several above 16 KiB, to 256 KiB. What waits already stays below
 * `network_config_udp_queue_limit` bytes: beyond it packets are dropped (-3) instead of queued.
 *
 * @param options `network_send_latest`: UDP only, the receiver drops it when a newer one of these has come. Other types deliver in
 *   order anyway
 * @returns `size`; or `network_error_not_open` (-1), `network_error_too_large` (-2, more than the buffer or the message size
 *   limit), `network_error_queue_full` (-3): nothing was sent then. A `network_type_drained` event follows a full queue
 * @throws TypeError wrong kind; RangeError the buffer was deleted, or a nonsense size or option
 */
export function network_send_packet(
  socket: number,
  buffer: number,
  size: number,
  options: number = network_send_binary,
): number {
  const b = lookup(buffer);
  const latest = is_latest(options, 'network_send_packet');
  const s = sendable(socket, b, size, 'network_send_packet');
  if (typeof s === 'number') return s;
  send_checked(s, b, size, latest);
  return size;
}

/**
 * Sends the first `size` bytes of a buffer as they are, as one message. Not to be mixed with packets on one connection, and
 * not a part of what a session sends again.
 *
 * @param options `network_send_binary` (default) or `network_send_text`: as a text message, malformed UTF-8 as U+FFFD
 * @returns as {@link network_send_packet}
 * @throws TypeError wrong kind; RangeError the buffer was deleted, or a nonsense size or option
 */
export function network_send_raw(
  socket: number,
  buffer: number,
  size: number,
  options = network_send_binary,
): number {
  const b = lookup(buffer);
  integer_in(options, network_send_binary, network_send_text, 'network_send_raw: options');
  const s = sendable(socket, b, size, 'network_send_raw');
  if (typeof s === 'number') return s;
  if (!s.connection?.link.open) return network_error_not_open;
  if (s.type === network_socket_udp) {
    // Text is the transport's own there, and a datagram has a header unless the connection is raw.
    if (options === network_send_text || !s.raw) return network_error_unsupported;
    send_checked(s, b, size, false);
    return size;
  }
  send_raw(s, b, size, options === network_send_text);
  return size;
}

/**
 * Sends the first `size` bytes of a buffer to all clients of a server: as a packet, on a raw server as a message. It is framed
 * and copied once. A client whose queue is full is left out (or disconnected, by `network_config_queue_policy`) and counted.
 *
 * @param socket a server; or a UDP socket, for all peers that it keeps ({@link network_send_udp})
 * @param port for GameMaker's sake, where it is that of the receivers; a WebSocket server has but one, so 0 will do
 * @param options `network_send_latest`, as {@link network_send_packet}
 * @returns `size`; `network_error_not_open` (-1) no such server; `network_error_unsupported` (-4) a socket that is none;
 *   `network_error_too_large` (-2)
 * @throws TypeError wrong kind; RangeError the buffer was deleted, or a nonsense size or port
 */
export function network_send_broadcast(
  socket: number,
  port: number,
  buffer: number,
  size: number,
  options: number = network_send_binary,
): number {
  const b = lookup(buffer);
  const latest = is_latest(options, 'network_send_broadcast');
  integer_in(port, 0, 65_535, 'network_send_broadcast: port');
  integer_in(size, 0, 0x7fffffff, 'network_send_broadcast: size');
  const server = find(socket, 'network_send_broadcast');
  if (server === undefined) return network_error_not_open;
  if (server.role !== 'server' && server.type !== network_socket_udp) {
    return network_error_unsupported;
  }
  if (size > b.end - b.ptr || size > limit_of(server)) {
    server.counters.drop('send_too_large');
    return network_error_too_large;
  }
  if (server.role === 'server') send_to_all(server, b, size, latest);
  else send_to_peers(server.peers?.open() ?? [], b, size, latest);
  return size;
}

// ---- ending and asking --------------------------------------------------------------------------------------------------

/**
 * Closes and frees a socket, or a server with all its clients. There is no event for it here; peers get theirs. Events of it
 * that still wait are not delivered. Harmless on an id that is gone.
 *
 * @throws TypeError not a number
 */
export function network_destroy(socket: number): void {
  const entry = find(socket, 'network_destroy');
  if (entry === undefined) return;
  if (entry.role === 'server') destroy_server(entry);
  else destroy_socket(entry, 1000, 'destroyed');
}

/**
 * State of a socket: `network_state_closed` (-1, also for an id that is gone), `_idle` 0, `_connecting` 1, `_handshake` 2,
 * `_open` 3, `_resuming` 5 (the link is lost and may come back); of a server `_listening` 4.
 * @throws TypeError not a number
 */
export function network_get_state(socket: number): number {
  const entry = find(socket, 'network_get_state');
  if (entry === undefined) return network_state_closed;
  return entry.role === 'server' ? network_state_listening : entry.state;
}

/**
 * Keeps read and write timeouts of a socket, in milliseconds, 0 to 2^31 - 1. As in GameMaker no event comes of them.
 *
 * @returns 0; `network_error_not_open` (-1) no such socket
 * @throws TypeError wrong kind; RangeError not a whole number in that range
 */
export function network_set_timeout(socket: number, read: number, write: number): number {
  const read_ms = integer_in(read, 0, 0x7fffffff, 'network_set_timeout: read');
  const write_ms = integer_in(write, 0, 0x7fffffff, 'network_set_timeout: write');
  const entry = find_socket(socket, 'network_set_timeout');
  if (entry === undefined) return network_error_not_open;
  entry.read_timeout_ms = read_ms;
  entry.write_timeout_ms = write_ms;
  return 0;
}

/**
 * Changes a setting: for all, or for one socket or server (and its clients) as third argument. What is set for one beats what
 * is set for its server, and that what is set for all, whatever came first.
 *
 * | `network_config_` | value | default |
 * |---|---|---|
 * | `connect_timeout` | milliseconds until an attempt to connect fails, and at most that for its handshake | 10,000 |
 * | `handshake_timeout` | milliseconds for the handshake; a server counts from the connection on, with the HTTP head | 10,000 |
 * | `websocket_protocol` | sub-protocol that clients ask for; '' none | '' |
 * | `message_size_limit` | largest payload in bytes, to 1 GiB | 64 MiB for clients, 4 MiB for clients of our servers. Of a server: what clients that join later may send; lower limits hold at once. A connected socket's limit cannot rise above what it connected with (`network_error_unsupported`) |
 * | `queue_limit` | bytes that may wait on a socket; a larger packet is taken when nothing else waits | 16 MiB |
 * | `queue_policy` | of a full queue: `network_queue_drop`, `network_queue_disconnect` | drop |
 * | `coalesce` | 1: small packets of a task travel in one message | 1 |
 * | `heartbeat_interval` | milliseconds between probes, UDP a second at most; 0 none | 5000 |
 * | `heartbeat_timeout` | milliseconds of silence until a peer is dead | 15,000 |
 * | `reconnect` | 1: a client connects again by itself, and goes on with its session if it can. Also after a close by the server: who is not wanted back must be told so by the game, and call {@link network_destroy}. Set to 0 it ends an absence at the next attempt, with the event of an end, or of a failed connection when that end was told before | 0 |
 * | `reconnect_delay`, `reconnect_delay_max` | milliseconds before the first attempt, doubled for each further one, and at most. They begin anew when a connection has stood as long as the pause that would be next: a client that is sent away at once each time waits longer each time | 500, 10,000 |
 * | `resume_window` | server: milliseconds that a session waits for its client; 0: no sessions | 30,000 |
 * | `resume_buffer` | bytes kept until the peer has acknowledged them | 1 MiB |
 * | `simulator` | a bad network: {@link SimulatorOptions}, or 0 | 0 |
 * | `resolver_url` | DNS-over-HTTPS server (RFC 8484) for `network_resolve`; '' none. For all only | '' |
 * | `messages_per_second`, `bytes_per_second` | of a client of a server, before it is disconnected; 0 no limit. Heartbeats and acknowledgements, of ours and of WebSocket, count as messages only beyond 256 a second | 250,000, 256 MiB |
 * | `connections_per_address` | clients of a server; 0 no limit | 1024 |
 * | `udp_queue_limit` | bytes that may wait on a UDP connection before packets are dropped | 64 KiB |
 * | `udp_peers` | peers that a socket keeps for {@link network_send_udp} | 64 |
 * | `extensions` | 0: GameMaker's protocol and nothing else | 1 |
 * | `signaling_url` | WebRTC: `ws(s)://` URL of the signaling server where rooms are; '' none. For all only | '' |
 * | `ice_servers` | WebRTC: STUN and TURN servers, `[{ urls, username, credential }]`, or a function that is asked for them at each connection, and has 5 s | `[]` |
 * | `relay_only` | WebRTC: 1: clients, and hosts of rooms, connect by way of TURN servers only, so that the other side does not learn their address; in Node the other side needs one, too. Servers with a port do not look at it | 0 |
 * | `join_token` | WebRTC: what a client shows to get in, a password or a ticket, at most 4096 characters | '' |
 *
 * GameMaker's other settings are accepted and change nothing: sockets never block, and there is no reliable UDP to turn on.
 *
 * @param param `network_config_*`
 * @param target a socket or server
 * @returns 0; `network_error_not_open` (-1) no such socket; `network_error_unsupported` (-4) a setting without effect here
 * @throws TypeError wrong kind; RangeError no such setting, or a nonsense value
 */
export function network_set_config(
  param: number,
  value: number | string | SimulatorOptions | IceServers,
  target?: number,
): number {
  const changed = change_setting(param, value, target);
  if (typeof changed === 'number') return changed;
  const { entry, key } = changed;
  for (const socket of sockets_of(entry)) {
    const { connection } = socket;
    if (key === 'message_size_limit' && connection?.framing !== undefined) {
      connection.framing.limit = limit_of(socket);
    } else if (key === 'simulator') connection?.simulate();
  }
  return 0;
}

/** The sockets that a setting of this entry may concern: its own, its clients, the peers that it keeps. */
function sockets_of(entry: Entry | undefined): Socket[] {
  if (entry === undefined) return all_sockets();
  if (entry.role === 'server') return [...entry.clients];
  if (entry.peers === undefined) return [entry];
  return all_sockets().filter((socket) => socket === entry || socket.parent === entry);
}
