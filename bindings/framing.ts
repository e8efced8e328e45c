// GameMaker's handshake and packet header (STANDARD.md, 2 and 3) as byte code: chunks in, packets out. No sockets here.

import { reserve } from './buffer-room.js';
import { type Buf, close, open } from './buffer-table.js';
import { buffer_grow } from './constants.js';
import { u8 } from './wasm/memory.js';

export const HEADER_BYTES = 12;

const HELLO = bytes_of('GM:Studio-Connect\0');
const CLIENT_REPLY = words(0xcafebabe, 0xdeadb00b, 16, 0);
const SERVER_REPLY = words(0xdeafbead, 0xf00dbeeb, 12);
const PACKET_HEAD = words(0xdeadc0de, HEADER_BYTES);
/** The game id behind the three words of the client's reply may be anything. */
const CLIENT_REPLY_FIXED_BYTES = 12;

function bytes_of(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function words(...values: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    values.flatMap((w) => [w & 255, (w >>> 8) & 255, (w >>> 16) & 255, w >>> 24]),
  );
}

/** Why a stream was given up. */
export type FramingError = 'bad_handshake' | 'bad_header' | 'too_large' | 'out_of_memory';

/** What a {@link Framing} needs from its connection. */
export interface FramingOwner {
  /** Sends handshake bytes. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** The handshake is complete: packets may be sent. */
  ready(): void;
  /** A whole packet has arrived. The buffer (grow, position 0) is the owner's from now on. */
  packet(buffer: Buf, size: number): void;
}

/** One packet with its header, the one copy that a send makes: bytes are taken from address `from` in linear memory. */
export function frame(from: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + size);
  bytes.set(PACKET_HEAD);
  bytes[8] = size;
  bytes[9] = size >>> 8;
  bytes[10] = size >>> 16;
  bytes[11] = size >>> 24;
  if (size > 0) bytes.set(new Uint8Array(u8.buffer, from, size), HEADER_BYTES);
  return bytes;
}

/** A first guess for a packet that has not fully arrived: memory then doubles with what really comes. */
const PARTIAL_BYTES = 4096;

/** One side of a framed connection. Feed it chunks of any size, split anywhere. */
export class Framing {
  /** Largest payload in bytes. */
  limit: number;
  readonly #owner: FramingOwner;
  /** What the peer has to say next; undefined once packets may come. */
  #expected: Uint8Array | undefined;
  #matched = 0;
  readonly #is_server: boolean;

  readonly #header = new Uint8Array(HEADER_BYTES);
  #header_bytes = 0;
  /** Payload of the packet that is under way. */
  #partial: Buf | undefined;
  #partial_size = 0;
  #partial_bytes = 0;
  /** Set by {@link end}, which a packet's owner may call: the rest of the chunk is not looked at then. */
  #ended = false;

  constructor(is_server: boolean, limit: number, owner: FramingOwner) {
    this.#is_server = is_server;
    this.limit = limit;
    this.#owner = owner;
    this.#expected = is_server ? CLIENT_REPLY : HELLO;
  }

  /** The connection stands: the server greets. */
  start(): void {
    if (this.#is_server) this.#owner.send(HELLO);
  }

  /** Takes bytes as they come; gives the reason when the stream must be given up. Nothing may be fed after that. */
  feed(bytes: Uint8Array): FramingError | undefined {
    let at = 0;
    while (this.#expected !== undefined) {
      if (at === bytes.length) return undefined;
      const expected = this.#expected;
      const i = this.#matched;
      const fixed = expected === CLIENT_REPLY ? CLIENT_REPLY_FIXED_BYTES : expected.length;
      if (i < fixed && bytes[at] !== expected[i]) return 'bad_handshake';
      at++;
      if (++this.#matched === expected.length) this.#next_step(expected);
    }
    try {
      return this.#packets(bytes, at);
    } catch (error) {
      if (error instanceof RangeError) return 'out_of_memory';
      throw error;
    }
  }

  #next_step(done: Uint8Array): void {
    this.#matched = 0;
    if (done === HELLO) {
      this.#expected = SERVER_REPLY;
      this.#owner.send(CLIENT_REPLY);
      return;
    }
    this.#expected = undefined;
    if (done === CLIENT_REPLY) this.#owner.send(SERVER_REPLY);
    this.#owner.ready();
  }

  #packets(bytes: Uint8Array, start: number): FramingError | undefined {
    let at = start;
    const end = bytes.length;
    while (at < end && !this.#ended) {
      if (this.#partial !== undefined) {
        at = this.#continue_partial(bytes, at);
        continue;
      }
      // The header is read where it lies; only one that is split is put together first.
      let head = bytes;
      let head_at = at;
      if (this.#header_bytes > 0 || end - at < HEADER_BYTES) {
        while (at < end && this.#header_bytes < HEADER_BYTES) {
          this.#header[this.#header_bytes++] = bytes[at++];
        }
        for (let i = 0; i < Math.min(this.#header_bytes, 8); i++) {
          if (this.#header[i] !== PACKET_HEAD[i]) return 'bad_header';
        }
        if (this.#header_bytes < HEADER_BYTES) return undefined;
        head = this.#header;
        head_at = 0;
        this.#header_bytes = 0;
      } else {
        for (let i = 0; i < 8; i++) if (head[head_at + i] !== PACKET_HEAD[i]) return 'bad_header';
        at += HEADER_BYTES;
      }
      const size =
        (head[head_at + 8] |
          (head[head_at + 9] << 8) |
          (head[head_at + 10] << 16) |
          (head[head_at + 11] << 24)) >>>
        0;
      if (size > this.limit) return 'too_large';
      at = this.#payload(bytes, at, size);
    }
    return undefined;
  }

  /** A payload starts at `at`: whole packets take the one copy into linear memory and are done. */
  #payload(bytes: Uint8Array, at: number, size: number): number {
    const here = Math.min(size, bytes.length - at);
    const room = here === size ? size : Math.min(size, Math.max(here, PARTIAL_BYTES));
    const b = open(room, buffer_grow, 1);
    if (here > 0) u8.set(bytes.subarray(at, at + here), b.ptr);
    if (here === size) {
      b.used = b.end;
      this.#owner.packet(b, size);
    } else {
      this.#partial = b;
      this.#partial_size = size;
      this.#partial_bytes = here;
    }
    return at + here;
  }

  #continue_partial(bytes: Uint8Array, at: number): number {
    const b = this.#partial as Buf;
    const here = Math.min(this.#partial_size - this.#partial_bytes, bytes.length - at);
    const needed = this.#partial_bytes + here;
    if (needed > b.end - b.ptr) {
      reserve(b, Math.min(this.#partial_size, Math.max(needed, 2 * (b.end - b.ptr))));
    }
    u8.set(bytes.subarray(at, at + here), b.ptr + this.#partial_bytes);
    this.#partial_bytes = needed;
    if (needed === this.#partial_size) {
      this.#partial = undefined;
      b.used = b.end;
      this.#owner.packet(b, needed);
    }
    return at + here;
  }

  /** Frees what a packet under way has taken; nothing more comes out. */
  end(): void {
    if (this.#partial !== undefined) close(this.#partial);
    this.#partial = undefined;
    this.#ended = true;
  }
}
