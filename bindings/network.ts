// network_*: sockets and servers as GameMaker has them, over WebSocket.
import { host } from '#host';
import { type Buf, close as close_buffer, lookup, open as open_buffer } from './buffer-table.js';
import { utf8_length, write_utf8 } from './buffer-text.js';
import { integer, integer_in, show, text } from './check.js';
import {
  buffer_grow,
  network_config_avoid_time_wait,
  network_config_connect_timeout,
  network_config_disable_reliable_udp,
  network_config_enable_reliable_udp,
  network_config_handshake_timeout,
  network_config_message_size_limit,
  network_config_queue_limit,
  network_config_use_non_blocking_socket,
  network_config_websocket_protocol,
  network_error_busy,
  network_error_not_open,
  network_error_queue_full,
  network_error_too_large,
  network_error_unsupported,
  network_send_binary,
  network_send_text,
  network_socket_tcp,
  network_socket_udp,
  network_socket_wss,
  network_state_closed,
  network_state_connecting,
  network_state_handshake,
  network_state_listening,
  network_state_open,
  network_type_connect,
  network_type_data,
  network_type_disconnect,
  network_type_non_blocking_connect,
} from './constants.js';
import { NetError } from './errors.js';
import { emit, host_task } from './events.js';
import { Framing, frame, HEADER_BYTES } from './framing.js';
import type { Caller, Listening, ListenOwner } from './host/types.js';
import { parse_address } from './network-address.js';
import { add, type Counters, find, find_socket, remove, Server, Socket } from './sockets.js';
import type { Link, LinkOwner, TransportFault } from './transport/types.js';
import { u8 } from './wasm/memory.js';
import { CONNECT_TIMEOUT_MS, WebSocketClient } from './websocket-client.js';

const MIB = 1024 * 1024;

/** Global settings, see {@link network_set_config}. */
const config = {
  connect_timeout_ms: CONNECT_TIMEOUT_MS,
  handshake_timeout_ms: 10_000,
  protocol: '',
  /** Payload bytes; 0: the default of the role. */
  message_size_limit: 0,
  queue_limit_bytes: 16 * MIB,
};
/** What a client takes from the server that it chose, and a server from anybody. */
const CLIENT_LIMIT_BYTES = 64 * MIB;
const ACCEPTED_LIMIT_BYTES = 4 * MIB;
/** A message may carry several packets, so small limits leave room for them. */
const MIN_MESSAGE_BYTES = MIB;
const MAX_LIMIT_BYTES = 1024 * MIB;
/** Clients of a server where nothing else is said. */
const DEFAULT_MAX_CLIENT = 1024;

function limit_of(socket: Socket): number {
  const server_limit = socket.server?.limit ?? 0;
  const fallback = socket.server === undefined ? CLIENT_LIMIT_BYTES : ACCEPTED_LIMIT_BYTES;
  return socket.limit || server_limit || config.message_size_limit || fallback;
}

function max_message_bytes(limit: number): number {
  return Math.max(limit + HEADER_BYTES, MIN_MESSAGE_BYTES);
}

// ---- events -------------------------------------------------------------------------------------------------------------

function emit_connect(server: Server, socket: Socket): void {
  const { id, ip, port } = socket;
  const event = { type: network_type_connect, id: server.id, socket: id, ip, port };
  emit('networking', event, { wanted: () => server.id >= 0 && socket.id === id });
}

function emit_connected(socket: Socket, succeeded: number, reason = ''): void {
  const { id, ip, port } = socket;
  const event: Record<string, unknown> = {
    type: network_type_non_blocking_connect,
    id,
    socket: id,
    ip,
    port,
    succeeded,
  };
  if (succeeded === 0) event.reason = reason;
  emit('networking', event, { wanted: () => socket.id === id });
}

/** Events of a server's clients end with it, also of those that had left before. */
function server_lives(server: Server | undefined): boolean {
  return server === undefined || server.id >= 0;
}

