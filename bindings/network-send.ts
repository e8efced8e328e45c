// What a send may do and what it does: limits, full queues, packets, raw messages, broadcasts.
import type { Buf } from './buffer-table.js';
import { integer, show } from './check.js';
import { clock } from './clock.js';
import {
  network_error_not_open,
  network_error_queue_full,
  network_error_too_large,
  network_queue_disconnect,
  network_send_binary,
  network_send_latest,
  network_socket_udp,
  network_state_open,
  network_state_resuming,
  network_type_drained,
} from './constants.js';
import { host_task } from './events.js';
import { HEADER_BYTES, write_packet } from './framing.js';
import { limit_of, setting } from './network-config.js';
import { send_raw_datagram } from './network-datagram.js';
import { drop } from './network-end.js';
import { emit_notice } from './network-events.js';
import { added, buffered_bytes, extend, flush, shared_slab } from './network-out.js';
import type { Server, Socket } from './sockets.js';
import { HEAD_ROOM, Message } from './transport/types.js';
import { u8 } from './wasm/memory.js';

/** How often a full queue is looked at until it has room. */
const DRAIN_POLL_MS = 16;

/** Looks at a full queue until it is half empty, then tells the game. */
function watch_drain(socket: Socket): void {
  if (socket.full) return;
  socket.full = true;
  const { id } = socket;
  const look = (): void => {
    if (socket.id !== id || !socket.full) return;
    if (socket.state !== network_state_open && socket.state !== network_state_resuming) {
      socket.full = false;
      return;
    }
    const queue_free = buffered_bytes(socket) <= setting(socket, 'queue_limit_bytes') / 2;
    const kept = socket.session?.kept_bytes ?? 0;
    if (queue_free && kept <= setting(socket, 'resume_buffer_bytes') / 2) {
      socket.full = false;
      host_task(() => emit_notice(network_type_drained, socket));
    } else clock.later(look, DRAIN_POLL_MS);
  };
  clock.later(look, DRAIN_POLL_MS);
}

/** The same for a socket whose packets are dropped rather than queued: what waits would arrive too late. */
function udp_refusal(socket: Socket): number {
  const link = socket.connection?.link;
  if (socket.state !== network_state_open || link === undefined || !link.open) {
    return network_error_not_open;
  }
  const limit = setting(socket, 'udp_queue_limit_bytes');
  if ((link.buffered_at_most ?? limit + 1) > limit && link.buffered > limit) {
    socket.count_drop('queue_full');
    return network_error_queue_full;
  }
  return 0;
}

/** 0, or why `size` bytes of payload cannot be sent now. */
function refusal(socket: Socket, size: number): number {
  const max_bytes = socket.raw ? socket.connection?.link.max_message_bytes : undefined;
  if (max_bytes !== undefined && size > max_bytes) {
    socket.count_drop('send_too_large');
    return network_error_too_large;
  }
  if (socket.type === network_socket_udp) return udp_refusal(socket);
  const { session, state } = socket;
  const resuming = state === network_state_resuming;
  if (!resuming && (state !== network_state_open || !socket.connection?.link.open)) {
    // A session whose link is going has not been told yet: what is sent now is kept.
    if (state !== network_state_open || session === undefined) return network_error_not_open;
  }
  const kept = session?.kept_bytes ?? 0;
  const waiting = buffered_bytes(socket);
  // One packet may be larger than a limit when nothing else waits: it could never be sent otherwise.
  if (
    (waiting > 0 && waiting + size > setting(socket, 'queue_limit_bytes')) ||
    (kept > 0 && kept + size > setting(socket, 'resume_buffer_bytes'))
  ) {
    socket.count_drop('queue_full');
    if (setting(socket, 'queue_policy') === network_queue_disconnect) drop(socket, 'queue_full');
    else watch_drain(socket);
    return network_error_queue_full;
  }
  return 0;
}

/** Whether `size` bytes of the buffer can be sent on it now: 0, or the reason why not. */
export function check_send(socket: Socket, b: Buf, size: number): number {
  if (size > b.end - b.ptr || size > limit_of(socket)) {
    if (socket.state < network_state_open) return network_error_not_open;
    socket.count_drop('send_too_large');
    return network_error_too_large;
  }
  return refusal(socket, size);
}

