// The only holder of views over linear memory, and the only caller of the allocator: memory grows here and nowhere else.
import type { Exports } from './exports.js';
import { wasm } from './load.js';

// Live bindings: read them at each use, never keep them across a call that may allocate.
export let kernel: Exports;
/** Over all of linear memory. A DataView, because writing to a detached one throws; a typed array would drop the byte. */
export let dv: DataView<ArrayBuffer>;
/** Over all of linear memory, for bulk copies. */
export let u8: Uint8Array<ArrayBuffer>;

/** `EPOCH[0]` goes up each time the views are renewed. A typed array, so that generated code can hold on to it. */
export const EPOCH = /* @__PURE__ */ new Int32Array(1);
const renewals = /* @__PURE__ */ new Set<() => void>();

function refresh(): void {
  const buffer = kernel.memory.buffer as ArrayBuffer;
  dv = new DataView(buffer);
  u8 = new Uint8Array(buffer);
  EPOCH[0]++;
  for (const renew of renewals) renew();
}

/** Runs `renew` each time the views are renewed, until {@link forget_views}: for typed arrays that outlive a call. */
export function follow_views(renew: () => void): void {
  renewals.add(renew);
}

export function forget_views(renew: () => void): void {
  renewals.delete(renew);
}

/** Starts the instance and its views. Cheap when it runs. */
export function ensure(): void {
  if (kernel === undefined) {
    kernel = wasm();
    refresh();
  }
}

/** Re-makes the views if memory has grown since (their length is then 0). */
export function renew_views(): void {
  if (u8.length === 0) refresh();
}

/** Slack that the allocator leaves behind every block, in bytes: kernels may read and write that far past the end. */
export const SLACK_BYTES = 64;

/** Largest block, in bytes: linear memory ends one page short of 2 GiB so that addresses stay positive. */
export const MAX_BLOCK_BYTES = 32767 * 65536 - 131072;

function exhausted(size: number): RangeError {
  const used = kernel === undefined ? 0 : kernel.heap_live_bytes() >>> 0;
  return new RangeError(
    `out of memory: ${size} bytes asked, ${used} bytes in use, at most 2 GiB in all; delete buffers that you no longer need`,
  );
}

/** A block of `size` bytes, not cleared. @throws RangeError when linear memory is exhausted; nothing has changed then */
export function allocate(size: number, align: number): number {
  ensure();
  const address = size > MAX_BLOCK_BYTES ? 0 : kernel.heap_alloc(size, align);
  if (u8.length === 0) refresh();
  if (address === 0) throw exhausted(size);
  return address;
}

/** The block, moved if needed, with room for `size` bytes; `keep` bytes survive, the rest is not cleared. @throws RangeError */
export function reallocate(address: number, keep: number, size: number, align: number): number {
  const moved = size > MAX_BLOCK_BYTES ? 0 : kernel.heap_resize(address, keep, size, align);
  if (u8.length === 0) refresh();
  if (moved === 0) throw exhausted(size);
  return moved;
}

export function release(address: number): void {
  kernel.heap_free(address);
}
