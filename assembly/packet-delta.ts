// How columns differ from a baseline: as masks and changed values, or as zig-zag differences for DEFLATE.

import {
  base_of,
  COPY,
  cell_of,
  column_of,
  DESC_BYTES,
  element_of,
  kind_of,
  limit_of,
  load_cell,
  store_cell,
} from './packet-columns';
import { cells_good, code_at, from_cells, put_code, to_cells } from './packet-convert';

/** Bytes of a plane of masks: one a record, in whole vectors. */
function plane_bytes(n: usize): usize {
  return (n + 15) & ~15;
}

// Sets `bit` in the mask of each record whose value differs, compared as bits.
function mask_column(desc: usize, masks: usize, n: usize, bit: u32): void {
  const size = <usize>element_of(desc);
  let a = column_of(desc);
  let b = base_of(desc);
  if (ASC_FEATURE_SIMD) {
    const bits = i8x16.splat(<i8>bit);
    for (let m = masks, end = masks + plane_bytes(n); m < end; m += 16) {
      let differs: v128;
      if (size == 1) {
        differs = i8x16.ne(v128.load(a), v128.load(b));
      } else if (size == 2) {
        differs = i8x16.narrow_i16x8_s(
          i16x8.ne(v128.load(a), v128.load(b)),
          i16x8.ne(v128.load(a, 16), v128.load(b, 16)),
        );
      } else if (size == 4) {
        differs = i8x16.narrow_i16x8_s(differ4(a, b), differ4(a + 32, b + 32));
      } else {
        differs = i8x16.narrow_i16x8_s(differ8(a, b), differ8(a + 64, b + 64));
      }
      v128.store(m, v128.or(v128.load(m), v128.and(differs, bits)));
      a += size << 4;
      b += size << 4;
    }
    return;
  }
  for (let i: usize = 0; i < n; i++, a += size, b += size) {
    let differs: bool;
    if (size == 1) differs = load<u8>(a) != load<u8>(b);
    else if (size == 2) differs = load<u16>(a) != load<u16>(b);
    else if (size == 4) differs = load<u32>(a) != load<u32>(b);
    else differs = load<u64>(a) != load<u64>(b);
    if (differs) store<u8>(masks + i, load<u8>(masks + i) | <u8>bit);
  }
}

function differ4(a: usize, b: usize): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.ne(v128.load(a), v128.load(b)),
    i32x4.ne(v128.load(a, 16), v128.load(b, 16)),
  );
}

function differ8(a: usize, b: usize): v128 {
  return i16x8.narrow_i32x4_s(pair8(a, b), pair8(a + 32, b + 32));
}

function pair8(a: usize, b: usize): v128 {
  const x = i64x2.ne(v128.load(a), v128.load(b));
  const y = i64x2.ne(v128.load(a, 16), v128.load(b, 16));
  return v128.shuffle<i32>(x, y, 0, 2, 4, 6);
}

/**
 * Compares columns with their baselines: planes of mask bytes, eight fields each, at `masks`; behind them a plane of their
 * union when there are several. Gives how many records differ. Reads 15 elements past the last.
 */
export function packet_delta_masks(desc: usize, fields: i32, n: usize, masks: usize): i32 {
  const plane = plane_bytes(n);
  const planes = <usize>((fields + 7) >> 3);
  memory.fill(masks, 0, plane * (planes + 1));
  for (let f = 0; f < fields; f++, desc += DESC_BYTES) {
    mask_column(desc, masks + plane * <usize>(f >> 3), n, 1 << (f & 7));
  }
  // What lies past the last record does not count.
  for (let p: usize = 0; p < planes; p++) memory.fill(masks + plane * p + n, 0, plane - n);
  let any = masks;
  if (planes > 1) {
    any = masks + plane * planes;
    for (let i: usize = 0; i < plane; i += 8) {
      let word: u64 = 0;
      for (let p: usize = 0; p < planes; p++) word |= load<u64>(masks + plane * p + i);
      store<u64>(any + i, word);
    }
  }
  let changed = 0;
  for (let i: usize = 0; i < plane; i += 8) {
    let word = load<u64>(any + i);
    // One bit a byte: set where any of its bits is.
    word |= word >> 4;
    word |= word >> 2;
    word |= word >> 1;
    changed += <i32>popcnt<u64>(word & 0x0101010101010101);
  }
  return changed;
}

