// What two bytewire peers agree on in the handshake, and what they say to each other in control frames (STANDARD.md, 4 and 5).
import { clock } from './clock.js';
import {
  network_state_handshake,
  network_state_open,
  network_state_resuming,
} from './constants.js';
import {
  ack,
  bytewire_game_id,
  type Control,
  control_ack,
  control_ping,
  control_pong,
  control_resume,
  control_resumed,
  control_welcome,
  FLAG_RESUME,
  FLAG_SESSION,
  flags_of,
  ping,
  pong,
  type Resume,
  read_resume,
  read_resumed,
  read_welcome,
  resume,
  resumed,
  welcome,
} from './control.js';
import { events_full } from './events.js';
import type { Introduction } from './framing.js';
import { setting } from './network-config.js';
import { emit_disconnect } from './network-events.js';
import type { Connection } from './network-link.js';
import { buffered_bytes, send_frame } from './network-out.js';
import { Session, TOKEN_BYTES, token_text } from './session.js';
import type { Server, Socket } from './sockets.js';

const NOTHING = /* @__PURE__ */ new Uint8Array(0);
/** Above this nothing is answered: the peer does not read. */
const ANSWER_QUEUE_BYTES = 64 * 1024;

// ---- client -------------------------------------------------------------------------------------------------------------

/** What a client says of itself. */
export function introduction(connection: Connection): Introduction {
  const { socket } = connection;
  if (setting(socket, 'extensions') === 0) return { game_id: 0, behind: NOTHING };
  const { session } = socket;
  if (socket.state === network_state_resuming && session !== undefined) {
    const { next, known } = session.propose();
    connection.wants_session = true;
    return {
      game_id: bytewire_game_id(FLAG_SESSION | FLAG_RESUME),
      behind: resume(session.received, next, known),
    };
  }
  connection.wants_session = setting(socket, 'reconnect') === 1;
  const flags = connection.wants_session ? FLAG_SESSION : 0;
  return { game_id: bytewire_game_id(flags), behind: NOTHING };
}

/** The server's answer: a session goes on, or a new one begins, or there is none. */
export function agree_as_client(connection: Connection, behind: Control | undefined): void {
  const { socket } = connection;
  const old = socket.state === network_state_resuming ? socket.session : undefined;
  connection.extended = behind !== undefined;
  if (old !== undefined && behind?.kind === control_resumed) {
    const answer = read_resumed(behind.payload);
    if (answer === undefined || !old.acknowledged(answer.received)) {
      connection.drop('bad_control');
      return;
    }
    old.tokens = old.tokens.slice(-1);
    old.window_ms = answer.window_ms;
    old.told();
    connection.resumes = true;
    return;
  }
  if (old !== undefined) {
    // The server does not know the session (any more): for the game this is an end and a new beginning.
    if (old.kept > 0) socket.count_drop('session_lost', old.kept);
    emit_disconnect(socket, 'the server has no such session any more', 1006);
    // Told: what goes wrong from here on is an attempt that has failed.
    socket.state = network_state_handshake;
  }
  socket.session = undefined;
  if (behind?.kind !== control_welcome) {
    if (behind !== undefined) connection.drop('bad_control');
    return;
  }
  const agreed = read_welcome(behind.payload);
  if (agreed === undefined) {
    connection.drop('bad_control');
    return;
  }
  if (agreed.token === undefined || !connection.wants_session) return;
  socket.session = new Session();
  socket.session.tokens = [agreed.token];
  socket.session.window_ms = agreed.window_ms;
}

// ---- server -------------------------------------------------------------------------------------------------------------

