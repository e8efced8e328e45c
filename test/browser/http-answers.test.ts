// Answers of each kind as a page in a real Chromium gets them: statuses, lengths that lie, slow ones, none in time, TLS, retries.
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer as create_https, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { HttpEvent, HttpOptions } from '../../bindings/index.js';
import { serve_raw, type TestServer } from '../http/server.js';
import { use_pages } from './pages.js';

const fixture = (name: string) =>
  readFileSync(join(fileURLToPath(new URL('../fixtures/', import.meta.url)), name));

let secure: HttpsServer;
let raw: TestServer;
let page: Page;
/** Requests for `/busy` so far. */
let asked = 0;

const answers: RequestListener = (request, response) => {
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  if (path === '/304') {
    const known = request.headers['if-none-match'] === '"v1"';
    response.writeHead(known ? 304 : 200, { etag: '"v1"' }).end(known ? undefined : 'new');
  } else if (path === '/500') {
    response.writeHead(500, { 'x-own': 'yes' }).end('oh no');
  } else if (path === '/slow') {
    let left = 20;
    const more = () => {
      if (left-- === 0) response.end();
      else response.write('slow ', () => setTimeout(more, 5));
    };
    more();
  } else if (path === '/busy') {
    if (asked++ < 2) response.writeHead(503, { 'retry-after': '0' }).end('busy');
    else response.end('at last');
  } else if (path === '/head') {
    response.writeHead(200, { 'content-length': 10, 'x-own': 'yes' }).end();
  }
  // All others are never answered.
};

const pages = use_pages(answers);
beforeAll(async () => {
  const tls = { key: fixture('localhost.key.pem'), cert: fixture('localhost.cert.pem') };
  secure = create_https(tls, (_, response) => response.end('secret'));
  await new Promise<void>((done) => secure.listen(0, '127.0.0.1', done));
  const head = 'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n';
  raw = await serve_raw({
    '/longer': (socket) => socket.end(`${head}Content-Length: 3\r\n\r\nabcdef`),
    '/chunked': (socket) =>
      socket.end(`${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`),
    '/nonsense': (socket) => socket.end('\x01\x02 nonsense'),
    '/two': (socket) => socket.end(`${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`),
  });
});
afterAll(async () => {
  secure?.closeAllConnections();
  secure?.close();
  await raw?.stop();
});
beforeEach(async () => {
  page ??= await pages.open();
});

/** The last event of a request that the page makes. */
const end = (
  path: string,
  options: HttpOptions = {},
  method = 'GET',
  headers: Record<string, string> = {},
) =>
  page.evaluate(
    async ([path, method, headers, options]) => {
      const id = bw.http_request(path, method, headers, '', options as HttpOptions);
      return new Promise<HttpEvent & { own?: string }>((done) => {
        const off = bw.async_on('http', (event) => {
          if (event.id !== id || event.status === 1) return;
          off();
          done({ ...event, own: event.response_headers?.get('x-own') ?? '' } as HttpEvent);
        });
      });
    },
    [path, method, headers, options as object] as const,
  );

it('304 to a condition of the caller, 500 with its page, and HEAD', async () => {
  expect(await end('/304')).toMatchObject({ status: 0, http_status: 200, result: 'new' });
  expect(await end('/304', {}, 'GET', { 'If-None-Match': '"v1"' })).toMatchObject({
    status: -1,
    http_status: 304,
    error: 'http_status',
    result: '',
  });
  expect(await end('/500')).toMatchObject({
    status: -1,
    http_status: 500,
    error: 'http_status',
    result: 'oh no',
    own: 'yes',
  });
  expect(await end('/head', {}, 'HEAD')).toMatchObject({ status: 0, result: '', own: 'yes' });
});

it('slow and chunked bodies are whole, and nothing beyond a promised length is taken', async () => {
  expect(await end('/slow')).toMatchObject({ status: 0, result: 'slow '.repeat(20) });
  expect(await end(`${raw.url}/chunked`)).toMatchObject({ status: 0, result: 'abcdef' });
  expect(await end(`${raw.url}/longer`)).toMatchObject({ status: 0, result: 'abc' });
});

it('what is no HTTP, and a certificate that nobody trusts, are no answer', async () => {
  const { port } = secure.address() as AddressInfo;
  const none = { status: -1, http_status: 0, error: 'network', result: '' };
  expect(await end(`https://127.0.0.1:${port}/`)).toMatchObject(none);
  expect(await end(`${raw.url}/two`)).toMatchObject(none);
  expect(await end(`${raw.url}/nonsense`)).toMatchObject(none);
});

it('the connect timeout ends a request that is never answered', async () => {
  await page.evaluate(() => bw.http_set_connect_timeout(100));
  const ended = await end('/never');
  await page.evaluate(() => bw.http_set_connect_timeout(60_000));
  expect(ended).toMatchObject({ status: -1, http_status: 0, error: 'timeout' });
});

it('a retry gets the answer that comes in the end', async () => {
  expect(await end('/busy', { retry: { count: 3, first_ms: 1 } })).toMatchObject({
    status: 0,
    result: 'at last',
  });
  expect(asked).toBe(3);
});
