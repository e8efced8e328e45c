// The shapes: a ship, an orb, a trail, a spark. In units of the arena; the caller has set the transform.

import {
  FLAG_BOOST,
  FLAG_SHIELD,
  ORB_GOLD,
  ORB_RADIUS,
  ORB_SHARD,
  SHIP_RADIUS,
} from '../game/rules.js';
import { type Spark, TRAIL_MS, type TrailPoint } from './effects.js';
import type { FrameOrb, FrameShip } from './frame.js';
import { colour, draw_glow } from './sprites.js';

type Context = CanvasRenderingContext2D;

const TURN = Math.PI * 2;
/** The hull below is drawn for a radius of 18. */
const SHIP_SCALE = SHIP_RADIUS / 18;
/** By kind: plain, gold, shard. As hue bytes. */
const ORB_HUE = [0, 132, 31, 245];

/** Kinds differ in shape as well as in colour: not everybody sees the colours. */
export function draw_orb(context: Context, orb: FrameOrb, now_ms: number, calm: boolean): void {
  const hue = ORB_HUE[orb.kind] ?? 0;
  const phase = calm ? 0 : now_ms / 420 + orb.slot * 1.7;
  const radius = (ORB_RADIUS[orb.kind] ?? 8) * (0.78 + 0.1 * Math.sin(phase));
  context.globalCompositeOperation = 'lighter';
  context.globalAlpha = 0.9;
  draw_glow(context, hue, orb.x, orb.y, radius * 3.6);
  context.globalCompositeOperation = 'source-over';
  context.globalAlpha = 1;
  context.fillStyle = colour(hue, 84);
  context.beginPath();
  if (orb.kind === ORB_GOLD) star(context, orb.x, orb.y, radius * 1.15, calm ? 0 : now_ms / 1400);
  else if (orb.kind === ORB_SHARD) diamond(context, orb.x, orb.y, radius);
  else context.arc(orb.x, orb.y, radius * 0.62, 0, TURN);
  context.fill();
}

function star(context: Context, x: number, y: number, radius: number, angle: number): void {
  for (let i = 0; i < 10; i++) {
    const r = i % 2 ? radius * 0.45 : radius;
    const a = angle + (i * TURN) / 10;
    context.lineTo(x + Math.cos(a) * r, y + Math.sin(a) * r);
  }
  context.closePath();
}

function diamond(context: Context, x: number, y: number, radius: number): void {
  context.moveTo(x, y - radius);
  context.lineTo(x + radius * 0.7, y);
  context.lineTo(x, y + radius);
  context.lineTo(x - radius * 0.7, y);
  context.closePath();
}

export function draw_ship(context: Context, ship: FrameShip, own: boolean, now_ms: number): void {
  context.save();
  context.translate(ship.x, ship.y);
  context.save();
  context.rotate(ship.angle);
  context.scale(SHIP_SCALE, SHIP_SCALE);
  if (ship.flags & FLAG_BOOST) flame(context, now_ms);
  context.beginPath();
  context.moveTo(20, 0);
  context.quadraticCurveTo(2, 6, -14, 13);
  context.lineTo(-8, 0);
  context.lineTo(-14, -13);
  context.quadraticCurveTo(2, -6, 20, 0);
  context.closePath();
  context.fillStyle = colour(ship.hue, 60);
  context.fill();
  context.lineJoin = 'round';
  context.lineWidth = own ? 2.6 : 1.4;
  context.strokeStyle = own ? '#fff' : colour(ship.hue, 84);
  context.stroke();
  // A canopy gives the arrow a front at any size.
  context.fillStyle = 'rgb(6 9 20 / 75%)';
  context.beginPath();
  context.ellipse(1, 0, 5.5, 2.6, 0, 0, TURN);
  context.fill();
  context.restore();
  if (ship.flags & FLAG_SHIELD)
    circle(context, SHIP_RADIUS + 7, colour(ship.hue, 80, 0.55), 1.5, 1);
  if (own) {
    circle(context, SHIP_RADIUS + 13, 'rgb(255 255 255 / 16%)', 3.5, 1);
    circle(context, SHIP_RADIUS + 13, ship.energy > 0.2 ? '#5cf2d6' : '#ff6b8b', 3.5, ship.energy);
  }
  context.restore();
}

/** An arc that starts at the top; `share` 1 is all the way round. */
function circle(context: Context, radius: number, style: string, line: number, share: number) {
  context.strokeStyle = style;
  context.lineWidth = line;
  context.beginPath();
  context.arc(0, 0, radius, -TURN / 4, -TURN / 4 + TURN * share);
  context.stroke();
}

function flame(context: Context, now_ms: number): void {
  const length = 26 + 7 * Math.sin(now_ms / 24);
  context.fillStyle = '#ffe9b0';
  context.beginPath();
  context.moveTo(-9, 5);
  context.lineTo(-9 - length, 0);
  context.lineTo(-9, -5);
  context.fill();
}

/** Half the width of a trail that is `age_ms` old, in units. */
function half_width(point: TrailPoint, age_ms: number): number {
  return Math.max(0, 1 - age_ms / TRAIL_MS) * (point.boost ? 11 : 6.5);
}

/** One ribbon from the oldest point to the ship, so that nothing overlaps where it bends. */
export function draw_trail(
  context: Context,
  ship: FrameShip,
  points: TrailPoint[],
  now_ms: number,
): void {
  const last = points.length - 1;
  if (last < 1) return;
  const fade = context.createLinearGradient(points[0].x, points[0].y, ship.x, ship.y);
  fade.addColorStop(0, colour(ship.hue, 58, 0));
  fade.addColorStop(1, colour(ship.hue, 62, 0.8));
  context.fillStyle = fade;
  context.beginPath();
  context.moveTo(points[0].x, points[0].y);
  for (const side of [1, -1]) {
    for (let i = 1; i < last; i++) {
      const at = side > 0 ? i : last - i;
      const point = points[at];
      const dx = points[at + 1].x - points[at - 1].x;
      const dy = points[at + 1].y - points[at - 1].y;
      const length = Math.hypot(dx, dy);
      // A ship that stands still has no direction: its trail is a dot, which its glow covers.
      if (length < 0.5) continue;
      const half = (side * half_width(point, now_ms - point.at_ms)) / length;
      context.lineTo(point.x - dy * half, point.y + dx * half);
    }
    if (side > 0) context.lineTo(ship.x, ship.y);
  }
  context.closePath();
  context.fill();
}

export function draw_spark(context: Context, spark: Spark, now_ms: number): void {
  context.globalAlpha = Math.max(0, 1 - (now_ms - spark.born_ms) / spark.life_ms);
  context.strokeStyle = colour(spark.hue, 72);
  context.lineWidth = 2.2;
  context.beginPath();
  context.moveTo(spark.x, spark.y);
  context.lineTo(spark.x - spark.vx * 0.05, spark.y - spark.vy * 0.05);
  context.stroke();
}
