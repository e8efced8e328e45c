// A server's sessions go from one process to the next: a restart, or a new version, that players notice as a short stall.

import { make_room, raise_used } from './buffer-room.js';
import { type Buf, lookup } from './buffer-table.js';
import { show } from './check.js';
import { clock } from './clock.js';
import {
  network_error_not_open,
  network_error_too_large,
  network_error_unsupported,
  network_socket_udp,
  network_state_open,
  network_state_resuming,
} from './constants.js';
import { beat } from './network-beat.js';
import { destroy_socket } from './network-end.js';
import { emit_disconnect } from './network-events.js';

import { destroy_server } from './network-server.js';
import { start_beating } from './network-tick.js';
import { token_text } from './session.js';
import {
  read_sessions,
  type SessionImage,
  sessions_size,
  write_sessions,
} from './session-image.js';
import { add_as, find, free_id, type Server, Socket } from './sockets.js';

/** The close code after which a client with a session comes back. */
const SERVICE_RESTART = 1012;

/** Whether a server's clients can have sessions at all. */
function has_sessions({ raw, type }: Server): boolean {
  return !raw && type !== network_socket_udp;
}

function find_server(call: string, id: number): Server | undefined {
  const entry = find(id, call);
  return entry?.role === 'server' ? entry : undefined;
}

/** A client whose session another process can take over. */
function image_of(socket: Socket): SessionImage | undefined {
  const { id, ip, address, port, protocol, session, state } = socket;
  if (session === undefined || session.tokens.length === 0) return undefined;
  if (state !== network_state_open && state !== network_state_resuming) return undefined;
  return { id, ip, address, port, protocol, session };
}

/**
 * Ends a server whose process is about to be replaced, and writes the sessions of its clients into a buffer at its position,
 * which moves behind them. Clients that reconnect (`network_config_reconnect`) see a lost link, look for the server during
 * their resume window, and go on with the process that has called {@link network_server_resume}: same socket ids on both
 * sides, no packet lost or doubled. Other clients are disconnected, and the game is told.
 *
 * Packets that had arrived before, and such events, are still delivered within the next turns: save the state of the game after
 * them.
 * The bytes hold the sessions' secrets and packets that are under way; keep them as you keep passwords.
 *
 * @param server a framed server
 * @param buffer a grow buffer, or one with room enough
 * @returns sessions written; `network_error_not_open` (-1) no such server; `network_error_too_large` (-2) the buffer has no room;
 * `network_error_unsupported` (-4) a raw or UDP server, whose clients have no sessions (end it with `network_destroy`): nothing has
 * changed then
 * @throws TypeError wrong kind of argument; RangeError the buffer was deleted, or memory is exhausted
 */
export function network_server_suspend(server: number, buffer: number): number {
  const call = 'network_server_suspend';
  const b: Buf = lookup(buffer);
  const entry = find_server(call, server);
  if (entry === undefined) return network_error_not_open;
  if (!has_sessions(entry)) return network_error_unsupported;
  const images: SessionImage[] = [];
  const others: Socket[] = [];
  for (const client of entry.clients) {
    const image = image_of(client);
    if (image !== undefined) images.push(image);
    else if (client.state === network_state_open) others.push(client);
  }
  const size = sessions_size(images);
  const at = b.pos - b.ptr;
  if (!make_room(b, at + size)) return network_error_too_large;
  write_sessions(b.ptr + at, images);
  b.pos = b.ptr + at + size;
  raise_used(b, at + size);
  entry.suspended = true;
  for (const client of others) emit_disconnect(client, 'server restarts', SERVICE_RESTART);
  for (const client of [...entry.clients]) {
    destroy_socket(client, SERVICE_RESTART, 'server restarts');
  }
  destroy_server(entry);
  return images.length;
}

/**
 * Goes on with the sessions that {@link network_server_suspend} wrote, from the buffer's position on, which moves behind them.
 * Call it right after {@link network_create_server}, before sockets are made that could take the clients' ids. Every client is
 * `network_state_resuming` until it comes back (a `network_type_resumed` event) or its resume window, which begins anew, is over
 * (`network_type_disconnect`); packets sent to it meanwhile wait for it.
 *
 * @param server a framed server
 * @returns sessions that go on; `network_error_not_open` (-1) no such server; `network_error_unsupported` (-4) a raw or UDP server
 * @throws TypeError wrong kind of argument; RangeError the bytes are no sessions, an id is in use, or the server has too few
 * places: nothing has changed then
 */
export function network_server_resume(server: number, buffer: number): number {
  const call = 'network_server_resume';
  const b: Buf = lookup(buffer);
  const entry = find_server(call, server);
  if (entry === undefined) return network_error_not_open;
  if (!has_sessions(entry)) return network_error_unsupported;
  const read = read_sessions(b.pos, b.end - b.pos);
  if (typeof read === 'string')
    throw new RangeError(`${call}: not the sessions of a server: ${read}`);
  const { images, size } = read;
  check_places(call, entry, images);
  for (const image of images) take_up(entry, image);
  b.pos += size;
  return images.length;
}

function check_places(call: string, server: Server, images: SessionImage[]): void {
  const places = server.max_client - server.clients.size;
  if (images.length > places) {
    throw new RangeError(`${call}: ${images.length} sessions, the server has ${places} places`);
  }
  const ids = new Set<number>();
  const tokens = new Set(server.sessions.keys());
  for (const { id, session } of images) {
    if (ids.has(id) || !free_id(id)) throw new RangeError(`${call}: socket ${show(id)} is in use`);
    ids.add(id);
    for (const token of session.tokens.map(token_text)) {
      if (tokens.has(token)) throw new RangeError(`${call}: a session is there already`);
      tokens.add(token);
    }
  }
}

function take_up(server: Server, { id, ip, address, port, protocol, session }: SessionImage): void {
  const socket = add_as(new Socket(server.type, false), id);
  socket.server = server;
  socket.message_cap_bytes = server.message_cap_bytes;
  [socket.ip, socket.address, socket.port, socket.protocol] = [ip, address, port, protocol];
  socket.state = network_state_resuming;
  session.lost_at_ms = clock.now();
  socket.session = session;
  server.clients.add(socket);
  server.enter(address);
  for (const token of session.tokens) server.sessions.set(token_text(token), socket);
  start_beating(socket, (now_ms, away_ms) => beat(socket, now_ms, away_ms));
}