function emit_disconnect(socket: Socket, reason: string): void {
  const { id, ip, port, server } = socket;
  const event = {
    type: network_type_disconnect,
    id: server === undefined ? id : server.id,
    socket: id,
    ip,
    port,
    reason,
  };
  emit('networking', event, {
    wanted: () => socket.id === id && server_lives(server),
    // Our end of a client that has left is of no use any more. A socket that the game made is the game's to destroy.
    done: () => {
      if (server !== undefined && socket.id === id) remove(socket);
    },
  });
}

function emit_data(socket: Socket, b: Buf, size: number, message_type: number): boolean {
  const { id, ip, port, server } = socket;
  const buffer = b.id;
  const event: Record<string, unknown> = {
    type: network_type_data,
    id,
    ip,
    port,
    buffer,
    size,
    message_type,
  };
  if (server !== undefined) event.server = server.id;
  return emit('networking', event, {
    // An empty packet costs its place in the queue too.
    bytes: size + 1,
    wanted: () => socket.id === id && server_lives(server),
    done: () => {
      // The listener may have deleted it.
      if (b.id === buffer) close_buffer(b);
    },
  });
}

// ---- connections --------------------------------------------------------------------------------------------------------

function count_in(socket: Socket, size: number): void {
  const { counters, server } = socket;
  counters.packets_in++;
  counters.bytes_in += size;
  if (server !== undefined) {
    server.counters.packets_in++;
    server.counters.bytes_in += size;
  }
}

function count_out(socket: Socket, size: number): void {
  const { counters, server } = socket;
  counters.packets_out++;
  counters.bytes_out += size;
  if (server !== undefined) {
    server.counters.packets_out++;
    server.counters.bytes_out += size;
  }
}

function count_drop(socket: Socket, reason: string): void {
  socket.counters.drop(reason);
  socket.server?.counters.drop(reason);
}

/** Lets go of everything that a connection holds. */
function release(socket: Socket): void {
  clearTimeout(socket.timer);
  socket.framing?.end();
  socket.framing = socket.link = undefined;
  socket.server?.clients.delete(socket);
}

/** The connection has ended, or must: reports what the game has not been told yet. */
function ended(socket: Socket, reason: string): void {
  const { state } = socket;
  if (state === network_state_closed) return;
  release(socket);
  socket.state = network_state_closed;
  if (state === network_state_open) emit_disconnect(socket, reason);
  else if (socket.server === undefined) emit_connected(socket, 0, reason);
  else remove(socket);
}

const CLOSE_CODES: Record<string, number> = {
  bad_handshake: 1002,
  bad_header: 1002,
  text_on_framed: 1002,
  too_large: 1009,
  out_of_memory: 1011,
  event_queue_full: 1011,
  handshake_timeout: 1008,
};

/** Ends a connection whose peer breaks the rules: nobody else notices. */
function drop(socket: Socket, reason: string): void {
  count_drop(socket, reason);
  // 1002, 1009 and 1011 are for the host's own use in pages: those may only send 1000 and 3000 up.
  const code = CLOSE_CODES[reason] ?? 1011;
  socket.link?.close(socket.server === undefined ? 3000 + (code - 1000) : code, reason);
  ended(socket, reason);
}

function opened(socket: Socket): void {
  clearTimeout(socket.timer);
  socket.state = network_state_open;
  if (socket.server === undefined) emit_connected(socket, 1);
  else emit_connect(socket.server, socket);
}

function deliver(socket: Socket, b: Buf, size: number, message_type: number): void {
  count_in(socket, size);
  if (!emit_data(socket, b, size, message_type)) drop(socket, 'event_queue_full');
}

/** A raw message as a buffer: the one copy. */
function take_message(message: Uint8Array | string, size: number): Buf {
  const b = open_buffer(size, buffer_grow, 1);
  if (typeof message === 'string') write_utf8(message, b.ptr, b.end);
  else u8.set(message, b.ptr);
  b.used = b.end;
  return b;
}

