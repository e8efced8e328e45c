// What the levels up to 9 allocate beyond results: asked of the wasm allocator of an instance that did nothing else.
import { readFileSync } from 'node:fs';

/** Bytes that stay allocated after one call at each of levels 0 to 9. */
export async function extra_memory() {
  const { instantiate } = WebAssembly;
  let exports;
  WebAssembly.instantiate = async (...args) => {
    const result = await instantiate(...args);
    exports = (result.instance ?? result).exports;
    return result;
  };
  try {
    const library = await import('../../dist/node-slim/index.js?alone');
    await library.init({
      wasm: readFileSync(new URL('../../dist/wasm/bytewire.simd.wasm', import.meta.url)),
    });
    const input = library.buffer_from(Buffer.alloc(20_000, 'some words that repeat '));
    const output = library.buffer_create(30_000, library.buffer_fixed, 1);
    const before = exports.heap_live_bytes();
    for (let level = 0; level <= 9; level++) {
      library.buffer_compress_into(input, 0, 20_000, output, 0, { level });
      library.buffer_decompress_into(output, 0, -1, input, 0);
    }
    return exports.heap_live_bytes() - before;
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}
