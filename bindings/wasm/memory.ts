// The only holder of views over linear memory, and the only caller of the allocator: memory grows here and nowhere else.
import type { Exports } from './exports.js';
import { wasm } from './load.js';

// Live bindings: read them at each use, never keep them across a call that may allocate.
export let kernel: Exports;
/**
 * Over all of linear memory. A DataView, because writing to a detached one throws; a typed array would drop the byte. Empty
 * before the wasm starts: a packet's view that was never placed throws the same error then.
 */
export let dv: DataView<ArrayBuffer> = /* @__PURE__ */ new DataView(
  /* @__PURE__ */ new ArrayBuffer(0),
);
/**
 * `dv` in an object that is always the same one, as a property that is not there before the wasm starts. The engine takes what a
 * property got first for constant until something else is put there: as long as memory has not grown, address and length of the
 * view stand in the code of a typed call (measured: 10 to 15 % of it).
 */
export const VIEWS = {} as { dv: DataView<ArrayBuffer> };
/** Over all of linear memory, for bulk copies. */
export let u8: Uint8Array<ArrayBuffer>;

/** Node's own string calls on its Buffer: without a view for each call they beat TextEncoder and TextDecoder (measured). */
export interface NodeBytes {
  utf8Write(text: string, offset: number, length: number): number;
  utf8Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
  latin1Slice(start: number, end: number): string;
  ucs2Write(text: string, offset: number, length: number): number;
}
const METHODS = ['utf8Write', 'utf8Slice', 'latin1Write', 'latin1Slice', 'ucs2Write'] as const;
/** A Buffer over all of linear memory, in Node and where its calls are there. */
export let node_bytes: NodeBytes | undefined;

/** Node 20: each call costs 40 ns, and wide texts are encoded one character after the other. */
export const SLOW_UTF8 = 0;
/** Node 22 and 24: a call with a text of one-byte characters costs 15 ns. */
export const QUICK_UTF8 = 1;
/** From V8 14 on: wide texts are encoded by vectors. */
export const WIDE_UTF8 = 2;
/** How good {@link node_bytes} is at writing UTF-8 (measured). */
export let native_utf8: number = WIDE_UTF8;

/** `Buffer.byteLength`, where {@link node_bytes} is there. */
export let node_byte_length: (text: string) => number;

interface NodeBuffer {
  from(buffer: ArrayBuffer): Partial<NodeBytes>;
  byteLength(text: string): number;
}

function node_view(buffer: ArrayBuffer): NodeBytes | undefined {
  // A page may have a Buffer of some polyfill: only Node's is native.
  const { Buffer, process } = globalThis as {
    Buffer?: NodeBuffer;
    process?: { versions?: { node?: string; v8?: string } };
  };
  if (Buffer === undefined || process?.versions?.node === undefined) return undefined;
  const bytes = Buffer.from(buffer);
  if (METHODS.some((name) => typeof bytes[name] !== 'function')) return undefined;
  node_byte_length = Buffer.byteLength;
  const v8 = Number.parseInt(process.versions.v8 ?? '99', 10);
  native_utf8 = v8 < 12 ? SLOW_UTF8 : v8 < 14 ? QUICK_UTF8 : WIDE_UTF8;
  return bytes as NodeBytes;
}
/** `EPOCH[0]` goes up each time the views are renewed. A typed array, so that generated code can hold on to it. */
export const EPOCH = /* @__PURE__ */ new Int32Array(1);
const renewals = /* @__PURE__ */ new Set<() => void>();

function refresh(): void {
  const buffer = kernel.memory.buffer as ArrayBuffer;
  dv = new DataView(buffer);
  VIEWS.dv = dv;
  u8 = new Uint8Array(buffer);
  node_bytes = node_view(buffer);
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

/** Largest block, in bytes: 2 GiB less the kernels' own 2 MiB. (Memory ends a page short of 2 GiB, so that addresses stay positive.) */
export const MAX_BLOCK_BYTES = 2 ** 31 - 2 ** 21;

/** The error of an allocation that cannot be had. */
export function exhausted(size: number): RangeError {
  const used = kernel === undefined ? 0 : kernel.heap_live_bytes() >>> 0;
  return new RangeError(
    `out of memory: ${size} bytes asked, ${used} bytes in use, at most 2 GiB in all; delete buffers that you no longer need`,
  );
}

/** Blocks asked for since the start. */
export let allocations = 0;

let reclaim: (() => boolean) | undefined;

/** `give_back` is called when memory is exhausted: it frees what is kept for later, and says whether there was anything. */
export function set_reclaim(give_back: () => boolean): void {
  reclaim = give_back;
}

/** A block of `size` bytes, not cleared. @throws RangeError when linear memory is exhausted; nothing has changed then */
export function allocate(size: number, align: number): number {
  ensure();
  allocations++;
  if (size > MAX_BLOCK_BYTES) throw exhausted(size);
  const address =
    kernel.heap_alloc(size, align) || (reclaim?.() ? kernel.heap_alloc(size, align) : 0);
  if (u8.length === 0) refresh();
  if (address === 0) throw exhausted(size);
  return address;
}

/** A block of `size` zero bytes. @throws RangeError when linear memory is exhausted; nothing has changed then */
export function allocate_zeroed(size: number, align: number): number {
  ensure();
  if (size > MAX_BLOCK_BYTES) throw exhausted(size);
  const address =
    kernel.heap_alloc_zeroed(size, align) ||
    (reclaim?.() ? kernel.heap_alloc_zeroed(size, align) : 0);
  if (u8.length === 0) refresh();
  if (address === 0) throw exhausted(size);
  return address;
}

/** The block, moved if needed, with room for `size` bytes; `keep` bytes survive, the rest is not cleared. @throws RangeError */
export function reallocate(address: number, keep: number, size: number, align: number): number {
  if (size > MAX_BLOCK_BYTES) throw exhausted(size);
  const moved =
    kernel.heap_resize(address, keep, size, align) ||
    (reclaim?.() ? kernel.heap_resize(address, keep, size, align) : 0);
  if (u8.length === 0) refresh();
  if (moved === 0) throw exhausted(size);
  return moved;
}

export function release(address: number): void {
  kernel.heap_free(address);
}
