// The host's side of one peer connection: answers an offer, hands over the channels that come, and waits for those who come back.
import { host } from '#host';
import { clock, type Timer } from '../clock.js';
import { host_task } from '../events.js';
import { TokenBucket } from '../transport/token-bucket.js';
import { type ChannelKind, ChannelLink, kind_of, max_message_bytes } from './channel-link.js';
import type { Visit } from './door.js';
import { clipped, MAX_CANDIDATES, type Signal, type SignalReason } from './signaling-message.js';
import { type Channel, MAX_CHANNEL_MESSAGE_BYTES, type Peer, type PeerConfig } from './types.js';

/** From the offer to the first open channel. */
const CONNECT_MS = 10_000;
/** A connection without channels goes after this: a page may be opening the next one. */
const EMPTY_MS = 1000;
/** Who has gone from signaling while the connection is being made gets so long to finish it. */
const LEFT_MS = 3000;
/** Channels at a time, and a second. */
const MAX_CHANNELS = 4;
const CHANNELS_PER_S = 16;

export interface HostPeerOwner {
  /** A channel has come: why it is not wanted; undefined: it is. */
  refuses(peer: HostPeer, kind: ChannelKind): [SignalReason, string] | undefined;
  /** Takes it over. */
  opened(peer: HostPeer, link: ChannelLink): void;
  /** It cannot be made, whatever the reason: one to count. */
  broken(reason: SignalReason): void;
  /** Nothing runs over it any more. */
  ended(peer: HostPeer): void;
  /** Addresses under which this host is known elsewhere too. */
  known_as(visit: Visit): string[];
}

/** `a=fingerprint:` tells one connection from another: an offer with the same one is an ICE restart. */
function fingerprint_of(sdp: string): string {
  return /^a=fingerprint:(.*)$/m.exec(sdp)?.[1].trim() ?? '';
}

/** Whether an offer was written in Node: by libdatachannel. Only pages overrun a receive window for good. */
function is_from_node(sdp: string): boolean {
  return /^o=rtc /m.test(sdp);
}

export class HostPeer {
  readonly links = new Set<ChannelLink>();
  /** What it shows to come back. */
  resume = '';
  /** Called when it is not being made any more, one way or the other. */
  settled: () => void = () => {};
  visit: Visit;
  readonly #owner: HostPeerOwner;
  #peer: Peer | undefined;
  #fingerprint = '';
  #waiting: (Signal & { t: 'candidate' })[] = [];
  #candidates = 0;
  #deadline: Timer | undefined;
  #offered = false;
  #refused = false;
  #coming = 0;
  readonly #openings = new TokenBucket(CHANNELS_PER_S, clock.now());
  readonly #known_as = new Set<string>();
  #answered = false;
  #over = false;

  constructor(visit: Visit, owner: HostPeerOwner) {
    this.visit = visit;
    this.#owner = owner;
    this.#deadline = clock.later(
      () => host_task(() => this.#give_up('the visitor has not connected in time')),
      CONNECT_MS,
    );
  }

  /** Whether this offer belongs to the connection that stands. */
  is_restart(sdp: string): boolean {
    const mark = fingerprint_of(sdp);
    return host.rtc.can_restart && mark !== '' && mark === this.#fingerprint && !this.#over;
  }

  /** An offer for another way is under way, with candidates of its own. */
  restarts(visit: Visit): void {
    this.visit = visit;
    this.#answered = false;
    this.#candidates = 0;
    this.#known_as.clear();
    this.#waiting = [];
  }

  offered(sdp: string, config: PeerConfig): void {
    if (this.#over) return;
    this.#offered = true;
    if (this.#peer !== undefined) {
      if (this.is_restart(sdp)) this.#peer.remote_description('offer', sdp);
      return;
    }
    this.#fingerprint = fingerprint_of(sdp);
    try {
      const { channel } = this.visit.who;
      const most_bytes = is_from_node(sdp) ? MAX_CHANNEL_MESSAGE_BYTES : max_message_bytes(channel);
      this.#peer = host.rtc.open_peer(
        { ...config, max_message_bytes: most_bytes },
        {
          description: (type, text) => {
            if (type !== 'answer') return;
            this.#answered = true;
            this.visit.say({ t: 'answer', peer: 0, sdp: text });
            for (const { candidate, mid } of this.#waiting.splice(0)) {
              this.#peer?.remote_candidate(candidate, mid);
            }
          },
          candidate: (candidate, mid) => this.#own_candidate(candidate, mid),
          state: (state) => {
            if (state === 'failed') this.#lose('the connection has failed');
          },
          channel: (channel) => this.#channel(channel),
          broken: (reason, full) => this.#broken(reason, full ? 'full' : 'failed'),
        },
      );
    } catch (error) {
      this.#broken(error instanceof Error ? error.message : String(error), 'failed');
      return;
    }
    this.#peer.remote_description('offer', sdp);
  }

