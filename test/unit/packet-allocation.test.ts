// Nothing is allocated per packet, in JavaScript or in linear memory: counted in a process whose garbage collector never runs by itself.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('../..', import.meta.url));

/** Machine code and feedback that V8 makes late are a byte or two a packet at most; the smallest object has 12. */
const NOTHING = 5;
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
  ['generated flat'],
  ['generated rich'],
  ['clones flat'],
  ['plain flat'],
  ['plain rich'],
])('half a million packets, engine and schema: %s', (run) => {
  it("allocate nothing when written or read into the caller's object", () => {
    const { write, read, try_read, wasm_blocks, wasm_bytes, same } = results[run];
    expect(write).toBeLessThan(NOTHING);
    expect(read).toBeLessThan(NOTHING);
    expect(try_read).toBeLessThan(NOTHING);
    expect([wasm_blocks, wasm_bytes, same]).toEqual([0, 0, 1]);
  });

  it('show up in the count when each gets an object of its own', () => {
    expect(results[run].new_objects).toBeGreaterThan(40);
  });
});
