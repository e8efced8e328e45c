// The files of this program: which store holds them, and the order of what is done to one file.
import { host } from '#host';
import { show, text } from '../check.js';
import { memory_store } from './memory.js';
import type { FileStore, FileWriter, StoreBackend, StoredFile, TakenWriter } from './types.js';

let root = '';
let backend: StoreBackend = 'default';
let store: FileStore | undefined;

function current(): FileStore {
  store ??= backend === 'memory' ? memory_store() : host.make_store(root, backend);
  return store;
}

/**
 * Says where files live. In Node a folder, absolute or below the working directory; it is made at the first write. In
 * browsers the name of a folder in the origin-private file system (or of a database). Default: in Node the working directory
 * of each moment, in browsers `bytewire`. Set it before files are used; what is under way stays where it was.
 *
 * @throws TypeError not a string; RangeError the host takes no such root
 */
export function store_set_root(folder: string): void {
  root = host.check_root(text(folder, 'store_set_root: folder'));
  store = undefined;
}

/**
 * Says what keeps files: `'default'` (Node: the file system; browsers: the origin-private file system, or IndexedDB where that
 * does not work), `'memory'` (gone with the process; made empty at each call) or, in browsers, `'opfs'` or `'indexeddb'`.
 *
 * @throws TypeError not a string; RangeError no such backend; NetError `unsupported`: not on this host
 */
export function store_set_backend(name: 'default' | 'memory' | 'opfs' | 'indexeddb'): void {
  text(name, 'store_set_backend: name');
  if (!['default', 'memory', 'opfs', 'indexeddb'].includes(name)) {
    throw new RangeError(`store_set_backend: there is no backend ${show(name)}`);
  }
  const next = name === 'memory' ? memory_store() : host.make_store(root, name);
  backend = name;
  store = next;
}

const last_of = new Map<string, Promise<unknown>>();

/** Runs `work` when everything asked of the same file before is done, whether that worked or not. */
function in_turn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const before = last_of.get(name) ?? Promise.resolve();
  const run = before.then(work, work);
  const settled = run.then(
    () => {},
    () => {},
  );
  last_of.set(name, settled);
  settled.then(() => {
    if (last_of.get(name) === settled) last_of.delete(name);
  });
  return run;
}

/** The place where files are at this moment: for work of several steps, all of which must be in one place. */
export function current_store(): FileStore {
  return current();
}

/** Replaces a file by `bytes`, which nobody may change meanwhile. @throws NetError */
export function save_file(name: string, bytes: Uint8Array, into = current()): Promise<void> {
  return in_turn(name, async () => {
    const writer = await into.create(name);
    try {
      await writer.write(bytes);
      await writer.commit();
    } catch (error) {
      await writer.abort().catch(() => {});
      throw error;
    }
  });
}

/** Lets `use` read a file, undefined when there is none, and closes it. @throws NetError, and what `use` throws */
export function with_file<T>(
  name: string,
  use: (file: StoredFile | undefined) => Promise<T>,
  from = current(),
): Promise<T> {
  return in_turn(name, async () => {
    const file = await from.open(name);
    try {
      return await use(file);
    } finally {
      await file?.close();
    }
  });
}

/** A writer for bytes that are still to come; other work on the file goes on until its commit, which waits its turn. */
export async function start_file(
  name: string,
  partial = false,
  into = current(),
): Promise<FileWriter> {
  const writer = await into.create(name, partial);
  return { ...writer, commit: (as = name) => in_turn(as, () => writer.commit(as)) };
}

/** A writer that goes on in an abandoned partial, as {@link FileStore.take_over} has it. */
export async function continue_file(
  name: string,
  partial: string,
  into: FileStore,
): Promise<TakenWriter | undefined> {
  const writer = await in_turn(partial, async () => into.take_over?.(name, partial));
  return writer && { ...writer, commit: (as = name) => in_turn(as, () => writer.commit(as)) };
}

/** Removes a file; false when there was none. @throws NetError */
export function remove_file(name: string, from = current()): Promise<boolean> {
  return in_turn(name, () => from.remove(name));
}
