// Memory stays flat while 256 MiB go to a file or into a buffer: peak of a process of its own, against what it had before.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pattern, serve, stream, type TestServer } from './server.js';

const top = fileURLToPath(new URL('../..', import.meta.url));
const SIZE = 256 << 20;
const MIB = 1 << 20;
let server: TestServer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bytewire-memory-'));
  const piece = pattern(MIB);
  server = await serve({
    '/told': (_, response) => {
      response.setHeader('content-length', SIZE);
      stream(response, SIZE, piece);
    },
    '/chunked': (_, response) => stream(response, SIZE, piece),
  });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `start` in a new process; how far its peak is above what it had after `prepare`, in MiB. */
async function growth(
  prepare: string,
  start: string,
): Promise<{ mib: number; result: string | number }> {
  const code = `
    import { readFileSync } from 'node:fs';
    import * as bw from ${JSON.stringify(join(top, 'dist/node/index.js'))};
    bw.store_set_root(${JSON.stringify(folder)});
    const url = ${JSON.stringify(server.url)};
    let finish;
    const ended = new Promise((done) => { finish = done; });
    bw.async_on('http', (event) => { if (event.status !== 1) finish(event); });
    ${prepare}
    // Linux's own count where there is one: maxRSS starts with that of the parent process.
    const high_water = () => {
      try {
        return Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
      } catch {
        return process.resourceUsage().maxRSS / 1024;
      }
    };
    const before = high_water();
    ${start}
    const { status, result, error } = await ended;
    if (status !== 0) throw new Error(error);
    console.log(JSON.stringify({ mib: high_water() - before, result }));`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    code,
  ]);
  return JSON.parse(stdout);
}

it.each(['/told', '/chunked'])('%s: to a file', async (path) => {
  const { mib, result } = await growth('', `bw.http_get_file(url + '${path}', 'big.bin');`);
  expect(result).toBe('big.bin');
  expect(statSync(join(folder, 'big.bin')).size).toBe(SIZE);
  expect(mib).toBeLessThan(128);
});

it('into a buffer that has the room already', async () => {
  const prepare = `const b = bw.buffer_create(${SIZE}, 0, 1); bw.buffer_fill(b, 0, 1, 1, -1);`;
  const { mib, result } = await growth(prepare, `bw.http_request(url + '/told', 'GET', {}, b);`);
  expect(result).toBe(SIZE);
  expect(mib).toBeLessThan(128);
});

it('into a buffer that grows: as much as the buffer itself', async () => {
  const { mib, result } = await growth(
    '',
    `bw.http_request(url + '/told', 'GET', {}, bw.buffer_create(0, 1, 1));`,
  );
  expect(result).toBe(SIZE);
  expect(mib).toBeLessThan(SIZE / MIB + 128);
});
