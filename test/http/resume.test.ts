// Resume against servers that are wrong about lengths and ranges: all of the file or an error, never a part taken for the whole.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
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

const END = BODY.length;
const odd: [string, number, Record<string, string>][] = [
  [
    'a range that ends before it begins',
    206,
    { 'content-range': `bytes ${KEPT}-${KEPT - 1}/${END}` },
  ],
  ['a range beyond the total', 206, { 'content-range': `bytes ${KEPT}-${END}/${END}` }],
  ['a range from elsewhere', 206, { 'content-range': `bytes ${KEPT + 1}-${END - 1}/${END}` }],
  ['no range', 206, {}],
  ['another unit', 206, { 'content-range': `items ${KEPT}-${END - 1}/${END}` }],
  ['a number without end', 206, { 'content-range': `bytes ${KEPT}-${'9'.repeat(400)}/*` }],
  ['several ranges', 206, { 'content-type': 'multipart/byteranges; boundary=x' }],
  ['another version', 206, { 'content-range': `bytes ${KEPT}-${END - 1}/${END}`, etag: '"v2"' }],
  ['a weak version', 206, { 'content-range': `bytes ${KEPT}-${END - 1}/${END}`, etag: 'W/"v1"' }],
  [
    'part of a compressed form',
    206,
    { 'content-range': `bytes ${KEPT}-${END - 1}/${END}`, 'content-encoding': 'gzip' },
  ],
  ['416 although there is more', 416, { 'content-range': `bytes */${KEPT}` }],
  ['416 of another version', 416, { 'content-range': `bytes */${KEPT}`, etag: '"v2"' }],
  ['416 without a word', 416, {}],
];
it.each(odd)('starts over when the answer is %s', async (_, status, head) => {
  await broken((from, response) => {
    const bytes = Buffer.alloc(END - from, 'x');
    response.writeHead(status, { 'content-length': bytes.length, ...head }).end(bytes);
  });
  expect(await get()).toMatchObject({ status: 0, http_status: 200, sizeDownloaded: END });
  expect(server?.seen.map(({ headers }) => headers.range)).toEqual([
    undefined,
    `bytes=${KEPT}-`,
    undefined,
  ]);
  expect(readFileSync(here('x.bin')).equals(BODY)).toBe(true);
});

it('never goes on with an answer that was compressed', async () => {
  const packed = gzipSync(BODY);
  let cut = true;
  server = await serve({
    '*': (_, response) => {
      response.writeHead(200, { etag: '"v1"', 'content-encoding': 'gzip' });
      if (!cut) return response.end(packed);
      cut = false;
      return response.write(packed.subarray(0, packed.length >> 1), () => response.destroy());
    },
  });
  expect(await get()).toMatchObject({ status: -1, error: 'truncated' });
  expect(readdirSync(scratch.root)).toEqual([]);
  expect(await get()).toMatchObject({ status: 0, http_status: 200 });
  expect(server.seen.at(-1)?.headers.range).toBeUndefined();
  expect(readFileSync(here('x.bin')).equals(BODY)).toBe(true);
});

it('follows a redirect to where the rest is', async () => {
  await broken((from, response) => part(response, from, END, String(END)));
  const far = server!;
  const near = await serve({
    '*': (_, response) => response.writeHead(302, { location: `${far.url}/x` }).end(),
  });
  const kept = readFileSync(here('.bytewire-x.bin.part.json'), 'utf8');
  writeFileSync(here('.bytewire-x.bin.part.json'), kept.replace(far.url, near.url));
  const id = bw.http_get_file(`${near.url}/x`, 'x.bin', { resume: true });
  expect(await log.end(id)).toMatchObject({ status: 0, http_status: 206 });
  expect(far.seen.at(-1)?.headers).toMatchObject({ range: `bytes=${KEPT}-`, 'if-range': '"v1"' });
  expect(readFileSync(here('x.bin')).equals(BODY)).toBe(true);
  await near.stop();
});
