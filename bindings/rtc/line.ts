// The way from a client to a host: signaling, one peer connection with its channels, a retry, and what to do when it falters.
import { host } from '#host';
import { clock, type Timer } from '../clock.js';
import { NetError } from '../errors.js';
import { host_task } from '../events.js';
import { turn_urls } from './candidates.js';
import { type ChannelKind, ChannelLink, max_message_bytes } from './channel-link.js';
import { Exchange } from './exchange.js';
import { is_final, type LineFailure, said } from './line-failure.js';
import { SignalingClient, type SignalingOwner } from './signaling-client.js';
import type { Signal } from './signaling-message.js';
import { type Signaling, visit_signaling } from './signaling-share.js';
import { type IceServer, MAX_CHANNEL_MESSAGE_BYTES, type Peer, type PeerState } from './types.js';

/** An attempt gets so long from the host's answer on; then another one begins with everything new. Measured: rare, and always worth it. */
const ATTEMPT_MS = 4000;
const ATTEMPTS = 2;
/** Signaling stays so long after the connection stands, for candidates that come late. */
const LINGER_MS = 2000;
/** ICE comes back from "disconnected" by itself within a few checks, or not at all. */
const GRACE_MS = 2000;
/** An ICE restart gets so long. */
const RESTART_MS = 3000;
/** A connection that was lost is looked for again so long; then it has ended. */
export const COME_BACK_MS = 10_000;
/** Between two attempts to come back. */
export const COME_BACK_PAUSE_MS = 500;
const NO_RELAY =
  'network_config_relay_only is set, and there is no TURN server in network_config_ice_servers';

export interface LineOptions {
  /** Of the signaling server. */
  url: string;
  room: string;
  token: string;
  /** What the host gave for coming back; '' for a new visit. */
  resume: string;
  /** Port that the caller itself can be reached at; 0 none. */
  bound: number;
  ice_servers: () => Promise<IceServer[]>;
  /** Only by way of TURN servers. */
  relay_only: boolean;
  timeout_ms: number;
}

export interface ChannelWish {
  kind: ChannelKind;
  /** The channel is open; `resume` is for coming back. */
  connected(link: ChannelLink, resume: string): void;
  failed(why: LineFailure, reason: string): void;
}

export class Line {
  readonly options: LineOptions;
  readonly #ended: (line: Line) => void;
  readonly #wishes = new Map<string, ChannelWish>();
  readonly #links = new Map<string, ChannelLink>();
  #signaling: Signaling | undefined;
  #peer: Peer | undefined;
  #exchange: Exchange | undefined;
  #raw = false;
  #attempt = 0;
  #resume = '';
  /** The channel that the host was asked about. */
  #asked = '';
  #may_restart = false;
  #restarting = false;
  #joined_already = false;
  #over = false;
  #state: PeerState = 'connecting';
  #deadline: Timer | undefined;
  #linger: Timer | undefined;
  #grace: Timer | undefined;
  readonly #until_ms: number;

  /** `ended` is called once, when nothing runs over it any more. */
  constructor(options: LineOptions, ended: (line: Line) => void) {
    this.options = options;
    this.#ended = ended;
    this.#until_ms = clock.now() + options.timeout_ms;
  }

  /**
   * Whether another channel of that kind has room here. Raw ones have a connection each: they carry larger messages, and of one that
   * the host was not asked about nobody could say whether it is taken.
   */
  takes({ label, raw }: ChannelKind): boolean {
    const shared = !raw && !this.#raw && !this.#over;
    return shared && !this.#wishes.has(label) && !this.#links.has(label);
  }

