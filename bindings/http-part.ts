// What is kept of a transfer to a file, for a later one to go on with: a part, and a note that says what it is a part of. Both
// are there from the first byte on, so that they outlive the program where the store can do that.
import { NetError } from './errors.js';
import type { FileSink } from './http-sink.js';
import { remove_file, save_file, with_file } from './store/files.js';
import type { FileStore, StoredFile } from './store/types.js';

/** Read at once when a part is taken up again. */
const READ_BYTES = 1 << 20;
const MAX_NOTE_BYTES = 65_536;

/** Beside the file, under a name that no caller can give: what is there is ours. */
function own_name(file: string, ending: string): string {
  return `${folder_of(file)}.bytewire-${file.slice(folder_of(file).length)}${ending}`;
}
const folder_of = (file: string) => file.slice(0, file.lastIndexOf('/') + 1);
const note_name = (file: string) => own_name(file, '.part.json');
const MAX_BASE_BYTES = 255 - '.bytewire-.part.json'.length;
/** Parts of writers, whose names nobody else has. */
const PART = /^\.bytewire-\d+-[0-9a-z]+-\d+(?:-[0-9a-f]+)?\.part$/;

/** @throws RangeError the name is too long for that of a note */
export function check_resumable(file: string, what: string): void {
  const base = file.slice(folder_of(file).length);
  if (new TextEncoder().encode(base).length <= MAX_BASE_BYTES) return;
  throw new RangeError(`${what}: with resume, a file name has at most ${MAX_BASE_BYTES} bytes`);
}

/** What a part is a part of. */
export interface Version {
  url: string;
  /** '': nothing that a later request could ask by. */
  validator: string;
  /** Of the whole; -1: not told. */
  total_bytes: number;
}

interface Note extends Version {
  /** The file beside this one that has the bytes. It is what makes a note that comes late harmless: no other writer has that name. */
  part: string;
  /** Of the part, when its writer has ended; -1: it still grows, or its writer has died. */
  size_bytes: number;
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

/** The note as far as it makes sense, and its part lies where parts lie. */
function parse_note(file: string, text: string): Note | undefined {
  let note: Partial<Note>;
  try {
    note = JSON.parse(text) ?? {};
  } catch {
    return undefined;
  }
  const { url, validator, part, size_bytes, total_bytes } = note;
  if (typeof url !== 'string' || typeof validator !== 'string' || typeof part !== 'string') {
    return undefined;
  }
  const in_folder = PART.test(part) || folder_of(file) + part === own_name(file, '.part');
  if (!in_folder || !Number.isSafeInteger(size_bytes)) return undefined;
  const total = Number.isSafeInteger(total_bytes) ? total_bytes : -1;
  return { url, validator, part, size_bytes: size_bytes as number, total_bytes: total as number };
}

async function read_note(file: string, store: FileStore): Promise<Note | undefined> {
  const read = async () =>
    with_file(
      note_name(file),
      async (stored) => {
        if (stored === undefined || stored.size_bytes > MAX_NOTE_BYTES) return '';
        return new TextDecoder().decode((await stored.read(0, stored.size_bytes)).slice());
      },
      store,
    );
  return parse_note(file, await read());
}

/** Whether nobody writes the part of a note any more. */
function is_free(file: string, note: Note, store: FileStore): boolean {
  return note.size_bytes >= 0 || store.abandoned?.(folder_of(file) + note.part) === true;
}

/** The part that nobody writes any more is nobody's once its note is gone; one that still grows is its writer's. */
async function drop_part(file: string, note: Note | undefined, store: FileStore): Promise<void> {
  if (note === undefined || !is_free(file, note, store)) return;
  await remove_file(folder_of(file) + note.part, store);
}

const is_full = (error: unknown) => error instanceof NetError && error.code === 'store_full';

/** The part of one transfer to a file. */
export class KeptPart {
  readonly #file: string;
  readonly #sink: FileSink;
  /** What our note says, as text, and the part that it names; '': there is none of ours. */
  #noted = '';
  #noted_part = '';

  constructor(file: string, sink: FileSink) {
    this.#file = file;
    this.#sink = sink;
  }

