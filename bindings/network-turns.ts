// Turns at the door of a WebRTC server: so many connect at a time, and those beyond wait in order, the addresses one after another.
import { clock, type Timer } from './clock.js';
import { host_task } from './events.js';
import type { Places } from './places.js';

/** Who waits goes after this. */
const WAIT_MS = 10_000;
/** While others wait, who has been let in has so long to make its offer: it follows at once where there is one. */
const OFFER_MS = 2000;
const LOOK_MS = 250;
/** Those who wait, in all and from one address. */
const MAX_WAITING = 4096;
const MAX_WAITING_PER_ADDRESS = 1024;

export interface TurnOwner {
  /** It is this one's turn. Called once, maybe at once. */
  begin(turn: Turn): void;
  /** It has to go: it has waited too long, or others wait and it makes no offer. */
  too_late(): void;
}

/** One who is connecting, or waits to. */
export class Turn {
  readonly since_ms = clock.now();
  /** When it was let in; its offer is what comes next. */
  silent_since_ms = 0;
  /** Gives its place back; undefined while it waits. */
  leave: (() => void) | undefined;

  constructor(
    readonly address: string,
    readonly owner: TurnOwner,
    readonly turns: Turns,
  ) {}

  /** It is let in: its offer is waited for. */
  admitted(): void {
    this.turns.watch(this);
  }

  /** It has made its offer. */
  offered(): void {
    this.turns.unwatch(this);
  }

  /** Over, one way or the other; also when it still waits. */
  end(): void {
    this.turns.end(this);
  }
}

export class Turns {
  /** By address: the first in the map is the next to be asked. */
  readonly #waiting = new Map<string, Set<Turn>>();
  #count = 0;
  /** Let in, and nothing offered yet; the oldest first. */
  readonly #silent = new Set<Turn>();
  #timer: Timer | undefined;
  #calling = false;

  constructor(
    readonly places: Places,
    /** What else has to have room before anybody begins. */
    readonly also: Places,
  ) {}

  /** Begins at once, or waits; undefined: there are too many already. */
  enter(address: string, owner: TurnOwner): Turn | undefined {
    const turn = new Turn(address, owner, this);
    const others = this.#waiting.get(address);
    if (others === undefined && !this.#full_for(address)) {
      turn.leave = this.places.take(address);
      owner.begin(turn);
      return turn;
    }
    if (this.#count >= MAX_WAITING) return undefined;
    if ((others?.size ?? 0) >= MAX_WAITING_PER_ADDRESS) return undefined;
    if (others === undefined) this.#waiting.set(address, new Set([turn]));
    else others.add(turn);
    if (this.#count++ === 0) this.#look_later();
    return turn;
  }

  #full_for(address: string): boolean {
    return this.places.full_for(address) || this.also.full_for(address);
  }

  watch(turn: Turn): void {
    turn.silent_since_ms = clock.now();
    this.#silent.add(turn);
  }

  unwatch(turn: Turn): void {
    this.#silent.delete(turn);
  }

  end(turn: Turn): void {
    this.#silent.delete(turn);
    if (turn.leave === undefined) this.#forget(turn);
    else {
      turn.leave();
      this.next();
    }
  }

  #forget(turn: Turn): void {
    const others = this.#waiting.get(turn.address);
    if (others === undefined || !others.delete(turn)) return;
    if (others.size === 0) this.#waiting.delete(turn.address);
    if (--this.#count > 0) return;
    clock.cancel(this.#timer);
  }

  /** There may be room: those who wait begin, one of each address in turn. */
  next(): void {
    // Who begins may end at once, and call this: the loop goes on with the next one then.
    if (this.#calling) return;
    this.#calling = true;
    try {
      for (let turn = this.#first(); turn !== undefined; turn = this.#first()) {
        this.#forget(turn);
        const others = this.#waiting.get(turn.address);
        if (others !== undefined) {
          this.#waiting.delete(turn.address);
          this.#waiting.set(turn.address, others);
        }
        turn.leave = this.places.take(turn.address);
        turn.owner.begin(turn);
      }
    } finally {
      this.#calling = false;
    }
  }

  #first(): Turn | undefined {
    if (this.places.full || this.also.full) return undefined;
    for (const [address, turns] of this.#waiting) {
      if (this.#full_for(address)) continue;
      for (const turn of turns) return turn;
    }
    return undefined;
  }

  #look_later(): void {
    this.#timer = clock.later(() => host_task(() => this.#look()), LOOK_MS);
  }

  #look(): void {
    const now_ms = clock.now();
    for (const turn of [...this.#silent]) {
      if (this.#count === 0 || now_ms - turn.silent_since_ms < OFFER_MS) break;
      // Not where it makes room for nobody.
      if (this.places.full || this.#waiting.has(turn.address)) turn.owner.too_late();
    }
    for (const turns of [...this.#waiting.values()]) {
      for (const turn of [...turns]) {
        if (now_ms - turn.since_ms < WAIT_MS) break;
        this.#forget(turn);
        turn.owner.too_late();
      }
    }
    clock.cancel(this.#timer);
    if (this.#count > 0) this.#look_later();
  }

  /** Nobody begins any more. */
  close(): void {
    clock.cancel(this.#timer);
    this.#waiting.clear();
    this.#silent.clear();
    this.#count = 0;
  }
}
