// The rules of the game: ships, orbs, walls and bumps, advanced by the time it is given. No clock, no sockets, no chance but its seed.
import { collide, fly, keep_inside } from './flight.js';
import { collect, drift, respawn_orb, strike } from './orbs.js';
import {
  ARENA_HEIGHT,
  ARENA_WIDTH,
  MAX_ORBS,
  MAX_SHIPS,
  SHIELD_SECONDS,
  STANDING_ORBS,
} from './rules.js';

export interface Ship {
  id: number;
  /** Its place in snapshots, 0 to MAX_SHIPS - 1, as long as it flies. */
  slot: number;
  x: number;
  y: number;
  vx: number;
  vy: number;
  angle: number;
  keys: number;
  heading: number;
  energy: number;
  boosting: boolean;
  shield_s: number;
  score: number;
  flags: number;
  /** Hard touches of ships and walls so far, modulo 256. */
  bumps: number;
}

export interface Orb {
  /** 0 while it waits to respawn. */
  kind: number;
  x: number;
  y: number;
  vx: number;
  vy: number;
  /** Shards: seconds to live. Eaten orbs: seconds until they are back. */
  timer_s: number;
  age_s: number;
}

export interface World {
  width: number;
  height: number;
  tick: number;
  ships: Map<number, Ship>;
  orbs: Orb[];
  random: () => number;
}

/** mulberry32: small, fast, and the same numbers for the same seed everywhere. */
export function seeded_random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function new_world(seed: number): World {
  const world: World = {
    width: ARENA_WIDTH,
    height: ARENA_HEIGHT,
    tick: 0,
    ships: new Map(),
    orbs: [],
    random: seeded_random(seed),
  };
  for (let slot = 0; slot < MAX_ORBS; slot++) {
    const orb: Orb = { kind: 0, x: 0, y: 0, vx: 0, vy: 0, timer_s: 0, age_s: 0 };
    world.orbs.push(orb);
    if (slot < STANDING_ORBS) respawn_orb(world, orb);
  }
  return world;
}

function free_slot(world: World): number {
  const taken = new Set<number>();
  for (const { slot } of world.ships.values()) taken.add(slot);
  let slot = 0;
  while (taken.has(slot)) slot++;
  if (slot >= MAX_SHIPS) throw new RangeError(`the arena holds ${MAX_SHIPS} ships`);
  return slot;
}

/** Puts a new ship where it is least crowded. At most {@link MAX_SHIPS}. */
export function add_ship(world: World, id: number): Ship {
  let best = { x: world.width / 2, y: world.height / 2, room: -1 };
  for (let attempt = 0; attempt < 8; attempt++) {
    const x = 80 + world.random() * (world.width - 160);
    const y = 80 + world.random() * (world.height - 160);
    let room = Number.POSITIVE_INFINITY;
    for (const other of world.ships.values()) {
      room = Math.min(room, Math.hypot(other.x - x, other.y - y));
    }
    if (room > best.room) best = { x, y, room };
  }
  const ship: Ship = {
    id,
    slot: free_slot(world),
    x: best.x,
    y: best.y,
    vx: 0,
    vy: 0,
    angle: world.random() * Math.PI * 2,
    keys: 0,
    heading: 0,
    energy: 1,
    boosting: false,
    shield_s: SHIELD_SECONDS,
    score: 0,
    flags: 0,
    bumps: 0,
  };
  world.ships.set(id, ship);
  return ship;
}

/** Advances everything by `seconds` (one fixed step). */
export function step_world(world: World, seconds: number): void {
  world.tick++;
  for (const ship of world.ships.values()) {
    fly(ship, seconds);
    keep_inside(world, ship);
  }
  const ships = [...world.ships.values()];
  for (let i = 0; i < ships.length; i++) {
    for (let j = i + 1; j < ships.length; j++) {
      const struck = collide(world, ships[i], ships[j]);
      if (struck) strike(world, struck);
    }
  }
  for (const [slot, orb] of world.orbs.entries()) {
    if (orb.kind === 0) {
      if (slot < STANDING_ORBS && (orb.timer_s -= seconds) <= 0) respawn_orb(world, orb);
      continue;
    }
    drift(world, orb, seconds);
    collect(world, orb, ships, seconds);
  }
}
