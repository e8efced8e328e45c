// Places of a server that are kept for visits on their way: whoever hears that it is in has one, and others wait until that is settled.
import { clock } from './clock.js';
import { setting } from './network-config.js';
import type { Server } from './sockets.js';

/** A place is kept so long for a channel that does not come although its connection stands. */
const LATE_MS = 2000;

/** What places are of: how many are left, whoever is on the way to them. */
export interface SeatOwner {
  left(): number;
  left_for?(address: string): number;
}

/** The places of a server's clients. */
export function seats_of(server: Server): Seats {
  return new Seats({
    // Handshakes hold no places: nobody is told before their end.
    left: () => server.max_client - server.admitted,
    left_for(address) {
      const limit = setting(server, 'connections_per_address') || Infinity;
      return limit - (server.addresses.get(address) ?? 0);
    },
  });
}

/** A place that is kept. */
export class Seat {
  until_ms = 0;

  constructor(
    readonly seats: Seats,
    readonly address: string,
  ) {}

  /** What it is kept for may come no more: from now on it is kept for a while only. */
  hurry(): void {
    if (this.seats.hurried.has(this) || !this.seats.kept.has(this)) return;
    this.until_ms = clock.now() + LATE_MS;
    this.seats.hurried.add(this);
  }

  release(): void {
    this.seats.kept.delete(this);
    this.seats.hurried.delete(this);
  }
}

export class Seats {
  readonly kept = new Set<Seat>();
  readonly hurried = new Set<Seat>();

  constructor(readonly owner: SeatOwner) {}

  /** Whether there are places, and all of them are kept for others. Where there are none nothing is waited for. */
  blocked(address: string): boolean {
    const { kept, owner, hurried } = this;
    const now_ms = hurried.size > 0 ? clock.now() : 0;
    for (const seat of hurried) if (seat.until_ms <= now_ms) seat.release();
    if (kept.size === 0) return false;
    const left = owner.left();
    if (left > 0 && left <= kept.size) return true;
    const left_here = owner.left_for?.(address) ?? 0;
    // Asked for each who waits: nothing is counted that need not be.
    if (left_here <= 0 || left_here > kept.size) return false;
    let here = 0;
    for (const seat of kept) if (seat.address === address) here++;
    return here >= left_here;
  }

  /** Keeps one. */
  take(address: string): Seat {
    const seat = new Seat(this, address);
    this.kept.add(seat);
    return seat;
  }
}
