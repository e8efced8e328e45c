// Transfers that broke off: what is kept of them, and when a server's answer may be appended to it (RFC 9110 13.1.5, 14).
import type { Incoming } from './http-exchange.js';
import type { FileSink } from './http-sink.js';
import { remove_file, save_file, with_file } from './store/files.js';

/** Read at once when a part is taken up again. */
const READ_BYTES = 1 << 20;

/** Beside the file, under a name that no caller can give: what is there is ours. */
function own_name(file: string, ending: string): string {
  const base = file.lastIndexOf('/') + 1;
  return `${file.slice(0, base)}.bytewire-${file.slice(base)}${ending}`;
}
const part_name = (file: string) => own_name(file, '.part');
const note_name = (file: string) => own_name(file, '.part.json');
const MAX_BASE_BYTES = 255 - '.bytewire-.part.json'.length;

/** @throws RangeError the name is too long for that of a part */
export function check_resumable(file: string, what: string): void {
  const base = file.slice(file.lastIndexOf('/') + 1);
  if (new TextEncoder().encode(base).length <= MAX_BASE_BYTES) return;
  throw new RangeError(`${what}: with resume, a file name has at most ${MAX_BASE_BYTES} bytes`);
}

/** What is kept beside the bytes of a part. */
interface Note {
  url: string;
  validator: string;
  size_bytes: number;
  /** Of the whole; -1: not told. */
  total_bytes: number;
}

/**
 * What a later request can send as If-Range, '' when there is nothing strong enough: an ETag that is not weak, or a date of
 * change that is at least a second older than the answer.
 */
export function validator_of(headers: Headers): string {
  if (headers.get('accept-ranges') === 'none') return '';
  const encoding = headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') return '';
  const etag = headers.get('etag') ?? '';
  if (/^"[^"]*"$/.test(etag)) return etag;
  const modified = headers.get('last-modified') ?? '';
  const age_ms = Date.parse(headers.get('date') ?? '') - Date.parse(modified);
  return age_ms >= 1000 ? modified : '';
}

/** Whether an answer to If-Range is of the same file: some servers look at Range only. */
function same(headers: Headers, validator: string): boolean {
  const name = validator.startsWith('"') ? 'etag' : 'last-modified';
  return (headers.get(name) ?? validator) === validator;
}

/** What a Content-Range says. */
export interface ContentRange {
  start: number;
  last: number;
  /** -1: not told. */
  total: number;
}

function content_range(headers: Headers): ContentRange | undefined {
  const value = headers.get('content-range')?.trim() ?? '';
  const parts = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(value);
  if (parts === null) return undefined;
  const [, start, last, total] = parts;
  return { start: Number(start), last: Number(last), total: total === '*' ? -1 : Number(total) };
}

/**
 * The range of an answer, when its bytes are those from `from` on of what is there already, a version of `total` bytes (-1
 * unknown); else undefined.
 */
export function goes_on(
  { status, headers }: Incoming,
  from: number,
  validator: string,
  total: number,
): ContentRange | undefined {
  const range = content_range(headers);
  if (status !== 206 || range === undefined || !same(headers, validator)) return undefined;
  if (range.start !== from || range.last < from) return undefined;
  if (range.total < 0) range.total = total;
  else if (total >= 0 && range.total !== total) return undefined;
  if (range.total >= 0 && range.last >= range.total) return undefined;
  // Part of a compressed form is none of the bytes.
  return (headers.get('content-encoding') ?? 'identity') === 'identity' ? range : undefined;
}

/** Whether an answer says that there is nothing from `from` on, in the same words of what is there already. */
export function ends_at(
  { status, headers }: Incoming,
  from: number,
  validator: string,
  total: number,
): boolean {
  if (status !== 416 || !same(headers, validator)) return false;
  const end = /^bytes \*\/(\d{1,15})$/.exec(headers.get('content-range')?.trim() ?? '');
  return end !== null && Number(end[1]) === from && (total < 0 || total === from);
}

/** Whether an answer is less than the whole (RFC 9110 15.3.7). */
export function is_part({ status, headers }: Incoming): boolean {
  if (status !== 206) return false;
  const range = content_range(headers);
  return range === undefined || range.start !== 0 || range.last + 1 !== range.total;
}

const last_of = new Map<string, Promise<unknown>>();

/** Runs `work` alone with the part of a file and its note: two requests may want one file. */
async function alone<T>(file: string, work: () => Promise<T>): Promise<T> {
  const before = last_of.get(file) ?? Promise.resolve();
  const run = before.catch(() => {}).then(work);
  last_of.set(file, run);
  try {
    return await run;
  } finally {
    if (last_of.get(file) === run) last_of.delete(file);
  }
}

async function read_note(file: string, url: string): Promise<Note | undefined> {
  const text = await with_file(note_name(file), async (stored) => {
    if (stored === undefined || stored.size_bytes > 65_536) return '';
    return new TextDecoder().decode((await stored.read(0, stored.size_bytes)).slice());
  });
  try {
    const note: Partial<Note> = JSON.parse(text);
    const whole = typeof note.validator === 'string' && Number.isSafeInteger(note.size_bytes);
    if (!whole || note.url !== url) return undefined;
    const total_bytes = Number.isSafeInteger(note.total_bytes) ? note.total_bytes : -1;
    return { ...(note as Note), total_bytes: total_bytes as number };
  } catch {
    return undefined;
  }
}

/** What a part is a part of. */
export type Version = Pick<Note, 'validator' | 'total_bytes'>;

/** Takes up the part of an earlier transfer of `url` to `file`; its validator is '' when there is none that fits. */
export function take_up(file: string, url: string, sink: FileSink): Promise<Version> {
  return alone(file, () => read_part(file, url, sink));
}

async function read_part(file: string, url: string, sink: FileSink): Promise<Version> {
  const nothing = { validator: '', total_bytes: -1 };
  const note = await read_note(file, url);
  if (note === undefined || note.validator === '') return nothing;
  return with_file(part_name(file), async (stored) => {
    if (stored === undefined || stored.size_bytes !== note.size_bytes) return nothing;
    for (let at = 0; at < stored.size_bytes; ) {
      const bytes = await stored.read(at, READ_BYTES);
      if (bytes.length === 0) break;
      await sink.write(bytes);
      at += bytes.length;
    }
    return note;
  });
}

/** Keeps what has arrived for a later request. */
export function keep(file: string, of: Omit<Note, 'size_bytes'>, sink: FileSink): Promise<void> {
  return alone(file, async () => {
    const note: Note = { ...of, size_bytes: sink.received };
    // The note goes first and comes last: bytes without a note are never taken up, a note never speaks of other bytes.
    await remove_file(note_name(file));
    await sink.keep_as(part_name(file));
    await save_file(note_name(file), new TextEncoder().encode(JSON.stringify(note)));
  });
}

/** Removes what was kept. */
export function forget(file: string): Promise<void> {
  return alone(file, async () => {
    await remove_file(note_name(file));
    await remove_file(part_name(file));
  });
}
