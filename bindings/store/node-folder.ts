// A folder below the root of the file store, held: whatever takes its place meanwhile, nothing is done outside of the root.
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { NetError } from '../errors.js';

/** The `code` of a system's error, or ''. */
export const code_of = (error: unknown): string => (error as NodeJS.ErrnoException)?.code ?? '';

/** @throws NetError `store_outside` */
export function demand_inside(root: string, path: string, name: string): void {
  const way = relative(root, path);
  if (way === '..' || way.startsWith(`..${sep}`) || resolve(root, way) !== path) {
    throw new NetError('store_outside', `file "${name}": a symbolic link leads out of ${root}`);
  }
}

/** Where an open file or folder really is; undefined where the system does not say. Linux only. */
async function place_of(file: FileHandle): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  return readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined);
}

/**
 * That a file, opened by a real path inside the root, is the one that was meant: a folder on the way may have become a link
 * since. Elsewhere than on Linux, that there is none now.
 *
 * @throws NetError `store_outside`
 */
export async function demand_opened_inside(
  file: FileHandle,
  root: string,
  path: string,
  name: string,
): Promise<void> {
  demand_inside(root, (await place_of(file)) ?? (await realpath(path)), name);
}

/** A folder inside the root. Close it. */
export interface HeldFolder {
  /** Its real path when it was opened. */
  readonly real: string;
  /** A path of something in it, for calls of the system: on Linux by way of the open folder, which no link can replace. */
  at(name: string): string;
  /** So that a rename in it survives a power failure. Not every system can do that with a folder. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A message of the system, without the ways that {@link HeldFolder.at} has made. */
export const plain_words = (words: string): string => words.replace(/\/proc\/self\/fd\/\d+\//g, '');

/** The folder itself, not a link: of a path that was real a moment ago. */
async function hold(root: string, path: string, name: string): Promise<HeldFolder> {
  const itself = (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);
  const opened = process.platform === 'linux' && (await open(path, constants.O_RDONLY | itself));
  const place = opened ? await place_of(opened) : undefined;
  try {
    const real = place ?? (await realpath(path));
    demand_inside(root, real, name);
    if (opened && place !== undefined) return held(opened, real);
    if (opened) await opened.close();
    return unheld(real);
  } catch (error) {
    if (opened) await opened.close().catch(() => {});
    throw error;
  }
}

function held(folder: FileHandle, real: string): HeldFolder {
  const way = `/proc/self/fd/${folder.fd}/`;
  return {
    real,
    at: (name) => way + name,
    sync: () => folder.sync().catch(() => {}),
    close: () => folder.close(),
  };
}

/** Where there is no way by an open folder. */
function unheld(real: string): HeldFolder {
  return {
    real,
    at: (name) => join(real, name),
    async sync() {
      let folder: FileHandle | undefined;
      try {
        folder = await open(real, 'r');
        await folder.sync();
      } catch {
        // Windows, some network file systems.
      } finally {
        await folder?.close();
      }
    },
    async close() {},
  };
}

/** The folder of that path below `root`, which is real. Links inside the root may lead to it. */
export async function existing_folder(
  root: string,
  path: string,
  name: string,
): Promise<HeldFolder> {
  const real = await realpath(path);
  demand_inside(root, real, name);
  return hold(root, real, name);
}

/** The same, made if it is not there. Checked before anything is made, and made inside what is held. */
export async function made_folder(root: string, path: string, name: string): Promise<HeldFolder> {
  const missing: string[] = [];
  let existing = path;
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
  let folder = await hold(root, existing, name);
  for (const part of missing) {
    const outer = folder;
    try {
      await mkdir(outer.at(part)).catch((error) => {
        // Somebody else has been faster.
        if (code_of(error) !== 'EEXIST') throw error;
      });
      folder = await hold(root, outer.at(part), name);
    } finally {
      await outer.close();
    }
  }
  return folder;
}