function put_value(desc: usize, at: usize, to: usize): usize {
  const cell = <usize>cell_of(desc);
  if (kind_of(desc) != COPY) store_cell(to, <i32>cell, code_at(desc, at));
  else if (cell == 4) store<u32>(to, load<u32>(at));
  else if (cell == 2) store<u16>(to, load<u16>(at));
  else if (cell == 1) store<u8>(to, load<u8>(at));
  else store<u64>(to, load<u64>(at));
  return to + cell;
}

/** Writes {varint records skipped, mask bytes, changed cells} for each record with a mask; the address behind. */
export function packet_delta_write(
  desc: usize,
  fields: i32,
  n: usize,
  masks: usize,
  to: usize,
): usize {
  const plane = plane_bytes(n);
  const planes = <usize>((fields + 7) >> 3);
  const any = planes > 1 ? masks + plane * planes : masks;
  let next: usize = 0;
  let d = to;
  for (let i: usize = 0; i < n; i += 8) {
    let word = load<u64>(any + i);
    while (word != 0) {
      const lane = <usize>(ctz<u64>(word) >> 3);
      word &= ~((<u64>0xff) << ((<u64>lane) << 3));
      const record = i + lane;
      let gap = <u32>(record - next);
      next = record + 1;
      for (; gap > 127; gap >>= 7) store<u8>(d++, <u8>(gap | 128));
      store<u8>(d++, <u8>gap);
      for (let p: usize = 0; p < planes; p++) store<u8>(d++, load<u8>(masks + plane * p + record));
      for (let p: usize = 0; p < planes; p++) {
        const group = desc + p * 8 * DESC_BYTES;
        for (let mask = <u32>load<u8>(masks + plane * p + record); mask != 0; mask &= mask - 1) {
          const field = group + <usize>ctz<u32>(mask) * DESC_BYTES;
          d = put_value(field, column_of(field) + record * <usize>element_of(field), d);
        }
      }
    }
  }
  return d;
}

/**
 * Walks a delta of `changed` records in [from, end) without applying it: the address behind it; 0 when it ends too soon,
 * -1 when a record, a mask or a code is out of range. With `apply` it stores: only what has been walked before.
 */
export function packet_delta_read(
  desc: usize,
  fields: i32,
  n: u32,
  from: usize,
  end: usize,
  changed: i32,
  apply: i32,
): i32 {
  const planes = <usize>((fields + 7) >> 3);
  const spare = ((<i32>planes) << 3) - fields;
  let s = from;
  let next: u32 = 0;
  for (; changed > 0; changed--) {
    let gap: u32 = 0;
    let byte: u32 = 128;
    for (let shift: u32 = 0; byte > 127; shift += 7) {
      if (s >= end) return 0;
      byte = <u32>load<u8>(s++);
      if (shift == 28 && byte > 15) return -1;
      gap |= (byte & 127) << shift;
    }
    if (gap >= n || next >= n - gap) return -1;
    const record = <usize>(next + gap);
    next = <u32>record + 1;
    const masks = s;
    s += planes;
    if (s > end) return 0;
    if (<u32>load<u8>(s - 1) >> (8 - spare)) return -1;
    for (let p: usize = 0; p < planes; p++) {
      const group = desc + p * 8 * DESC_BYTES;
      for (let mask = <u32>load<u8>(masks + p); mask != 0; mask &= mask - 1) {
        const field = group + <usize>ctz<u32>(mask) * DESC_BYTES;
        const cell = <usize>cell_of(field);
        if (apply) get_value(field, s, record);
        else if (s + cell <= end && limit_of(field) != u32.MAX_VALUE) {
          if (load_cell(s, <i32>cell) > limit_of(field)) return -1;
        }
        s += cell;
        if (s > end) return 0;
      }
    }
  }
  return <i32>s;
}

