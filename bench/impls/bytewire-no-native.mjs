// The package where the host has no base64 of its own: its wasm path alone. What a host can do is looked up at the first call
// after memory has grown, so memory is large from the start, and the host's ways are hidden for that first call.
import { another_library, is_node } from '../host.mjs';
import { digest_operations as digest_operations_bare } from './ours/digest.mjs?bare';
import { digest_operations as digest_operations_wasm } from './ours/digest.mjs?wasm';

/** More than any case of base64 needs. */
const MEMORY_BYTES = 96 << 20;

async function library_without(label, hidden, options) {
  const library = await another_library(label, options);
  library.buffer_delete(library.buffer_create(MEMORY_BYTES, 0, 1));
  const kept = hidden.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
  for (const [owner, name] of hidden) delete owner[name];
  const b = library.buffer_create(100, 0, 1);
  library.buffer_base64_encode(b, 0, 100);
  library.buffer_delete(b);
  hidden.forEach(([owner, name], i) => {
    if (kept[i]) Object.defineProperty(owner, name, kept[i]);
  });
  return library;
}

const base64_of = ({ base64_encode, base64_decode }) => ({ base64_encode, base64_decode });
const no_base64 = is_node
  ? [
      [Buffer.prototype, 'base64Slice'],
      [Buffer.prototype, 'base64Write'],
    ]
  : [];
const wasm = base64_of(digest_operations_wasm(await library_without('no-native', no_base64)));
const bare = is_node
  ? base64_of(
      digest_operations_bare(
        await library_without('no-buffer', [[globalThis, 'Buffer']], { build: 'browser-slim' }),
      ),
    )
  : {};

const both = (operation) => (input) =>
  [
    { ...wasm[operation](input) },
    bare[operation] && { name: 'bytewire, no Buffer', ...bare[operation](input) },
  ].filter(Boolean);

export const name = 'bytewire, wasm';
export const kind = 'twin';
export const operations = {
  base64_encode_wasm: both('base64_encode'),
  base64_decode_wasm: both('base64_decode'),
};
