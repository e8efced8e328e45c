// The network functions in real browsers against the Node server: a page runs its checks by itself and posts the results.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import * as c from '../../bindings/constants.js';
import { async_on } from '../../bindings/events.js';
import { buffer_delete, buffer_from, buffer_to_bytes } from '../../bindings/index.js';
import {
  network_create_server_raw,
  network_destroy,
  network_send_packet,
  network_send_raw,
} from '../../bindings/network.js';
import { Cable } from '../net/cable.js';
import { afterwards, server } from '../net/harness.js';
import { open_chromium } from './chromium.js';
import { firefox } from './firefox.js';

const top = fileURLToPath(new URL('../..', import.meta.url));

/** A DNS-over-HTTPS server that knows one name. */
function answer_dns(url: string): Buffer {
  const asked = new URL(url, 'http://x').searchParams.get('dns') ?? '';
  const query = Buffer.from(asked, 'base64url');
  query[2] = 0x81;
  query[3] = 0x80;
  query[7] = 1;
  return Buffer.concat([query, Buffer.from('c00c000100010000003c0004c0000207', 'hex')]);
}

/** Everything the page needs: itself, a framed echo server behind a cable, a raw one, and a place for its results. */
async function stage(): Promise<{ url: string; results: Promise<Record<string, string>> }> {
  const { outputFiles } = await build({
    entryPoints: [join(top, 'test/browser/network-page.ts')],
    absWorkingDir: top,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  const framed = server(64);
  const raw = server(64, {}, network_create_server_raw);
  const cable = await Cable.to(framed.port);
  afterwards(
    async_on('networking', (event) => {
      if (event.type !== c.network_type_data) return;
      if (event.server === framed.id) network_send_packet(event.id, event.buffer, event.size);
      else if (Buffer.from(buffer_to_bytes(event.buffer)).toString() === 'go away')
        network_destroy(event.id);
      else network_send_raw(event.id, event.buffer, event.size, event.message_type);
    }),
  );
  let done: (results: Record<string, string>) => void;
  const results = new Promise<Record<string, string>>((resolve) => {
    done = resolve;
  });
  const web: Server = createServer((request, response) => {
    const url = request.url ?? '/';
    if (url.startsWith('/dns-query')) return response.end(answer_dns(url));
    if (url === '/cut') {
      cable.cut();
      return response.end();
    }
    if (url === '/page.js') {
      response.setHeader('content-type', 'text/javascript');
      return response.end(outputFiles[0].contents);
    }
    if (url === '/result') {
      let body = '';
      request.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      request.on('end', () => {
        response.end();
        done(JSON.parse(body));
      });
      return;
    }
    response.setHeader('content-type', 'text/html');
    return response.end('<!doctype html><script type="module" src="/page.js"></script>');
  }).listen(0, '127.0.0.1');
  afterwards(() => {
    web.closeAllConnections();
    web.close();
  });
  await new Promise((listening) => web.once('listening', listening));
  const { port } = web.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/?cable=${cable.port}&raw=${raw.port}`, results };
}

function all_ok(results: Record<string, string>): void {
  expect(Object.keys(results).length).toBe(8);
  for (const [title, result] of Object.entries(results))
    expect([title, result]).toEqual([title, 'ok']);
}

describe('the network functions in a page', () => {
  it('do in Chromium what they do in Node', async (context) => {
    // The wasm of this process must be up before the count of live buffers is looked at.
    buffer_delete(buffer_from(new Uint8Array(1)));
    const opened = await open_chromium();
    if ('reason' in opened) {
      context.skip(opened.reason);
      return;
    }
    try {
      const { url, results } = await stage();
      const page = await opened.browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(url);
      all_ok(await results);
      expect(errors).toEqual([]);
    } finally {
      await opened.browser.close();
    }
  });

  it('do the same in Firefox, where it is installed', async (context) => {
    const path = firefox();
    if (path === undefined) {
      context.skip('no firefox or firefox-esr on the PATH');
      return;
    }
    const profile = mkdtempSync(join(tmpdir(), 'bytewire-firefox-'));
    const { url, results } = await stage();
    const child = spawn(path, ['--headless', '--no-remote', '--profile', profile, url], {
      stdio: 'ignore',
    });
    try {
      all_ok(await results);
    } finally {
      child.kill('SIGKILL');
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});