  /** A candidate of the visitor. */
  candidate(signal: Signal & { t: 'candidate' }): void {
    if (this.#over || ++this.#candidates > MAX_CANDIDATES) return;
    if (this.#answered) this.#peer?.remote_candidate(signal.candidate, signal.mid);
    else this.#waiting.push(signal);
  }

  #own_candidate(candidate: string, mid: string): void {
    const say = (text: string) => this.visit.say({ t: 'candidate', peer: 0, candidate: text, mid });
    say(candidate);
    // The same port under other addresses: the one of a router in front, or the machine's own.
    const parts = /^((?:a=)?candidate:)(\S+)( 1 udp \d+ )([\d.]+)( \d+ typ host.*)$/i.exec(
      candidate,
    );
    if (parts === null) return;
    const [, head, , middle, address, tail] = parts;
    this.#owner.known_as(this.visit).forEach((other, i) => {
      if (other === address || this.#known_as.has(other)) return;
      this.#known_as.add(other);
      say(`${head}ext${i}${middle}${other}${tail}`);
    });
  }

  #channel(channel: Channel): void {
    const kind = kind_of(channel.label);
    if (this.#over || !this.#openings.take(1, clock.now())) {
      channel.close();
      this.#lose('too many channels');
      return;
    }
    const refusal = this.#refusal(channel.label, kind);
    if (refusal !== undefined || kind === undefined) {
      const [word, reason] = refusal ?? ['refused', ''];
      if (kind === undefined) channel.close();
      else new ChannelLink(channel, kind, () => {}).close(word === 'refused' ? 1008 : 1013, reason);
      if (channel.label === this.visit.who.channel) this.#give_up(reason, word);
      else if (this.links.size === 0 && !this.#refused) {
        // The one that it has come for may be right behind this one.
        this.#refused = true;
        clock.cancel(this.#deadline);
        this.#deadline = clock.later(() => host_task(() => this.#give_up(reason, word)), LEFT_MS);
      }
      return;
    }
    let came = false;
    const arrived = () => {
      if (!came) this.#coming--;
      came = true;
    };
    this.#coming++;
    const link = new ChannelLink(channel, kind, (over) => {
      arrived();
      this.links.delete(over);
      this.#maybe_end();
    });
    const enter = () => {
      if (this.#over) return;
      arrived();
      this.links.add(link);
      clock.cancel(this.#deadline);
      this.#owner.opened(this, link);
    };
    if (link.open) enter();
    else {
      link.attach({ opened: enter, received: () => {}, closed: () => {}, alive: () => {} });
    }
  }

  #refusal(label: string, kind: ChannelKind | undefined): [SignalReason, string] | undefined {
    if (kind === undefined) return ['refused', `there is no ${label.slice(0, 40)} here`];
    const many = this.links.size + this.#coming >= MAX_CHANNELS;
    return many ? ['full', 'too many channels'] : this.#owner.refuses(this, kind);
  }

  /** The visitor has gone from signaling. */
  left(): void {
    if (this.#over || this.links.size > 0) return;
    if (!this.#offered) {
      this.close();
      return;
    }
    clock.cancel(this.#deadline);
    this.#deadline = clock.later(() => host_task(() => this.#give_up('gone')), LEFT_MS);
  }

  /** It cannot be: the visitor is told why. */
  refuse(reason: string, word?: SignalReason): void {
    this.#give_up(reason, word);
  }

  #broken(reason: string, word: SignalReason): void {
    if (this.#over) return;
    this.#owner.broken(word);
    this.#give_up(reason, word);
  }

  #give_up(reason: string, word: SignalReason = 'failed'): void {
    if (this.links.size > 0) return;
    this.visit.say({ t: 'bye', peer: 0, reason: word, message: clipped(reason) });
    this.close();
  }

  #lose(reason: string): void {
    for (const link of [...this.links]) link.lost(reason);
    this.#give_up(reason);
  }

  #maybe_end(): void {
    if (this.#over || this.links.size > 0) return;
    clock.cancel(this.#deadline);
    this.#deadline = clock.later(() => {
      if (this.links.size === 0) this.close();
    }, EMPTY_MS);
  }

  /** Ends it at once, with all that runs over it. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    clock.cancel(this.#deadline);
    this.#peer?.close();
    this.#peer = undefined;
    for (const link of [...this.links]) link.lost('the host has ended the connection');
    this.links.clear();
    this.#owner.ended(this);
  }
}
