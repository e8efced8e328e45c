// A host elsewhere, as the signaling server keeps it: visits go over its link, each under a number, and no more than it can hear.
import { clock } from '../clock.js';
import { TokenBucket } from '../transport/token-bucket.js';
import type { Door, Visit, VisitOwner } from './door.js';
import { MAX_HEARD_PER_S, type Signal, type SignalReason } from './signaling-message.js';
import { amount_of, VISIT_RATE } from './signaling-visit.js';

/** What a host is told of visits in a second, in all and of those from one address: it hangs up where it hears more than twice that. */
const TOLD_PER_S = MAX_HEARD_PER_S * 0.45;
const TOLD_PER_ADDRESS = TOLD_PER_S / 2;

/** The way to the host. */
export interface RoomHost {
  say(signal: Signal): void;
  /** Ends the host's connection. */
  end(reason: SignalReason, message: string): void;
  /** Whether it does not keep up with what it is told. */
  is_behind(): boolean;
  /** A visit was too much for it: one to count. */
  was_spared(): void;
}

interface RemoteVisit {
  readonly visit: Visit;
  /** What the host may say in it. */
  readonly bucket: TokenBucket;
}

/** Of what can be long in it. */
function length_of(signal: Signal): number {
  if ('sdp' in signal) return signal.sdp.length;
  return 'token' in signal ? signal.token.length : 0;
}

export class RemoteDoor implements Door {
  readonly #visits = new Map<number, RemoteVisit>();
  #last = 0;
  /** In this second, also by address. */
  #told = 0;
  readonly #told_of = new Map<string, number>();
  #second_ms = clock.now();

  constructor(
    /** What the host must show to take its room over. */
    readonly key: string,
    readonly host: RoomHost,
  ) {}

  visit(visit: Visit): VisitOwner {
    this.#last = (this.#last + 1) >>> 0 || 1;
    const peer = this.#last;
    const end = (told: boolean) => {
      if (this.#visits.delete(peer) && told)
        this.host.say({ t: 'bye', peer, reason: 'left', message: '' });
    };
    const tell = (signal: Signal) => {
      if (this.#takes(visit.who.ip, amount_of(length_of(signal)))) this.host.say(signal);
      else {
        this.host.was_spared();
        end(signal.t !== 'visit');
        visit.say({
          t: 'bye',
          peer: 0,
          reason: 'rate',
          message: 'the host hears too much at once',
        });
      }
    };
    this.#visits.set(peer, { visit, bucket: new TokenBucket(VISIT_RATE, clock.now()) });
    tell({ t: 'visit', peer, ...visit.who });
    return {
      told: (signal) => {
        if ('peer' in signal && this.#visits.has(peer)) tell({ ...signal, peer });
      },
      gone: () => end(true),
    };
  }

  /** Whether the host can be told one thing more about a visitor from there. */
  #takes(ip: string, amount: number): boolean {
    const now_ms = clock.now();
    if (now_ms - this.#second_ms >= 1000) {
      this.#second_ms = now_ms;
      this.#told = 0;
      this.#told_of.clear();
    }
    const told_of = (this.#told_of.get(ip) ?? 0) + amount;
    const too_much = told_of > TOLD_PER_ADDRESS || this.#told + amount > TOLD_PER_S;
    if (too_much || this.host.is_behind()) return false;
    this.#told += amount;
    this.#told_of.set(ip, told_of);
    return true;
  }

  /** Whether what the host says belongs to a visit, and is not too much for that. */
  may_say(signal: Signal, amount: number): boolean {
    const to = 'peer' in signal ? this.#visits.get(signal.peer) : undefined;
    return to?.bucket.take(amount, clock.now()) ?? false;
  }

  /** What the host says in a visit. Late words for one who has gone are no offence. */
  heard(signal: Extract<Signal, { peer: number }>): void {
    const to = this.#visits.get(signal.peer);
    if (signal.t === 'bye') this.#visits.delete(signal.peer);
    to?.visit.say({ ...signal, peer: 0 });
  }

  /** The host has gone. */
  close(): void {
    const visits = [...this.#visits.values()];
    this.#visits.clear();
    const message = 'the host of this room has left';
    for (const { visit } of visits) visit.say({ t: 'bye', peer: 0, reason: 'host_left', message });
  }
}
