// buffer_write, buffer_read, buffer_poke, buffer_peek: one datum of any type, and the slow path of the typed forms.
import {
  aligned,
  copy_from_wrap,
  copy_into_wrap,
  is_type,
  make_room,
  raise_used,
  SIZES,
  wrapped_end,
} from './buffer-room.js';
import {
  type Buf,
  ID,
  lookup,
  POS,
  READ_LIMIT,
  SLOT_MASK,
  state,
  WRITE_LIMIT,
} from './buffer-table.js';
import { utf8_length, write_utf8 } from './buffer-text.js';
import { find_zero, read_utf8 } from './buffer-text-read.js';
import { integer, show } from './check.js';
import {
  buffer_bool,
  buffer_error_invalid_type,
  buffer_error_out_of_space,
  buffer_fast,
  buffer_string,
  buffer_text,
  buffer_u8,
  buffer_u64,
  buffer_wrap,
} from './constants.js';
import { allocate, dv, kernel, release, u8 } from './wasm/memory.js';

/** What a read of data type `T` gives. */
export type BufferValue<T extends number = number> = number extends T
  ? number | bigint | boolean | string
  : T extends 12 | 13
    ? string
    : T extends 11
      ? boolean
      : T extends 7
        ? number | bigint
        : number;

/** What may be written: numbers, booleans (1 or 0) and bigints for numeric types, strings for `buffer_string` and `buffer_text`. */
export type BufferInput = number | bigint | boolean | string;

// For the fast path of reads: bytes of the types whose value is the number that `take` gives; the others never fit.
const NEVER = 0x7fffffff;
const PLAIN_SIZES = new Int32Array([NEVER, 1, 1, 2, 2, 4, 4, NEVER, 2, 4, 8, NEVER, NEVER, NEVER]);

const TYPE_NAMES = 'u8 s8 u16 s16 u32 s32 u64 f16 f32 f64 bool string text'.split(' ');

function type_name(type: number): string {
  return `buffer_${TYPE_NAMES[type - 1]}`;
}

/** The number (for u64 perhaps a bigint) that a value is written as. @throws TypeError */
function as_number(value: unknown, type: number): number | bigint {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') {
    if (type === buffer_u64) return value;
    if (type === buffer_bool) return value === 0n ? 0 : 1;
    // Floats take the value, integers its low bits: exact either way.
    return type < buffer_u64 ? Number(BigInt.asIntN(32, value)) : Number(value);
  }
  throw new TypeError(
    `${type_name(type)} takes a number, a boolean or a bigint, got ${show(value)}`,
  );
}

