// esbuild as the bench needs it: a text of a module with all that it imports, for pages.
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

/** The text of a module that imports from bench/, as one file without imports. */
export async function bundle_text(contents, options = {}) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    ...options,
  });
  return outputFiles[0].text;
}
