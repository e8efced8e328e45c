// Nothing is allocated per packet, in JavaScript or in linear memory: counted in a process whose garbage collector never runs by itself.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('../..', import.meta.url));

/** Machine code and feedback that V8 makes late are far below one byte a packet; the smallest object has 12. */
const NOTHING = 1;
/** Closures get at fields by name only, where V8 boxes each of the packet's two floats: 16 bytes, given up at once. */
const TWO_BOXES = 2 * 16 + NOTHING;

let results: Record<string, Record<string, number>>;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bytewire-allocation-'));
  try {
    const outfile = join(folder, 'run.mjs');
    await build({
      entryPoints: [join(top, 'test/unit/packet-allocation.ts')],
      absWorkingDir: top,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'es2022',
      external: ['ws'],
      outfile,
    });
    const flags = ['--expose-gc', '--max-semi-space-size=256', '--min-semi-space-size=256'];
    const out = execFileSync(process.execPath, [...flags, outfile], { encoding: 'utf8' });
    ({ results } = JSON.parse(out));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe.each([
  ['generated', 'nothing', NOTHING],
  ['clones', 'nothing', NOTHING],
  ['plain', 'nothing but boxed floats', TWO_BOXES],
] as const)('a million packets, engine %s', (engine, what, most) => {
  it(`allocate ${what} when written or read into the caller's object`, () => {
    const { write, read, try_read, wasm_blocks, wasm_bytes, same } = results[engine];
    expect(write).toBeLessThan(most);
    expect(read).toBeLessThan(most);
    expect(try_read).toBeLessThan(most);
    expect([wasm_blocks, wasm_bytes, same]).toEqual([0, 0, 1]);
  });

  it('show up in the count when each gets an object of its own', () => {
    expect(results[engine].new_objects).toBeGreaterThan(64);
  });
});
