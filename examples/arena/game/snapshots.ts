// The arena as it travels: ships and orbs as columns, as deltas against what each player has, drawn between two of them.
import {
  bits,
  buffer_tell,
  packet,
  quant,
  SnapshotClient,
  SnapshotReceiver,
  SnapshotSender,
  Status,
  u8,
  u16,
} from 'bytewire';
import { ARENA_HEIGHT, ARENA_WIDTH, MAX_ORBS, MAX_SHIPS, TICK_HZ } from './rules.js';
import type { World } from './world.js';

const TURN = Math.PI * 2;
/** How far behind the game the picture is: two ticks hide one lost snapshot, a little more the jitter. */
const DELAY_MS = 75;

/** A ship, in a slot that stays its own. `id` 0: nobody is there. */
const Ship = packet({
  id: u16,
  x: quant(0, ARENA_WIDTH, 16),
  y: quant(0, ARENA_HEIGHT, 16),
  angle: quant(0, TURN, 16),
  score: u16,
  energy: quant(0, 1, 8),
  bumps: u8,
  flags: bits(2),
});

/** An orb in its slot. `kind` 0: eaten. */
const Orb = packet({
  x: quant(0, ARENA_WIDTH, 16),
  y: quant(0, ARENA_HEIGHT, 16),
  kind: bits(2),
});

const ship_receiver = () => new SnapshotReceiver(Ship, MAX_SHIPS, { delay_ms: DELAY_MS });
const orb_receiver = () => new SnapshotReceiver(Orb, MAX_ORBS, { delay_ms: DELAY_MS });

/** The two snapshots around a moment, and how far it is from the older to the newer one, 0 to 1. */
export interface Moment {
  ships: NonNullable<ReturnType<ReturnType<typeof ship_receiver>['at']>>;
  orbs: NonNullable<ReturnType<ReturnType<typeof orb_receiver>['at']>>;
}
export type ShipColumns = Moment['ships']['newer'];
export type OrbColumns = Moment['orbs']['newer'];

export const SNAPSHOT_LAYOUT = (Ship.hash ^ Math.imul(Orb.hash, 17)) >>> 0;

/** The game's side: one snapshot of the world at every tick, kept for those who have not acknowledged a newer one. */
export class Snapshots {
  private readonly ships = new SnapshotSender(Ship, MAX_SHIPS);
  private readonly orbs = new SnapshotSender(Orb, MAX_ORBS);

  constructor() {
    // Every slot at every tick: as many records as in any baseline, so that only what changes is sent.
    this.ships.columns.length = MAX_SHIPS;
    this.orbs.columns.length = MAX_ORBS;
  }

  take(world: World): void {
    const { id, x, y, angle, score, energy, bumps, flags } = this.ships.columns;
    id.fill(0);
    for (const ship of world.ships.values()) {
      const { slot } = ship;
      id[slot] = ship.id;
      x[slot] = ship.x;
      y[slot] = ship.y;
      angle[slot] = ((ship.angle % TURN) + TURN) % TURN;
      score[slot] = Math.min(ship.score, 65_535);
      energy[slot] = ship.energy;
      bumps[slot] = ship.bumps;
      flags[slot] = ship.flags;
    }
    const orbs = this.orbs.columns;
    for (const [slot, orb] of world.orbs.entries()) {
      orbs.kind[slot] = orb.kind;
      // An eaten one stays where it was: nothing of it changes.
      if (orb.kind === 0) continue;
      orbs.x[slot] = orb.x;
      orbs.y[slot] = orb.y;
    }
    const time_ms = (world.tick * 1000) / TICK_HZ;
    this.ships.commit(time_ms);
    this.orbs.commit(time_ms);
  }

  /** Writes the newest one at the position, for a player who has acknowledged as much as `seen` says. */
  write(buffer: number, seen: SnapshotClient): void {
    this.ships.write(buffer, seen);
    this.orbs.write(buffer, seen);
  }

  free(): void {
    this.ships.free();
    this.orbs.free();
  }
}

export { SnapshotClient as Seen };

/** A player's side. */
export class SnapshotsSeen {
  private readonly ships = ship_receiver();
  private readonly orbs = orb_receiver();

  /** Number of the newest; -1 before the first. Sent back with every input. */
  get seen(): number {
    return this.ships.ack;
  }

  /** Reads to the end of the packet; false when that could not be: no baseline for it here, or no such bytes. */
  read(buffer: number, size: number, now_ms: number): boolean {
    return (
      this.ships.tryRead(buffer, now_ms) === Status.Ok &&
      this.orbs.tryRead(buffer, now_ms) === Status.Ok &&
      buffer_tell(buffer) === size
    );
  }

  get newest_ships(): ShipColumns | undefined {
    return this.ships.newest;
  }

  get newest_orbs(): OrbColumns | undefined {
    return this.orbs.newest;
  }

  at(now_ms: number): Moment | undefined {
    const ships = this.ships.at(now_ms);
    const orbs = this.orbs.at(now_ms);
    return ships && orbs && { ships, orbs };
  }

  free(): void {
    this.ships.free();
    this.orbs.free();
  }
}
