// What kept parts have in common: where they lie, who has them to himself, and how they are read.
import { NetError } from './errors.js';
import type { Version } from './http-part.js';
import type { StoredFile } from './store/types.js';

/** More than any note needs. */
export const MAX_NOTE_BYTES = 65_536;
/** Read at once when a part is taken up again. */
const READ_BYTES = 1 << 20;

export const folder_of = (file: string) => file.slice(0, file.lastIndexOf('/') + 1);
export const part_file_base = (file: string) => file.slice(folder_of(file).length);

/** Beside the file, under a name that no caller can give: what is there is ours. */
export function own_name(file: string, ending: string): string {
  return `${folder_of(file)}.bytewire-${part_file_base(file)}${ending}`;
}

const last_of = new Map<string, Promise<unknown>>();

/** Runs `work` alone with what is kept of a file: two requests may want one file. */
export async function alone<T>(file: string, work: () => Promise<T>): Promise<T> {
  const before = last_of.get(file) ?? Promise.resolve();
  const run = before.catch(() => {}).then(work);
  last_of.set(file, run);
  try {
    return await run;
  } finally {
    if (last_of.get(file) === run) last_of.delete(file);
  }
}

/** A version as it was written down, as far as it makes sense, and what else was written. */
export function parse_version(text: string): (Version & Record<string, unknown>) | undefined {
  let found: Partial<Version>;
  try {
    found = JSON.parse(text) ?? {};
  } catch {
    return undefined;
  }
  const { url, validator, total_bytes } = found;
  if (typeof url !== 'string' || typeof validator !== 'string') return undefined;
  const total = Number.isSafeInteger(total_bytes) ? (total_bytes as number) : -1;
  return { ...found, url, validator, total_bytes: total };
}

/** Hands the bytes of a part from `from` up to `to` on, piece by piece, as long as that is `wanted`. False: it was not. */
export async function read_part(
  stored: StoredFile,
  from: number,
  to: number,
  take: (bytes: Uint8Array) => Promise<void> | undefined,
  wanted: () => boolean,
): Promise<boolean> {
  for (let at = from; at < to; ) {
    if (!wanted()) return false;
    const bytes = await stored.read(at, Math.min(READ_BYTES, to - at));
    if (bytes.length === 0) throw new Error('it has become shorter while it was read');
    await take(bytes);
    at += bytes.length;
  }
  return wanted();
}

/** A short piece of a file, as text. */
export async function read_text(stored: StoredFile, from: number, to: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  const take = (bytes: Uint8Array) => {
    text += decoder.decode(bytes, { stream: true });
    return undefined;
  };
  await read_part(stored, from, to, take, () => true);
  return text + decoder.decode();
}

export const is_full = (error: unknown) => error instanceof NetError && error.code === 'store_full';
