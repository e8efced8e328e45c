// http_get_file: all of it or nothing, never an error page, and transfers that broke off gone on with.
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clock } from '../../bindings/http-clock.js';
import * as bw from '../../bindings/index.js';
import { scratch_root } from '../store/scratch.js';
import { HttpLog } from './log.js';
import { pattern, type Route, serve, type TestServer } from './server.js';

const BODY = pattern(300_000);
let scratch: ReturnType<typeof scratch_root>;
let log: HttpLog;
let server: TestServer;
/** Bytes after which the connection ends (negative: nothing more comes), for the next answers; then whole ones. */
let cuts: number[] = [];
/** A status that `/asset` answers with instead; 0: it hangs up; -1: it works. */
let fails_with = -1;
/** What `/asset` is now. */
let asset: { body: Buffer; headers: Record<string, string> };

function answer_range(response: ServerResponse, start: number): void {
  const { body, headers } = asset;
  const part = body.subarray(start);
  const range = `bytes ${start}-${body.length - 1}/${body.length}`;
  response.writeHead(start > 0 ? 206 : 200, {
    ...headers,
    'content-length': part.length,
    ...(start > 0 && { 'content-range': range }),
  });
  const cut = cuts.shift();
  if (cut === undefined) {
    response.end(part);
    return;
  }
  response.write(part.subarray(0, Math.abs(cut)));
  if (cut < 0) return;
  // After the bytes have arrived, or nobody could go on after them.
  setTimeout(() => response.socket?.destroy(), 400);
}

/** A server that knows ranges, as RFC 9110 has them. */
const with_ranges: Route = ({ headers, socket }, response) => {
  if (fails_with === 0) socket.destroy();
  if (fails_with >= 0) {
    response.writeHead(fails_with || 500).end();
    return;
  }
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const condition = headers['if-range'];
  const fits =
    condition === undefined ||
    condition === asset.headers.etag ||
    condition === asset.headers['last-modified'];
  if (fits && start >= asset.body.length && start > 0) response.writeHead(416).end();
  else answer_range(response, fits ? start : 0);
};

beforeEach(async () => {
  scratch = scratch_root();
  log = new HttpLog();
  cuts = [];
  fails_with = -1;
  asset = { body: BODY, headers: { etag: '"v1"' } };
  server = await serve({
    '/asset': with_ranges,
    '/no-ranges': (_, response) => answer_range(response, 0),
    '/500': (_, response) => response.writeHead(500).end('oh no'),
    '/204': (_, response) => response.writeHead(204).end(),
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  log.stop();
  await server.stop();
  scratch.remove();
});

const here = (name: string) => join(scratch.root, name);
const get = (path: string, options?: bw.HttpOptions) =>
  log.end(bw.http_get_file(server.url + path, 'data/asset.bin', options));
const note = () => JSON.parse(readFileSync(here('data/.bytewire-asset.bin.part.json'), 'utf8'));
const part_of = (): string => note().part;
const stored = () => readFileSync(here('data/asset.bin'));
const starts = () => ranges().map(([range]) => Number(/\d+/.exec(String(range))?.[0] ?? 0));
const ranges = () => server.seen.map(({ headers }) => [headers.range, headers['if-range']]);

describe('http_get_file', () => {
  it('stores what buffer_load loads; the result is the name', async () => {
    expect(await get('/asset')).toMatchObject({
      status: 0,
      http_status: 200,
      result: 'data/asset.bin',
      sizeDownloaded: BODY.length,
      contentLength: BODY.length,
    });
    const b = await bw.buffer_load('data/asset.bin');
    expect(Buffer.from(bw.buffer_to_bytes(b)).equals(BODY)).toBe(true);
    bw.buffer_delete(b);
    expect(await get('/204')).toMatchObject({ status: 0, http_status: 204 });
    expect(stored().equals(BODY)).toBe(true);
    expect(
      await log.end(
        bw.http_request(`${server.url}/asset`, 'HEAD', {}, undefined, {
          response_file: 'data/asset.bin',
        }),
      ),
    ).toMatchObject({ status: 0 });
    expect(stored().equals(BODY)).toBe(true);
  });

  it('keeps the old file when the transfer fails in any way, and leaves nothing unfinished', async () => {
    await get('/asset');
    cuts = [1000];
    expect(await get('/asset')).toMatchObject({ status: -1, error: 'truncated', result: '' });
    expect(await get('/500')).toMatchObject({
      status: -1,
      error: 'http_status',
      http_status: 500,
      result: 'oh no',
    });
    expect(await get('/404')).toMatchObject({
      status: -1,
      http_status: 404,
      result: 'no such path',
    });
    expect(await get('/asset', { max_response_bytes: 299_999 })).toMatchObject({
      error: 'too_large',
    });
    cuts = [-1000];
    const id = bw.http_get_file(`${server.url}/asset`, 'data/asset.bin');
    await log.when(id, ({ sizeDownloaded }) => sizeDownloaded > 0);
    bw.http_abort(id);
    expect(await log.end(id)).toMatchObject({ error: 'aborted' });
    expect(stored().equals(BODY)).toBe(true);
    await vi.waitFor(() => expect(readdirSync(here('data'))).toEqual(['asset.bin']));
  });

  it('reads an endless error page up to a limit', async () => {
    const endless = await serve({
      '*': (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write('no '.repeat(20_000)));
          response.once('drain', more);
        };
        response.writeHead(404);
        more();
      },
    });
    const event = await log.end(bw.http_get_file(`${endless.url}/`, 'x'));
    expect(event).toMatchObject({ status: -1, http_status: 404, error: 'http_status' });
    expect(String(event.result).length).toBe(1 << 20);
    await endless.stop();
  });

  it('that fails where there was no file leaves none', async () => {
    cuts = [1000];
    await get('/asset');
    await get('/500');
    expect(existsSync(here('data/asset.bin'))).toBe(false);
  });

  it('refuses names that are none, and says when the file cannot be stored', async () => {
    for (const name of ['../x', '/x', 'a\\b', ''])
      expect(() => bw.http_get_file(server.url, name)).toThrow(RangeError);
    writeFileSync(here('data'), 'a file where a folder is needed');
    expect(await get('/asset')).toMatchObject({
      status: -1,
      http_status: 200,
      error: 'store_failed',
    });
  });

  it('stores the answer to any request with response_file', async () => {
    const id = bw.http_request(`${server.url}/asset`, 'POST', {}, 'question', {
      response_file: 'answer',
    });
    expect(await log.end(id)).toMatchObject({ status: 0, result: 'answer' });
    expect(readFileSync(here('answer')).equals(BODY)).toBe(true);
  });
});

