// Servers over WebRTC: who may come in, whose channel is whose socket, and who comes back to one.
import { clock } from './clock.js';
import { network_state_open, network_state_resuming, network_type_link_lost } from './constants.js';
import { events_full, host_task, report_check } from './events.js';
import type { Caller } from './host/types.js';
import { setting } from './network-config.js';
import { detach, ended } from './network-end.js';
import { emit_notice } from './network-events.js';
import { type JoinCheck, may_join } from './network-join.js';
import { Connection } from './network-link.js';
import { Places, type Turn, Turns } from './network-turns.js';
import { type ChannelKind, type ChannelLink, kind_of } from './rtc/channel-link.js';
import type { Door, Visit, VisitOwner } from './rtc/door.js';
import { HostPeer, type HostPeerOwner } from './rtc/host-peer.js';
import { clipped, type SignalReason, type Visitor } from './rtc/signaling-message.js';
import type { IceServer, PeerConfig } from './rtc/types.js';
import type { Server, Socket } from './sockets.js';
import type { Link, LinkOwner } from './transport/types.js';

/** Connections that are being made at a time, in all and from one address; others wait for their turn. */
const MAX_DIALLING = 256;
const MAX_DIALLING_PER_ADDRESS = 128;
/** Answers of `join` that are waited for at a time, also about visitors who have left since. */
const MAX_ASKED = 4096;
const MAX_ASKED_PER_ADDRESS = 256;
/** A client whose connection is lost gets so long to come back, and never longer than `network_config_resume_window`. */
const COME_BACK_MS = 5000;
const RESUME_BYTES = 16;

/** What a server lets in. */
export interface Entrance {
  readonly server: Server;
  /** Why nobody more may come in, and as which word. */
  refusal(caller: Caller): string | undefined;
  entered(link: Link, caller: Caller): LinkOwner;
  /** True lets in; a text is the reason why not. */
  join?: JoinCheck;
}

export interface HostingOptions {
  /** The room's name, '' where there is none. */
  room(): string;
  config(): Promise<PeerConfig>;
  ice_servers(): Promise<IceServer[]>;
  /** Addresses under which the outside knows this host. */
  external: string[];
  can_restart: boolean;
}

/** What survives the loss of a peer connection: the sockets by their channels, under the tokens that bring them back. */
interface Stay {
  tokens: string[];
  readonly sockets: Map<string, Socket>;
}

function caller_of({ ip, port, origin, bound }: Visitor): Caller {
  return { ip, port: bound || port, origin: origin || undefined, protocols: [] };
}

function is_loopback(ip: string): boolean {
  return ip === '::1' || /^127\./.test(ip);
}

