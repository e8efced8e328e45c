// The whole thing as a player meets it: the arena server, its page in a real Chromium, keys and fingers, and honest numbers.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ArenaConnection,
  type ArenaProcess,
  start_arena,
  start_arena_without_webrtc,
  until,
} from '../net/arena-process.js';
import { open_chromium } from './chromium.js';

const BOTS = 4;

/** What examples/arena/page/expose.ts shows as `window.arena`. */
interface PageState {
  place: string;
  code: string;
  state: string;
  lanes: { carrier: string; fast: string; fast_problem: string };
  ships: Record<string, { x: number; y: number }>;
  id: number;
  tick: number;
  own: { x: number; y: number; score: number };
  arena: { width: number; height: number };
  counters: Record<string, number>;
}

let browser: Browser | undefined;
let no_browser = '';
let arena: ArenaProcess;

beforeAll(async () => {
  const opened = await open_chromium();
  if ('browser' in opened) browser = opened.browser;
  else no_browser = opened.reason;
});

afterAll(async () => {
  await browser?.close();
});

beforeEach(async (context) => {
  if (browser === undefined) context.skip(no_browser);
  arena = await start_arena('--port', '0', '--seconds', '1200', '--bots', String(BOTS));
});

afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close();
  await arena?.end('SIGKILL');
});

interface OpenOptions extends BrowserContextOptions {
  name?: string;
  /** Runs in the page before anything else. */
  before?: () => void;
}

/** Opens the page and collects everything that a browser complains about. */
async function open_page({
  name = 'Tester',
  before,
  ...options
}: OpenOptions = {}): Promise<{ page: Page; problems: string[] }> {
  const context = await browser!.newContext(options);
  if (before) await context.addInitScript(before);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(`${arena.url}?name=${name}`);
  await page.locator('#status[data-state=playing]').waitFor();
  return { page, problems };
}

/** The browser itself reports servers that are away, and connections to them that are given up. */
const is_ours = (problem: string): boolean =>
  !/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|closed before the connection is/.test(problem);

const state = (page: Page): Promise<PageState> =>
  page.evaluate(() => {
    const shown = (window as unknown as { arena: PageState }).arena;
    return Object.fromEntries(
      Object.getOwnPropertyNames(shown).map((key) => [key, shown[key as keyof PageState]]),
    ) as unknown as PageState;
  });

const shown = async (page: Page, id: string): Promise<string> =>
  ((await page.locator(`#${id}`).textContent()) ?? '').trim();

/** "8.1 kB" -> 8100 */
async function shown_bytes(page: Page, id: string): Promise<number> {
  const text = await shown(page, id);
  const parts = /^([\d.]+) (B|kB|MB)$/.exec(text);
  if (!parts) throw new Error(`#${id} shows "${text}"`);
  return Number(parts[1]) * { B: 1, kB: 1e3, MB: 1e6 }[parts[2] as 'B' | 'kB' | 'MB'];
}

/** The tester as the server sees it. */
async function tester(): Promise<ArenaConnection> {
  const { connections } = await arena.stats();
  const found = connections.find((connection) => connection.name === 'Tester');
  if (!found) throw new Error('the server does not know the tester');
  return found;
}

/** Where there is more room, as a sign: -1 left, 1 right. */
const roomier_side = ({ own, arena }: PageState): number => (own.x < arena.width / 2 ? 1 : -1);

/** Until the own ship is well away from where it was, to that side. */
const moved = (page: Page, from: PageState, side: number): Promise<PageState> =>
  until(
    () => state(page),
    ({ own }) => (own.x - from.own.x) * side > 100,
  );

/** Flies by keyboard until the player is well away, as another window (or this one) sees it. */
async function plays(page: Page, name: string, seen_by = page): Promise<void> {
  const start = await until(
    () => state(page),
    ({ own }) => own !== undefined,
  );
  const side = roomier_side(start);
  const key = side > 0 ? 'ArrowRight' : 'ArrowLeft';
  await page.keyboard.down(key);
  await until(
    () => state(seen_by),
    ({ ships }) => (ships[name].x - start.own.x) * side > 100,
  );
  await page.keyboard.up(key);
}

/** Different colours on the canvas; an empty one has one. */
const colours = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const canvas = document.querySelector('canvas')!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });

