// Where a block should end: when the mix of its newest symbols has departed from the mix so far (the observation idea of
// libdeflate). Worth 0.3 % of size on average. The mix is read off the frequencies, so that symbols pay nothing for it.
import { clear, LITLEN_FREQ } from './symbols';

// Ten classes: literals by two high bits and the low one, matches shorter than 9 and others. Counts now, and at the last
// comparison.
const CLASSES: usize = 10;
const NOW: usize = memory.data(12 * 4, 16);
const BEFORE: usize = memory.data(12 * 4, 16);
/** Length symbols (less 257) below this stand for lengths below 9. */
const SHORT_LENGTHS: usize = 6;

/** Symbols that a comparison needs. */
const ENOUGH: u32 = 512;
/** Bytes that a block takes at least. */
const MIN_BLOCK: usize = 5000;

// Symbols now, and at the last comparison.
let now: u32 = 0;
let before: u32 = 0;

/** Forgets everything: a block starts. */
export function clear_observations(): void {
  clear(BEFORE, 48);
  now = 0;
  before = 0;
}

/** Where to ask should_split next, being at `p` in the block from `begin`; `end` when never again. */
export function when_to_look(begin: usize, p: usize, end: usize): usize {
  const first = begin + MIN_BLOCK;
  const at = max(first, p + <usize>(ENOUGH - (now - before)));
  return at + MIN_BLOCK > end ? end : at;
}

function sum(from: usize, to: usize, step: usize): u32 {
  let n: u32 = 0;
  for (let p = from; p < to; p += step) n += load<u32>(p);
  return n;
}

function count_classes(): void {
  for (let high: usize = 0; high < 4; high++) {
    const from = LITLEN_FREQ + (high << 8);
    const to = NOW + (high << 3);
    if (ASC_FEATURE_SIMD) {
      let v = v128.load(from);
      for (let i: usize = 16; i < 256; i += 16) v = i32x4.add(v, v128.load(from + i));
      store<u32>(to, i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 2));
      store<u32>(to, i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 3), 4);
    } else {
      store<u32>(to, sum(from, from + 256, 8));
      store<u32>(to, sum(from + 4, from + 256, 8), 4);
    }
  }
  const lengths = LITLEN_FREQ + 257 * 4;
  const long = lengths + SHORT_LENGTHS * 4;
  store<u32>(NOW, sum(lengths, long, 4), 32);
  store<u32>(NOW, sum(long, lengths + 29 * 4, 4), 36);
  now = sum(NOW, NOW + CLASSES * 4, 4);
}

/** Whether the symbols since the last comparison differ enough from those before, in a block of `bytes` bytes so far. */
export function should_split(bytes: usize): bool {
  count_classes();
  const fresh = now - before;
  if (fresh < ENOUGH) return false;
  const old = before;
  let delta: u32 = 0;
  for (let i: usize = 0; i < CLASSES; i++) {
    const then = load<u32>(BEFORE + (i << 2));
    const a = (load<u32>(NOW + (i << 2)) - then) * old;
    const b = then * fresh;
    delta += a > b ? a - b : b - a;
    store<u32>(BEFORE + (i << 2), load<u32>(NOW + (i << 2)));
  }
  before = now;
  // The longer the block, the smaller a change is worth a new header.
  return old != 0 && delta + <u32>(bytes >> 12) * old >= ((fresh * 200) / 512) * old;
}
