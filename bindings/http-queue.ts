// How many requests run at once to each host, and in a page to all of them; the others wait in the order they came.
import { host } from '#host';
import { integer_in } from './check.js';

/** So many as the mission asks to be in flight, and a little more. */
let limit = 1024;

interface Lane {
  running: number;
  /** In order; a Set, so that one that is aborted can leave from the middle. */
  waiting: Set<() => void>;
}

/** In the order in which they have their turn when the host lets no more run. */
const lanes = new Map<string, Lane>();
/** In all lanes together. */
let running = 0;

const full = () => running >= host.http.max_running;
const has_room = (lane: Lane) => lane.running < limit && !full();

function start_more(key: string, lane: Lane): void {
  // Before the first look: to find the first of many, of which some have left, takes time.
  if (has_room(lane)) {
    for (const start of lane.waiting) {
      lane.waiting.delete(start);
      lane.running++;
      running++;
      start();
      if (!has_room(lane)) break;
    }
  }
  if (lane.running === 0 && lane.waiting.size === 0) lanes.delete(key);
}

/** One that ran in a lane runs no more. */
function stop_one(key: string, lane: Lane): void {
  const others_wait = full();
  lane.running--;
  running--;
  if (others_wait) {
    // It goes to the end, so that one with many requests does not keep the others from theirs.
    lanes.delete(key);
    lanes.set(key, lane);
    for (const [other, waiting] of lanes) {
      if (full()) break;
      if (waiting !== lane) start_more(other, waiting);
    }
  }
  start_more(key, lane);
}

/** A place in the lane of a host. */
export interface Place {
  /** Gives it back, or stops waiting for it. Once. */
  leave(): void;
}

/** Calls `start` when there is room in the lane, perhaps at once. */
export function enter(key: string, start: () => void): Place {
  let lane = lanes.get(key);
  if (lane === undefined) {
    lane = { running: 0, waiting: new Set() };
    lanes.set(key, lane);
  }
  const own = lane;
  let waits = true;
  let left = false;
  const begin = () => {
    waits = false;
    start();
  };
  own.waiting.add(begin);
  start_more(key, own);
  return {
    leave() {
      if (left) return;
      left = true;
      if (!waits) return stop_one(key, own);
      own.waiting.delete(begin);
      start_more(key, own);
    },
  };
}

/** How many requests may run at once to one host (scheme, name and port). Default 1024. */
export function http_get_max_per_host(): number {
  return limit;
}

/**
 * Sets how many requests may run at once to one host; further ones wait in order. Browsers have limits of their own below
 * this (often 6 connections for HTTP/1.1). In a page at most 1024 run at once to all hosts together.
 *
 * @param count 1 to 65,536
 * @throws TypeError not a number; RangeError out of range
 */
export function http_set_max_per_host(count: number): void {
  limit = integer_in(count, 1, 65_536, 'http_set_max_per_host: count');
  for (const [key, lane] of [...lanes]) start_more(key, lane);
}