function received(socket: Socket, message: Uint8Array | string): void {
  if (socket.raw) {
    const is_text = typeof message === 'string';
    const size = is_text ? utf8_length(message) : message.length;
    if (size > limit_of(socket)) {
      drop(socket, 'too_large');
      return;
    }
    let b: Buf;
    try {
      b = take_message(message, size);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      drop(socket, 'out_of_memory');
      return;
    }
    deliver(socket, b, size, is_text ? network_send_text : network_send_binary);
    return;
  }
  if (typeof message === 'string') {
    drop(socket, 'text_on_framed');
    return;
  }
  const { framing } = socket;
  const problem = framing?.feed(message);
  // A packet before it in the same chunk may have ended the connection already.
  if (problem !== undefined && socket.framing === framing) drop(socket, problem);
}

/** What a link tells the socket that it belongs to. */
function owner_of(socket: Socket): LinkOwner {
  return {
    opened() {
      if (socket.raw) {
        opened(socket);
        return;
      }
      socket.state = network_state_handshake;
      const framing = new Framing(socket.server !== undefined, limit_of(socket), {
        send: (bytes) => socket.link?.send(bytes),
        ready: () => opened(socket),
        packet: (b, size) => {
          // A packet before it in the same chunk may have ended the connection.
          if (socket.framing === framing) deliver(socket, b, size, network_send_binary);
          else close_buffer(b);
        },
      });
      socket.framing = framing;
      // A client's attempt to connect is not over yet: its handshake may not take longer than that either.
      const { connect_timeout_ms, handshake_timeout_ms } = config;
      const ms =
        socket.server === undefined
          ? Math.min(connect_timeout_ms, handshake_timeout_ms)
          : handshake_timeout_ms;
      socket.timer = setTimeout(() => host_task(() => drop(socket, 'handshake_timeout')), ms);
      framing.start();
    },
    received: (message) => received(socket, message),
    closed(reason, fault?: TransportFault) {
      if (fault !== undefined) count_drop(socket, fault);
      ended(socket, reason);
    },
  };
}

// ---- public: making -----------------------------------------------------------------------------------------------------

/** Settings of a server beyond type, port and clients. */
export interface ServerOptions {
  /** A `node:http` or `node:https` server to share, in place of a port of its own; `port` is ignored then. */
  server?: object;
  /** Path of the URL that clients connect to, for example `/play`. Default: any. */
  path?: string;
  /** Address to bind. Default: all of the machine. */
  host?: string;
}

