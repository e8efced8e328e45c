// The code of the guide pages runs as it stands there, and prints what its comments say.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('..', import.meta.url));

describe('docs/first-packet.md', () => {
  const text = readFileSync(join(top, 'docs/first-packet.md'), 'utf8');
  const source = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code).join('\n');

  it.each([[[]], [['--disallow-code-generation-from-strings']]])(
    'prints what it says, node %j',
    (flags) => {
      const { code } = esbuild.transformSync(source, {
        loader: 'ts',
        format: 'esm',
        target: 'es2022',
      });
      const folder = mkdtempSync(join(top, '.vitest-guide-'));
      try {
        const file = join(folder, 'guide.mjs');
        writeFileSync(file, code);
        const out = execFileSync(process.execPath, [...flags, file], { encoding: 'utf8' });
        expect(out.trim().split('\n')).toEqual([
          ...['Anna', 'true 0', 'true 7', 'silver 300', '35', 'got gold'],
        ]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});

describe('docs/webrtc.md', () => {
  it('prints what it says, and ends by itself', () => {
    const text = readFileSync(join(top, 'docs/webrtc.md'), 'utf8');
    const source = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code).join('\n');
    const said = /```text\n([\s\S]*?)```/.exec(text)?.[1];
    const { code } = esbuild.transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'es2022',
    });
    const folder = mkdtempSync(join(top, '.vitest-guide-'));
    try {
      const file = join(folder, 'guide.mjs');
      writeFileSync(file, code);
      expect(execFileSync(process.execPath, [file], { encoding: 'utf8' })).toBe(said);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
