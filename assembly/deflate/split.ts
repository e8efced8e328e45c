// Where a block should end: when the mix of its newest symbols has departed from the mix so far (the observation idea of
// libdeflate). Worth 0.3 % of size on average.
import { clear } from './symbols';

// Ten classes: literals by two high bits and the low one, matches shorter and longer than 9. Old and new observations.
const CLASSES: usize = 10;
const OLD: usize = memory.data(12 * 4, 16);
const NEW: usize = memory.data(12 * 4, 16);

/** Observations before the next look. */
export const LOOK_EVERY: u32 = 512;
/** Bytes that a block takes at least. */
export const MIN_BLOCK: usize = 5000;

export class Observe {
  @inline static literal(byte: usize): void {
    const p = NEW + ((((byte >> 5) & 6) + (byte & 1)) << 2);
    store<u32>(p, load<u32>(p) + 1);
  }
  @inline static match(length: usize): void {
    const p = NEW + ((length >= 9 ? 9 : 8) << 2);
    store<u32>(p, load<u32>(p) + 1);
  }
}

/** Forgets everything: a block starts. */
export function clear_observations(): void {
  clear(OLD, 48);
  clear(NEW, 48);
}

/** Whether the last `fresh` observations differ from the `old` ones before them, in a block of `bytes` bytes; joins them. */
export function should_split(old: u32, fresh: u32, bytes: usize): bool {
  let split = false;
  if (old) {
    let delta: u32 = 0;
    for (let i: usize = 0; i < CLASSES; i++) {
      const a = load<u32>(NEW + (i << 2)) * old;
      const b = load<u32>(OLD + (i << 2)) * fresh;
      delta += a > b ? a - b : b - a;
    }
    // The longer the block, the smaller a change is worth a new header.
    split = delta + <u32>(bytes >> 12) * old >= ((fresh * 200) / 512) * old;
  }
  for (let i: usize = 0; i < CLASSES; i++) {
    store<u32>(OLD + (i << 2), load<u32>(OLD + (i << 2)) + load<u32>(NEW + (i << 2)));
    store<u32>(NEW + (i << 2), 0);
  }
  return split;
}
