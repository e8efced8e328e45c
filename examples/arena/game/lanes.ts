// The two lanes between a player and the game, seen from either end. What carries them is nobody's business here.

/** `reliable`: complete and in order. `fast`: packets may be lost, repeated and reordered. */
export type Lane = 'reliable' | 'fast';

/** The game's way to one guest. */
export interface GuestWire {
  /**
   * Sends the first `size` bytes of a buffer; payload bytes, or a negative code. Nothing is sent on `fast` before it was claimed.
   * `latest`: of no use once a newer one of these has arrived.
   */
  send(lane: Lane, buffer: number, size: number, latest: boolean): number;
  /** Shows the guest the door. What was sent before still arrives. */
  close(): void;
}

/** What carries a lane, in words for people. */
export type Carrier = 'WebSocket' | 'WebRTC' | 'this page';

/** A player's way to the game. */
export interface Wire {
  readonly carrier: Carrier;
  /** Whether the fast lane can be written to now. The game listens there once it has been told who this is. */
  readonly fast: boolean;
  /** The same from here. */
  send(lane: Lane, buffer: number, size: number, latest: boolean): number;
  /** Asks for the fast lane; what comes of it is told by `fast_changed`. */
  open_fast(): void;
  /** Ends both lanes. The owner hears nothing more. */
  close(): void;
}

/** What a wire tells its owner; never inside a call of that owner. */
export interface WireOwner {
  opened(): void;
  /** The buffer is the owner's during the call only. */
  received(lane: Lane, buffer: number, size: number): void;
  /** The fast lane has come or gone; `reason` is for people, '' when it has come. */
  fast_changed(reason: string): void;
  /** Once. `by_peer`: the other side has ended it, orderly. */
  closed(reason: string, by_peer: boolean): void;
}
