// Which place a browser keeps files in: its own file system where that works, else IndexedDB.
import { has_indexeddb_files, indexeddb_store } from './indexeddb.js';
import { locked_store } from './locked.js';
import { opfs_store, opfs_works } from './opfs.js';
import type { FileStore, StoreBackend } from './types.js';

async function choose(root: string): Promise<FileStore> {
  // Files that are in IndexedDB since a visit when the file system failed must not get lost when it works again.
  if (await has_indexeddb_files(root)) return indexeddb_store(root);
  return (await opfs_works(root)) ? opfs_store(root) : indexeddb_store(root);
}

/** The files of this origin. Which place is found out at the first use. */
export function browser_store(root: string, backend: StoreBackend): FileStore {
  const folder = root === '' ? 'bytewire' : root;
  return locked_store(store_of(folder, backend), folder);
}

function store_of(folder: string, backend: StoreBackend): FileStore {
  if (backend === 'opfs') return opfs_store(folder);
  if (backend === 'indexeddb') return indexeddb_store(folder);
  let chosen: Promise<FileStore> | undefined;
  const store = () => (chosen ??= choose(folder));
  return {
    open: async (name) => (await store()).open(name),
    create: async (name) => (await store()).create(name),
    remove: async (name) => (await store()).remove(name),
  };
}
