// The whole thing as a player meets it: the arena server, its page in a real Chromium, keys and fingers, and honest numbers.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ArenaConnection,
  type ArenaProcess,
  start_arena,
  until,
} from '../net/arena-process.js';
import { open_chromium } from './chromium.js';

const BOTS = 4;

/** What examples/arena/page.ts shows of itself as `window.arena`. */
interface PageState {
  state: string;
  id: number;
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
  arena = await start_arena('--port', '0', '--seconds', '60', '--bots', String(BOTS));
});

afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close();
  await arena?.end('SIGKILL');
});

/** Opens the page and collects everything that a browser complains about. */
async function open_page(
  options: BrowserContextOptions,
): Promise<{ page: Page; problems: string[] }> {
  const context = await browser!.newContext(options);
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
  await page.goto(`${arena.url}?name=Tester`);
  await page.locator('#status[data-state=playing]').waitFor();
  return { page, problems };
}

const state = (page: Page): Promise<PageState> =>
  page.evaluate(() => {
    const { state, id, own, arena, counters } = (window as unknown as { arena: PageState }).arena;
    return { state, id, own, arena, counters };
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
    expect(await shown(page, 'transport')).toBe('WebSocket');
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

    // Shown bytes over shown packets must be what a packet weighs by the server's own count.
    const seen = await tester();
    for (const [way, bytes, packets] of [
      ['in', seen.bytes_out, seen.packets_out],
      ['out', seen.bytes_in, seen.packets_in],
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
    expect(counters).toMatchObject({ lost: 0, malformed: 0, refused: 0 });
    expect(await arena.stats()).toMatchObject({ lost: 0, malformed: 0, refused: 0 });
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
    for (const id of 'status players rtt packets-in packets-out bytes-in bytes-out transport score boost'.split(
      ' ',
    )) {
      const box = await page.locator(`#${id}`).boundingBox();
      expect({ id, left: box!.x >= 0, right: box!.x + box!.width <= viewport.width }).toEqual({
        id,
        left: true,
        right: true,
      });
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

    arena = await start_arena('--port', port, '--seconds', '60', '--bots', String(BOTS));
    await page.locator('#status[data-state=playing]').waitFor();
    await page.locator('#overlay').waitFor({ state: 'hidden' });
    await until(arena.stats, (stats) => stats.players === BOTS + 1);
    // The browser itself reports refused connections while the server is away; nothing else may be there.
    expect(problems.filter((problem) => !problem.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });
});
