// The life of a connection: handshake, packets in, heartbeat, loss, resumption, end. Knows no transport.
import { type Buf, close as close_buffer } from './buffer-table.js';
import { clock, type Timer } from './clock.js';
import {
  network_send_binary,
  network_state_handshake,
  network_state_open,
  network_state_resuming,
  network_type_link_lost,
  network_type_resumed,
} from './constants.js';
import { begins_control, type Control } from './control.js';
import { host_task } from './events.js';
import { Framing, HEADER_BYTES } from './framing.js';
import { beat } from './network-beat.js';
import { limit_of, setting } from './network-config.js';
import { Datagrams } from './network-datagram.js';
import { detach, drop, ended, lost } from './network-end.js';
import { emit_connect, emit_connected, emit_notice } from './network-events.js';
import { deliver, take_datagram, take_raw } from './network-in.js';
import { buffered_bytes, send_again, send_frame } from './network-out.js';
import {
  acknowledgement,
  agree_as_client,
  agree_as_server,
  control_received,
  introduction,
  probe,
  reads,
} from './network-session.js';
import { start_beating } from './network-tick.js';
import { remove, type Socket } from './sockets.js';
import { Heartbeat } from './transport/heartbeat.js';
import { SimulatedLink } from './transport/simulated-link.js';
import type { SimulatorOptions } from './transport/simulator.js';
import { TokenBucket } from './transport/token-bucket.js';
import {
  HEAD_ROOM,
  type Link,
  type LinkOwner,
  Message,
  type TransportFault,
} from './transport/types.js';

/**
 * Signs of life and acknowledgements, of ours and of WebSocket, are no messages of the game, whatever its limit, up to so many a
 * second; beyond that they count like any other.
 */
const SIGNS_PER_SECOND = 256;

/** A link in doubt is asked over that often, and for so long. */
const ASK_MS = 200;
const WORD_MS = 3000;

/** One link of a socket, and what came of it. A resumed session moves from one to the next. */
export class Connection implements LinkOwner {
  link: Link;
  framing: Framing | undefined;
  /** Packets as datagrams, in place of a framed stream. */
  datagrams: Datagrams | undefined;
  /** Whether the peer speaks control frames. */
  extended = false;
  /** Client: it has asked for a session. */
  wants_session = false;
  /** A session goes on over this link. */
  resumes = false;
  /** Milliseconds of the handshake that passed before the link was there. */
  waited_ms = 0;
  #timer: Timer | undefined;
  /** Nothing has come yet, and only that shows that the peer has taken the link. */
  #in_doubt = false;
  #simulated: SimulatedLink | undefined;
  #simulates: SimulatorOptions | 0 = 0;
  /** The link without a simulator before it. */
  readonly real: Link;
  #messages: TokenBucket | undefined;
  #bytes: TokenBucket | undefined;
  #signs: TokenBucket | undefined;
  #pinged_at_ms = 0;
  /** An acknowledgement waits until so many bytes, of all that the socket ever sent, have left. */
  #ack_behind: number | undefined;

  constructor(
    public socket: Socket,
    link: Link,
  ) {
    this.link = this.real = link;
    socket.connection = this;
    // Clients of servers, and those who send to a bound socket.
    if (socket.server !== undefined || socket.address !== '') this.#limit_rates(socket);
    this.simulate();
  }

