// The one message that matters most: the whole arena at one tick, and its bytes.
import {
  buffer_read_u8,
  buffer_read_u16,
  buffer_read_u32,
  buffer_seek,
  buffer_seek_start,
  buffer_tell,
  buffer_write_u8,
  buffer_write_u16,
  buffer_write_u32,
} from 'bytewire';
import { MAX_ORBS, MAX_SHIPS } from './rules.js';
import type { World } from './world.js';

/** First byte of a snapshot. */
export const KIND_SNAPSHOT = 66;

const TURN = Math.PI * 2;

export interface SnapshotShip {
  id: number;
  x: number;
  y: number;
  angle: number;
  score: number;
  hue: number;
  flags: number;
  /** What is left of the boost, 0 to 1. */
  energy: number;
  /** Low 16 bits of the last input that the server took from this ship's player. */
  ack: number;
}

export interface SnapshotOrb {
  slot: number;
  kind: number;
  x: number;
  y: number;
}

/** One tick of the whole arena. The arrays are as long as the limits; the counts say what is valid. */
export interface Snapshot {
  /** Also the sequence number: every joined client gets every tick. */
  tick: number;
  ship_count: number;
  ships: SnapshotShip[];
  orb_count: number;
  orbs: SnapshotOrb[];
}

export function new_snapshot(): Snapshot {
  return {
    tick: 0,
    ship_count: 0,
    ships: Array.from({ length: MAX_SHIPS }, () => ({
      id: 0,
      x: 0,
      y: 0,
      angle: 0,
      score: 0,
      hue: 0,
      flags: 0,
      energy: 0,
      ack: 0,
    })),
    orb_count: 0,
    orbs: Array.from({ length: MAX_ORBS }, () => ({ slot: 0, kind: 0, x: 0, y: 0 })),
  };
}

/** The same bytes go to every client: acknowledgements travel with the ships, not in a head of their own. */
export function write_snapshot(buffer: number, world: World): number {
  const sx = 65535 / world.width;
  const sy = 65535 / world.height;
  buffer_seek(buffer, buffer_seek_start, 0);
  buffer_write_u8(buffer, KIND_SNAPSHOT);
  buffer_write_u32(buffer, world.tick);
  buffer_write_u8(buffer, world.ships.size);
  for (const ship of world.ships.values()) {
    buffer_write_u16(buffer, ship.id);
    buffer_write_u16(buffer, Math.round(ship.x * sx));
    buffer_write_u16(buffer, Math.round(ship.y * sy));
    buffer_write_u16(buffer, Math.round((ship.angle / TURN) * 65536));
    buffer_write_u16(buffer, Math.min(ship.score, 65535));
    buffer_write_u8(buffer, ship.hue);
    buffer_write_u8(buffer, ship.flags);
    buffer_write_u8(buffer, Math.round(ship.energy * 255));
    buffer_write_u16(buffer, ship.ack);
  }
  let live = 0;
  for (const orb of world.orbs) if (orb.kind !== 0) live++;
  buffer_write_u8(buffer, live);
  for (const [slot, orb] of world.orbs.entries()) {
    if (orb.kind === 0) continue;
    buffer_write_u8(buffer, slot);
    buffer_write_u8(buffer, orb.kind);
    buffer_write_u16(buffer, Math.round(orb.x * sx));
    buffer_write_u16(buffer, Math.round(orb.y * sy));
  }
  return buffer_tell(buffer);
}

/** Reads behind the kind byte; false when a count is above its limit. Throws RangeError when bytes are missing. */
export function read_snapshot(
  buffer: number,
  width: number,
  height: number,
  snapshot: Snapshot,
): boolean {
  const sx = width / 65535;
  const sy = height / 65535;
  snapshot.tick = buffer_read_u32(buffer);
  snapshot.ship_count = snapshot.orb_count = 0;
  const ships = buffer_read_u8(buffer);
  if (ships > MAX_SHIPS) return false;
  for (let i = 0; i < ships; i++) {
    const ship = snapshot.ships[i];
    ship.id = buffer_read_u16(buffer);
    ship.x = buffer_read_u16(buffer) * sx;
    ship.y = buffer_read_u16(buffer) * sy;
    ship.angle = (buffer_read_u16(buffer) / 65536) * TURN;
    ship.score = buffer_read_u16(buffer);
    ship.hue = buffer_read_u8(buffer);
    ship.flags = buffer_read_u8(buffer);
    ship.energy = buffer_read_u8(buffer) / 255;
    ship.ack = buffer_read_u16(buffer);
  }
  const orbs = buffer_read_u8(buffer);
  if (orbs > MAX_ORBS) return false;
  for (let i = 0; i < orbs; i++) {
    const orb = snapshot.orbs[i];
    orb.slot = buffer_read_u8(buffer);
    orb.kind = buffer_read_u8(buffer);
    orb.x = buffer_read_u16(buffer) * sx;
    orb.y = buffer_read_u16(buffer) * sy;
  }
  snapshot.ship_count = ships;
  snapshot.orb_count = orbs;
  return true;
}
