// Time and chance as HTTP uses them, in one place, so that tests can put their own there.

export const clock = {
  /** Milliseconds since 1970. */
  now: (): number => Date.now(),
  /** 0 up to, not including, 1. */
  random: (): number => Math.random(),
  /** Calls `run` once after `ms`; gives what takes that back. */
  after(ms: number, run: () => void): () => void {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
