// The same package without SIMD: what a host gets that has wasm and no more. An instance and code of its own (`?plain`), so that
// the engine learns nothing about one from the other.
import { another_library } from '../host.mjs';
import { bulk_operations } from './ours/bulk.mjs?plain';
import { deflate_operations } from './ours/deflate.mjs?plain';
import { digest_operations } from './ours/digest.mjs?plain';
import { packet_column_operations } from './ours/packet-columns.mjs?plain';
import { string_operations } from './ours/strings.mjs?plain';

const bw = await another_library('plain', { flavour: 'plain' });
const all = {
  ...digest_operations(bw),
  ...bulk_operations(bw),
  ...string_operations(bw),
  ...deflate_operations(bw),
  ...packet_column_operations(bw),
};

// Of several forms the main one is enough here.
const main_form = (operation) => (input) => {
  if (input.peers_too === false) return undefined;
  const made = operation(input);
  if (!Array.isArray(made)) return made;
  const [{ name: _, kind: __, ...first }, ...others] = made;
  for (const { done } of others) done?.();
  return first;
};

export const name = 'bytewire, no SIMD';
export const kind = 'twin';
export const operations = Object.fromEntries(
  Object.entries(all).map(([operation, make]) => [operation, main_form(make)]),
);
