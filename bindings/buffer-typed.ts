// Typed reads and writes for hot loops: buffer_write_u16(b, v) does what buffer_write(b, buffer_u16, v) does, two to three times as fast.
//
// Each is small enough for V8 to inline: a handful of words of state, then straight to a DataView over linear memory.
// Everything rare (no room, alignment above 1, a dead handle, another kind of value) goes to the slow path.
//
// `state[words]` is the position, POS being 0: adding that costs Node 20 a third of a call, and `|` makes V8 forget how large an
// index can be (measured).
import { load_u64, read_slow, write_slow } from './buffer-access.js';
import {
  BYTE_READ_LIMIT,
  BYTE_WRITE_LIMIT,
  ID,
  READ_LIMIT,
  SLOT_MASK,
  state,
  WRITE_LIMIT,
} from './buffer-table.js';
import { write_utf8 } from './buffer-text.js';
import { read_ascii, read_wide } from './buffer-text-read.js';
import {
  buffer_bool,
  buffer_f16,
  buffer_f32,
  buffer_f64,
  buffer_s8,
  buffer_s16,
  buffer_s32,
  buffer_string,
  buffer_text,
  buffer_u8,
  buffer_u16,
  buffer_u32,
  buffer_u64,
} from './constants.js';
import { kernel, VIEWS } from './wasm/memory.js';

// Where the slow way leaves a number. As the call's own result it could be anything, and the engine would put what the short way
// reads into a box, too: reads took twice as long in V8 14 (measured).
const SLOW_U32 = /* @__PURE__ */ new Uint32Array(1);
const SLOW_S32 = /* @__PURE__ */ new Int32Array(1);
const SLOW_F64 = /* @__PURE__ */ new Float64Array(1);

function slow_number(to: Uint32Array | Int32Array | Float64Array, buffer: number, type: number) {
  to[0] = read_slow(buffer, type) as number;
}

// The slow ways are looked up in an object. V8 14 compiles a call of a function it knows even where it was never made, and what
// such a call might have changed has to be looked at again; of a look-up that was never done it compiles nothing, and starts over if
// it is done one day (measured, Node 26: writes 35 % faster, reads 55 %).
const SLOW = { write: write_slow, read: read_slow, number: slow_number };

/** Writes an unsigned byte at the aligned position: {@link buffer_write} with `buffer_u8`. The one type that a fast buffer takes. @returns 0, -2 or -4 */
export function buffer_write_u8(buffer: number, value: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 1) | 0;
  if (
    state[words + ID] !== buffer ||
    end > state[words + BYTE_WRITE_LIMIT] ||
    typeof value !== 'number'
  ) {
    return SLOW.write(buffer, buffer_u8, value);
  }
  VIEWS.dv.setUint8(at, value);
  state[words] = end;
  return 0;
}

/** Reads an unsigned byte at the aligned position: {@link buffer_read} with `buffer_u8`. @throws RangeError past the end */
export function buffer_read_u8(buffer: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 1) | 0;
  if (state[words + ID] !== buffer || end > state[words + BYTE_READ_LIMIT]) {
    SLOW.number(SLOW_U32, buffer, buffer_u8);
    return SLOW_U32[0];
  }
  state[words] = end;
  return VIEWS.dv.getUint8(at);
}

/** Writes a signed byte at the aligned position: {@link buffer_write} with `buffer_s8`. @returns 0, -2 or -4 */
export function buffer_write_s8(buffer: number, value: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 1) | 0;
  if (
    state[words + ID] !== buffer ||
    end > state[words + WRITE_LIMIT] ||
    typeof value !== 'number'
  ) {
    return SLOW.write(buffer, buffer_s8, value);
  }
  VIEWS.dv.setInt8(at, value);
  state[words] = end;
  return 0;
}

