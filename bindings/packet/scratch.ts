// A place outside every buffer where packets are put together that cannot be in place.
import { allocate, release } from '../wasm/memory.js';

/** A block that is kept for the next packet unless it is large. */
let scratch = 0;
let scratch_size = 0;
const KEEP_BYTES = 1 << 16;

/** Runs `use` with the address of `n` free bytes outside every buffer. Memory may have grown since the call. */
export function with_scratch<T>(n: number, use: (address: number) => T): T {
  if (n > scratch_size || scratch === 0) {
    if (n > KEEP_BYTES) {
      const block = allocate(n, 16);
      try {
        return use(block);
      } finally {
        release(block);
      }
    }
    if (scratch !== 0) release(scratch);
    scratch = 0;
    scratch_size = Math.max(n, 1024);
    scratch = allocate(scratch_size, 16);
  }
  // Another packet may be written while this one is (a getter of the value): it must find another block.
  const block = scratch;
  scratch = 0;
  try {
    return use(block);
  } finally {
    if (scratch === 0) scratch = block;
    else release(block);
  }
}
