// Finds out whether a peer is alive, how far away it is, and what its clock says. Knows no sockets; time is passed in.

/** Weight of a new sample in the smoothed round trip, as in TCP (RFC 6298). */
const GAIN = 1 / 8;
/** The offset is taken from the fastest of this many round trips: queues only ever add to one. */
const WINDOW = 8;

interface Sample {
  round_trip_ms: number;
  offset_ms: number;
}

export class Heartbeat {
  /** Smoothed round trip in milliseconds; undefined before the first answer. */
  round_trip_ms: number | undefined;
  /** The peer's clock minus ours, in milliseconds. */
  clock_offset_ms: number | undefined;
  #heard_at: number;
  #probed_at = Number.NEGATIVE_INFINITY;
  readonly #samples: Sample[] = [];

  constructor(now_ms: number) {
    this.#heard_at = now_ms;
  }

  /** When something has come last. */
  get heard_ms(): number {
    return this.#heard_at;
  }

  /** Something has come from the peer. */
  heard(now_ms: number): void {
    this.#heard_at = now_ms;
  }

  /** This process itself was away for so long (asleep, or busy): the peer is not to blame for that. */
  forgive(ms: number): void {
    this.#heard_at += ms;
  }

  /** What is to be done now: send a probe, give the peer up, or nothing. An interval of 0 does nothing for ever. */
  poll(now_ms: number, interval_ms: number, timeout_ms: number): 'probe' | 'dead' | undefined {
    if (interval_ms === 0) return undefined;
    if (now_ms - this.#heard_at >= timeout_ms) return 'dead';
    if (now_ms - this.#probed_at < interval_ms) return undefined;
    this.#probed_at = now_ms;
    return 'probe';
  }

  /** A probe that left at `sent_ms` was answered; both clocks in the same unit, `peer_ms` when the peer answered. */
  answered(sent_ms: number, back_ms: number, peer_ms?: number): void {
    const round_trip_ms = back_ms - sent_ms;
    // A peer may send anything: only what can be true is taken.
    if (!(round_trip_ms >= 0 && round_trip_ms < 600_000)) return;
    const before = this.round_trip_ms;
    this.round_trip_ms =
      before === undefined ? round_trip_ms : before + (round_trip_ms - before) * GAIN;
    if (peer_ms === undefined || !Number.isFinite(peer_ms)) return;
    this.#samples.push({ round_trip_ms, offset_ms: peer_ms - (sent_ms + back_ms) / 2 });
    if (this.#samples.length > WINDOW) this.#samples.shift();
    let best = this.#samples[0];
    for (const sample of this.#samples) {
      if (sample.round_trip_ms <= best.round_trip_ms) best = sample;
    }
    this.clock_offset_ms = best.offset_ms;
  }
}
