// The README's example runs, as it stands there.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('..', import.meta.url));

describe('the README', () => {
  it('has an example that prints what its comment says and ends by itself', () => {
    const [, source] =
      readFileSync(join(top, 'README.md'), 'utf8').match(/```ts\n([\s\S]*?)```/) ?? [];
    const { code } = esbuild.transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'es2022',
    });
    // Inside the package, so that it finds itself by name.
    const folder = mkdtempSync(join(top, '.vitest-readme-'));
    try {
      const file = join(folder, 'example.mjs');
      writeFileSync(file, code);
      expect(execFileSync(process.execPath, [file], { encoding: 'utf8' }).trim()).toBe('513 hello');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