describe('the arena page', () => {
  it('joins, plays by keyboard and shows numbers that the server confirms', async () => {
    const { page, problems } = await open_page({ viewport: { width: 1280, height: 800 } });

    const start = await state(page);
    const side = roomier_side(start);
    const key = side > 0 ? 'KeyD' : 'ArrowLeft';
    await page.keyboard.down(key);
    await moved(page, start, side);
    await page.keyboard.up(key);
    expect(await colours(page)).toBeGreaterThan(200);

    const { players } = await until(arena.stats, (stats) => stats.players === BOTS + 1);
    await until(
      () => shown(page, 'players'),
      (text) => text === String(players),
    );
    await until(
      () => shown(page, 'transport'),
      (text) => text === 'WebSocket + WebRTC',
    );
    expect(await page.locator('#notice').isVisible()).toBe(false);
    await until(tester, ({ fast }) => fast);
    expect(await shown(page, 'status')).toContain('Tester');

    // 30 snapshots or inputs a second and two pings; half of that is still a busy machine, not a wrong number.
    const plausible = (text: string): boolean => Number(text) >= 16 && Number(text) <= 48;
    await until(() => shown(page, 'packets-in'), plausible);
    await until(() => shown(page, 'packets-out'), plausible);
    const rtt_ms = Number(
      await until(
        () => shown(page, 'rtt'),
        (text) => text !== '–',
      ),
    );
    expect(rtt_ms).toBeGreaterThan(0);
    expect(rtt_ms).toBeLessThan(60_000);

    // Shown bytes over shown packets must be what a packet weighs by the server's own count. The first one was larger.
    const first = await tester();
    const seen = await until(tester, ({ packets_out }) => packets_out > first.packets_out + 30);
    for (const [way, bytes, packets] of [
      ['in', seen.bytes_out - first.bytes_out, seen.packets_out - first.packets_out],
      ['out', seen.bytes_in - first.bytes_in, seen.packets_in - first.packets_in],
    ] as const) {
      const weight = bytes / packets;
      await until(
        async () =>
          (await shown_bytes(page, `bytes-${way}`)) / Number(await shown(page, `packets-${way}`)),
        (shown_weight) => shown_weight > weight * 0.7 && shown_weight < weight * 1.4,
      );
    }

    // What one side has sent by a moment, the other side has got a moment later, and never more.
    const sent = await tester();
    const { counters } = await until(
      () => state(page),
      (now) =>
        now.counters.packets_in >= sent.packets_out && now.counters.bytes_in >= sent.bytes_out,
    );
    const later = await tester();
    expect(counters.packets_in).toBeLessThanOrEqual(later.packets_out);
    expect(counters.bytes_in).toBeLessThanOrEqual(later.bytes_out);
    expect(counters.packets_out).toBeGreaterThanOrEqual(sent.packets_in);
    await until(tester, ({ packets_in }) => packets_in >= counters.packets_out);
    // What is lost on the fast lane is nobody's fault; nothing else may be.
    expect(counters).toMatchObject({ malformed: 0, refused: 0 });
    expect(await arena.stats()).toMatchObject({ malformed: 0, refused: 0 });
    // Plain digits; the score itself depends on the bots.
    expect(await shown(page, 'score')).toMatch(/^\d+$/);

    await page.close();
    await until(arena.stats, (stats) => stats.players === BOTS);
    expect(problems).toEqual([]);
    expect(await arena.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
  });

  it('plays by touch on a phone, with everything in view', async () => {
    const viewport = { width: 390, height: 844 };
    const { page, problems } = await open_page({
      viewport,
      deviceScaleFactor: 3,
      hasTouch: true,
      isMobile: true,
    });
    await until(
      () => shown(page, 'transport'),
      (text) => text === 'WebSocket + WebRTC',
    );
    const bar = await page.locator('#bar').boundingBox();
    for (const id of 'status players rtt packets-in packets-out bytes-in bytes-out transport host code join'.split(
      ' ',
    )) {
      const box = await page.locator(`#${id}`).boundingBox();
      const [left, right] = [box!.x > bar!.x, box!.x + box!.width < bar!.x + bar!.width];
      expect({ id, left, right }).toEqual({ id, left: true, right: true });
    }
    for (const id of ['score', 'chat-open', 'boost']) {
      const box = await page.locator(`#${id}`).boundingBox();
      expect([id, box!.x > 0 && box!.x + box!.width < viewport.width]).toEqual([id, true]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);

    const start = await state(page);
    const side = roomier_side(start);
    const cdp = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: object[]) =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints: touchPoints as never });
    await touch('touchStart', { x: 195, y: 600 });
    await touch('touchMove', { x: 195 + side * 50, y: 600 });
    await moved(page, start, side);
    await touch('touchEnd');
    expect(problems).toEqual([]);
  });

  it('says when the server goes, and comes back by itself when it is back', async () => {
    const { page, problems } = await open_page({ reducedMotion: 'reduce' });
    expect(await page.locator('#overlay').isVisible()).toBe(false);
    const { port } = new URL(arena.url);
    expect(problems).toEqual([]);
    // A server with a player on it ends cleanly, too.
    expect(await arena.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    await page.locator('#overlay').waitFor({ state: 'visible' });
    expect(await shown(page, 'overlay-text')).not.toBe('');

    arena = await start_arena('--port', port, '--seconds', '1200', '--bots', String(BOTS));
    await page.locator('#status[data-state=playing]').waitFor();
    await page.locator('#overlay').waitFor({ state: 'hidden' });
    await until(arena.stats, (stats) => stats.players === BOTS + 1);
    expect(problems.filter(is_ours)).toEqual([]);
  });

  it('falls back to WebSocket where the browser has no WebRTC, and says why', async () => {
    const { page, problems } = await open_page({
      before: () => Reflect.deleteProperty(window, 'RTCPeerConnection'),
    });
    await until(
      () => shown(page, 'transport'),
      (text) => text === 'WebSocket alone',
    );
    expect(await shown(page, 'notice-text')).toMatch(/WebSocket alone: .*no WebRTC/);
    await plays(page, 'Tester');
    expect(await tester()).toMatchObject({ fast: false });
    await page.locator('#notice-close').click();
    expect(await page.locator('#notice').isVisible()).toBe(false);
    // Such a page cannot be found by others either.
    await page.locator('#host').click();
    await page.locator('#overlay').waitFor();
    expect(await shown(page, 'overlay-text')).toContain('no WebRTC');
    expect(await page.locator('#board').isVisible()).toBe(false);
    await page.locator('#overlay-first').click();
    await page.locator('#status[data-state=playing]').waitFor();
    expect(await page.locator('#board').isVisible()).toBe(true);
    // Nor can it find them, however often it tries.
    await page.locator('#code').fill('ABCDEF');
    await page.locator('#join').click();
    await page.locator('#overlay').waitFor();
    expect(await shown(page, 'overlay-text')).toContain('no WebRTC');
    expect(await shown(page, 'overlay-first')).toBe('Back to the server');
    expect(await page.locator('#overlay-second').isVisible()).toBe(false);
    for (const of_before of ['board', 'leave', 'hint', 'chat-open']) {
      expect(await page.locator(`#${of_before}`).isVisible()).toBe(false);
    }
    await page.locator('#overlay-first').click();
    await page.locator('#status[data-state=playing]').waitFor();
    expect(problems).toEqual([]);
  });

  it('falls back to WebSocket where no way leads through, and says so', async () => {
    const { page, problems } = await open_page({
      before: () => {
        const Peer = window.RTCPeerConnection;
        // Only ways over a TURN server count, and there is none.
        window.RTCPeerConnection = class extends Peer {
          constructor(config?: RTCConfiguration) {
            super({ ...config, iceTransportPolicy: 'relay' });
          }
        };
      },
    });
    await plays(page, 'Tester');
    await page.locator('#notice').waitFor();
    expect(await shown(page, 'notice-text')).toMatch(/WebSocket alone: .*no way through/);
    expect(await shown(page, 'transport')).toBe('WebSocket alone');
    await plays(page, 'Tester');
    expect(problems).toEqual([]);
  });

  it('falls back to WebSocket where the server lacks its WebRTC package, and says so', async () => {
    await arena.end();
    arena = await start_arena_without_webrtc('--port', '0', '--seconds', '1200');
    const { page, problems } = await open_page();
    await page.locator('#notice').waitFor();
    expect(await shown(page, 'notice-text')).toContain('npm install node-datachannel');
    expect(await shown(page, 'transport')).toBe('WebSocket alone');
    await plays(page, 'Tester');
    expect(problems).toEqual([]);
  });
});

