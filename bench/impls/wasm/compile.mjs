// Compiles the buffer twin from its source.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('../../..', import.meta.url));
const FLAGS = '-O3 --noAssert --runtime stub --use abort= --initialMemory 64'.split(' ');

/** The bytes of impls/wasm/buffer-twin.ts as a module. */
export function compile_twin() {
  const folder = mkdtempSync(join(tmpdir(), 'bytewire-bench-'));
  try {
    const out = join(folder, 'twin.wasm');
    const asc = join(top, 'node_modules/assemblyscript/bin/asc.js');
    const source = join(top, 'bench/impls/wasm/buffer-twin.ts');
    execFileSync(process.execPath, [asc, source, ...FLAGS, '-o', out], { cwd: top });
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
