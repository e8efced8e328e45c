// Columns to packets and back, record after record or column after column (planar).

import {
  COPY,
  cell_of,
  column_of,
  DESC_BYTES,
  kind_of,
  limit_of,
  load_cell,
  offset_of,
  store_cell,
  width_of,
} from './packet-columns';
import { cells_good, from_cells, to_cells } from './packet-convert';

function scatter(cell: i32, from: usize, to: usize, stride: usize, n: usize): void {
  let s = from;
  let d = to;
  if (cell == 1) {
    for (const end = s + n; s < end; s++, d += stride) store<u8>(d, load<u8>(s));
  } else if (cell == 2) {
    for (const end = s + (n << 1); s < end; s += 2, d += stride) store<u16>(d, load<u16>(s));
  } else if (cell == 4) {
    for (const end = s + (n << 2); s < end; s += 4, d += stride) store<u32>(d, load<u32>(s));
  } else {
    for (const end = s + (n << 3); s < end; s += 8, d += stride) store<u64>(d, load<u64>(s));
  }
}

function gather(cell: i32, from: usize, stride: usize, to: usize, n: usize): void {
  let s = from;
  let d = to;
  if (cell == 1) {
    for (const end = d + n; d < end; d++, s += stride) store<u8>(d, load<u8>(s));
  } else if (cell == 2) {
    for (const end = d + (n << 1); d < end; d += 2, s += stride) store<u16>(d, load<u16>(s));
  } else if (cell == 4) {
    for (const end = d + (n << 2); d < end; d += 4, s += stride) store<u32>(d, load<u32>(s));
  } else {
    for (const end = d + (n << 3); d < end; d += 8, s += stride) store<u64>(d, load<u64>(s));
  }
}

// Puts codes into the bits of records, which are zero there. Wide loads and stores keep what is not theirs.
function scatter_bits(desc: usize, from: usize, to: usize, stride: usize, n: usize): void {
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

function gather_bits(desc: usize, from: usize, stride: usize, to: usize, n: usize): void {
  const cell = <usize>cell_of(desc);
  const bit = offset_of(desc);
  const shift = <u64>(bit & 7);
  const mask = ((<u64>1) << (<u64>width_of(desc))) - 1;
  let s = from + <usize>(bit >> 3);
  for (let i: usize = 0; i < n; i++, s += stride) {
    store_cell(to + i * cell, <i32>cell, <u32>((load<u64>(s) >> shift) & mask));
  }
}

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

/** Writes columns as records of `stride` bytes; where any field takes bits, the caller has cleared them. */
export function packet_records_write(
  desc: usize,
  fields: i32,
  n: usize,
  to: usize,
  stride: usize,
  scratch: usize,
): void {
  for (let f = 0; f < fields; f++, desc += DESC_BYTES) {
    let cells = column_of(desc);
    if (kind_of(desc) != COPY) {
      to_cells(desc, cells, scratch, n);
      cells = scratch;
    }
    if (width_of(desc) == 0) {
      scatter(cell_of(desc), cells, to + <usize>offset_of(desc), stride, n);
    } else {
      scatter_bits(desc, cells, to, stride, n);
    }
  }
}

function gather_cells(desc: usize, from: usize, stride: usize, to: usize, n: usize): void {
  if (width_of(desc) == 0) gather(cell_of(desc), from + <usize>offset_of(desc), stride, to, n);
  else gather_bits(desc, from, stride, to, n);
}

/** Whether records hold no code above its limit. */
export function packet_records_check(
  desc: usize,
  fields: i32,
  n: usize,
  from: usize,
  stride: usize,
  scratch: usize,
): i32 {
  for (let f = 0; f < fields; f++, desc += DESC_BYTES) {
    if (width_of(desc) == 0 || limit_of(desc) == u32.MAX_VALUE) continue;
    gather_cells(desc, from, stride, scratch, n);
    if (!cells_good(desc, scratch, n)) return 0;
  }
  return 1;
}

/** Reads records that have been checked. */
export function packet_records_read(
  desc: usize,
  fields: i32,
  n: usize,
  from: usize,
  stride: usize,
  scratch: usize,
): void {
  for (let f = 0; f < fields; f++, desc += DESC_BYTES) {
    if (kind_of(desc) == COPY) {
      gather_cells(desc, from, stride, column_of(desc), n);
    } else {
      gather_cells(desc, from, stride, scratch, n);
      from_cells(desc, scratch, column_of(desc), n);
    }
  }
}
