// Starting the module: on first use, ahead of it, with and without SIMD, from outside, and refused.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';

const file = (flavour: string) =>
  new URL(`../../dist/wasm/bytewire.${flavour}.wasm`, import.meta.url);

/** The library as a new process would see it: nothing started. */
async function fresh() {
  vi.resetModules();
  const library = await import('../../bindings/index.js');
  const { simd_in_use } = await import('../../bindings/wasm/load.js');
  return { ...library, simd_in_use };
}

afterEach(() => vi.unstubAllGlobals());

function round_trip({
  buffer_create,
  buffer_write,
  buffer_seek,
  buffer_read,
}: Awaited<ReturnType<typeof fresh>>) {
  const b = buffer_create(16, 0, 1);
  buffer_write(b, 10, 1.25);
  buffer_seek(b, 0, 0);
  return buffer_read(b, 10);
}

describe('init', () => {
  it('is not needed: the first call starts the module', async () => {
    const library = await fresh();
    expect(library.simd_in_use()).toBeUndefined();
    expect(round_trip(library)).toBe(1.25);
    expect(library.simd_in_use()).toBe(true);
  });

  it('may be called any number of times, also at once and after first use', async () => {
    const library = await fresh();
    await Promise.all([library.init(), library.init(), library.init({})]);
    expect(round_trip(library)).toBe(1.25);
    await library.init();
    expect(round_trip(library)).toBe(1.25);
  });

  it('takes the plain build on { simd: false }', async () => {
    const library = await fresh();
    await library.init({ simd: false });
    expect(library.simd_in_use()).toBe(false);
    expect(round_trip(library)).toBe(1.25);
    await expect(library.init({ simd: true })).rejects.toMatchObject({ code: 'already_started' });
    await expect(library.init({ simd: false })).resolves.toBeUndefined();
  });

  it('refuses another module once one runs, and goes on with the first', async () => {
    const library = await fresh();
    expect(round_trip(library)).toBe(1.25);
    await expect(library.init({ wasm: readFileSync(file('plain')) })).rejects.toMatchObject({
      name: 'NetError',
      code: 'already_started',
    });
    expect(round_trip(library)).toBe(1.25);
  });

  it('takes bytes, a compiled module, a response and a URL', async () => {
    const bytes = readFileSync(file('simd'));
    const server = createServer((_, response) =>
      response.writeHead(200, { 'content-type': 'application/wasm' }).end(bytes),
    ).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bytewire.wasm`;
    try {
      for (const wasm of [
        bytes,
        new WebAssembly.Module(bytes),
        new Response(bytes, { headers: { 'content-type': 'application/wasm' } }),
        fetch(url),
        url,
        new URL(url),
      ]) {
        const library = await fresh();
        await library.init({ wasm });
        expect(round_trip(library)).toBe(1.25);
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('says what is wrong with bytes that are no module, and can be called again', async () => {
    const library = await fresh();
    await expect(library.init({ wasm: new Uint8Array([1, 2, 3]) })).rejects.toMatchObject({
      code: 'wasm_refused',
    });
    await library.init();
    expect(round_trip(library)).toBe(1.25);
    await expect(library.init(5 as never)).rejects.toBeInstanceOf(TypeError);
  });

  it('names the CSP source when the page refuses WebAssembly', async () => {
    const library = await fresh();
    const refuse = class extends WebAssembly.Module {
      constructor() {
        super(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
        throw new WebAssembly.CompileError(
          "WebAssembly.Module(): Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source of script in the following Content Security Policy directive",
        );
      }
    };
    vi.stubGlobal('WebAssembly', Object.assign(Object.create(WebAssembly), { Module: refuse }));
    expect(() => library.buffer_create(1, 0, 1)).toThrow(/'wasm-unsafe-eval'/);
    vi.unstubAllGlobals();
    expect(round_trip(library)).toBe(1.25);
  });

  it('says so when the host has no WebAssembly at all', async () => {
    const library = await fresh();
    vi.stubGlobal('WebAssembly', undefined);
    expect(() => library.buffer_create(1, 0, 1)).toThrow(/needs WebAssembly/);
  });
});
