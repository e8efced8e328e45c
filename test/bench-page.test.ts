// The benchmark in a page: a server that is told garbage, rivals that fail in a browser, and runs that are ended early.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bench, type Case, node, type Row, read, scratch_folder, top } from './bench-help.js';

const folder = scratch_folder();
const installed = existsSync(join(top, 'bench', 'node_modules', 'uplot'));

interface Served {
  url: string;
  lost: object[];
  close(): Promise<void>;
}

describe.skipIf(!installed)('the server of the page (needs npm ci in bench/)', () => {
  const heard: string[] = [];
  let served: Served;
  beforeAll(async () => {
    const { serve } = await bench('page/server.mjs');
    const tell = (what: string) => () => heard.push(what);
    const impls = { found: [], left_out: [] };
    const on = { at: tell('at'), begun: tell('begun'), case: tell('case'), done: tell('done') };
    served = await serve({ address: '127.0.0.1', port: 0, impls, on });
  });
  afterAll(() => served.close());

  /** What comes back for bytes as they are; nothing is made right by a client in between. */
  const raw = (bytes: string) =>
    new Promise<string>((done) => {
      let text = '';
      const socket = connect(Number(new URL(served.url).port), '127.0.0.1', () =>
        socket.write(bytes),
      );
      socket.setEncoding('latin1').on('data', (more) => (text += more));
      socket.on('error', () => {}).on('close', () => done(text));
    });
  const status_of = async (line: string) =>
    Number((await raw(`${line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)).slice(9, 12));
  const post = (path: string, body: string) => fetch(served.url + path, { method: 'POST', body });

  it.each([
    ['/../../../../etc/passwd', 404],
    ['/%2e%2e/%2e%2e/package.json', 404],
    ['/wasm/../../package.json', 404],
    ['/wasm/bytewire.simd.wasm/../../node/index.js', 404],
    ['//etc/passwd', 404],
    ['/__proto__', 404],
    ['/constructor', 404],
    ['/corpus', 404],
    ['/corpus?name=..%2f..%2fpackage.json', 404],
    ['/packets?kind=bin&players=1&count=99999&seed=1', 400],
    ['/packets?kind=bin&players=1e9&count=1&seed=1', 400],
    ['/packets', 400],
  ])('%s is no file of the page: %d', async (path, status) => {
    expect(await status_of(`GET ${path}`)).toBe(status);
  });

  it('what no page tells is refused, and nobody hears of it', async () => {
    for (const path of ['at', 'begun', 'case', 'done', 'result']) {
      for (const body of ['', '{', 'null', '7', '"text"', '\0\0', '[]', '{"name":7,"failed":7}']) {
        // Nothing failed: that is what an object without anything says when it is done.
        if (path === 'done' && body === '[]') continue;
        expect([path, body, (await post(path, body)).status]).toEqual([path, body, 400]);
      }
    }
    for (const [path, value] of [
      ['at', { name: 'x', more_ms: '7' }],
      ['begun', { host: { host: 7 }, left_out: [] }],
      ['begun', { host: {}, left_out: [null] }],
      ['case', { host: {}, found: { rows: 7 } }],
    ] as const) {
      expect((await post(path, JSON.stringify(value))).status).toBe(400);
    }
    expect((await post('at', 'x'.repeat(33 << 20)).catch(() => ({ status: 413 }))).status).toBe(
      413,
    );
    expect(await status_of('PUT /result')).toBe(405);
    expect(heard).toEqual([]);
  });

  it('goes on after connections that are cut, say half of it, or nothing', async () => {
    const port = Number(new URL(served.url).port);
    const start = 'POST /result HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"cases":';
    await Promise.all(
      Array.from(
        { length: 100 },
        (_, i) =>
          new Promise<void>((done) => {
            const socket = connect(port, '127.0.0.1', () => {
              if (i % 3 > 0) socket.write(i % 3 === 1 ? start : 'GET\0 / HTTP');
              setImmediate(() => socket.destroy());
            });
            socket.on('error', () => {}).on('close', () => done());
          }),
      ),
    );
    expect(await raw('\0\xff\r\n\r\n')).toContain('400');
    expect((await fetch(served.url)).status).toBe(200);
    expect((await fetch(`${served.url}page.js`, { method: 'HEAD' })).status).toBe(200);
    expect(heard).toEqual([]);
  });
});

const rivals = (name: string, files: Record<string, string>) => {
  const place = join(folder, name);
  mkdirSync(place);
  for (const [file, operation] of Object.entries(files)) {
    const [before = '', crc32 = ''] = operation.split('|||');
    writeFileSync(
      join(place, `${file}.mjs`),
      `${before} export const name = '${file}'; export const kind = 'package';
       export const operations = { crc32: ${crc32} };`,
    );
  }
  return place;
};

/** Runs a script of bench/ until it has said `word`, then interrupts it as Ctrl-C does. */
const interrupted = (word: string, script: string, ...args: string[]) =>
  new Promise<{ code: number | null; stderr: string }>((done) => {
    const child = spawn(process.execPath, [join(top, 'bench', script), ...args]);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (more) => {
      stdout += more;
      if (stdout.includes(word)) child.kill('SIGINT');
    });
    child.stderr.on('data', (more) => (stderr += more));
    child.once('close', (code) => done({ code, stderr }));
  });

describe.skipIf(!installed)('runs that are ended early (needs npm ci in bench/)', () => {
  it('keep what is through, and say so', async () => {
    const file = join(folder, 'early.json');
    const options = ['--filter', 'CRC-32', '--time', '1', '--processes', '1', '--json', file];
    const { code, stderr } = await interrupted('hash CRC-32 16 B', 'run.mjs', ...options);
    expect(code).toBe(130);
    expect(stderr).toContain(`what they found is in ${file}`);
    expect(read(file).cases[0].bytes).toBe(16);
    const left = readdirSync(folder).filter((name) => name.startsWith('early'));
    expect(left).toEqual(['early.json']);
  });
});

describe.skipIf(!installed)('a headless page (needs npm ci in bench/)', () => {
  let there: string | undefined;
  beforeAll(async () => {
    const { find_browser } = await bench('page/browsers.mjs');
    there = ['chromium', 'firefox'].find((name) => find_browser(name) !== undefined);
  });

  it('names rivals that fail or cannot be bundled, and measures the others', (context) => {
    if (there === undefined) return context.skip();
    const place = rivals('in-page', {
      bundles: "import { readFileSync } from 'node:fs';|||() => () => readFileSync",
      lies: '|||() => () => 1',
      throws: "|||() => () => { throw 'no'; }",
      waits: '|||() => () => new Promise(() => {})',
      writes: '|||({ parts }) => (i) => (parts[i][0] ^= 255)',
    });
    const file = join(folder, 'in-page.json');
    const options = ['--quick', '--filter', 'CRC-32 64 B', '--rivals', place, '--limit', '5'];
    // What waits is awaited for the limit; all the rest is quick.
    const result = node('page.mjs', '--headless', there, ...options, '--json', file);
    expect(result.stdout).toContain('left out: bundles: cannot be bundled for a page');
    for (const said of [
      'lies is wrong',
      'throws threw no',
      'waits threw its promise has not settled in 5 s',
      'writes writes into the input, which is for all; it is wrong',
    ]) {
      expect(result.stderr).toContain(`hash CRC-32 64 B: ${said}`);
    }
    expect(result.status).toBe(1);
    const [one] = read(file).cases as (Case & { left_out: Row[] })[];
    expect(one?.rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['bytewire', 'plain JS', 'crc-32', 'hash-wasm']),
    );
    expect(one?.left_out.map(({ name }) => name)).toEqual(['lies', 'throws', 'waits', 'writes']);
  });

  it('is gone after Ctrl-C, and its file keeps what is through', async (context) => {
    if (there === undefined) return context.skip();
    const place = join(folder, 'profiles');
    mkdirSync(place);
    const before = process.env.TMPDIR;
    process.env.TMPDIR = place;
    try {
      const file = join(folder, 'page-early.json');
      const options = ['--headless', 'any', '--filter', 'CRC-32', '--time', '1', '--json', file];
      const { code, stderr } = await interrupted('hash CRC-32 16 B', 'page.mjs', ...options);
      expect(code).toBe(130);
      const written = file.replace('.json', `-${there}.json`);
      expect(stderr).toContain(`what they found is in ${written}`);
      expect(read(written).host.toLowerCase()).toBe(there);
      // A browser that lives on would still have its profile.
      expect(readdirSync(place).filter((name) => name.startsWith('bytewire'))).toEqual([]);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });
});

describe('the input of a case', () => {
  it('is put back whatever was written into it', async () => {
    const { kept } = await bench('shared-input.mjs');
    const input = {
      parts: [Uint8Array.of(1, 2, 3), Float64Array.of(1.5)],
      values: [{ x: 1, at: { y: 2 } }],
      texts: ['a'],
      size: 3,
    };
    const before = structuredClone(input);
    const was_changed = kept(input);
    expect(was_changed()).toBe(false);
    for (const change of [
      () => (input.parts[0] as Uint8Array).set([9], 2),
      () => (input.parts[1] as Float64Array).set([7.5]),
      () => Object.assign(input.values[0]?.at ?? {}, { y: 3 }),
      () => input.values.push({ x: 2, at: { y: 2 } }),
      () => input.texts.splice(0, 1, 'b'),
      () => Object.assign(input, { cache: new Map() }),
    ]) {
      change();
      expect(was_changed()).toBe(true);
      expect(input).toEqual(before);
      expect(was_changed()).toBe(false);
    }
  });
});
