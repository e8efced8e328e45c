// What the game knows of one who has come in. Counters are in the game's view: `in` is from the guest.
import type { GuestWire } from './lanes.js';
import { Seen } from './snapshots.js';
import { ChatAllowance } from './words.js';

export interface Guest {
  readonly wire: GuestWire;
  readonly since_tick: number;
  /** -1 until joined. */
  player: number;
  name: string;
  /** What claims the fast lane for this guest. */
  key: bigint;
  /** Whether the fast lane is claimed, and stands. */
  fast: boolean;
  /** Whether it ever was: numbers may overtake each other since then. */
  was_fast: boolean;
  /** The newest snapshot that this player has. */
  readonly seen: Seen;
  readonly chat: ChatAllowance;
  packets_in: number;
  packets_out: number;
  bytes_in: number;
  bytes_out: number;
  inputs_in: number;
  snapshots_out: number;
  /** Number of the newest input. */
  last_input: number;
  /** Ticks in a row for which no snapshot was taken. */
  stuck_ticks: number;
}

export function new_guest(wire: GuestWire, tick: number): Guest {
  return {
    wire,
    since_tick: tick,
    player: -1,
    name: '',
    key: 0n,
    fast: false,
    was_fast: false,
    seen: new Seen(),
    chat: new ChatAllowance(),
    packets_in: 0,
    packets_out: 0,
    bytes_in: 0,
    bytes_out: 0,
    inputs_in: 0,
    snapshots_out: 0,
    last_input: 0,
    stuck_ticks: 0,
  };
}

/** Counters over the whole life of a game, guests that have left included. */
export interface Totals {
  packets_in: number;
  packets_out: number;
  bytes_in: number;
  bytes_out: number;
  /** Inputs that never came, or came too late, by the gaps in their numbers. */
  lost: number;
  /** Packets that were no word of the protocol, or came out of turn. */
  malformed: number;
  /** Packets that the reliable lane did not take: queue full or connection gone. */
  refused: number;
  /** Packets that the fast lane did not take: dropped there instead of queued. */
  dropped: number;
}

export function new_totals(): Totals {
  return {
    packets_in: 0,
    packets_out: 0,
    bytes_in: 0,
    bytes_out: 0,
    lost: 0,
    malformed: 0,
    refused: 0,
    dropped: 0,
  };
}
