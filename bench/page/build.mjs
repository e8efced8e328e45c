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

/** Files of the page by path: `/page.js` and what it loads. `found` and `left_out` are what {@link find_impls} gives. */
export async function build_page({ found, left_out }) {
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
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: bench, sourcefile: 'page.js' },
    entryNames: 'page',
    outdir: '/',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    logLevel: 'error',
    plugins: [page_host],
    // Asked for where Node is found, never in a page.
    external: ['fs', 'path'],
  });
  return new Map(
    outputFiles.map(({ path, contents }) => [path.slice(path.lastIndexOf('/')), contents]),
  );
}
