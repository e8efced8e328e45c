// Columns to records and back, by a plan that bindings/packet/record-plan.ts makes of a layout: neighbours of equal size are
// zipped into wider columns first, so that a record takes few stores (measured: two to three times as fast as one for each field).
//
// A step of a plan has 32 bytes: +0 op, +4 bytes of an element (for a pair: of one of both), +8 address a, +12 bytes that a goes
// on by from record to record (0: it holds one batch), +16 address b, +20 the same for b, +24 address of the result, or offset
// in a record, +28 descriptor. Reading goes through the same steps backwards.
import {
  cell_of,
  DESC_BYTES,
  limit_of,
  load_cell,
  offset_of,
  store_cell,
  width_of,
} from './packet-columns';
import { cells_good, from_cells, to_cells } from './packet-convert';

const STEP_BYTES: usize = 32;
/** Records that go through the plan at a time: what is between its steps stays in the first cache. */
const BATCH: usize = 256;

/** Column a in cells, to the result. */
const CONVERT: i32 = 0;
/** Elements of a and b in turn, to the result. */
const ZIP: i32 = 1;
/** Elements of a, each to its record. */
const PUT: i32 = 2;
/** Four-byte elements of a, and of b behind them, each pair to its record. */
const PUT_PAIR: i32 = 3;
/** Codes in a, each to the bits of its record. */
const PUT_BITS: i32 = 4;

