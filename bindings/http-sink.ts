// Where the body of a response goes while it arrives: text, a buffer or a file.
import type { BufferSink } from './buffer-stream.js';
import { HttpError } from './http-error.js';
import { continue_file, current_store, start_file } from './store/files.js';
import type { FileStore, FileWriter } from './store/types.js';

const MIB = 1 << 20;

export interface BodySink {
  /** Longest body that is taken unless the caller says otherwise, in bytes. */
  readonly normal_limit: number;
  /** Bytes taken in so far; a resumed transfer goes on from there. */
  readonly received: number;
  /** Total that is expected, or -1. */
  expect(bytes: number): void;
  /** Takes a piece in. A promise where the next piece must wait. @throws HttpError, RangeError */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** Starts again with nothing. */
  restart(): Promise<void>;
  /** All is there: gives the event's `result`. */
  finish(): Promise<string | number>;
  /** It will not be finished. Gives what the event's `result` is then. */
  give_up(): Promise<string | number>;
}

/** Bytes of the body as it will arrive here, -1 when the headers do not tell. */
export function length_of(headers: Headers): number {
  const encoding = headers.get('content-encoding') ?? 'identity';
  const length = headers.get('content-length') ?? '';
  return encoding === 'identity' && /^\d{1,15}$/.test(length) ? Number(length) : -1;
}

/** The body as text, malformed UTF-8 as U+FFFD. */
export class TextSink implements BodySink {
  readonly normal_limit = 256 * MIB;
  received = 0;
  #text = '';
  #decoder = new TextDecoder();

  expect(): void {}

  write(bytes: Uint8Array): undefined {
    this.received += bytes.length;
    this.#text += this.#decoder.decode(bytes, { stream: true });
  }

  async restart(): Promise<void> {
    this.received = 0;
    this.#text = '';
    this.#decoder = new TextDecoder();
  }

  async finish(): Promise<string> {
    return this.#text + this.#decoder.decode();
  }

  async give_up(): Promise<string> {
    return '';
  }
}

/** The body in a buffer, by the rules of its kind. */
export class BufferBody implements BodySink {
  readonly normal_limit = 2048 * MIB;
  readonly #sink: BufferSink;

  constructor(sink: BufferSink) {
    this.#sink = sink;
  }

  get received(): number {
    return this.#sink.written_bytes;
  }

  expect(bytes: number): void {
    this.#sink.expected_bytes = bytes;
  }

  write(bytes: Uint8Array): undefined {
    if (!this.#sink.alive) {
      throw new HttpError('buffer_deleted', 'the response buffer was deleted');
    }
    if (this.#sink.write(bytes) < bytes.length) {
      const size = this.#sink.written_bytes;
      throw new HttpError('buffer_full', `the response buffer is full after ${size} bytes`);
    }
  }

  async restart(): Promise<void> {
    this.#sink.rewind();
  }

  async finish(): Promise<number> {
    if (!this.#sink.alive) {
      throw new HttpError('buffer_deleted', 'the response buffer was deleted');
    }
    this.#sink.finish();
    return this.received;
  }

  async give_up(): Promise<number> {
    this.#sink.finish();
    return this.received;
  }
}

/** The body in a file, in place when all of it is there. */
export class FileSink implements BodySink {
  readonly normal_limit = 65_536 * MIB;
  received = 0;
  /** Where the files were at the call. */
  readonly store: FileStore = current_store();
  readonly #name: string;
  /** What has arrived may be gone on with by others. */
  readonly #lasting: boolean;
  #writer: FileWriter | undefined;

  constructor(name: string, lasting: boolean) {
    this.#name = name;
    this.#lasting = lasting;
  }

  /** The name under which what has arrived can be read already, where the store has that. */
  get partial(): string | undefined {
    return this.#writer?.partial;
  }

  expect(): void {}

  /** Makes the unfinished file, with nothing in it. */
  async open(): Promise<FileWriter> {
    this.#writer ??= await start_file(this.#name, this.#lasting, this.store);
    return this.#writer;
  }

  /** Goes on in what an earlier writer has left; false when it cannot be had. */
  async take_over(partial: string): Promise<boolean> {
    const writer = await continue_file(this.#name, partial, this.store);
    if (writer === undefined) return false;
    this.#writer = writer;
    this.received = writer.size_bytes;
    return true;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await (this.#writer ?? (await this.open())).write(bytes);
    this.received += bytes.length;
  }

  async restart(): Promise<void> {
    this.received = 0;
    await this.#drop();
  }

  async finish(): Promise<string> {
    await (await this.open()).commit();
    this.#writer = undefined;
    return this.#name;
  }

  async give_up(): Promise<string> {
    await this.#drop();
    return '';
  }

  /** Puts what has arrived under another name. */
  async keep_as(name: string): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    try {
      await writer?.commit(name);
    } catch (error) {
      await writer?.abort().catch(() => {});
      throw error;
    }
  }

  async #drop(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.abort();
  }
}