  /**
   * Has the sink go on with what an earlier transfer of `url` has left: with its part when nobody writes that any more, else with a
   * copy, made as long as that is `wanted`. undefined when there is nothing that fits.
   *
   * @throws NetError `store_full`: no room for the copy, of which nothing is kept
   */
  take_up(url: string, wanted: () => boolean): Promise<Version | undefined> {
    return alone(this.#file, async () => {
      const sink = this.#sink;
      const note = await this.#stored_note();
      if (note === undefined || note.url !== url || note.validator === '') return undefined;
      const name = folder_of(this.#file) + note.part;
      if (!(await with_file(name, async (stored) => this.#fits(note, stored), sink.store))) {
        return undefined;
      }
      if (is_free(this.#file, note, sink.store) && (await sink.take_over(name))) {
        await this.#rename_in_note(note);
        return note;
      }
      try {
        return await with_file(name, (stored) => this.#copy(note, stored, wanted), sink.store);
      } catch (error) {
        await sink.restart();
        if (!is_full(error)) return undefined;
        const why = `file "${this.#file}": no room for a copy of the part that another request still writes`;
        throw new NetError('store_full', why, { cause: error });
      }
    });
  }

  /** What the sink has taken over. A program that is killed before this is done leaves a part without a note: it is swept. */
  async #rename_in_note(version: Version): Promise<void> {
    const { partial, store } = this.#sink;
    if (partial === undefined) return;
    try {
      await this.#note(version, partial, -1);
    } catch {
      // The old one speaks of nothing now, and may have the room that the new one needs.
      await remove_file(note_name(this.#file), store).catch(() => {});
      await this.#note(version, partial, -1).catch(() => {});
    }
  }

  #fits(note: Note, stored: StoredFile | undefined): boolean {
    if (stored === undefined) return false;
    if (note.size_bytes >= 0 && note.size_bytes !== stored.size_bytes) return false;
    return note.total_bytes < 0 || stored.size_bytes <= note.total_bytes;
  }

  async #copy(
    note: Note,
    stored: StoredFile | undefined,
    wanted: () => boolean,
  ): Promise<Version | undefined> {
    if (stored === undefined || !this.#fits(note, stored)) return undefined;
    // Its writer may live and go on: what is there by now is what it was promised to be.
    for (let at = 0; at < stored.size_bytes && wanted(); ) {
      const bytes = await stored.read(at, Math.min(READ_BYTES, stored.size_bytes - at));
      if (bytes.length === 0) break;
      await this.#sink.write(bytes);
      at += bytes.length;
    }
    return note;
  }

  /** From now on what arrives is this: it can be taken up whatever becomes of this program, where the store can do that. */
  async begin(version: Version): Promise<void> {
    if (version.validator === '') return;
    await this.#sink.open();
    const { partial } = this.#sink;
    if (partial === undefined) return;
    await alone(this.#file, () => this.#note(version, partial, -1));
  }

  /** Ends the sink, and keeps what has arrived for a later request. */
  keep(version: Version): Promise<void> {
    return alone(this.#file, async () => {
      const { partial, received, store } = this.#sink;
      const part = partial ?? own_name(this.#file, '.part');
      // Where parts have no names of their own, the note goes first and comes last: it never speaks of other bytes.
      if (partial === undefined) await remove_file(note_name(this.#file), store);
      await this.#sink.keep_as(part);
      try {
        await this.#note(version, part, received);
      } catch (error) {
        // No room for the note, for example. The one that was there says enough when it is of this part; else nobody finds it.
        const note = await this.#stored_note();
        if (folder_of(this.#file) + note?.part === part) return;
        await remove_file(part, store);
        throw error;
      }
    });
  }

  /** Takes our note back: what it speaks of is given up. */
  withdraw(): Promise<void> {
    const { store } = this.#sink;
    return alone(this.#file, async () => {
      if (this.#noted_part === '') return;
      const note = await this.#stored_note();
      if (note?.part === this.#noted_part) await remove_file(note_name(this.#file), store);
    });
  }

  /** Removes what was kept, by whomever: the file is there. */
  forget(): Promise<void> {
    const { store } = this.#sink;
    return alone(this.#file, async () => {
      const note = await this.#stored_note();
      await remove_file(note_name(this.#file), store);
      await drop_part(this.#file, note, store);
    });
  }

  /** The note that is there, by whomever. What cannot be read is none. */
  #stored_note(): Promise<Note | undefined> {
    return read_note(this.#file, this.#sink.store).catch(() => undefined);
  }

  async #note(version: Version, part: string, size_bytes: number): Promise<void> {
    const { store } = this.#sink;
    const { url, validator, total_bytes } = version;
    const own = part.slice(folder_of(this.#file).length);
    const note: Note = { url, validator, total_bytes, part: own, size_bytes };
    const text = JSON.stringify(note);
    if (text === this.#noted) return;
    const before = await this.#stored_note();
    await save_file(note_name(this.#file), new TextEncoder().encode(text), store);
    this.#noted = text;
    this.#noted_part = own;
    if (before?.part !== own) await drop_part(this.#file, before, store).catch(() => {});
  }
}
