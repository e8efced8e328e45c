// One visit as the signaling server keeps it: what its visitor may still say, and how long.
import { clock } from '../clock.js';
import { TokenBucket } from '../transport/token-bucket.js';
import type { VisitOwner } from './door.js';
import { MAX_CANDIDATES, type Signal, type SignalReason } from './signaling-message.js';

/** Messages a second of one visit, with a burst of as many: there are some twenty in all. */
export const VISIT_RATE = 100;
const RATE_BYTES = 2048;
/** A visit is over by then, one way or the other. */
const VISIT_MS = 30_000;

/** What a message of so many characters counts. */
export function amount_of(length: number): number {
  return 1 + length / RATE_BYTES;
}

export class HubVisit {
  /** The host's side; undefined: it was turned away, or has ended. */
  owner: VisitOwner | undefined;
  /** Whether the host has let it in. */
  joined = false;
  readonly #since_ms = clock.now();
  readonly #bucket = new TokenBucket(VISIT_RATE, this.#since_ms);
  #candidates = 0;
  #offered = false;

  constructor(
    /** Its number on the visitor's connection. */
    readonly number: number,
    /** Gives back what it holds of the server's room. */
    readonly left: () => void,
  ) {}

  is_late(now_ms: number, away_ms: number): boolean {
    return now_ms - this.#since_ms - away_ms > VISIT_MS;
  }

  /** Takes so much of what the visitor may say; false: that was too much. */
  take(amount: number): boolean {
    return this.#bucket.take(amount, clock.now());
  }

  /** Hands on what the visitor says; what it must not say comes back as the reason why. */
  told(signal: Signal): [SignalReason, string] | undefined {
    switch (signal.t) {
      case 'candidate':
        if (++this.#candidates > MAX_CANDIDATES) return ['rate', 'too many candidates'];
        break;
      case 'offer':
        if (this.#offered) return ['malformed', 'there is one offer to a visit'];
        this.#offered = true;
        break;
      default:
        return ['malformed', `${signal.t} does not belong here`];
    }
    this.owner?.told({ ...signal, peer: 0 });
    return undefined;
  }
}
