// How ships fly, bounce off walls and bump into each other.
import {
  FLAG_BOOST,
  FLAG_SHIELD,
  KEY_BOOST,
  KEY_DOWN,
  KEY_LEFT,
  KEY_RIGHT,
  KEY_STEER,
  KEY_UP,
  SHIP_RADIUS,
} from './rules.js';
import type { Ship, World } from './world.js';

/** Accelerations in units per second squared, drag per second, turning in radians per second. */
const THRUST = 640;
const BOOST_THRUST = 1500;
const DRAG = 1.9;
const TURN_RATE = 8;
const BOOST_SECONDS = 1.4;
const RECHARGE_SECONDS = 4.5;
/** Closing speed at which a bump costs the struck ship points. */
const RAM_SPEED = 230;
const HARD_BUMP_SPEED = 140;
const BOUNCE = 0.85;

/** Where the player wants to go, in radians, or undefined to coast. */
function wanted_heading(ship: Ship): number | undefined {
  if (ship.keys & KEY_STEER) return ship.heading;
  const x = (ship.keys & KEY_RIGHT ? 1 : 0) - (ship.keys & KEY_LEFT ? 1 : 0);
  const y = (ship.keys & KEY_DOWN ? 1 : 0) - (ship.keys & KEY_UP ? 1 : 0);
  return x === 0 && y === 0 ? undefined : Math.atan2(y, x);
}

/** The shorter way from angle `a` to angle `b`, -pi to pi. */
export function turn_between(a: number, b: number): number {
  const turn = (b - a) % (Math.PI * 2);
  if (turn > Math.PI) return turn - Math.PI * 2;
  return turn < -Math.PI ? turn + Math.PI * 2 : turn;
}

export function fly(ship: Ship, seconds: number): void {
  ship.flags = 0;
  ship.shield_s = Math.max(0, ship.shield_s - seconds);
  const heading = wanted_heading(ship);
  const asks_boost = (ship.keys & KEY_BOOST) !== 0 && heading !== undefined;
  // A started boost may run dry, a new one needs a reserve: no stutter at the bottom.
  ship.boosting = asks_boost && ship.energy > (ship.boosting ? 0 : 0.2);
  const change = ship.boosting ? -seconds / BOOST_SECONDS : seconds / RECHARGE_SECONDS;
  ship.energy = Math.min(1, Math.max(0, ship.energy + change));
  if (heading !== undefined) {
    const turn = turn_between(ship.angle, heading);
    const most = TURN_RATE * seconds;
    ship.angle += Math.min(most, Math.max(-most, turn));
    // Full thrust only once the nose points there, so that turning round feels like a ship.
    const grip = Math.max(0.35, Math.cos(turn));
    const thrust = (ship.boosting ? BOOST_THRUST : THRUST) * grip * seconds;
    ship.vx += Math.cos(heading) * thrust;
    ship.vy += Math.sin(heading) * thrust;
  }
  const slowed = Math.exp(-DRAG * seconds);
  ship.vx *= slowed;
  ship.vy *= slowed;
  ship.x += ship.vx * seconds;
  ship.y += ship.vy * seconds;
  ship.flags |= (ship.boosting ? FLAG_BOOST : 0) | (ship.shield_s > 0 ? FLAG_SHIELD : 0);
}

/** Counted, not flagged: whoever misses a snapshot still sees that there was one. */
function bump(ship: Ship): void {
  ship.bumps = (ship.bumps + 1) & 255;
}

export function keep_inside(world: World, ship: Ship): void {
  const speed = Math.max(
    ship.x < SHIP_RADIUS || ship.x > world.width - SHIP_RADIUS ? Math.abs(ship.vx) : 0,
    ship.y < SHIP_RADIUS || ship.y > world.height - SHIP_RADIUS ? Math.abs(ship.vy) : 0,
  );
  if (speed > HARD_BUMP_SPEED) bump(ship);
  if (ship.x < SHIP_RADIUS) ship.vx = Math.abs(ship.vx) * BOUNCE;
  if (ship.x > world.width - SHIP_RADIUS) ship.vx = -Math.abs(ship.vx) * BOUNCE;
  if (ship.y < SHIP_RADIUS) ship.vy = Math.abs(ship.vy) * BOUNCE;
  if (ship.y > world.height - SHIP_RADIUS) ship.vy = -Math.abs(ship.vy) * BOUNCE;
  clamp_inside(world, ship, SHIP_RADIUS);
}

export function clamp_inside(world: World, thing: { x: number; y: number }, radius: number): void {
  thing.x = Math.min(world.width - radius, Math.max(radius, thing.x));
  thing.y = Math.min(world.height - radius, Math.max(radius, thing.y));
}

/** Pushes two touching ships apart; returns the one that was rammed, if that was hard enough to count. */
export function collide(world: World, a: Ship, b: Ship): Ship | undefined {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const distance = Math.hypot(dx, dy);
  if (distance >= SHIP_RADIUS * 2) return undefined;
  // Two ships on one spot have no direction between them; any will do.
  const nx = distance > 0 ? dx / distance : 1;
  const ny = distance > 0 ? dy / distance : 0;
  const overlap = (SHIP_RADIUS * 2 - distance) / 2;
  a.x -= nx * overlap;
  a.y -= ny * overlap;
  b.x += nx * overlap;
  b.y += ny * overlap;
  clamp_inside(world, a, SHIP_RADIUS);
  clamp_inside(world, b, SHIP_RADIUS);
  const speed_a = a.vx * nx + a.vy * ny;
  const speed_b = -(b.vx * nx + b.vy * ny);
  const closing = speed_a + speed_b;
  if (closing <= 0) return undefined;
  const push = (closing * (1 + BOUNCE)) / 2;
  a.vx -= nx * push;
  a.vy -= ny * push;
  b.vx += nx * push;
  b.vy += ny * push;
  if (closing > HARD_BUMP_SPEED) {
    bump(a);
    bump(b);
  }
  if (closing <= RAM_SPEED) return undefined;
  // The faster one rams; the other one pays.
  return speed_a > speed_b ? b : a;
}
