// Columns to cells (values in wire form) and back: halves, quantised numbers, ranges, masks. Four values at a time with SIMD.
import { f16_bits, f16_value } from './float16';
import {
  BOOL,
  CLAMP,
  COPY,
  cell_of,
  element_of,
  F16,
  kind_of,
  limit_of,
  load_cell,
  low_of,
  MASK,
  QUANT,
  RANGED,
  RANGED_U,
  store_cell,
} from './packet-columns';
import { halves_simd, unhalves_simd } from './packet-halves';

/** The code of the value at `at`, for kinds other than COPY. */
export function code_at(desc: usize, at: usize): u32 {
  switch (kind_of(desc)) {
    case F16: {
      const v = <f64>load<f32>(at);
      return v != v ? 0x7e00 : <u32>f16_bits(v);
    }
    case QUANT: {
      const t = (<f64>load<f32>(at) - load<f64>(desc, 32)) * load<f64>(desc, 40) + 0.5;
      const top = limit_of(desc);
      // Truncation saturates: NaN and what is below 0 become 0.
      return min<u32>(<u32>t, top);
    }
    case RANGED: {
      const low = low_of(desc);
      const v = load<i32>(at);
      return v < low ? 0 : min<u32>(<u32>v - <u32>low, range_of(desc));
    }
    case RANGED_U: {
      const low = <u32>low_of(desc);
      const v = load<u32>(at);
      return v < low ? 0 : min<u32>(v - low, range_of(desc));
    }
    case MASK:
      return load_cell(at, cell_of(desc)) & <u32>low_of(desc);
    case BOOL:
      return load<u8>(at) != 0 ? 1 : 0;
    default:
      return min<u32>(load_cell(at, cell_of(desc)), range_of(desc));
  }
}

/** Largest code of a range or an enum, whether or not a reader needs to look at it. */
function range_of(desc: usize): u32 {
  return limit_of(desc);
}

/** Stores the value of a code in the column, for kinds other than COPY. */
export function put_code(desc: usize, at: usize, code: u32): void {
  switch (kind_of(desc)) {
    case F16:
      store<f32>(at, <f32>f16_value(<i32>code));
      return;
    case QUANT:
      store<f32>(at, <f32>(load<f64>(desc, 32) + <f64>code * load<f64>(desc, 48)));
      return;
    case RANGED:
    case RANGED_U:
      store<u32>(at, code + <u32>low_of(desc));
      return;
    case BOOL:
      store<u8>(at, code != 0 ? 1 : 0);
      return;
    default:
      store_cell(at, cell_of(desc), code);
  }
}

// Stores the low `cell` bytes of each of four lanes.
function store_lanes(to: usize, cell: i32, lanes: v128): void {
  if (cell == 4) v128.store(to, lanes);
  else if (cell == 2) v128.store64_lane(to, i16x8.narrow_i32x4_u(lanes, lanes), 0);
  else {
    const words = i16x8.narrow_i32x4_u(lanes, lanes);
    v128.store32_lane(to, i8x16.narrow_i16x8_u(words, words), 0);
  }
}

function load_lanes(from: usize, cell: i32): v128 {
  if (cell == 4) return v128.load(from);
  if (cell == 2) return v128.load16x4_u(from);
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(from)));
}

function steps_simd(desc: usize, from: usize, to: usize, n: usize): usize {
  const low = f64x2.splat(load<f64>(desc, 32));
  const scale = f64x2.splat(load<f64>(desc, 40));
  const half = f64x2.splat(0.5);
  const top = i32x4.splat(limit_of(desc));
  const cell = cell_of(desc);
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) {
    const x = v128.load(from + (i << 2));
    const a = f64x2.promote_low_f32x4(x);
    const b = f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
    const ca = i32x4.trunc_sat_f64x2_u_zero(f64x2.add(f64x2.mul(f64x2.sub(a, low), scale), half));
    const cb = i32x4.trunc_sat_f64x2_u_zero(f64x2.add(f64x2.mul(f64x2.sub(b, low), scale), half));
    const codes = i32x4.min_u(v128.shuffle<i64>(ca, cb, 0, 2), top);
    store_lanes(to + i * <usize>cell, cell, codes);
  }
  return i;
}

