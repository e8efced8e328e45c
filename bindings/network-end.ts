// How connections end: what is let go, who is told, and when a session waits for another link instead.
import { clock } from './clock.js';
import {
  network_state_closed,
  network_state_open,
  network_state_resuming,
  network_type_link_lost,
} from './constants.js';
import { setting } from './network-config.js';
import { emit_connected, emit_disconnect, emit_notice } from './network-events.js';
import { flush } from './network-out.js';
import { refusal_of_close, sentence_of } from './network-refusal.js';
import { end_session } from './network-session.js';
import { stop_beating } from './network-tick.js';
import { remove, type Socket } from './sockets.js';
import { backoff_ms } from './transport/backoff.js';

/** Close codes that a peer or a host gives when the link is lost while both ends live. 3006: a page that gave a dead link up. */
const LOST_CODES = [1006, 1012, 3006];

/** Lets go of the connection; the socket and its session stay. */
export function detach(socket: Socket): void {
  const { connection } = socket;
  if (connection === undefined) return;
  socket.connection = undefined;
  connection.release();
  socket.out.length = socket.out_bytes = 0;
}

/** Lets go of everything that a socket holds. */
function release(socket: Socket): void {
  detach(socket);
  stop_beating(socket);
  clock.cancel(socket.redial_timer);
  end_session(socket);
  const { server } = socket;
  if (server?.clients.delete(socket)) server.leave(socket.address);
  const { released } = socket;
  socket.released = socket.migrate = undefined;
  released?.();
}

/**
 * The connection has ended for good: reports what the game has not been told yet. `error`: why there never was one, as a word;
 * `code`: as in a WebSocket close frame, 1006 where the link was lost.
 */
export function ended(socket: Socket, reason: string, error = '', code = 1006): void {
  const { state } = socket;
  if (state === network_state_closed) return;
  release(socket);
  socket.state = network_state_closed;
  const connected = state === network_state_open || state === network_state_resuming;
  if (socket.parent !== undefined) {
    socket.parent.peers?.ended(socket, connected, reason, error);
    return;
  }
  if (connected) {
    emit_disconnect(socket, reason, code);
    if (setting(socket, 'reconnect') === 1) {
      socket.redial?.(state === network_state_open ? failures(socket) : socket.attempt);
    }
  } else if (socket.server !== undefined) remove(socket);
  else if (socket.attempt > 0 && setting(socket, 'reconnect') === 1) {
    socket.redial?.(socket.attempt);
  } else emit_connected(socket, 0, sentence_of(reason), error || refusal_of_close(code, reason));
}

/**
 * Attempts in a row that count as failed now that a connection has ended which was open. One that did not stand as long as the
 * longest pause that would be next is no success: a client that is sent away each time it comes must not come ever faster.
 */
function failures(socket: Socket): number {
  const { attempt, opened_at_ms } = socket;
  const base_ms = setting(socket, 'reconnect_delay_ms');
  const max_ms = setting(socket, 'reconnect_delay_max_ms');
  return clock.now() - opened_at_ms < backoff_ms(attempt, base_ms, max_ms, 1) ? attempt : 0;
}

/** The link has gone. A session waits for another one, anything else ends. */
export function lost(socket: Socket, reason: string, code: number, error = ''): void {
  const { session, state } = socket;
  const comes_back = socket.server !== undefined || setting(socket, 'reconnect') === 1;
  const may_resume =
    comes_back && session !== undefined && session.tokens.length > 0 && session.window_ms > 0;
  if (socket.migrate !== undefined && state === network_state_open && LOST_CODES.includes(code)) {
    detach(socket);
    socket.state = network_state_resuming;
    emit_notice(network_type_link_lost, socket, reason);
    socket.migrate(reason);
    return;
  }
  const alive = state === network_state_open || state === network_state_resuming;
  if (!alive || !may_resume || !LOST_CODES.includes(code)) {
    ended(socket, reason, error, code);
    return;
  }
  detach(socket);
  if (state === network_state_open) {
    session.lost_at_ms = clock.now();
    socket.state = network_state_resuming;
    socket.attempt = failures(socket);
    emit_notice(network_type_link_lost, socket, reason);
  }
  socket.redial?.(socket.attempt);
}

const CLOSE_CODES: Record<string, number> = {
  bad_handshake: 1002,
  bad_header: 1002,
  bad_control: 1002,
  text_on_framed: 1002,
  handshake_timeout: 1008,
  message_rate: 1008,
  byte_rate: 1008,
  too_large: 1009,
  out_of_memory: 1011,
  event_queue_full: 1011,
  server_full: 1013,
  address_limit: 1013,
  queue_full: 1013,
};

/** Ends a connection whose peer breaks the rules: nobody else notices. */
export function drop(socket: Socket, reason: string): void {
  if (reason !== 'queue_full') socket.count_drop(reason);
  // 1002, 1009 and 1011 are for the host's own use in pages: those may only send 1000 and 3000 up.
  const own = CLOSE_CODES[reason] ?? 1011;
  const code = socket.server === undefined ? own + 2000 : own;
  socket.connection?.link.close(code, reason);
  ended(socket, reason, '', code);
}

/** Closes and frees a socket without an event. */
export function destroy_socket(socket: Socket, code: number, reason: string): void {
  const link = socket.connection?.link;
  flush(socket);
  socket.state = network_state_closed;
  socket.redial = undefined;
  release(socket);
  socket.peers?.close();
  socket.peers = undefined;
  link?.close(code, reason);
  remove(socket);
}
