// What bench/host.mjs is to Node, for pages: files come from the server that serves the page.

export const is_node = false;

async function bytes_at(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Bytes of a wasm build: 'simd' or 'plain'. */
export const wasm_bytes = (flavour) => bytes_at(`/wasm/bytewire.${flavour}.wasm`);

// Each of them bundled a second time, as another instance.
const INSTANCES = {
  plain: () => import('../../dist/browser-slim/index.js?plain'),
  'no-native': () => import('../../dist/browser-slim/index.js?no-native'),
};

/** An instance of the package beside the main one. */
export async function another_library(label, { flavour = 'simd' } = {}) {
  const library = await INSTANCES[label]();
  await library.init({ wasm: await wasm_bytes(flavour), simd: flavour === 'simd' });
  return library;
}

/** The exports of a bare instance of a wasm build. */
export async function kernel_of(flavour) {
  const { instance } = await WebAssembly.instantiate(await wasm_bytes(flavour));
  return instance.exports;
}

/** The wasm twin of the buffer, compiled by the server. */
export const twin_wasm = () => bytes_at('/twin.wasm');

// A count, then a size and so many bytes for each.
function items_of(bytes) {
  const view = new DataView(bytes.buffer);
  const items = [];
  let at = 4;
  for (let i = 0; i < view.getUint32(0, true); i++) {
    const size = view.getUint32(at, true);
    items.push(bytes.slice(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return items;
}

/** A file of the corpus that compression is measured on. */
export async function corpus_file(name) {
  return { items: items_of(await bytes_at(`/corpus?${new URLSearchParams({ name })}`)) };
}

/** Packets out of a running game, as the corpus makes them. */
export async function corpus_packets(kind, players, count, seed) {
  return items_of(
    await bytes_at(`/packets?${new URLSearchParams({ kind, players, count, seed })}`),
  );
}

/** A zlib stream as the browser makes it. */
export async function zlib_stream(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Pages cannot ask for it. */
export const collect_garbage = undefined;

/** What only Node is asked for. */
export const compression_memory = undefined;
export const bundled = undefined;
