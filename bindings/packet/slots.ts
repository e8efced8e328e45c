// Two places in linear memory that all packets share: one for bytes on their way out, one for bytes that have come in.
import { allocate } from '../wasm/memory.js';
import { SLOT_BYTES } from './program.js';

let known: { out: number; in: number } | undefined;

/** Their addresses. Made on first use, kept for good. */
export function slots(): { out: number; in: number } {
  known ??= { out: allocate(SLOT_BYTES, 16), in: allocate(SLOT_BYTES, 16) };
  return known;
}

/** Words of {@link SLOTS_BUSY}. */
export const OUT = 0;
export const IN = 1;
/**
 * Which slot is in use by code that a getter or a setter of somebody's may interrupt: not 0. Who comes from there puts packets
 * together elsewhere. A typed array, so that generated code can hold on to it.
 */
export const SLOTS_BUSY = /* @__PURE__ */ new Int32Array(2);
