// GameMaker's handshake and packet header (STANDARD.md, 2 to 4) as byte code: chunks in, packets out. No sockets here.

import { reserve } from './buffer-room.js';
import { type Buf, close, open_pooled } from './buffer-table.js';
import { buffer_grow } from './constants.js';
import { CONTROL_MAGIC, type Control, MAX_CONTROL_BYTES } from './control.js';
import { u8 } from './wasm/memory.js';

export const HEADER_BYTES = 12;

const PACKET_MAGIC = 0xdeadc0de;

const HELLO = /* @__PURE__ */ Uint8Array.from('GM:Studio-Connect\0', (c) => c.charCodeAt(0));
const CLIENT_REPLY = /* @__PURE__ */ words(0xcafebabe, 0xdeadb00b, 16, 0);
const SERVER_REPLY = /* @__PURE__ */ words(0xdeafbead, 0xf00dbeeb, 12);
const PACKET_HEAD = /* @__PURE__ */ words(PACKET_MAGIC, HEADER_BYTES);
const CONTROL_HEAD = /* @__PURE__ */ words(CONTROL_MAGIC);
/** The game id behind the three words of the client's reply may be anything. */
const CLIENT_REPLY_FIXED_BYTES = 12;
const NOTHING = /* @__PURE__ */ new Uint8Array(0);

function words(...values: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    values.flatMap((w) => [w & 255, (w >>> 8) & 255, (w >>> 16) & 255, w >>> 24]),
  );
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Why a stream was given up. */
export type FramingError = 'bad_handshake' | 'bad_header' | 'too_large' | 'out_of_memory';

/** What a client says of itself in step 2. */
export interface Introduction {
  game_id: number;
  /** Goes directly behind step 2, in the same message. */
  behind: Uint8Array;
}

/** What a {@link Framing} needs from its connection. The optional parts make a peer that knows nothing of control frames. */
export interface FramingOwner {
  /** Sends handshake bytes. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Client: what it says in step 2. */
  introduce?(): Introduction;
  /** Server: a client has introduced itself. Gives what goes behind step 3, or undefined to refuse. */
  introduced?(game_id: number, behind: Control | undefined): Uint8Array | undefined;
  /** The handshake is complete: packets may be sent. Client: with the control frame behind step 3, if there is one. */
  ready(behind?: Control): void;
  /** A whole packet has arrived. The buffer (grow, position 0) is the owner's from now on. */
  packet(buffer: Buf, size: number): void;
  /** A control frame has arrived; false: it breaks the rules. The payload is valid during the call only. */
  control?(frame: Control): boolean;
}

/** Writes the header of a packet of `size` bytes. */
export function write_header(bytes: Uint8Array, at: number, size: number): void {
  bytes[at] = 0xde;
  bytes[at + 1] = 0xc0;
  bytes[at + 2] = 0xad;
  bytes[at + 3] = 0xde;
  bytes[at + 4] = HEADER_BYTES;
  bytes[at + 5] = bytes[at + 6] = bytes[at + 7] = 0;
  bytes[at + 8] = size;
  bytes[at + 9] = size >>> 8;
  bytes[at + 10] = size >>> 16;
  bytes[at + 11] = size >>> 24;
}

/** One packet with its header, the one copy that a send makes: bytes are taken from address `from` in linear memory. */
export function frame(from: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + size);
  write_packet(bytes, 0, from, size);
  return bytes;
}

/** Above this a typed array's own copy is faster than a loop. Measured: they meet between 48 and 96 bytes. */
const LOOP_BYTES = 64;

