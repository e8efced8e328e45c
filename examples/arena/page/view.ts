// Draws one frame of the arena: space, walls, trails, orbs, ships, names.

import { SHIP_RADIUS } from '../game/rules.js';
import { seeded_random } from '../game/world.js';
import { Camera } from './camera.js';
import { draw_orb, draw_ship, draw_spark, draw_trail } from './drawing.js';
import { type Effects, FLOAT_MS, RING_MS } from './effects.js';
import type { Frame, FrameShip } from './frame.js';
import { colour, draw_glow } from './sprites.js';
import { STICK_REACH, type Stick } from './steering.js';

const GRID = 100;
const STARS = 150;
/** Pixels below the map: there is a button. */
const MAP_BOTTOM = 84;
const FONT = 'ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif';

/** What a frame needs to know beside the ships. */
export interface Scene {
  width: number;
  height: number;
  own_id: number;
  names: ReadonlyMap<number, string>;
  effects: Effects;
  stick: Stick | undefined;
}

interface Star {
  x: number;
  y: number;
  size: number;
  depth: number;
  light: number;
}

function make_stars(): Star[] {
  const random = seeded_random(7);
  return Array.from({ length: STARS }, () => ({
    x: random(),
    y: random(),
    size: 0.6 + random() * 1.3,
    depth: 0.15 + random() * 0.5,
    light: 0.15 + random() * 0.5,
  }));
}