  /** Begins, or opens one more channel. @throws NetError `unsupported`, `package_missing` */
  add(wish: ChannelWish): void {
    this.#raw = wish.kind.raw;
    this.#wishes.set(wish.kind.label, wish);
    if (this.#peer !== undefined) {
      this.#open(wish);
      if (this.#links.size > 0) this.#wait_for_more();
    } else if (this.#attempt === 0) this.#begin();
  }

  /** The one who wished for it does not want it any more. */
  forget(kind: ChannelKind): void {
    if (this.#wishes.delete(kind.label)) this.#maybe_end();
  }

  // ---- an attempt -------------------------------------------------------------------------------------------------------

  #begin(): void {
    this.#attempt++;
    const left_ms = Math.max(1, Math.ceil(this.#until_ms - clock.now()));
    this.#call(left_ms);
    clock.cancel(this.#deadline);
    this.#deadline = clock.later(() => host_task(() => this.#too_late()), left_ms);
  }

  #call(timeout_ms: number): void {
    const { url, room, token, bound } = this.options;
    this.#joined_already = false;
    this.#exchange?.end();
    this.#exchange = new Exchange((signal) => this.#signaling?.say(signal));
    let was_open = false;
    const owner: SignalingOwner = {
      opened: () => {
        was_open = true;
        // What the host gave to a visit that came to nothing has gone with it.
        const resume = this.#restarting ? this.#resume : this.options.resume;
        this.#asked = this.#first;
        this.#signaling?.say({ t: 'join', room, token, resume, bound, channel: this.#asked });
      },
      told: (signal) => this.#told(signal),
      closed: (reason) => {
        this.#signaling = undefined;
        // Once the answer is there signaling is only a help.
        if (!this.#answered && this.#links.size === 0) {
          // One that was there and has been cut may be there again; one that nobody reaches is not looked for twice.
          this.#fail('no_signaling', `no signaling at ${url}: ${reason}`, was_open);
        }
      },
    };
    // Where it did not go well, everything is made anew.
    const alone = this.#attempt > 1 || this.#restarting;
    this.#signaling = alone
      ? new SignalingClient(url, timeout_ms, owner)
      : visit_signaling(url, timeout_ms, owner);
  }

  /** The channel that the host is asked for, and sets its connection up for. */
  get #first(): string {
    return [...this.#wishes.keys(), ...this.#links.keys()][0] ?? '';
  }

  #told(signal: Signal): void {
    switch (signal.t) {
      case 'joined':
        this.#joined(signal);
        return;
      case 'answer':
        if (this.#answered || this.#peer === undefined) return;
        this.#exchange?.told_answer(this.#peer, signal.sdp);
        return;
      case 'candidate':
        this.#exchange?.told_candidate(signal);
        return;
      case 'bye':
        if (this.#links.size === 0) {
          this.#turned_away(signal.reason, signal.message || said(signal.reason));
        }
        return;
      default:
    }
  }

  /** The host speaks of the channel that it was asked about: others may be wanted. */
  #turned_away(why: LineFailure, reason: string): void {
    const wish = this.#wishes.get(this.#asked);
    if ((why !== 'refused' && why !== 'full') || wish === undefined || this.#wishes.size < 2) {
      this.#fail(why, reason);
      return;
    }
    this.#wishes.delete(this.#asked);
    this.#clear();
    this.#attempt = 0;
    this.#begin();
    wish.failed(why, reason);
  }

  get #answered(): boolean {
    return this.#exchange?.answered ?? false;
  }

  #joined({ resume, restart, ice }: Signal & { t: 'joined' }): void {
    // Once: each costs an offer, or a list of ICE servers.
    if (this.#joined_already) return;
    this.#joined_already = true;
    if (this.#restarting) {
      this.#peer?.offer(true);
      return;
    }
    if (this.#peer !== undefined) return;
    this.#resume = resume;
    this.#may_restart = restart && host.rtc.can_restart;
    const attempt = this.#attempt;
    this.options.ice_servers().then(
      (mine) => host_task(() => this.#connect(attempt, [...mine, ...ice])),
      (error) => host_task(() => this.#fail('ice_failed', `the list of ICE servers: ${error}`)),
    );
  }

  #connect(attempt: number, ice_servers: IceServer[]): void {
    if (this.#over || attempt !== this.#attempt) return;
    const { relay_only } = this.options;
    const asked = turn_urls(ice_servers);
    if (relay_only && asked.length === 0) {
      this.#fail('ice_failed', NO_RELAY, false);
      return;
    }
    if (this.#exchange !== undefined) {
      this.#exchange.candidates.asked = asked;
      this.#exchange.candidates.relays_meet = relay_only && host.rtc.relays_meet;
    }
    // Who has no room is a server in Node; who has one may be a page. A page says by itself what it takes.
    const most_bytes =
      this.options.room === '' ? MAX_CHANNEL_MESSAGE_BYTES : max_message_bytes(this.#asked);
    try {
      const peer = host.rtc.open_peer(
        { ice_servers, relay_only, max_message_bytes: most_bytes },
        {
          // An ICE restart has an exchange of its own, over the same peer.
          description: (type, sdp) => this.#exchange?.described(type, sdp),
          candidate: (candidate, mid) => this.#exchange?.candidate(candidate, mid),
          server_failed: (why) => this.#exchange?.candidates.server_failed(why),
          state: (state) => this.#changed(state),
          channel: (channel) => channel.close(),
          broken: (reason) => this.#broken(reason),
        },
      );
      this.#peer = peer;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#fail(error instanceof NetError ? error.code : 'ice_failed', reason);
      return;
    }
    for (const wish of this.#wishes.values()) this.#open(wish);
    this.#peer.offer();
    const left_ms = this.#until_ms - clock.now();
    const wait_ms = this.#attempt < ATTEMPTS ? Math.min(ATTEMPT_MS, left_ms / 2) : left_ms;
    clock.cancel(this.#deadline);
    this.#deadline = clock.later(() => host_task(() => this.#too_late()), Math.max(1, wait_ms));
  }

  #open(wish: ChannelWish): void {
    const { kind } = wish;
    const peer = this.#peer;
    const channel = peer?.open_channel(kind.label, kind.reliable);
    if (channel === undefined) return;
    const link = new ChannelLink(channel, kind, (over) => {
      if (this.#links.get(kind.label) === over) this.#links.delete(kind.label);
      this.#maybe_end();
    });
    // Of any other one than that of `join` the host hears now for the first time. A stream begins with its word anyway.
    link.further = kind.label !== this.#asked;
    link.attach({
      opened: () => {
        // Channels of an attempt that was given up are still heard of.
        if (this.#wishes.get(kind.label) !== wish || this.#peer !== peer) return;
        this.#wishes.delete(kind.label);
        this.#links.set(kind.label, link);
        this.#stands();
        wish.connected(link, this.#resume);
      },
      received: () => {},
      closed: (reason) => {
        if (this.#wishes.get(kind.label) !== wish || this.#peer !== peer) return;
        if (this.#links.size === 0) {
          // Channels go with their connection, and hosts may tell of that first.
          if (this.#answered && this.#state !== 'connected') this.#too_late();
          else this.#fail('ice_failed', reason);
        } else this.#refuse(wish, 'refused', reason);
      },
      alive: () => {},
    });
  }

  /** A channel is open: signaling has done its work once all are. */
  #stands(): void {
    clock.cancel(this.#deadline);
    this.#deadline = undefined;
    this.#wait_for_more();
    clock.cancel(this.#linger);
    this.#linger = clock.later(() => this.#hang_up(), LINGER_MS);
  }

  /** Channels that are not open yet on a connection that stands. */
  #wait_for_more(): void {
    if (this.#wishes.size === 0 || this.#deadline !== undefined) return;
    this.#deadline = clock.later(() => {
      this.#deadline = undefined;
      host_task(() => {
        for (const wish of [...this.#wishes.values()]) {
          this.#refuse(wish, 'timeout', 'the host has not answered in time');
        }
      });
    }, this.options.timeout_ms);
  }

  #refuse(wish: ChannelWish, why: LineFailure, reason: string): void {
    if (!this.#wishes.delete(wish.kind.label)) return;
    wish.failed(why, reason);
    this.#maybe_end();
  }

  #hang_up(): void {
    clock.cancel(this.#linger);
    this.#signaling?.say({ t: 'bye', peer: 0, reason: 'left', message: '' });
    this.#signaling?.close();
    this.#signaling = undefined;
  }

  #too_late(): void {
    if (this.#answered) {
      this.#fail(
        'ice_failed',
        `no way through to the host: ${this.#exchange?.candidates.summary()}`,
      );
    } else if (this.#signaling?.open) {
      this.#fail('timeout', 'the host has not answered in time');
    } else {
      const { url, timeout_ms } = this.options;
      this.#fail('no_signaling', `no signaling at ${url}: no answer in ${timeout_ms} ms`);
    }
  }

  #broken(reason: string): void {
    if (this.#links.size > 0) this.#lose(reason);
    else this.#fail('ice_failed', reason);
  }

  /** An attempt has come to nothing. `again`: another one is of use. */
  #fail(why: LineFailure, reason: string, again = !is_final(why)): void {
    if (this.#over || this.#links.size > 0) return;
    this.#clear();
    if (this.#attempt < ATTEMPTS && again && clock.now() < this.#until_ms) {
      this.#begin();
      return;
    }
    this.#over = true;
    const wishes = [...this.#wishes.values()];
    this.#wishes.clear();
    this.#ended(this);
    for (const wish of wishes) wish.failed(why, reason);
  }

  // ---- a connection that stands -----------------------------------------------------------------------------------------

  #changed(state: PeerState): void {
    this.#state = state;
    if (state === 'connected') {
      clock.cancel(this.#grace);
      this.#restarting = false;
    } else if (state === 'failed') {
      if (this.#links.size > 0) this.#lose('the connection has failed');
      else if (this.#answered) this.#too_late();
    } else if (state === 'disconnected' && this.#links.size > 0) {
      clock.cancel(this.#grace);
      this.#grace = clock.later(() => host_task(() => this.#falters()), GRACE_MS);
    }
  }

  /** "Disconnected" for too long: looks for new ways, where both hosts can; else everything is made anew. */
  #falters(): void {
    if (this.#over || this.#state === 'connected') return;
    if (!this.#may_restart || this.#restarting) {
      this.#lose('the connection is interrupted');
      return;
    }
    this.#restarting = true;
    this.#hang_up();
    try {
      this.#call(RESTART_MS);
    } catch {
      // Then it is the other way, below.
    }
    this.#grace = clock.later(() => host_task(() => this.#falters()), RESTART_MS);
  }

  /** It cannot be saved: all that run over it are told. */
  #lose(reason: string): void {
    if (this.#over) return;
    for (const link of [...this.#links.values()]) link.lost(reason);
    this.#links.clear();
    this.#maybe_end();
  }

  #maybe_end(): void {
    if (this.#over || this.#links.size > 0 || this.#wishes.size > 0) return;
    this.#over = true;
    this.#clear();
    this.#ended(this);
  }

  #clear(): void {
    for (const timer of [this.#deadline, this.#linger, this.#grace]) clock.cancel(timer);
    this.#exchange?.end();
    this.#hang_up();
    this.#peer?.close();
    this.#peer = undefined;
  }
}