describe('chat', () => {
  it('reaches everybody, cleaned, and at the pace of people', async () => {
    const { page: ada } = await open_page({ name: 'Ada' });
    const { page: bob, problems } = await open_page({ name: 'Bob' });
    const log = (page: Page): Promise<string[]> => page.locator('#chat-log li').allTextContents();
    const say = async (text: string): Promise<void> => {
      await ada.keyboard.press('Enter');
      await ada.locator('#chat-input').fill(text);
      await ada.keyboard.press('Enter');
    };
    await say('  wasd <b>hi</b> \u202e\u200b  all ');
    await until(
      () => log(bob),
      (lines) => lines.includes('Ada wasd <b>hi</b> all'),
    );
    expect(await bob.locator('#chat-log li b b').count()).toBe(0);
    // Letters in the field are words, not flight.
    await ada.keyboard.press('Enter');
    await ada.keyboard.type('dddd');
    expect(await ada.locator('#chat-input').inputValue()).toBe('dddd');
    await ada.keyboard.press('Escape');
    expect(await ada.evaluate(() => document.activeElement === document.body)).toBe(true);
    expect(await ada.locator('#hint.done').count()).toBe(0);
    // Faster than anybody writes, on any machine: all in one task of the page.
    await ada.evaluate(() => {
      const input = document.querySelector<HTMLInputElement>('#chat-input')!;
      for (let i = 0; i < 6; i++) {
        input.value = `line ${i}`;
        input.form!.requestSubmit();
      }
    });
    await until(
      () => log(ada),
      (lines) => lines.some((line) => line.startsWith('Not so fast')),
    );
    expect((await log(bob)).some((line) => line.startsWith('Not so fast'))).toBe(false);
    expect(problems).toEqual([]);
  });
});

