// Files below a folder of the file system: replaced by rename, and never outside that folder, symbolic links included.
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
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { NetError } from '../errors.js';
import type { FileStore, FileWriter, StoredFile } from './types.js';

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

let unfinished = 0;

const TEMPORARY = /^\.bytewire-(\d{1,10})-([0-9a-z]{1,10})-\d+\.(?:tmp|part)$/;
/** Notes name the part that they speak of. They are short. */
const NOTE = /^\.bytewire-.+\.part\.json$/;
const MAX_NOTE_BYTES = 65_536;
/** A file may be that of a process in another container, whose id says nothing here: only what is at rest is removed. */
const AT_REST_MS = 600_000;
const swept = new Set<string>();

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
async function notes_in(folder: string, names: string[]): Promise<string> {
  let all = '';
  for (const name of names) {
    if (!NOTE.test(name)) continue;
    try {
      const path = join(folder, name);
      const about = await lstat(path);
      if (about.isFile() && about.size <= MAX_NOTE_BYTES) all += await readFile(path, 'utf8');
    } catch {
      // It has gone meanwhile, and with it what it spoke of.
    }
  }
  return all;
}

/** Removes what writers of dead processes have left in a folder; once for each. What cannot be removed stays. */
async function sweep(folder: string): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  const names = await readdir(folder).catch(() => []);
  let notes: string | undefined;
  for (const name of names) {
    const [, pid, since] = TEMPORARY.exec(name) ?? [];
    if (pid === undefined || !is_dead(Number(pid), Number.parseInt(since, 36))) continue;
    try {
      const path = join(folder, name);
      if (Date.now() - (await lstat(path)).mtimeMs < AT_REST_MS) continue;
      notes ??= await notes_in(folder, names);
      // Somebody may still go on with a part that has a note.
      if (!notes.includes(`"${name}"`)) await unlink(path);
    } catch {
      // Somebody else has been faster, or it is not ours to remove.
    }
  }
}

async function start_writer(root: string, name: string, partial: boolean): Promise<FileWriter> {
  await mkdir(root, { recursive: true });
  const top = await realpath(root);
  const folder = await real_folder(top, dirname(join(top, name)), name);
  await sweep(folder);
  // Beside the target: a rename works only inside one file system.
  const unique = `${process.pid}-${Date.now().toString(36)}-${unfinished++}`;
  const own = `.bytewire-${unique}.${partial ? 'part' : 'tmp'}`;
  const temporary = join(folder, own);
  let file: FileHandle | undefined = await open(temporary, 'wx');
  const drop = async () => {
    const open_file = file;
    if (open_file === undefined) return;
    file = undefined;
    await open_file.close();
    await unlink(temporary);
  };
  return {
    ...(partial && { partial: name.slice(0, name.lastIndexOf('/') + 1) + own }),
    write: (bytes) =>
      guarded(name, async () => {
        for (let done = 0; done < bytes.length; ) {
          done += (await file!.write(bytes, done, bytes.length - done)).bytesWritten;
        }
      }),
    commit: (as = name) =>
      guarded(as, async () => {
        try {
          // A link in the place of the file is replaced, never followed; a folder stays.
          await file!.sync();
          await file!.close();
          await rename(temporary, join(folder, basename(as)));
          file = undefined;
        } catch (error) {
          await unlink(temporary).catch(() => {});
          file = undefined;
          throw error;
        }
        await sync_folder(folder);
      }),
    abort: () => guarded(name, drop),
  };
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
    remove: (name) =>
      guarded(name, async () => {
        try {
          const real_top = await realpath(top());
          const folder = await realpath(dirname(join(real_top, name)));
          demand_inside(real_top, folder, name);
          await unlink(join(folder, basename(name)));
          return true;
        } catch (error) {
          if (is_missing(error)) return false;
          throw error;
        }
      }),
  };
}
