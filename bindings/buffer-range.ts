// Byte ranges of buffers as GameMaker takes them: cut to fit, never refused. For digests, base64 and compression.
import { copy_from_wrap } from './buffer-room.js';
import type { Buf } from './buffer-table.js';
import { integer } from './check.js';
import { buffer_wrap } from './constants.js';
import { allocate, release } from './wasm/memory.js';

/** What {@link clamp_range} found: offset of the first byte. Read it at once. */
export let range_offset = 0;
/** And how many bytes. In a wrap buffer they may go on at byte 0: {@link range_laps} tells. */
export let range_size = 0;

/**
 * Cuts a range to its buffer. A size below 0 is that of the buffer. An offset below 0 is 0, one past the end is the last byte
 * (as in GameMaker); a wrap buffer takes it modulo its size. The size is cut at the end; in a wrap buffer to one lap.
 *
 * @throws TypeError not numbers; RangeError fractional ones
 */
export function clamp_range(b: Buf, offset: number, size: number, call = 'range'): void {
  // Small integers, nearly always: one compare each.
  const from = (offset | 0) === offset ? offset : integer(offset, `${call}: offset`);
  const wanted = (size | 0) === size ? size : integer(size, `${call}: size`);
  const total = b.end - b.ptr;
  if (from >= 0 && wanted >= 0 && from + wanted <= total && from < total) {
    range_offset = from;
    range_size = wanted;
  } else {
    clamp_rare(b, from, wanted);
  }
}

function clamp_rare(b: Buf, offset: number, size: number): void {
  const total = b.end - b.ptr;
  const wanted = size < 0 ? total : Math.min(size, total);
  range_offset = 0;
  range_size = wanted;
  if (total === 0) return;
  if (b.kind === buffer_wrap) {
    range_offset = ((offset % total) + total) % total;
  } else {
    range_offset = Math.min(Math.max(offset, 0), total - 1);
    range_size = Math.min(wanted, total - range_offset);
  }
}

/** Whether the range just clamped goes on at byte 0 of its (wrap) buffer. */
export function range_laps(b: Buf): boolean {
  return b.ptr + range_offset + range_size > b.end;
}

/** Runs `use` on a copy in one piece of the range just clamped, which laps around the end of its buffer. */
export function gathered<T>(b: Buf, use: (address: number, size: number) => T): T {
  const offset = range_offset;
  const size = range_size;
  const block = allocate(size, 16);
  try {
    copy_from_wrap(b, offset, block, size);
    return use(block, size);
  } finally {
    release(block);
  }
}
