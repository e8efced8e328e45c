// A real Chromium and a site with the built package, for the tests of one file: there before them, gone after them.
import type { RequestListener } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { open_chromium } from './chromium.js';
import { ready, serve_dist } from './serve-dist.js';

export interface Pages {
  readonly browser: Browser;
  /** Of the site. */
  readonly url: string;
  /** A page of a fresh profile in which the package is there as `bw`; `prepare` sees it before it is loaded. */
  open(prepare?: (page: Page) => unknown): Promise<Page>;
  /** Runs after all tests. */
  afterwards(what: () => void): void;
}

/** Without a browser all tests of the file are skipped. What the site does not know goes to `other`. */
export function use_pages(other?: RequestListener): Pages {
  let browser: Browser | undefined;
  let no_browser = '';
  let site: Awaited<ReturnType<typeof serve_dist>>;
  const undo: (() => void)[] = [];

  beforeAll(async () => {
    site = await serve_dist(other);
    const opened = await open_chromium();
    if ('browser' in opened) browser = opened.browser;
    else no_browser = opened.reason;
  });
  afterAll(async () => {
    for (const what of undo.reverse()) what();
    await browser?.close();
    site?.server.closeAllConnections();
    site?.server.close();
  });
  beforeEach((context) => {
    if (browser === undefined) context.skip(no_browser);
  });

  return {
    get browser() {
      return browser as Browser;
    },
    get url() {
      return site.url;
    },
    async open(prepare) {
      const page = await (await (browser as Browser).newContext()).newPage();
      await prepare?.(page);
      await page.goto(site.url);
      await ready(page);
      return page;
    },
    afterwards: (what) => void undo.push(what),
  };
}
