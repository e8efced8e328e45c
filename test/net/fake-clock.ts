// Clocks for the library: one that stands still until the test moves it, and one that is slow. The sockets below are real.
import { type Clock, use_clock } from '../../bindings/clock.js';
import { afterwards } from './harness.js';

interface Waiting {
  at_ms: number;
  run: () => void;
}

/**
 * The library's time passes ten times as slowly as ours: its limits, which are for networks, are not reached because a machine is busy
 * with many at once.
 */
export function slow_clock(): void {
  use_clock({
    now: () => performance.now() / 10,
    later: (run, ms) => setTimeout(run, ms * 10),
  });
  afterwards(() => use_clock());
}

export class FakeClock {
  now_ms = 1000;
  #waiting: Waiting[] = [];

  constructor() {
    const clock: Partial<Clock> = {
      now: () => this.now_ms,
      wall: () => this.now_ms + 1_700_000_000_000,
      later: (run, ms) => {
        const item = { at_ms: this.now_ms + ms, run };
        this.#waiting.push(item);
        return item as never;
      },
      cancel: (timer) => {
        this.#waiting = this.#waiting.filter((item) => item !== (timer as never));
      },
    };
    use_clock(clock);
    afterwards(() => use_clock());
  }

  /** Lets time pass, and everything happen that is due meanwhile. */
  advance(ms: number): void {
    const end_ms = this.now_ms + ms;
    for (;;) {
      let next: Waiting | undefined;
      for (const item of this.#waiting)
        if (next === undefined || item.at_ms < next.at_ms) next = item;
      if (next === undefined || next.at_ms > end_ms) break;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.now_ms = Math.max(this.now_ms, next.at_ms);
      next.run();
    }
    this.now_ms = end_ms;
  }
}
