// Visits of one program at one signaling server share a connection: browsers open one WebSocket to an address after the other, and
// hold back the last of many, which then take up to a second (measured; the dial itself takes some 50 ms).
import { clock } from '../clock.js';
import { host_task } from '../events.js';
import { SignalingClient, type SignalingOwner } from './signaling-client.js';
import {
  MAX_VISITS,
  SHARED_SIGNALING_PROTOCOL,
  SIGNALING_PROTOCOL,
  type Signal,
} from './signaling-message.js';

/** One visit's way to the signaling server. */
export interface Signaling {
  readonly open: boolean;
  /** False: no signaling server would take it, so it was not said. */
  say(signal: Signal): boolean;
  /** The owner hears no more. */
  close(): void;
}

/** Further visits join a connection only that has been heard of so lately: it may be dead, and nobody knows yet. */
const FRESH_MS = 2000;
/** Whoever visits has a limit of its own, and what is left by all is closed. */
const NO_TIMEOUT_MS = 0x7fffffff;

class SharedVisit implements Signaling {
  /** Where the signaling server knows only one visit to a connection. */
  own: SignalingClient | undefined;
  over = false;

  constructor(
    readonly way: Way,
    readonly number: number,
    readonly timeout_ms: number,
    public owner: SignalingOwner | undefined,
  ) {}

  get open(): boolean {
    return (this.own ?? this.way.client).open;
  }

  say(signal: Signal): boolean {
    return this.own?.say(signal) ?? this.way.say(this, signal);
  }

  close(): void {
    this.owner = undefined;
    this.own?.close();
    this.way.leave(this);
  }

  /** No more will come. */
  end(reason: string): void {
    const { owner } = this;
    this.owner = undefined;
    owner?.closed(reason);
  }
}

/** A connection to a signaling server, and who uses it. */
class Way implements SignalingOwner {
  readonly client: SignalingClient;
  readonly #url: string;
  readonly #visits = new Map<number, SharedVisit>();
  #last = 0;
  #heard_ms = clock.now();
  #opened = false;
  #closed = false;

  constructor(url: string) {
    this.#url = url;
    // The one that all know comes first: a server that takes the first one, whatever it is, speaks that.
    const protocols = [SIGNALING_PROTOCOL, SHARED_SIGNALING_PROTOCOL];
    this.client = new SignalingClient(url, NO_TIMEOUT_MS, this, protocols);
  }

  get #shared(): boolean {
    return this.client.protocol === SHARED_SIGNALING_PROTOCOL;
  }

  /** Whether one more may come. */
  get takes(): boolean {
    if (this.#closed || this.#visits.size >= MAX_VISITS) return false;
    return (!this.#opened || this.#shared) && clock.now() - this.#heard_ms < FRESH_MS;
  }

  add(timeout_ms: number, owner: SignalingOwner): SharedVisit {
    const visit = new SharedVisit(this, ++this.#last, timeout_ms, owner);
    this.#visits.set(visit.number, visit);
    // Never within the call that asks for it.
    if (this.#opened) queueMicrotask(() => host_task(() => visit.owner?.opened()));
    return visit;
  }

  opened(): void {
    this.#opened = true;
    this.#heard_ms = clock.now();
    const all = [...this.#visits.values()];
    const here = this.#shared ? all : all.slice(0, 1);
    for (const visit of all.slice(here.length)) this.#move(visit);
    for (const { owner } of here) owner?.opened();
  }

  /** Gives a visit a connection of its own. */
  #move(visit: SharedVisit): void {
    this.#visits.delete(visit.number);
    const { owner, timeout_ms } = visit;
    if (owner === undefined) return;
    try {
      visit.own = new SignalingClient(this.#url, timeout_ms, owner);
    } catch (error) {
      visit.end(error instanceof Error ? error.message : String(error));
    }
  }

  say(visit: SharedVisit, signal: Signal): boolean {
    if (visit.over) return true;
    if (!this.#shared) return this.client.say(signal);
    if (signal.t === 'join') return this.client.say({ ...signal, visit: visit.number });
    return this.client.say('peer' in signal ? { ...signal, peer: visit.number } : signal);
  }

  told(signal: Signal): void {
    this.#heard_ms = clock.now();
    if (!this.#shared) for (const { owner } of this.#visits.values()) owner?.told(signal);
    else if ('peer' in signal) {
      const visit = this.#visits.get(signal.peer);
      const is_bye = signal.t === 'bye';
      const to = is_bye && signal.peer === 0 ? [...this.#visits.values()] : visit ? [visit] : [];
      for (const one of to) {
        // Nothing more is to be said in a visit that the server has ended.
        one.over = is_bye;
        one.owner?.told({ ...signal, peer: 0 });
        if (is_bye) one.end(signal.message);
      }
      if (is_bye) for (const one of to) this.leave(one);
    }
  }

  closed(reason: string): void {
    this.#forget();
    const all = [...this.#visits.values()];
    this.#visits.clear();
    for (const visit of all) visit.end(reason);
  }

  leave(visit: SharedVisit): void {
    if (!this.#visits.delete(visit.number) || this.#visits.size > 0) return;
    this.#forget();
    this.client.close();
  }

  #forget(): void {
    this.#closed = true;
    if (ways.get(this.#url) === this) ways.delete(this.#url);
  }
}

/** The newest connection to each signaling server. */
const ways = /* @__PURE__ */ new Map<string, Way>();

/**
 * A visit at a signaling server, over the connection of others where there is one.
 * @throws NetError `package_missing` in Node without `ws`; what the host throws for a URL that it refuses
 */
export function visit_signaling(url: string, timeout_ms: number, owner: SignalingOwner): Signaling {
  let way = ways.get(url);
  if (way === undefined || !way.takes) {
    way = new Way(url);
    ways.set(url, way);
  }
  return way.add(timeout_ms, owner);
}
