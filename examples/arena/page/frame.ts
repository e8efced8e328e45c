// A moment of the arena as it is drawn: the two snapshots around it, mixed, as objects for the eye.
import { turn_between } from '../game/flight.js';
import { hue_of, MAX_ORBS, MAX_SHIPS } from '../game/rules.js';
import type { Moment, ShipColumns } from '../game/snapshots.js';

export interface FrameShip {
  id: number;
  x: number;
  y: number;
  angle: number;
  score: number;
  /** As a byte. */
  hue: number;
  flags: number;
  bumps: number;
  /** What is left of the boost, 0 to 1. */
  energy: number;
}

export interface FrameOrb {
  slot: number;
  kind: number;
  x: number;
  y: number;
}

/** The objects are used again for the next frame; copy what you keep. */
export interface Frame {
  ships: FrameShip[];
  orbs: FrameOrb[];
}

/** An orb that has come back elsewhere in the same slot is another one: nothing moves so far in a tick. */
const NEAR = 60;

export function read_ship(columns: ShipColumns, slot: number, into: FrameShip): void {
  into.id = columns.id[slot];
  into.x = columns.x[slot];
  into.y = columns.y[slot];
  into.angle = columns.angle[slot];
  into.score = columns.score[slot];
  into.hue = hue_of(into.id);
  into.flags = columns.flags[slot];
  into.bumps = columns.bumps[slot];
  into.energy = columns.energy[slot];
}

export function new_ship(): FrameShip {
  return { id: 0, x: 0, y: 0, angle: 0, score: 0, hue: 0, flags: 0, bumps: 0, energy: 0 };
}

/** The ship of a player in columns, or undefined. */
export function ship_of(columns: ShipColumns | undefined, player: number): FrameShip | undefined {
  const slot = columns?.id.indexOf(player) ?? -1;
  if (columns === undefined || slot < 0 || player <= 0) return undefined;
  const ship = new_ship();
  read_ship(columns, slot, ship);
  return ship;
}

export class FrameMaker {
  private readonly frame: Frame = { ships: [], orbs: [] };
  private readonly ships: FrameShip[] = Array.from({ length: MAX_SHIPS }, new_ship);
  private readonly orbs: FrameOrb[] = Array.from({ length: MAX_ORBS }, (_, slot) => ({
    slot,
    kind: 0,
    x: 0,
    y: 0,
  }));

  make(moment: Moment): Frame {
    this.mix_ships(moment.ships);
    this.mix_orbs(moment.orbs);
    return this.frame;
  }

  private mix_ships({ older, newer, factor }: Moment['ships']): void {
    const { ships } = this.frame;
    ships.length = 0;
    for (let slot = 0; slot < older.length; slot++) {
      if (older.id[slot] === 0) continue;
      const ship = this.ships[slot];
      read_ship(older, slot, ship);
      ships.push(ship);
      if (newer.id[slot] !== ship.id) continue;
      ship.x += (newer.x[slot] - ship.x) * factor;
      ship.y += (newer.y[slot] - ship.y) * factor;
      ship.angle += turn_between(ship.angle, newer.angle[slot]) * factor;
    }
  }

  private mix_orbs({ older, newer, factor }: Moment['orbs']): void {
    const { orbs } = this.frame;
    orbs.length = 0;
    for (let slot = 0; slot < older.length; slot++) {
      const kind = older.kind[slot];
      if (kind === 0) continue;
      const orb = this.orbs[slot];
      orb.kind = kind;
      orb.x = older.x[slot];
      orb.y = older.y[slot];
      orbs.push(orb);
      const dx = newer.x[slot] - orb.x;
      const dy = newer.y[slot] - orb.y;
      if (newer.kind[slot] !== kind || Math.abs(dx) + Math.abs(dy) > NEAR) continue;
      orb.x += dx * factor;
      orb.y += dy * factor;
    }
  }
}
