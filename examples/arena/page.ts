// The page: joins at once, draws every frame, sends what the player does, comes back when the connection is lost.
import { ArenaClient } from './client.js';
import { Effects } from './effects.js';
import { element, Hud } from './hud.js';
import { Interpolation } from './interpolation.js';
import { clean_name, GAME_PATH } from './protocol.js';
import type { SnapshotShip } from './snapshot.js';
import { Steering } from './steering.js';
import { View } from './view.js';

const INPUT_HZ = 30;
const PING_MS = 500;
const HUD_MS = 250;
/** Waiting times before the first, second ... attempt to come back; the last one stays. */
const REJOIN_MS = [500, 1000, 2000, 4000];

const calm = matchMedia('(prefers-reduced-motion: reduce)');
const canvas = element('view') as HTMLCanvasElement;
const overlay = element('overlay');
const board = element('board');
let board_box = board.getBoundingClientRect();
const view = new View(canvas);
const hud = new Hud();
const name = player_name();
const steering = new Steering(canvas, element('boost'), () => {
  const own = own_ship();
  return own && { x: view.camera.screen_x(own.x), y: view.camera.screen_y(own.y) };
});

let client: ArenaClient;
let interpolation: Interpolation;
let effects = new Effects(calm.matches);
let attempts = 0;
let rejoin_timer: ReturnType<typeof setTimeout> | undefined;
let last_frame_ms = performance.now();

/** `?name=Ada`, or one by chance. */
function player_name(): string {
  const wanted = new URLSearchParams(location.search).get('name');
  if (wanted) return clean_name(wanted);
  const pick = (words: string[]): string => words[Math.floor(Math.random() * words.length)];
  const first = pick(['Swift', 'Lucky', 'Quiet', 'Bold', 'Merry', 'Sly', 'Brave', 'Calm']);
  return `${first} ${pick(['Otter', 'Heron', 'Lynx', 'Falcon', 'Gecko', 'Badger', 'Finch'])}`;
}

function own_ship(): SnapshotShip | undefined {
  const snapshot = client.snapshot();
  return snapshot?.ships.find((ship, i) => i < snapshot.ship_count && ship.id === client.id);
}

function join(): void {
  clearTimeout(rejoin_timer);
  hud.reset();
  hud.status('connecting', 'connecting');
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const joining = new ArenaClient(`${scheme}://${location.host}${GAME_PATH}`, name, {
    on_snapshot(from, snapshot) {
      if (from.snapshots_in === 1) joined();
      interpolation.hear(snapshot.tick, from.arrival_ms());
    },
    on_closed: (_, reason) => lost(reason),
  });
  client = joining;
  interpolation = new Interpolation(joining);
  effects = new Effects(calm.matches);
}

function joined(): void {
  attempts = 0;
  overlay.hidden = true;
  hud.status('playing', `playing as ${client.names.get(client.id) ?? name}`);
}

function lost(reason: string): void {
  const wait_ms = REJOIN_MS[Math.min(attempts++, REJOIN_MS.length - 1)];
  hud.status('closed', 'offline');
  element('overlay-text').textContent =
    `${reason[0].toUpperCase()}${reason.slice(1)}. Coming back by itself as soon as the server answers.`;
  overlay.hidden = false;
  rejoin_timer = setTimeout(join, wait_ms);
}

function send_input(): void {
  const { keys, heading } = steering.sample();
  client.send_input(keys, heading);
  if (steering.used) element('hint').classList.add('done');
}

function draw(now_ms: number): void {
  requestAnimationFrame(draw);
  // After a pause (another tab) the world has moved on; nothing is to be made up for.
  const seconds = Math.min(0.1, Math.max(0, (now_ms - last_frame_ms) / 1000));
  last_frame_ms = now_ms;
  const now = performance.now();
  const frame = interpolation.sample(now, (passed) => effects.on_tick(passed, client.id, now));
  if (frame === undefined) return;
  effects.advance(now, seconds);
  const { width, height, id: own_id, names } = client;
  uncover_own_ship();
  view.draw(frame, { width, height, own_id, names, effects, stick: steering.stick }, now, seconds);
}

/** The score board fades while the own ship is behind it. */
function uncover_own_ship(): void {
  const own = own_ship();
  const x = own ? view.camera.screen_x(own.x) : 0;
  const y = own ? view.camera.screen_y(own.y) : 0;
  const covered = x > board_box.left - 30 && x < board_box.right + 30 && y < board_box.bottom + 30;
  board.classList.toggle('faded', own !== undefined && covered);
}

function fit_window(): void {
  const bar = element('bar').getBoundingClientRect();
  board_box = board.getBoundingClientRect();
  // On narrow windows the board is a strip below the bar, on wide ones it lies over the arena.
  const is_strip = board_box.width > innerWidth / 2;
  const top = is_strip ? board_box.bottom : bar.bottom;
  view.resize(innerWidth, innerHeight, top, devicePixelRatio);
}

/** For tests and for the curious in the console: the numbers behind the picture, not to be changed. */
function expose(): void {
  const state = {
    get state() {
      return client.state;
    },
    get id() {
      return client.id;
    },
    get own() {
      const own = own_ship();
      return own && Object.freeze({ ...own });
    },
    get tick() {
      return client.snapshot()?.tick;
    },
    get arena() {
      return Object.freeze({ width: client.width, height: client.height });
    },
    get names() {
      return [...client.names.values()];
    },
    get rtt_ms() {
      return client.rtt_ms;
    },
    get counters() {
      const { packets_in, packets_out, bytes_in, bytes_out } = client;
      const { inputs_out, snapshots_in, lost, malformed, refused } = client;
      return Object.freeze({
        packets_in,
        packets_out,
        bytes_in,
        bytes_out,
        inputs_out,
        snapshots_in,
        lost,
        malformed,
        refused,
      });
    },
  };
  Object.defineProperty(globalThis, 'arena', { value: Object.freeze(state) });
}

join();
fit_window();
expose();
addEventListener('resize', fit_window);
element('rejoin').addEventListener('click', join);
// Leaving the page ends the connection at once instead of when the server notices.
addEventListener('pagehide', () => client.close());
setInterval(send_input, 1000 / INPUT_HZ);
setInterval(() => client.send_ping(), PING_MS);
setInterval(() => hud.update(client, performance.now()), HUD_MS);
requestAnimationFrame(draw);
