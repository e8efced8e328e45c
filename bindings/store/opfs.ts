// Files in the browser's origin-private file system.
import { browser_failure } from './failure.js';
import type { FileStore, FileWriter, StoredFile } from './types.js';

type Folder = FileSystemDirectoryHandle;
/** Not in every browser, and not in TypeScript's declarations. */
type Movable = FileSystemFileHandle & { move?(to: Folder, name: string): Promise<void> };

/** Unfinished files. Names that users may give never start like this. */
const UNFINISHED = '.bytewire-unfinished';
/** An unfinished file this old is that of a page that has died. */
const STALE_MS = 24 * 60 * 60 * 1000;

const is_missing = (error: unknown) =>
  ['NotFoundError', 'TypeMismatchError'].includes((error as { name?: string } | null)?.name ?? '');

async function folder_of(top: Folder, name: string, create: boolean): Promise<Folder> {
  let folder = top;
  for (const part of name.split('/').slice(0, -1)) {
    folder = await folder.getDirectoryHandle(part, { create });
  }
  return folder;
}

const last_part = (name: string) => name.slice(name.lastIndexOf('/') + 1);

async function sweep(unfinished: Folder): Promise<void> {
  const names = (unfinished as unknown as { keys(): AsyncIterable<string> }).keys();
  for await (const name of names) {
    if (Date.now() - Number.parseInt(name, 36) < STALE_MS) continue;
    await unfinished.removeEntry(name).catch(() => {});
  }
}

/** The folder of a root; made when it is not there. Rejects where this file system does not work. */
export async function open_opfs(root: string): Promise<Folder> {
  let top = await navigator.storage.getDirectory();
  for (const part of root.split('/')) top = await top.getDirectoryHandle(part, { create: true });
  return top;
}

/** Whether files can really be written: some browsers have the folder, and fail at the first byte. */
export async function opfs_works(root: string): Promise<boolean> {
  const names = typeof navigator === 'undefined' ? undefined : navigator.storage;
  if (typeof names?.getDirectory !== 'function') return false;
  if (typeof FileSystemFileHandle === 'undefined') return false;
  if (!('createWritable' in FileSystemFileHandle.prototype)) return false;
  try {
    const store = opfs_store(root);
    const writer = await store.create('probe');
    await writer.write(new Uint8Array(1));
    await writer.abort();
    return true;
  } catch (error) {
    // Full is not broken: files that are there must stay in reach.
    return (error as { code?: string }).code === 'store_full';
  }
}

/** Moves a finished file to its place; where the browser cannot move, copies it (its close replaces the file at once). */
async function put_in_place(file: Movable, to: Folder, name: string): Promise<void> {
  if (typeof file.move === 'function') {
    await file.move(to, name);
    return;
  }
  const target = await to.getFileHandle(name, { create: true });
  const stream = await target.createWritable();
  await (await file.getFile()).stream().pipeTo(stream);
}

async function new_writer(top: Folder, name: string): Promise<FileWriter> {
  const unfinished = await top.getDirectoryHandle(UNFINISHED, { create: true });
  await sweep(unfinished);
  const own = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  const file = await unfinished.getFileHandle(own, { create: true });
  const stream = await file.createWritable();
  let ended = false;
  const drop = () => unfinished.removeEntry(own).catch(() => {});
  return {
    async write(bytes) {
      try {
        await stream.write(bytes as Uint8Array<ArrayBuffer>);
      } catch (error) {
        throw browser_failure(name, error);
      }
    },
    async commit(as = name) {
      try {
        await stream.close();
        await put_in_place(file, await folder_of(top, as, true), last_part(as));
        ended = true;
        await drop();
      } catch (error) {
        throw browser_failure(name, error);
      }
    },
    async abort() {
      if (ended) return;
      ended = true;
      await stream.abort().catch(() => {});
      await drop();
    },
  };
}

async function open_stored(top: Folder, name: string): Promise<StoredFile | undefined> {
  let file: File;
  try {
    const folder = await folder_of(top, name, false);
    file = await (await folder.getFileHandle(last_part(name))).getFile();
  } catch (error) {
    if (is_missing(error)) return undefined;
    throw error;
  }
  return {
    size_bytes: file.size,
    async read(offset, length) {
      try {
        return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
      } catch (error) {
        throw browser_failure(name, error);
      }
    },
    async close() {},
  };
}

/** Files below a folder of the origin-private file system. */
export function opfs_store(root: string): FileStore {
  const guarded = async <T>(name: string, work: (top: Folder) => Promise<T>): Promise<T> => {
    try {
      return await work(await open_opfs(root));
    } catch (error) {
      throw browser_failure(name, error);
    }
  };
  return {
    open: (name) => guarded(name, (top) => open_stored(top, name)),
    create: (name) => guarded(name, (top) => new_writer(top, name)),
    remove: (name) =>
      guarded(name, async (top) => {
        try {
          await (await folder_of(top, name, false)).removeEntry(last_part(name));
          return true;
        } catch (error) {
          if (is_missing(error)) return false;
          throw error;
        }
      }),
  };
}
