// The server's beat: on time over hours, even when timers are late, and honest about being late.
import { describe, expect, it } from 'vitest';
import { Clock, type ClockHost } from '../../examples/arena/game/clock.js';

/** Time that only moves when told, with timers that fire `late_ms` too late. */
class FakeHost implements ClockHost {
  time_ms = 0;
  private due: { at_ms: number; callback: () => void } | undefined;

  constructor(private readonly late_ms: () => number) {}

  now_ms(): number {
    return this.time_ms;
  }

  after(ms: number, callback: () => void): () => void {
    const mine = { at_ms: this.time_ms + ms, callback };
    this.due = mine;
    return () => {
      if (this.due === mine) this.due = undefined;
    };
  }

  run_until(end_ms: number): void {
    while (this.due && this.due.at_ms <= end_ms) {
      const { at_ms, callback } = this.due;
      this.due = undefined;
      this.time_ms = Math.max(this.time_ms, at_ms + this.late_ms());
      callback();
    }
    this.time_ms = Math.max(this.time_ms, end_ms);
  }
}

describe('the clock', () => {
  it('does not drift in an hour of timers that are always late', () => {
    const host = new FakeHost(() => 1.7);
    const clock = new Clock(1000 / 30, () => {}, host);
    host.run_until(3_600_000);
    expect(clock.ticks).toBeGreaterThanOrEqual(3600 * 30 - 1);
    expect(clock.ticks).toBeLessThanOrEqual(3600 * 30);
    expect(clock.late_ticks).toBe(0);
  });

  it('makes up for a short hold-up and counts it', () => {
    const host = new FakeHost(() => 0);
    const clock = new Clock(100, () => {}, host);
    host.run_until(1000);
    host.time_ms += 500;
    host.run_until(2000);
    expect(clock.ticks).toBe(20);
    expect(clock.late_ticks).toBeGreaterThan(0);
    expect(clock.skipped_ticks).toBe(0);
  });

  it('skips what a long sleep took instead of racing after it', () => {
    const host = new FakeHost(() => 0);
    const clock = new Clock(100, () => {}, host);
    host.run_until(1000);
    host.time_ms += 3_600_000;
    host.run_until(host.time_ms + 1000);
    expect(clock.ticks).toBeLessThanOrEqual(22);
    expect(clock.ticks + clock.skipped_ticks).toBe(36_020);
  });

  it('can be stopped from within a tick', () => {
    const host = new FakeHost(() => 0);
    const clock: Clock = new Clock(
      100,
      () => {
        if (clock.ticks === 3) clock.stop();
      },
      host,
    );
    host.run_until(10_000);
    expect(clock.ticks).toBe(3);
  });
});
