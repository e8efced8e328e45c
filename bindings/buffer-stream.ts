// Bytes that arrive in pieces, put into a buffer by the rules of its kind while everybody else goes on using it.
import { raise_used, set_size } from './buffer-room.js';
import { alive, type Buf, lookup } from './buffer-table.js';
import { buffer_grow, buffer_wrap } from './constants.js';
import { MAX_BLOCK_BYTES, u8 } from './wasm/memory.js';

/** How much of a promised size is believed at once: a header may promise anything. */
const TRUSTED_BYTES = 64 << 10;

/** The way into a buffer from one offset on. The position stays; the used size rises. */
export class BufferSink {
  readonly #buffer: number;
  readonly #offset: number;
  readonly #size_before: number;
  /** Used size without what this has written, as far as can be known; and as this has left it. */
  #used_before: number;
  #used_left: number;
  /** Bytes taken in so far. */
  written_bytes = 0;
  /** Total that is expected, or -1. */
  expected_bytes = -1;

  /** @throws TypeError, RangeError no such buffer */
  constructor(buffer: number, offset: number) {
    const b = lookup(buffer);
    this.#buffer = buffer;
    this.#offset = offset;
    this.#size_before = b.end - b.ptr;
    this.#used_before = this.#used_left = b.used - b.ptr;
  }

  /** Whether the buffer is still there. */
  get alive(): boolean {
    return alive(this.#buffer);
  }

  /** Takes a piece in, and gives how many bytes of it found room. @throws RangeError deleted, or memory is exhausted */
  write(bytes: Uint8Array): number {
    const b = lookup(this.#buffer);
    const at = this.#offset + this.written_bytes;
    const used = b.used - b.ptr;
    // Somebody else has written meanwhile.
    if (used !== this.#used_left) this.#used_before = used;
    const n = b.kind === buffer_wrap ? put_around(b, at, bytes) : this.#put(b, at, bytes);
    this.#used_left = b.used - b.ptr;
    this.written_bytes += n;
    return n;
  }

  #put(b: Buf, at: number, bytes: Uint8Array): number {
    const end = at + bytes.length;
    if (b.kind === buffer_grow && end > b.end - b.ptr) this.#grow(b, end);
    const n = Math.max(0, Math.min(bytes.length, b.end - b.ptr - at));
    if (n === 0) return 0;
    u8.set(n === bytes.length ? bytes : bytes.subarray(0, n), b.ptr + at);
    raise_used(b, at + n);
    return n;
  }

  /** Room for `needed` bytes: doubled, or what was promised as far as that can be believed. */
  #grow(b: Buf, needed: number): void {
    let size = Math.max(needed, (b.end - b.ptr) * 2);
    if (this.expected_bytes >= 0) {
      const promised = this.#offset + this.expected_bytes;
      if (needed <= promised) size = Math.min(promised, Math.max(size, TRUSTED_BYTES));
    }
    try {
      set_size(b, Math.min(size, MAX_BLOCK_BYTES));
    } catch (error) {
      if (needed >= size || !(error instanceof RangeError)) throw error;
      set_size(b, needed);
    }
  }

  /** All is there: a grow buffer that this made longer ends exactly behind it. */
  finish(): void {
    if (!this.alive) return;
    const b = lookup(this.#buffer);
    const end = this.#offset + this.written_bytes;
    if (b.kind !== buffer_grow || b.end - b.ptr <= this.#size_before) return;
    // Unless somebody has written behind it meanwhile.
    const exact = Math.max(end, this.#size_before, b.used - b.ptr);
    if (exact < b.end - b.ptr) set_size(b, exact);
  }

  /** Starts again at the first byte: what was written is no longer used, unless somebody else has written meanwhile. */
  rewind(): void {
    this.written_bytes = 0;
    if (!this.alive) return;
    const b = lookup(this.#buffer);
    if (b.used - b.ptr !== this.#used_left) return;
    b.used = b.ptr + this.#used_before;
    this.#used_left = this.#used_before;
  }
}

/** Into a wrap buffer, going on at byte 0 past the end. Gives the bytes taken: all, or none when there is no byte at all. */
function put_around(b: Buf, offset: number, bytes: Uint8Array): number {
  const size = b.end - b.ptr;
  if (size === 0) return 0;
  // Only the last lap stays.
  const skip = Math.max(0, bytes.length - size);
  const kept = bytes.subarray(skip);
  const at = (((offset + skip) % size) + size) % size;
  const first = Math.min(kept.length, size - at);
  u8.set(kept.subarray(0, first), b.ptr + at);
  if (kept.length > first) u8.set(kept.subarray(first), b.ptr);
  raise_used(b, Math.min(at + kept.length, size));
  return bytes.length;
}