function unsteps_simd(desc: usize, from: usize, to: usize, n: usize): usize {
  const low = f64x2.splat(load<f64>(desc, 32));
  const step = f64x2.splat(load<f64>(desc, 48));
  const cell = cell_of(desc);
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) {
    const codes = load_lanes(from + i * <usize>cell, cell);
    const a = f64x2.convert_low_i32x4_u(codes);
    const b = f64x2.convert_low_i32x4_u(v128.shuffle<i64>(codes, codes, 1, 1));
    const va = f32x4.demote_f64x2_zero(f64x2.add(low, f64x2.mul(a, step)));
    const vb = f32x4.demote_f64x2_zero(f64x2.add(low, f64x2.mul(b, step)));
    v128.store(to + (i << 2), v128.shuffle<i64>(va, vb, 0, 2));
  }
  return i;
}

function ranges_simd(desc: usize, from: usize, to: usize, n: usize): usize {
  const low = i32x4.splat(low_of(desc));
  const top = i32x4.splat(range_of(desc));
  const signed = kind_of(desc) == RANGED;
  const cell = cell_of(desc);
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) {
    const x = v128.load(from + (i << 2));
    const raised = signed ? i32x4.max_s(x, low) : i32x4.max_u(x, low);
    store_lanes(to + i * <usize>cell, cell, i32x4.min_u(i32x4.sub(raised, low), top));
  }
  return i;
}

/** Turns `n` values of a column into cells. */
export function to_cells(desc: usize, from: usize, to: usize, n: usize): void {
  const kind = kind_of(desc);
  const cell = <usize>cell_of(desc);
  if (kind == COPY) {
    memory.copy(to, from, n * cell);
    return;
  }
  const element = <usize>element_of(desc);
  let i: usize = 0;
  if (ASC_FEATURE_SIMD) {
    if (kind == F16) i = halves_simd(from, to, n);
    else if (kind == QUANT) i = steps_simd(desc, from, to, n);
    else if (kind == RANGED || kind == RANGED_U) i = ranges_simd(desc, from, to, n);
    else if (kind == BOOL) i = bools_simd(from, to, n);
  }
  for (; i < n; i++) store_cell(to + i * cell, <i32>cell, code_at(desc, from + i * element));
}

function bools_simd(from: usize, to: usize, n: usize): usize {
  const zero = i8x16.splat(0);
  const one = i8x16.splat(1);
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) {
    v128.store(to + i, v128.and(i8x16.ne(v128.load(from + i), zero), one));
  }
  return i;
}

/** Turns `n` cells into values of a column. */
export function from_cells(desc: usize, from: usize, to: usize, n: usize): void {
  const kind = kind_of(desc);
  const cell = <usize>cell_of(desc);
  if (kind == COPY || kind == MASK || kind == CLAMP) {
    memory.copy(to, from, n * cell);
    return;
  }
  const element = <usize>element_of(desc);
  let i: usize = 0;
  if (ASC_FEATURE_SIMD) {
    if (kind == F16) i = unhalves_simd(from, to, n);
    else if (kind == QUANT) i = unsteps_simd(desc, from, to, n);
  }
  for (; i < n; i++) put_code(desc, to + i * element, load_cell(from + i * cell, <i32>cell));
}

/** Whether all cells are within the limit of their column. */
export function cells_good(desc: usize, from: usize, n: usize): bool {
  const limit = limit_of(desc);
  if (limit == u32.MAX_VALUE) return true;
  const cell = <usize>cell_of(desc);
  let most: u32 = 0;
  for (let i: usize = 0; i < n; i++) most = max<u32>(most, load_cell(from + i * cell, <i32>cell));
  return most <= limit;
}
