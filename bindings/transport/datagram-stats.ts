// What a link that loses and reorders did to what went over it: counters, loss, jitter. Time is passed in.

/** Why datagrams and packets were not delivered. */
export interface DatagramDrops {
  /** Datagrams that had come before. */
  duplicate: number;
  /** Packets sent as "latest only" behind which a newer one had been delivered. */
  stale: number;
  /** Datagrams of packets so far behind the newest that nobody knows whether they came before. */
  late: number;
  /** Datagrams that no bytewire peer sends. */
  malformed: number;
  /** Packets in parts above the limit. */
  too_large: number;
  /** Packets in parts of which some never came. */
  incomplete: number;
  /** Packets in parts that made room for newer ones. */
  no_room: number;
}

/** What came over one direction of a link. */
export interface DatagramStats {
  /** Packets delivered, and their bytes. */
  delivered: number;
  delivered_bytes: number;
  /** Packets that the peer has sent, as far as their numbers tell. */
  expected: number;
  /** Of those, packets of which nothing, or not all, has come so far. */
  lost: number;
  /** Share of packets lost lately, 0 to 1, smoothed over some seconds. */
  loss: number;
  /** How unevenly datagrams come, in milliseconds, smoothed as in RFC 3550. */
  jitter_ms: number;
  readonly drops: DatagramDrops;
}

export function no_drops(): DatagramDrops {
  return {
    duplicate: 0,
    stale: 0,
    late: 0,
    malformed: 0,
    too_large: 0,
    incomplete: 0,
    no_room: 0,
  };
}

/** Weight of a new sample of jitter (RFC 3550 6.4.1). */
const JITTER_GAIN = 1 / 16;
/** Times in datagrams repeat after 65.5 s: gaps longer than about half of it tell nothing. */
const JITTER_GAP_MS = 30_000;

/** RFC 3550 6.4.1: how much further apart, or closer together, datagrams come than they left. */
export class JitterMeter {
  jitter_ms = 0;
  #heard_ms = Number.NEGATIVE_INFINITY;
  #left = 0;

  /** A datagram that left at `left`, a time modulo 2^16 ms, has come. */
  heard(left: number, now_ms: number): void {
    const apart_ms = now_ms - this.#heard_ms;
    if (apart_ms < JITTER_GAP_MS) {
      const left_apart_ms = ((left - this.#left) << 16) >> 16;
      this.jitter_ms += (Math.abs(apart_ms - left_apart_ms) - this.jitter_ms) * JITTER_GAIN;
    }
    this.#heard_ms = now_ms;
    this.#left = left;
  }
}

/** The loss is worked out anew that often, and smoothed. */
const LOSS_INTERVAL_MS = 1000;
const LOSS_GAIN = 1 / 4;

/** RFC 3550 A.3: the share of packets lost lately, from counters of all that were expected and lost. */
export class LossMeter {
  /** 0 to 1; 0 before the first interval is over. */
  loss = 0;
  #since_ms: number | undefined;
  #measured = false;
  #expected = 0;
  #lost = 0;

  /** Counters as they are now, modulo 2^32. */
  update(expected: number, lost: number, now_ms: number): void {
    this.#since_ms ??= now_ms;
    if (now_ms - this.#since_ms < LOSS_INTERVAL_MS) return;
    const packets = (expected - this.#expected) >>> 0;
    if (packets > 0) {
      // Fewer than before: packets that were overtaken have come since.
      const share = Math.min(1, Math.max(0, (lost - this.#lost) | 0) / packets);
      this.loss = this.#measured ? this.loss + (share - this.loss) * LOSS_GAIN : share;
      this.#measured = true;
    }
    this.#since_ms = now_ms;
    this.#expected = expected;
    this.#lost = lost;
  }
}
