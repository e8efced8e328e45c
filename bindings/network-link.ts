// The life of a connection: handshake, packets in, heartbeat, loss, resumption, end. Knows no transport.
import { type Buf, close as close_buffer, open_pooled } from './buffer-table.js';
import { utf8_length, write_utf8 } from './buffer-text.js';
import { clock, type Timer } from './clock.js';
import {
  buffer_grow,
  network_send_binary,
  network_send_text,
  network_state_handshake,
  network_state_open,
  network_state_resuming,
  network_type_link_lost,
  network_type_resumed,
} from './constants.js';
import type { Control } from './control.js';
import { host_task } from './events.js';
import { Framing } from './framing.js';
import { limit_of, setting } from './network-config.js';
import { Datagrams } from './network-datagram.js';
import { detach, drop, ended, lost } from './network-end.js';
import { emit_connect, emit_connected, emit_data, emit_notice } from './network-events.js';
import { send_again, send_frame } from './network-out.js';
import {
  acknowledgement,
  agree_as_client,
  agree_as_server,
  control_received,
  introduction,
  probe,
} from './network-session.js';
import { start_beating } from './network-tick.js';
import { remove, type Socket } from './sockets.js';
import { Heartbeat } from './transport/heartbeat.js';
import { SimulatedLink } from './transport/simulated-link.js';
import { TokenBucket } from './transport/token-bucket.js';
import {
  HEAD_ROOM,
  type Link,
  type LinkOwner,
  Message,
  type TransportFault,
} from './transport/types.js';
import { u8 } from './wasm/memory.js';

// ---- messages -----------------------------------------------------------------------------------------------------------

/** A raw message as a buffer: the one copy. */
function take_message(message: Uint8Array | string): Buf {
  const size = typeof message === 'string' ? utf8_length(message) : message.length;
  const b = open_pooled(size, buffer_grow);
  if (typeof message === 'string') write_utf8(message, b.ptr, b.end);
  else u8.set(message, b.ptr);
  b.used = b.end;
  return b;
}

/** A UDP peer is probed that often at least, so that loss and round trip are of now. */
const MEASURE_MS = 1000;

/** One link of a socket, and what came of it. A resumed session moves from one to the next. */
export class Connection implements LinkOwner {
  link: Link;
  framing: Framing | undefined;
  /** Packets as datagrams, in place of a framed stream. */
  datagrams: Datagrams | undefined;
  /** Whether the peer speaks control frames. */
  extended = false;
  /** A session goes on over this link. */
  resumes = false;
  /** Milliseconds of the handshake that passed before the link was there. */
  waited_ms = 0;
  #timer: Timer | undefined;
  #simulated: SimulatedLink | undefined;
  readonly #real: Link;
  #messages: TokenBucket | undefined;
  #bytes: TokenBucket | undefined;
  #pinged_at_ms = 0;

  constructor(
    public socket: Socket,
    link: Link,
  ) {
    this.link = this.#real = link;
    socket.connection = this;
    // Clients of servers, and those who send to a bound socket.
    if (socket.server !== undefined || socket.address !== '') this.#limit_rates(socket);
    this.simulate();
  }

