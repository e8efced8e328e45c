// Bundles cases and implementations for a page, without those that need Node: these are named.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { package_versions } from '../result.mjs';
import { case_files } from '../suite.mjs';

const bench = fileURLToPath(new URL('..', import.meta.url));

// Cases and implementations ask host.mjs for what differs; in a page another one answers.
const page_host = {
  name: 'page-host',
  setup(builder) {
    builder.onResolve({ filter: /\/host\.mjs$/ }, () => ({ path: `${bench}page/host.mjs` }));
  },
};

const quoted = (value) => JSON.stringify(value);

const OPTIONS = {
  entryNames: 'page',
  outdir: '/',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  write: false,
  logLevel: 'silent',
  plugins: [page_host],
  // Asked for where Node is found, never in a page.
  external: ['fs', 'path'],
};

async function build_files({ found, left_out }) {
  const cases = await case_files('browser');
  const source = `
    import { start } from './page/main.mjs';
    ${cases.map((file, i) => `import * as c${i} from ${quoted(fileURLToPath(file))};`).join('\n')}
    const on = ({ hosts }) => hosts === undefined || hosts.includes('browser');
    start({
      cases: [${cases.map((_, i) => `...c${i}.cases`).join(', ')}].filter(on),
      list: [${found.map(({ name, url }) => `[${quoted(name)}, () => import(${quoted(fileURLToPath(url))})]`).join(', ')}],
      left_out: ${quoted(left_out)},
      packages: ${quoted(package_versions())},
    });`;
  const stdin = { contents: source, resolveDir: bench, sourcefile: 'page.js' };
  const { outputFiles } = await build({ ...OPTIONS, stdin });
  return new Map(
    outputFiles.map(({ path, contents }) => [path.slice(path.lastIndexOf('/')), contents]),
  );
}

/** Why the implementation in the file `url` cannot be bundled; undefined if it can. */
async function why_not({ url }) {
  try {
    await build({ ...OPTIONS, entryPoints: [fileURLToPath(url)] });
  } catch (error) {
    return `cannot be bundled for a page: ${error.errors?.[0]?.text ?? error.message}`;
  }
}

/**
 * `files` of the page by path: `/page.js` and what it loads. `found` and `left_out` are what {@link find_impls} gives; who cannot be bundled is left
 * out, too, and in `lost`, as `left_out` has them.
 */
export async function build_page({ found, left_out }) {
  try {
    return { files: await build_files({ found, left_out }), lost: [] };
  } catch (error) {
    // One of them costs all the whole page: who it is, each says alone.
    const reasons = await Promise.all(found.map(why_not));
    const lost = found.flatMap(({ name }, i) =>
      reasons[i] === undefined ? [] : [{ name, reason: reasons[i], failed: true }],
    );
    if (lost.length === 0) throw error;
    const sound = found.filter((_, i) => reasons[i] === undefined);
    return { files: await build_files({ found: sound, left_out: [...left_out, ...lost] }), lost };
  }
}