/** What goes behind step 3 for this client; undefined refuses it. */
export function agree_as_server(
  connection: Connection,
  game_id: number,
  behind: Control | undefined,
): Uint8Array | undefined {
  const { socket } = connection;
  const server = socket.server as Server;
  const flags = setting(server, 'extensions') === 0 ? undefined : flags_of(game_id);
  connection.extended = flags !== undefined;
  if (flags !== undefined && flags & FLAG_RESUME) {
    const asked = behind?.kind === control_resume ? read_resume(behind.payload) : undefined;
    if (asked === undefined) return undefined;
    const answer = resume_session(connection, server, asked);
    if (answer !== undefined) return answer;
    socket.count_drop('resume_refused');
  } else if (behind !== undefined) return undefined;
  if (events_full()) {
    connection.drop('event_queue_full');
    return undefined;
  }
  // Room for those who come back, and for handshakes, may have let in one too many.
  if (server.clients.size > server.max_client && server.admitted >= server.max_client) {
    connection.drop('server_full');
    return undefined;
  }
  if (is_one_too_many(server, socket.address)) {
    connection.drop('address_limit');
    return undefined;
  }
  if (flags === undefined) return NOTHING;
  const window_ms = setting(server, 'resume_window_ms');
  if (!(flags & FLAG_SESSION) || window_ms === 0) return welcome(undefined, 0);
  const session = new Session();
  session.tokens = [clock.secret(TOKEN_BYTES)];
  session.window_ms = window_ms;
  socket.session = session;
  server.sessions.set(token_text(session.tokens[0]), socket);
  return welcome(session.tokens[0], window_ms);
}

/** The same for one address: whether as many as may be are in, those whose session waits for another link among them. */
function is_one_too_many(server: Server, address: string): boolean {
  const limit = setting(server, 'connections_per_address');
  if (limit === 0 || (server.addresses.get(address) ?? 0) <= limit) return false;
  return server.admitted_from(address) >= limit;
}

/** Moves the session of a token to this connection, whatever has become of its old one. */
function resume_session(
  connection: Connection,
  server: Server,
  { received, next, tokens }: Resume,
): Uint8Array | undefined {
  const token = tokens.map(token_text).find((text) => server.sessions.has(text));
  const socket = token === undefined ? undefined : server.sessions.get(token);
  const session = socket?.session;
  if (token === undefined || socket === undefined || session === undefined) return undefined;
  // Proposed once more: it is current because an answer was lost. What claims less than is known then comes late, over an old link.
  const again = token === token_text(next);
  if (!again && server.sessions.has(token_text(next))) return undefined;
  if (!session.acknowledged(received)) {
    if (again) return undefined;
    connection.give_up(socket, 'the client claims packets that were never sent');
    return undefined;
  }
  // A token works once, except for who proposes it again.
  server.sessions.delete(token);
  session.tokens = [next];
  session.told();
  server.sessions.set(token_text(next), socket);
  connection.take_over(socket);
  return resumed(session.received, session.window_ms);
}

// ---- both ---------------------------------------------------------------------------------------------------------------

/** Forgets the session; its token is worth nothing from now on. */
export function end_session(socket: Socket): void {
  const { session, server } = socket;
  for (const token of session?.tokens ?? []) server?.sessions.delete(token_text(token));
  socket.session = undefined;
}

/** Whether the peer reads enough for answers to be of use: what a peer makes us send must not fill memory. */
export function reads(socket: Socket): boolean {
  return buffered_bytes(socket) <= ANSWER_QUEUE_BYTES;
}

export function probe(socket: Socket): void {
  send_frame(socket, ping(clock.wall()));
}

/** Takes a control frame; false: it breaks the rules. Kinds of later versions are none of our business. */
export function control_received({ socket }: Connection, { kind, payload }: Control): boolean {
  const size = payload.byteLength;
  if (socket.state !== network_state_open) return false;
  switch (kind) {
    case control_ping:
      if (size < 8) return false;
      if (reads(socket)) {
        send_frame(socket, pong(payload.getFloat64(0, true), clock.wall()));
      }
      return true;
    case control_pong: {
      if (size < 16) return false;
      const sent_ms = payload.getFloat64(0, true);
      socket.heartbeat?.answered(sent_ms, clock.wall(), payload.getFloat64(8, true));
      return true;
    }
    case control_ack:
      // Without a session nothing is counted: a frame in the wrong place.
      return size >= 4 && socket.session?.acknowledged(payload.getUint32(0, true)) === true;
    case control_welcome:
    case control_resume:
    case control_resumed:
      return false;
    default:
      return true;
  }
}

/** The frame that tells the peer what has come in. */
export function acknowledgement(session: Session): Uint8Array {
  session.told();
  return ack(session.received);
}
