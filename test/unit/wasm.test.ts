// The wasm modules themselves: what they export and import, equal numbers on both sides, the same bytes from the same source.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as constants from '../../bindings/constants.js';

const top = fileURLToPath(new URL('../..', import.meta.url));
const flavours = ['simd', 'plain'] as const;
const read = (flavour: string) => readFileSync(join(top, `dist/wasm/bytewire.${flavour}.wasm`));

describe('the wasm modules', () => {
  it.each(flavours)('%s: need nothing from the host', (flavour) => {
    expect(WebAssembly.Module.imports(new WebAssembly.Module(read(flavour)))).toEqual([]);
  });

  it('export the same names from both builds, and exactly those that bindings/wasm/exports.ts declares', () => {
    const names = flavours.map((flavour) =>
      WebAssembly.Module.exports(new WebAssembly.Module(read(flavour)))
        .map(({ name }) => name)
        .sort(),
    );
    expect(names[0]).toEqual(names[1]);
    const source = readFileSync(join(top, 'bindings/wasm/exports.ts'), 'utf8');
    const declared = [...source.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(
      (match) => match[1],
    );
    expect(declared.sort()).toEqual(names[0]);
  });

  it('number the data types as the bindings do', () => {
    const source = readFileSync(join(top, 'assembly/constants.ts'), 'utf8');
    const types = [...source.matchAll(/TYPE_(\w+): i32 = (\d+)/g)];
    expect(types.length).toBe(11);
    for (const [, name, value] of types) {
      expect(Reflect.get(constants, `buffer_${name.toLowerCase()}`)).toBe(Number(value));
    }
  });

  it('hold no SIMD instruction in the plain build: binaryen validates it without that feature', () => {
    // In a process of its own: binaryen prints what it finds.
    const script = `
      import binaryen from 'binaryen';
      import { readFileSync } from 'node:fs';
      const { BulkMemory, BulkMemoryOpt = 0, SignExt, NontrappingFPToInt, MutableGlobals } = binaryen.Features;
      for (const flavour of ['simd', 'plain']) {
        const module = binaryen.readBinary(readFileSync('dist/wasm/bytewire.' + flavour + '.wasm'));
        module.setFeatures(BulkMemory | BulkMemoryOpt | SignExt | NontrappingFPToInt | MutableGlobals);
        console.log(flavour, module.validate());
      }`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: top,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(out.trim().split('\n').slice(-2).filter(Boolean)).toContain('plain 1');
    expect(out).toContain('simd 0');
  });

  it('come out byte for byte the same from the same source', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bytewire-wasm-'));
    try {
      for (const flavour of flavours) {
        const outFile = join(folder, `${flavour}.wasm`);
        execFileSync(
          process.execPath,
          [
            join(top, 'node_modules/assemblyscript/bin/asc.js'),
            ...['--config', 'asconfig.json', '--target', flavour, '--outFile', outFile],
          ],
          { cwd: top },
        );
        expect(readFileSync(outFile).equals(read(flavour))).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    // The compiler alone takes ten seconds and more for each build.
  }, 300_000);
});
