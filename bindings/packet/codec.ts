// A layout in use: its functions, made on first use and again when memory has grown, and every rare way through a buffer.
import {
  aligned,
  copy_from_wrap,
  copy_into_wrap,
  make_room,
  raise_used,
  wrapped_end,
} from '../buffer-room.js';
import { type Buf, ID, lookup, SLOT_MASK, state } from '../buffer-table.js';
import { show } from '../check.js';
import { buffer_wrap } from '../constants.js';
import { EPOCH, ensure, kernel, u8 } from '../wasm/memory.js';
import { type EngineName, type Factory, make_program, surround, wanted_engine } from './engine.js';
import { show_hash } from './hash.js';
import type { Struct } from './layout.js';
import { plain_program } from './plain.js';
import { type Lead, type Program, SLOT_BYTES, type Slow, type Value } from './program.js';
import { with_scratch } from './scratch.js';
import { settle } from './settle.js';
import { IN, OUT, SLOTS_BUSY, slots } from './slots.js';
import { changed, is_nameless, is_target, root_path } from './support.js';
import { Status } from './types.js';

/** What is known of a codec before its functions are made. */
export interface CodecOptions {
  name: string;
  lead: Lead;
  hash: number;
  text: string;
  /** Functions that a build step has generated, in place of an engine. */
  factory?: Factory;
  constants?: unknown[];
}

export class Codec implements Slow {
  readonly struct: Struct;
  readonly options: CodecOptions;
  /** The path of the whole packet. */
  readonly path: string;
  /** Called when the functions were made anew. */
  changed: ((program: Program) => void) | undefined;
  #program: Program | undefined;
  #engine: EngineName | undefined;
  readonly #wanted = wanted_engine();
  #epoch = -1;
  readonly #slow: Slow;