describe('a room hosted in a page', () => {
  it('is joined by its code from another window, needs no game server, and tells of its end', async () => {
    const { page: host, problems } = await open_page({ name: 'Hanna' });
    await host.locator('#host').click();
    await host.locator('#status[data-state=playing]').waitFor();
    const { code } = await until(
      () => state(host),
      ({ place, code }) => place === 'host' && code !== '',
    );
    expect(code).toMatch(/^[A-Z0-9]{6}$/);
    expect(await shown(host, 'room-code')).toBe(`${code.slice(0, 3)} ${code.slice(3)}`);

    const { page: guest } = await open_page({ name: 'Gus' });
    // As people write what they have heard.
    await guest.locator('#code').fill(`${code.slice(0, 3)} ${code.slice(3)}`.toLowerCase());
    await guest.locator('#join').click();
    await until(
      () => shown(guest, 'transport'),
      (text) => text === 'WebRTC tcp + udp',
    );
    expect(await state(guest)).toMatchObject({ place: 'room', code, state: 'playing' });
    await until(arena.stats, ({ players }) => players === BOTS);
    expect(guest.url()).toContain(`room=${code}`);

    // From here on there is no server of any kind.
    expect(await arena.end('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
    await plays(guest, 'Gus', host);
    await plays(host, 'Hanna', guest);
    await host.keyboard.press('Enter');
    await host.keyboard.type('welcome');
    await host.keyboard.press('Enter');
    await guest.locator('#chat-log li', { hasText: 'Hanna welcome' }).waitFor();

    await host.locator('#stop').click();
    await guest.locator('#overlay').waitFor();
    expect(await shown(guest, 'overlay-title')).toBe('The host has left');
    expect(problems.filter(is_ours)).toEqual([]);
  });

  it('tells those who are in it when its page is closed, and those who come later that it is gone', async () => {
    // As in the background: no timer of the page comes in less than a second.
    const { page: host } = await open_page({
      name: 'Hanna',
      before: () => {
        const { setTimeout: after, setInterval: every } = window;
        const slow = (ms = 0): number => Math.max(ms, 1000);
        Object.assign(window, {
          beats: 0,
          setTimeout: (run: () => void, ms?: number) => after(run, slow(ms)),
          setInterval: (run: () => void, ms?: number) => every(run, slow(ms)),
        });
        every(() => Reflect.set(window, 'beats', Reflect.get(window, 'beats') + 1), 1000);
      },
    });
    await host.locator('#host').click();
    const { code, tick } = await until(
      () => state(host),
      ({ code }) => code !== '',
    );
    const beats = (): Promise<number> => host.evaluate(() => Reflect.get(window, 'beats'));
    const before = await beats();
    // A link leads there as well.
    const { page: guest } = await open_page({ name: `Gus&room=${code}` });
    await until(
      () => state(guest),
      ({ place, lanes }) => place === 'room' && lanes.fast === 'open',
    );
    // The game does not wait for such timers: it would come to one tick each.
    const after = await until(beats, (n) => n >= before + 3);
    expect((await state(host)).tick - tick).toBeGreaterThan((after - before) * 2);
    await host.close();
    await guest.locator('#overlay').waitFor();
    expect(await shown(guest, 'overlay-title')).toBe('The host has left');
    await guest.locator('#overlay-first').click();
    await until(
      () => shown(guest, 'transport'),
      (text) => text === 'WebSocket + WebRTC',
    );
    expect(guest.url()).not.toContain('room=');

    await guest.locator('#code').fill(code);
    await guest.locator('#join').click();
    await guest.locator('#overlay').waitFor();
    expect(await shown(guest, 'overlay-title')).toBe('Cannot join that room');
    expect(await shown(guest, 'overlay-text')).toContain('room');
    await guest.locator('#overlay-second').click();
    await guest.locator('#status[data-state=playing]').waitFor();
  });
});
