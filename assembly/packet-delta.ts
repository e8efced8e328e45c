// How columns differ from a baseline, as masks and changed values.

import {
  base_of,
  cell_of,
  column_of,
  DESC_BYTES,
  element_of,
  how_of,
  limit_of,
  load_cell,
  store_cell,
} from './packet-columns';
import { code_at, put_code } from './packet-convert';

/** Bytes of a plane of masks: one a record, in whole vectors. */
function plane_bytes(n: usize): usize {
  return (n + 15) & ~15;
}

// All bits set in lanes where values of four bytes are equal.
function same4(a: usize, b: usize): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.eq(v128.load(a), v128.load(b)),
    i32x4.eq(v128.load(a, 16), v128.load(b, 16)),
  );
}

function same8(a: usize, b: usize): v128 {
  return i16x8.narrow_i32x4_s(pair8(a, b), pair8(a + 32, b + 32));
}

function pair8(a: usize, b: usize): v128 {
  const x = i64x2.eq(v128.load(a), v128.load(b));
  const y = i64x2.eq(v128.load(a, 16), v128.load(b, 16));
  return v128.shuffle<i32>(x, y, 0, 2, 4, 6);
}

// Sets `bit` in the masks at [m, end) of records whose values differ, compared as bits; `kept` are the bits of masks that stay.
// A loop for each size: one that asks in the middle is half as fast (measured).
function mask_simd(
  size: usize,
  a: usize,
  b: usize,
  m: usize,
  end: usize,
  bit: u32,
  kept: u32,
): void {
  const bits = i8x16.splat(<i8>bit);
  const keep = i8x16.splat(<i8>kept);
  if (size == 1) {
    for (; m < end; m += 16, a += 16, b += 16) {
      const same = i8x16.eq(v128.load(a), v128.load(b));
      v128.store(m, v128.or(v128.and(v128.load(m), keep), v128.andnot(bits, same)));
    }
  } else if (size == 2) {
    for (; m < end; m += 16, a += 32, b += 32) {
      const same = i8x16.narrow_i16x8_s(
        i16x8.eq(v128.load(a), v128.load(b)),
        i16x8.eq(v128.load(a, 16), v128.load(b, 16)),
      );
      v128.store(m, v128.or(v128.and(v128.load(m), keep), v128.andnot(bits, same)));
    }
  } else if (size == 4) {
    for (; m < end; m += 16, a += 64, b += 64) {
      const same = i8x16.narrow_i16x8_s(same4(a, b), same4(a + 32, b + 32));
      v128.store(m, v128.or(v128.and(v128.load(m), keep), v128.andnot(bits, same)));
    }
  } else {
    for (; m < end; m += 16, a += 128, b += 128) {
      const same = i8x16.narrow_i16x8_s(same8(a, b), same8(a + 64, b + 64));
      v128.store(m, v128.or(v128.and(v128.load(m), keep), v128.andnot(bits, same)));
    }
  }
}

function mask_plain(
  size: usize,
  a: usize,
  b: usize,
  m: usize,
  n: usize,
  bit: u32,
  kept: u32,
): void {
  for (let i: usize = 0; i < n; i++, a += size, b += size) {
    let differs: bool;
    if (size == 1) differs = load<u8>(a) != load<u8>(b);
    else if (size == 2) differs = load<u16>(a) != load<u16>(b);
    else if (size == 4) differs = load<u32>(a) != load<u32>(b);
    else differs = load<u64>(a) != load<u64>(b);
    store<u8>(m + i, <u8>((<u32>load<u8>(m + i) & kept) | (differs ? bit : 0)));
  }
}

// One bit a byte: set where any of its bits is.
function any_bits(masks: u64): u64 {
  masks |= masks >> 4;
  masks |= masks >> 2;
  masks |= masks >> 1;
  return masks & 0x0101010101010101;
}

// One bit a byte of sixteen, the lowest for the first: set where the byte is not zero.
function sixteen(at: usize): u32 {
  if (ASC_FEATURE_SIMD) return i8x16.bitmask(i8x16.ne(v128.load(at), i8x16.splat(0)));
  // The product moves bit 8 i to bit 56 + i.
  const low = (any_bits(load<u64>(at)) * 0x0102040810204080) >> 56;
  const high = (any_bits(load<u64>(at, 8)) * 0x0102040810204080) >> 56;
  return <u32>(low | (high << 8));
}

/**
 * Compares columns with their baselines: planes of mask bytes, eight fields each, at `masks`; behind them a plane of their
 * union when there are several. Gives how many records differ. Reads 15 elements past the last.
 */
