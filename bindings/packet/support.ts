// What encoders and decoders of every engine call: half floats, strings, bytes, words of an enum, and the errors of bad values.
import { utf8_length, write_few, write_utf8 } from '../buffer-text.js';
import { show } from '../check.js';
import { dv, native_utf8, node_bytes, SLOW_UTF8, u8 } from '../wasm/memory.js';

/** One double, as the numbers of other types that its bytes are. */
export const PUN = /* @__PURE__ */ new Float64Array(1);
export const PUN_WORDS = /* @__PURE__ */ new Uint32Array(/* @__PURE__ */ PUN.buffer);
export const PUN_F32 = /* @__PURE__ */ new Float32Array(/* @__PURE__ */ PUN.buffer);
export const PUN_U64 = /* @__PURE__ */ new BigUint64Array(/* @__PURE__ */ PUN.buffer);

function powers(first: number, count: number, step: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => 2 ** (first + i * step));
}

/** 2^10 over the value of a double's exponent, from 2^-14 up: scales a mantissa to units of the last place of a half. */
const F16_SCALES = /* @__PURE__ */ powers(24, 30, -1);
/** Units of the last place of a half, by its exponent. */
const F16_UNITS = /* @__PURE__ */ powers(-25, 32, 1);
/** Adding and subtracting it rounds a double below 2^52 to an integer, to nearest even. */
const ROUNDER = 2 ** 52;

