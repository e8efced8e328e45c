// Time and chance, in one place that tests can replace: nothing in networking asks the host for either directly.

/** What {@link Clock.later} gives, for {@link Clock.cancel}. */
export type Timer = ReturnType<typeof setTimeout> | number;

export interface Clock {
  /** Milliseconds that only go up. */
  now(): number;
  /** Milliseconds since 1970 that only go up: what two peers compare. */
  wall(): number;
  /** `holds`: whether a process with nothing else to do waits for it. */
  later(run: () => void, ms: number, holds?: boolean): Timer;
  cancel(timer: Timer | undefined): void;
  /** 0 to 1, for jitter. */
  random(): number;
  /** Unguessable bytes. */
  secret(bytes: number): Uint8Array<ArrayBuffer>;
}

const real: Clock = {
  now: () => performance.now(),
  wall: () => performance.timeOrigin + performance.now(),
  later(run, ms, holds = true) {
    const timer: Timer = setTimeout(run, ms);
    // Pages have numbers, and no process to end.
    if (!holds && typeof timer === 'object') timer.unref();
    return timer;
  },
  cancel: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  random: () => Math.random(),
  secret: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
};

/** The clock in use. A live binding: read it at each use. */
export let clock: Clock = real;

/** Replaces parts of the clock; without an argument the real one is back. */
export function use_clock(parts: Partial<Clock> = {}): void {
  clock = { ...real, ...parts };
}
