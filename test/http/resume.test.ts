// Resume against servers that are wrong about lengths and ranges: all of the file or an error, never a part taken for the whole.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import { scratch_root } from '../store/scratch.js';
import { HttpLog } from './log.js';
import { pattern, serve, type TestServer } from './server.js';

const BODY = pattern(5000);
const KEPT = 1000;
let scratch: ReturnType<typeof scratch_root>;
let log: HttpLog;
let server: TestServer | undefined;

beforeEach(() => {
  scratch = scratch_root();
  log = new HttpLog();
});
afterEach(async () => {
  log.stop();
  await server?.stop();
  server = undefined;
  scratch.remove();
});

const here = (name: string) => join(scratch.root, name);
const get = () => log.end(bw.http_get_file(`${server?.url}/x`, 'x.bin', { resume: true }));

/** The first answer breaks off after KEPT bytes; those to ranges are the test's; the others whole. */
async function broken(
  answer: (from: number, response: ServerResponse) => void,
  chunked = false,
): Promise<void> {
  let first = true;
  server = await serve({
    '*': ({ headers }, response) => {
      response.setHeader('etag', '"v1"');
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
      if (from > 0) {
        answer(from, response);
        return;
      }
      if (!chunked) response.setHeader('content-length', BODY.length);
      if (!first) {
        response.end(BODY);
        return;
      }
      first = false;
      response.write(BODY.subarray(0, KEPT), () => response.destroy());
    },
  });
  expect(await get()).toMatchObject({ status: -1, error: 'truncated' });
}

function part(response: ServerResponse, from: number, end: number, total: string, body = BODY) {
  const head = { 'content-range': `bytes ${from}-${end - 1}/${total}` };
  response.writeHead(206, head).end(body.subarray(from, end));
}

it('starts over when a part claims another total than the first answer did', async () => {
  await broken((from, response) => part(response, from, 1500, '1500'));
  expect(await get()).toMatchObject({ status: 0, http_status: 200 });
  expect(readFileSync(here('x.bin')).equals(BODY)).toBe(true);
});

it('takes no part of an unknown total for all of it: a known one counts', async () => {
  await broken((from, response) => part(response, from, Math.min(from + 2500, BODY.length), '*'));
  expect(await get()).toMatchObject({ status: -1, error: 'truncated', http_status: 206 });
  expect(existsSync(here('x.bin'))).toBe(false);
  expect(await get()).toMatchObject({ status: 0, http_status: 206 });
  expect(readFileSync(here('x.bin')).equals(BODY)).toBe(true);
});

it('asks on until the server has no more where nobody told the total', async () => {
  await broken((from, response) => {
    if (from < BODY.length) part(response, from, BODY.length, '*');
    else response.writeHead(416, { 'content-range': `bytes */${BODY.length}` }).end();
  }, true);
  expect(await get()).toMatchObject({ status: -1, error: 'truncated' });
  expect(existsSync(here('x.bin'))).toBe(false);
  expect(await get()).toMatchObject({ status: 0, http_status: 206, sizeDownloaded: BODY.length });
  expect(readFileSync(here('x.bin')).equals(BODY)).toBe(true);
});

it('keeps nothing beyond the range that a part declares', async () => {
  let lies = true;
  await broken((from, response) => {
    if (!lies) return part(response, from, BODY.length, String(BODY.length));
    lies = false;
    const range = `bytes ${from}-${from + 9}/${BODY.length}`;
    response.writeHead(206, { 'content-range': range }).end('x'.repeat(1000));
  });
  expect(await get()).toMatchObject({ status: -1, error: 'protocol', http_status: 206 });
  expect(await get()).toMatchObject({ status: 0 });
  expect(readFileSync(here('x.bin')).equals(BODY)).toBe(true);
});

it("leaves the user's own NAME.part alone, and refuses names that are too long for a part", async () => {
  const own = ['x.bin.part', 'x.bin.part.json'];
  for (const name of own) writeFileSync(here(name), 'mine');
  await broken((from, response) => part(response, from, BODY.length, String(BODY.length)));
  expect(own.map((name) => readFileSync(here(name), 'utf8'))).toEqual(['mine', 'mine']);
  expect(await get()).toMatchObject({ status: 0, http_status: 206 });
  expect(own.map((name) => readFileSync(here(name), 'utf8'))).toEqual(['mine', 'mine']);
  const long = `folder/${'é'.repeat(118)}`;
  expect(() => bw.http_get_file('http://127.0.0.1:1/', long, { resume: true })).toThrow(RangeError);
});
