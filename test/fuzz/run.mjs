// Bundles a fuzz run (TypeScript) and runs it. usage: node test/fuzz/run.mjs deflate [arguments]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';

const [name] = process.argv.splice(2, 1);
const folder = mkdtempSync(join(tmpdir(), 'bytewire-fuzz-'));
try {
  const outfile = join(folder, 'run.mjs');
  await esbuild.build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2022',
    conditions: ['node'],
    outfile,
    logLevel: 'warning',
  });
  await import(pathToFileURL(outfile).href);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