export function packet_delta_masks(desc: usize, fields: i32, n: usize, masks: usize): i32 {
  const plane = plane_bytes(n);
  const planes = <usize>((fields + 7) >> 3);
  for (let f = 0; f < fields; f++, desc += DESC_BYTES) {
    const size = <usize>element_of(desc);
    const a = column_of(desc);
    const b = base_of(desc);
    const m = masks + plane * <usize>(f >> 3);
    const bit: u32 = 1 << (f & 7);
    // The first of a plane clears it.
    const kept: u32 = f & 7 ? 255 : 0;
    if (ASC_FEATURE_SIMD) mask_simd(size, a, b, m, m + plane, bit, kept);
    else mask_plain(size, a, b, m, n, bit, kept);
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
  for (let i: usize = 0; i < plane; i += 16) changed += popcnt<u32>(sixteen(any + i));
  return changed;
}

// Writes the cell of a record and gives the address behind it.
function put_value(desc: usize, record: usize, d: usize): usize {
  const how = how_of(desc);
  const column = column_of(desc);
  if (how == 1) {
    store<u16>(d, load<u16>(column + (record << 1)));
    return d + 2;
  }
  if (how == 0) {
    store<u8>(d, load<u8>(column + record));
    return d + 1;
  }
  if (how == 3) {
    store<u64>(d, load<u64>(column + (record << 3)));
    return d + 8;
  }
  const cell = cell_of(desc);
  store_cell(d, cell, code_at(desc, column + record * <usize>element_of(desc)));
  return d + <usize>cell;
}

/** Inlined by force, because a call for each record costs as much as its values (measured). */
class Put {
  /** Writes the cells of the eight fields from `desc` on that `mask` names, and gives the address behind them. */
  @inline static values(desc: usize, mask: u32, record: usize, d: usize): usize {
    for (; mask != 0; mask &= mask - 1) {
      const field = desc + <usize>ctz<u32>(mask) * DESC_BYTES;
      // Most are of four bytes.
      if (how_of(field) == 2) {
        store<u32>(d, load<u32>(column_of(field) + (record << 2)));
        d += 4;
      } else d = put_value(field, record, d);
    }
    return d;
  }
}

// The same as packet_delta_write for eight fields at most: gap and mask in one store.
function write_plane(desc: usize, n: usize, masks: usize, to: usize): usize {
  let next: usize = 0;
  let d = to;
  for (let i: usize = 0; i < n; i += 16) {
    for (let lanes = sixteen(masks + i); lanes != 0; lanes &= lanes - 1) {
      const record = i + <usize>ctz<u32>(lanes);
      let gap = <u32>(record - next);
      next = record + 1;
      for (; gap > 127; gap >>= 7) store<u8>(d++, <u8>(gap | 128));
      const mask = <u32>load<u8>(masks + record);
      store<u16>(d, <u16>(gap | (mask << 8)));
      d = Put.values(desc, mask, record, d + 2);
    }
  }
  return d;
}

/** Writes {varint records skipped, mask bytes, changed cells} for each record with a mask; the address behind. */
export function packet_delta_write(
  desc: usize,
  fields: i32,
  n: usize,
  masks: usize,
  to: usize,
): usize {
  if (fields <= 8) return write_plane(desc, n, masks, to);
  const plane = plane_bytes(n);
  const planes = <usize>((fields + 7) >> 3);
  const any = masks + plane * planes;
  let next: usize = 0;
  let d = to;
  for (let i: usize = 0; i < n; i += 16) {
    for (let lanes = sixteen(any + i); lanes != 0; lanes &= lanes - 1) {
      const record = i + <usize>ctz<u32>(lanes);
      let gap = <u32>(record - next);
      next = record + 1;
      for (; gap > 127; gap >>= 7) store<u8>(d++, <u8>(gap | 128));
      store<u8>(d++, <u8>gap);
      const at = masks + record;
      for (let p: usize = 0; p < planes; p++) store<u8>(d++, load<u8>(at + plane * p));
      for (let p: usize = 0; p < planes; p++) {
        d = Put.values(desc + p * 8 * DESC_BYTES, <u32>load<u8>(at + plane * p), record, d);
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
  const how = how_of(desc);
  const column = column_of(desc);
  if (how == 2) store<u32>(column + (record << 2), load<u32>(from));
  else if (how == 1) store<u16>(column + (record << 1), load<u16>(from));
  else if (how == 0) store<u8>(column + record, load<u8>(from));
  else if (how == 3) store<u64>(column + (record << 3), load<u64>(from));
  else {
    const at = column + record * <usize>element_of(desc);
    put_code(desc, at, load_cell(from, cell_of(desc)));
  }
}
