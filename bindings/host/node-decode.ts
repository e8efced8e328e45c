// Content codings of responses in Node (RFC 9110 8.4): gzip and deflate by our own kernels, br and zstd by node:zlib. A stream
// that ends too early is told as such, also where no length is, and no stream keeps the process busy without letting go.
import * as zlib from 'node:zlib';
import { buffer_last_consumed, set_consumed } from '../buffer-compress.js';
import { buffer_last_error, restore_last_error } from '../buffer-error.js';
import { type Buf, close, open } from '../buffer-table.js';
import { buffer_grow } from '../constants.js';
import { HttpError } from '../http-error.js';
import type { Take } from '../http-exchange.js';
import { InflateStream } from '../inflate-stream.js';
import { allocate, release, u8 } from '../wasm/memory.js';
import type { Format } from '../zlib-format.js';

/** More codings than this, one in the other, nobody means well. */
const MAX_CODINGS = 3;
/** Input of one call of the kernel: makes at most a thousand times as much. */
const INPUT_BYTES = 8 << 10;
/** Output that is handed on at a time. */
const PIECE_BYTES = 64 << 10;
/** So many bytes, in and out, before others have a turn. */
const TURN_BYTES = 4 << 20;
/** A step makes at most so many bytes more than anybody will take: how many of them are taken is for the taker to say. */
const OVER_BYTES = 4 << 20;

/** One step of decoding: hands what it makes to the next one. */
interface Stage {
  write(bytes: Uint8Array): Promise<void>;
  /** All has been written. @throws HttpError it was not all */
  end(): Promise<void>;
  /** Frees what it holds, at any moment, more than once. Behind its promise nothing more is handed on. */
  free(): Promise<void>;
}

const cut_off = (name: string) =>
  new HttpError('truncated', `the ${name} data of the body ends too early`);
const damaged = (name: string, why: string) =>
  new HttpError('decode', `the ${name} data of the body is damaged: ${why}`);

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** gzip, zlib, and the raw DEFLATE that some servers mean by `deflate`. */
class InflateStage implements Stage {
  readonly #name: string;
  readonly #take: Take;
  readonly #limit: number;
  readonly #piece = new Uint8Array(PIECE_BYTES);
  #stream: InflateStream | undefined;
  #input = 0;
  #output: Buf | undefined;
  #began = false;
  #freed = false;
  #made = 0;
  #busy = 0;

  constructor(name: string, take: Take, limit: number) {
    this.#name = name;
    this.#take = take;
    this.#limit = limit;
  }

  #format(first: number): Format {
    if (this.#name !== 'deflate') return 'gzip';
    // CMF of zlib: method 8, a window of at most 32 KiB. Raw DEFLATE like that would be padded with a 1: nobody does.
    return (first & 15) === 8 && first >> 4 <= 7 ? 'zlib' : 'raw';
  }

