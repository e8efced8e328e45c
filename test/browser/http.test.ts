// http_* in a real Chromium: buffers, files, CORS, uploads with progress, wicked servers.
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HttpEvent, HttpOptions } from '../../bindings/index.js';
import { body_of, free_port, pattern, serve, serve_raw, type TestServer } from '../http/server.js';
import { use_pages } from './pages.js';

let other: TestServer;
let raw: TestServer;
let page: Page;

const BODY = pattern(3_000_000);
let cuts: number[] = [];

const answers: RequestListener = async (request, response) => {
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  if (path === '/dir/echo') {
    const body = await body_of(request);
    const { method, headers } = request;
    response.end(
      JSON.stringify({ method, headers, body: body.toString('latin1'), size: body.length }),
    );
  } else if (path === '/count') {
    response.end(String((await body_of(request)).length));
  } else if (path === '/binary') {
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const part = BODY.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      etag: '"v1"',
      'content-length': part.length,
      ...(start > 0 && { 'content-range': `bytes ${start}-${BODY.length - 1}/${BODY.length}` }),
    });
    const cut = cuts.shift();
    if (cut === undefined) response.end(part);
    else {
      response.write(part.subarray(0, cut));
      setTimeout(() => response.socket?.destroy(), 200);
    }
  } else if (path === '/part') {
    response.writeHead(206, { 'content-range': 'bytes 0-3/3000000' }).end('part');
  } else if (path === '/slow') {
    response.write('begin');
  } else if (path === '/gzip') {
    response
      .setHeader('content-encoding', 'gzip')
      .end(gzipSync(Buffer.from('squeezed '.repeat(1000))));
  } else if (path === '/204') {
    response.writeHead(204).end();
  } else if (path === '/redirect') {
    response.writeHead(302, { location: '/dir/echo' }).end();
  } else if (path === '/loop') {
    response.writeHead(302, { location: '/loop' }).end();
  } else if (path === '/away') {
    response.writeHead(302, { location: `${other.url}/open` }).end();
  } else {
    response.writeHead(404).end('not here');
  }
};

const pages = use_pages(answers);
beforeAll(async () => {
  // Another origin: one path lets all pages in, one those with credentials, one none.
  other = await serve({
    '/open': (request, response) => {
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('access-control-allow-headers', 'authorization, x-own');
      response.end(JSON.stringify({ headers: request.headers, method: request.method }));
    },
    '/with-cookies': (request, response) => {
      response.setHeader('access-control-allow-origin', new URL(pages.url).origin);
      response.setHeader('access-control-allow-credentials', 'true');
      response.setHeader('set-cookie', 'session=1; SameSite=Lax');
      response.end(JSON.stringify({ headers: request.headers }));
    },
    '/closed': (_, response) => response.end('secret'),
  });
  const cors = 'Access-Control-Allow-Origin: *\r\n';
  raw = await serve_raw({
    '/short': (socket) => socket.end(`HTTP/1.1 200 OK\r\n${cors}Content-Length: 100\r\n\r\nabc`),
    '/chunk': (socket) =>
      socket.end(`HTTP/1.1 200 OK\r\n${cors}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`),
    '/close': (socket) => socket.end(),
    '/silent': () => {},
  });
});
beforeEach(async () => {
  if (page !== undefined) return;
  page = await pages.open();
  // A request from the test: its final event, with what JSON can carry, and all progress before it.
  await page.evaluate(() => {
    const ended = new Map<number, (events: HttpEvent[]) => void>();
    const events = new Map<number, HttpEvent[]>();
    bw.async_on('http', (event) => {
      const list = events.get(event.id) ?? [];
      events.set(event.id, [
        ...list,
        { ...event, headers: [...(event.response_headers ?? [])] } as HttpEvent,
      ]);
      if (event.status !== 1) ended.get(event.id)?.(events.get(event.id) ?? []);
    });
    Object.assign(globalThis, {
      run: (id: number) =>
        new Promise<HttpEvent[]>((done) => {
          ended.set(id, done);
        }),
    });
  });
});
declare global {
  var run: (id: number) => Promise<HttpEvent[]>;
}
afterAll(async () => {
  await other?.stop();
  await raw?.stop();
});

