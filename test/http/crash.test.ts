// Resume after the death of the program: what it had is there from the first byte on, and nobody mixes it with other bytes.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import * as bw from '../../bindings/index.js';
import { scratch_root } from '../store/scratch.js';
import { HttpLog } from './log.js';
import { pattern, serve, type TestServer } from './server.js';

const top = fileURLToPath(new URL('../..', import.meta.url));
const BODY = pattern(600_000);
const CUT = 200_000;
const NOTE = '.bytewire-x.bin.part.json';
let scratch: ReturnType<typeof scratch_root>;
let log: HttpLog;
let server: TestServer;
let children: ChildProcess[];
/** What the server has now, and answers that stay open: how many of the next ones stop at CUT. */
let version: { body: Buffer; etag: string };
let held = 0;
let empty: boolean;
/** So many of the next answers are a head, and nothing after it. */
let silent: number;
let open: ServerResponse[];

beforeEach(async () => {
  scratch = scratch_root();
  log = new HttpLog();
  children = [];
  open = [];
  held = 1;
  empty = false;
  silent = 0;
  version = { body: BODY, etag: '"v1"' };
  server = await serve({
    '*': ({ headers }, response) => {
      const { body, etag } = version;
      if (empty) {
        response.writeHead(204, { etag }).end();
        return;
      }
      const asked = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
      const from = (headers['if-range'] ?? etag) === etag ? asked : 0;
      const range = `bytes ${from}-${body.length - 1}/${body.length}`;
      const length = { 'content-length': body.length - from };
      if (from > 0) response.writeHead(206, { etag, 'content-range': range, ...length });
      else response.writeHead(200, { etag, ...length });
      if (silent-- > 0) {
        response.flushHeaders();
      } else if (held-- > 0) {
        response.write(body.subarray(from, from + CUT));
        open.push(response);
      } else response.end(body.subarray(from));
    },
  });
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  log.stop();
  await server.stop();
  scratch.remove();
});

const here = (name: string) => join(scratch.root, name);
const start = () => bw.http_get_file(`${server.url}/x`, 'x.bin', { resume: true });
const get = () => log.end(start());
const note = () => JSON.parse(readFileSync(here(NOTE), 'utf8'));
const change = (what: object) => writeFileSync(here(NOTE), JSON.stringify({ ...note(), ...what }));
const stored = () => readFileSync(here('x.bin'));
const asked = () => server.seen.at(-1)?.headers;