function get_value(desc: usize, from: usize, record: usize): void {
  const at = column_of(desc) + record * <usize>element_of(desc);
  const cell = cell_of(desc);
  if (kind_of(desc) != COPY) put_code(desc, at, load_cell(from, cell));
  else if (cell == 4) store<u32>(at, load<u32>(from));
  else if (cell == 2) store<u16>(at, load<u16>(from));
  else if (cell == 1) store<u8>(at, load<u8>(from));
  else store<u64>(at, load<u64>(from));
}

// Zig-zag: small differences of either sign become small numbers. Modulo the size of a cell, so that nothing is lost.
function fold(cell: i32, a: usize, b: usize, to: usize, n: usize): void {
  for (let i: usize = 0; i < n; i++) {
    if (cell == 1) {
      const x = <i32>load<i8>(a + i) - <i32>load<i8>(b + i);
      store<u8>(to + i, <u8>((x << 1) ^ (<i32>(<i8>x) >> 7)));
    } else if (cell == 2) {
      const x = <i32>load<i16>(a + (i << 1)) - <i32>load<i16>(b + (i << 1));
      store<u16>(to + (i << 1), <u16>((x << 1) ^ (<i32>(<i16>x) >> 15)));
    } else if (cell == 4) {
      const x = load<i32>(a + (i << 2)) - load<i32>(b + (i << 2));
      store<i32>(to + (i << 2), (x << 1) ^ (x >> 31));
    } else {
      const x = load<i64>(a + (i << 3)) - load<i64>(b + (i << 3));
      store<i64>(to + (i << 3), (x << 1) ^ (x >> 63));
    }
  }
}

function unfold(cell: i32, from: usize, b: usize, to: usize, n: usize): void {
  for (let i: usize = 0; i < n; i++) {
    if (cell == 1) {
      const z = <u32>load<u8>(from + i);
      store<u8>(to + i, <u8>(((z >> 1) ^ (0 - (z & 1))) + <u32>load<u8>(b + i)));
    } else if (cell == 2) {
      const z = <u32>load<u16>(from + (i << 1));
      store<u16>(to + (i << 1), <u16>(((z >> 1) ^ (0 - (z & 1))) + <u32>load<u16>(b + (i << 1))));
    } else if (cell == 4) {
      const z = load<u32>(from + (i << 2));
      store<u32>(to + (i << 2), ((z >> 1) ^ (0 - (z & 1))) + load<u32>(b + (i << 2)));
    } else {
      const z = load<u64>(from + (i << 3));
      store<u64>(to + (i << 3), ((z >> 1) ^ (0 - (z & 1))) + load<u64>(b + (i << 3)));
    }
  }
}

/** Writes every field as its difference, column after column in cells. `scratch` holds 2n cells of 8 bytes. */
export function packet_difference_write(
  desc: usize,
  fields: i32,
  n: usize,
  to: usize,
  scratch: usize,
): usize {
  let d = to;
  for (let f = 0; f < fields; f++, desc += DESC_BYTES) {
    const cell = cell_of(desc);
    const before = scratch + (n << 3);
    to_cells(desc, column_of(desc), scratch, n);
    to_cells(desc, base_of(desc), before, n);
    fold(cell, scratch, before, d, n);
    d += n * <usize>cell;
  }
  return d;
}

/** Reads differences onto columns that hold the baseline; with `apply` 0 only looks whether all codes are in range. */
export function packet_difference_read(
  desc: usize,
  fields: i32,
  n: usize,
  from: usize,
  scratch: usize,
  apply: i32,
): i32 {
  let s = from;
  for (let f = 0; f < fields; f++, desc += DESC_BYTES) {
    const cell = cell_of(desc);
    const column = column_of(desc);
    if (apply || limit_of(desc) != u32.MAX_VALUE) {
      const before = scratch + (n << 3);
      to_cells(desc, column, before, n);
      unfold(cell, s, before, scratch, n);
      if (apply) from_cells(desc, scratch, column, n);
      else if (!cells_good(desc, scratch, n)) return 0;
    }
    s += n * <usize>cell;
  }
  return 1;
}
