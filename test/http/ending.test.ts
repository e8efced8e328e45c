// An abort that comes while the file is put in place: it says false, or the old file stays.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import * as bw from '../../bindings/index.js';
import { scratch_root } from '../store/scratch.js';
import { HttpLog } from './log.js';
import { serve } from './server.js';

it('an abort is true only when the request fails by it, at whatever moment it comes', async () => {
  const scratch = scratch_root();
  const log = new HttpLog();
  const server = await serve({ '*': (_, response) => response.end('new') });
  onTestFinished(async () => {
    log.stop();
    await server.stop();
    scratch.remove();
  });
  const outcomes = new Set<string>();
  const once = async (abort_at: number) => {
    const file = join(scratch.root, 'x');
    writeFileSync(file, 'old');
    const id = bw.http_get_file(`${server.url}/`, 'x');
    let aborted = false;
    let turns = 0;
    let over = false;
    const turn = () => {
      if (over) return;
      if (turns++ === abort_at) aborted = bw.http_abort(id);
      setImmediate(turn);
    };
    turn();
    const { status, error } = await log.end(id);
    over = true;
    outcomes.add(`${aborted}`);
    expect([status, error]).toEqual(aborted ? [-1, 'aborted'] : [0, undefined]);
    expect(readFileSync(file, 'utf8')).toBe(aborted ? 'old' : 'new');
  };
  for (let i = 0; i < 250; i++) await once(i);
  expect(outcomes.has('true')).toBe(true);
});
