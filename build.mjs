// Builds everything: AssemblyScript -> wasm, TypeScript -> dist bundles, declarations, the arena example.
// usage: node build.mjs [--dev] [--quiet] [--only wasm|js|types|examples]
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { clone_pool } from './bindings/packet/clones.build.mjs';

const top = dirname(fileURLToPath(import.meta.url));
process.chdir(top);

const args = process.argv.slice(2);
const dev = args.includes('--dev');
const quiet = args.includes('--quiet');
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : 'all';
const wants = (part) => only === 'all' || only === part;

/** Bytes that the published files may take; a build above any of them fails. */
const BUDGET = {
  'dist/wasm/bytewire.simd.wasm': 112_000,
  'dist/wasm/bytewire.plain.wasm': 96_000,
};
/** The same for a page that bundles everything, minified and gzipped. */
const PAGE_GZIP_BUDGET = 187_000;

const say = (...words) => quiet || console.log(...words);

function run(file, argv) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...argv], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${relative(top, file)} ended with ${code}`)),
    );
  });
}

const asc = join(top, 'node_modules/assemblyscript/bin/asc.js');
const tsc = join(top, 'node_modules/typescript/bin/tsc');

async function build_wasm() {
  await mkdir('dist/wasm', { recursive: true });
  const suffix = dev ? '-dev' : '';
  await Promise.all(
    ['simd', 'plain'].map((flavour) =>
      run(asc, ['--config', 'asconfig.json', '--target', flavour + suffix]),
    ),
  );
  const [simd, plain] = await Promise.all(
    ['simd', 'plain'].map((flavour) => readFile(`dist/wasm/bytewire.${flavour}.wasm`)),
  );
  await writeFile(
    'bindings/wasm/inlined.gen.ts',
    [
      '// Made by build.mjs from assembly/: the wasm modules as base64, decoded on first use.',
      `export const SIMD_BASE64: string =\n  '${simd.toString('base64')}';`,
      `export const PLAIN_BASE64: string =\n  '${plain.toString('base64')}';`,
      '',
    ].join('\n'),
  );
}

/** The pool of cloned encoders that packets use where eval is forbidden. */
async function write_clone_pool() {
  await writeFile('bindings/packet/clones.gen.ts', clone_pool());
}

// Without a target esbuild may emit calls that Node 20 does not have.
const common = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: dev ? 'inline' : false,
  logLevel: 'warning',
  external: ['ws', 'node-datachannel', 'node:*'],
  legalComments: 'none',
};

/** In the slim build `#inlined` is an empty module: the host hands the wasm to `init`. */
const without_inlined_wasm = {
  name: 'without-inlined-wasm',
  setup(build) {
    build.onResolve({ filter: /^#inlined$/ }, () => ({ path: 'none', namespace: 'inlined' }));
    build.onLoad({ filter: /.*/, namespace: 'inlined' }, () => ({
      contents: "export const SIMD_BASE64 = '', PLAIN_BASE64 = '';",
    }));
  },
};

/** The loader assigns `Object.hasOwn` when imported. Every host we support has it, and importing bytewire may touch no global. */
const loader_without_polyfill = {
  name: 'loader-without-polyfill',
  setup(build) {
    build.onLoad({ filter: /@assemblyscript.loader.index\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(/Object\.hasOwn = Object\.hasOwn \|\| function[^}]*};/, '');
      if (contents === source)
        throw new Error('the loader has changed: look at its Object.hasOwn polyfill again');
      return { contents };
    });
  },
};

/**
 * esbuild turns top-level `const` into `var`, which V8 cannot fold into the hot calls (measured: a third slower).
 * Puts `const` back where a name says that it never changes: UPPER_CASE, the public numbers, and the table of buffer state.
 */
const const_again = {
  name: 'const-again',
  setup(build) {
    build.initialOptions.write = false;
    build.onEnd(async ({ outputFiles = [] }) => {
      for (const { path, text } of outputFiles) {
        const names = /^var ((?:[A-Z][A-Z0-9_]*|state|(?:buffer|network)_\w+) = )/gm;
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, text.replace(names, 'const $1'));
      }
    });
  },
};

async function build_js() {
  for (const folder of ['node', 'browser', 'node-slim', 'browser-slim']) {
    await rm(`dist/${folder}`, { recursive: true, force: true });
  }
  for (const platform of ['node', 'browser']) {
    const host = {
      ...common,
      platform: platform === 'node' ? 'node' : 'browser',
      conditions: platform === 'node' ? ['node'] : [],
    };
    await esbuild.build({
      ...host,
      plugins: [loader_without_polyfill, const_again],
      entryPoints: ['bindings/index.ts', 'bindings/gamemaker.ts'],
      splitting: true,
      outdir: `dist/${platform}`,
    });
    await esbuild.build({
      ...host,
      entryPoints: ['bindings/index.ts'],
      outdir: `dist/${platform}-slim`,
      plugins: [without_inlined_wasm, loader_without_polyfill, const_again],
    });
  }
}

async function build_examples() {
  if (!existsSync('examples/arena/server/server.ts')) return;
  await esbuild.build({
    ...common,
    platform: 'node',
    external: ['bytewire', 'node:*'],
    entryPoints: ['examples/arena/server/server.ts'],
    outdir: 'examples/arena/dist',
  });
  await esbuild.build({
    ...common,
    platform: 'browser',
    external: [],
    minify: !dev,
    entryPoints: ['page.ts', 'beat.ts', 'style.css'].map((file) => `examples/arena/page/${file}`),
    outdir: 'examples/arena/dist/public',
  });
  await copyFile('examples/arena/page/index.html', 'examples/arena/dist/public/index.html');
}

async function report_sizes() {
  let over = 0;
  const kb = (n) => `${(n / 1000).toFixed(1)} kB`;
  const row = (name, bytes, limit, extra = '') => {
    const bad = !dev && bytes > limit;
    if (bad) over++;
    const line = `${name.padEnd(36)} ${kb(bytes).padStart(9)} of ${kb(limit)}${extra}${bad ? '  OVER BUDGET' : ''}`;
    bad ? console.error(line) : say(line);
  };
  for (const [file, limit] of Object.entries(BUDGET)) {
    if (!existsSync(file)) continue;
    const bytes = await readFile(file);
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    row(
      file,
      bytes.length,
      limit,
      `, brotli ${kb(brotliCompressSync(bytes).length)}, sha256 ${hash}`,
    );
  }
  if (existsSync('dist/browser/index.js')) {
    const page = await esbuild.build({
      ...common,
      entryPoints: ['dist/browser/index.js'],
      minify: true,
      write: false,
      sourcemap: false,
    });
    row(
      'page bundle, minified + gzip',
      gzipSync(page.outputFiles[0].contents).length,
      PAGE_GZIP_BUDGET,
    );
  }
  if (over && !dev) throw new Error(`${over} file(s) over the size budget`);
}

const start = Date.now();
if (only === 'all') await rm('dist', { recursive: true, force: true });
if (wants('wasm')) await build_wasm();
await write_clone_pool();
if (wants('js')) await build_js();
if (wants('types')) await run(tsc, ['-p', 'tsconfig.build.json']);
if (wants('examples')) await build_examples();
await report_sizes();
say(`built in ${((Date.now() - start) / 1000).toFixed(1)} s${dev ? ' (dev)' : ''}`);