export class View {
  readonly camera = new Camera();
  private readonly context: CanvasRenderingContext2D;
  private readonly space = document.createElement('canvas');
  private readonly stars = make_stars();
  private ratio = 1;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.context = canvas.getContext('2d', { alpha: false })!;
  }

  /** Fits the canvas to the window; `top` is the height that the meters cover. */
  resize(width: number, height: number, top: number, ratio: number): void {
    // Beyond 2 nobody sees the difference and phones feel it.
    this.ratio = Math.min(ratio, 2);
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
    this.camera.width = width;
    this.camera.height = height;
    this.camera.top = top;
    this.paint_space();
  }

  draw(frame: Frame, scene: Scene, now_ms: number, seconds: number): void {
    const own = frame.ships.find((ship) => ship.id === scene.own_id);
    this.camera.follow(scene, own, seconds);
    this.draw_space(now_ms);
    this.to_world(scene.effects.shake);
    this.draw_floor(scene);
    this.draw_lights(frame, scene, now_ms);
    for (const orb of frame.orbs) draw_orb(this.context, orb, now_ms, scene.effects.calm);
    for (const ship of frame.ships) draw_ship(this.context, ship, ship === own, now_ms);
    this.draw_rings(scene.effects, now_ms);
    this.to_screen();
    this.draw_names(frame, scene);
    this.draw_floats(scene.effects, now_ms);
    if (this.camera.hides(scene)) this.draw_map(frame, scene);
    if (scene.stick) this.draw_stick(scene.stick);
  }

  private to_screen(): void {
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.context.globalAlpha = 1;
  }

  private to_world(shake: number): void {
    const { camera, ratio } = this;
    const s = camera.scale * ratio;
    const dx = (Math.random() - 0.5) * shake;
    const dy = (Math.random() - 0.5) * shake;
    const x = (camera.width / 2 - camera.x * camera.scale + dx) * ratio;
    const y = (camera.height / 2 - camera.y * camera.scale + dy) * ratio;
    this.context.setTransform(s, 0, 0, s, x, y);
  }

  /** The far background, painted once per size: its wide soft lights are the dearest pixels of all. */
  private paint_space(): void {
    const { space } = this;
    space.width = this.canvas.width;
    space.height = this.canvas.height;
    const context = space.getContext('2d', { alpha: false })!;
    const { width, height } = space;
    const size = Math.max(width, height);
    context.fillStyle = '#060914';
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = 'lighter';
    context.globalAlpha = 0.2;
    draw_glow(context, 176, width * 0.2, height * 0.3, size * 0.6);
    draw_glow(context, 205, width * 0.85, height * 0.75, size * 0.55);
    draw_glow(context, 128, width * 0.6, height * 0.05, size * 0.4);
  }

  private draw_space(now_ms: number): void {
    const { context, camera } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.space, 0, 0);
    this.to_screen();
    context.fillStyle = '#cfe0ff';
    for (const star of this.stars) {
      const x = (star.x * camera.width * 1.2 - camera.x * star.depth * 0.2) % camera.width;
      const y = (star.y * camera.height * 1.2 - camera.y * star.depth * 0.2) % camera.height;
      context.globalAlpha = star.light * (0.75 + 0.25 * Math.sin(now_ms / 900 + star.x * 40));
      context.fillRect(
        (x + camera.width) % camera.width,
        (y + camera.height) % camera.height,
        star.size,
        star.size,
      );
    }
    context.globalAlpha = 1;
  }

  private draw_floor({ width, height }: Scene): void {
    const { context } = this;
    context.fillStyle = 'rgb(24 38 84 / 22%)';
    context.fillRect(0, 0, width, height);
    context.strokeStyle = 'rgb(130 160 255 / 11%)';
    context.lineWidth = 1;
    context.beginPath();
    for (let x = GRID; x < width; x += GRID) {
      context.moveTo(x, 0);
      context.lineTo(x, height);
    }
    for (let y = GRID; y < height; y += GRID) {
      context.moveTo(0, y);
      context.lineTo(width, y);
    }
    context.stroke();
    for (const [line, alpha] of [
      [16, 0.06],
      [7, 0.14],
      [2, 0.85],
    ]) {
      context.strokeStyle = `rgb(110 150 255 / ${alpha})`;
      context.lineWidth = line;
      context.beginPath();
      context.roundRect(-line / 2, -line / 2, width + line, height + line, 6);
      context.stroke();
    }
  }

  private draw_lights(frame: Frame, { effects, own_id }: Scene, now_ms: number): void {
    const { context } = this;
    context.globalCompositeOperation = 'lighter';
    for (const ship of frame.ships) {
      const points = effects.trails.get(ship.id);
      if (points) draw_trail(context, ship, points, now_ms);
      context.globalAlpha = ship.id === own_id ? 0.75 : 0.5;
      draw_glow(context, ship.hue, ship.x, ship.y, 74);
    }
    for (const spark of effects.sparks) draw_spark(context, spark, now_ms);
    context.globalAlpha = 1;
    context.globalCompositeOperation = 'source-over';
  }

  private draw_rings(effects: Effects, now_ms: number): void {
    const { context } = this;
    for (const ring of effects.rings) {
      const age = (now_ms - ring.born_ms) / RING_MS;
      context.globalAlpha = (1 - age) * 0.8;
      context.strokeStyle = colour(ring.hue, 75);
      context.lineWidth = 3 * (1 - age) + 0.5;
      context.beginPath();
      context.arc(ring.x, ring.y, effects.calm ? 26 : 18 + age * 30, 0, Math.PI * 2);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  private draw_names(frame: Frame, scene: Scene): void {
    const { context, camera } = this;
    const leader = leader_of(frame.ships);
    context.textAlign = 'center';
    context.textBaseline = 'top';
    for (const ship of frame.ships) {
      const own = ship.id === scene.own_id;
      const x = camera.screen_x(ship.x);
      // Below the ship, but above it at the lower wall, where the window may end.
      const below = ship.y < scene.height - 60;
      const off = (SHIP_RADIUS + 8) * camera.scale + 3;
      const y = camera.screen_y(ship.y) + (below ? off : -off - 16);
      const name = own ? 'you' : (scene.names.get(ship.id) ?? '');
      context.font = `${own ? 700 : 500} 12px ${FONT}`;
      context.fillStyle = own ? '#fff' : 'rgb(214 226 255 / 78%)';
      context.fillText(ship === leader ? `♛ ${name}` : name, x, y);
    }
  }

  private draw_floats(effects: Effects, now_ms: number): void {
    const { context, camera } = this;
    context.font = `700 16px ${FONT}`;
    for (const float of effects.floats) {
      const age = (now_ms - float.born_ms) / FLOAT_MS;
      context.globalAlpha = Math.min(1, 2 - age * 2);
      context.fillStyle = float.good ? '#a6ffe9' : '#ff9db2';
      const rise = effects.calm ? 0 : age * 34;
      context.fillText(float.text, camera.screen_x(float.x), camera.screen_y(float.y) - 12 - rise);
    }
    context.globalAlpha = 1;
  }

  /** The whole arena in a corner, where the window shows only a part. */
  private draw_map(frame: Frame, scene: Scene): void {
    const { context, camera } = this;
    const width = 104;
    const scale = width / scene.width;
    const left = 16;
    const top = camera.height - scene.height * scale - MAP_BOTTOM;
    context.fillStyle = 'rgb(10 16 34 / 70%)';
    context.strokeStyle = 'rgb(140 170 255 / 35%)';
    context.lineWidth = 1;
    context.beginPath();
    context.roundRect(left, top, width, scene.height * scale, 5);
    context.fill();
    context.stroke();
    for (const ship of frame.ships) {
      const own = ship.id === scene.own_id;
      context.fillStyle = own ? '#fff' : colour(ship.hue, 65);
      context.beginPath();
      context.arc(left + ship.x * scale, top + ship.y * scale, own ? 3 : 2.2, 0, Math.PI * 2);
      context.fill();
    }
  }

  private draw_stick(stick: Stick): void {
    const { context } = this;
    context.lineWidth = 2;
    context.strokeStyle = 'rgb(200 220 255 / 35%)';
    context.beginPath();
    context.arc(stick.from_x, stick.from_y, STICK_REACH, 0, Math.PI * 2);
    context.stroke();
    context.fillStyle = 'rgb(200 220 255 / 30%)';
    context.beginPath();
    context.arc(stick.x, stick.y, 24, 0, Math.PI * 2);
    context.fill();
  }
}

/** The one ship with the most points, if it has any and shares them with nobody. */
function leader_of(ships: FrameShip[]): FrameShip | undefined {
  let leader: FrameShip | undefined;
  let shared = false;
  for (const ship of ships) {
    if (ship.score === 0 || (leader && ship.score < leader.score)) continue;
    shared = leader?.score === ship.score;
    leader = ship;
  }
  return shared ? undefined : leader;
}
