// The compressor's working memory, allocated when it is first used, and one-shot calls of the kernel.
import { allocate, ensure, kernel, release } from './wasm/memory.js';

/** From this level on the parse is by least cost, with trees instead of chains. */
export const LEAST_COST_LEVEL = 10;
const HASH_BITS = 16;

/** A set of hash tables. */
export interface Tables {
  readonly address: number;
  readonly bytes: number;
}

/** New hash tables for a level, with 2^bits heads. @throws RangeError when memory is exhausted */
export function new_tables(level: number, bits: number): Tables {
  if (level >= LEAST_COST_LEVEL) ensure_optimal_room();
  else ensure_sequences();
  const bytes = kernel.tables_bytes(level >= LEAST_COST_LEVEL ? 1 : 0, bits);
  const address = allocate(bytes, 64);
  kernel.clear_tables(address, bytes);
  return { address, bytes };
}

let has_sequences = false;

function ensure_sequences(): void {
  if (has_sequences) return;
  ensure();
  kernel.set_sequences(allocate(kernel.SEQUENCES_BYTES.value, 64));
  has_sequences = true;
}

let has_optimal_room = false;

// The least-cost levels have a list of their own in their working space.
function ensure_optimal_room(): void {
  if (has_optimal_room) return;
  ensure();
  kernel.set_optimal_room(allocate(kernel.optimal_bytes(), 64));
  has_optimal_room = true;
}

// One set for all one-shot calls of the levels below 10, one for those above.
const shared: (Tables | undefined)[] = [undefined, undefined];

function tables_for(level: number): Tables {
  const which = level >= LEAST_COST_LEVEL ? 1 : 0;
  return (shared[which] ??= new_tables(level, HASH_BITS));
}

/** Makes sure that a level can run: may grow memory, so that addresses and views taken after it stay good. */
export function prepare_level(level: number): void {
  tables_for(level);
}

/** Most bytes that `n` can become. */
export function compressed_bound(n: number): number {
  return kernel.deflate_bound(n);
}

/** Compresses `n` bytes at `src` to a raw stream at `dst`, which has room for the bound; gives its bytes. */
export function deflate_at(
  src: number,
  n: number,
  dst: number,
  level: number,
  dictionary: number,
): number {
  const tables = tables_for(level);
  return kernel.deflate_raw(tables.address, tables.bytes, src, n, dst, level, dictionary);
}

// A block that stays, for results that are copied into a buffer of the caller's.
const SCRATCH_BYTES = 33 * 1024;
let scratch = 0;

/** Address of a block of `bytes` bytes for the moment; give it back with {@link return_scratch}. */
export function take_scratch(bytes: number): number {
  if (bytes > SCRATCH_BYTES) return allocate(bytes, 16);
  if (scratch === 0) scratch = allocate(SCRATCH_BYTES, 64);
  return scratch;
}

export function return_scratch(address: number): void {
  if (address !== scratch) release(address);
}