/** Writes a packet with its header; its payload is taken from address `from` in linear memory. */
export function write_packet(bytes: Uint8Array, at: number, from: number, size: number): void {
  write_header(bytes, at, size);
  const to = at + HEADER_BYTES;
  if (size > LOOP_BYTES) bytes.set(new Uint8Array(u8.buffer, from, size), to);
  else for (let i = 0; i < size; i++) bytes[to + i] = u8[from + i];
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
  #game_id = 0;
  /** Whether the peer may send control frames. */
  #extended = false;

  readonly #header = new Uint8Array(HEADER_BYTES);
  #header_bytes = 0;
  /** Payload of the packet that is under way. */
  #partial: Buf | undefined;
  #partial_size = 0;
  #partial_bytes = 0;
  /** A control frame that is under way. */
  #control: Uint8Array<ArrayBuffer> | undefined;
  #control_kind = 0;
  #control_bytes = 0;
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
    try {
      if (this.#expected === undefined) return this.#packets(bytes, 0);
      const at = this.#handshake(bytes);
      return at < 0 ? 'bad_handshake' : this.#packets(bytes, at);
    } catch (error) {
      if (error instanceof RangeError) return 'out_of_memory';
      throw error;
    }
  }

  /** Gives where packets start, the end when the handshake goes on, or -1. */
  #handshake(bytes: Uint8Array): number {
    let at = 0;
    while (this.#expected !== undefined && at < bytes.length && !this.#ended) {
      const expected = this.#expected;
      const i = this.#matched;
      if (expected === CLIENT_REPLY && i >= CLIENT_REPLY_FIXED_BYTES) {
        this.#game_id |= bytes[at] << ((i - CLIENT_REPLY_FIXED_BYTES) * 8);
      } else if (bytes[at] !== expected[i]) return -1;
      at++;
      if (++this.#matched === expected.length) {
        at = this.#next_step(expected, bytes, at);
        if (at < 0) return -1;
      }
    }
    return at;
  }

  #next_step(done: Uint8Array, bytes: Uint8Array, at: number): number {
    this.#matched = 0;
    if (done === HELLO) {
      this.#expected = SERVER_REPLY;
      const { game_id, behind } = this.#owner.introduce?.() ?? { game_id: 0, behind: NOTHING };
      const fixed = CLIENT_REPLY.subarray(0, CLIENT_REPLY_FIXED_BYTES);
      this.#owner.send(joined(fixed, words(game_id), behind));
      return at;
    }
    // What is agreed on stands in the same message as the step: there is no waiting for it, and peers without it lose nothing.
    const behind = this.#control_at(bytes, at);
    this.#expected = undefined;
    if (done === CLIENT_REPLY) {
      const owner = this.#owner;
      const answer =
        owner.introduced === undefined ? NOTHING : owner.introduced(this.#game_id >>> 0, behind);
      if (answer === undefined) return -1;
      this.#extended = answer.length > 0;
      this.#owner.send(joined(SERVER_REPLY, answer));
      this.#owner.ready();
    } else {
      this.#extended = behind !== undefined;
      this.#owner.ready(behind);
    }
    const taken = this.#extended && behind !== undefined;
    return taken ? at + HEADER_BYTES + behind.payload.byteLength : at;
  }

  /** A whole control frame at `at`, or undefined. */
  #control_at(bytes: Uint8Array, at: number): Control | undefined {
    if (bytes.length - at < HEADER_BYTES || word(bytes, at) !== CONTROL_MAGIC) return undefined;
    const size = word(bytes, at + 8);
    const from = at + HEADER_BYTES;
    if (size > MAX_CONTROL_BYTES || from + size > bytes.length) return undefined;
    // Not slice(): of a Buffer that is no copy.
    const payload = new Uint8Array(size);
    payload.set(bytes.subarray(from, from + size));
    return { kind: word(bytes, at + 4), payload: new DataView(payload.buffer) };
  }

  #packets(bytes: Uint8Array, start: number): FramingError | undefined {
    let at = start;
    const end = bytes.length;
    while (at < end && !this.#ended) {
      if (this.#partial !== undefined) {
        at = this.#continue_partial(bytes, at);
        continue;
      }
      if (this.#control !== undefined) {
        at = this.#continue_control(bytes, at);
        if (at < 0) return 'bad_header';
        continue;
      }
      // The header is read where it lies; only one that is split is put together first.
      let head = bytes;
      let head_at = at;
      if (this.#header_bytes > 0 || end - at < HEADER_BYTES) {
        while (at < end && this.#header_bytes < HEADER_BYTES) {
          this.#header[this.#header_bytes++] = bytes[at++];
        }
        if (!this.#header_may_be_right()) return 'bad_header';
        if (this.#header_bytes < HEADER_BYTES) return undefined;
        head = this.#header;
        head_at = 0;
        this.#header_bytes = 0;
      } else {
        at += HEADER_BYTES;
      }
      const size = word(head, head_at + 8);
      const magic = word(head, head_at);
      if (magic === PACKET_MAGIC && word(head, head_at + 4) === HEADER_BYTES) {
        if (size > this.limit) return 'too_large';
        at = this.#payload(bytes, at, size);
      } else {
        if (magic !== CONTROL_MAGIC || !this.#extended || size > MAX_CONTROL_BYTES) {
          return 'bad_header';
        }
        this.#control = new Uint8Array(size);
        this.#control_kind = word(head, head_at + 4);
        this.#control_bytes = 0;
        at = this.#continue_control(bytes, at);
        if (at < 0) return 'bad_header';
      }
    }
    return undefined;
  }

  /** A header that is cut off is refused at its first wrong byte. */
  #header_may_be_right(): boolean {
    const wanted =
      this.#extended && this.#header[0] === CONTROL_HEAD[0] ? CONTROL_HEAD : PACKET_HEAD;
    const n = Math.min(this.#header_bytes, wanted.length);
    for (let i = 0; i < n; i++) if (this.#header[i] !== wanted[i]) return false;
    return true;
  }

  #continue_control(bytes: Uint8Array, at: number): number {
    const payload = this.#control as Uint8Array<ArrayBuffer>;
    const here = Math.min(payload.length - this.#control_bytes, bytes.length - at);
    payload.set(bytes.subarray(at, at + here), this.#control_bytes);
    this.#control_bytes += here;
    if (this.#control_bytes === payload.length) {
      this.#control = undefined;
      const frame = { kind: this.#control_kind, payload: new DataView(payload.buffer) };
      if (this.#owner.control?.(frame) === false) return -1;
    }
    return at + here;
  }

  /** A payload starts at `at`: whole packets take the one copy into linear memory and are done. */
  #payload(bytes: Uint8Array, at: number, size: number): number {
    const here = Math.min(size, bytes.length - at);
    const room = here === size ? size : Math.min(size, Math.max(here, PARTIAL_BYTES));
    const b = open_pooled(room, buffer_grow);
    const to = b.ptr;
    if (here > LOOP_BYTES) u8.set(bytes.subarray(at, at + here), to);
    else for (let i = 0; i < here; i++) u8[to + i] = bytes[at + i];
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
