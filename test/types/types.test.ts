// The type checker as a test: what should compile does, what should not does not (@ts-expect-error).
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const top = fileURLToPath(new URL('../..', import.meta.url));

it('wrong fields, wrong types and missing fields of packets do not compile', async () => {
  const flags =
    '--noEmit --strict --target es2022 --module esnext --moduleResolution bundler --skipLibCheck --types node';
  const done = promisify(execFile)(
    process.execPath,
    [
      'node_modules/typescript/bin/tsc',
      ...flags.split(' '),
      '--verbatimModuleSyntax',
      '--ignoreConfig',
      'test/types/packet.types.ts',
    ],
    { cwd: top },
  ).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
  expect(await done).toBe('');
});
