// Files below a folder of the file system: replaced by rename, and never outside that folder, symbolic links included.
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { NetError } from '../errors.js';
import {
  begin_name,
  end_name,
  is_abandoned,
  next_part_name,
  part_name,
  present_name,
  sweep,
  temporary_name,
} from './node-unfinished.js';
import type { FileStore, FileWriter, StoredFile, TakenWriter } from './types.js';

const code_of = (error: unknown): string => (error as NodeJS.ErrnoException)?.code ?? '';
const is_missing = (error: unknown) => code_of(error) === 'ENOENT' || code_of(error) === 'ENOTDIR';

function failure(name: string, cause: unknown): NetError {
  if (cause instanceof NetError) return cause;
  const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code_of(cause));
  const why = cause instanceof Error ? cause.message : String(cause);
  return new NetError(full ? 'store_full' : 'store_failed', `file "${name}": ${why}`, { cause });
}

/** Runs `work`; what goes wrong becomes a NetError that names the file. */
async function guarded<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure(name, error);
  }
}

function demand_inside(root: string, path: string, name: string): void {
  const way = relative(root, path);
  if (way === '..' || way.startsWith(`..${sep}`) || resolve(root, way) !== path) {
    throw new NetError('store_outside', `file "${name}": a symbolic link leads out of ${root}`);
  }
}

/** Makes a folder below the root, and gives its real path. Checked before anything is made. */
async function real_folder(root: string, folder: string, name: string): Promise<string> {
  const missing: string[] = [];
  let existing = folder;
  for (;;) {
    try {
      existing = await realpath(existing);
      break;
    } catch (error) {
      if (code_of(error) !== 'ENOENT' || existing === root) throw error;
      missing.unshift(basename(existing));
      existing = dirname(existing);
    }
  }
  demand_inside(root, existing, name);
  const path = join(existing, ...missing);
  if (missing.length > 0) {
    await mkdir(path, { recursive: true });
    // A link may have taken the place of a folder meanwhile.
    demand_inside(root, await realpath(path), name);
  }
  return path;
}

/** So that the rename itself survives a power failure. Not every system can do that with a folder. */
async function sync_folder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, 'r');
    await folder.sync();
  } catch {
    // Windows, some network file systems.
  } finally {
    await folder?.close();
  }
}

/** Writes at the end of `file`, which has `size_bytes` and lies in `folder` as `own`. */
function writer_on(
  opened: FileHandle,
  folder: string,
  own: string,
  name: string,
  size_bytes: number,
  partial: boolean,
): FileWriter {
  const temporary = join(folder, own);
  let file: FileHandle | undefined = opened;
  let at = size_bytes;
  const drop = async () => {
    const open_file = file;
    if (open_file === undefined) return;
    file = undefined;
    try {
      await open_file.close();
      await unlink(temporary);
    } finally {
      end_name(own, false);
    }
  };
  return {
    ...(partial && { partial: name.slice(0, name.lastIndexOf('/') + 1) + own }),
    write: (bytes) =>
      guarded(name, async () => {
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await file!.write(bytes, done, bytes.length - done, at);
          done += bytesWritten;
          at += bytesWritten;
        }
      }),
    commit: (as = name) =>
      guarded(as, async () => {
        const kept = basename(as) === own;
        try {
          // A link in the place of the file is replaced, never followed; a folder stays.
          await file!.sync();
          await file!.close();
          await rename(temporary, join(folder, basename(as)));
          file = undefined;
        } catch (error) {
          await drop().catch(() => {});
          throw error;
        }
        end_name(own, kept);
        await sync_folder(folder);
      }),
    abort: () => guarded(name, drop),
  };
}

async function start_writer(root: string, name: string, partial: boolean): Promise<FileWriter> {
  await mkdir(root, { recursive: true });
  const top = await realpath(root);
  const folder = await real_folder(top, dirname(join(top, name)), name);
  await sweep(folder);
  const own = partial ? part_name() : temporary_name();
  const file = await open(join(folder, own), 'wx');
  begin_name(own);
  return writer_on(file, folder, own, name, 0, partial);
}

async function take_over(
  root: string,
  name: string,
  partial: string,
): Promise<TakenWriter | undefined> {
  const top = await realpath(root);
  const folder = await realpath(dirname(join(top, name)));
  demand_inside(top, folder, name);
  const path = join(folder, basename(partial));
  if (!(await lstat(path)).isFile()) return undefined;
  const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, constants.O_RDWR | careful);
  try {
    const { size: size_bytes } = await file.stat();
    const own = next_part_name(basename(partial));
    // Whoever renames it first has it. The others find it under the new name, which says that somebody writes it.
    await rename(path, join(folder, own));
    end_name(basename(partial), false);
    begin_name(own);
    return { ...writer_on(file, folder, own, name, size_bytes, true), size_bytes };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function locate(root: string, partial: string): Promise<string | undefined> {
  const top = await realpath(root);
  const folder = await realpath(dirname(join(top, partial)));
  demand_inside(top, folder, partial);
  const own = await present_name(folder, basename(partial));
  return own && partial.slice(0, partial.lastIndexOf('/') + 1) + own;
}

async function open_stored(root: string, name: string): Promise<StoredFile | undefined> {
  let file: FileHandle;
  try {
    const top = await realpath(root);
    const path = await realpath(join(top, name));
    demand_inside(top, path, name);
    if (!(await lstat(path)).isFile()) {
      throw new NetError('store_failed', `"${name}" is not a file`);
    }
    // The path is real: a link there now was put there a moment ago. And a pipe must not keep us waiting.
    const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    file = await open(path, constants.O_RDONLY | careful);
  } catch (error) {
    if (is_missing(error)) return undefined;
    throw error;
  }
  const size_bytes = (await file.stat()).size;
  let chunk = new Uint8Array(0);
  return {
    size_bytes,
    read: (offset, length) =>
      guarded(name, async () => {
        const wanted = Math.max(0, Math.min(length, size_bytes - offset));
        if (chunk.length < wanted) chunk = new Uint8Array(wanted);
        const { bytesRead } = await file.read(chunk, 0, wanted, offset);
        return chunk.subarray(0, bytesRead);
      }),
    close: () => file.close(),
  };
}

/** Files below `root`; '' means the working directory of each moment. The folder is made at the first write. */
export function node_store(root: string): FileStore {
  const top = () => resolve(root === '' ? process.cwd() : root);
  return {
    open: (name) => guarded(name, () => open_stored(top(), name)),
    create: (name, partial = false) => guarded(name, () => start_writer(top(), name, partial)),
    abandoned: (partial) => is_abandoned(basename(partial)),
    present_name: (partial) => guarded(partial, () => locate(top(), partial)),
    take_over: (name, partial) =>
      guarded(name, async () => {
        try {
          return await take_over(top(), name, partial);
        } catch (error) {
          if (is_missing(error)) return undefined;
          throw error;
        }
      }),
    remove: (name) =>
      guarded(name, async () => {
        try {
          const real_top = await realpath(top());
          const folder = await realpath(dirname(join(real_top, name)));
          demand_inside(real_top, folder, name);
          await unlink(join(folder, basename(name)));
          end_name(basename(name), false);
          return true;
        } catch (error) {
          if (is_missing(error)) return false;
          throw error;
        }
      }),
  };
}
