// What differs between Node and pages, as the cases need it. In a page bench/page/host.mjs stands in this place.
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deflateSync } from 'node:zlib';
import { make_corpus, packets } from './corpus.mjs';

export const is_node = true;

const dist = new URL('../dist/', import.meta.url);

/** Bytes of a wasm build: 'simd' or 'plain'. */
export async function wasm_bytes(flavour) {
  return readFileSync(new URL(`wasm/bytewire.${flavour}.wasm`, dist));
}

/** An instance of the package beside the main one: with state, memory and compiled code of its own. */
export async function another_library(label, { flavour = 'simd', build = 'node-slim' } = {}) {
  const library = await import(new URL(`${build}/index.js?${label}`, dist));
  await library.init({ wasm: await wasm_bytes(flavour), simd: flavour === 'simd' });
  return library;
}

const corpus = {};
/** A file of the corpus that compression is measured on; its first letter is its class, and classes are made one by one. */
export async function corpus_file(name) {
  const classes = name.slice(0, 1);
  corpus[classes] ??= make_corpus({ classes });
  const file = (await corpus[classes]).find((one) => one.name === name);
  if (!file) throw new Error(`the corpus has no file ${name}`);
  return file;
}

/** Packets out of a running game, as the corpus makes them. */
export const corpus_packets = async (kind, players, count, seed) =>
  packets(kind, players, count, seed);

/** Bytes that compression allocates beyond its results. */
export async function compression_memory() {
  const { extra_memory } = await import('./deflate/memory.mjs');
  return extra_memory();
}

/** A zlib stream as the host's own zlib makes it at level 6: what all decompress. */
export const zlib_stream = async (bytes) => Uint8Array.from(deflateSync(bytes));

let collect;
/** Takes away what earlier cases left, so that no contender pays for them. */
export function collect_garbage() {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc');
  }
  collect();
}

/** The exports of a bare instance of a wasm build, with nothing around it. */
export async function kernel_of(flavour) {
  return new WebAssembly.Instance(new WebAssembly.Module(await wasm_bytes(flavour))).exports;
}

/** The wasm twin of the buffer, compiled from its source. */
export async function twin_wasm() {
  const { compile_twin } = await import('./impls/wasm/compile.mjs');
  return compile_twin();
}

/** `source` bundled as a page has it: its module. */
export async function bundled(source) {
  const { bundle_text } = await import('./bundle.mjs');
  const code = Buffer.from(await bundle_text(source)).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}
