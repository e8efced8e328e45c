// Two pages of one site, in a real Chromium, that have the same file under way: what one keeps is never mixed with the other's bytes.
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { HttpEvent } from '../../bindings/index.js';
import { open_chromium } from './chromium.js';
import { ready, serve_dist } from './serve-dist.js';

const SIZE = 1_500_000;
const CUT = 1_000_000;
const ROUNDS = 6;
/** What the server has, by ETag: each as long as the other, and other bytes. */
const VERSIONS: Record<string, Buffer> = {
  '"a"': Buffer.alloc(SIZE, 'a'),
  '"b"': Buffer.alloc(SIZE, 'b'),
};

let browser: Browser | undefined;
let no_browser = '';
let server: Server;
let pages: Page[];
let open: ServerResponse[] = [];

/** Whoever has a part gets the rest of that version; others get the versions in turn, up to CUT. */
const answers: RequestListener = ({ headers }, response) => {
  const etag = String(headers['if-range'] ?? Object.keys(VERSIONS)[open.length]);
  const body = VERSIONS[etag];
  const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
  const range = { 'content-range': `bytes ${from}-${SIZE - 1}/${SIZE}` };
  response.writeHead(from > 0 ? 206 : 200, {
    etag,
    'cache-control': 'no-store',
    'content-length': SIZE - from,
    ...(from > 0 && range),
  });
  if (from > 0) response.end(body.subarray(from));
  else {
    response.write(body.subarray(0, CUT));
    open.push(response);
    // Both break off at once.
    if (open.length < 2) return;
    const both = open;
    setTimeout(() => {
      for (const each of both) each.destroy();
    }, 300);
  }
};

beforeAll(async () => {
  let url: string;
  ({ server, url } = await serve_dist(answers));
  const opened = await open_chromium();
  if ('reason' in opened) {
    no_browser = opened.reason;
    return;
  }
  browser = opened.browser;
  const context = await browser.newContext();
  pages = [await context.newPage(), await context.newPage()];
  for (const page of pages) {
    await page.goto(url);
    await ready(page);
  }
});
afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});
beforeEach((context) => {
  if (browser === undefined) context.skip(no_browser);
});

/** Gets the file, and gives the last event. */
const get = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<HttpEvent>((done) => {
        const id = bw.http_get_file('/part', 'x.bin', { resume: true });
        const off = bw.async_on('http', (event) => {
          if (event.id !== id || event.status === 1) return;
          off();
          done(event);
        });
      }),
  );

it.each(['opfs', 'indexeddb'] as const)(
  '%s: two pages that keep a part of the same length at once keep one of them whole',
  async (backend) => {
    for (const page of pages)
      await page.evaluate((name) => bw.store_set_backend(name as 'opfs'), backend);
    for (let round = 0; round < ROUNDS; round++) {
      open = [];
      const ends = pages.map((page) => get(page));
      for (const end of await Promise.all(ends)) {
        expect(end).toMatchObject({ status: -1, error: 'truncated' });
      }
      const [reader, other] = round % 2 ? pages : [...pages].reverse();
      expect(await get(reader)).toMatchObject({ status: 0, http_status: 206 });
      const kinds = await other.evaluate(async () => {
        const b = await bw.buffer_load('x.bin');
        const kinds = [bw.buffer_get_size(b), ...new Set(bw.buffer_view(b))];
        bw.buffer_delete(b);
        return kinds;
      });
      expect([
        [SIZE, 97],
        [SIZE, 98],
      ]).toContainEqual(kinds);
    }
  },
);
