// Two places in linear memory that all packets share: one for bytes on their way out, one for bytes that have come in.
import { allocate } from '../wasm/memory.js';
import { SLOT_BYTES } from './program.js';

let known: { out: number; in: number } | undefined;

/** Their addresses. Made on first use, kept for good. */
export function slots(): { out: number; in: number } {
  known ??= { out: allocate(SLOT_BYTES, 16), in: allocate(SLOT_BYTES, 16) };
  return known;
}
