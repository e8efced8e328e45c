// What a packet kernel knows of one column: a descriptor of 64 bytes in linear memory, filled in by bindings/packet/columns.ts.
//
//   +0   kind of conversion between column and cell (below)
//   +4   address of the column, readable 16 elements past its end
//   +8   bytes of a cell: a value in wire form, 1, 2, 4 or 8
//   +12  bits that it takes among the bits of a record; 0 when it is a whole cell
//   +16  offset in a record: in bits when it takes bits, else in bytes
//   +20  largest code that a reader takes; -1 (as u32: all) when every code is good
//   +24  RANGED: smallest value. MASK: the bits that count
//   +28  address of the baseline column
//   +32  QUANT: smallest value, +40 codes per unit, +48 units per code (f64)
//   +56  bytes of an element of the column
//   +60  how a value becomes its cell: 0 to 3, a copy of 1 << that many bytes; 4, by kind

export const DESC_BYTES: usize = 64;

/** The column holds cells. */
export const COPY: i32 = 0;
/** f32, and halves as cells. */
export const F16: i32 = 1;
/** f32, and steps as cells. */
export const QUANT: i32 = 2;
/** s32, and distances from the smallest value. */
export const RANGED: i32 = 3;
/** The same for u32. */
export const RANGED_U: i32 = 4;
/** Cells of which some bits count. */
export const MASK: i32 = 5;
/** u8: 0, or anything else for 1. */
export const BOOL: i32 = 6;
/** Cells up to a limit. */
export const CLAMP: i32 = 7;

export function kind_of(desc: usize): i32 {
  return load<i32>(desc);
}
export function column_of(desc: usize): usize {
  return <usize>load<u32>(desc, 4);
}
export function cell_of(desc: usize): i32 {
  return load<i32>(desc, 8);
}
export function width_of(desc: usize): i32 {
  return load<i32>(desc, 12);
}
export function offset_of(desc: usize): i32 {
  return load<i32>(desc, 16);
}
export function limit_of(desc: usize): u32 {
  return load<u32>(desc, 20);
}
export function low_of(desc: usize): i32 {
  return load<i32>(desc, 24);
}
export function base_of(desc: usize): usize {
  return <usize>load<u32>(desc, 28);
}
export function element_of(desc: usize): i32 {
  return load<i32>(desc, 56);
}

export function how_of(desc: usize): i32 {
  return load<i32>(desc, 60);
}

export function load_cell(at: usize, cell: i32): u32 {
  if (cell == 1) return <u32>load<u8>(at);
  if (cell == 2) return <u32>load<u16>(at);
  return load<u32>(at);
}

export function store_cell(at: usize, cell: i32, code: u32): void {
  if (cell == 1) store<u8>(at, <u8>code);
  else if (cell == 2) store<u16>(at, <u16>code);
  else store<u32>(at, code);
}
