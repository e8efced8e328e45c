// The rules of the demo game: the same seed gives the same game, nothing leaves the arena, points are not made from nothing.
import { describe, expect, it } from 'vitest';
import {
  FLAG_SHIELD,
  KEY_BOOST,
  KEY_RIGHT,
  KEY_STEER,
  SHIP_RADIUS,
} from '../../examples/arena/game/rules.js';
import {
  add_ship,
  new_world,
  seeded_random,
  step_world,
  type World,
} from '../../examples/arena/game/world.js';

const STEP = 1 / 30;

/** Ships that fly about by chance, from a seed. */
function play(seed: number, ships: number, ticks: number, watch?: (world: World) => void): World {
  const world = new_world(seed);
  const random = seeded_random(seed + 1);
  for (let id = 1; id <= ships; id++) add_ship(world, id);
  for (let tick = 0; tick < ticks; tick++) {
    for (const ship of world.ships.values()) {
      if (random() < 0.1) ship.heading = random() * Math.PI * 2;
      ship.keys = KEY_STEER | (random() < 0.5 ? KEY_BOOST : 0);
    }
    step_world(world, STEP);
    watch?.(world);
  }
  return world;
}

describe('the world', () => {
  it('is the same for the same seed and another for another', () => {
    const ships = (seed: number): string => JSON.stringify([...play(seed, 8, 600).ships]);
    expect(ships(5)).toBe(ships(5));
    expect(ships(5)).not.toBe(ships(6));
  });

  it('keeps every ship and orb inside its walls, and every number finite', () => {
    const within = (value: number, low: number, high: number): boolean =>
      value >= low && value <= high;
    play(3, 30, 900, ({ ships, orbs, width, height }) => {
      for (const ship of ships.values()) {
        const inside =
          within(ship.x, SHIP_RADIUS, width - SHIP_RADIUS) &&
          within(ship.y, SHIP_RADIUS, height - SHIP_RADIUS);
        const sane = Number.isFinite(ship.vx + ship.vy + ship.angle) && within(ship.energy, 0, 1);
        if (!inside || !sane || ship.score < 0) expect(ship).toBe('inside and sane');
      }
      for (const orb of orbs) {
        if (!within(orb.x, 0, width) || !within(orb.y, 0, height)) expect(orb).toBe('inside');
      }
    });
  });

  it('lets ships score and lose points to each other', () => {
    let scored = 0;
    let struck = 0;
    const before = new Map<number, number>();
    play(9, 12, 1800, (world) => {
      for (const ship of world.ships.values()) {
        const last = before.get(ship.id) ?? 0;
        if (ship.score > last) scored++;
        if (ship.score < last) {
          struck++;
          expect(ship.shield_s).toBeGreaterThan(0);
        }
        before.set(ship.id, ship.score);
      }
    });
    expect(scored).toBeGreaterThan(50);
    expect(struck).toBeGreaterThan(3);
  });

  it('throws a rammed ship back and spares it for a moment', () => {
    const world = new_world(1);
    const a = add_ship(world, 1);
    const b = add_ship(world, 2);
    for (const orb of world.orbs) orb.kind = 0;
    Object.assign(a, { x: 300, y: 500, angle: 0, keys: KEY_RIGHT | KEY_BOOST, shield_s: 0 });
    Object.assign(b, { x: 600, y: 500, shield_s: 0, score: 10 });
    while (b.score === 10 && world.tick < 300) step_world(world, STEP);
    expect(b.score).toBe(9);
    expect(a.score).toBe(0);
    expect(b.vx).toBeGreaterThan(a.vx);
    step_world(world, STEP);
    expect(b.flags & FLAG_SHIELD).toBe(FLAG_SHIELD);
  });

  it('coasts to a stop without keys', () => {
    const world = new_world(1);
    const ship = add_ship(world, 1);
    ship.vx = 300;
    for (let i = 0; i < 300; i++) step_world(world, STEP);
    expect(Math.hypot(ship.vx, ship.vy)).toBeLessThan(0.1);
  });
});
