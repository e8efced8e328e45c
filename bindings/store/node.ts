// Files below a folder of the file system: replaced by rename, and never outside that folder, symbolic links included.
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { NetError } from '../errors.js';
import {
  code_of,
  demand_inside,
  demand_opened_inside,
  existing_folder,
  type HeldFolder,
  made_folder,
  plain_words,
} from './node-folder.js';
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

const is_missing = (error: unknown) => code_of(error) === 'ENOENT' || code_of(error) === 'ENOTDIR';

function failure(name: string, cause: unknown): NetError {
  if (cause instanceof NetError) return cause;
  const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code_of(cause));
  const why = plain_words(cause instanceof Error ? cause.message : String(cause));
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

/** A real path may have become that of a link a moment ago. And a pipe must not keep us waiting. */
const CAREFUL = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Writes at the end of `file`, which has `size_bytes` and lies in `folder` as `own`; closes both. */
function writer_on(
  opened: FileHandle,
  folder: HeldFolder,
  own: string,
  name: string,
  size_bytes: number,
  partial: boolean,
): FileWriter {
  const temporary = folder.at(own);
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
      await folder.close();
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
        const done = file!;
        file = undefined;
        try {
          await done.sync().finally(() => done.close());
          // A link in the place of the file is replaced, never followed; a folder stays.
          await rename(temporary, folder.at(basename(as)));
          end_name(own, basename(as) === own);
          await folder.sync();
        } catch (error) {
          await unlink(temporary).catch(() => {});
          end_name(own, false);
          throw error;
        } finally {
          await folder.close();
        }
      }),
    abort: () => guarded(name, drop),
  };
}

async function start_writer(root: string, name: string, partial: boolean): Promise<FileWriter> {
  await mkdir(root, { recursive: true });
  const top = await realpath(root);
  const folder = await made_folder(top, dirname(join(top, name)), name);
  try {
    await sweep(folder);
    const own = partial ? part_name() : temporary_name();
    const file = await open(folder.at(own), 'wx');
    begin_name(own);
    return writer_on(file, folder, own, name, 0, partial);
  } catch (error) {
    await folder.close();
    throw error;
  }
}

async function take_over(
  root: string,
  name: string,
  partial: string,
): Promise<TakenWriter | undefined> {
  const top = await realpath(root);
  const folder = await existing_folder(top, dirname(join(top, name)), name);
  let file: FileHandle | undefined;
  let taken: TakenWriter | undefined;
  try {
    const path = folder.at(basename(partial));
    if (!(await lstat(path)).isFile()) return undefined;
    file = await open(path, constants.O_RDWR | CAREFUL);
    const { size: size_bytes } = await file.stat();
    const own = next_part_name(basename(partial));
    // Whoever renames it first has it. The others find it under the new name, which says that somebody writes it.
    await rename(path, folder.at(own));
    end_name(basename(partial), false);
    begin_name(own);
    taken = { ...writer_on(file, folder, own, name, size_bytes, true), size_bytes };
    return taken;
  } finally {
    if (taken === undefined) {
      await file?.close();
      await folder.close();
    }
  }
}

async function locate(root: string, partial: string): Promise<string | undefined> {
  const top = await realpath(root);
  const folder = await existing_folder(top, dirname(join(top, partial)), partial);
  const own = await present_name(folder, basename(partial)).finally(() => folder.close());
  return own && partial.slice(0, partial.lastIndexOf('/') + 1) + own;
}

/** A file of that name, open for reading. */
async function open_file(root: string, name: string): Promise<FileHandle> {
  const top = await realpath(root);
  const path = await realpath(join(top, name));
  demand_inside(top, path, name);
  if (!(await lstat(path)).isFile()) {
    throw new NetError('store_failed', `"${name}" is not a file`);
  }
  const file = await open(path, constants.O_RDONLY | CAREFUL);
  try {
    await demand_opened_inside(file, top, path, name);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function open_stored(root: string, name: string): Promise<StoredFile | undefined> {
  let file: FileHandle;
  try {
    file = await open_file(root, name);
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
          const folder = await existing_folder(real_top, dirname(join(real_top, name)), name);
          await unlink(folder.at(basename(name))).finally(() => folder.close());
          end_name(basename(name), false);
          return true;
        } catch (error) {
          if (is_missing(error)) return false;
          throw error;
        }
      }),
  };
}
