// What a process of the soak holds: JavaScript's heap, buffers outside of it, and linear memory.
import * as bw from 'bytewire';

const MAX_LOOKS = 20;
const LOOK_MS = 50;

/**
 * Bytes that stay. One collection is not enough: buffers and handles are let go of by tasks behind it, so it is repeated until
 * another one frees less than a hundredth. `once` is what a single collection would have left.
 */
export async function memory() {
  let least = Number.POSITIVE_INFINITY;
  let once;
  let seen;
  for (let i = 0; i < MAX_LOOKS; i++) {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    const bytes = heapUsed + external;
    once ??= bytes;
    if (bytes >= least * 0.99) break;
    least = bytes;
    seen = { heap: heapUsed, external };
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  const probe = bw.buffer_create(1, bw.buffer_fixed, 1);
  const linear = bw.buffer_view(probe, 0, 1).buffer.byteLength;
  bw.buffer_delete(probe);
  return { ...seen, linear, once };
}
