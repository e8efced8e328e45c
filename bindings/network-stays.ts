// Clients of a WebRTC server that lose their connection and come back: what they show then, and which sockets are theirs.
import { clock } from './clock.js';
import { network_state_open, network_state_resuming, network_type_link_lost } from './constants.js';
import { host_task } from './events.js';
import { setting } from './network-config.js';
import { detach, ended } from './network-end.js';
import { emit_notice } from './network-events.js';
import type { JoinCheck } from './network-join.js';
import { Connection } from './network-link.js';
import type { ChannelLink } from './rtc/channel-link.js';
import type { Socket } from './sockets.js';

/** A client whose connection is lost gets so long to come back, and never longer than `network_config_resume_window`. */
const COME_BACK_MS = 5000;
const TOKEN_BYTES = 16;
/** Attempts that came to nothing leave tokens behind: the newest few are enough. */
const MAX_TOKENS = 4;

/** What survives the loss of a peer connection: the sockets by their channels, under the tokens that bring them back. */
export interface Stay {
  tokens: string[];
  readonly sockets: Map<string, Socket>;
  /** The checks that have let it in: servers that have others ask anew. */
  readonly passed: ReadonlySet<JoinCheck>;
}

function text_of(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Stays {
  readonly #by_token = new Map<string, Stay>();

  get(token: string): Stay | undefined {
    return this.#by_token.get(token);
  }

  /** A token for coming back, of the stay that goes on or of a new one. */
  admit(
    old: Stay | undefined,
    passed: ReadonlySet<JoinCheck> = new Set(),
  ): [token: string, stay: Stay] {
    const token = text_of(clock.secret(TOKEN_BYTES));
    const stay: Stay = old ?? { tokens: [], sockets: new Map(), passed };
    stay.tokens.push(token);
    this.#by_token.set(token, stay);
    if (stay.tokens.length > MAX_TOKENS) this.#by_token.delete(stay.tokens.splice(1, 1)[0]);
    return [token, stay];
  }

  /** The client is here with its newest token: older ones are worth nothing now. */
  came(stay: Stay, token: string): void {
    for (const old of stay.tokens.splice(0)) if (old !== token) this.#by_token.delete(old);
    stay.tokens.push(token);
  }

  /** Keeps a socket for who comes back; not one that starts anew each time. */
  keep(stay: Stay, label: string, socket: Socket, comes_back: boolean): void {
    if (comes_back) {
      stay.sockets.set(label, socket);
      socket.migrate = () => wait_for(socket);
    }
    socket.released = () => {
      stay.sockets.delete(label);
      this.maybe_end(stay);
    };
  }

  /** Without sockets there is nothing to come back to. */
  maybe_end(stay: Stay): void {
    if (stay.sockets.size === 0) for (const token of stay.tokens) this.#by_token.delete(token);
  }

  clear(): void {
    this.#by_token.clear();
  }
}

/** A client has lost its link: it has a while to come back. */
function wait_for(socket: Socket): void {
  const { id } = socket;
  const wait_ms = Math.min(COME_BACK_MS, setting(socket, 'resume_window_ms'));
  clock.cancel(socket.redial_timer);
  socket.redial_timer = clock.later(() => {
    if (socket.id !== id || socket.state !== network_state_resuming) return;
    host_task(() => ended(socket, 'the client was lost and has not come back'));
  }, wait_ms);
}

/** A client is here again, over another link. */
export function come_back(socket: Socket, link: ChannelLink): void {
  const old = socket.connection;
  detach(socket);
  old?.link.cut();
  clock.cancel(socket.redial_timer);
  if (socket.state === network_state_open) {
    emit_notice(network_type_link_lost, socket, 'the client came back over another link');
  }
  socket.state = network_state_resuming;
  const connection = new Connection(socket, link);
  connection.resumes = true;
  link.attach(connection);
}
