// A bad network on demand: seeded latency, jitter, loss, duplication, reordering and bandwidth. Time is passed in.

/** What kind of network to pretend. All 0 by default. */
export interface SimulatorOptions {
  /** Same seed, same fate of every message. Default 1. */
  seed?: number;
  /** Milliseconds that every message takes, one way. */
  latency_ms?: number;
  /** Up to so many milliseconds more, evenly spread. */
  jitter_ms?: number;
  /** 0 to 1: datagrams are lost; on ordered links a loss costs the time of a retransmission instead. */
  loss?: number;
  /** 0 to 1: datagrams that arrive twice. Ordered links do not duplicate. */
  duplicate?: number;
  /** 0 to 1: datagrams that take `reorder_ms` longer and so are overtaken. Ordered links keep order. */
  reorder?: number;
  /** Default 50. */
  reorder_ms?: number;
  /** Bytes per second; 0: no limit. */
  bandwidth?: number;
}

/** A retransmission takes a round trip and the shortest timer of TCP (RFC 6298's minimum as Linux has it). */
const RETRANSMIT_MIN_MS = 200;

interface Underway<M> {
  message: M;
  at_ms: number;
}

/** A small generator with 2^32 states (mulberry32): enough for a pretended network. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One direction of a link: messages go in at one time and come out at another, or twice, or never. */
export class Simulator<M> {
  lost = 0;
  duplicated = 0;
  readonly #options: Required<SimulatorOptions>;
  readonly #random: () => number;
  #underway: Underway<M>[] = [];
  /** The line is busy until then. */
  #free_at_ms = 0;
  /** Ordered links: nothing may arrive before this. */
  #last_at_ms = 0;

  constructor(
    options: SimulatorOptions,
    readonly ordered: boolean,
  ) {
    this.#options = {
      seed: 1,
      latency_ms: 0,
      jitter_ms: 0,
      loss: 0,
      duplicate: 0,
      reorder: 0,
      reorder_ms: 50,
      bandwidth: 0,
      ...options,
    };
    this.#random = seeded(this.#options.seed);
  }

  /** A message enters the network. */
  push(message: M, bytes: number, now_ms: number): void {
    const { bandwidth, latency_ms, jitter_ms, loss, duplicate, reorder, reorder_ms } =
      this.#options;
    // All chances are drawn for every message, so that one setting does not change the fate that another gives.
    const [jitter, lost, twice, late] = [
      this.#random(),
      this.#random(),
      this.#random(),
      this.#random(),
    ];
    let start_ms = now_ms;
    if (bandwidth > 0) {
      start_ms = Math.max(now_ms, this.#free_at_ms) + (bytes * 1000) / bandwidth;
      this.#free_at_ms = start_ms;
    }
    let at_ms = start_ms + latency_ms + jitter_ms * jitter;
    if (this.ordered) {
      if (lost < loss) {
        this.lost++;
        at_ms += Math.max(RETRANSMIT_MIN_MS, 2 * latency_ms) + latency_ms;
      }
      at_ms = this.#last_at_ms = Math.max(at_ms, this.#last_at_ms);
      this.#underway.push({ message, at_ms });
      return;
    }
    if (lost < loss) {
      this.lost++;
      return;
    }
    if (late < reorder) at_ms += reorder_ms;
    this.#insert({ message, at_ms });
    if (twice < duplicate) {
      this.duplicated++;
      this.#insert({ message, at_ms: at_ms + jitter_ms * jitter });
    }
  }

  /** Bytes that wait for the line to be free. */
  backlog_bytes(now_ms: number): number {
    const waiting_ms = Math.max(0, this.#free_at_ms - now_ms);
    return Math.ceil((waiting_ms * this.#options.bandwidth) / 1000);
  }

  /** Behind all that arrive earlier or at the same time. */
  #insert(item: Underway<M>): void {
    let at = this.#underway.length;
    while (at > 0 && this.#underway[at - 1].at_ms > item.at_ms) at--;
    this.#underway.splice(at, 0, item);
  }

  /** When the next message arrives; undefined: nothing is under way. */
  get next_at_ms(): number | undefined {
    return this.#underway[0]?.at_ms;
  }

  /** Messages under way. */
  get size(): number {
    return this.#underway.length;
  }

  /** What has arrived by now, in order of arrival. */
  arrived(now_ms: number): M[] {
    let n = 0;
    while (n < this.#underway.length && this.#underway[n].at_ms <= now_ms) n++;
    return this.#underway.splice(0, n).map(({ message }) => message);
  }
}
