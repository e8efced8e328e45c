// Parts where the store shows nothing of a file before its end (pages, memory): one file has the bytes and, behind them, what they
// are a part of. It is put in place whole, so that pages which keep parts of one file at once never have each other's bytes.

import type { KeptPart, Version } from './http-part.js';
import {
  alone,
  is_full,
  MAX_NOTE_BYTES,
  own_name,
  parse_version,
  read_part,
  read_text,
} from './http-part-names.js';
import type { FileSink } from './http-sink.js';
import { remove_file, with_file } from './store/files.js';
import type { StoredFile } from './store/types.js';

/** At the very end: how long the seal is, in 8 digits, and that it is one. */
const MARK = 'bytewire part 1\n';
const FOOT_BYTES = 8 + MARK.length;

interface Sealed extends Version {
  /** Of the bytes before the seal. */
  size_bytes: number;
  /** No other part has it. */
  id: string;
}

function seal(version: Version, size_bytes: number): Uint8Array {
  const id = crypto.getRandomValues(new Uint32Array(4)).join('-');
  const sealed: Sealed = { ...version, size_bytes, id };
  const bytes = new TextEncoder().encode(JSON.stringify(sealed));
  const foot = new TextEncoder().encode(String(bytes.length).padStart(8, '0') + MARK);
  const whole = new Uint8Array(bytes.length + foot.length);
  whole.set(bytes);
  whole.set(foot, bytes.length);
  return whole;
}

async function read_seal(stored: StoredFile | undefined): Promise<Sealed | undefined> {
  const end = (stored?.size_bytes ?? 0) - FOOT_BYTES;
  if (stored === undefined || end < 0) return undefined;
  const foot = await read_text(stored, end, stored.size_bytes);
  const length = Number(/^\d{8}$/.exec(foot.slice(0, 8))?.[0] ?? -1);
  const known = foot.slice(8) === MARK && length >= 0 && length <= MAX_NOTE_BYTES && length <= end;
  if (!known) return undefined;
  const found = parse_version(await read_text(stored, end - length, end));
  const fits = found?.size_bytes === end - length && typeof found?.id === 'string';
  return fits ? (found as unknown as Sealed) : undefined;
}

export class SealedPart implements KeptPart {
  readonly #file: string;
  readonly #name: string;
  readonly #sink: FileSink;

  constructor(file: string, sink: FileSink) {
    this.#file = file;
    this.#name = own_name(file, '.part');
    this.#sink = sink;
  }

  take_up(url: string, wanted: () => boolean): Promise<Version | undefined> {
    return alone(this.#file, async () => {
      const sink = this.#sink;
      try {
        const version = await this.#read((stored) => this.#copy(stored, url, wanted));
        // Another page may have put its part there meanwhile, and not every browser says so.
        const now = version && (await this.#read(read_seal));
        if (version !== undefined && now?.id === version.id) return version;
      } catch (error) {
        // Replaced while it was read, or there is no room for both: then all of it comes anew, and needs that room.
        if (is_full(error)) await remove_file(this.#name, sink.store).catch(() => {});
      }
      if (sink.received > 0) await sink.restart();
      return undefined;
    });
  }

  async #copy(
    stored: StoredFile | undefined,
    url: string,
    wanted: () => boolean,
  ): Promise<Sealed | undefined> {
    const sealed = await read_seal(stored);
    if (stored === undefined || sealed?.url !== url || sealed.validator === '') return undefined;
    const { size_bytes, total_bytes } = sealed;
    if (total_bytes >= 0 && size_bytes > total_bytes) return undefined;
    const take = (bytes: Uint8Array) => this.#sink.write(bytes);
    return (await read_part(stored, 0, size_bytes, take, wanted)) ? sealed : undefined;
  }

  begin(version: Version): Promise<void> {
    return alone(this.#file, async () => {
      const sealed = await this.#read(read_seal).catch(() => undefined);
      const same = sealed?.url === version.url && sealed.validator === version.validator;
      if (!same) await remove_file(this.#name, this.#sink.store);
    });
  }

  keep(version: Version): Promise<void> {
    return alone(this.#file, async () => {
      const sink = this.#sink;
      const size_bytes = sink.received;
      await sink.write(seal(version, size_bytes));
      await sink.keep_as(this.#name);
      sink.received = size_bytes;
    });
  }

  async withdraw(): Promise<void> {}

  forget(): Promise<void> {
    return alone(this.#file, async () => {
      await remove_file(this.#name, this.#sink.store);
    });
  }

  #read<T>(use: (stored: StoredFile | undefined) => Promise<T>): Promise<T> {
    return with_file(this.#name, use, this.#sink.store);
  }
}
