// Parts in stores that show nothing of a file before its end, as pages have them: one file with the bytes and what they are.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import * as bw from '../../bindings/index.js';
import { current_store, remove_file, save_file, with_file } from '../../bindings/store/files.js';
import { HttpLog } from './log.js';
import { pattern, serve, type TestServer } from './server.js';

const BODY = pattern(300_000);
const CUT = 100_000;
const PART = '.bytewire-x.bin.part';
let log: HttpLog;
let server: TestServer;
let version: { body: Buffer; etag: string };
/** So many of the next answers end at CUT bytes more. */
let cuts: number;

beforeEach(async () => {
  bw.store_set_backend('memory');
  log = new HttpLog();
  cuts = 1;
  version = { body: BODY, etag: '"v1"' };
  server = await serve({
    '*': ({ headers, socket }, response) => {
      const { body, etag } = version;
      const asked = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
      const from = (headers['if-range'] ?? etag) === etag ? asked : 0;
      if (from === body.length) {
        response.writeHead(416, { etag, 'content-range': `bytes */${from}` }).end();
        return;
      }
      const range = { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` };
      const length = { 'content-length': body.length - from };
      response.writeHead(from > 0 ? 206 : 200, { etag, ...length, ...(from > 0 && range) });
      if (cuts-- <= 0) response.end(body.subarray(from));
      else {
        const bytes = body.subarray(from, from + CUT);
        response.write(bytes, () => setTimeout(() => socket.destroy(), 20));
      }
    },
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  bw.store_set_backend('default');
  log.stop();
  await server.stop();
});

const get = (path = '/x') =>
  log.end(bw.http_get_file(server.url + path, 'x.bin', { resume: true }));
const asked = () => server.seen.at(-1)?.headers.range;
const bytes_of = (name: string) =>
  with_file(name, async (stored) => {
    if (stored === undefined) return undefined;
    return Buffer.from(await stored.read(0, stored.size_bytes));
  });
const part = async () => (await bytes_of(PART)) as Buffer;
const whole = async () => (await bytes_of('x.bin'))?.equals(version.body);

it('what broke off is gone on with, twice, and nothing of it stays', async () => {
  cuts = 2;
  expect(await get()).toMatchObject({ error: 'truncated', http_status: 200, sizeDownloaded: CUT });
  expect((await part()).subarray(0, CUT).equals(BODY.subarray(0, CUT))).toBe(true);
  expect(await get()).toMatchObject({ error: 'truncated', http_status: 206 });
  expect(asked()).toBe(`bytes=${CUT}-`);
  expect(await get()).toMatchObject({ status: 0, http_status: 206, sizeDownloaded: BODY.length });
  expect(asked()).toBe(`bytes=${2 * CUT}-`);
  expect(await whole()).toBe(true);
  expect(await part()).toBeUndefined();
});

it('another version, or another URL, comes whole, and what was kept goes', async () => {
  await get();
  version = { body: pattern(200_000).reverse(), etag: '"v2"' };
  expect(await get()).toMatchObject({ status: 0, http_status: 200 });
  expect(await whole()).toBe(true);
  cuts = 1;
  await get();
  expect(await get('/y')).toMatchObject({ status: 0, http_status: 200 });
  expect(asked()).toBeUndefined();
  expect(await part()).toBeUndefined();
});

const seal_of = (bytes: Buffer) => JSON.parse(bytes.subarray(CUT, -24).toString());
const resealed = (bytes: Buffer, change: object) => {
  const text = Buffer.from(JSON.stringify({ ...seal_of(bytes), ...change }));
  const foot = Buffer.concat([
    Buffer.from(String(text.length).padStart(8, '0')),
    bytes.subarray(-16),
  ]);
  return Buffer.concat([bytes.subarray(0, CUT), text, foot]);
};

it.each<[string, (bytes: Buffer) => Buffer]>([
  ['is empty', () => Buffer.alloc(0)],
  ['has no seal', (bytes) => bytes.subarray(0, CUT)],
  ['lost its last byte', (bytes) => bytes.subarray(0, -1)],
  ['lost its first byte', (bytes) => bytes.subarray(1)],
  [
    'has a seal that is longer than itself',
    (bytes) => Buffer.concat([Buffer.from('99999999'), bytes.subarray(-16)]),
  ],
  ['has a seal of another URL', (bytes) => resealed(bytes, { url: 'http://x/' })],
  ['has a seal without validator', (bytes) => resealed(bytes, { validator: '' })],
  ['has a seal of another length', (bytes) => resealed(bytes, { size_bytes: CUT - 1 })],
  ['has a seal of less than it has', (bytes) => resealed(bytes, { total_bytes: CUT - 1 })],
  [
    'has a seal that is no object',
    (bytes) =>
      Buffer.concat([bytes.subarray(0, CUT), Buffer.from('null00000004'), bytes.subarray(-16)]),
  ],
])('a part that %s is not believed', async (_, spoil) => {
  await get();
  await save_file(PART, spoil(await part()));
  expect(await get()).toMatchObject({ status: 0, http_status: 200 });
  expect(asked()).toBeUndefined();
  expect(await whole()).toBe(true);
  expect(await part()).toBeUndefined();
});

it('a part that another page replaces while it is copied is not believed', async () => {
  await get();
  const bytes = await part();
  const other = resealed(bytes, { id: 'other' });
  const store = current_store();
  const { create } = store;
  vi.spyOn(store, 'create').mockImplementationOnce(async (name, partial) => {
    // The first byte of the copy: from here on another one lies there.
    const writer = await create(PART);
    await writer.write(other);
    await writer.commit();
    return create(name, partial);
  });
  expect(await get()).toMatchObject({ status: 0, http_status: 200 });
  expect(asked()).toBeUndefined();
  expect(await whole()).toBe(true);
});

it('a part that is all of it needs no more, and one that went meanwhile is none', async () => {
  await get();
  const { total_bytes, ...rest } = seal_of(await part());
  const text = JSON.stringify({ ...rest, total_bytes, size_bytes: BODY.length });
  const foot = String(text.length).padStart(8, '0') + (await part()).subarray(-16).toString();
  await save_file(PART, Buffer.concat([BODY, Buffer.from(text + foot)]));
  expect(await get()).toMatchObject({ status: 0, sizeDownloaded: BODY.length });
  expect(await whole()).toBe(true);
  cuts = 1;
  await get();
  await remove_file(PART);
  expect(await get()).toMatchObject({ status: 0, http_status: 200 });
});
