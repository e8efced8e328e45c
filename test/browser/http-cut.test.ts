// What a page is told, in a real Chromium, of answers that break off: uploads with progress, parts that are kept, compressed bodies.
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import * as zlib from 'node:zlib';
import type { Page } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import type { HttpEvent, HttpOptions } from '../../bindings/index.js';
import { pattern } from '../http/server.js';
import { use_pages } from './pages.js';

const BODY = pattern(3_000_000);
const TEXT = Buffer.from(pattern(60_000).toString('base64'));
const PACKED: Record<string, Buffer> = {
  gzip: zlib.gzipSync(TEXT),
  deflate: zlib.deflateSync(TEXT),
  br: zlib.brotliCompressSync(TEXT),
};

/** Chromium keeps the first bytes of an answer back, and its head with them, until it can guess what they are. */
const BEGIN = 'x'.repeat(2000);

let page: Page;
/** Range of each request to `/part`. */
let ranges: (string | undefined)[] = [];
let cuts: number[] = [];

/** `/packed/CODING/HOW`: a compressed body and what is wrong with it. */
const packed: RequestListener = (request, response) => {
  const [, , coding, how] = (request.url ?? '').split('/');
  const whole = PACKED[coding];
  const half = whole.subarray(0, whole.length >> 1);
  response.setHeader('content-encoding', coding);
  if (how === 'damaged') {
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, damaged.length >> 1);
    response.end(damaged);
  } else if (how === 'checksum') {
    const damaged = Buffer.from(whole);
    damaged[whole.length - 6] ^= 1;
    response.end(damaged);
  } else if (how === 'told') {
    response.setHeader('content-length', half.length).end(half);
  } else if (how === 'promised') {
    response.setHeader('content-length', whole.length).write(half, () => response.destroy());
  } else if (how === 'chunked') {
    response.write(half);
    response.end();
  } else {
    response.setHeader('connection', 'close');
    response.useChunkedEncodingByDefault = false;
    response.end(half);
  }
};

const answers: RequestListener = async (request, response) => {
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  if (path.startsWith('/packed/')) return packed(request, response);
  if (path === '/part') {
    ranges.push(request.headers.range);
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const part = BODY.subarray(start);
    const range = `bytes ${start}-${BODY.length - 1}/${BODY.length}`;
    response.writeHead(start > 0 ? 206 : 200, {
      etag: '"v1"',
      'cache-control': 'no-store',
      'content-length': part.length,
      ...(start > 0 && { 'content-range': range }),
    });
    const cut = cuts.shift();
    if (cut === undefined) response.end(part);
    else {
      response.write(part.subarray(0, cut));
      setTimeout(() => response.destroy(), 200);
    }
    return;
  }
  request.resume();
  await once(request, 'end');
  if (path === '/cut') {
    response.writeHead(201, { 'content-length': 5000, 'x-own': 'yes' });
    response.write(BEGIN);
    setTimeout(() => response.destroy(), 100);
  } else if (path === '/hang-up') {
    response.destroy();
  } else if (path === '/stay') {
    response.writeHead(202).write(BEGIN);
  } else if (path === '/busy') {
    response.writeHead(503).end('busy');
  } else {
    response.writeHead(200).end('x'.repeat(5000));
  }
};

const pages = use_pages(answers);
beforeEach(async () => {
  page ??= await pages.open();
});

/** Makes a request in the page, with on_progress where it has a body; gives its last event. */
const end = (path: string, body?: string, options: HttpOptions & { abort?: boolean } = {}) =>
  page.evaluate(
    async ([path, body, { abort, ...options }]) => {
      const told: HttpEvent[] = [];
      const given = body === '' ? options : { ...options, on_progress: () => {} };
      const id = bw.http_request(path, body === '' ? 'GET' : 'POST', {}, body, given);
      return new Promise<object>((done) => {
        const off = bw.async_on('http', (event) => {
          if (event.id !== id) return;
          told.push(event);
          if (event.status === 1 && abort) bw.http_abort(id);
          if (event.status === 1) return;
          off();
          done({ ...event, own: event.response_headers?.get('x-own') ?? '' });
        });
      });
    },
    [path, body ?? '', options as { abort?: boolean }] as const,
  );

