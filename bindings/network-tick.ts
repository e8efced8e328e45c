// One timer for everything that networking does by the clock: heartbeats, acknowledgements, sessions that run out.
import { clock, type Timer } from './clock.js';
import { host_task } from './events.js';

/** Milliseconds between beats. */
export const BEAT_MS = 250;
/** A beat that comes so much too late means that this process was away, not that the peers were. */
const AWAY_MS = 2000;

/** Called at every beat; `away_ms` is above 0 when the process was away for so long. */
export type Beat = (now_ms: number, away_ms: number) => void;

const beats = /* @__PURE__ */ new Map<object, Beat>();
let timer: Timer | undefined;
let last_ms = 0;

function tick(): void {
  const now_ms = clock.now();
  const late_ms = now_ms - last_ms - BEAT_MS;
  last_ms = now_ms;
  timer = clock.later(tick, BEAT_MS);
  const away_ms = late_ms > AWAY_MS ? late_ms : 0;
  host_task(() => {
    for (const [key, beat] of [...beats]) if (beats.has(key)) beat(now_ms, away_ms);
  });
}

export function start_beating(key: object, beat: Beat): void {
  beats.set(key, beat);
  if (timer !== undefined) return;
  last_ms = clock.now();
  timer = clock.later(tick, BEAT_MS);
}

/** With the last one the timer ends too, so that a process may exit. */
export function stop_beating(key: object): void {
  beats.delete(key);
  if (beats.size > 0) return;
  clock.cancel(timer);
  timer = undefined;
}
