// The packed tarball, installed elsewhere: by import, by require, in a bundle, as slim, with GameMaker's numbers.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';

function node(file: string, ...flags: string[]): string {
  return execFileSync(process.execPath, [...flags, file], { cwd: folder, encoding: 'utf8' }).trim();
}

function script(name: string, source: string, ...flags: string[]): string {
  writeFileSync(join(folder, name), source);
  return node(name, ...flags);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bytewire-pack-'));
  const npm = (args: string[], cwd: string) =>
    execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  npm(['pack', '--ignore-scripts', '--pack-destination', folder], top);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "elsewhere", "private": true }');
  npm(['install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`], folder);
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const USE = `
  const b = bw.buffer_create(8, bw.buffer_grow, 1);
  bw.buffer_write(b, bw.buffer_string, 'wire');
  bw.buffer_seek(b, bw.buffer_seek_start, 0);
  console.log(bw.buffer_read(b, bw.buffer_string), bw.buffer_get_size(b));`;

describe('the packed package, installed elsewhere', () => {
  it('runs by import, at once and synchronously', () => {
    expect(script('a.mjs', `import * as bw from 'bytewire';${USE}`)).toBe('wire 8');
  });

  it('runs by require', () => {
    expect(script('b.cjs', `const bw = require('bytewire');${USE}`, '--no-warnings')).toBe('wire 8');
  });

  it('runs in a bundle for pages, which holds nothing of Node and whose unused parts fall away', async () => {
    const bundle = async (source: string) => {
      const result = await esbuild.build({
        stdin: { contents: source, resolveDir: folder },
        bundle: true,
        format: 'esm',
        platform: 'browser',
        target: 'es2022',
        minify: true,
        write: false,
      });
      return result.outputFiles[0].text;
    };
    const whole = await bundle(`import * as bw from 'bytewire';${USE}`);
    expect(whole).not.toMatch(/node:|require\(/);
    expect(script('c.mjs', whole)).toBe('wire 8');
    const part = await bundle(`import { buffer_create } from 'bytewire'; console.log(buffer_create(1, 0, 1));`);
    expect(script('d.mjs', part)).toBe('0');
    expect(part.length).toBeLessThan(whole.length);
    expect(await bundle(`import 'bytewire'; import 'bytewire/gamemaker'; console.log(1)`)).toMatch(
      /^console\.log\(1\);?\s*$/,
    );
  });

  it('touches no global and does nothing when imported: rendering on a server works', () => {
    const out = script(
      'e.mjs',
      `const names = () => Reflect.ownKeys(globalThis).map(String).sort().join();
       const before = names();
       const { hasOwn } = Object;
       const asked = [];
       for (const name of ['WebSocket', 'RTCPeerConnection', 'document', 'window', 'navigator', 'fetch', 'WebAssembly']) {
         const kept = globalThis[name];
         Object.defineProperty(globalThis, name, { configurable: true, get() { asked.push(name); return kept; } });
       }
       const now = names();
       await import('bytewire');
       await import('bytewire/gamemaker');
       await import('bytewire/slim');
       console.log(names() === now, asked.join() || 'nothing', Object.hasOwn === hasOwn);`,
    );
    expect(out).toBe('true nothing true');
  });

  it('runs with frozen intrinsics', () => {
    expect(
      script('f.mjs', `import * as bw from 'bytewire';${USE}`, '--frozen-intrinsics', '--no-warnings'),
    ).toBe('wire 8');
  });

  it('is slim on request: no wasm inside, init takes the file from the package', () => {
    const out = script(
      'g.mjs',
      `import * as bw from 'bytewire/slim';
       import { readFileSync } from 'node:fs';
       import { createRequire } from 'node:module';
       try { bw.buffer_create(1, 0, 1); } catch (error) { console.log(error.code, /init/.test(error.message)); }
       const file = createRequire(import.meta.url).resolve('bytewire/wasm/bytewire.simd.wasm');
       await bw.init({ wasm: readFileSync(file) });${USE}`,
    );
    expect(out).toBe('wasm_unavailable true\nwire 8');
    const slim = readFileSync(join(folder, 'node_modules/bytewire/dist/node-slim/index.js'));
    const full = readdirSync(join(folder, 'node_modules/bytewire/dist/node'))
      .map((name) => readFileSync(join(folder, 'node_modules/bytewire/dist/node', name)))
      .reduce((sum, bytes) => sum + bytes.length, 0);
    expect(slim.length).toBeLessThan(full);
  });

  it("has GameMaker's own numbers under bytewire/gamemaker, on the same buffers", () => {
    const out = script(
      'h.mjs',
      `import * as gm from 'bytewire/gamemaker';
       import * as bw from 'bytewire';
       const b = gm.buffer_create(64, gm.buffer_grow, 1);
       for (const [name, value] of Object.entries({ u64: 5, f16: 0.5, f32: 1.5, f64: 2.5, bool: true, string: 's', text: 't' })) {
         gm.buffer_write(b, gm['buffer_' + name], value);
       }
       bw.buffer_seek(b, 0, 0);
       const types = [bw.buffer_u64, bw.buffer_f16, bw.buffer_f32, bw.buffer_f64, bw.buffer_bool, bw.buffer_string, bw.buffer_text];
       console.log([gm.buffer_u64, gm.buffer_f16, gm.buffer_f32, gm.buffer_f64, gm.buffer_bool, gm.buffer_string, gm.buffer_text].join());
       console.log(types.map((type) => bw.buffer_read(b, type)).join());
       console.log(gm.buffer_sizeof(gm.buffer_u64), gm.buffer_write(b, 99, 1), gm.network_socket_ws, gm.network_socket_wss);`,
    );
    expect(out).toBe('12,7,8,9,10,11,13\n5,0.5,1.5,2.5,true,s,t\n8 -4 6 7');
  });

  it('brings types that compile under strict, for every entry', () => {
    mkdirSync(join(folder, 'types'), { recursive: true });
    writeFileSync(
      join(folder, 'types/use.ts'),
      `import { buffer_create, buffer_read, buffer_string, buffer_u64, init } from 'bytewire';
       import { buffer_create as slim_create } from 'bytewire/slim';
       import { buffer_u64 as gm_u64 } from 'bytewire/gamemaker';
       const b: number = buffer_create(1, 0, 1) + slim_create(1, 0, 1);
       const text: string = buffer_read(b, buffer_string);
       const big: number | bigint = buffer_read(b, buffer_u64);
       const twelve: 12 = gm_u64;
       // @ts-expect-error a string is not a size
       buffer_create('1', 0, 1);
       void init({ simd: false });
       export { text, big, twelve };`,
    );
    for (const module_kind of ['nodenext', 'esnext']) {
      execFileSync(
        process.execPath,
        [
          join(top, 'node_modules/typescript/bin/tsc'),
          ...['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom',],
          ...['--module', module_kind],
          ...['--moduleResolution', module_kind === 'esnext' ? 'bundler' : 'nodenext'],
          'types/use.ts',
        ],
        { cwd: folder, stdio: 'pipe' },
      );
    }
  });

  it('is in order for publint', async () => {
    const { publint } = await import('publint');
    const { messages } = await publint({ pkgDir: join(folder, 'node_modules/bytewire'), strict: true });
    expect(messages.filter(({ type }) => type !== 'suggestion')).toEqual([]);
  });
});
