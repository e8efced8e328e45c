// Servers over WebRTC: who may come in, one after another, and whose channel is whose socket.
import { events_full, host_task, report_check } from './events.js';
import type { Caller } from './host/types.js';
import { type JoinCheck, may_join } from './network-join.js';
import type { Connection } from './network-link.js';
import type { Seat, Seats } from './network-seats.js';
import { come_back, type Stay, Stays } from './network-stays.js';
import { type Turn, Turns } from './network-turns.js';
import { Places } from './places.js';
import { type ChannelKind, type ChannelLink, kind_of } from './rtc/channel-link.js';
import type { Door, Visit, VisitOwner } from './rtc/door.js';
import { HostPeer, type HostPeerOwner } from './rtc/host-peer.js';
import { clipped, type SignalReason, type Visitor } from './rtc/signaling-message.js';
import type { IceServer, PeerConfig } from './rtc/types.js';
import type { Server } from './sockets.js';
import type { Link, LinkOwner } from './transport/types.js';

/** Connections that are being made at a time, in all and from one address; others wait for their turn. */
const MAX_DIALLING = 256;
const MAX_DIALLING_PER_ADDRESS = 128;
/** Answers of `join` that are waited for at a time, also about visitors who have left since. */
const MAX_ASKED = 4096;
const MAX_ASKED_PER_ADDRESS = 256;

/** What a server lets in. */
export interface Entrance {
  readonly server: Server;
  readonly seats: Seats;
  /** Why this one may not come in, as a word. A promise: as that of {@link ListenOwner.refuses}. `was_asked`: only whether there is room. */
  refusal(
    caller: Caller,
    was_asked?: boolean,
  ): string | undefined | Promise<() => string | undefined>;
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

function caller_of({ ip, port, origin, bound }: Visitor): Caller {
  return { ip, port: bound || port, origin: origin || undefined, protocols: [] };
}

/** What a server's word for a refusal is to a visitor. */
function signal_reason_of(refusal: string): SignalReason {
  if (refusal === 'origin') return 'refused';
  return refusal === 'handshake_timeout' ? 'timeout' : 'full';
}

function is_loopback(ip: string): boolean {
  return ip === '::1' || /^127\./.test(ip);
}

export class Hosting implements Door, HostPeerOwner {
  /** By whether they are reliable: `tcp` and `udp` of one room. */
  readonly entrances = new Map<boolean, Entrance>();
  readonly #options: HostingOptions;
  readonly #peers = new Set<HostPeer>();
  readonly #stays = new Stays();
  readonly #stay_of = new WeakMap<HostPeer, Stay>();
  /** Places that are kept for channels that have not come yet. */
  readonly #seats_of = new WeakMap<HostPeer, Map<Seats, Seat>>();
  /** Whose `origin` has been asked about a visit. */
  readonly #asked_of = new WeakMap<Visit, Entrance>();
  /** The checks that have let a visit in. */
  readonly #passed_of = new WeakMap<Visit, Set<JoinCheck>>();
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
    /** Who waited may have become one too many, or its own time may have run out. */
    const may = (): boolean => {
      const refusal = this.#refusal(who);
      if (refusal !== undefined) refuse(...refusal);
      return refusal === undefined;
    };
    const admit = (mine: Turn) => {
      turn = mine;
      if (!may()) return;
      peer = this.#peer_for(visit, this.#stays.get(who.resume), mine);
      mine.admitted();
      const { can_restart: restart } = this.#options;
      visit.say({ t: 'joined', peer: 0, resume: peer.resume, restart, ice: [] });
    };
    const begin = (mine: Turn) => {
      turn = mine;
      if (!may()) return;
      this.#ask(visit, (answer) => {
        if (over || this.#closed) end();
        else if (answer !== true) refuse(...answer);
        else if (who.resume !== '') admit(mine);
        else {
          // Only for those who are let in a place is kept.
          const lane = kind_of(who.channel)?.reliable ? 'tcp' : 'udp';
          const seats = () => this.#entrance_for(who)?.seats;
          turn = this.#turns.go_on(mine, { begin: admit, too_late, lane, seats });
          if (turn === undefined) refuse('full', 'too many are connecting');
        }
      });
    };
    const too_late = () => {
      if (peer === undefined) refuse('timeout', 'too many are connecting');
      else {
        this.#count('join_timeout');
        peer.refuse('others wait, and this takes too long', 'timeout');
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

  /** Why a visitor may not come in, whatever those say who are to be asked. */
  #refusal(who: Visitor): [SignalReason, string] | undefined {
    const entrance = this.#entrance_for(who);
    if (entrance === undefined) return ['refused', `there is no ${who.channel} here`];
    if (who.resume !== '') {
      if (this.#stays.get(who.resume) === undefined) {
        return ['left', 'the server has no such session any more'];
      }
      return events_full() ? ['full', 'event_queue_full'] : undefined;
    }
    const refusal = entrance.refusal(caller_of(who), true);
    return typeof refusal === 'string' ? [signal_reason_of(refusal), refusal] : undefined;
  }

  #entrance_for({ channel }: Visitor): Entrance | undefined {
    const kind = kind_of(channel);
    return kind && this.entrances.get(kind.reliable);
  }

