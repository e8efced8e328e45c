// Serves the built package and an empty page that imports it, so that tests call it as `bw` in a real browser.
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type * as Bytewire from '../../bindings/index.js';

const dist = fileURLToPath(new URL('../../dist/browser/', import.meta.url));
const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script type="module">globalThis.bw = await import('/dist/index.js'); document.title = 'ready';</script>`;

declare global {
  var bw: typeof Bytewire;
}

/** The server; what it does not know goes to `other`. */
export async function serve_dist(
  other?: RequestListener,
): Promise<{ server: Server; url: string }> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    if (path === '/') {
      response.setHeader('content-type', 'text/html').end(PAGE);
    } else if (/^\/dist\/[\w.-]+\.js$/.test(path)) {
      response.setHeader('content-type', 'text/javascript');
      response.end(await readFile(join(dist, path.slice('/dist/'.length))));
    } else if (other) {
      other(request, response);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** Until the package is there as `bw`. */
export async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => document.title === 'ready');
}
