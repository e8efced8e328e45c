// Files below a folder of the file system: replaced by rename, and never outside that folder, symbolic links included.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  unlink,
} from 'node:fs/promises';
import { hostname } from 'node:os';
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

let unfinished = 0;

/** Ids of processes say nothing on another machine, or in another container, with the same folder. */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const TEMPORARY = /^\.bytewire-(\d{1,10})-([0-9a-z]{1,10})-\d+(?:-([0-9a-f]{8}))?\.(?:tmp|part)$/;
/** Parts that writers of this thread have finished with, and kept. */
const ended = new Set<string>();
/** Notes name the part that they speak of. They are short. */
const NOTE = /^\.bytewire-.+\.part\.json$/;
const MAX_NOTE_BYTES = 65_536;
/** A file may be that of a process in another container, whose id says nothing here: only what is at rest is removed. */
const AT_REST_MS = 600_000;
/** Looking at a folder takes time: not at each save. */
const SWEEP_EVERY_MS = 300_000;
/** Folders, and when they were swept. */
const swept = new Map<string, number>();

function is_dead(pid: number, since_ms: number): boolean {
  // Ids come again: in containers each process may have the same one.
  if (pid === process.pid) return since_ms < Date.now() - process.uptime() * 1000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return code_of(error) === 'ESRCH';
  }
}

/** What the notes in a folder say, all of them together. */
async function notes_in(folder: HeldFolder, names: string[]): Promise<string> {
  let all = '';
  for (const name of names) {
    if (!NOTE.test(name)) continue;
    try {
      const path = folder.at(name);
      const about = await lstat(path);
      if (about.isFile() && about.size <= MAX_NOTE_BYTES) all += await readFile(path, 'utf8');
    } catch {
      // It has gone meanwhile, and with it what it spoke of.
    }
  }
  return all;
}

/** Whether the writer of a part is no more: it has died, or it was in this thread and has ended. */
function is_abandoned(own: string): boolean {
  if (ended.has(own)) return true;
  const [, pid, since, machine] = TEMPORARY.exec(own) ?? [];
  if (pid === undefined || (machine ?? MACHINE) !== MACHINE) return false;
  return is_dead(Number(pid), Number.parseInt(since, 36));
}

/** Removes what writers of dead processes have left in a folder, now and then. What cannot be removed stays. */
async function sweep(folder: HeldFolder): Promise<void> {
  const now = Date.now();
  const last = swept.get(folder.real);
  if (last !== undefined && Math.abs(now - last) < SWEEP_EVERY_MS) return;
  swept.set(folder.real, now);
  const names = await readdir(folder.at('')).catch(() => []);
  let notes: string | undefined;
  for (const name of names) {
    const [, pid, since] = TEMPORARY.exec(name) ?? [];
    if (pid === undefined || !is_dead(Number(pid), Number.parseInt(since, 36))) continue;
    try {
      const path = folder.at(name);
      if (Date.now() - (await lstat(path)).mtimeMs < AT_REST_MS) continue;
      notes ??= await notes_in(folder, names);
      // Somebody may still go on with a part that has a note.
      if (!notes.includes(`"${name}"`)) await unlink(path);
    } catch {
      // Somebody else has been faster, or it is not ours to remove.
    }
  }
}

/** Beside the target: a rename works only inside one file system. */
function unique_name(ending: string): string {
  return `.bytewire-${process.pid}-${Date.now().toString(36)}-${unfinished++}-${MACHINE}.${ending}`;
}

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
          if (basename(as) === own) ended.add(own);
          await folder.sync();
        } catch (error) {
          await unlink(temporary).catch(() => {});
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
    const own = unique_name(partial ? 'part' : 'tmp');
    return writer_on(await open(folder.at(own), 'wx'), folder, own, name, 0, partial);
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
    const own = unique_name('part');
    // Whoever renames it first has it. The others find nothing.
    await rename(path, folder.at(own));
    ended.delete(basename(partial));
    taken = { ...writer_on(file, folder, own, name, size_bytes, true), size_bytes };
    return taken;
  } finally {
    if (taken === undefined) {
      await file?.close();
      await folder.close();
    }
  }
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
          ended.delete(basename(name));
          return true;
        } catch (error) {
          if (is_missing(error)) return false;
          throw error;
        }
      }),
  };
}
