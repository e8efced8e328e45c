// The file store of Node beside a process that swaps a folder for a link out of the root and back, all the time.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import { node_store } from '../../bindings/store/node.js';
import { scratch_root } from './scratch.js';

const rival = fileURLToPath(new URL('racing-links.mjs', import.meta.url));
/** At least so many, and on until the race has gone both ways. */
const ROUNDS = 1500;
const MOST_ROUNDS = 50_000;
const OUTSIDE = ['file', 'secret'];

let scratch: ReturnType<typeof scratch_root>;
let outside: string;
let racing: ChildProcess;
let failed: string[];

beforeEach(async () => {
  scratch = scratch_root();
  outside = mkdtempSync(join(tmpdir(), 'bytewire-outside-'));
  mkdirSync(join(scratch.root, 'folder'));
  writeFileSync(join(scratch.root, 'folder/secret'), 'inside');
  for (const name of OUTSIDE) writeFileSync(join(outside, name), 'outside');
  failed = [];
  racing = spawn(process.execPath, [rival, join(scratch.root, 'folder'), outside], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(racing.stdout!, 'data');
});

afterEach(async () => {
  expect(racing.exitCode).toBe(null);
  racing.kill('SIGKILL');
  await once(racing, 'exit');
  scratch.remove();
  rmSync(outside, { recursive: true, force: true });
});

/** Runs `work`, which may find a link or nothing in its way, and then says so. */
async function tried<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    failed.push((error as bw.NetError).code);
    return undefined;
  }
}

function demand_untouched(): void {
  expect(readdirSync(outside)).toEqual(OUTSIDE);
  for (const name of OUTSIDE) expect(readFileSync(join(outside, name), 'utf8')).toBe('outside');
}

/** Runs `work`, which tells whether it got through, until that and the link have happened. */
async function race(work: (round: number) => Promise<boolean | undefined>): Promise<void> {
  let done = 0;
  const both = () => done > 0 && failed.includes('store_outside');
  for (let i = 0; i < ROUNDS || !both(); i++) {
    if (await work(i)) done++;
    if (i > MOST_ROUNDS) expect.fail(`${done} of ${i} got through, ${new Set(failed)}`);
  }
}

describe('while a folder is a link out of the root now and then', () => {
  it('nothing is written, made or replaced there', async () => {
    const b = bw.buffer_from(new TextEncoder().encode('new'));
    await race((i) =>
      tried(async () => {
        await bw.buffer_save(b, i % 2 === 0 ? 'folder/file' : `folder/made-${i}/file`);
        return true;
      }),
    );
    bw.buffer_delete(b);
    demand_untouched();
  });

  it('nothing is read from there', async () => {
    await race(async () => {
      const b = await tried(() => bw.buffer_load('folder/secret'));
      if (b === undefined || b < 0) return false;
      expect(new TextDecoder().decode(bw.buffer_to_bytes(b))).toBe('inside');
      bw.buffer_delete(b);
      return true;
    });
  });

  it('nothing is removed there', async () => {
    const store = node_store(scratch.root);
    await race(async () => {
      await tried(async () => (await store.create('folder/file')).commit());
      return tried(() => store.remove('folder/file'));
    });
    demand_untouched();
  });
});
