// The body of a response in Node, from the moment its head is there: bytes wait a little for whoever wants them, and those that
// have come before the connection failed are still handed over.
import type { ClientRequest, IncomingMessage } from 'node:http';
import { HttpError } from '../http-error.js';
import type { IncomingBody, Take } from '../http-exchange.js';
import { as_it_is, decoder } from './node-decode.js';

/** So many bytes may wait, before the connection has to. */
const QUEUE_BYTES = 256 << 10;
/** What a piece takes beside its bytes: a server may send them one by one. */
const PIECE_COST = 256;
/** Pieces that wait are joined up to this: files are written in steps that are worth it. */
const JOIN_BYTES = 64 << 10;

export class NodeBody implements IncomingBody {
  readonly #request: ClientRequest;
  readonly #response: IncomingMessage;
  readonly #coding: string | null;
  readonly #limit: number;
  #queue: Uint8Array[] = [];
  #queued_bytes = 0;
  #take: Take | undefined;
  #decoder: ReturnType<typeof decoder> | undefined;
  /** What a piece, or the decoder's end, still has to do. */
  #work: Promise<void> | undefined;
  /** The last byte has come from the connection. */
  #all_came = false;
  /** Nothing more is taken from the connection. */
  #over = false;
  #error: unknown;
  #settle: (() => void) | undefined;

  /** `coding`: the Content-Encoding; `limit`: most bytes that decoding may make. */
  constructor(
    request: ClientRequest,
    response: IncomingMessage,
    coding: string | null,
    limit: number,
  ) {
    this.#request = request;
    this.#response = response;
    this.#coding = as_it_is(coding) ? null : coding;
    this.#limit = limit;
    response.on('data', (piece: Uint8Array) => this.#came(piece));
    response.on('end', () => {
      this.#all_came = true;
      this.#pump();
    });
    response.on('error', (error) => this.break_off(error));
    response.on('close', () => {
      if (!response.complete) {
        this.break_off(new HttpError('truncated', 'the connection has ended'));
      }
    });
  }

  deliver(take: Take): Promise<void> {
    try {
      if (this.#coding === null) {
        this.#take = take;
      } else {
        const stage = decoder(this.#coding, take, this.#limit);
        this.#decoder = stage;
        this.#take = (piece) => stage.write(piece);
      }
    } catch (error) {
      this.stop(error);
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#settle = async () => {
        await this.#decoder?.free();
        if (this.#error === undefined) resolve();
        else reject(this.#error);
      };
      this.#pump();
    });
  }

  cancel(): void {
    this.#take = () => undefined;
    this.#pump();
    // What is there already costs nothing, and the connection can be used again.
    setImmediate(() => {
      if (!this.#response.complete) this.stop(new HttpError('aborted', 'not wanted'));
    });
  }

  /** The connection has failed. A body that was whole before is whole. */
  break_off(error: unknown): void {
    if (this.#over || this.#response.complete) return;
    this.#over = true;
    this.#error = error;
    this.#request.destroy();
    this.#pump();
  }

  /** Ends it at once: aborted, or not to be taken. The first word counts. */
  stop(error: unknown): void {
    this.#queue = [];
    this.#request.destroy();
    this.#decoder?.free();
    this.#over = true;
    this.#error ??= error;
    this.#pump();
  }

  #came(piece: Uint8Array): void {
    if (this.#over) return;
    this.#queue.push(piece);
    this.#queued_bytes += piece.length + PIECE_COST;
    this.#pump();
    if (this.#queued_bytes > QUEUE_BYTES) this.#response.pause();
  }

  /** The next piece, or several short ones as one. */
  #next(): Uint8Array {
    const queue = this.#queue;
    let count = 1;
    let bytes = queue[0].length;
    while (count < queue.length && bytes + queue[count].length <= JOIN_BYTES) {
      bytes += queue[count++].length;
    }
    this.#queued_bytes -= bytes + count * PIECE_COST;
    if (count === 1) return queue.shift() as Uint8Array;
    return Buffer.concat(queue.splice(0, count), bytes);
  }

  /** Waits for `work`, then goes on. */
  #wait_for(work: Promise<void>): void {
    const done = () => {
      this.#work = undefined;
      this.#pump();
    };
    this.#work = work.then(done, (error) => {
      this.#work = undefined;
      this.stop(error);
    });
  }

  #pump(): void {
    while (this.#take && !this.#work && this.#queue.length > 0) {
      try {
        const work = this.#take(this.#next());
        if (work) this.#wait_for(work);
      } catch (error) {
        this.stop(error);
        return;
      }
    }
    if (!this.#take || this.#work || this.#queue.length > 0) return;
    if (this.#over) {
      this.#settle?.();
    } else if (!this.#all_came) {
      if (this.#response.isPaused()) this.#response.resume();
    } else if (this.#decoder) {
      const { end } = this.#decoder;
      this.#wait_for(end().then(() => this.#finish()));
    } else {
      this.#finish();
      this.#settle?.();
    }
  }

  #finish(): void {
    this.#over = true;
    // The server has answered before it had all of our body: nobody waits for that to be taken.
    if (!this.#request.writableFinished) this.#request.destroy();
  }
}
