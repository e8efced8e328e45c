// A process that is killed at any moment of a save leaves the old file or the new one, whole.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratch_root } from './scratch.js';

const child_file = fileURLToPath(new URL('saving-child.mjs', import.meta.url));
const module = pathToFileURL(
  fileURLToPath(new URL('../../dist/node/index.js', import.meta.url)),
).href;
const SIZE = 6 << 20;
/** So many kills must have fallen between the begin and the end of a save, and so many before its new file was in place. */
const INSIDE = 12;
const UNFINISHED = 4;
const MOST_KILLS = 80;

let scratch: ReturnType<typeof scratch_root>;
beforeEach(() => {
  scratch = scratch_root();
});
afterEach(() => scratch.remove());

interface Killed {
  begun: number;
  ended: number;
}

/** Lets a process save and kills it after some saves and a part of one more, as long as they took. */
async function kill_while_saving(first: number, saves: number, part: number): Promise<Killed> {
  const args = [child_file, module, scratch.root, String(SIZE), String(first)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'close');
  let said = '';
  let begun_at = 0;
  let save_ms = 0;
  child.stdout.setEncoding('utf8').on('data', (words: string) => {
    said += words;
    if (words.includes('end')) save_ms = performance.now() - begun_at;
    if (words.includes('begin')) begun_at = performance.now();
    const wanted = said.includes(`begin ${first + saves}\n`) && !child.killed;
    if (wanted) setTimeout(() => child.kill('SIGKILL'), save_ms * part);
  });
  await gone;
  const last = (word: string) =>
    Math.max(
      first - 1,
      ...[...said.matchAll(new RegExp(`${word} (\\d+)\n`, 'g'))].map(([, n]) => Number(n)),
    );
  return { begun: last('begin'), ended: last('end') };
}

describe('a process that is killed', () => {
  it('in the middle of a save leaves the old file or the new one, whole', async () => {
    let inside = 0;
    let unfinished = 0;
    let next = 1;
    for (let kills = 0; inside < INSIDE || unfinished < UNFINISHED; kills++) {
      expect(kills, `${inside} inside, ${unfinished} unfinished`).toBeLessThan(MOST_KILLS);
      const left_before = readdirSync(scratch.root).length;
      const part = Math.random();
      const { begun, ended } = await kill_while_saving(next, 1 + (kills % 3), part);
      const about = `killed in save ${begun}, ${ended} had ended, after ${part} of one`;
      const bytes = readFileSync(join(scratch.root, 'game.sav'));
      expect(bytes.length, about).toBe(SIZE);
      expect(Buffer.alloc(SIZE, bytes[0]).equals(bytes), about).toBe(true);
      if (begun > ended) {
        inside++;
        expect([ended & 255, begun & 255], about).toContain(bytes[0]);
        if (readdirSync(scratch.root).length > left_before && bytes[0] === (ended & 255))
          unfinished++;
      } else {
        expect(bytes[0], about).toBe(ended & 255);
      }
      next = begun + 1;
    }
    // What the dead have left lies beside the file, under names that no program can ask for.
    for (const name of readdirSync(scratch.root)) {
      expect(name).toMatch(/^(game\.sav|\.bytewire-.+\.tmp)$/);
      expect(statSync(join(scratch.root, name)).size).toBeLessThanOrEqual(SIZE);
    }
  });
});