describe('resume', () => {
  it('goes on in the repetitions of a request, for files, buffers and text', async () => {
    vi.spyOn(clock, 'random').mockReturnValue(0);
    const options = { resume: true, retry: 5 };
    cuts = [100_000, 50_000];
    expect(await get('/asset', options)).toMatchObject({
      status: 0,
      http_status: 206,
      sizeDownloaded: BODY.length,
      contentLength: BODY.length,
    });
    expect(stored().equals(BODY)).toBe(true);
    // How much of the last piece was still taken in is up to the host.
    expect(ranges().map(([, condition]) => condition)).toEqual([undefined, '"v1"', '"v1"']);
    const [, first, second] = starts();
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(100_000);
    expect(second).toBeGreaterThan(first);
    expect(readdirSync(here('data'))).toEqual(['asset.bin']);

    cuts = [7];
    const b = bw.buffer_from(new Uint8Array([1, 2]));
    bw.buffer_seek(b, bw.buffer_seek_start, 2);
    const id = bw.http_request(`${server.url}/asset`, 'GET', {}, undefined, {
      ...options,
      response_buffer: b,
    });
    expect(await log.end(id)).toMatchObject({ status: 0, result: BODY.length });
    expect(Buffer.from(bw.buffer_to_bytes(b, 2)).equals(BODY)).toBe(true);
    bw.buffer_delete(b);

    asset.body = Buffer.from('äöü'.repeat(1000));
    cuts = [1001];
    expect(await log.end(bw.http_get(`${server.url}/asset`, options))).toMatchObject({
      result: 'äöü'.repeat(1000),
    });
  });

  it('goes on in the next request, and only for the same URL and the same version', async () => {
    const resume = { resume: true };
    cuts = [100_000];
    const broken = await get('/asset', resume);
    expect(broken).toMatchObject({ status: -1, error: 'truncated' });
    expect(readdirSync(here('data')).sort()).toEqual([part_of(), '.bytewire-asset.bin.part.json']);
    expect(statSync(here(`data/${part_of()}`)).size).toBe(broken.sizeDownloaded);
    cuts = [60_000];
    const again = await get('/asset', resume);
    expect(again).toMatchObject({ status: -1, error: 'truncated', http_status: 206 });
    // Failures without a byte keep what is there.
    for (const answer of [500, 0]) {
      fails_with = answer;
      expect(await get('/asset', resume)).toMatchObject({ status: -1, http_status: answer });
    }
    fails_with = -1;
    expect(await get('/asset', resume)).toMatchObject({ status: 0, http_status: 206 });
    expect(stored().equals(BODY)).toBe(true);
    const later = again.sizeDownloaded;
    // The one that was hung up on had an old connection: it was asked once more on a new one.
    expect(starts()).toEqual([0, broken.sizeDownloaded, later, later, later, later]);
    expect(later).toBeGreaterThan(broken.sizeDownloaded);
    expect(readdirSync(here('data'))).toEqual(['asset.bin']);

    // Another version meanwhile: If-Range fails, all of the new one comes.
    cuts = [100_000];
    await get('/asset', resume);
    asset = { body: pattern(200_000).reverse(), headers: { etag: '"v2"' } };
    expect(await get('/asset', resume)).toMatchObject({
      status: 0,
      http_status: 200,
      sizeDownloaded: 200_000,
    });
    expect(stored().equals(asset.body)).toBe(true);

    // Another URL: nothing is gone on with.
    cuts = [100_000];
    await get('/asset', resume);
    await get('/asset?other', resume);
    expect(server.seen.at(-1)?.headers.range).toBeUndefined();
    expect(stored().equals(asset.body)).toBe(true);
  });

  it('starts again where the server knows no ranges, gives the wrong one, or has nothing left', async () => {
    const resume = { resume: true };
    cuts = [1000];
    asset.headers = { etag: '"v1"' };
    await get('/no-ranges', resume);
    expect(await get('/no-ranges', resume)).toMatchObject({ status: 0, http_status: 200 });
    expect(stored().equals(BODY)).toBe(true);

    const wrong: [string, Route][] = [
      [
        'another start',
        (_, response) =>
          response.writeHead(206, { 'content-range': 'bytes 5-9/10', etag: '"v1"' }).end('xxxxx'),
      ],
      [
        'another version',
        (_, response) =>
          response
            .writeHead(206, { 'content-range': 'bytes 1000-1003/1004', etag: '"v9"' })
            .end('xxxx'),
      ],
      ['no range', (_, response) => response.writeHead(206, { etag: '"v1"' }).end('xxxx')],
      ['416', (_, response) => response.writeHead(416).end()],
    ];
    for (const [name, route] of wrong) {
      const odd = await serve({
        '*': (request, response) =>
          request.headers.range ? route(request, response) : answer_range(response, 0),
      });
      cuts = [1000];
      const url = `${odd.url}/${encodeURIComponent(name)}`;
      await log.end(bw.http_get_file(url, 'data/asset.bin', resume));
      expect(await log.end(bw.http_get_file(url, 'data/asset.bin', resume)), name).toMatchObject({
        status: 0,
        http_status: 200,
      });
      expect(stored().equals(BODY), name).toBe(true);
      expect(odd.seen.length).toBe(3);
      await odd.stop();
    }
  });

  it('goes on again when it is given less than it asked for, and takes no part for the whole', async () => {
    let most = 300;
    const stingy = await serve({
      '*': (request, response) => {
        const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
        const part = BODY.subarray(from, from === 0 ? 1000 : from + most);
        const last = from + part.length - 1;
        response.setHeader('etag', '"v1"');
        if (from === 0) {
          response.setHeader('content-length', BODY.length);
          response.write(part, () => response.destroy());
          return;
        }
        response.setHeader('content-range', `bytes ${from}-${last}/${BODY.length}`);
        response.writeHead(206, { 'content-length': part.length }).end(part);
      },
    });
    const url = `${stingy.url}/asset`;
    await log.end(bw.http_get_file(url, 'data/asset.bin', { resume: true }));
    expect(await log.end(bw.http_get_file(url, 'data/asset.bin', { resume: true }))).toMatchObject({
      status: -1,
      http_status: 206,
      error: 'truncated',
    });
    most = BODY.length;
    expect(await log.end(bw.http_get_file(url, 'data/asset.bin', { resume: true }))).toMatchObject({
      status: 0,
    });
    expect(stingy.seen.at(-1)?.headers.range).toBe('bytes=1300-');
    expect(stored().equals(BODY)).toBe(true);
    await stingy.stop();
  });

  it('needs a validator that is strong, and a body that is not compressed', async () => {
    const resume = { resume: true };
    const old = {
      date: 'Wed, 21 Oct 2015 07:28:01 GMT',
      'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT',
    };
    const cases: [Record<string, string>, boolean][] = [
      [{ etag: 'W/"v1"' }, false],
      [{}, false],
      [old, true],
      [{ ...old, date: old['last-modified'] }, false],
      [{ etag: '"v1"', 'accept-ranges': 'none' }, false],
    ];
    for (const [headers, resumes] of cases) {
      asset.headers = headers;
      cuts = [1000];
      await get('/asset', resume);
      await get('/asset', resume);
      expect(server.seen.at(-1)?.headers.range, JSON.stringify(headers)).toBe(
        resumes ? 'bytes=1000-' : undefined,
      );
      expect(createHash('md5').update(stored()).digest('hex')).toBe(
        createHash('md5').update(BODY).digest('hex'),
      );
    }
  });

  it('trusts no note that does not fit its bytes', async () => {
    const resume = { resume: true };
    for (const spoil of [
      () => writeFileSync(here(`data/${part_of()}`), 'short'),
      () => unlinkSync(here(`data/${part_of()}`)),
      () => writeFileSync(here('data/.bytewire-asset.bin.part.json'), '{"url":'),
      () => writeFileSync(here('data/.bytewire-asset.bin.part.json'), 'null'),
      () => writeFileSync(here('data/.bytewire-asset.bin.part.json'), 'x'.repeat(100_000)),
    ]) {
      cuts = [1000];
      await get('/asset', resume);
      spoil();
      expect(await get('/asset', resume)).toMatchObject({ status: 0, http_status: 200 });
      expect(stored().equals(BODY)).toBe(true);
    }
  });
});
