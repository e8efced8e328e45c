// Where orbs appear, how they move, who gets them.
import { clamp_inside } from './flight.js';
import {
  MAX_ORBS,
  ORB_GOLD,
  ORB_PLAIN,
  ORB_RADIUS,
  ORB_SHARD,
  SHIELD_SECONDS,
  SHIP_RADIUS,
  STANDING_ORBS,
} from './rules.js';
import type { Orb, Ship, World } from './world.js';

const PULL_RADIUS = 95;
const PULL_SPEED = 260;
const SHARD_SECONDS = 9;
const SHARD_ASLEEP_SECONDS = 0.45;
const GOLD_SHARE = 0.14;
const ORB_VALUE = [0, 1, 3, 1];

/** A rammed ship loses a point, and more when it has many; they fly off as shards that anyone may take. */
export function strike(world: World, ship: Ship): void {
  if (ship.shield_s > 0) return;
  ship.shield_s = SHIELD_SECONDS;
  const dropped = Math.min(ship.score, 1 + Math.floor(ship.score / 25), 6);
  ship.score -= dropped;
  let left = dropped;
  for (let slot = STANDING_ORBS; slot < MAX_ORBS && left > 0; slot++) {
    const orb = world.orbs[slot];
    if (orb.kind !== 0) continue;
    const way = world.random() * Math.PI * 2;
    const speed = 160 + world.random() * 160;
    orb.kind = ORB_SHARD;
    orb.x = ship.x;
    orb.y = ship.y;
    orb.vx = Math.cos(way) * speed + ship.vx * 0.3;
    orb.vy = Math.sin(way) * speed + ship.vy * 0.3;
    orb.timer_s = SHARD_SECONDS;
    orb.age_s = 0;
    left--;
  }
}

export function respawn_orb(world: World, orb: Orb): void {
  orb.kind = world.random() < GOLD_SHARE ? ORB_GOLD : ORB_PLAIN;
  orb.x = 40 + world.random() * (world.width - 80);
  orb.y = 40 + world.random() * (world.height - 80);
  orb.vx = orb.vy = 0;
  orb.timer_s = orb.age_s = 0;
}

export function drift(world: World, orb: Orb, seconds: number): void {
  orb.age_s += seconds;
  orb.x += orb.vx * seconds;
  orb.y += orb.vy * seconds;
  const slowed = Math.exp(-2.4 * seconds);
  orb.vx *= slowed;
  orb.vy *= slowed;
  clamp_inside(world, orb, ORB_RADIUS[orb.kind]);
  if (orb.kind === ORB_SHARD && (orb.timer_s -= seconds) <= 0) orb.kind = 0;
}

/** The nearest ship pulls an orb in and takes it when they touch. */
export function collect(world: World, orb: Orb, ships: Ship[], seconds: number): void {
  if (orb.kind === 0 || (orb.kind === ORB_SHARD && orb.age_s < SHARD_ASLEEP_SECONDS)) return;
  let nearest: Ship | undefined;
  let distance = PULL_RADIUS;
  for (const ship of ships) {
    const d = Math.hypot(ship.x - orb.x, ship.y - orb.y);
    if (d < distance) {
      distance = d;
      nearest = ship;
    }
  }
  if (nearest === undefined) return;
  if (distance <= SHIP_RADIUS + ORB_RADIUS[orb.kind]) {
    nearest.score += ORB_VALUE[orb.kind];
    orb.kind = 0;
    orb.timer_s = 0.6 + world.random() * 2.2;
    return;
  }
  const pull = (PULL_SPEED * seconds * (1 - distance / PULL_RADIUS)) / distance;
  orb.x += (nearest.x - orb.x) * pull;
  orb.y += (nearest.y - orb.y) * pull;
}
