// What transfers with resume leave behind: taken over in place, never without a note, never for ever.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as bw from '../../bindings/index.js';
import { scratch_root } from '../store/scratch.js';
import { HttpLog } from './log.js';
import { pattern, serve, type TestServer } from './server.js';

const BODY = pattern(700_000);
const BIG = pattern(3_000_000);
const HAD = 600_000;
const SMALL = pattern(500_000).reverse();
const bodies: Record<string, Buffer> = { '/big': BIG, '/small': SMALL };
const NOTE = '.bytewire-x.bin.part.json';
/** No system has an id as high. */
const DEAD = 2_147_483_646;
let scratch: ReturnType<typeof scratch_root>;
let log: HttpLog;
let server: TestServer;
/** So many of the next answers stop in the middle, and stay open. */
let held: number;
let open: ServerResponse[];
let etag: string | undefined;

beforeEach(async () => {
  scratch = scratch_root();
  log = new HttpLog();
  held = 0;
  open = [];
  etag = '"v1"';
  server = await serve({
    '*': ({ headers, url }, response) => {
      const body = bodies[url ?? ''] ?? BODY;
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
      const range = { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` };
      const length = { 'content-length': body.length - from };
      const head = { ...(etag && { etag }), ...length, ...(from && range) };
      response.writeHead(from > 0 ? 206 : 200, head);
      if (held-- <= 0) {
        response.end(body.subarray(from));
        return;
      }
      response.write(body.subarray(from, from + 10_000));
      open.push(response);
    },
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  log.stop();
  await server.stop();
  scratch.remove();
});

const here = (name: string) => join(scratch.root, name);
const start = (path = '/x') => bw.http_get_file(server.url + path, 'x.bin', { resume: true });
const get = (path?: string) => log.end(start(path));
const note = () => JSON.parse(readFileSync(here(NOTE), 'utf8'));
const files = () => readdirSync(scratch.root).sort();
const asked = () => server.seen.at(-1)?.headers.range;
const is_whole = () => readFileSync(here('x.bin')).equals(BODY);

/** What a process with this id has left, or has so far. */
function leave(pid: number, part = `.bytewire-${pid}-0-7.part`): string {
  writeFileSync(here(part), BODY.subarray(0, HAD));
  const kept = { url: `${server.url}/x`, validator: '"v1"', total_bytes: BODY.length };
  writeFileSync(here(NOTE), JSON.stringify({ ...kept, part, size_bytes: -1 }));
  return part;
}

async function save_other(): Promise<void> {
  const b = bw.buffer_create(1, bw.buffer_grow, 1);
  await bw.buffer_save(b, 'other');
  bw.buffer_delete(b);
}

it('the part of a dead process is gone on with where it lies, and nothing of it stays', async () => {
  const { ino } = statSync(here(leave(DEAD)));
  held = 1;
  const id = start();
  await vi.waitFor(() => expect(open.length).toBe(1));
  expect(asked()).toBe(`bytes=${HAD}-`);
  await vi.waitFor(() => expect(statSync(here(note().part)).size).toBe(HAD + 10_000));
  expect(statSync(here(note().part)).ino).toBe(ino);
  expect(files()).toEqual([note().part, NOTE].sort());
  open[0].end(BODY.subarray(HAD + 10_000));
  expect(await log.end(id)).toMatchObject({ status: 0, sizeDownloaded: BODY.length });
  expect(is_whole()).toBe(true);
  expect(files()).toEqual(['x.bin']);
});

it('of several requests one has the part of a dead process, and each is whole', async () => {
  leave(DEAD);
  const ids = [start(), start(), start()];
  for (const id of ids) expect(await log.end(id)).toMatchObject({ status: 0 });
  expect(is_whole()).toBe(true);
  expect(files()).toEqual(['x.bin']);
});

const MARKED = (pid: number) => `.bytewire-${pid}-0-7-${'0'.repeat(8)}-${'5'.repeat(16)}.part`;
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

it('a part that was taken over by a process which died before it could say so is gone on with', async () => {
  const first = MARKED(DEAD).replace('0'.repeat(8), MACHINE);
  const second = MARKED(DEAD - 1).replace('0'.repeat(8), MACHINE);
  for (const size_bytes of [-1, HAD]) {
    writeFileSync(here('x.bin'), 'old');
    leave(DEAD, first);
    writeFileSync(here(NOTE), JSON.stringify({ ...note(), size_bytes }));
    renameSync(here(first), here(second));
    utimesSync(here(second), 0, 0);
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + 400_000);
    await save_other();
    vi.restoreAllMocks();
    expect(existsSync(here(second))).toBe(true);
    expect(await get()).toMatchObject({ status: 0, http_status: 206 });
    expect(asked()).toBe(`bytes=${HAD}-`);
    expect(is_whole()).toBe(true);
    expect(files()).toEqual(['other', 'x.bin']);
  }
});

it('a machine that has slept, or a clock that was set, gives nobody the part of a request under way', async () => {
  for (const hours of [8, -8]) {
    open = [];
    held = 1;
    const first = start();
    await vi.waitFor(() => expect(statSync(here(note().part)).size).toBe(10_000));
    const its = note().part;
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + hours * 3_600_000);
    expect(await get()).toMatchObject({ status: 0, http_status: 206 });
    expect(is_whole()).toBe(true);
    expect(existsSync(here(its))).toBe(true);
    vi.restoreAllMocks();
    writeFileSync(here('x.bin'), 'gone');
    open[0].end(BODY.subarray(10_000));
    expect(await log.end(first)).toMatchObject({ status: 0 });
    expect(is_whole()).toBe(true);
    expect(files()).toEqual(['x.bin']);
  }
});

it('the part of a living process is copied, and stays', async () => {
  const its = leave(process.ppid);
  expect(await get()).toMatchObject({ status: 0, http_status: 206 });
  expect(is_whole()).toBe(true);
  expect(files()).toEqual([its, 'x.bin'].sort());
  expect(readFileSync(here(its)).equals(BODY.subarray(0, HAD))).toBe(true);
});

it("a part that is a link to the user's own file is neither written nor removed with it", async () => {
  const part = leave(DEAD);
  writeFileSync(here('own.txt'), BODY.subarray(0, HAD));
  unlinkSync(here(part));
  symlinkSync('own.txt', here(part));
  expect(await get()).toMatchObject({ status: 0 });
  expect(is_whole()).toBe(true);
  expect(readFileSync(here('own.txt')).equals(BODY.subarray(0, HAD))).toBe(true);
  expect(files()).toEqual(['own.txt', 'x.bin']);
});

it.each<[string, (part: string) => void]>([
  ['a part that is a loop', (part) => symlinkSync(part, here(part))],
  ['a part that leads nowhere', (part) => symlinkSync('nowhere', here(part))],
])('%s is removed with its note when the file is there', async (_, put) => {
  const part = leave(DEAD);
  unlinkSync(here(part));
  put(part);
  expect(await get()).toMatchObject({ status: 0, http_status: 200 });
  expect(is_whole()).toBe(true);
  expect(files()).toEqual(['x.bin']);
});

it.each<[string, () => void]>([
  ['a loop', () => symlinkSync(NOTE, here(NOTE))],
  ['garbage', () => writeFileSync(here(NOTE), `{"part":".bytewire-${DEAD}-0-7.part"`)],
])(
  'a note that is %s goes when the file is there, and its part with a later save',
  async (_, put) => {
    const part = leave(DEAD);
    utimesSync(here(part), 0, 0);
    unlinkSync(here(NOTE));
    put();
    expect(await get()).toMatchObject({ status: 0, http_status: 200 });
    expect(is_whole()).toBe(true);
    expect(existsSync(here(NOTE))).toBe(false);
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + 400_000);
    await save_other();
    expect(files()).toEqual(['other', 'x.bin']);
  },
);

it('a folder in the place of the note stays, and the file comes', async () => {
  const part = leave(DEAD);
  unlinkSync(here(NOTE));
  mkdirSync(here(NOTE));
  for (let i = 0; i < 2; i++) expect(await get()).toMatchObject({ status: 0, http_status: 200 });
  expect(files()).toEqual([part, NOTE, 'x.bin'].sort());
});

it('orphans are looked for again, but not at each save; the living and the named stay', async () => {
  await save_other();
  const named = leave(DEAD);
  const orphan = `.bytewire-${DEAD}-0-8.part`;
  const living = `.bytewire-${process.ppid}-0-8.part`;
  for (const name of [orphan, living]) writeFileSync(here(name), 'x');
  for (const name of [named, orphan, living]) utimesSync(here(name), 0, 0);
  const all = files();
  await save_other();
  expect(files()).toEqual(all);
  const now = Date.now();
  vi.spyOn(Date, 'now').mockReturnValue(now + 400_000);
  await save_other();
  expect(files()).toEqual(all.filter((name) => name !== orphan));
});

it('resume is for GET', () => {
  for (const method of ['HEAD', 'POST', 'PUT', 'DELETE']) {
    const ask = () => bw.http_request(server.url, method, {}, undefined, { resume: true });
    expect(ask, method).toThrow(RangeError);
  }
  expect(server.seen).toEqual([]);
});

/** Only root makes disks, and not everywhere. */
function make_disk(folder: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  return done.status === 0;
}

describe('on a disk of 1 MiB', () => {
  let disk: string;
  let made: boolean;
  beforeEach((context) => {
    disk = here('disk');
    mkdirSync(disk);
    made = make_disk(disk);
    if (!made) context.skip('needs root on Linux, to mount a small file system');
    bw.store_set_root(disk);
    scratch = { root: disk, remove: scratch.remove };
  });
  afterEach(() => {
    if (made) spawnSync('umount', [disk]);
  });

  it('what fills it has a note, or goes', async () => {
    for (let i = 0; i < 4; i++) {
      expect(await get('/big')).toMatchObject({ status: -1, error: 'store_full' });
      const [mark] = existsSync(here(NOTE)) ? /-\w+\.part$/.exec(note().part)! : [];
      const left = files().map((name) => (name === NOTE ? name : name.slice(-(mark?.length ?? 0))));
      expect(left).toEqual(mark ? [mark, NOTE] : []);
    }
    expect(existsSync(here('x.bin'))).toBe(false);
  });

  it.each([
    ['with', '"v1"'],
    ['without', undefined],
  ])('a part of another URL makes room for an answer %s an ETag', async (_, tag) => {
    etag = tag;
    leave(DEAD);
    expect(() => writeFileSync(here('other'), Buffer.alloc(1_000_000))).toThrow(/ENOSPC/);
    expect(await get('/small')).toMatchObject({ status: 0, http_status: 200 });
    expect(readFileSync(here('x.bin')).equals(SMALL)).toBe(true);
    expect(files()).toEqual(['other', 'x.bin']);
  });

  it('what fills it can be gone on with when there is room', async () => {
    writeFileSync(here('other'), Buffer.alloc(600_000));
    expect(await get()).toMatchObject({ status: -1, error: 'store_full' });
    expect(files()).toEqual([note().part, NOTE, 'other'].sort());
    const { size } = statSync(here(note().part));
    unlinkSync(here('other'));
    expect(await get()).toMatchObject({ status: 0, http_status: 206 });
    expect(asked()).toBe(`bytes=${size}-`);
    expect(is_whole()).toBe(true);
    expect(files()).toEqual(['x.bin']);
  });

  it('a part has its room once', async () => {
    leave(DEAD);
    expect(await get()).toMatchObject({ status: 0, http_status: 206 });
    expect(asked()).toBe(`bytes=${HAD}-`);
    expect(is_whole()).toBe(true);
    expect(files()).toEqual(['x.bin']);
  });

  it('without room for a copy of a part in use it says so, and leaves all as it was', async () => {
    const its = leave(process.ppid);
    const before = files();
    const end = await get();
    expect(end).toMatchObject({ status: -1, error: 'store_full' });
    expect(end.message).toMatch(/no room for a copy/);
    expect(files()).toEqual(before);
    expect(note().part).toBe(its);
    expect(server.seen).toEqual([]);
  });
});
