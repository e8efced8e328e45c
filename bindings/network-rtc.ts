// Client sockets over WebRTC: connecting by signaling, sharing a peer connection, and coming back when it is lost.
import { host } from '#host';
import { clock } from './clock.js';
import {
  network_socket_udp,
  network_state_closed,
  network_state_connecting,
  network_state_handshake,
  network_state_resuming,
} from './constants.js';
import { NetError } from './errors.js';
import { host_task } from './events.js';
import type { Address } from './network-address.js';
import { ice_servers_of, setting } from './network-config.js';
import { detach, ended } from './network-end.js';
import { Connection } from './network-link.js';
import { type ChannelKind, type ChannelLink, channel_kind } from './rtc/channel-link.js';
import { COME_BACK_MS, COME_BACK_PAUSE_MS, Line } from './rtc/line.js';
import type { LineFailure } from './rtc/line-failure.js';
import type { Socket } from './sockets.js';
import type { Link } from './transport/types.js';

/** As a host says that it does not want a channel. */
const UNWANTED = 1008;

/** Lines that stand or are being dialled: sockets to the same room share one, each with a channel of its kind. */
const lines = /* @__PURE__ */ new Set<Line>();

function line_for(
  socket: Socket,
  address: Address,
  kind: ChannelKind,
  resume: string,
  alone: boolean,
): Line {
  const { url, room = '' } = address;
  const token = setting(socket, 'join_token');
  const bound = socket.parent?.peers?.port ?? 0;
  const relay_only = setting(socket, 'relay_only') === 1;
  for (const line of lines) {
    const { options } = line;
    const same =
      options.url === url &&
      options.room === room &&
      options.token === token &&
      options.bound === bound &&
      options.relay_only === relay_only;
    if (same && resume === '' && !alone && line.takes(kind)) return line;
  }
  const line = new Line(
    {
      url,
      room,
      token,
      resume,
      bound,
      ice_servers: () => ice_servers_of(setting(socket, 'ice_servers')),
      relay_only,
      timeout_ms: setting(socket, 'connect_timeout_ms'),
    },
    (over) => lines.delete(over),
  );
  lines.add(line);
  return line;
}

/** Stands for the link until there is one: it can only be given up. */
class Dialling implements Link {
  readonly open = false;
  readonly buffered = 0;
  readonly protocol = '';

  constructor(
    readonly ordered: boolean,
    readonly cut: () => void,
  ) {}

  send_message(): void {}
  send_text(): void {}

  close(): void {
    this.cut();
  }
}

/** Over a channel that the host was not asked about. Where it does not want it, it is asked in a visit of its own. */
class Further extends Connection {
  ask: (() => void) | undefined;

  override closed(reason: string, code: number): void {
    const { socket, ask } = this;
    const { state } = socket;
    const is_new = state === network_state_handshake || state === network_state_resuming;
    if (ask === undefined || !is_new || socket.connection !== this || code !== UNWANTED) {
      super.closed(reason, code);
      return;
    }
    detach(socket);
    if (state === network_state_handshake) socket.state = network_state_connecting;
    ask();
  }
}

/**
 * Starts to connect, or to come back with what `resume` stands for. Results come as events, failures too. `alone`: not over a
 * connection that stands.
 */
export function dial_line(socket: Socket, address: Address, resume = '', alone = false): void {
  const reliable = socket.type !== network_socket_udp;
  const kind = channel_kind(reliable, socket.raw);
  const line = line_for(socket, address, kind, resume, alone);
  const connection = new Connection(socket, new Dialling(reliable, () => line.forget(kind)));
  const current = () => socket.connection === connection;
  const failed = (why: LineFailure | NetError['code'], reason: string) => {
    if (current()) dial_failed(socket, address, resume, why, reason);
  };
  try {
    host.rtc.check();
    line.add({
      kind,
      connected(link, token) {
        if (!current()) link.close(1000, 'not wanted any more');
        else connected(socket, address, link, token, resume !== '');
      },
      failed,
    });
  } catch (error) {
    lines.delete(line);
    // Told as an event: for a game it makes no difference why there is no connection.
    const reason = error instanceof Error ? error.message : String(error);
    failed(error instanceof NetError ? error.code : 'no_signaling', reason);
  }
}

function connected(
  socket: Socket,
  address: Address,
  link: ChannelLink,
  token: string,
  resumes: boolean,
): void {
  const connection = new Further(socket, link);
  if (link.further) connection.ask = () => dial_line(socket, address, '', true);
  connection.resumes = resumes && socket.state === network_state_resuming;
  if (!link.ordered && !socket.raw && token !== '') {
    socket.migrate = () => {
      socket.lost_at_ms = clock.now();
      dial_line(socket, address, token);
    };
  }
  link.attach(connection);
}

/** An attempt to come back may be made again for a while; any other is over. */
function dial_failed(
  socket: Socket,
  address: Address,
  resume: string,
  why: string,
  reason: string,
): void {
  socket.connection = undefined;
  const waited_ms = clock.now() - socket.lost_at_ms;
  const may_pass = why === 'no_signaling' || why === 'timeout' || why === 'ice_failed';
  if (
    resume !== '' &&
    socket.state === network_state_resuming &&
    may_pass &&
    waited_ms < COME_BACK_MS
  ) {
    const { id } = socket;
    clock.cancel(socket.redial_timer);
    socket.redial_timer = clock.later(() => {
      if (socket.id !== id || socket.connection !== undefined) return;
      host_task(() => dial_line(socket, address, resume));
    }, COME_BACK_PAUSE_MS);
    return;
  }
  if (socket.state !== network_state_closed) ended(socket, reason, why);
}
