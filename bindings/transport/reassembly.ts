// Puts packets together from their parts, in a bounded amount of memory that is used again. Knows no sequence arithmetic.
import { MAX_FRAGMENTS } from './datagram-format.js';

/** Packets in parts at one time; the oldest makes room. */
const MAX_PARTIALS = 16;
/** Smallest piece of memory for one: fewer sizes, so memory is used again more often. */
const MIN_BYTES = 4096;

/** One packet of which some parts are there. */
export class Partial {
  sequence = 0;
  latest = false;
  total_bytes = 0;
  count = 0;
  /** Parts that are not there yet. */
  missing = 0;
  /** When the last part came. */
  heard_at_ms = 0;
  /** At least `total_bytes` long. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** One bit a part. */
  readonly #there = new Uint32Array(MAX_FRAGMENTS / 32);

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  begin(sequence: number, latest: boolean, total_bytes: number, count: number): void {
    this.sequence = sequence;
    this.latest = latest;
    this.total_bytes = total_bytes;
    this.count = this.missing = count;
    this.#there.fill(0, 0, Math.ceil(count / 32));
  }

  /** Notes part `index`; false: it is there already. */
  take(index: number): boolean {
    const bit = 1 << (index & 31);
    if (this.#there[index >>> 5] & bit) return false;
    this.#there[index >>> 5] |= bit;
    this.missing--;
    return true;
  }
}

/**
 * The packets in parts of one link. A part of a few bytes may claim to be of a packet of 256 KiB: memory that was got for one
 * is kept for the next, so a flood of such claims costs neither allocations nor more memory than the limit.
 */
export class Reassembly {
  /** Oldest first. */
  readonly partials: Partial[] = [];
  #spare: Partial[] = [];
  /** Memory of both. */
  #bytes = 0;

  /** No packet is larger than `limit_bytes`. */
  constructor(readonly limit_bytes: number) {}

  /** Bytes of memory held. */
  get held_bytes(): number {
    return this.#bytes;
  }

  find(sequence: number): Partial | undefined {
    for (const partial of this.partials) if (partial.sequence === sequence) return partial;
    return undefined;
  }

  /** Whether {@link begin} has room now; if not, one of `partials` has to be dropped first. */
  room_for(total_bytes: number): boolean {
    if (this.partials.length >= MAX_PARTIALS) return false;
    if (this.#spare.some(({ bytes }) => bytes.length >= total_bytes)) return true;
    // Spare memory that is too small can be let go.
    let used = this.#bytes;
    for (const { bytes } of this.#spare) used -= bytes.length;
    return used + this.#capacity(total_bytes) <= this.limit_bytes;
  }

  #capacity(total_bytes: number): number {
    const power = 2 ** Math.ceil(Math.log2(Math.max(total_bytes, MIN_BYTES)));
    return Math.min(power, this.limit_bytes);
  }

  /** A packet to put together. Only where {@link room_for} says so. */
  begin(sequence: number, latest: boolean, total_bytes: number, count: number): Partial {
    const partial = this.#take_spare(total_bytes) ?? this.#allocate(this.#capacity(total_bytes));
    partial.begin(sequence, latest, total_bytes, count);
    this.partials.push(partial);
    return partial;
  }

  /** The smallest spare memory that is large enough. */
  #take_spare(total_bytes: number): Partial | undefined {
    let best = -1;
    for (let i = 0; i < this.#spare.length; i++) {
      const { length } = this.#spare[i].bytes;
      if (length < total_bytes) continue;
      if (best < 0 || length < this.#spare[best].bytes.length) best = i;
    }
    return best < 0 ? undefined : this.#spare.splice(best, 1)[0];
  }

  #allocate(capacity: number): Partial {
    while (this.#bytes + capacity > this.limit_bytes && this.#spare.length > 0) {
      this.#bytes -= this.#spare.pop()?.bytes.length ?? 0;
    }
    this.#bytes += capacity;
    return new Partial(capacity);
  }

  /** Takes a packet out of `partials`; its bytes stay until {@link recycle}. */
  remove(partial: Partial): void {
    this.partials.splice(this.partials.indexOf(partial), 1);
  }

  /** Its memory may be written to again. */
  recycle(partial: Partial): void {
    this.#spare.push(partial);
  }

  /** Gives back memory that nobody uses. */
  trim(): void {
    for (const { bytes } of this.#spare) this.#bytes -= bytes.length;
    this.#spare = [];
  }
}
