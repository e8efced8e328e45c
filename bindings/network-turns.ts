// Turns at the door of a WebRTC server: so many connect at a time, and those beyond wait in order, the addresses one after another.
import { clock, type Timer } from './clock.js';
import { host_task } from './events.js';
import type { Seat, Seats } from './network-seats.js';
import { Places } from './places.js';

/** Who waits goes after this. */
const WAIT_MS = 10_000;
/** While others wait, who has been let in has so long to make its offer: it follows at once where there is one. */
const OFFER_MS = 2000;
/** While others wait for its place, who has made an offer has so long to connect: visitors of ours try again after four seconds. */
const CONNECT_MS = 5000;
const LOOK_MS = 250;
/** Those who wait, in all and from one address. */
const MAX_WAITING = 4096;
const MAX_WAITING_PER_ADDRESS = 1024;

export interface TurnOwner {
  /** It is this one's turn. Called once, maybe at once. */
  begin(turn: Turn): void;
  /** It has to go: it has waited too long, or others wait and it makes no offer. */
  too_late(): void;
  /** Where it needs one of the places of a server, and what these are called: one is kept for it when it begins. */
  readonly lane?: string;
  seats?(): Seats | undefined;
}

/** One who is connecting, or waits to. */
export class Turn {
  readonly since_ms = clock.now();
  /** When it was let in; or has made its offer. */
  watched_ms = 0;
  has_offered = false;
  /** Gives its place back; undefined while it waits. */
  leave: (() => void) | undefined;
  /** Ends its wait. */
  go: (() => void) | undefined;
  /** The place that is kept for it, until somebody else takes care of that. */
  seat: Seat | undefined;

  constructor(
    readonly address: string,
    readonly owner: TurnOwner,
    readonly turns: Turns,
  ) {}

  /** Who waits for the same stands in one line. */
  get line(): string {
    return `${this.owner.lane ?? ''} ${this.address}`;
  }

  get blocked(): boolean {
    return this.owner.seats?.()?.blocked(this.address) ?? false;
  }

  /** It is let in: its offer is waited for. */
  admitted(): void {
    this.watched_ms = clock.now();
    this.turns.watched.add(this);
  }

  /** It has made its offer. */
  offered(): void {
    this.has_offered = true;
    this.watched_ms = clock.now();
  }

  /** Over, one way or the other; also when it still waits. */
  end(): void {
    this.turns.end(this);
  }
}

export class Turns {
  /** By what they wait for, and their address: the first in the map is the next to be asked. */
  readonly #waiting = new Map<string, Set<Turn>>();
  readonly #waits = new Places(MAX_WAITING, MAX_WAITING_PER_ADDRESS);
  /** Let in, and not connected yet. */
  readonly watched = new Set<Turn>();
  #timer: Timer | undefined;
  #calling = false;

  constructor(
    readonly places: Places,
    /** What else has to have room before anybody begins who has no lane yet. */
    readonly also: Places,
  ) {}

  /** Begins at once, or waits; undefined: there are too many already. */
  enter(address: string, owner: TurnOwner): Turn | undefined {
    const turn = new Turn(address, owner, this);
    const others = this.#waiting.get(turn.line);
    if (others === undefined && !this.#full_for(turn) && !turn.blocked) {
      this.#begin(turn, this.places.take(address));
      return turn;
    }
    if (this.#waits.full_for(address)) return undefined;
    if (others === undefined) this.#waiting.set(turn.line, new Set([turn]));
    else others.add(turn);
    if (!this.#waits.any) this.#look_later();
    turn.go = this.#waits.take(address);
    return turn;
  }

  /** One that has begun needs a place in its lane from now on: it goes on at once, or gives its turn back and waits for both. */
  go_on(before: Turn, owner: TurnOwner): Turn | undefined {
    const { address, leave } = before;
    const turn = new Turn(address, owner, this);
    if (leave === undefined || this.#waiting.has(turn.line) || turn.blocked) {
      before.end();
      return this.enter(address, owner);
    }
    this.#begin(turn, leave);
    return turn;
  }

  #begin(turn: Turn, leave: () => void): void {
    turn.leave = leave;
    turn.seat = turn.owner.seats?.()?.take(turn.address);
    turn.owner.begin(turn);
  }

  #full_for({ address, owner }: Turn): boolean {
    if (this.places.full_for(address)) return true;
    return owner.lane === undefined && this.also.full_for(address);
  }

  end(turn: Turn): void {
    this.watched.delete(turn);
    turn.seat?.release();
    if (turn.leave === undefined) this.#forget(turn);
    else {
      turn.leave();
      this.next();
    }
  }

  #forget(turn: Turn): void {
    const others = this.#waiting.get(turn.line);
    if (others === undefined || !others.delete(turn)) return;
    if (others.size === 0) this.#waiting.delete(turn.line);
    turn.go?.();
    if (!this.#waits.any) clock.cancel(this.#timer);
  }

  /** There may be room: those who wait begin, one of each address in turn. */
  next(): void {
    // Who begins may end at once, and call this: the loop goes on with the next one then.
    if (this.#calling) return;
    this.#calling = true;
    try {
      for (let turn = this.#first(); turn !== undefined; turn = this.#first()) {
        const { line } = turn;
        this.#forget(turn);
        const others = this.#waiting.get(line);
        if (others !== undefined) {
          this.#waiting.delete(line);
          this.#waiting.set(line, others);
        }
        this.#begin(turn, this.places.take(turn.address));
      }
    } finally {
      this.#calling = false;
    }
  }

  #first(): Turn | undefined {
    if (this.places.full) return undefined;
    for (const turns of this.#waiting.values()) {
      for (const turn of turns) {
        if (!this.#full_for(turn) && !turn.blocked) return turn;
        break;
      }
    }
    return undefined;
  }

  #look_later(): void {
    this.#timer = clock.later(() => host_task(() => this.#look()), LOOK_MS);
  }

  #look(): void {
    const now_ms = clock.now();
    for (const turn of [...this.watched]) {
      const { watched_ms, has_offered, owner } = turn;
      if (now_ms - watched_ms < (has_offered ? CONNECT_MS : OFFER_MS)) continue;
      // Not where it makes room for nobody.
      if (this.#in_the_way(turn)) owner.too_late();
    }
    for (const turns of [...this.#waiting.values()]) {
      for (const turn of [...turns]) {
        if (now_ms - turn.since_ms < WAIT_MS) break;
        this.#forget(turn);
        turn.owner.too_late();
      }
    }
    // Places come free for other reasons, too.
    this.next();
    clock.cancel(this.#timer);
    if (this.#waits.any) this.#look_later();
  }

  /** Whether others wait for what this one holds. */
  #in_the_way({ address, has_offered, owner: { lane } }: Turn): boolean {
    if (!this.#waits.any) return false;
    if (!has_offered && (this.places.full || this.#waits.any_of(address))) return true;
    if (lane === undefined) return false;
    for (const [other] of this.#waiting.values()) {
      if (other.owner.lane === lane && other.blocked) return true;
    }
    return false;
  }

  /** Nobody begins any more. */
  close(): void {
    for (const turns of [...this.#waiting.values()]) for (const turn of turns) this.#forget(turn);
    this.watched.clear();
  }
}
