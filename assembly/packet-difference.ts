// How columns differ from a baseline, as zig-zag differences: mostly zeros, for DEFLATE.
import { base_of, cell_of, column_of, DESC_BYTES, limit_of } from './packet-columns';
import { cells_good, from_cells, to_cells } from './packet-convert';

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
