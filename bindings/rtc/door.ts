// Where the two sides of signaling meet: a room's host opens to visitors, however their messages travel.
import type { Signal, Visitor } from './signaling-message.js';

/** One who wants in, and the way to answer. */
export interface Visit {
  readonly who: Visitor;
  /** Says something to the visitor; after `bye` nothing more. */
  say(signal: Signal): void;
}

/** The host's side of one visit. */
export interface VisitOwner {
  told(signal: Signal): void;
  /** The way to the visitor has gone; the peer connection may stand all the same. */
  gone(): void;
}

/** The host of a room. */
export interface Door {
  visit(visit: Visit): VisitOwner;
}