/** Reads a signed byte at the aligned position: {@link buffer_read} with `buffer_s8`. @throws RangeError past the end */
export function buffer_read_s8(buffer: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 1) | 0;
  if (state[words + ID] !== buffer || end > state[words + READ_LIMIT]) {
    SLOW.number(SLOW_S32, buffer, buffer_s8);
    return SLOW_S32[0];
  }
  state[words] = end;
  return VIEWS.dv.getInt8(at);
}

/** Writes an unsigned 16-bit integer at the aligned position: {@link buffer_write} with `buffer_u16`. @returns 0, -2 or -4 */
export function buffer_write_u16(buffer: number, value: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 2) | 0;
  if (
    state[words + ID] !== buffer ||
    end > state[words + WRITE_LIMIT] ||
    typeof value !== 'number'
  ) {
    return SLOW.write(buffer, buffer_u16, value);
  }
  VIEWS.dv.setUint16(at, value, true);
  state[words] = end;
  return 0;
}

/** Reads an unsigned 16-bit integer at the aligned position: {@link buffer_read} with `buffer_u16`. @throws RangeError past the end */
export function buffer_read_u16(buffer: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 2) | 0;
  if (state[words + ID] !== buffer || end > state[words + READ_LIMIT]) {
    SLOW.number(SLOW_U32, buffer, buffer_u16);
    return SLOW_U32[0];
  }
  state[words] = end;
  return VIEWS.dv.getUint16(at, true);
}

/** Writes a signed 16-bit integer at the aligned position: {@link buffer_write} with `buffer_s16`. @returns 0, -2 or -4 */
export function buffer_write_s16(buffer: number, value: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 2) | 0;
  if (
    state[words + ID] !== buffer ||
    end > state[words + WRITE_LIMIT] ||
    typeof value !== 'number'
  ) {
    return SLOW.write(buffer, buffer_s16, value);
  }
  VIEWS.dv.setInt16(at, value, true);
  state[words] = end;
  return 0;
}

/** Reads a signed 16-bit integer at the aligned position: {@link buffer_read} with `buffer_s16`. @throws RangeError past the end */
export function buffer_read_s16(buffer: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 2) | 0;
  if (state[words + ID] !== buffer || end > state[words + READ_LIMIT]) {
    SLOW.number(SLOW_S32, buffer, buffer_s16);
    return SLOW_S32[0];
  }
  state[words] = end;
  return VIEWS.dv.getInt16(at, true);
}

/** Writes an unsigned 32-bit integer at the aligned position: {@link buffer_write} with `buffer_u32`. @returns 0, -2 or -4 */
export function buffer_write_u32(buffer: number, value: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 4) | 0;
  if (
    state[words + ID] !== buffer ||
    end > state[words + WRITE_LIMIT] ||
    typeof value !== 'number'
  ) {
    return SLOW.write(buffer, buffer_u32, value);
  }
  VIEWS.dv.setUint32(at, value, true);
  state[words] = end;
  return 0;
}

/** Reads an unsigned 32-bit integer at the aligned position: {@link buffer_read} with `buffer_u32`. @throws RangeError past the end */
export function buffer_read_u32(buffer: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 4) | 0;
  if (state[words + ID] !== buffer || end > state[words + READ_LIMIT]) {
    SLOW.number(SLOW_U32, buffer, buffer_u32);
    return SLOW_U32[0];
  }
  state[words] = end;
  return VIEWS.dv.getUint32(at, true);
}

/** Writes a signed 32-bit integer at the aligned position: {@link buffer_write} with `buffer_s32`. @returns 0, -2 or -4 */
export function buffer_write_s32(buffer: number, value: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 4) | 0;
  if (
    state[words + ID] !== buffer ||
    end > state[words + WRITE_LIMIT] ||
    typeof value !== 'number'
  ) {
    return SLOW.write(buffer, buffer_s32, value);
  }
  VIEWS.dv.setInt32(at, value, true);
  state[words] = end;
  return 0;
}