function zip(size: usize, a: usize, b: usize, to: usize, n: usize): void {
  if (ASC_FEATURE_SIMD) {
    const end = to + ((n * size) << 1);
    if (size == 1) {
      for (; to < end; to += 32, a += 16, b += 16) {
        const x = v128.load(a);
        const y = v128.load(b);
        const low = v128.shuffle<i8>(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        v128.store(to, low);
        v128.store(
          to,
          v128.shuffle<i8>(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
          16,
        );
      }
    } else {
      for (; to < end; to += 32, a += 16, b += 16) {
        const x = v128.load(a);
        const y = v128.load(b);
        v128.store(to, v128.shuffle<i16>(x, y, 0, 8, 1, 9, 2, 10, 3, 11));
        v128.store(to, v128.shuffle<i16>(x, y, 4, 12, 5, 13, 6, 14, 7, 15), 16);
      }
    }
    return;
  }
  for (let i: usize = 0; i < n; i++) {
    if (size == 1) {
      store<u16>(to + (i << 1), <u16>(<u32>load<u8>(a + i) | ((<u32>load<u8>(b + i)) << 8)));
    } else {
      const low = <u32>load<u16>(a + (i << 1));
      store<u32>(to + (i << 2), low | ((<u32>load<u16>(b + (i << 1))) << 16));
    }
  }
}

function unzip(size: usize, from: usize, a: usize, b: usize, n: usize): void {
  let i: usize = 0;
  if (size == 1) {
    if (ASC_FEATURE_SIMD) {
      for (; i + 16 <= n; i += 16) {
        const x = v128.load(from + (i << 1));
        const y = v128.load(from + (i << 1), 16);
        v128.store(
          a + i,
          v128.shuffle<i8>(x, y, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
        );
        v128.store(
          b + i,
          v128.shuffle<i8>(x, y, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31),
        );
      }
    }
    for (; i < n; i++) {
      store<u8>(a + i, load<u8>(from + (i << 1)));
      store<u8>(b + i, load<u8>(from + (i << 1), 1));
    }
    return;
  }
  if (ASC_FEATURE_SIMD) {
    for (; i + 8 <= n; i += 8) {
      const x = v128.load(from + (i << 2));
      const y = v128.load(from + (i << 2), 16);
      v128.store(a + (i << 1), v128.shuffle<i16>(x, y, 0, 2, 4, 6, 8, 10, 12, 14));
      v128.store(b + (i << 1), v128.shuffle<i16>(x, y, 1, 3, 5, 7, 9, 11, 13, 15));
    }
  }
  for (; i < n; i++) {
    store<u16>(a + (i << 1), load<u16>(from + (i << 2)));
    store<u16>(b + (i << 1), load<u16>(from + (i << 2), 2));
  }
}

// Four records at a time: the additions of each are then known before the one before is done.
function put(size: usize, a: usize, to: usize, stride: usize, n: usize): void {
  const two = stride << 1;
  const three = two + stride;
  const end = a + n * size;
  const whole = a + (n & ~3) * size;
  if (size == 1) {
    for (; a < whole; a += 4, to += two << 1) {
      store<u8>(to, load<u8>(a));
      store<u8>(to + stride, load<u8>(a, 1));
      store<u8>(to + two, load<u8>(a, 2));
      store<u8>(to + three, load<u8>(a, 3));
    }
    for (; a < end; a++, to += stride) store<u8>(to, load<u8>(a));
  } else if (size == 2) {
    for (; a < whole; a += 8, to += two << 1) {
      store<u16>(to, load<u16>(a));
      store<u16>(to + stride, load<u16>(a, 2));
      store<u16>(to + two, load<u16>(a, 4));
      store<u16>(to + three, load<u16>(a, 6));
    }
    for (; a < end; a += 2, to += stride) store<u16>(to, load<u16>(a));
  } else if (size == 4) {
    for (; a < whole; a += 16, to += two << 1) {
      store<u32>(to, load<u32>(a));
      store<u32>(to + stride, load<u32>(a, 4));
      store<u32>(to + two, load<u32>(a, 8));
      store<u32>(to + three, load<u32>(a, 12));
    }
    for (; a < end; a += 4, to += stride) store<u32>(to, load<u32>(a));
  } else {
    for (; a < whole; a += 32, to += two << 1) {
      store<u64>(to, load<u64>(a));
      store<u64>(to + stride, load<u64>(a, 8));
      store<u64>(to + two, load<u64>(a, 16));
      store<u64>(to + three, load<u64>(a, 24));
    }
    for (; a < end; a += 8, to += stride) store<u64>(to, load<u64>(a));
  }
}

function take(size: usize, a: usize, from: usize, stride: usize, n: usize): void {
  const two = stride << 1;
  const three = two + stride;
  const end = a + n * size;
  const whole = a + (n & ~3) * size;
  if (size == 1) {
    for (; a < whole; a += 4, from += two << 1) {
      store<u8>(a, load<u8>(from));
      store<u8>(a, load<u8>(from + stride), 1);
      store<u8>(a, load<u8>(from + two), 2);
      store<u8>(a, load<u8>(from + three), 3);
    }
    for (; a < end; a++, from += stride) store<u8>(a, load<u8>(from));
  } else if (size == 2) {
    for (; a < whole; a += 8, from += two << 1) {
      store<u16>(a, load<u16>(from));
      store<u16>(a, load<u16>(from + stride), 2);
      store<u16>(a, load<u16>(from + two), 4);
      store<u16>(a, load<u16>(from + three), 6);
    }
    for (; a < end; a += 2, from += stride) store<u16>(a, load<u16>(from));
  } else if (size == 4) {
    for (; a < whole; a += 16, from += two << 1) {
      store<u32>(a, load<u32>(from));
      store<u32>(a, load<u32>(from + stride), 4);
      store<u32>(a, load<u32>(from + two), 8);
      store<u32>(a, load<u32>(from + three), 12);
    }
    for (; a < end; a += 4, from += stride) store<u32>(a, load<u32>(from));
  } else {
    for (; a < whole; a += 32, from += two << 1) {
      store<u64>(a, load<u64>(from));
      store<u64>(a, load<u64>(from + stride), 8);
      store<u64>(a, load<u64>(from + two), 16);
      store<u64>(a, load<u64>(from + three), 24);
    }
    for (; a < end; a += 8, from += stride) store<u64>(a, load<u64>(from));
  }
}

function put_pair(a: usize, b: usize, to: usize, stride: usize, n: usize): void {
  let i: usize = 0;
  if (ASC_FEATURE_SIMD) {
    const two = stride << 1;
    const three = two + stride;
    for (; i + 4 <= n; i += 4, to += two << 1) {
      const x = v128.load(a + (i << 2));
      const y = v128.load(b + (i << 2));
      const low = v128.shuffle<i32>(x, y, 0, 4, 1, 5);
      const high = v128.shuffle<i32>(x, y, 2, 6, 3, 7);
      v128.store64_lane(to, low, 0);
      v128.store64_lane(to + stride, low, 1);
      v128.store64_lane(to + two, high, 0);
      v128.store64_lane(to + three, high, 1);
    }
  }
  for (; i < n; i++, to += stride) {
    store<u32>(to, load<u32>(a + (i << 2)));
    store<u32>(to, load<u32>(b + (i << 2)), 4);
  }
}

function take_pair(a: usize, b: usize, from: usize, stride: usize, n: usize): void {
  let i: usize = 0;
  if (ASC_FEATURE_SIMD) {
    const two = stride << 1;
    const three = two + stride;
    for (; i + 4 <= n; i += 4, from += two << 1) {
      const low = v128.load64_lane(from + stride, v128.load64_zero(from), 1);
      const high = v128.load64_lane(from + three, v128.load64_zero(from + two), 1);
      v128.store(a + (i << 2), v128.shuffle<i32>(low, high, 0, 2, 4, 6));
      v128.store(b + (i << 2), v128.shuffle<i32>(low, high, 1, 3, 5, 7));
    }
  }
  for (; i < n; i++, from += stride) {
    store<u32>(a + (i << 2), load<u32>(from));
    store<u32>(b + (i << 2), load<u32>(from, 4));
  }
}

// Puts codes into the bits of records, which are zero there. Wide loads and stores keep what is not theirs.
function put_bits(desc: usize, from: usize, to: usize, stride: usize, n: usize): void {
  const cell = <usize>cell_of(desc);
  const bit = offset_of(desc);
  const shift = bit & 7;
  const span = shift + width_of(desc);
  let d = to + <usize>(bit >> 3);
  for (let i: usize = 0; i < n; i++, d += stride) {
    const code = load_cell(from + i * cell, <i32>cell);
    if (span <= 8) store<u8>(d, <u8>(<u32>load<u8>(d) | (code << shift)));
    else if (span <= 16) store<u16>(d, <u16>(<u32>load<u16>(d) | (code << shift)));
    else store<u64>(d, load<u64>(d) | ((<u64>code) << (<u64>shift)));
  }
}

function take_bits(desc: usize, from: usize, stride: usize, to: usize, n: usize): void {
  const cell = <usize>cell_of(desc);
  const bit = offset_of(desc);
  const shift = <u64>(bit & 7);
  const mask = ((<u64>1) << (<u64>width_of(desc))) - 1;
  let s = from + <usize>(bit >> 3);
  for (let i: usize = 0; i < n; i++, s += stride) {
    store_cell(to + i * cell, <i32>cell, <u32>((load<u64>(s) >> shift) & mask));
  }
}

function address(step: usize, done: usize, at: usize): usize {
  return <usize>load<u32>(step + at) + done * <usize>load<u32>(step + at, 4);
}

/** Writes columns as records of `stride` bytes; where any field takes bits, the caller has cleared them. */
export function packet_records_write(
  plan: usize,
  steps: i32,
  n: usize,
  to: usize,
  stride: usize,
): void {
  const end = plan + <usize>steps * STEP_BYTES;
  for (let done: usize = 0; done < n; done += BATCH, to += BATCH * stride) {
    const m = min(BATCH, n - done);
    for (let step = plan; step < end; step += STEP_BYTES) {
      const op = load<i32>(step);
      const size = <usize>load<u32>(step, 4);
      const a = address(step, done, 8);
      const out = <usize>load<u32>(step, 24);
      if (op == PUT) put(size, a, to + out, stride, m);
      else if (op == PUT_PAIR) put_pair(a, address(step, done, 16), to + out, stride, m);
      else if (op == ZIP) zip(size, a, address(step, done, 16), out, m);
      else if (op == PUT_BITS) put_bits(<usize>load<u32>(step, 28), a, to, stride, m);
      else if (op == CONVERT) to_cells(<usize>load<u32>(step, 28), a, out, m);
    }
  }
}

/** Whether records hold no code above its limit. `scratch` holds n cells of 4 bytes. */
export function packet_records_check(
  desc: usize,
  fields: i32,
  n: usize,
  from: usize,
  stride: usize,
  scratch: usize,
): i32 {
  for (let f = 0; f < fields; f++, desc += DESC_BYTES) {
    // Only what takes bits has limits.
    if (width_of(desc) == 0 || limit_of(desc) == u32.MAX_VALUE) continue;
    take_bits(desc, from, stride, scratch, n);
    if (!cells_good(desc, scratch, n)) return 0;
  }
  return 1;
}

/** Reads records that have been checked. */
export function packet_records_read(
  plan: usize,
  steps: i32,
  n: usize,
  from: usize,
  stride: usize,
): void {
  const last = plan + <usize>(steps - 1) * STEP_BYTES;
  for (let done: usize = 0; done < n; done += BATCH, from += BATCH * stride) {
    const m = min(BATCH, n - done);
    for (let step = last; step >= plan; step -= STEP_BYTES) {
      const op = load<i32>(step);
      const size = <usize>load<u32>(step, 4);
      const a = address(step, done, 8);
      const out = <usize>load<u32>(step, 24);
      if (op == PUT) take(size, a, from + out, stride, m);
      else if (op == PUT_PAIR) take_pair(a, address(step, done, 16), from + out, stride, m);
      else if (op == ZIP) unzip(size, out, a, address(step, done, 16), m);
      else if (op == PUT_BITS) take_bits(<usize>load<u32>(step, 28), from, stride, a, m);
      else if (op == CONVERT) from_cells(<usize>load<u32>(step, 28), out, a, m);
    }
  }
}
