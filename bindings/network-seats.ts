// Places of a server that are kept for visits on their way: whoever hears that it is in has one, and others wait until that is settled.
import { clock } from './clock.js';
import { network_state_open } from './constants.js';
import { setting } from './network-config.js';
import type { Server, Socket } from './sockets.js';

/** A place is kept so long for a channel that does not come although its connection stands, and for the handshake over a channel. */
const LATE_MS = 2000;

/** What places are of. */
export interface SeatOwner {
  /** Places that nobody has, whoever is on the way to them; where that is more than `wanted`, a number above that will do. */
  left(wanted: number): number;
  left_for(address: string): number;
}

/** The places of a server's clients. */
export function seats_of(server: Server): Seats {
  return new Seats({
    left(wanted) {
      // Handshakes under way are no clients yet; counting those who are takes longer.
      const sure = server.max_client - server.clients.size;
      return sure > wanted ? sure : server.max_client - server.admitted;
    },
    left_for(address) {
      const limit = setting(server, 'connections_per_address');
      return limit === 0 ? Infinity : limit - (server.addresses.get(address) ?? 0);
    },
  });
}

/** A place that is kept. */
export class Seat {
  #socket: Socket | undefined;
  #until_ms = Infinity;

  constructor(
    readonly seats: Seats,
    readonly address: string,
  ) {}

  /** Whether it is of one who is no client at all yet. */
  get is_empty(): boolean {
    return this.#socket === undefined;
  }

  /** From now on it is kept for a while only. */
  hurry(): void {
    if (this.#until_ms === Infinity) this.#until_ms = clock.now() + LATE_MS;
  }

  /** The one that it was kept for is here, and maybe in the handshake. */
  came(socket: Socket): void {
    this.#socket = socket;
    this.#until_ms = clock.now() + LATE_MS;
    if (this.is_over(clock.now())) this.release();
  }

  is_over(now_ms: number): boolean {
    if (this.#until_ms <= now_ms) return true;
    const socket = this.#socket;
    return socket !== undefined && (socket.state < 0 || socket.state >= network_state_open);
  }

  release(): void {
    this.seats.kept.delete(this);
  }
}

export class Seats {
  readonly kept = new Set<Seat>();

  constructor(readonly owner: SeatOwner) {}

  /** Whether there are places, and all of them are kept for others. Where there are none nothing is waited for. */
  blocked(address: string): boolean {
    const { kept, owner } = this;
    const now_ms = clock.now();
    for (const seat of kept) if (seat.is_over(now_ms)) seat.release();
    const left = owner.left(kept.size);
    if (left > 0 && left <= kept.size) return true;
    const left_here = owner.left_for(address);
    if (left_here <= 0 || left_here > kept.size) return false;
    let here = 0;
    for (const seat of kept) if (seat.address === address && seat.is_empty) here++;
    return here >= left_here;
  }

  /** Keeps one. */
  take(address: string): Seat {
    const seat = new Seat(this, address);
    this.kept.add(seat);
    return seat;
  }
}
