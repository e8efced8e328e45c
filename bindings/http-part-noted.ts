// Parts where others can read an unfinished file (Node): a note beside it says what it is a part of. Both are there from the first
// byte on, so that they outlive the program.
import { NetError } from './errors.js';
import type { KeptPart, Version } from './http-part.js';
import {
  alone,
  folder_of,
  is_full,
  MAX_NOTE_BYTES,
  own_name,
  parse_version,
  part_file_base,
  read_part,
  read_text,
} from './http-part-names.js';
import type { FileSink } from './http-sink.js';
import { remove_file, save_file, with_file } from './store/files.js';
import type { FileStore, StoredFile } from './store/types.js';

const note_name = (file: string) => own_name(file, '.part.json');
/** Parts of writers, whose names nobody else has. */
const PART = /^\.bytewire-\d+-[0-9a-z]+-\d+(?:-[0-9a-f]+){0,2}\.part$/;

interface Note extends Version {
  /** The file beside this one that has the bytes. It is what makes a note that comes late harmless: no other writer has that name. */
  part: string;
  /** Of the part, when its writer has ended; -1: it still grows, or its writer has died. */
  size_bytes: number;
}

/** The note as far as it makes sense, and its part lies where parts lie. */
function parse_note(text: string): Note | undefined {
  const found = parse_version(text);
  if (found === undefined) return undefined;
  const { part, size_bytes } = found;
  if (typeof part !== 'string' || !PART.test(part) || !Number.isSafeInteger(size_bytes)) {
    return undefined;
  }
  return { ...found, part, size_bytes: size_bytes as number };
}

/** The note that is there, by whomever. What cannot be read is none. */
async function read_note(file: string, store: FileStore): Promise<Note | undefined> {
  try {
    const text = await with_file(
      note_name(file),
      async (stored) => {
        if (stored === undefined || stored.size_bytes > MAX_NOTE_BYTES) return '';
        return read_text(stored, 0, stored.size_bytes);
      },
      store,
    );
    const note = parse_note(text);
    if (note === undefined) return undefined;
    const now = await store.present_name?.(folder_of(file) + note.part);
    const part = part_file_base(now ?? note.part);
    // Taken over since: by somebody who has died before he could write that down, or is about to.
    return part === note.part ? note : { ...note, part, size_bytes: -1 };
  } catch {
    return undefined;
  }
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

function fits(note: Note, stored: StoredFile | undefined): stored is StoredFile {
  if (stored === undefined) return false;
  if (note.size_bytes >= 0 && note.size_bytes !== stored.size_bytes) return false;
  return note.total_bytes < 0 || stored.size_bytes <= note.total_bytes;
}

export class NotedPart implements KeptPart {
  readonly #file: string;
  readonly #sink: FileSink;
  /** What our note says, as text, and the part that it names; '': there is none of ours. */
  #noted = '';
  #noted_part = '';

  constructor(file: string, sink: FileSink) {
    this.#file = file;
    this.#sink = sink;
  }

  /** With the part itself when nobody writes that any more, else with a copy. */
  take_up(url: string, wanted: () => boolean): Promise<Version | undefined> {
    return alone(this.#file, async () => {
      const sink = this.#sink;
      const note = await this.#stored_note();
      if (note === undefined || note.url !== url || note.validator === '') return undefined;
      const name = folder_of(this.#file) + note.part;
      if (!(await with_file(name, async (stored) => fits(note, stored), sink.store))) {
        return undefined;
      }
      if (is_free(this.#file, note, sink.store) && (await sink.take_over(name))) {
        // The old note leads to it as well: a program that is killed here, or finds no room for the new one, loses nothing.
        await this.#note(note, sink.partial ?? name, -1).catch(() => {});
        return note;
      }
      try {
        const copied = await with_file(name, (at) => this.#copy(note, at, wanted), sink.store);
        if (copied) return note;
        await sink.restart();
        return undefined;
      } catch (error) {
        await sink.restart();
        if (!is_full(error)) return undefined;
        const why = `file "${this.#file}": no room for a copy of the part that another request still writes`;
        throw new NetError('store_full', why, { cause: error });
      }
    });
  }

  async #copy(note: Note, stored: StoredFile | undefined, wanted: () => boolean): Promise<boolean> {
    if (!fits(note, stored)) return false;
    // Its writer may live and go on: what is there by now is what it was promised to be.
    return read_part(stored, 0, stored.size_bytes, (bytes) => this.#sink.write(bytes), wanted);
  }

  begin(version: Version): Promise<void> {
    return alone(this.#file, async () => {
      const { store } = this.#sink;
      const before = await this.#stored_note();
      const other = before && folder_of(this.#file) + before.part !== this.#sink.partial;
      if (other && is_free(this.#file, before, store)) {
        await drop_part(this.#file, before, store);
        await remove_file(note_name(this.#file), store);
      }
      if (version.validator === '') return;
      await this.#sink.open();
      const { partial } = this.#sink;
      if (partial !== undefined) await this.#note(version, partial, -1);
    });
  }

  keep(version: Version): Promise<void> {
    return alone(this.#file, async () => {
      const { partial, received, store } = this.#sink;
      if (partial === undefined) return;
      await this.#sink.keep_as(partial);
      try {
        await this.#note(version, partial, received);
      } catch (error) {
        // No room for the note, for example. The one that was there says enough when it is of this part; else nobody finds it.
        const note = await this.#stored_note();
        if (note !== undefined && folder_of(this.#file) + note.part === partial) return;
        await remove_file(partial, store);
        throw error;
      }
    });
  }

  withdraw(): Promise<void> {
    const { store } = this.#sink;
    return alone(this.#file, async () => {
      const note = await this.#stored_note();
      if (note === undefined) return;
      const part = folder_of(this.#file) + note.part;
      const ours = note.part === this.#noted_part || part === this.#sink.partial;
      if (ours) await remove_file(note_name(this.#file), store);
    });
  }

  forget(): Promise<void> {
    const { store } = this.#sink;
    return alone(this.#file, async () => {
      const note = await this.#stored_note();
      await remove_file(note_name(this.#file), store);
      await drop_part(this.#file, note, store);
    });
  }

  #stored_note(): Promise<Note | undefined> {
    return read_note(this.#file, this.#sink.store);
  }

  async #note(version: Version, part: string, size_bytes: number): Promise<void> {
    const { store } = this.#sink;
    const { url, validator, total_bytes } = version;
    const own = part_file_base(part);
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