/** A program of its own that gets the file. */
function run(): ChildProcess {
  const code = `
    import * as bw from ${JSON.stringify(join(top, 'dist/node/index.js'))};
    bw.store_set_root(${JSON.stringify(scratch.root)});
    bw.async_on('http', ({ status }) => console.log(status));
    bw.http_get_file(${JSON.stringify(`${server.url}/x`)}, 'x.bin', { resume: true });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

/** The same, when it has the first CUT bytes. */
async function program(): Promise<ChildProcess> {
  const child = run();
  await vi.waitFor(() => expect(statSync(here(note().part)).size).toBeGreaterThanOrEqual(CUT));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await gone;
}

async function killed(): Promise<void> {
  await kill(await program());
}

it('a killed program leaves a part, which the next one goes on with', async () => {
  writeFileSync(here('x.bin'), 'old');
  for (const name of ['x.bin.part', 'x.bin.part.json', 'x.part']) writeFileSync(here(name), 'mine');
  await killed();
  expect(stored().toString()).toBe('old');
  expect(await get()).toMatchObject({ status: 0, http_status: 206, sizeDownloaded: BODY.length });
  expect(asked()).toMatchObject({ range: `bytes=${CUT}-`, 'if-range': '"v1"' });
  expect(stored().equals(BODY)).toBe(true);
  expect(existsSync(here(NOTE))).toBe(false);
  for (const name of ['x.bin.part', 'x.bin.part.json', 'x.part'])
    expect(readFileSync(here(name), 'utf8')).toBe('mine');
});

it('killed twice, in the second transfer too, it has the bytes of both', async () => {
  await killed();
  held = 1;
  const child = await program();
  await vi.waitFor(() => expect(statSync(here(note().part)).size).toBe(2 * CUT));
  await kill(child);
  expect(await get()).toMatchObject({ status: 0, http_status: 206 });
  expect(asked()?.range).toBe(`bytes=${2 * CUT}-`);
  expect(stored().equals(BODY)).toBe(true);
});

it('another version meanwhile comes whole', async () => {
  await killed();
  version = { body: pattern(300_000).reverse(), etag: '"v2"' };
  expect(await get()).toMatchObject({ status: 0, http_status: 200 });
  expect(asked()?.['if-range']).toBe('"v1"');
  expect(stored().equals(version.body)).toBe(true);
});

it.each<[string, () => void]>([
  ['the part is gone', () => unlinkSync(here(note().part))],
  [
    'the part leads out of the folder',
    () => {
      unlinkSync(here(note().part));
      symlinkSync(fileURLToPath(import.meta.url), here(note().part));
    },
  ],
  [
    'the part is a folder',
    () => {
      unlinkSync(here(note().part));
      mkdirSync(here(note().part));
    },
  ],
  [
    'the note is a folder',
    () => {
      unlinkSync(here(NOTE));
      mkdirSync(here(NOTE));
    },
  ],
  ['the part is empty', () => writeFileSync(here(note().part), '')],
  [
    'the part is longer than the whole',
    () => writeFileSync(here(note().part), Buffer.alloc(BODY.length + 1)),
  ],
  ['the note is cut', () => writeFileSync(here(NOTE), readFileSync(here(NOTE)).subarray(0, 40))],
  ['the note is no object', () => writeFileSync(here(NOTE), '[1]')],
  ['the note lacks the validator', () => change({ validator: undefined })],
  ['the note has an empty validator', () => change({ validator: '' })],
  ['the note is of another URL', () => change({ url: `${server.url}/y` })],
  ['the note has no size', () => change({ size_bytes: 'many' })],
  ['the note tells another size', () => change({ size_bytes: CUT - 1 })],
])('when %s, all of it comes anew', async (_, spoil) => {
  await killed();
  spoil();
  expect(await get()).toMatchObject({ status: 0, http_status: 200 });
  expect(asked()?.range).toBeUndefined();
  expect(stored().equals(BODY)).toBe(true);
});

it.each(['own.txt', '../own.txt', 'folder/own.txt', ''])(
  'a note that names "%s" as its part is not believed, and nothing there is touched',
  async (name) => {
    await killed();
    writeFileSync(here('own.txt'), BODY.subarray(0, 10));
    for (const size_bytes of [-1, 10]) {
      change({ part: name, size_bytes });
      expect(await get()).toMatchObject({ status: 0, http_status: 200 });
      expect(asked()?.range).toBeUndefined();
      expect(readFileSync(here('own.txt')).length).toBe(10);
      if (size_bytes < 0) writeFileSync(here(NOTE), '{"url":"","validator":"","part":""}');
    }
  },
);

it('while another program has the same file under way, each is whole, and no part is taken from it', async () => {
  held = 2;
  const child = await program();
  const ended = new Promise<string>((done) =>
    child.stdout?.on('data', (s) => /^(0|-1)$/m.test(s) && done(String(s))),
  );
  const its = note().part;
  const id = start();
  await vi.waitFor(() => expect(open.length).toBe(2));
  expect(asked()?.range).toBe(`bytes=${CUT}-`);
  await vi.waitFor(() => expect(note().part).not.toBe(its));
  // Ours ends first, then the other.
  open[1].end(BODY.subarray(2 * CUT));
  expect(await log.end(id)).toMatchObject({ status: 0, http_status: 206 });
  expect(stored().equals(BODY)).toBe(true);
  expect(existsSync(here(its))).toBe(true);
  writeFileSync(here('x.bin'), 'gone');
  open[0].end(BODY.subarray(CUT));
  expect(await ended).toMatch(/^0$/m);
  expect(stored().equals(BODY)).toBe(true);
  expect(readdirSync(scratch.root)).toEqual(['x.bin']);
});

it('two programs with two versions, both killed: what is gone on with is all of one version', async () => {
  held = 2;
  const first = await program();
  version = { body: pattern(500_000).reverse(), etag: '"v2"' };
  const before = note().part;
  const second = run();
  await vi.waitFor(() => expect(note().part).not.toBe(before));
  await vi.waitFor(() => expect(statSync(here(note().part)).size).toBe(CUT));
  await kill(first);
  await kill(second);
  expect(await get()).toMatchObject({ status: 0, http_status: 206 });
  expect(asked()).toMatchObject({ range: `bytes=${CUT}-`, 'if-range': '"v2"' });
  expect(stored().equals(version.body)).toBe(true);
});

it('a part at rest for long is swept when no note speaks of it, and not before', async () => {
  await killed();
  const { part } = note();
  const old = Date.now() / 1000 - 365 * 86_400;
  utimesSync(here(part), old, old);
  const lone = here('.bytewire-2147483646-0-7.part');
  writeFileSync(lone, 'x');
  utimesSync(lone, old, old);
  const b = bw.buffer_create(1, bw.buffer_grow, 1);
  await bw.buffer_save(b, 'other');
  bw.buffer_delete(b);
  expect([existsSync(lone), existsSync(here(part))]).toEqual([false, true]);
  expect(await get()).toMatchObject({ status: 0, http_status: 206 });
  expect(stored().equals(BODY)).toBe(true);
});

it('answers without a body leave what was kept, the file, and nothing else', async () => {
  await killed();
  const files = readdirSync(scratch.root).sort();
  const head = bw.http_request(`${server.url}/x`, 'HEAD', {}, undefined, {
    response_file: 'x.bin',
  });
  expect(await log.end(head)).toMatchObject({ status: 0, result: 'x.bin' });
  expect(asked()?.range).toBeUndefined();
  expect(readdirSync(scratch.root).sort()).toEqual(files);
  empty = true;
  expect(await get()).toMatchObject({ status: 0, http_status: 204 });
  expect(readdirSync(scratch.root).sort()).toEqual([note().part, NOTE].sort());
  empty = false;
  expect(await get()).toMatchObject({ status: 0, http_status: 206 });
  expect(stored().equals(BODY)).toBe(true);
});

it('an abort at any moment leaves what can be gone on with, and nothing beside it', async () => {
  held = 0;
  for (let at = 0; at < 60; at++) {
    const id = start();
    let over = false;
    let turns = 0;
    const turn = () => {
      if (over) return;
      if (turns++ === at) bw.http_abort(id);
      setImmediate(turn);
    };
    turn();
    const { status, error } = await log.end(id);
    over = true;
    expect([0, 'aborted']).toContain(error ?? status);
    if (status === 0) writeFileSync(here('x.bin'), '');
    const kept = existsSync(here(NOTE)) ? [NOTE, note().part] : [];
    const files = readdirSync(scratch.root).filter((name) => name !== 'x.bin');
    expect(files.sort()).toEqual(kept.sort());
  }
  expect(await get()).toMatchObject({ status: 0 });
  expect(stored().equals(BODY)).toBe(true);
  expect(readdirSync(scratch.root)).toEqual(['x.bin']);
});

it('a request that ends with nothing takes back its own note, not that of another', async () => {
  silent = 1;
  const nothing = start();
  await vi.waitFor(() => expect(existsSync(here(NOTE))).toBe(true));
  const its = note().part;
  const other = start();
  await vi.waitFor(() => expect(note().part).not.toBe(its));
  bw.http_abort(nothing);
  expect(await log.end(nothing)).toMatchObject({ error: 'aborted' });
  expect(existsSync(here(its))).toBe(false);
  await vi.waitFor(() => expect(statSync(here(note().part)).size).toBe(CUT));
  bw.http_abort(other);
  expect(await log.end(other)).toMatchObject({ error: 'aborted' });
  expect(note().size_bytes).toBe(CUT);
  expect(await get()).toMatchObject({ status: 0, http_status: 206 });
  expect(stored().equals(BODY)).toBe(true);
});