/** Sends a packet of a UDP socket that {@link check_send} has let through. */
export function send_datagram(socket: Socket, b: Buf, size: number, latest: boolean): void {
  const { connection } = socket;
  if (connection === undefined) return;
  const { link, datagrams } = connection;
  if (datagrams === undefined) send_raw_datagram(link, b.ptr, size);
  else datagrams.send(link, b.ptr, size, latest);
  socket.count_out(size);
}

/** Sends bytes outside of linear memory, that waited for this connection, as one packet of a UDP socket. */
export function send_kept(socket: Socket, bytes: Uint8Array<ArrayBuffer>, latest: boolean): void {
  const { connection } = socket;
  if (connection === undefined || udp_refusal(socket) !== 0) return;
  const { link, datagrams } = connection;
  if (datagrams === undefined) link.send_bytes?.(bytes);
  else datagrams.send_bytes(link, bytes, latest);
  socket.count_out(bytes.length);
}

/** Whether the option of a packet says that only the latest is of worth. @throws TypeError, RangeError no such option */
export function is_latest(options: number, call: string): boolean {
  if (options === network_send_latest) return true;
  if (options === network_send_binary) return false;
  integer(options, `${call}: options`);
  throw new RangeError(
    `${call}: options must be network_send_binary or network_send_latest, got ${show(options)}`,
  );
}

/** Sends what {@link check_send} has let through, in the way of the connection. */
export function send_checked(socket: Socket, b: Buf, size: number, latest: boolean): void {
  if (socket.type === network_socket_udp) send_datagram(socket, b, size, latest);
  else if (socket.raw) send_raw(socket, b, size, false);
  else send_packet(socket, b, size);
}

/** Sends a packet that {@link check_send} has let through. */
export function send_packet(socket: Socket, b: Buf, size: number): void {
  const bytes = HEADER_BYTES + size;
  const at = extend(socket, bytes);
  const message = socket.out[socket.out.length - 1];
  write_packet(message.bytes, at, b.ptr, size);
  socket.session?.keep(message.bytes, at, at + bytes);
  socket.count_out(size);
  if (socket.state === network_state_resuming) socket.out.length = socket.out_bytes = 0;
  else added(socket);
}

/** Sends bytes as a message of their own, behind everything that waits. */
export function send_raw(socket: Socket, b: Buf, size: number, as_text: boolean): void {
  const link = socket.connection?.link;
  flush(socket);
  // ignoreBOM keeps a byte order mark: the message is the bytes as they are.
  if (as_text)
    link?.send_text(
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(u8.slice(b.ptr, b.ptr + size)),
    );
  else {
    // A copy of its own: the host may still hold it when linear memory is written again, or has moved.
    const message = shared_slab.message(size);
    message.bytes.set(u8.subarray(b.ptr, b.ptr + size), message.start);
    link?.send_message(message);
  }
  socket.count_out(size);
}

/** A packet to each of these UDP sockets that has room for it. */
export function send_to_peers(
  sockets: Iterable<Socket>,
  b: Buf,
  size: number,
  latest: boolean,
): void {
  for (const socket of sockets) {
    if (size <= limit_of(socket) && udp_refusal(socket) === 0) {
      send_datagram(socket, b, size, latest);
    }
  }
}

/** One copy of a packet (or, on a raw server, a message) for all clients of a server. */
export function send_to_all(server: Server, b: Buf, size: number, latest: boolean): void {
  if (server.type === network_socket_udp) {
    send_to_peers(server.clients, b, size, latest);
    return;
  }
  const head = server.raw ? 0 : HEADER_BYTES;
  const bytes = new Uint8Array(HEAD_ROOM + head + size);
  if (server.raw) bytes.set(u8.subarray(b.ptr, b.ptr + size), HEAD_ROOM);
  else write_packet(bytes, HEAD_ROOM, b.ptr, size);
  const message = new Message(bytes, HEAD_ROOM, bytes.length);
  for (const socket of server.clients) {
    if (socket.state < network_state_open || size > limit_of(socket)) continue;
    if (refusal(socket, size) !== 0) continue;
    socket.session?.keep(bytes, HEAD_ROOM, bytes.length);
    socket.count_out(size);
    if (socket.state === network_state_resuming) continue;
    socket.out.push(message);
    socket.out_bytes += head + size;
    added(socket);
  }
}
