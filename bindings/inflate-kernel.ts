// Decoding into a block that grows: no size is trusted, and what a stream may make of little is capped.
import type { Dictionary } from './deflate-dictionary.js';
import { ROOM_BYTES } from './deflate-dictionary.js';
import { allocate, dv, kernel, MAX_BLOCK_BYTES, reallocate, release } from './wasm/memory.js';

/** Bytes behind the limit of a destination that decoding may write. */
export const INFLATE_SLACK = 320;
/** Bytes of the saved state of a stream. */
export const INFLATE_STATE_BYTES = 384;
/** Result of the kernel: the room is used up, and decoding may go on in more. */
export const FULL = -2;

/** By result code: why a stream is bad. */
const REASONS: readonly string[] = [
  ...['', '', ''],
  'the data is cut off',
  'there is no block type 3',
  'the length of a stored block does not match its complement',
  'a block has more codes than DEFLATE allows (286 literals and lengths, 30 distances)',
  'the code of the code lengths is not complete',
  'the first code length repeats one before it',
  'the code lengths run past their number',
  'a block has no code for its end',
  'the literal and length code is not complete, or has too many codes',
  'the distance code is not complete, or has too many codes',
  'there is no such literal or length symbol',
  'there is no such distance symbol',
  'a distance reaches back before the first byte',
];
const TRUNCATED = -3;

/** Stable word for a result code of the kernel. */
export function inflate_error_code(code: number): 'truncated' | 'bad_data' {
  return code === TRUNCATED ? 'truncated' : 'bad_data';
}

/** For people: what a result code of the kernel means. */
export function inflate_error_message(code: number): string {
  return REASONS[-code];
}

/** The source byte at which decoding stopped. */
export function inflate_source(): number {
  return dv.getUint32(kernel.INFLATE_STATE.value, true);
}

/** The output byte at which decoding stopped. */
export function inflate_output(): number {
  return dv.getUint32(kernel.INFLATE_STATE.value + 4, true);
}

/** Sets where the output goes on. */
export function set_inflate_output(address: number): void {
  dv.setUint32(kernel.INFLATE_STATE.value + 4, address, true);
}

/** Result of {@link Sink.decode} besides those of the kernel: more output than allowed. */
export const TOO_LARGE = -100;

/** Where decoded bytes gather. */
export class Sink {
  /** Address of the block, its capacity (slack excluded), and bytes in it so far. */
  address: number;
  capacity: number;
  done = 0;
  /** Whether the kernel has filled the block already, with the first stream from its first byte, and waits for more room. */
  begun = false;
  readonly #limit: number;
  readonly #borrowed: boolean;

  /**
   * @param limit most bytes that may come
   * @param borrowed address of a block of `capacity` bytes and slack that is not ours to free, or 0: allocate
   * @throws RangeError memory is exhausted
   */
  constructor(capacity: number, limit: number, borrowed: number) {
    this.#limit = Math.min(limit, MAX_BLOCK_BYTES - INFLATE_SLACK);
    this.capacity = Math.min(capacity, this.#limit);
    this.address = borrowed === 0 ? allocate(this.capacity + INFLATE_SLACK, 16) : borrowed;
    this.#borrowed = borrowed !== 0;
  }

  // Makes room for more, at least twice as much.
  #grow(): void {
    const capacity = Math.min(
      Math.max(this.capacity * 2, this.done + 4096),
      this.#limit,
      MAX_BLOCK_BYTES - INFLATE_SLACK,
    );
    if (this.owned) {
      this.address = reallocate(this.address, this.done, capacity + INFLATE_SLACK, 16);
    } else {
      const block = allocate(capacity + INFLATE_SLACK, 16);
      kernel.move(block, this.address, this.done);
      this.address = block;
      this.#left = true;
    }
    this.capacity = capacity;
  }

  #left = false;

  /** Whether the block is one to free or to keep. */
  get owned(): boolean {
    return !this.#borrowed || this.#left;
  }

  free(): void {
    if (this.owned) release(this.address);
  }

  /**
   * Decodes one stream from [src, end) and appends its bytes.
   * @returns 0, {@link TOO_LARGE} or a negative result of the kernel
   * @throws RangeError memory is exhausted
   */
  decode(src: number, end: number): number {
    const start = this.done;
    let at = this.address + start;
    let code = this.begun ? FULL : kernel.inflate_once(src, end, at, this.address + this.capacity);
    this.begun = false;
    for (;;) {
      this.done = inflate_output() - this.address;
      if (this.done > this.#limit) return TOO_LARGE;
      if (code !== FULL) return code;
      if (this.capacity >= this.#limit) return TOO_LARGE;
      this.#grow();
      at = this.address + start;
      set_inflate_output(this.address + this.done);
      code = kernel.inflate_run(at, this.address + this.capacity, end, 0);
    }
  }

  /** {@link decode} with a dictionary: starts in its room, and moves on when the dictionary is out of reach. */
  decode_with(dictionary: Dictionary, src: number, end: number): number {
    const { room, start } = dictionary;
    kernel.inflate_begin(src, room);
    let code = kernel.inflate_run(start, room + Math.min(ROOM_BYTES, this.#limit), end, 0);
    this.done = inflate_output() - room;
    if (this.done > this.#limit || (code === FULL && this.#limit <= ROOM_BYTES)) return TOO_LARGE;
    const part = this.done;
    while (this.capacity < part) {
      this.done = 0;
      this.#grow();
    }
    this.done = part;
    kernel.move(this.address, room, part);
    // The first time the dictionary's room was full, not the block.
    for (let grow = false; code === FULL; grow = true) {
      if (grow) {
        if (this.done > this.#limit || this.capacity >= this.#limit) return TOO_LARGE;
        this.#grow();
      }
      set_inflate_output(this.address + this.done);
      code = kernel.inflate_run(this.address, this.address + this.capacity, end, 0);
      this.done = inflate_output() - this.address;
    }
    return this.done > this.#limit ? TOO_LARGE : code;
  }
}