  #begin(first: number): void {
    this.#began = true;
    this.#stream = new InflateStream(this.#format(first), -1, Number.MAX_SAFE_INTEGER);
    this.#input = allocate(INPUT_BYTES, 16);
    this.#output = open(PIECE_BYTES, buffer_grow, 1);
  }

  /** Decodes one part into the output; gives its bytes. */
  #push(part: Uint8Array): number {
    const stream = this.#stream as InflateStream;
    const output = this.#output as Buf;
    u8.set(part, this.#input);
    output.pos = output.ptr;
    // What a program asks about its own calls is not for us to change.
    const error = buffer_last_error();
    const consumed = buffer_last_consumed();
    const n = stream.push(this.#input, part.length, output);
    const why = buffer_last_error();
    restore_last_error(error);
    set_consumed(consumed);
    if (n < 0) throw damaged(this.#name, why?.message ?? '');
    return n;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0 && !this.#began) this.#begin(bytes[0]);
    for (let at = 0; at < bytes.length && !this.#freed; at += INPUT_BYTES) {
      const part = bytes.subarray(at, at + INPUT_BYTES);
      const n = this.#push(part);
      this.#made += n;
      if (this.#made > this.#limit + OVER_BYTES) throw too_large(this.#limit);
      await this.#hand_on(n);
      this.#busy += part.length + n;
      if (this.#busy < TURN_BYTES) continue;
      this.#busy = 0;
      await turn();
    }
  }

  async #hand_on(n: number): Promise<void> {
    for (let at = 0; at < n && !this.#freed; at += PIECE_BYTES) {
      const bytes = Math.min(PIECE_BYTES, n - at);
      const from = (this.#output as Buf).ptr + at;
      // Out of linear memory, which may grow while somebody still holds the piece.
      this.#piece.set(u8.subarray(from, from + bytes));
      const wait = this.#take(this.#piece.subarray(0, bytes));
      if (wait !== undefined) await wait;
    }
  }

  async end(): Promise<void> {
    // An empty body is empty, in any coding.
    if (this.#began && !this.#stream?.ended) throw cut_off(this.#name);
  }

  async free(): Promise<void> {
    if (this.#freed) return;
    this.#freed = true;
    this.#stream?.free();
    if (this.#input !== 0) release(this.#input);
    if (this.#output) close(this.#output);
  }
}

/** What node:zlib decodes, off the main thread. */
class ZlibStage implements Stage {
  readonly #name: string;
  readonly #transform: zlib.BrotliDecompress;
  readonly #pumped: Promise<void>;
  #began = false;

  constructor(name: string, transform: zlib.BrotliDecompress, take: Take, limit: number) {
    this.#name = name;
    this.#transform = transform;
    this.#pumped = this.#pump(take, limit);
    this.#pumped.catch(() => {});
  }

  async #pump(take: Take, limit: number): Promise<void> {
    let made = 0;
    try {
      for await (const piece of this.#transform as AsyncIterable<Uint8Array>) {
        made += piece.length;
        if (made > limit + OVER_BYTES) throw too_large(limit);
        await take(piece);
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (error instanceof HttpError || code === undefined) throw error;
      if (code === 'Z_BUF_ERROR') throw cut_off(this.#name);
      throw /^(?:Z_|ERR_|ZSTD_)/.test(code) ? damaged(this.#name, message) : error;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#began = true;
    // A copy: it is read on another thread, and the caller's bytes are good only for now.
    const copy = new Uint8Array(bytes);
    const written = new Promise<void>((resolve) => {
      this.#transform.write(copy, () => resolve());
    });
    await Promise.race([written, this.#pumped]);
  }

  async end(): Promise<void> {
    if (!this.#began) return;
    this.#transform.end();
    await this.#pumped;
  }

  async free(): Promise<void> {
    this.#transform.destroy();
    // A piece may be on its way into a file.
    await this.#pumped.catch(() => {});
  }
}

const too_large = (limit: number) =>
  new HttpError('too_large', `the body is longer than ${limit} bytes`);

/** zstd of one byte each: "a", "b". */
const TWO_FRAMES = Uint8Array.from(
  ['a', 'b'].flatMap((letter) => [40, 181, 47, 253, 32, 1, 9, 0, 0, letter.charCodeAt(0)]),
);

interface Zstd {
  createZstdDecompress?: typeof zlib.createBrotliDecompress;
  zstdDecompressSync?: typeof zlib.brotliDecompressSync;
}
let zstd: { create: typeof zlib.createBrotliDecompress | undefined } | undefined;

/**
 * Makes a decoder of zstd, where there is one that works: Node 22 has none that knows a cut body from a whole one, and up to
 * Node 24 what is behind the first frame is dropped.
 */
function create_zstd(): typeof zlib.createBrotliDecompress | undefined {
  if (zstd === undefined) {
    const { createZstdDecompress, zstdDecompressSync } = zlib as Zstd;
    const works = zstdDecompressSync && String(zstdDecompressSync(TWO_FRAMES)) === 'ab';
    zstd = { create: works ? createZstdDecompress : undefined };
  }
  return zstd.create;
}

/** What we can read, for Accept-Encoding. */
export function accepted(): string {
  return create_zstd() ? 'gzip, deflate, br, zstd' : 'gzip, deflate, br';
}

function make_stage(name: string, take: Take, limit: number): Stage | undefined {
  if (name === 'gzip' || name === 'x-gzip' || name === 'deflate') {
    return new InflateStage(name, take, limit);
  }
  const create = name === 'br' ? zlib.createBrotliDecompress : name === 'zstd' && create_zstd();
  return create ? new ZlibStage(name, create({ chunkSize: PIECE_BYTES }), take, limit) : undefined;
}

/** The codings in the order in which they were put on; `identity` is none. */
function codings(header: string | null): string[] {
  const names = (header ?? '').toLowerCase().split(',');
  return names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
}

const READABLE = /^(?:x-gzip|gzip|deflate|br|zstd)$/;

/** Whether bytes with these codings come out as they are: none, or one that we do not know. */
export function as_it_is(header: string | null): boolean {
  const names = codings(header);
  const known = (name: string) =>
    READABLE.test(name) && (name !== 'zstd' || create_zstd() !== undefined);
  return names.length === 0 || !names.every(known);
}

/**
 * A decoder for a Content-Encoding. `limit`: most bytes that anybody will take; a step between two codings may make a little more,
 * and no more, or an endless inner stream of nothing would keep it busy.
 * @throws HttpError `decode`: too many codings
 */
export function decoder(header: string, take: Take, limit: number): Stage {
  const names = codings(header);
  if (names.length > MAX_CODINGS) {
    throw new HttpError('decode', `the body is compressed ${names.length} times over`);
  }
  const stages: Stage[] = [];
  let next = take;
  for (const name of names) {
    const stage = make_stage(name, next, limit) as Stage;
    stages.unshift(stage);
    next = (piece) => stage.write(piece);
  }
  return {
    write: async (bytes) => next(bytes),
    async end() {
      for (const stage of stages) await stage.end();
    },
    async free() {
      await Promise.all(stages.map((stage) => stage.free()));
    },
  };
}