function as_text(value: unknown, type: number): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${type_name(type)} takes a string, got ${show(value)}`);
}

function store_number(address: number, type: number, value: number | bigint): void {
  if (typeof value === 'bigint') dv.setBigUint64(address, BigInt.asUintN(64, value), true);
  else kernel.put(address, address + 8, type, value);
}

function load_value(address: number, type: number): number | bigint | boolean {
  if (type === buffer_bool) return dv.getUint8(address) !== 0;
  if (type === buffer_u64) return load_u64(address);
  return kernel.take(address, type);
}

/** A u64 as a number where it is exact, else as a bigint. */
export function load_u64(address: number): number | bigint {
  const high = dv.getUint32(address + 4, true);
  return high < 0x200000
    ? high * 0x100000000 + dv.getUint32(address, true)
    : dv.getBigUint64(address, true);
}

function scratch(): number {
  return kernel.SCRATCH.value as number;
}

/** Checks a value for its type and gives what {@link datum_size} and {@link store_datum} take. @throws TypeError */
export function as_datum(value: unknown, type: number): number | bigint | string {
  return type >= buffer_string ? as_text(value, type) : as_number(value, type);
}

/** Bytes that a datum takes. */
export function datum_size(datum: number | bigint | string, type: number): number {
  if (typeof datum !== 'string') return SIZES[type];
  return utf8_length(datum) + (type === buffer_string ? 1 : 0);
}

/** Whether a buffer takes a type at all. */
export function takes_type(b: Buf, type: unknown): type is number {
  return is_type(type) && (b.kind !== buffer_fast || type === buffer_u8);
}

/** Runs `use` with the address of `n` uncleared bytes outside every buffer, which are given back after. */
export function with_block<T>(n: number, use: (address: number) => T): T {
  if (n <= 64) return use(scratch());
  const block = allocate(n, 16);
  try {
    return use(block);
  } finally {
    release(block);
  }
}

// Puts a datum at `offset` (already aligned) and gives the offset behind it, or -1 when there is no room.
function place(b: Buf, offset: number, type: number, value: number | bigint | string): number {
  const n = datum_size(value, type);
  if (b.kind === buffer_wrap) return place_wrapped(b, offset, type, value, n);
  if (!make_room(b, offset + n)) return -1;
  const at = b.ptr + offset;
  store_datum(at, type, value, n);
  return offset + n;
}

/** Writes a datum of `n` bytes at an address where it fits. */
export function store_datum(
  at: number,
  type: number,
  value: number | bigint | string,
  n: number,
): void {
  if (typeof value !== 'string') {
    store_number(at, type, value);
    return;
  }
  const end = write_utf8(value, at, at + n);
  if (type === buffer_string) u8[end] = 0;
}

function place_wrapped(
  b: Buf,
  offset: number,
  type: number,
  value: number | bigint | string,
  n: number,
): number {
  const size = b.end - b.ptr;
  if (size === 0) return n === 0 ? offset : -1;
  const start = offset >= size ? 0 : offset;
  if (start + n <= size) {
    store_datum(b.ptr + start, type, value, n);
    return start + n;
  }
  with_block(n, (block) => {
    store_datum(block, type, value, n);
    copy_into_wrap(b, start, block, n);
  });
  raise_used(b, size);
  return wrapped_end(start, n, size);
}

/** The general write: checks everything, handles every type and kind. Gives 0 or a negative code. */
export function write_slow(buffer: number, type: number, value: unknown): number {
  const b = lookup(buffer);
  if (!takes_type(b, type)) return buffer_error_invalid_type;
  const datum = as_datum(value, type);
  const end = place(b, aligned(b) - b.ptr, type, datum);
  if (end < 0) return buffer_error_out_of_space;
  b.pos = b.ptr + end;
  if (datum !== '' || type !== buffer_text) raise_used(b, end);
  return 0;
}

/**
 * Writes one datum at the position, which is first rounded up to the buffer's alignment, and moves the position behind it.
 *
 * Integers are truncated and wrap modulo 2^n; f16 and f32 round to nearest even; bool stores truth as 0 or 1; strings are
 * UTF-8 (lone surrogates as U+FFFD), `buffer_string` with a zero byte behind, `buffer_text` without. Little-endian.
 * Past the end a grow buffer doubles, a wrap buffer goes on at byte 0, the others refuse.
 *
 * For hot loops the typed forms ({@link buffer_write_u16} and so on) are two to three times as fast.
 *
 * @param type one of the 13 data types
 * @returns 0; or, with nothing changed, `buffer_error_out_of_space` (-2) or `buffer_error_invalid_type` (-4: unknown, or not
 *   u8 in a fast buffer)
 * @throws TypeError the value is of the wrong kind for the type
 * @throws RangeError the buffer was deleted, or a grow buffer exhausts memory
 */
export function buffer_write(buffer: number, type: number, value: BufferInput): number {
  const words = (buffer & SLOT_MASK) << 3;
  if (
    typeof value === 'number' &&
    state[words | ID] === buffer &&
    typeof type === 'number' &&
    (type | 0) === type
  ) {
    const end = kernel.put(state[words | POS], state[words | WRITE_LIMIT], type, value);
    if (end > 0) {
      state[words | POS] = end;
      return 0;
    }
  }
  return write_slow(buffer, type, value);
}

function no_such_type(b: Buf, type: unknown, call: string): TypeError | RangeError {
  if (typeof type !== 'number')
    return new TypeError(`${call}: the data type must be a number, got ${show(type)}`);
  return b.kind === buffer_fast && is_type(type)
    ? new RangeError(`${call}: a fast buffer holds buffer_u8 only, got ${type_name(type)}`)
    : new RangeError(`${call}: there is no data type ${show(type)}`);
}

// Reads a string from a wrap buffer: at most one lap. Gives the bytes consumed through `last_consumed`.
let last_consumed = 0;

function load_wrapped_text(b: Buf, start: number): string {
  const size = b.end - b.ptr;
  return with_block(size, (block) => {
    copy_from_wrap(b, start, block, size);
    const zero = find_zero(block, block + size);
    last_consumed = Math.min(zero - block + 1, size);
    return read_utf8(block, zero);
  });
}

function load_text(b: Buf, start: number): string {
  if (b.kind === buffer_wrap) {
    const inside = find_zero(b.ptr + start, b.end);
    if (inside === b.end) return load_wrapped_text(b, start);
  }
  const from = b.ptr + start;
  const zero = find_zero(from, b.end);
  last_consumed = Math.min(zero + 1, b.end) - from;
  return read_utf8(from, zero);
}

/** The general read: checks everything, handles every type and kind. */
export function read_slow(buffer: number, type: number): BufferValue {
  const b = lookup(buffer);
  if (!takes_type(b, type)) {
    throw no_such_type(b, type, 'buffer_read');
  }
  const size = b.end - b.ptr;
  let start = aligned(b) - b.ptr;
  const wraps = b.kind === buffer_wrap && size > 0;
  if (wraps && start >= size) start = 0;
  const n = type === buffer_text ? 0 : type === buffer_string ? 1 : SIZES[type];
  if (start + n > size && !wraps) {
    throw new RangeError(
      `buffer_read: ${type_name(type)} at ${start} is past the end of the buffer (${size} bytes)`,
    );
  }
  if (type >= buffer_string) {
    const value = load_text(b, start);
    b.pos = b.ptr + (wraps ? wrapped_end(start, last_consumed, size) : start + last_consumed);
    return value;
  }
  if (start + n <= size) {
    b.pos = b.ptr + start + n;
    return load_value(b.ptr + start, type);
  }
  b.pos = b.ptr + wrapped_end(start, n, size);
  return load_split(b, start, type, n);
}

// A datum that goes on at byte 0 of a wrap buffer, perhaps several times when the buffer is shorter than the datum.
function load_split(b: Buf, start: number, type: number, n: number): number | bigint | boolean {
  const size = b.end - b.ptr;
  const at = scratch();
  for (let i = 0; i < n; i++) u8[at + i] = u8[b.ptr + ((start + i) % size)];
  return load_value(at, type);
}

/**
 * Reads one datum at the position, which is first rounded up to the buffer's alignment, and moves the position behind it.
 *
 * u64 gives a number up to 2^53 - 1 and a bigint above; bool gives true for any byte but 0; strings end at a zero byte (which
 * is consumed) or at the end of the buffer, malformed UTF-8 becomes U+FFFD. A wrap buffer goes on at byte 0.
 *
 * @param type one of the 13 data types; u8 only in a fast buffer
 * @throws TypeError the type is not a number; RangeError past the end (the position stays; reading never grows), no such type, or
 *   the buffer was deleted
 */
export function buffer_read<T extends number>(buffer: number, type: T): BufferValue<T> {
  const words = (buffer & SLOT_MASK) << 3;
  const at = state[words | POS];
  const end = at + PLAIN_SIZES[type];
  if (
    state[words | ID] === buffer &&
    end <= state[words | READ_LIMIT] &&
    typeof type === 'number'
  ) {
    state[words | POS] = end;
    return kernel.take(at, type) as BufferValue<T>;
  }
  return read_slow(buffer, type) as BufferValue<T>;
}

/**
 * Writes one datum at `offset` bytes from the start; alignment is ignored, the position stays, a grow buffer does not grow.
 *
 * @param offset in bytes; a wrap buffer takes it modulo its size
 * @param type one of the 13 data types; u8 only in a fast buffer
 * @returns 0; or, with nothing changed, `buffer_error_out_of_space` (-2) or `buffer_error_invalid_type` (-4)
 * @throws TypeError wrong kind of value or offset; RangeError a fractional offset, or the buffer was deleted
 */
export function buffer_poke(
  buffer: number,
  offset: number,
  type: number,
  value: BufferInput,
): number {
  const b = lookup(buffer);
  const wanted = integer(offset, 'buffer_poke: offset');
  if (!takes_type(b, type)) return buffer_error_invalid_type;
  const datum = as_datum(value, type);
  const size = b.end - b.ptr;
  const n = datum_size(datum, type);
  if (b.kind === buffer_wrap && size > 0) {
    const start = ((wanted % size) + size) % size;
    const end = place_wrapped(b, start, type, datum, n);
    if (n > 0) raise_used(b, end);
    return 0;
  }
  if (wanted < 0 || wanted + n > size) return buffer_error_out_of_space;
  store_datum(b.ptr + wanted, type, datum, n);
  if (n > 0) raise_used(b, wanted + n);
  return 0;
}

/**
 * Reads one datum at `offset` bytes from the start; alignment is ignored, the position stays.
 *
 * @param offset in bytes; a wrap buffer takes it modulo its size
 * @returns the value, as {@link buffer_read} gives it; `undefined` when it does not lie inside the buffer
 * @throws TypeError offset or type is not a number; RangeError the offset is fractional, there is no such type, or the buffer was deleted
 */
export function buffer_peek<T extends number>(
  buffer: number,
  offset: number,
  type: T,
): BufferValue<T> | undefined {
  const b = lookup(buffer);
  const wanted = integer(offset, 'buffer_peek: offset');
  if (!takes_type(b, type)) {
    throw no_such_type(b, type, 'buffer_peek');
  }
  const size = b.end - b.ptr;
  const wraps = b.kind === buffer_wrap && size > 0;
  const start = wraps ? ((wanted % size) + size) % size : wanted;
  const n = Math.max(SIZES[type], 1);
  if (start < 0 || (start + n > size && !wraps)) return undefined;
  if (type >= buffer_string) return load_text(b, start) as BufferValue<T>;
  const value = start + n <= size ? load_value(b.ptr + start, type) : load_split(b, start, type, n);
  return value as BufferValue<T>;
}