  constructor(struct: Struct, options: CodecOptions) {
    this.struct = struct;
    this.options = options;
    this.path = root_path(options.name);
    this.#slow = {
      write: (b, value) => this.write(b, value),
      read: (b, into) => this.read(b, into),
      try_read: (b, into) => this.try_read(b, into),
      pack: (value) => this.pack(value),
      unpack: (bytes, into) => this.unpack(bytes, into),
      try_unpack: (bytes, into) => this.try_unpack(bytes, into),
      named: (value, error) => this.named(value, error),
      no_target: (into) => this.no_target(into),
    };
  }

  /** Most bytes that a packet takes. */
  get max(): number {
    return this.struct.max + this.options.lead.bytes;
  }

  get engine(): EngineName {
    void this.program;
    return this.#engine as EngineName;
  }

  /** The functions, for the memory as it is. */
  get program(): Program {
    const known = this.#program;
    // Only generated code holds on to the view.
    if (known !== undefined && (this.#engine !== 'generated' || this.#epoch === EPOCH[0])) {
      return known;
    }
    const { factory, constants = [], lead } = this.options;
    if (factory !== undefined && this.#wanted === undefined) {
      this.#program = surround(factory, constants, this.#slow);
      this.#engine = 'generated';
    } else {
      const made = make_program(this.struct, lead, this.#slow, this.#wanted, this.path);
      this.#program = made.program;
      this.#engine = made.engine;
    }
    this.#epoch = EPOCH[0];
    this.changed?.(this.#program);
    return this.#program;
  }

  /** Writes in any kind of buffer; grows, wraps, or refuses before a byte has changed. */
  write(buffer: number, given: Value): void {
    lookup(buffer);
    const value = this.#settled(given);
    const bound = this.program.bound(value);
    // Not before: a getter of the value may have moved or deleted the buffer.
    const b = lookup(buffer);
    const at = aligned(b);
    if (b.kind !== buffer_wrap && at + bound <= b.end) {
      const end = this.program.encode(value, at);
      b.pos = end;
      raise_used(b, end - b.ptr);
      return;
    }
    with_scratch(bound, (block) => {
      // Asked for again: the block may have made memory grow.
      const n = this.program.encode(value, block) - block;
      if (b.kind === buffer_wrap) this.#put_wrapped(b, at - b.ptr, block, n);
      else this.#put(b, at - b.ptr, block, n);
    });
  }

  #put(b: Buf, offset: number, from: number, n: number): void {
    if (!make_room(b, offset + n)) {
      throw new RangeError(
        `${this.options.name}: a packet of ${n} bytes at ${offset} does not fit in ${b.end - b.ptr} bytes`,
      );
    }
    kernel.move(b.ptr + offset, from, n);
    b.pos = b.ptr + offset + n;
    raise_used(b, offset + n);
  }

  #put_wrapped(b: Buf, offset: number, from: number, n: number): void {
    const size = b.end - b.ptr;
    if (n > size) {
      throw new RangeError(
        `${this.options.name}: a packet of ${n} bytes does not fit in a wrap buffer of ${size}`,
      );
    }
    const start = offset >= size ? 0 : offset;
    copy_into_wrap(b, start, from, n);
    raise_used(b, Math.min(start + n, size));
    b.pos = b.ptr + wrapped_end(start, n, size);
  }

  /** Reads from any kind of buffer, or throws with everything as it was. */
  read(buffer: number, into: Value): Value {
    if (into !== undefined) this.#check_target(into);
    let made: Value;
    const status = this.#take(buffer, (program, at) => {
      if (into === undefined) made = program.make(at);
      else program.decode(at, into);
    });
    if (status < 0) throw this.refusal(status, buffer);
    return into === undefined ? made : into;
  }

  /** The same as a status. */
  try_read(buffer: number, into: Value): number {
    this.#check_target(into);
    return this.#take(buffer, (program, at) => program.decode(at, into));
  }

  #take(buffer: number, use: (program: Program, at: number) => void): number {
    const b = lookup(buffer);
    const size = b.end - b.ptr;
    let at = aligned(b);
    if (b.kind === buffer_wrap && at >= b.end) at = b.ptr;
    const end = this.program.check(at, b.end);
    if (end === Status.Short && b.kind === buffer_wrap && at > b.ptr) {
      // It may go on at byte 0: in one piece, it is a packet like any other.
      const start = at - b.ptr;
      const n = Math.min(size, this.max);
      return with_scratch(n, (block) => {
        copy_from_wrap(b, start, block, n);
        // Asked for again: the block may have made memory grow.
        const behind = this.program.check(block, block + n);
        if (behind < 0) return behind;
        this.#locked(buffer, (program) => use(program, block));
        b.pos = b.ptr + wrapped_end(start, behind - block, size);
        return Status.Ok;
      });
    }
    if (end < 0) return end;
    this.#locked(buffer, (program) => use(program, at));
    b.pos = end;
    return Status.Ok;
  }

  // Reads while setters of somebody's object can do nothing to the buffer.
  #locked(buffer: number, use: (program: Program) => void): void {
    const word = ((buffer & SLOT_MASK) << 3) | ID;
    state[word] = ~buffer;
    try {
      this.#steadily(use);
    } finally {
      state[word] = buffer;
    }
  }

  // Once more when a setter has let memory grow: by the engine that holds on to no view, as the next setter may do it again.
  #steadily(use: (program: Program) => void): void {
    const { program } = this;
    const epoch = EPOCH[0];
    try {
      use(program);
    } catch (error) {
      if (epoch === EPOCH[0]) throw error;
      use(plain_program(this.struct, this.options.lead, this.#slow));
    }
  }

  /** The error by the path of its field: a slower look at the value finds what it was. */
  named(value: Value, error: unknown): unknown {
    if (is_nameless(error)) return changed(this.options.name);
    if (!(error instanceof TypeError)) return error;
    try {
      this.#settled(value);
    } catch (better) {
      return better;
    }
    return error;
  }

  #settled(value: Value): Value {
    return settle(this.struct, value, this.path);
  }

  no_target(into: unknown): TypeError {
    return new TypeError(`${this.options.name}: reads into an object, got ${show(into)}`);
  }

  #check_target(into: unknown): void {
    if (!is_target(into)) throw this.no_target(into);
  }

  /** Packs a value outside every buffer. Bytes that do not fit in the slot are a copy. */
  pack(given: Value): Uint8Array<ArrayBuffer> {
    const value = this.#settled(given);
    const bound = this.program.bound(value);
    // Or somebody's getter packs this while another packet is put together in the slot.
    if (bound > SLOT_BYTES || SLOTS_BUSY[OUT] !== 0) {
      return with_scratch(bound, (at) => u8.slice(at, this.program.encode(value, at)));
    }
    const { out } = slots();
    const end = this.program.encode(value, out);
    return new Uint8Array(u8.buffer, out, end - out);
  }

  unpack(bytes: Uint8Array, into: Value): Value {
    if (into !== undefined) this.#check_target(into);
    let made: Value = into;
    const status = this.#take_bytes(bytes, (program, at) => {
      if (into === undefined) made = program.make(at);
      else program.decode(at, into);
    });
    if (status < 0) throw this.error(status, `in ${bytes.length} bytes`);
    return made;
  }

  try_unpack(bytes: Uint8Array, into: Value): number {
    this.#check_target(into);
    return this.#take_bytes(bytes, (program, at) => program.decode(at, into));
  }

  #take_bytes(bytes: Uint8Array, use: (program: Program, at: number) => void): number {
    if (!(bytes instanceof Uint8Array)) {
      throw new TypeError(`${this.options.name}: bytes must be a Uint8Array, got ${show(bytes)}`);
    }
    const n = bytes.length;
    ensure();
    const take = (at: number) => {
      u8.set(bytes, at);
      const end = this.program.check(at, at + n);
      if (end >= 0) this.#steadily((program) => use(program, at));
      return Math.min(end, 0);
    };
    if (n > SLOT_BYTES || SLOTS_BUSY[IN] !== 0) return with_scratch(n, take);
    SLOTS_BUSY[IN] = 1;
    try {
      return take(slots().in);
    } finally {
      SLOTS_BUSY[IN] = 0;
    }
  }

  /** The error that a status stands for. */
  refusal(status: number, buffer: number): RangeError {
    const b = lookup(buffer);
    return this.error(status, `at ${aligned(b) - b.ptr} of ${b.end - b.ptr} bytes`);
  }

  error(status: number, where: string): RangeError {
    const { name, hash } = this.options;
    if (status === Status.Version) {
      return new RangeError(
        `${name}: what stands ${where} is not this packet, or the peer has another layout than ${show_hash(hash)}`,
      );
    }
    if (status === Status.Range) {
      return new RangeError(
        `${name}: a length or number ${where} is outside what the schema allows`,
      );
    }
    return new RangeError(`${name}: the bytes end before the packet does (${where})`);
  }
}