/** The 16 bits of a number as a half, rounded once to nearest even; any NaN is 0x7e00. */
export function f16_code(value: number): number {
  PUN[0] = value;
  const high = PUN_WORDS[1];
  const sign = (high >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (!(magnitude < 65520)) return Number.isNaN(value) ? 0x7e00 : sign | 0x7c00;
  const exponent = Math.max((high >>> 20) & 0x7ff, 1009) - 1009;
  const mantissa = magnitude * F16_SCALES[exponent] + ROUNDER - ROUNDER;
  return sign | ((exponent << 10) + mantissa);
}

/** The number that the 16 bits of a half stand for. */
export function f16_number(code: number): number {
  const exponent = (code >> 10) & 31;
  let value: number;
  if (exponent === 31) value = (code & 1023) === 0 ? Infinity : NaN;
  else if (exponent === 0) value = (code & 1023) * F16_UNITS[1];
  else value = (1024 + (code & 1023)) * F16_UNITS[exponent];
  return code & 0x8000 ? -value : value;
}

let decoder: TextDecoder | undefined;

/** Up to so many characters a loop beats the call into the host; ASCII up to fewer where the host knows it at once (measured). */
const SHORT_CHARS = 32;
const SHORT_ASCII_CHARS = 16;

/** Writes a string as UTF-8 where up to three bytes a character fit (`room` bytes in all), and gives the address behind it. */
export function write_text(text: string, at: number, room: number): number {
  const length = text.length;
  if (length > SHORT_CHARS) return write_utf8(text, at, at + room);
  if (length > SHORT_ASCII_CHARS && node_bytes !== undefined && native_utf8 !== SLOW_UTF8) {
    if ((text.charCodeAt(0) | text.charCodeAt(length >> 1)) < 0x80)
      return at + node_bytes.utf8Write(text, at, room);
  }
  return write_few(text, length, at);
}

/** The text of the UTF-8 bytes in [from, end); malformed sequences become U+FFFD, a byte order mark stays. */
export function read_text(from: number, end: number): string {
  if (end - from <= 8) {
    const d = dv;
    let text = '';
    let i = from;
    for (; i < end; i++) {
      const c = d.getUint8(i);
      if (c >= 0x80) break;
      text += String.fromCharCode(c);
    }
    if (i === end) return text;
  }
  if (node_bytes !== undefined) return node_bytes.utf8Slice(from, end);
  decoder ??= new TextDecoder('utf-8', { ignoreBOM: true });
  return decoder.decode(new Uint8Array(u8.buffer, from, end - from));
}

/** How many elements a typed array has, whatever a property of that name says. */
const length_of = /* @__PURE__ */ Object.getOwnPropertyDescriptor(
  /* @__PURE__ */ Object.getPrototypeOf(Uint8Array.prototype),
  'length',
)!.get as () => number;

/** Writes the `n` bytes of an array and gives the address behind them. @throws RangeError it has another number of them */
export function write_bytes(bytes: Uint8Array, at: number, n: number): number {
  if (length_of.call(bytes) !== n) throw changed();
  u8.set(bytes, at);
  return at + n;
}

/** A copy of the bytes in [from, end): in `old` when it is an array of that length, else in a new one. */
export function read_bytes(from: number, end: number, old?: Uint8Array): Uint8Array {
  const into = old !== undefined && old !== null && old.length === end - from ? old : undefined;
  if (into === undefined) return u8.slice(from, end);
  into.set(new Uint8Array(u8.buffer, from, end - from));
  return into;
}

/** The error of what was looked at and is not what is being written. */
export function changed(name?: string): RangeError {
  const error = new RangeError(
    `${name ?? 'packet'}: the value or its buffer changed while it was written`,
  );
  if (name === undefined) nameless.add(error);
  return error;
}

/** Errors that were thrown where nobody knows the packet's name. */
const nameless = /* @__PURE__ */ new WeakSet<object>();

/** Whether an error is one of {@link changed} that lacks the packet's name. */
export function is_nameless(error: unknown): boolean {
  return nameless.has(error as object);
}

/** Ends the name of a packet in a path. */
const NAME_END = '\0';

/** The path of a whole packet: paths of its fields begin with it, so that errors know its name. */
export function root_path(name: string): string {
  return name === 'packet' ? '' : name.replaceAll(NAME_END, '') + NAME_END;
}

/** Whether fields can be read into a value. */
export function is_target(into: unknown): boolean {
  return typeof into === 'object' && into !== null;
}

/** What errors call a field: by the way to it from the packet, `[]` for any element of a list. */
export function named(path: string): string {
  const end = path.indexOf(NAME_END);
  const name = end < 0 ? 'packet' : path.slice(0, end);
  const rest = path.slice(end + 1);
  return rest === '' ? `${name}: a packet` : `${name}: field ${JSON.stringify(rest)}`;
}

/** The path of a field `key` of what has the path `path`. */
export function path_to(path: string, key: string | null): string {
  if (key === null) return path;
  return path === '' || path.endsWith(NAME_END) ? path + key : `${path}.${key}`;
}

/** The error of what is no object whose fields could be written. */
export function no_object(value: unknown, path: string): TypeError {
  return new TypeError(`${named(path)} takes an object, got ${show(value)}`);
}

/** The error of what becomes NaN and is not NaN. */
export function no_number(value: unknown, path: string): TypeError {
  return new TypeError(`${named(path)} takes a number, got ${show(value)}`);
}

// What JavaScript cannot make a number of (an object without valueOf, a symbol in an array) is none, too.
function becomes_nan(value: unknown): boolean {
  try {
    return Number.isNaN(Number(value));
  } catch (error) {
    if (error instanceof TypeError) return true;
    throw error;
  }
}

/** Checks a number, or what JavaScript makes one of. @throws TypeError it becomes NaN and is not NaN */
export function check_number(value: unknown, path: string): void {
  if (typeof value === 'number') return;
  const kind = typeof value;
  if (kind === 'bigint' || kind === 'symbol' || becomes_nan(value)) throw no_number(value, path);
}

/** Checks the first `n` elements of a list or vector. @throws TypeError one of them is no number */
export function check_numbers(values: ArrayLike<unknown>, n: number, path: string): void {
  for (let i = 0; i < n; i++) if (typeof values[i] !== 'number') check_number(values[i], path);
}

/** Something that may be a bigint, as one. @throws TypeError */
export function as_bigint(value: unknown, path: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return BigInt(Math.trunc(value));
  throw new TypeError(`${named(path)} takes a bigint, got ${show(value)}`);
}

/** The index of a word. @throws RangeError it is none of them */
export function enum_code(
  codes: ReadonlyMap<unknown, number>,
  value: unknown,
  path: string,
): number {
  const code = codes.get(value);
  if (code === undefined) {
    throw new RangeError(
      `${named(path)} takes one of ${[...codes.keys()].map(show).join(', ')}, got ${show(value)}`,
    );
  }
  return code;
}

/** Checks a string. @throws TypeError it is none; RangeError it is longer than `max` bytes */
export function check_text(text: unknown, max: number, path: string): void {
  if (typeof text !== 'string') {
    throw new TypeError(`${named(path)} takes a string, got ${show(text)}`);
  }
  if (text.length * 3 > max && utf8_length(text) > max) {
    throw new RangeError(
      `${named(path)} takes str(${max}), ${show(text)} has ${utf8_length(text)} bytes`,
    );
  }
}

const NO_BYTES = /* @__PURE__ */ new Uint8Array(0);

// An array whose buffer was given away says that it has no bytes; only using it tells.
function check_attached(bytes: Uint8Array, path: string): void {
  try {
    NO_BYTES.set(bytes);
  } catch {
    throw new TypeError(`${named(path)} takes a Uint8Array, got one whose ArrayBuffer is detached`);
  }
}

/** Checks bytes and gives their number. @throws TypeError they are none; RangeError more than `max` */
export function check_bytes(bytes: unknown, max: number, path: string): number {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`${named(path)} takes a Uint8Array, got ${show(bytes)}`);
  }
  const n = length_of.call(bytes);
  if (n === 0) check_attached(bytes, path);
  if (n > max) throw new RangeError(`${named(path)} takes bytes(${max}), got ${n} bytes`);
  return n;
}

/** Checks a list and gives its length. @throws TypeError it is none; RangeError longer than `max` */
export function check_list(list: unknown, max: number, path: string): number {
  const length = (list as { length?: unknown } | null | undefined)?.length;
  if (typeof length !== 'number' || typeof list === 'string' || typeof list === 'function') {
    throw new TypeError(`${named(path)} takes an array, got ${show(list)}`);
  }
  if (!(length >= 0 && length <= max) || !Number.isInteger(length)) {
    throw new RangeError(`${named(path)} takes at most ${max} elements, got ${length}`);
  }
  return length;
}

/** Checks a vector. @throws TypeError it is none; RangeError it has another length */
export function check_vector(vector: unknown, length: number, path: string): void {
  const has = (vector as { length?: unknown } | null | undefined)?.length;
  if (has === length && typeof vector === 'object') return;
  if (typeof has !== 'number' || typeof vector !== 'object') {
    throw new TypeError(`${named(path)} takes an array of numbers, got ${show(vector)}`);
  }
  throw new RangeError(`${named(path)} takes ${length} numbers, got ${has}`);
}