it('an upload with progress whose answer breaks off is truncated, with its status and headers', async () => {
  expect(await end('/cut', 'body')).toMatchObject({
    status: -1,
    error: 'truncated',
    http_status: 201,
    own: 'yes',
    contentLength: 5000,
    sizeUploaded: 4,
  });
});

it('an upload with progress tells no answer, an abort, a timeout and too long an answer apart', async () => {
  expect(await end('/hang-up', 'body')).toMatchObject({ error: 'network', http_status: 0 });
  expect(await end('/stay', 'body', { timeout: 4000 })).toMatchObject({
    error: 'timeout',
    http_status: 202,
  });
  expect(await end('/stay', 'body', { abort: true })).toMatchObject({ error: 'aborted' });
  expect(await end('/long', 'body', { max_response_bytes: 4999 })).toMatchObject({
    error: 'too_large',
    http_status: 200,
  });
  expect(await end('/busy', 'body')).toMatchObject({
    error: 'http_status',
    http_status: 503,
    result: 'busy',
  });
  expect(await end('/long', 'body')).toMatchObject({ status: 0, result: 'x'.repeat(5000) });
});

it('the answer to an upload with progress goes to a file, and into a buffer', async () => {
  expect(await end('/long', 'body', { response_file: 'up.bin' })).toMatchObject({
    status: 0,
    result: 'up.bin',
    sizeDownloaded: 5000,
  });
  const size = await page.evaluate(async () => bw.buffer_get_size(await bw.buffer_load('up.bin')));
  expect(size).toBe(5000);
  const b = await page.evaluate(() => bw.buffer_create(0, bw.buffer_grow, 1));
  expect(await end('/long', 'body', { response_buffer: b })).toMatchObject({ result: 5000 });
});

it.each(['opfs', 'indexeddb'] as const)(
  '%s: a part has what has come, and the rest is asked for',
  async (backend) => {
    await page.evaluate((backend) => bw.store_set_backend(backend), backend);
    ranges = [];
    cuts = [1_000_000, 500_000];
    const options = { response_file: `${backend}.bin`, resume: true };
    const path = `/part?${backend}`;
    const broken = (await end(path, '', options)) as HttpEvent;
    expect(broken).toMatchObject({ status: -1, error: 'truncated', http_status: 200 });
    const again = (await end(path, '', options)) as HttpEvent;
    expect(again).toMatchObject({ status: -1, error: 'truncated', http_status: 206 });
    expect(await end(path, '', options)).toMatchObject({
      status: 0,
      http_status: 206,
      sizeDownloaded: BODY.length,
    });
    const sizes = [broken.sizeDownloaded, again.sizeDownloaded];
    expect(sizes[0]).toBeGreaterThan(0);
    expect(sizes[1]).toBeGreaterThan(sizes[0]);
    expect(ranges).toEqual([undefined, ...sizes.map((size) => `bytes=${size}-`)]);
    const sum = await page.evaluate(async (name) => {
      let sum = 0;
      for (const byte of bw.buffer_view(await bw.buffer_load(name))) sum = (sum * 31 + byte) | 0;
      return sum;
    }, options.response_file);
    expect(sum).toBe(BODY.reduce((sum, byte) => (sum * 31 + byte) | 0, 0));
    await page.evaluate(() => bw.store_set_backend('default'));
  },
);

// Nobody but the browser sees the compressed bytes. What it takes for whole is for it to say; see docs/http.md.
it.each(Object.keys(PACKED))(
  '%s: a body that ends before its length is truncated',
  async (coding) => {
    expect(await end(`/packed/${coding}/promised`)).toMatchObject({
      status: -1,
      error: 'truncated',
      http_status: 200,
    });
    for (const how of ['told', 'chunked', 'closed']) {
      const { status, error, result } = (await end(`/packed/${coding}/${how}`)) as HttpEvent;
      expect([status, error]).toEqual(status === 0 ? [0, undefined] : [-1, 'truncated']);
      expect(TEXT.toString('latin1').startsWith(String(result))).toBe(true);
      expect(String(result).length).toBeLessThan(TEXT.length);
    }
  },
);

it('a damaged deflate body is truncated', async () => {
  for (const how of ['damaged', 'checksum']) {
    expect(await end(`/packed/deflate/${how}`)).toMatchObject({
      status: -1,
      error: 'truncated',
      http_status: 200,
    });
  }
});