const get = async (path: string, options?: HttpOptions) => {
  const events = await page.evaluate(
    ([path, options]) => run(bw.http_get(path!, options as HttpOptions)),
    [path, options as object] as const,
  );
  expect(events.filter(({ status }) => status !== 1).length).toBe(1);
  return events.at(-1)!;
};

describe('http in a page', () => {
  it('takes relative URLs, follows redirects, reads compressed and empty answers', async () => {
    expect(JSON.parse(String((await get('dir/echo')).result)).method).toBe('GET');
    expect(await get('/redirect')).toMatchObject({ status: 0, http_status: 200 });
    expect(await get('/gzip')).toMatchObject({
      status: 0,
      result: 'squeezed '.repeat(1000),
      contentLength: -1,
    });
    expect(await get('/204')).toMatchObject({ status: 0, http_status: 204, result: '' });
    expect(await get('/404')).toMatchObject({
      status: -1,
      http_status: 404,
      result: 'not here',
      error: 'http_status',
    });
    expect(await get('data:text/plain,hi')).toMatchObject({ status: 0, result: 'hi' });
  });

  it('leaves out forbidden headers, and sends text, bytes and buffers', async () => {
    const seen = await page.evaluate(async () => {
      const b = bw.buffer_from(new Uint8Array([1, 2, 200]));
      bw.buffer_seek(b, bw.buffer_seek_start, 3);
      const headers = {
        Cookie: 'a=1',
        host: 'evil',
        'sec-x': '1',
        'bad name': '1',
        'x-split': 'a\nb',
        'x-own': 'yes',
      };
      const [sent] = (await run(bw.http_request('dir/echo', 'POST', headers, b))).slice(-1);
      const [text] = (await run(bw.http_post_string('dir/echo', 'a=ü'))).slice(-1);
      return [sent, text].map(({ result }) => JSON.parse(String(result)));
    });
    expect(seen[0]).toMatchObject({
      method: 'POST',
      body: '\x01\x02\xc8',
      headers: { 'x-own': 'yes' },
    });
    for (const name of ['cookie', 'sec-x', 'x-split', 'content-type'])
      expect(seen[0].headers[name], name).toBeUndefined();
    expect(seen[0].headers.host).toMatch(/^127\.0\.0\.1/);
    expect(seen[1]).toMatchObject({
      size: 4,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  });

  it('streams into buffers of each kind and tells progress', async () => {
    const got = await page.evaluate(async (size) => {
      const kinds = [bw.buffer_grow, bw.buffer_fixed, bw.buffer_fixed, bw.buffer_wrap];
      const sizes = [0, size, size - 1, 1000];
      const out = [];
      for (let i = 0; i < kinds.length; i++) {
        const b = bw.buffer_create(sizes[i], kinds[i], 1);
        const events = await run(bw.http_request('/binary', 'GET', -1, b));
        const { status, result, error } = events.at(-1)!;
        let sum = 0;
        for (const byte of bw.buffer_view(b)) sum = (sum * 31 + byte) | 0;
        const progress = events.filter((event) => event.status === 1);
        out.push({
          status,
          result,
          error,
          sum,
          size: bw.buffer_get_size(b),
          told:
            progress.length > 0 && progress.every(({ contentLength }) => contentLength === size),
        });
        bw.buffer_delete(b);
      }
      return out;
    }, BODY.length);
    const sum = (bytes: Uint8Array) => bytes.reduce((sum, byte) => (sum * 31 + byte) | 0, 0);
    const { length } = BODY;
    expect(got[0]).toEqual({ status: 0, result: length, sum: sum(BODY), size: length, told: true });
    expect(got[1]).toEqual({ status: 0, result: length, sum: sum(BODY), size: length, told: true });
    expect(got[2]).toEqual({
      status: -1,
      result: length - 1,
      error: 'buffer_full',
      sum: sum(BODY.subarray(0, -1)),
      size: length - 1,
      told: true,
    });
    expect(got[3]).toEqual({
      status: 0,
      result: length,
      sum: sum(BODY.subarray(length - 1000)),
      size: 1000,
      told: true,
    });
  });

  it('tells how far an upload has gone', async () => {
    const { told, end, cut } = await page.evaluate(async () => {
      const told: number[] = [];
      const body = new Uint8Array(12_000_000);
      const options = { on_progress: ({ sizeUploaded }: HttpEvent) => told.push(sizeUploaded) };
      const [end] = (
        await run(bw.http_request('/count', 'POST', { 'x-own': '1' }, body, options))
      ).slice(-1);
      const id = bw.http_request('/slow', 'POST', {}, 'x', options);
      bw.http_abort(id);
      const [cut] = (await run(id)).slice(-1);
      return { told, end, cut };
    });
    expect(told.length).toBeGreaterThan(0);
    expect(told.some((bytes) => bytes > 0)).toBe(true);
    expect(end).toMatchObject({
      status: 0,
      http_status: 200,
      result: '12000000',
      uploadLength: 12_000_000,
    });
    expect(cut).toMatchObject({ status: -1, error: 'aborted' });
  });

  it('stores files, atomically and only 2xx, and goes on where a transfer broke off', async () => {
    const got = await page.evaluate(async () => {
      const end = async (url: string, options?: HttpOptions) =>
        (await run(bw.http_get_file(url, 'assets/x.bin', options))).at(-1)!;
      const size = async (name: string) => {
        const b = await bw.buffer_load(name);
        return b < 0 ? -1 : bw.buffer_get_size(b);
      };
      const first = await end('/404');
      const none = await size('assets/x.bin');
      const stored = await end('/binary');
      const failed = await end('/404');
      return { first, none, stored, failed, kept: await size('assets/x.bin') };
    });
    expect(got).toMatchObject({
      first: { status: -1, http_status: 404, result: 'not here' },
      none: -1,
      stored: { status: 0, result: 'assets/x.bin' },
      failed: { status: -1 },
      kept: BODY.length,
    });
    cuts = [1_000_000];
    const resumed = await page.evaluate(async () => {
      const end = async () =>
        (await run(bw.http_get_file('/binary', 'y.bin', { resume: true }))).at(-1)!;
      const broken = await end();
      const whole = await end();
      const b = await bw.buffer_load('y.bin');
      let sum = 0;
      for (const byte of bw.buffer_view(b)) sum = (sum * 31 + byte) | 0;
      return {
        broken,
        whole,
        sum,
      };
    });
    expect(resumed).toMatchObject({
      broken: { status: -1, error: 'truncated', http_status: 200 },
      whole: { status: 0, http_status: 206, sizeDownloaded: BODY.length },
      sum: BODY.reduce((sum, byte) => (sum * 31 + byte) | 0, 0),
    });
  });

  it('stores no part that nobody asked for, and counts the wait for a turn into the timeout', async () => {
    expect(await get('/part')).toMatchObject({ status: 0, http_status: 206, result: 'part' });
    const got = await page.evaluate(async () => {
      const [part] = (await run(bw.http_get_file('/part', 'z.bin'))).slice(-1);
      bw.http_set_max_per_host(1);
      const first = bw.http_get('/slow');
      const [second] = (await run(bw.http_get('/slow', { timeout: 50 }))).slice(-1);
      bw.http_set_max_per_host(1024);
      bw.http_abort(first);
      return { part, second, stored: await bw.buffer_load('z.bin') };
    });
    expect(got).toMatchObject({
      part: { status: -1, http_status: 206, error: 'protocol' },
      second: { status: -1, http_status: 0, error: 'timeout' },
      stored: -1,
    });
  });

  it('maps the CORS modes, and takes no credentials elsewhere', async () => {
    const cookie = async (mode: string) => {
      const result = await page.evaluate(
        async ([mode, url]) => {
          bw.http_set_request_crossorigin(mode);
          const [end] = (await run(bw.http_get(url))).slice(-1);
          bw.http_set_request_crossorigin('anonymous');
          return end;
        },
        [mode, `${other.url}/with-cookies`],
      );
      return result.status === 0 ? JSON.parse(String(result.result)).headers.cookie : result.error;
    };
    await cookie('use-credentials');
    expect(await cookie('use-credentials')).toBe('session=1');
    expect(await cookie('anonymous')).toBeUndefined();
    expect(await cookie('omit')).toBeUndefined();
    expect(await cookie('same-origin')).toBe('network');
    expect(await get(`${other.url}/closed`)).toMatchObject({
      status: -1,
      http_status: 0,
      result: '',
      error: 'network',
    });
    const away = await page.evaluate(async () => {
      const headers = { authorization: 'Bearer secret', 'x-own': '1' };
      return (await run(bw.http_request('/away', 'GET', headers, ''))).at(-1)!;
    });
    expect(
      away.status === 0 ? JSON.parse(String(away.result)).headers.authorization : undefined,
    ).toBeUndefined();
  });

  it('tells failures apart as far as a page is told', async () => {
    expect(await get(`http://127.0.0.1:${await free_port()}/`)).toMatchObject({
      status: -1,
      http_status: 0,
      error: 'network',
    });
    expect(await get(`${raw.url}/close`)).toMatchObject({ error: 'network' });
    expect(await get('/loop')).toMatchObject({ error: 'network' });
    for (const path of ['/short', '/chunk']) {
      expect(await get(raw.url + path)).toMatchObject({
        status: -1,
        http_status: 200,
        error: 'truncated',
      });
    }
    expect(await get(`${raw.url}/silent`, { timeout: 50 })).toMatchObject({ error: 'timeout' });
    expect(await get('/slow', { timeout: 200 })).toMatchObject({ error: 'timeout' });
    expect(await get('/binary', { max_response_bytes: 1000 })).toMatchObject({
      error: 'too_large',
      http_status: 200,
    });
    expect(await get('file:///etc/passwd')).toMatchObject({ error: 'scheme' });
    const aborted = await page.evaluate(async () => {
      const id = bw.http_get('/slow');
      const ended = run(id);
      await new Promise<void>((done) => {
        const off = bw.async_on('http', (event) => {
          if (event.id !== id) return;
          off();
          done();
        });
      });
      bw.http_abort(id);
      return (await ended).at(-1)!;
    });
    expect(aborted).toMatchObject({ status: -1, error: 'aborted', http_status: 200 });
  });

  it('has 1000 requests under way at once', async () => {
    const good = await page.evaluate(async () => {
      const ids = Array.from({ length: 1000 }, (_, i) => bw.http_get(`dir/echo?${i}`));
      const ends = await Promise.all(ids.map((id) => run(id)));
      return ends.filter((events) => events.at(-1)!.status === 0).length;
    });
    expect(good).toBe(1000);
  });

  it('has more requests to several hosts than the browser can hold at once, and loses none', async () => {
    const errors = await page.evaluate(async (url) => {
      const hosts = [url, url.replace('127.0.0.1', 'localhost')];
      const ids = Array.from({ length: 2400 }, (_, i) => bw.http_get(`${hosts[i % 2]}/open`));
      const ends = await Promise.all(ids.map((id) => run(id)));
      return ends.map((events) => events.at(-1)!.error).filter(Boolean);
    }, other.url);
    expect(errors).toEqual([]);
  });
});
