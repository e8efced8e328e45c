// Unfinished files in Node: their names, which say who writes them, and what becomes of those whose writer has died.
import { createHash, randomBytes } from 'node:crypto';
import { lstat, readdir, readFile, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { code_of, type HeldFolder } from './node-folder.js';

/** Ids of processes say nothing on another machine, or in another container, with the same folder. */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
/** Process, time in ms, number, machine, and a mark, which a part keeps from its first writer to its last. */
const UNFINISHED =
  /^\.bytewire-(\d{1,10})-([0-9a-z]{1,10})-\d+(?:-([0-9a-f]{8})(?:-([0-9a-f]{16}))?)?\.(?:tmp|part)$/;
/** When this process began, by the clock of that moment: a clock that is set, or a machine that sleeps, changes nothing. */
const BEGAN_MS = Date.now() - process.uptime() * 1000;
/** Unfinished files of this thread: whether they are still written. */
const own_files = new Map<string, boolean>();
let count = 0;

/** Notes name the part that they speak of. They are short. */
const NOTE = /^\.bytewire-.+\.part\.json$/;
const MAX_NOTE_BYTES = 65_536;
/** A file may be that of a process in another container, whose id says nothing here: only what is at rest is removed. */
const AT_REST_MS = 600_000;
/** Looking at a folder takes time: not at each save. */
const SWEEP_EVERY_MS = 300_000;
/** Folders, and when they were swept. */
const swept = new Map<string, number>();

/** Beside the target: a rename works only inside one file system. */
function unique(mark: string, ending: string): string {
  return `.bytewire-${process.pid}-${Date.now().toString(36)}-${count++}-${MACHINE}-${mark}${ending}`;
}

/** Other threads of this process count for themselves, at the same time. */
const new_mark = () => randomBytes(8).toString('hex');

/** A name that nobody else has. */
export function temporary_name(): string {
  return unique(new_mark(), '.tmp');
}

/** A name that nobody else has, for bytes that others may go on with. */
export function part_name(): string {
  return unique(new_mark(), '.part');
}

function mark_of(own: string): string | undefined {
  return UNFINISHED.exec(own)?.[4];
}

/** A name of ours for somebody's part. It keeps the mark, by which notes that speak of the old name find it. */
export function next_part_name(own: string): string {
  const mark = mark_of(own);
  return mark === undefined ? part_name() : unique(mark, '.part');
}

/** From now on this thread writes it. */
export function begin_name(own: string): void {
  own_files.set(own, true);
}

/** This thread writes it no more. `kept`: it is still there. */
export function end_name(own: string, kept: boolean): void {
  if (kept) own_files.set(own, false);
  else own_files.delete(own);
}

function is_dead(pid: number, since_ms: number): boolean {
  // Ids come again: in containers each process may have the same one.
  if (pid === process.pid) return since_ms < BEGAN_MS;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return code_of(error) === 'ESRCH';
  }
}

/** Whether the writer of a part is no more: it has died, or it was in this thread and has ended. */
export function is_abandoned(own: string): boolean {
  const written = own_files.get(own);
  if (written !== undefined) return !written;
  const [, pid, since, machine] = UNFINISHED.exec(own) ?? [];
  if (pid === undefined || (machine ?? MACHINE) !== MACHINE) return false;
  return is_dead(Number(pid), Number.parseInt(since, 36));
}

/** The name that a part has by now, undefined when it is gone. */
export async function present_name(folder: HeldFolder, own: string): Promise<string | undefined> {
  try {
    await lstat(folder.at(own));
    return own;
  } catch (error) {
    if (code_of(error) !== 'ENOENT') throw error;
  }
  const mark = mark_of(own);
  if (mark === undefined) return undefined;
  return (await readdir(folder.at(''))).find((name) => mark_of(name) === mark);
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

/** Whether notes speak of a part, by its name or one that it had. */
function is_named(notes: string, own: string): boolean {
  const mark = mark_of(own);
  return notes.includes(`"${own}"`) || (mark !== undefined && notes.includes(`-${mark}.part"`));
}

/** Removes what writers of dead processes have left in a folder, now and then. What cannot be removed stays. */
export async function sweep(folder: HeldFolder): Promise<void> {
  const now = Date.now();
  const last = swept.get(folder.real);
  if (last !== undefined && Math.abs(now - last) < SWEEP_EVERY_MS) return;
  swept.set(folder.real, now);
  const names = await readdir(folder.at('')).catch(() => []);
  let notes: string | undefined;
  for (const name of names) {
    const [, pid, since] = UNFINISHED.exec(name) ?? [];
    if (pid === undefined || own_files.has(name)) continue;
    if (!is_dead(Number(pid), Number.parseInt(since, 36))) continue;
    try {
      const path = folder.at(name);
      if (Date.now() - (await lstat(path)).mtimeMs < AT_REST_MS) continue;
      notes ??= await notes_in(folder, names);
      // Somebody may still go on with a part that has a note.
      if (!is_named(notes, name)) await unlink(path);
    } catch {
      // Somebody else has been faster, or it is not ours to remove.
    }
  }
}