  #ask(visit: Visit, then: (answer: true | [SignalReason, string]) => void): void {
    const answered = this.#asked.take(visit.who.ip);
    this.#answer(visit).then((answer) =>
      host_task(() => {
        answered();
        then(answer);
        this.#turns.next();
      }),
    );
  }

  /** Asks `origin` and `join`. A visitor who comes back was asked before. */
  async #answer(visit: Visit): Promise<true | [SignalReason, string]> {
    const { who } = visit;
    const entrance = this.#entrance_for(who);
    if (who.resume !== '' || entrance === undefined) return true;
    this.#asked_of.set(visit, entrance);
    const refusal = entrance.refusal(caller_of(who));
    const why = refusal instanceof Promise ? (await refusal)() : refusal;
    if (why !== undefined) return [signal_reason_of(why), why];
    if (this.#closed) return ['left', 'the server ends'];
    // Of all servers of the room: its connection is for each of them. One that they share is asked once.
    const checks = new Set([...this.entrances.values()].flatMap(({ join }) => join ?? []));
    const answer = await may_join(checks, who, this.#options.room(), this.#running);
    if (answer !== true) return ['refused', answer];
    this.#passed_of.set(visit, checks);
    return true;
  }

  #peer_for(visit: Visit, old: Stay | undefined, turn: Turn): HostPeer {
    const peer = new HostPeer(visit, this);
    const [resume, stay] = this.#stays.admit(old, this.#passed_of.get(visit));
    peer.resume = resume;
    peer.settled = () => turn.end();
    const { seat } = turn;
    turn.seat = undefined;
    this.#seats_of.set(peer, new Map(seat && [[seat.seats, seat]]));
    this.#peers.add(peer);
    this.#stay_of.set(peer, stay);
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

  refuses(peer: HostPeer, { reliable, label }: ChannelKind): [SignalReason, string] | undefined {
    const entrance = this.entrances.get(reliable);
    if (entrance === undefined || this.#closed) return ['refused', `there is no ${label} here`];
    const stay = this.#stay_of.get(peer);
    if (stay?.sockets.has(label)) return undefined;
    const { visit } = peer;
    const { seats, server, join } = entrance;
    // A server that came later, or took the place of another one.
    if (join !== undefined && !stay?.passed.has(join)) return ['refused', 'you have to ask first'];
    const answer = entrance.refusal(caller_of(visit.who), this.#asked_of.get(visit) === entrance);
    // A channel to another server of the room cannot wait for an answer.
    let refusal = answer instanceof Promise ? 'origin' : answer;
    const kept = this.#seats_of.get(peer);
    const seat = kept?.get(seats);
    if (refusal === undefined && !(seat && seats.kept.has(seat))) {
      if (seats.blocked(visit.who.ip)) refusal = 'server_full';
      else {
        const mine = seats.take(visit.who.ip);
        mine.hurry();
        kept?.set(seats, mine);
      }
    }
    if (refusal === undefined) return undefined;
    server.counters.drop(refusal);
    return [signal_reason_of(refusal), refusal];
  }

  opened(peer: HostPeer, link: ChannelLink): void {
    const entrance = this.entrances.get(link.kind.reliable);
    this.#entered(peer, link, entrance);
    for (const [seats, seat] of this.#seats_of.get(peer) ?? []) {
      if (seats === entrance?.seats) seat.release();
      else seat.hurry();
    }
    peer.settled();
  }

  #entered(peer: HostPeer, link: ChannelLink, entrance: Entrance | undefined): void {
    const stay = this.#stay_of.get(peer);
    if (stay === undefined || entrance === undefined) {
      link.close(1001, 'the server ends');
      return;
    }
    this.#stays.came(stay, peer.resume);
    const { label } = link.kind;
    const known = stay.sockets.get(label);
    if (known !== undefined) {
      come_back(known, link);
      return;
    }
    const owner = entrance.entered(link, caller_of(peer.visit.who)) as Connection;
    const { socket } = owner;
    socket.raw = link.kind.raw;
    this.#stays.keep(stay, label, socket, !link.ordered && !socket.raw);
    link.attach(owner);
  }

  broken(reason: SignalReason): void {
    this.#count(`join_${reason}`);
  }

  #count(reason: string): void {
    for (const { server } of this.entrances.values()) server.counters.drop(reason);
  }

  ended(peer: HostPeer): void {
    for (const seat of this.#seats_of.get(peer)?.values() ?? []) seat.release();
    peer.settled();
    this.#peers.delete(peer);
    const stay = this.#stay_of.get(peer);
    if (stay !== undefined) this.#stays.maybe_end(stay);
  }

  /** One server less; true: it was the last. */
  leave(server: Server): boolean {
    for (const [kind, entrance] of this.entrances) {
      if (entrance.server === server) this.entrances.delete(kind);
    }
    if (this.entrances.size > 0) {
      this.#turns.next();
      return false;
    }
    this.#closed = true;
    this.#stays.clear();
    this.#turns.close();
    for (const stop of [...this.#running]) stop();
    // Those whose channels are closing end by themselves, when their last words have left.
    for (const peer of [...this.#peers]) if (peer.links.size === 0) peer.close();
    return true;
  }
}