  #limit_rates(socket: Socket): void {
    const now_ms = clock.now();
    const messages = setting(socket, 'messages_per_second');
    const bytes = setting(socket, 'bytes_per_second');
    if (messages > 0) this.#messages = new TokenBucket(messages, now_ms);
    if (bytes > 0) this.#bytes = new TokenBucket(bytes, now_ms);
  }

  /** Puts the simulator of the settings between the socket and its link, or takes it away. */
  simulate(): void {
    this.#simulated?.stop();
    const options = setting(this.socket, 'simulator');
    if (options === 0) {
      this.#simulated = undefined;
      this.link = this.#real;
    } else {
      this.#simulated = new SimulatedLink(this.#real, options, (message) => this.#arrived(message));
      this.link = this.#simulated;
    }
  }

  /** Frees what it holds; nothing that comes from its link counts any more. */
  release(): void {
    clock.cancel(this.#timer);
    this.#simulated?.stop();
    this.framing?.end();
    this.framing = undefined;
    this.datagrams?.settle(this.socket);
  }

  /** A session that has lost its link, or has not noticed yet, goes on here. */
  take_over(socket: Socket): void {
    const guest = this.socket;
    const { server } = socket;
    const old = socket.connection;
    detach(socket);
    old?.link.cut();
    guest.connection = undefined;
    server?.clients.delete(guest);
    server?.leave(socket.address);
    [socket.address, socket.ip, socket.port] = [guest.address, guest.ip, guest.port];
    remove(guest);
    if (socket.state === network_state_open) {
      emit_notice(network_type_link_lost, socket, 'the client came back over another link');
    }
    socket.state = network_state_resuming;
    this.socket = socket;
    socket.connection = this;
    this.resumes = true;
    if (this.framing !== undefined) this.framing.limit = limit_of(socket);
  }

  get #current(): boolean {
    return this.socket.connection === this;
  }

  opened(): void {
    const { socket } = this;
    socket.protocol = this.link.protocol;
    if (!socket.raw && !this.link.ordered) this.datagrams = new Datagrams();
    if (socket.raw || this.datagrams !== undefined) {
      this.#ready();
      return;
    }
    // While a session looks for its link the game need not know how far that has come.
    if (socket.state !== network_state_resuming) socket.state = network_state_handshake;
    const { server } = socket;
    this.framing = new Framing(server !== undefined, limit_of(socket), {
      send: (bytes) => this.#send(bytes),
      introduce: () => introduction(this),
      introduced: (game_id, behind) => agree_as_server(this, game_id, behind),
      ready: (behind) => {
        if (server === undefined) agree_as_client(this, behind);
        if (this.#current) this.#ready();
      },
      packet: (b, size) => this.#packet(b, size),
      control: (frame) => this.#control(frame),
    });
    // A client's attempt to connect is not over yet: its handshake may not take longer than that either.
    const handshake_ms = setting(socket, 'handshake_timeout_ms');
    const connect_ms = setting(socket, 'connect_timeout_ms');
    this.#timer = clock.later(
      () => host_task(() => this.#too_slow()),
      server === undefined ? Math.min(handshake_ms, connect_ms) : handshake_ms - this.waited_ms,
    );
    this.framing.start();
  }

  #too_slow(): void {
    if (!this.#current) return;
    if (this.socket.state !== network_state_resuming) {
      drop(this.socket, 'handshake_timeout');
      return;
    }
    this.link.cut();
    lost(this.socket, 'handshake_timeout', 1006);
  }

  #send(bytes: Uint8Array): void {
    const copy = new Uint8Array(HEAD_ROOM + bytes.length);
    copy.set(bytes, HEAD_ROOM);
    this.link.send_message(new Message(copy, HEAD_ROOM, copy.length));
  }

  /** Packets may go both ways from now on. */
  #ready(): void {
    const { socket } = this;
    clock.cancel(this.#timer);
    socket.attempt = 0;
    socket.state = network_state_open;
    socket.heartbeat = new Heartbeat(clock.now());
    start_beating(socket, (now_ms, away_ms) => beat(socket, now_ms, away_ms));
    if (socket.parent !== undefined) socket.parent.peers?.ready(socket);
    else if (this.resumes) {
      emit_notice(network_type_resumed, socket);
      send_again(socket);
    } else if (socket.server === undefined) emit_connected(socket, 1);
    else emit_connect(socket.server, socket);
  }

  received(message: Uint8Array | string): void {
    if (this.#simulated === undefined) this.#arrived(message);
    else this.#simulated.receive(message);
  }

  #arrived(message: Uint8Array | string): void {
    if (!this.#current) return;
    const { socket } = this;
    const now_ms = clock.now();
    if (this.#messages !== undefined || this.#bytes !== undefined) {
      if (this.#bytes?.take(message.length, now_ms) === false) {
        drop(socket, 'byte_rate');
        return;
      }
      if (this.#messages?.take(1, now_ms) === false) {
        drop(socket, 'message_rate');
        return;
      }
    }
    socket.heartbeat?.heard(now_ms);
    if (socket.raw) {
      this.#raw(message);
      return;
    }
    if (this.datagrams !== undefined) {
      this.#datagram(this.datagrams, message);
      return;
    }
    if (typeof message === 'string') {
      drop(socket, 'text_on_framed');
      return;
    }
    const problem = this.framing?.feed(message);
    // The session may have moved here meanwhile, or the connection may be over.
    if (problem !== undefined && this.#current) drop(this.socket, problem);
  }

  #raw(message: Uint8Array | string): void {
    const { socket } = this;
    // A string's length is at most its bytes: what is surely too large is not stored first.
    if (message.length > limit_of(socket)) {
      drop(socket, 'too_large');
      return;
    }
    let b: Buf;
    try {
      b = take_message(message);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      drop(socket, 'out_of_memory');
      return;
    }
    const size = b.end - b.ptr;
    if (size > limit_of(socket)) {
      close_buffer(b);
      drop(socket, 'too_large');
      return;
    }
    this.#deliver(b, size, typeof message === 'string' ? network_send_text : network_send_binary);
  }

  #datagram(datagrams: Datagrams, message: Uint8Array | string): void {
    if (typeof message === 'string') this.socket.count_drop('malformed');
    else datagrams.received(this.socket, this.link, message, this.#deliver_datagram);
  }

  /** What finds no room is dropped, as on any network. */
  readonly #deliver_datagram = (packet: Uint8Array): void => {
    const { socket } = this;
    if (!this.#current || packet.length > limit_of(socket)) {
      socket.count_drop('too_large');
      return;
    }
    let b: Buf;
    try {
      b = take_message(packet);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      socket.count_drop('out_of_memory');
      return;
    }
    socket.count_in(packet.length);
    if (!emit_data(socket, b, packet.length, network_send_binary)) {
      socket.count_drop('event_queue_full');
    }
  };

  #packet(b: Buf, size: number): void {
    // A packet before it in the same chunk may have ended the connection.
    if (!this.#current || this.framing === undefined) {
      close_buffer(b);
      return;
    }
    if (this.#messages?.take(1, clock.now()) === false) {
      close_buffer(b);
      drop(this.socket, 'message_rate');
      return;
    }
    const { session } = this.socket;
    const ack_due = session?.count_in(size) === true;
    this.#deliver(b, size, network_send_binary);
    if (ack_due && this.#current) this.acknowledge();
  }

  #deliver(b: Buf, size: number, message_type: number): void {
    this.socket.count_in(size);
    if (!emit_data(this.socket, b, size, message_type)) drop(this.socket, 'event_queue_full');
  }

  #control(frame: Control): boolean {
    if (!this.#current) return true;
    if (this.#messages?.take(1, clock.now()) === false) {
      drop(this.socket, 'message_rate');
      return true;
    }
    return control_received(this, frame);
  }

  /** Tells the peer what has come in. */
  acknowledge(): void {
    const { session } = this.socket;
    if (session !== undefined) send_frame(this.socket, acknowledgement(session));
  }

  /** Asks for a sign of life; false: neither the peer nor the transport knows how. */
  probe(): boolean {
    if (this.datagrams !== undefined) {
      this.datagrams.probe(this.link);
      return true;
    }
    if (this.extended) {
      probe(this.socket);
      return true;
    }
    if (this.link.ping === undefined) return false;
    this.#pinged_at_ms = clock.now();
    this.link.ping();
    return true;
  }

  /** Whether there is any way to ask for one. */
  get can_probe(): boolean {
    return this.extended || this.datagrams !== undefined || this.link.ping !== undefined;
  }

  /** Another socket has come to its end. */
  give_up(socket: Socket, reason: string): void {
    ended(socket, reason);
  }

  /** The peer breaks the rules. */
  drop(reason: string): void {
    drop(this.socket, reason);
  }

  alive(): void {
    if (!this.#current) return;
    const now_ms = clock.now();
    this.socket.heartbeat?.heard(now_ms);
    this.socket.heartbeat?.answered(this.#pinged_at_ms, now_ms);
  }

  closed(reason: string, code: number, fault?: TransportFault): void {
    if (!this.#current) return;
    if (fault !== undefined) this.socket.count_drop(fault);
    // What the simulator holds was sent before the end.
    this.#simulated?.stop();
    if (this.#current) lost(this.socket, reason, code);
  }
}

/** Asked at every beat: is the peer alive, has it been told what came in, is the session over? */
export function beat(socket: Socket, now_ms: number, away_ms: number): void {
  const { connection, heartbeat, session } = socket;
  if (connection === undefined) {
    const over = session !== undefined && now_ms - session.lost_at_ms >= session.window_ms;
    if (socket.state === network_state_resuming && over) ended(socket, 'resume window is over');
    return;
  }
  if (socket.state !== network_state_open) return;
  if (session?.owes_ack) connection.acknowledge();
  connection.datagrams?.beat(socket, now_ms);
  if (connection.link.is_stalled?.(now_ms, away_ms)) {
    socket.count_drop('stalled');
    connection.link.cut();
    lost(socket, 'the connection has stalled', 1006);
    return;
  }
  if (heartbeat === undefined || !connection.can_probe) return;
  if (away_ms > 0) heartbeat.forgive(away_ms);
  let interval_ms = setting(socket, 'heartbeat_interval_ms');
  if (connection.datagrams !== undefined) interval_ms = Math.min(interval_ms, MEASURE_MS);
  // Beats are a quarter of a second apart: early rather than late.
  const due = heartbeat.poll(now_ms, interval_ms, setting(socket, 'heartbeat_timeout_ms') - 250);
  if (due === 'probe') connection.probe();
  else if (due === 'dead') {
    socket.count_drop('dead_peer');
    connection.link.cut();
    lost(socket, 'no sign of life from the peer', 1006);
  }
}
