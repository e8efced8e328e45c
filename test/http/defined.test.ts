// Corners that a program may rely on: ranges of its own, parts nobody asked for, aborts in listeners, one buffer or file for two.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as bw from '../../bindings/index.js';
import { scratch_root } from '../store/scratch.js';
import { HttpLog } from './log.js';
import { body_of, pattern, type Route, serve, type TestServer } from './server.js';

const BODY = pattern(200_000);
let scratch: ReturnType<typeof scratch_root>;
let log: HttpLog;
let server: TestServer;
let held: (() => void)[];

const with_ranges: Route = ({ headers }, response) => {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  response.setHeader('etag', '"v1"');
  if (first === undefined) response.end(BODY);
  else {
    const end = Math.min(BODY.length - 1, Number(last || BODY.length - 1));
    const range = `bytes ${first}-${end}/${BODY.length}`;
    response.writeHead(206, { 'content-range': range });
    response.end(BODY.subarray(Number(first), end + 1));
  }
};

beforeEach(async () => {
  scratch = scratch_root();
  log = new HttpLog();
  held = [];
  const part = (range: string | undefined, body: Uint8Array): Route => {
    return (_, response) =>
      response.writeHead(206, range ? { 'content-range': range } : {}).end(body);
  };
  server = await serve({
    '/asset': with_ranges,
    '/part': part('bytes 0-99/200000', BODY.subarray(0, 100)),
    '/part-of-what': part('bytes 0-99/*', BODY.subarray(0, 100)),
    '/unnamed-part': part(undefined, BODY.subarray(0, 100)),
    '/whole-part': part(`bytes 0-${BODY.length - 1}/${BODY.length}`, BODY),
    '/held': (_, response) => void held.push(() => response.end('late')),
    '/slow': (_, response) => void response.write('begin'),
    '/count': async (request, response) => response.end(String((await body_of(request)).length)),
    '/mirror': async (request, response) => response.end(await body_of(request)),
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  bw.http_set_max_per_host(1024);
  log.stop();
  await server.stop();
  scratch.remove();
});

const url = (path: string) => server.url + path;
const here = (name: string) => join(scratch.root, name);

describe('ranges', () => {
  it('that the program asks for come as they are: 206, into a buffer, a text or a file', async () => {
    const headers = { range: 'bytes=1000-1099' };
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    expect(await log.end(bw.http_request(url('/asset'), 'GET', headers, b))).toMatchObject({
      status: 0,
      http_status: 206,
      result: 100,
    });
    expect(Buffer.from(bw.buffer_to_bytes(b)).equals(BODY.subarray(1000, 1100))).toBe(true);
    bw.buffer_delete(b);
    const id = bw.http_request(url('/asset'), 'GET', headers, '', { response_file: 'part' });
    expect(await log.end(id)).toMatchObject({ status: 0, http_status: 206, result: 'part' });
    expect(readFileSync(here('part')).equals(BODY.subarray(1000, 1100))).toBe(true);
  });

  it('that the program asks for do not go with resume, which makes its own', () => {
    for (const name of ['Range', 'if-range']) {
      const headers = { [name]: 'bytes=5-' };
      expect(() =>
        bw.http_request(url('/asset'), 'GET', headers, '', { response_file: 'x', resume: true }),
      ).toThrow(/resume/);
    }
  });

  it('that nobody asked for are not stored as the file; a buffer or a text shows them', async () => {
    await log.end(bw.http_get_file(url('/asset'), 'file'));
    for (const path of ['/part', '/part-of-what', '/unnamed-part']) {
      for (const options of [{}, { resume: true }]) {
        const end = await log.end(bw.http_get_file(url(path), 'file', options));
        expect(end, path).toMatchObject({ status: -1, http_status: 206, error: 'protocol' });
        expect(readFileSync(here('file')).equals(BODY), path).toBe(true);
      }
      expect(await log.end(bw.http_get(url(path)))).toMatchObject({
        status: 0,
        http_status: 206,
        sizeDownloaded: 100,
      });
    }
    expect(await log.end(bw.http_get_file(url('/whole-part'), 'whole'))).toMatchObject({
      status: 0,
    });
    expect(readFileSync(here('whole')).equals(BODY)).toBe(true);
  });
});

describe('timeout', () => {
  it('counts from the call, the wait for a turn included', async () => {
    bw.http_set_max_per_host(1);
    const first = bw.http_get(url('/held'));
    await vi.waitFor(() => expect(held.length).toBe(1));
    const second = bw.http_get(url('/held'), { timeout: 20 });
    expect(await log.end(second)).toMatchObject({ status: -1, http_status: 0, error: 'timeout' });
    expect(server.seen.length).toBe(1);
    // It has left the queue: the next one has its turn.
    const third = bw.http_get(url('/held'));
    held[0]();
    expect(await log.end(first)).toMatchObject({ status: 0 });
    await vi.waitFor(() => expect(held.length).toBe(2));
    held[1]();
    expect(await log.end(third)).toMatchObject({ status: 0, result: 'late' });
  });
});

describe('an abort', () => {
  it('in a progress listener or in on_progress ends the request, once', async () => {
    const off = bw.async_on('http', ({ id, status }) => {
      if (status === 1) expect(bw.http_abort(id)).toBe(true);
    });
    const first = bw.http_get(url('/slow'));
    expect(await log.end(first)).toMatchObject({ error: 'aborted', http_status: 200 });
    off();
    const second = bw.http_get(url('/slow'), { on_progress: ({ id }) => void bw.http_abort(id) });
    expect(await log.end(second)).toMatchObject({ error: 'aborted', http_status: 200 });
    for (const id of [first, second]) {
      expect(log.of(id).filter(({ status }) => status !== 1).length).toBe(1);
      expect(log.of(id).at(-1)?.status).toBe(-1);
    }
  });

  it('in the listener of the final event, or of another request, does what it says', async () => {
    let late: boolean | undefined;
    const other = bw.http_get(url('/slow'));
    const off = bw.async_on('http', ({ id, status }) => {
      if (status === 1 || id === other) return;
      late = bw.http_abort(id);
      bw.http_abort(other);
    });
    expect(await log.end(bw.http_get(url('/asset')))).toMatchObject({ status: 0 });
    expect(await log.end(other)).toMatchObject({ error: 'aborted' });
    expect(late).toBe(false);
    off();
  });

  it('in a listener may be followed by a new request at once', async () => {
    let next = -1;
    const off = bw.async_on('http', ({ id, status }) => {
      if (status !== 1 || next >= 0) return;
      bw.http_abort(id);
      next = bw.http_get(url('/asset'));
    });
    const first = bw.http_get(url('/slow'));
    await log.end(first);
    off();
    expect(await log.end(next)).toMatchObject({ status: 0, sizeDownloaded: BODY.length });
  });

  it('at any moment of an upload or a download leaves one event and no socket in use', async () => {
    const ids: number[] = [];
    for (let i = 0; i < 40; i++) {
      const id =
        i % 2 ? bw.http_get(url('/asset')) : bw.http_request(url('/mirror'), 'POST', {}, BODY);
      ids.push(id);
      setTimeout(() => bw.http_abort(id), i / 4);
    }
    await Promise.all(ids.map((id) => log.end(id)));
    for (const id of ids) {
      const ends = log.of(id).filter(({ status }) => status !== 1);
      expect(ends.length).toBe(1);
      expect([undefined, 'aborted']).toContain(ends[0].error);
    }
    expect(await log.end(bw.http_get(url('/asset')))).toMatchObject({ status: 0 });
  });
});

describe('one for two', () => {
  it('buffer: each request writes from where the position was at its call', async () => {
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    const half = BODY.length / 2;
    const ids = [0, half].map((start) => {
      bw.buffer_resize(b, Math.max(1, bw.buffer_get_size(b), start));
      bw.buffer_seek(b, bw.buffer_seek_start, start);
      const headers = { range: `bytes=${start}-${start + half - 1}` };
      return bw.http_request(url('/asset'), 'GET', headers, '', { response_buffer: b });
    });
    for (const id of ids) expect(await log.end(id)).toMatchObject({ status: 0, result: half });
    expect(Buffer.from(bw.buffer_to_bytes(b, 0, BODY.length)).equals(BODY)).toBe(true);
    expect(bw.buffer_get_size(b)).toBe(BODY.length);
    bw.buffer_delete(b);
  });

  it('buffer, at one position: both end well, the bytes are those of either', async () => {
    const b = bw.buffer_create(1, bw.buffer_grow, 1);
    const ids = [1, 2, 3].map(() => bw.http_request(url('/asset'), 'GET', {}, b));
    for (const id of ids) {
      expect(await log.end(id)).toMatchObject({ status: 0, result: BODY.length });
    }
    expect(Buffer.from(bw.buffer_to_bytes(b)).equals(BODY)).toBe(true);
    bw.buffer_delete(b);
  });

  it('buffer for the body and for the answer: what was in it at the call is sent', async () => {
    const b = bw.buffer_from(Uint8Array.from(BODY));
    const id = bw.http_request(url('/mirror'), 'POST', {}, b, { response_buffer: b });
    bw.buffer_fill(b, 0, bw.buffer_u8, 0, BODY.length);
    expect(await log.end(id)).toMatchObject({ status: 0, result: BODY.length });
    expect(Buffer.from(bw.buffer_to_bytes(b)).equals(BODY)).toBe(true);
    bw.buffer_delete(b);
  });

  it('body that is deleted, and memory that grows, while it goes out', async () => {
    const big = pattern(3 << 20);
    const b = bw.buffer_from(Uint8Array.from(big));
    const into = bw.buffer_create(0, bw.buffer_grow, 1);
    const id = bw.http_request(url('/mirror'), 'POST', {}, b, { response_buffer: into });
    bw.buffer_delete(b);
    const made: number[] = [];
    for (let i = 0; i < 20; i++) {
      made.push(bw.buffer_create(1 << 20, bw.buffer_fixed, 1));
      await new Promise((done) => setTimeout(done, 1));
    }
    expect(await log.end(id)).toMatchObject({ status: 0, result: big.length });
    expect(Buffer.from(bw.buffer_to_bytes(into)).equals(big)).toBe(true);
    for (const other of [into, ...made]) bw.buffer_delete(other);
  });

  it('file name: each is whole when it ends, the one that ends last stays', async () => {
    const ids = ['/asset', '/held', '/asset'].map((path) => bw.http_get_file(url(path), 'same'));
    for (const id of [ids[0], ids[2]]) expect(await log.end(id)).toMatchObject({ status: 0 });
    expect(readFileSync(here('same')).equals(BODY)).toBe(true);
    await vi.waitFor(() => expect(held.length).toBe(1));
    held[0]();
    expect(await log.end(ids[1])).toMatchObject({ status: 0, result: 'same' });
    expect(readFileSync(here('same'), 'utf8')).toBe('late');
  });

  it('file name, with resume, both broken off: what is kept is of one of them, and is gone on with', async () => {
    const cut: Route = ({ headers }, response) => {
      response.setHeader('etag', '"v1"');
      if (headers.range) with_ranges({ headers } as never, response);
      else {
        response.setHeader('content-length', BODY.length);
        const bytes = 1000 + 500 * broken++;
        response.write(BODY.subarray(0, bytes));
        setTimeout(() => response.destroy(), 100);
      }
    };
    let broken = 0;
    const other = await serve({ '*': cut });
    const get = () => bw.http_get_file(`${other.url}/`, 'both', { resume: true });
    const ids = [get(), get(), get()];
    for (const id of ids) expect(await log.end(id)).toMatchObject({ error: 'truncated' });
    expect(existsSync(here('both'))).toBe(false);
    expect(await log.end(get())).toMatchObject({ status: 0, http_status: 206 });
    expect(readFileSync(here('both')).equals(BODY)).toBe(true);
    await other.stop();
  });
});
