// What the rules do not need but eyes like: trails, sparks, rings and floating points.
import { FLAG_BOOST } from '../game/rules.js';
import type { Frame, FrameShip } from './frame.js';

export const TRAIL_MS = 1100;
/** A trail has a point this often. */
const TRAIL_STEP_MS = 33;
const MAX_SPARKS = 500;

export interface TrailPoint {
  x: number;
  y: number;
  at_ms: number;
  boost: boolean;
}

export interface Spark {
  x: number;
  y: number;
  vx: number;
  vy: number;
  hue: number;
  born_ms: number;
  life_ms: number;
}

export interface Ring {
  x: number;
  y: number;
  hue: number;
  born_ms: number;
}

export interface Float {
  x: number;
  y: number;
  text: string;
  good: boolean;
  born_ms: number;
}

export const RING_MS = 450;
export const FLOAT_MS = 900;

export class Effects {
  readonly trails = new Map<number, TrailPoint[]>();
  sparks: Spark[] = [];
  rings: Ring[] = [];
  floats: Float[] = [];
  /** Own bumps shake the camera; falls back to 0 by itself. */
  shake = 0;
  /** What was seen of a ship last: only changes are worth looking at. */
  private readonly known = new Map<number, { score: number; bumps: number }>();
  private trailed_ms = 0;

  /** `calm`: nothing that flies, shakes or lingers, for people who asked their system for less motion. */
  constructor(public calm: boolean) {}

  /** What happened shows in scores and counters, also of snapshots that never came. */
  look(frame: Frame, own_id: number, now_ms: number): void {
    const trail = !this.calm && now_ms - this.trailed_ms >= TRAIL_STEP_MS;
    if (trail) this.trailed_ms = now_ms;
    for (const ship of frame.ships) {
      const { score, bumps } = ship;
      const before = this.known.get(ship.id);
      if (before === undefined) this.known.set(ship.id, { score, bumps });
      else {
        if (score !== before.score) this.score_changed(ship, score - before.score, own_id, now_ms);
        if (bumps !== before.bumps) this.bumped(ship, own_id, now_ms);
        before.score = score;
        before.bumps = bumps;
      }
      if (trail) this.leave_trail(ship, now_ms);
    }
  }

  /** Sparks fly, old things go. `seconds` since the last frame. */
  advance(now_ms: number, seconds: number): void {
    for (const [id, points] of this.trails) {
      while (points.length > 0 && now_ms - points[0].at_ms > TRAIL_MS) points.shift();
      if (points.length === 0) this.trails.delete(id);
    }
    const slowed = Math.exp(-3 * seconds);
    for (const spark of this.sparks) {
      spark.x += spark.vx * seconds;
      spark.y += spark.vy * seconds;
      spark.vx *= slowed;
      spark.vy *= slowed;
    }
    this.sparks = this.sparks.filter((spark) => now_ms - spark.born_ms < spark.life_ms);
    this.rings = this.rings.filter((ring) => now_ms - ring.born_ms < RING_MS);
    this.floats = this.floats.filter((float) => now_ms - float.born_ms < FLOAT_MS);
    this.shake *= Math.exp(-9 * seconds);
  }

  private leave_trail(ship: FrameShip, now_ms: number): void {
    let points = this.trails.get(ship.id);
    if (points === undefined) this.trails.set(ship.id, (points = []));
    points.push({ x: ship.x, y: ship.y, at_ms: now_ms, boost: (ship.flags & FLAG_BOOST) !== 0 });
  }

  private score_changed(ship: FrameShip, by: number, own_id: number, now_ms: number): void {
    const own = ship.id === own_id;
    if (by > 0) {
      this.rings.push({ x: ship.x, y: ship.y, hue: ship.hue, born_ms: now_ms });
      this.burst(ship, 7, 150, now_ms);
    } else {
      this.burst(ship, 16, 320, now_ms);
    }
    if (own || by < 0) {
      const text = by > 0 ? `+${by}` : `−${-by}`;
      this.floats.push({ x: ship.x, y: ship.y - 26, text, good: by > 0, born_ms: now_ms });
    }
  }

  private bumped(ship: FrameShip, own_id: number, now_ms: number): void {
    this.burst(ship, 10, 260, now_ms);
    if (ship.id === own_id && !this.calm) this.shake = Math.min(10, this.shake + 7);
  }

  private burst(ship: FrameShip, count: number, speed: number, now_ms: number): void {
    if (this.calm) return;
    for (let i = 0; i < count && this.sparks.length < MAX_SPARKS; i++) {
      const way = Math.random() * Math.PI * 2;
      const v = speed * (0.35 + Math.random() * 0.65);
      this.sparks.push({
        x: ship.x,
        y: ship.y,
        vx: Math.cos(way) * v,
        vy: Math.sin(way) * v,
        hue: ship.hue,
        born_ms: now_ms,
        life_ms: 300 + Math.random() * 350,
      });
    }
  }
}