  #limit_rates(socket: Socket): void {
    const now_ms = clock.now();
    const messages = setting(socket, 'messages_per_second');
    const bytes = setting(socket, 'bytes_per_second');
    this.#messages = messages > 0 ? new TokenBucket(messages, now_ms) : undefined;
    this.#signs = new TokenBucket(SIGNS_PER_SECOND, now_ms);
    this.#bytes = bytes > 0 ? new TokenBucket(bytes, now_ms) : undefined;
  }

  /** Puts the simulator of the settings between the socket and its link, or takes it away. */
  simulate(): void {
    const options = setting(this.socket, 'simulator');
    // What another setting holds for is not disturbed: its seed does not begin anew.
    if (options === this.#simulates) return;
    this.#simulates = options;
    const before = this.#simulated;
    if (options === 0) {
      this.#simulated = undefined;
      this.link = this.real;
    } else {
      this.#simulated = new SimulatedLink(this.real, options, (message) => this.#arrived(message));
      this.link = this.#simulated;
    }
    // Only now: what it lets in is answered at once, behind all that it lets out.
    before?.stop();
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
    socket.message_cap_bytes = guest.message_cap_bytes;
    remove(guest);
    if (socket.state === network_state_open) {
      emit_notice(network_type_link_lost, socket, 'the client came back over another link');
    }
    socket.state = network_state_resuming;
    this.socket = socket;
    socket.connection = this;
    this.resumes = true;
    if (this.framing !== undefined) this.framing.limit = limit_of(socket);
    this.#limit_rates(socket);
    // Not now: this is in the middle of a message, and another simulator lets go of what the one before it holds.
    queueMicrotask(() => {
      if (this.#current) this.simulate();
    });
  }

  get #current(): boolean {
    return this.socket.connection === this;
  }

  opened(): void {
    const { socket } = this;
    socket.protocol = this.link.protocol;
    if (!socket.raw && !this.link.ordered) this.datagrams = new Datagrams();
    if (this.datagrams !== undefined && this.real.in_doubt) {
      socket.state = network_state_handshake;
      this.#in_doubt = true;
      this.#ask(clock.now() + WORD_MS);
      return;
    }
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

  /** Asks until something has come; a peer that says nothing at all is taken to be there. */
  #ask(until_ms: number): void {
    this.probe();
    this.#timer = clock.later(
      () =>
        host_task(() => {
          if (!this.#current) return;
          if (clock.now() < until_ms) this.#ask(until_ms);
          else this.#ready();
        }),
      ASK_MS,
    );
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
    this.#in_doubt = false;
    clock.cancel(this.#timer);
    socket.opened_at_ms = clock.now();
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
    // The packets in a message that begins with a control frame count all the same.
    const is_sign = this.extended && typeof message !== 'string' && begins_control(message);
    if (!this.#counted(message.length, is_sign)) return;
    const { socket } = this;
    if (this.#in_doubt) this.#ready();
    if (socket.raw) {
      take_raw(socket, message);
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

  /** One more message, packet or control frame; false: it was one too many. */
  #may(now_ms: number, is_sign: boolean): boolean {
    if (is_sign && this.#signs?.take(1, now_ms)) return true;
    if (this.#messages?.take(1, now_ms) !== false) return true;
    drop(this.socket, 'message_rate');
    return false;
  }

  /** Counts a message, as a sign of life too; false: it was one too many. */
  #counted(bytes: number, is_sign: boolean): boolean {
    const now_ms = clock.now();
    if (this.#bytes?.take(bytes, now_ms) === false) {
      drop(this.socket, 'byte_rate');
      return false;
    }
    if (!this.#may(now_ms, is_sign)) return false;
    this.socket.heartbeat?.heard(now_ms);
    return true;
  }

  pinged(bytes: number): void {
    if (this.#current) this.#counted(bytes, true);
  }

  #datagram(datagrams: Datagrams, message: Uint8Array | string): void {
    if (typeof message === 'string') this.socket.count_drop('malformed');
    else datagrams.received(this.socket, this.link, message, this.#deliver_datagram);
  }

  readonly #deliver_datagram = (packet: Uint8Array): void => {
    if (this.#current) take_datagram(this.socket, packet);
  };

  #packet(b: Buf, size: number): void {
    // A packet before it in the same chunk may have ended the connection.
    if (!this.#current || this.framing === undefined) {
      close_buffer(b);
      return;
    }
    if (!this.#may(clock.now(), false)) {
      close_buffer(b);
      return;
    }
    const { session } = this.socket;
    const ack_due = session?.count_in(size) === true;
    deliver(this.socket, b, size, network_send_binary);
    if (ack_due && this.#current) this.acknowledge();
  }

  #control(frame: Control): boolean {
    if (!this.#current) return true;
    return this.#may(clock.now(), true) ? control_received(this, frame) : true;
  }

  /**
   * Tells the peer what has come in. When much waits to be sent, only once all of that has left: a peer that does not read is told
   * nothing, one that reads slowly, and has never caught up, is.
   */
  acknowledge(): void {
    const { session, counters } = this.socket;
    if (session === undefined) return;
    if (!reads(this.socket)) {
      const sent = counters.bytes_out + HEADER_BYTES * counters.packets_out;
      this.#ack_behind ??= sent;
      if (sent - buffered_bytes(this.socket) < this.#ack_behind) return;
    }
    this.#ack_behind = undefined;
    send_frame(this.socket, acknowledgement(session));
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

  /** The peer breaks the rules of another socket's session, which may still have a link of its own. */
  give_up(socket: Socket, reason: string): void {
    socket.count_drop('bad_control');
    socket.connection?.link.close(1002, 'bad_control');
    ended(socket, reason, '', 1002);
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

  closed(reason: string, code: number, fault?: TransportFault, error?: string): void {
    if (!this.#current) return;
    if (fault !== undefined) this.socket.count_drop(fault);
    // What the simulator holds was sent before the end.
    this.#simulated?.stop();
    if (this.#current) lost(this.socket, reason, code, error);
  }
}
