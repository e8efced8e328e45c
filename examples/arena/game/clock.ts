// A beat that does not drift: every tick has its own due time, counted from the start.

/** The time and the timers, passed in so that tests are exact. */
export interface ClockHost {
  now_ms(): number;
  /** Calls back once after `ms`; the returned function takes that back. */
  after(ms: number, callback: () => void): () => void;
}

export const system_clock: ClockHost = {
  now_ms: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Ticks made up for after a hold-up; what is missing beyond that is skipped, not raced after. */
const MOST_BEHIND = 15;

export class Clock {
  ticks = 0;
  /** Ticks that began more than half a step behind their time. */
  late_ticks = 0;
  /** Ticks given up after a long hold-up (a laptop that slept). */
  skipped_ticks = 0;

  private readonly start_ms: number;
  private cancel: () => void = () => {};

  constructor(
    private readonly step_ms: number,
    private readonly on_tick: () => void,
    private readonly host: ClockHost = system_clock,
  ) {
    this.start_ms = host.now_ms();
    this.wait();
  }

  /** Also from within a tick. */
  stop(): void {
    this.cancel();
  }

  /** How far behind its time the next tick is; negative while it is not due. */
  private behind_ms(): number {
    const due_ms = this.start_ms + (this.ticks + this.skipped_ticks + 1) * this.step_ms;
    return this.host.now_ms() - due_ms;
  }

  private wait(): void {
    this.cancel = this.host.after(Math.max(0, -this.behind_ms()), () => this.run());
  }

  private run(): void {
    const behind_ms = this.behind_ms();
    // Timers may fire a shade early; the rest is waited for.
    if (behind_ms >= 0) {
      const missing = Math.floor(behind_ms / this.step_ms);
      if (missing > MOST_BEHIND) this.skipped_ticks += missing;
      if (behind_ms > this.step_ms / 2) this.late_ticks++;
      this.ticks++;
    }
    // One tick per turn of the event loop: packets get through between the ones that are made up for.
    this.wait();
    if (behind_ms >= 0) this.on_tick();
  }
}
