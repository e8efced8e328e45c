// The bytes that a call compresses or decompresses, in one piece.
import { copy_from_wrap } from './buffer-room.js';
import { type Buf, lookup } from './buffer-table.js';
import { integer } from './check.js';
import { buffer_wrap } from './constants.js';
import { allocate, release } from './wasm/memory.js';

// Offset and size of the range at hand.
let from = 0;
let bytes = 0;

// Rules of GameMaker: a size below 0 is that of the buffer, an offset below 0 is 0, one past the end the last byte.
function clamp(b: Buf, offset: number, size: number, call: string): void {
  const total = b.end - b.ptr;
  if (
    (offset | 0) === offset &&
    (size | 0) === size &&
    offset >= 0 &&
    size >= 0 &&
    offset + size <= total &&
    offset < total
  ) {
    from = offset;
    bytes = size;
    return;
  }
  const at = integer(offset, `${call}: offset`);
  const asked = integer(size, `${call}: size`);
  bytes = asked < 0 ? total : Math.min(asked, total);
  from = 0;
  if (total === 0) return;
  if (b.kind === buffer_wrap) {
    from = ((at % total) + total) % total;
  } else {
    from = Math.min(Math.max(at, 0), total - 1);
    bytes = Math.min(bytes, total - from);
  }
}

/**
 * Runs `use` with the bytes of a range: in place, or gathered when a wrap buffer goes on at byte 0. `a` and `b` are handed
 * through, so that callers need no closure.
 */
export function with_range<A, B>(
  buffer: number,
  offset: number,
  size: number,
  call: string,
  use: (address: number, size: number, first: A, second: B) => number,
  first: A,
  second: B,
): number {
  const b = lookup(buffer);
  clamp(b, offset, size, call);
  const n = bytes;
  if (b.ptr + from + n <= b.end) return use(b.ptr + from, n, first, second);
  const start = from;
  const block = allocate(n, 16);
  try {
    copy_from_wrap(b, start, block, n);
    return use(block, n, first, second);
  } finally {
    release(block);
  }
}