function text_of(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Hosting implements Door, HostPeerOwner {
  /** By whether they are reliable: `tcp` and `udp` of one room. */
  readonly entrances = new Map<boolean, Entrance>();
  readonly #options: HostingOptions;
  readonly #peers = new Set<HostPeer>();
  readonly #stays = new Map<string, Stay>();
  readonly #stay_of = new WeakMap<HostPeer, Stay>();
  readonly #asked = new Places(MAX_ASKED, MAX_ASKED_PER_ADDRESS);
  readonly #turns = new Turns(new Places(MAX_DIALLING, MAX_DIALLING_PER_ADDRESS), this.#asked);
  /** What stops waiting for answers of `join`. */
  readonly #running = new Set<() => void>();
  #closed = false;

  constructor(options: HostingOptions) {
    this.#options = options;
  }

  // ---- at the door ------------------------------------------------------------------------------------------------------

  visit(visit: Visit): VisitOwner {
    const { who } = visit;
    let over = false;
    let offered = false;
    let turn: Turn | undefined;
    let peer: HostPeer | undefined;
    const end = () => {
      over = true;
      turn?.end();
    };
    const refuse = (reason: SignalReason, message: string): void => {
      end();
      this.#count(`join_${reason}`);
      visit.say({ t: 'bye', peer: 0, reason, message: clipped(message) });
    };
    const begin = (mine: Turn) => {
      turn = mine;
      // While it waited others may have come in, or its own time may have run out.
      const refusal = this.#refusal(who);
      if (refusal !== undefined) {
        refuse(...refusal);
        return;
      }
      const stay = this.#stays.get(who.resume);
      this.#ask(who, (answer) => {
        if (over || this.#closed) end();
        else if (answer !== true) refuse('refused', answer);
        else {
          const resume = this.#admit(stay);
          peer = this.#peer_for(visit, resume, end);
          mine.admitted();
          visit.say({ t: 'joined', peer: 0, resume, restart: this.#options.can_restart, ice: [] });
        }
      });
    };
    const too_late = () => {
      if (peer === undefined) refuse('timeout', 'too many are connecting');
      else {
        this.#count('join_timeout');
        peer.refuse('others wait, and there is no offer', 'timeout');
      }
    };
    // Who would not be let in anyway need not wait for that.
    const refusal = this.#refusal(who);
    if (refusal !== undefined) refuse(...refusal);
    else {
      turn = this.#turns.enter(who.ip, { begin, too_late });
      if (turn === undefined) refuse('full', 'too many are connecting');
    }
    return {
      told: (signal) => {
        if (peer === undefined) return;
        if (signal.t === 'candidate') peer.candidate(signal);
        else if (signal.t === 'offer' && !offered) {
          offered = true;
          turn?.offered();
          peer = this.#peer_of(peer, signal.sdp);
          void this.#offered(peer, signal.sdp);
        }
      },
      // A connection that is still being made holds its place.
      gone: () => (peer === undefined ? end() : peer.left()),
    };
  }

  /** Why a visitor may not come in, whatever `join` says. */
  #refusal(who: Visitor): [SignalReason, string] | undefined {
    const kind = kind_of(who.channel);
    const entrance = kind && this.entrances.get(kind.reliable);
    if (entrance === undefined) return ['refused', `there is no ${who.channel} here`];
    if (who.resume !== '') {
      if (!this.#stays.has(who.resume)) {
        return ['left', 'the server has no such session any more'];
      }
      return events_full() ? ['full', 'event_queue_full'] : undefined;
    }
    const refusal = entrance.refusal(caller_of(who));
    if (refusal === undefined) return undefined;
    return [refusal === 'origin' ? 'refused' : 'full', refusal];
  }

  /** Asks `join`; a visitor who comes back was asked before. */
  #ask(who: Visitor, then: (answer: true | string) => void): void {
    const checks =
      who.resume === '' ? [...this.entrances.values()].flatMap(({ join }) => join ?? []) : [];
    const answered = this.#asked.take(who.ip);
    may_join(checks, who, this.#options.room(), this.#running).then((answer) =>
      host_task(() => {
        answered();
        then(answer);
        this.#turns.next();
      }),
    );
  }

  /** A token for coming back, of the stay that goes on or of a new one. */
  #admit(old: Stay | undefined): string {
    const token = text_of(clock.secret(RESUME_BYTES));
    const stay: Stay = old ?? { tokens: [], sockets: new Map() };
    stay.tokens.push(token);
    this.#stays.set(token, stay);
    // Attempts that came to nothing leave tokens behind: the newest few are enough.
    if (stay.tokens.length > 4) this.#stays.delete(stay.tokens.splice(1, 1)[0]);
    return token;
  }

  #peer_for(visit: Visit, resume: string, settled: () => void): HostPeer {
    const peer = new HostPeer(visit, this);
    peer.resume = resume;
    peer.settled = settled;
    this.#peers.add(peer);
    const stay = this.#stays.get(resume);
    if (stay !== undefined) this.#stay_of.set(peer, stay);
    return peer;
  }

  /** The peer that an offer is for: an ICE restart goes to the one that stands. */
  #peer_of(peer: HostPeer, sdp: string): HostPeer {
    const stay = this.#stay_of.get(peer);
    for (const other of this.#peers) {
      if (other === peer || this.#stay_of.get(other) !== stay || !other.is_restart(sdp)) continue;
      other.restarts(peer.visit);
      peer.close();
      return other;
    }
    return peer;
  }

  async #offered(peer: HostPeer, sdp: string): Promise<void> {
    try {
      const config = await this.#options.config();
      const ice_servers = [...config.ice_servers, ...(await this.#options.ice_servers())];
      host_task(() => peer.offered(sdp, { ...config, ice_servers }));
    } catch (error) {
      // A port that is taken, or a list of ICE servers that cannot be had: not the visitor's business.
      report_check(error, { room: this.#options.room() });
      this.#count('host_failed');
      host_task(() => peer.refuse('the host cannot connect at the moment'));
    }
  }

  // ---- channels ---------------------------------------------------------------------------------------------------------

  known_as({ who }: Visit): string[] {
    const { external } = this.#options;
    return is_loopback(who.ip) ? [...external, '127.0.0.1'] : external;
  }

  wants(peer: HostPeer, { reliable, label }: ChannelKind): boolean {
    const entrance = this.entrances.get(reliable);
    if (entrance === undefined || this.#closed) return false;
    if (this.#stay_of.get(peer)?.sockets.has(label)) return true;
    const refusal = entrance.refusal(caller_of(peer.visit.who));
    if (refusal !== undefined) entrance.server.counters.drop(refusal);
    return refusal === undefined;
  }

  opened(peer: HostPeer, link: ChannelLink): void {
    peer.settled();
    const stay = this.#stay_of.get(peer);
    const entrance = this.entrances.get(link.kind.reliable);
    if (stay === undefined || entrance === undefined) {
      link.close(1001, 'the server ends');
      return;
    }
    // The client is here with its newest token: older ones are worth nothing now.
    for (const token of stay.tokens.splice(0)) if (token !== peer.resume) this.#stays.delete(token);
    stay.tokens.push(peer.resume);
    const { label } = link.kind;
    const known = stay.sockets.get(label);
    if (known !== undefined) {
      come_back(known, link);
      return;
    }
    const owner = entrance.entered(link, caller_of(peer.visit.who)) as Connection;
    const { socket } = owner;
    socket.raw = link.kind.raw;
    const comes_back = !link.ordered && !socket.raw;
    if (comes_back) {
      stay.sockets.set(label, socket);
      socket.migrate = () => wait_for(socket);
    }
    socket.released = () => {
      stay.sockets.delete(label);
      if (stay.sockets.size === 0) for (const token of stay.tokens) this.#stays.delete(token);
    };
    link.attach(owner);
  }

  broken(reason: SignalReason): void {
    this.#count(`join_${reason}`);
  }

  #count(reason: string): void {
    for (const { server } of this.entrances.values()) server.counters.drop(reason);
  }

  ended(peer: HostPeer): void {
    peer.settled();
    this.#peers.delete(peer);
    const stay = this.#stay_of.get(peer);
    if (stay !== undefined && stay.sockets.size === 0) {
      for (const token of stay.tokens) this.#stays.delete(token);
    }
  }

  /** One server less; true: it was the last. */
  leave(server: Server): boolean {
    for (const [kind, entrance] of this.entrances) {
      if (entrance.server === server) this.entrances.delete(kind);
    }
    if (this.entrances.size > 0) return false;
    this.#closed = true;
    this.#stays.clear();
    this.#turns.close();
    for (const stop of [...this.#running]) stop();
    // Those whose channels are closing end by themselves, when their last words have left.
    for (const peer of [...this.#peers]) if (peer.links.size === 0) peer.close();
    return true;
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
function come_back(socket: Socket, link: ChannelLink): void {
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