/** Reads a signed 32-bit integer at the aligned position: {@link buffer_read} with `buffer_s32`. @throws RangeError past the end */
export function buffer_read_s32(buffer: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 4) | 0;
  if (state[words + ID] !== buffer || end > state[words + READ_LIMIT]) {
    SLOW.number(SLOW_S32, buffer, buffer_s32);
    return SLOW_S32[0];
  }
  state[words] = end;
  return VIEWS.dv.getInt32(at, true);
}

/** Writes a 32-bit float at the aligned position: {@link buffer_write} with `buffer_f32`. @returns 0, -2 or -4 */
export function buffer_write_f32(buffer: number, value: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 4) | 0;
  if (
    state[words + ID] !== buffer ||
    end > state[words + WRITE_LIMIT] ||
    typeof value !== 'number'
  ) {
    return SLOW.write(buffer, buffer_f32, value);
  }
  VIEWS.dv.setFloat32(at, value, true);
  state[words] = end;
  return 0;
}

/** Reads a 32-bit float at the aligned position: {@link buffer_read} with `buffer_f32`. @throws RangeError past the end */
export function buffer_read_f32(buffer: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 4) | 0;
  if (state[words + ID] !== buffer || end > state[words + READ_LIMIT]) {
    SLOW.number(SLOW_F64, buffer, buffer_f32);
    return SLOW_F64[0];
  }
  state[words] = end;
  return VIEWS.dv.getFloat32(at, true);
}

/** Writes a 64-bit float at the aligned position: {@link buffer_write} with `buffer_f64`. @returns 0, -2 or -4 */
export function buffer_write_f64(buffer: number, value: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 8) | 0;
  if (
    state[words + ID] !== buffer ||
    end > state[words + WRITE_LIMIT] ||
    typeof value !== 'number'
  ) {
    return SLOW.write(buffer, buffer_f64, value);
  }
  VIEWS.dv.setFloat64(at, value, true);
  state[words] = end;
  return 0;
}

/** Reads a 64-bit float at the aligned position: {@link buffer_read} with `buffer_f64`. @throws RangeError past the end */
export function buffer_read_f64(buffer: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 8) | 0;
  if (state[words + ID] !== buffer || end > state[words + READ_LIMIT]) {
    SLOW.number(SLOW_F64, buffer, buffer_f64);
    return SLOW_F64[0];
  }
  state[words] = end;
  return VIEWS.dv.getFloat64(at, true);
}

/** Writes a 16-bit float, rounded to nearest even: {@link buffer_write} with `buffer_f16`. @returns 0, -2 or -4 */
export function buffer_write_f16(buffer: number, value: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  if (state[words + ID] !== buffer || typeof value !== 'number') {
    return SLOW.write(buffer, buffer_f16, value);
  }
  const end = kernel.put(state[words], state[words + WRITE_LIMIT], buffer_f16, value);
  if (end < 0) return SLOW.write(buffer, buffer_f16, value);
  state[words] = end;
  return 0;
}

/** Reads a 16-bit float: {@link buffer_read} with `buffer_f16`. @throws RangeError past the end */
export function buffer_read_f16(buffer: number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 2) | 0;
  if (state[words + ID] !== buffer || end > state[words + READ_LIMIT]) {
    SLOW.number(SLOW_F64, buffer, buffer_f16);
    return SLOW_F64[0];
  }
  state[words] = end;
  return kernel.take(at, buffer_f16);
}

/** Writes an unsigned 64-bit integer, modulo 2^64: {@link buffer_write} with `buffer_u64`. @returns 0, -2 or -4 */
export function buffer_write_u64(buffer: number, value: number | bigint): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 8) | 0;
  // Two halves are several times as fast as a bigint; other numbers take the general way.
  if (
    state[words + ID] !== buffer ||
    end > state[words + WRITE_LIMIT] ||
    typeof value !== 'number' ||
    !(value >= 0 && value < 2 ** 64)
  ) {
    return SLOW.write(buffer, buffer_u64, value);
  }
  VIEWS.dv.setUint32(at, value, true);
  VIEWS.dv.setUint32(at + 4, value / 0x100000000, true);
  state[words] = end;
  return 0;
}

