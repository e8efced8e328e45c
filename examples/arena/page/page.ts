// The page: joins at once, draws every frame, sends what the player does.
import { network_config_signaling_url, network_set_config } from 'bytewire';
import { ARENA_SPEAKS, GAME_PATH } from '../game/protocol.js';
import { ARENA_HEIGHT, ARENA_WIDTH } from '../game/rules.js';
import { clean_name } from '../game/words.js';
import type { ArenaClient } from '../net/client.js';
import { Chat } from './chat.js';
import { element, show } from './dom.js';
import { Effects } from './effects.js';
import { expose } from './expose.js';
import { FrameMaker, type FrameShip, ship_of } from './frame.js';
import { Hud } from './hud.js';
import { plain_code, Rooms } from './rooms.js';
import { Session } from './session.js';
import { Steering } from './steering.js';
import { View } from './view.js';

const INPUT_HZ = 30;
const PING_MS = 500;
const HUD_MS = 250;

const calm = matchMedia('(prefers-reduced-motion: reduce)');
const query = new URLSearchParams(location.search);
const canvas = element('view') as HTMLCanvasElement;
const board = element('board');
let board_box = board.getBoundingClientRect();
const name = player_name();
const server_url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${GAME_PATH}`;

const view = new View(canvas);
const hud = new Hud();
const frames = new FrameMaker();
let effects = new Effects(calm.matches);
const session = new Session(server_url, name, {
  changed: () => update(),
  began,
  chat: (client, from, text) => said(client, from, text),
  player: (who, came) => chat.line(ARENA_SPEAKS, '', `${who} ${came ? 'joined' : 'left'}`),
});
const rooms = new Rooms(session, () => remember_room());
const chat = new Chat((text) => session.client.send_chat(text));
const steering = new Steering(canvas, element('boost'), () => {
  const own = own_ship();
  return own && { x: view.camera.screen_x(own.x), y: view.camera.screen_y(own.y) };
});
let last_frame_ms = performance.now();

/** `?name=Ada`, or one by chance. */
function player_name(): string {
  const wanted = query.get('name');
  if (wanted) return clean_name(wanted);
  const pick = (words: string[]): string => words[Math.floor(Math.random() * words.length)];
  const first = pick(['Swift', 'Lucky', 'Quiet', 'Bold', 'Merry', 'Sly', 'Brave', 'Calm']);
  return `${first} ${pick(['Otter', 'Heron', 'Lynx', 'Falcon', 'Gecko', 'Badger', 'Finch'])}`;
}

function own_ship(): FrameShip | undefined {
  const { client } = session;
  return client.state === 'playing' ? ship_of(client.snapshots.newest_ships, client.id) : undefined;
}

function began(): void {
  hud.reset();
  chat.clear();
  effects = new Effects(calm.matches);
}

function said(client: ArenaClient, from: number, text: string): void {
  chat.line(from, client.names.get(from) ?? '', text);
}

/** A reload, and a link that is handed on, lead to the same room. */
function remember_room(): void {
  const { place, code } = session;
  if (place === 'room') query.set('room', code);
  else query.delete('room');
  const text = query.toString();
  history.replaceState(null, '', text === '' ? location.pathname : `?${text}`);
}

/** Everything around the canvas that is not a number. */
function update(): void {
  const { client, trouble } = session;
  const playing = client?.state === 'playing' && client.snapshots_in > 0;
  if (trouble) hud.status('closed', 'offline');
  else if (playing) hud.status('playing', `playing as ${client.names.get(client.id) ?? name}`);
  else hud.status('connecting', 'connecting');
  show_trouble();
  rooms.update();
  if (client) hud.lanes(client);
}

function show_trouble(): void {
  const { trouble } = session;
  element('overlay').hidden = trouble === undefined;
  if (trouble === undefined) return;
  show('overlay-title', trouble.title);
  show('overlay-text', trouble.text);
  for (const [i, id] of ['overlay-first', 'overlay-second'].entries()) {
    const button = element(id) as HTMLButtonElement;
    const action = trouble.actions[i];
    button.hidden = action === undefined;
    button.textContent = action?.label ?? '';
    button.onclick = () => {
      action?.act();
      remember_room();
    };
  }
}

function send_input(): void {
  const { keys, heading } = steering.sample();
  session.client.send_input(keys, heading);
  if (steering.used) element('hint').classList.add('done');
}

function draw(now_ms: number): void {
  requestAnimationFrame(draw);
  // After a pause (another tab) the world has moved on; nothing is to be made up for.
  const seconds = Math.min(0.1, Math.max(0, (now_ms - last_frame_ms) / 1000));
  last_frame_ms = now_ms;
  const { client } = session;
  const now = performance.now();
  const moment = client.state === 'playing' ? client.snapshots.at(now) : undefined;
  if (moment === undefined) return;
  const frame = frames.make(moment);
  effects.look(frame, client.id, now);
  effects.advance(now, seconds);
  uncover_own_ship();
  view.draw(
    frame,
    {
      width: ARENA_WIDTH,
      height: ARENA_HEIGHT,
      own_id: client.id,
      names: client.names,
      effects,
      stick: steering.stick,
    },
    now,
    seconds,
  );
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
  document.documentElement.style.setProperty('--bar-bottom', `${bar.bottom}px`);
  board_box = board.getBoundingClientRect();
  // On narrow windows the board is a strip below the bar, on wide ones it lies over the arena.
  const is_strip = board_box.width > innerWidth / 2;
  const top = is_strip ? board_box.bottom : bar.bottom;
  view.resize(innerWidth, innerHeight, top, devicePixelRatio);
}

network_set_config(network_config_signaling_url, server_url);
const invited = plain_code(query.get('room') ?? '');
if (invited === '') session.join_server();
else session.join_room(invited);
fit_window();
expose(session, own_ship);
addEventListener('resize', fit_window);
new ResizeObserver(fit_window).observe(element('bar'));
element('notice-close').addEventListener('click', () => hud.dismiss());
// Leaving the page ends everything at once instead of when others notice.
addEventListener('pagehide', () => session.close());
// A page that comes back out of the browser's cache has left its game.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
setInterval(send_input, 1000 / INPUT_HZ);
setInterval(() => session.client.send_ping(), PING_MS);
setInterval(() => hud.update(session.client, performance.now()), HUD_MS);
requestAnimationFrame(draw);
