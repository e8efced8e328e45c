// Columns to planar packets and back: column after column, so that a receiver can lay typed arrays over them.

import {
  cell_of,
  column_of,
  DESC_BYTES,
  limit_of,
  load_cell,
  store_cell,
  width_of,
} from './packet-columns';
import { cells_good, from_cells, to_cells } from './packet-convert';

// Codes of `width` bits one behind the other.
function pack_bits(from: usize, cell: usize, width: u64, n: usize, to: usize): usize {
  let d = to;
  let i: usize = 0;
  if (width == 1) {
    if (ASC_FEATURE_SIMD) {
      const zero = i8x16.splat(0);
      for (; i + 16 <= n; i += 16, d += 2) {
        store<u16>(d, <u16>i8x16.bitmask(i8x16.ne(v128.load(from + i), zero)));
      }
    }
  }
  let word: u64 = 0;
  let has: u64 = 0;
  for (; i < n; i++) {
    word |= (<u64>load_cell(from + i * cell, <i32>cell)) << has;
    has += width;
    while (has >= 8) {
      store<u8>(d++, <u8>word);
      word >>= 8;
      has -= 8;
    }
  }
  if (has > 0) store<u8>(d++, <u8>word);
  return d;
}

function unpack_bits(from: usize, cell: usize, width: u64, n: usize, to: usize): void {
  const mask = ((<u64>1) << width) - 1;
  let bit: u64 = 0;
  for (let i: usize = 0; i < n; i++, bit += width) {
    const code = (load<u64>(from + <usize>(bit >> 3)) >> (bit & 7)) & mask;
    store_cell(to + i * cell, <i32>cell, <u32>code);
  }
}

function planar_bytes(desc: usize, n: usize): usize {
  const width = <usize>width_of(desc);
  return width == 0 ? n * <usize>cell_of(desc) : (n * width + 7) >> 3;
}

/** Writes columns one behind the other and gives the address behind them. `scratch` holds n cells of 4 bytes. */
export function packet_planar_write(
  desc: usize,
  fields: i32,
  n: usize,
  to: usize,
  scratch: usize,
): usize {
  let d = to;
  for (let f = 0; f < fields; f++, desc += DESC_BYTES) {
    const width = <u64>width_of(desc);
    if (width == 0) {
      to_cells(desc, column_of(desc), d, n);
      d += planar_bytes(desc, n);
    } else {
      to_cells(desc, column_of(desc), scratch, n);
      d = pack_bits(scratch, <usize>cell_of(desc), width, n, d);
    }
  }
  return d;
}

/** Whether planar columns hold no code above its limit. */
export function packet_planar_check(
  desc: usize,
  fields: i32,
  n: usize,
  from: usize,
  scratch: usize,
): i32 {
  let s = from;
  for (let f = 0; f < fields; f++, desc += DESC_BYTES) {
    const width = <u64>width_of(desc);
    if (width != 0 && limit_of(desc) != u32.MAX_VALUE) {
      unpack_bits(s, <usize>cell_of(desc), width, n, scratch);
      if (!cells_good(desc, scratch, n)) return 0;
    }
    s += planar_bytes(desc, n);
  }
  return 1;
}

/** Reads planar columns that have been checked. */
export function packet_planar_read(
  desc: usize,
  fields: i32,
  n: usize,
  from: usize,
  scratch: usize,
): void {
  let s = from;
  for (let f = 0; f < fields; f++, desc += DESC_BYTES) {
    const width = <u64>width_of(desc);
    let cells = s;
    if (width != 0) {
      unpack_bits(s, <usize>cell_of(desc), width, n, scratch);
      cells = scratch;
    }
    from_cells(desc, cells, column_of(desc), n);
    s += planar_bytes(desc, n);
  }
}