function create_server(
  call: string,
  raw: boolean,
  type: number,
  port: number,
  max_client: number,
  options: ServerOptions,
): number {
  integer_in(type, network_socket_tcp, network_socket_wss, `${call}: type`);
  integer_in(port, 0, 65_535, `${call}: port`);
  integer_in(max_client, 1, 0xfffff, `${call}: max_client`);
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${call}: options must be an object, got ${show(options)}`);
  }
  const { server: shared, path, host: address } = options;
  if (path !== undefined && !text(path, `${call}: path`).startsWith('/')) {
    throw new RangeError(`${call}: path must start with /, got ${show(path)}`);
  }
  if (address !== undefined) text(address, `${call}: host`);
  // UDP is a transport of its own, and TLS needs a certificate, which only a shared server has.
  if (type === network_socket_udp || (type === network_socket_wss && shared === undefined)) {
    return network_error_unsupported;
  }
  const server = add(new Server(type, raw, max_client));
  const listen_owner: ListenOwner = {
    may_enter() {
      const room = server.clients.size < server.max_client;
      if (!room) server.counters.drop('server_full');
      return room;
    },
    entered(link: Link, caller: Caller) {
      const socket = add(new Socket(type, raw));
      socket.server = server;
      socket.link = link;
      socket.message_cap_bytes = server.message_cap_bytes;
      socket.ip = caller.ip;
      socket.port = caller.port;
      server.clients.add(socket);
      const link_owner = owner_of(socket);
      link_owner.opened();
      return link_owner;
    },
    refused: (reason) => server.counters.drop(reason),
    failed(reason) {
      const { id } = server;
      destroy_server(server);
      emit('networking', { type: network_type_disconnect, id, socket: id, ip: '', port, reason });
    },
  };
  server.message_cap_bytes = max_message_bytes(config.message_size_limit || ACCEPTED_LIMIT_BYTES);
  let listening: Listening | number;
  try {
    listening = host.listen(
      {
        port,
        host: address,
        server: shared,
        path,
        max_message_bytes: server.message_cap_bytes,
      },
      listen_owner,
    );
  } catch (error) {
    remove(server);
    throw error;
  }
  if (typeof listening === 'number') {
    remove(server);
    return listening;
  }
  server.listening = listening;
  return server.id;
}

/**
 * Starts a server for framed connections (GameMaker's handshake and packet header). The port is bound when it returns; with a
 * `host` in the options, and in a cluster worker, it is a moment later: until then its port reads 0, and a failure arrives as a
 * `network_type_disconnect` event of the server.
 *
 * @param type `network_socket_tcp`, `_ws` or `_wss` (the last on a shared https server only)
 * @param port 1 to 65535; 0: any free one, which {@link network_get_stats} tells
 * @param max_client clients at a time, default 1024; further ones are refused
 * @returns its id; `network_error_address` (-5) the port is taken; `network_error_unsupported` (-4) in pages
 * @throws TypeError or RangeError on nonsense arguments; NetError `package_missing` in Node without `ws`
 */
export function network_create_server(
  type: number,
  port: number,
  max_client = DEFAULT_MAX_CLIENT,
  options: ServerOptions = {},
): number {
  return create_server('network_create_server', false, type, port, max_client, options);
}

/** Like {@link network_create_server}, for raw connections: no handshake, no header, messages as they are. */
export function network_create_server_raw(
  type: number,
  port: number,
  max_client = DEFAULT_MAX_CLIENT,
  options: ServerOptions = {},
): number {
  return create_server('network_create_server_raw', true, type, port, max_client, options);
}

/**
 * Makes a client socket. It connects with {@link network_connect}, and is yours until {@link network_destroy}.
 *
 * @param type `network_socket_tcp`, `_ws` or `_wss`
 * @returns its id; `network_error_unsupported` (-4) for a type that this version has not
 * @throws TypeError not a number; RangeError no such type
 */
export function network_create_socket(type: number): number {
  integer_in(type, network_socket_tcp, network_socket_wss, 'network_create_socket: type');
  if (type === network_socket_udp) return network_error_unsupported;
  return add(new Socket(type, false)).id;
}

function connect(call: string, raw: boolean, id: number, url: string, port: number): number {
  integer_in(port, 0, 65_535, `${call}: port`);
  const socket = find_socket(id, call);
  const address = parse_address(socket?.type ?? network_socket_tcp, url, port, call);
  if (socket === undefined) return network_error_not_open;
  if (socket.server !== undefined || socket.state > 0) return network_error_busy;
  socket.raw = raw;
  socket.ip = url;
  socket.port = address.port;
  socket.state = network_state_connecting;
  const client = new WebSocketClient();
  socket.message_cap_bytes = max_message_bytes(limit_of(socket));
  socket.link = client;
  try {
    client.start(
      address.url,
      {
        protocols: config.protocol === '' ? [] : [config.protocol],
        timeout_ms: config.connect_timeout_ms,
        max_message_bytes: socket.message_cap_bytes,
      },
      owner_of(socket),
    );
  } catch (error) {
    // The host refuses at once (insecure from a secure page, a forbidden port): a failed connection, not a wrong call.
    if (error instanceof NetError && error.code === 'package_missing') {
      socket.link = undefined;
      socket.state = network_state_closed;
      throw error;
    }
    ended(socket, error instanceof Error ? error.message : String(error));
  }
  return id;
}

/**
 * Connects a socket to a server of the framed kind. Returns at once; the result is a `network_type_non_blocking_connect` event.
 *
 * @param url `(ws://|wss://)host(:port)(/path)`; IPv6 addresses with or without brackets
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

// ---- public: sending ----------------------------------------------------------------------------------------------------

/** The open socket, or the reason why `size` bytes of the buffer cannot be sent on it. */
function sendable(id: number, b: Buf, size: number, call: string): Socket | number {
  integer_in(size, 0, 0x7fffffff, `${call}: size`);
  const socket = find_socket(id, call);
  if (socket?.state !== network_state_open || !socket.link?.open) return network_error_not_open;
  if (size > b.end - b.ptr || size > limit_of(socket)) {
    count_drop(socket, 'send_too_large');
    return network_error_too_large;
  }
  if (socket.link.buffered + size > config.queue_limit_bytes) {
    count_drop(socket, 'queue_full');
    return network_error_queue_full;
  }
  return socket;
}

/**
 * Sends the first `size` bytes of a buffer as one packet, whatever its position.
 *
 * @returns `size`; or `network_error_not_open` (-1), `network_error_too_large` (-2, more than the buffer or the message size
 *   limit), `network_error_queue_full` (-3): nothing was sent then
 * @throws TypeError wrong kind; RangeError the buffer was deleted, or a nonsense size
 */
export function network_send_packet(socket: number, buffer: number, size: number): number {
  const b = lookup(buffer);
  const s = sendable(socket, b, size, 'network_send_packet');
  if (typeof s === 'number') return s;
  if (s.raw) return send_bytes(s, b, size, false);
  s.link?.send(frame(b.ptr, size));
  count_out(s, size);
  return size;
}

function send_bytes(s: Socket, b: Buf, size: number, as_text: boolean): number {
  // A copy of its own: the host may still hold it when linear memory is written again, or has moved.
  const bytes = u8.slice(b.ptr, b.ptr + size);
  // ignoreBOM keeps a byte order mark: the message is the bytes as they are.
  s.link?.send(as_text ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) : bytes);
  count_out(s, size);
  return size;
}

/**
 * Sends the first `size` bytes of a buffer as they are, as one message.
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
  return typeof s === 'number' ? s : send_bytes(s, b, size, options === network_send_text);
}

// ---- public: ending and asking ------------------------------------------------------------------------------------------

function destroy_socket(socket: Socket, code: number, reason: string): void {
  const { link } = socket;
  socket.state = network_state_closed;
  release(socket);
  link?.close(code, reason);
  remove(socket);
}

function destroy_server(server: Server): void {
  for (const client of [...server.clients]) destroy_socket(client, 1001, 'server ends');
  server.listening?.close();
  server.listening = undefined;
  remove(server);
}

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
 * `_open` 3; of a server `_listening` 4.
 * @throws TypeError not a number
 */
export function network_get_state(socket: number): number {
  const entry = find(socket, 'network_get_state');
  if (entry === undefined) return network_state_closed;
  return entry.role === 'server' ? network_state_listening : entry.state;
}

/** Counters since the socket was made. */
export interface NetworkStats {
  state: number;
  /** A server: the port that it is bound to. A socket: its peer's. */
  port: number;
  /** Payload bytes. Of a server: of all its clients, also those that have left. */
  bytes_in: number;
  bytes_out: number;
  packets_in: number;
  packets_out: number;
  /** Bytes that wait to be sent. */
  buffered_bytes: number;
  /** Clients of a server; 0 for a socket. */
  clients: number;
  /** Refused packets and connections, by reason. */
  drops: Record<string, number>;
}

/** Counters of a socket or server, or undefined for an id that is gone. @throws TypeError not a number */
export function network_get_stats(socket: number): NetworkStats | undefined {
  const entry = find(socket, 'network_get_stats');
  if (entry === undefined) return undefined;
  const { bytes_in, bytes_out, packets_in, packets_out, drops }: Counters = entry.counters;
  const is_server = entry.role === 'server';
  return {
    state: is_server ? network_state_listening : entry.state,
    port: is_server ? (entry.listening?.port ?? 0) : entry.port,
    bytes_in,
    bytes_out,
    packets_in,
    packets_out,
    buffered_bytes: is_server
      ? [...entry.clients].reduce((sum, { link }) => sum + (link?.buffered ?? 0), 0)
      : (entry.link?.buffered ?? 0),
    clients: is_server ? entry.clients.size : 0,
    drops: { ...drops },
  };
}

/**
 * Address of a host name: by the system's resolver in Node; in pages, which have none, `localhost` becomes 127.0.0.1 and
 * anything else is given back.
 *
 * @throws (rejects) the resolver's error for a name that does not exist; TypeError not a string
 */
export async function network_resolve(url: string): Promise<string> {
  return host.resolve(text(url, 'network_resolve: url'));
}

/** Keeps read and write timeouts of a socket, in milliseconds. As in GameMaker no event comes of them. */
export function network_set_timeout(socket: number, read: number, write: number): number {
  const read_ms = integer(read, 'network_set_timeout: read');
  const write_ms = integer(write, 'network_set_timeout: write');
  const entry = find_socket(socket, 'network_set_timeout');
  if (entry === undefined) return network_error_not_open;
  entry.read_timeout_ms = Math.max(0, read_ms);
  entry.write_timeout_ms = Math.max(0, write_ms);
  return 0;
}

/** A size limit given for one socket or server. */
function set_limit(value: number, id: number | undefined): number {
  const bytes = integer_in(value, 1, MAX_LIMIT_BYTES, 'network_set_config: message size limit');
  if (id === undefined) {
    config.message_size_limit = bytes;
    return 0;
  }
  const entry = find(id, 'network_set_config');
  if (entry === undefined) return network_error_not_open;
  if (entry.role === 'server') {
    entry.message_cap_bytes = max_message_bytes(bytes);
    entry.listening?.set_max_message(entry.message_cap_bytes);
  } else if (entry.link !== undefined && bytes + HEADER_BYTES > entry.message_cap_bytes) {
    // The host was told when the link was made, and cannot be told again.
    return network_error_unsupported;
  }
  entry.limit = bytes;
  const sockets = entry.role === 'server' ? [...entry.clients] : [entry];
  for (const socket of sockets)
    if (socket.framing !== undefined) socket.framing.limit = limit_of(socket);
  return 0;
}

/**
 * Changes a setting.
 *
 * | param | value |
 * |---|---|
 * | `network_config_connect_timeout` | milliseconds until an attempt to connect fails, and at most that for its handshake, 1 up; default 10,000 |
 * | `network_config_handshake_timeout` | milliseconds, 1 up; default 10,000 |
 * | `network_config_websocket_protocol` | sub-protocol that clients ask for; '' none |
 * | `network_config_message_size_limit` | largest payload in bytes, 1 to 1 GiB; with a third argument of that socket or server. Default 64 MiB for clients, 4 MiB for clients of our servers. Of a server: what clients that join later may send; lower limits hold at once. A connected socket's limit cannot rise above what it connected with (`network_error_unsupported`) |
 * | `network_config_queue_limit` | bytes that may wait on a socket before sends give `network_error_queue_full`; default 16 MiB |
 *
 * GameMaker's other settings are accepted and change nothing: sockets never block, and there is no reliable UDP to turn on.
 *
 * @param param `network_config_*`
 * @param target a socket or server, where the setting takes one
 * @returns 0; `network_error_not_open` (-1) no such socket; `network_error_unsupported` (-4) a setting without effect here
 * @throws TypeError wrong kind; RangeError no such setting, or a nonsense value
 */
export function network_set_config(param: number, value: number | string, target?: number): number {
  switch (param) {
    case network_config_connect_timeout:
      config.connect_timeout_ms = integer_in(
        value,
        1,
        0x7fffffff,
        'network_set_config: connect timeout',
      );
      return 0;
    case network_config_handshake_timeout:
      config.handshake_timeout_ms = integer_in(
        value,
        1,
        0x7fffffff,
        'network_set_config: handshake timeout',
      );
      return 0;
    case network_config_websocket_protocol:
      if (!/^[\w!#$%&'*+.^`|~-]*$/.test(text(value, 'network_set_config: protocol'))) {
        throw new RangeError(`network_set_config: ${show(value)} is not a sub-protocol name`);
      }
      config.protocol = value as string;
      return 0;
    case network_config_message_size_limit:
      return set_limit(value as number, target);
    case network_config_queue_limit:
      config.queue_limit_bytes = integer_in(
        value,
        1,
        MAX_LIMIT_BYTES,
        'network_set_config: queue limit',
      );
      return 0;
    case network_config_use_non_blocking_socket:
    case network_config_enable_reliable_udp:
    case network_config_disable_reliable_udp:
    case network_config_avoid_time_wait:
      return network_error_unsupported;
    default:
      throw new RangeError(`network_set_config: there is no setting ${show(param)}`);
  }
}