/** Reads an unsigned 64-bit integer, a number up to 2^53 - 1, a bigint above. @throws RangeError past the end */
export function buffer_read_u64(buffer: number): number | bigint {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 8) | 0;
  if (state[words + ID] !== buffer || end > state[words + READ_LIMIT])
    return SLOW.read(buffer, buffer_u64) as number | bigint;
  state[words] = end;
  return load_u64(at);
}

/** Writes truth as a byte, 1 or 0: {@link buffer_write} with `buffer_bool`. @returns 0, -2 or -4 */
export function buffer_write_bool(buffer: number, value: boolean | number): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 1) | 0;
  if (
    state[words + ID] !== buffer ||
    end > state[words + WRITE_LIMIT] ||
    typeof value !== 'boolean'
  ) {
    return SLOW.write(buffer, buffer_bool, value);
  }
  VIEWS.dv.setUint8(at, value ? 1 : 0);
  state[words] = end;
  return 0;
}

/** Reads a byte as truth: anything but 0 is true. @throws RangeError past the end */
export function buffer_read_bool(buffer: number): boolean {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const end = (at + 1) | 0;
  if (state[words + ID] !== buffer || end > state[words + READ_LIMIT])
    return SLOW.read(buffer, buffer_bool) as boolean;
  state[words] = end;
  return VIEWS.dv.getUint8(at) !== 0;
}

/** Writes UTF-8 and a zero byte: {@link buffer_write} with `buffer_string`. @returns 0, -2 or -4 */
export function buffer_write_string(buffer: number, value: string): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const limit = state[words + WRITE_LIMIT];
  // Three bytes a character are always enough: then nothing has to be counted first.
  if (
    state[words + ID] !== buffer ||
    typeof value !== 'string' ||
    at + value.length * 3 + 1 > limit
  ) {
    return SLOW.write(buffer, buffer_string, value);
  }
  const end = write_utf8(value, at, limit);
  VIEWS.dv.setUint8(end, 0);
  state[words] = end + 1;
  return 0;
}

/** Writes UTF-8 without a terminator: {@link buffer_write} with `buffer_text`. @returns 0, -2 or -4 */
export function buffer_write_text(buffer: number, value: string): number {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words];
  const limit = state[words + WRITE_LIMIT];
  if (
    state[words + ID] !== buffer ||
    typeof value !== 'string' ||
    value === '' ||
    at + value.length * 3 > limit
  ) {
    return SLOW.write(buffer, buffer_text, value);
  }
  state[words] = write_utf8(value, at, limit);
  return 0;
}

/** Reads up to a zero byte that lies among the bytes written; anything else goes the slow way. */
function read_terminated(buffer: number, type: number): string {
  const words = (buffer & SLOT_MASK) << 3;
  const limit = state[words + READ_LIMIT];
  const at = state[words];
  if (state[words + ID] !== buffer || at >= limit) return SLOW.read(buffer, type) as string;
  const found = kernel.find_text_end(at, limit);
  const zero = found < 0 ? ~found : found;
  if (zero === limit) return SLOW.read(buffer, type) as string;
  state[words] = zero + 1;
  return found < 0 ? read_wide(at, zero) : read_ascii(at, zero);
}

/** Reads UTF-8 up to a zero byte or the end: {@link buffer_read} with `buffer_string`. @throws RangeError at the end */
export function buffer_read_string(buffer: number): string {
  return read_terminated(buffer, buffer_string);
}

/** Reads UTF-8 up to a zero byte or the end: {@link buffer_read} with `buffer_text`. */
export function buffer_read_text(buffer: number): string {
  return read_terminated(buffer, buffer_text);
}
