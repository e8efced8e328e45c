// The words that schemas are made of: u8 ... f64, bool, varint, bits, ranged, quant, enumOf, str, bytes, vec, list, optional.
import { integer_in, show } from '../check.js';
import { describe, type Node, type NumberType, struct_of } from './layout.js';
import type { Field, OptionalField, Vector } from './types.js';

type Bits = Uint8Array | Uint16Array | Uint32Array;

// What the words below have made. Generated code is made of nodes: an object that only looks like a field, out of JSON that
// somebody sent, say, must not become some.
const made = /* @__PURE__ */ new WeakSet<Node>();

/** Marks a node as one that {@link field_node} gives. */
export function made_here<N extends Node>(node: N): N {
  made.add(node);
  return node;
}

function field<T, C, O>(node: Node): Field<T, C, O> {
  return { node: made_here(node) };
}

// Fields whose values are numbers are small integers to the engine, each standing for an entry of `numeric`: an object that is
// made by the keys of a schema (`{ id: 0, x: 0.5 }`) shares its hidden class with the schema (`{ id: u16, x: f32 }`), and V8 keeps
// a property that has held an object anywhere as a pointer for good. Each double read into it would be boxed then (measured).
const TOKENS = 0x26a10000;
const numeric: Node[] = [];
const tokens = /* @__PURE__ */ new Map<string, number>();

function number_field<T, C, O>(node: Node): Field<T, C, O> {
  const text = describe(node);
  let token = tokens.get(text);
  if (token === undefined) tokens.set(text, (token = TOKENS + numeric.push(node) - 1));
  return token as unknown as Field<T, C, O>;
}

/** What a field is; undefined for what is none. */
export function field_node(of: unknown): Node | undefined {
  if (typeof of === 'number') return numeric[of - TOKENS];
  const node = (of as Field | undefined | null)?.node;
  return node !== undefined && made.has(node) ? node : undefined;
}

/** How something given in place of a field or packet looks in an error message. */
export function show_field(value: unknown): string {
  const node = field_node(value);
  if (node === undefined) return show(value);
  return node.kind === 'struct' ? 'a packet' : `the field ${describe(node)}`;
}

function number<T, C, O>(type: NumberType): Field<T, C, O> {
  return number_field({ kind: 'number', type });
}

export const u8 = /* @__PURE__ */ number<number, Uint8Array, Uint8Array>('u8');
export const s8 = /* @__PURE__ */ number<number, Int8Array, Int8Array>('s8');
export const u16 = /* @__PURE__ */ number<number, Uint16Array, Uint16Array>('u16');
export const s16 = /* @__PURE__ */ number<number, Int16Array, Int16Array>('s16');
export const u32 = /* @__PURE__ */ number<number, Uint32Array, Uint32Array>('u32');
export const s32 = /* @__PURE__ */ number<number, Int32Array, Int32Array>('s32');
/** A bigint. */
export const u64 = /* @__PURE__ */ field<bigint, BigUint64Array, BigUint64Array>({
  kind: 'number',
  type: 'u64',
});
/** Half precision: 11 bits of mantissa, up to 65504. */
export const f16 = /* @__PURE__ */ number<number, Float32Array, Uint16Array>('f16');
export const f32 = /* @__PURE__ */ number<number, Float32Array, Float32Array>('f32');
export const f64 = /* @__PURE__ */ number<number, Float64Array, Float64Array>('f64');
/** One bit. */
export const bool = /* @__PURE__ */ field<boolean, Uint8Array, Uint8Array>({ kind: 'bool' });
/** An unsigned 32-bit integer in 1 to 5 bytes, seven bits each: small numbers take little. */
export const varint = /* @__PURE__ */ number_field<number, never, never>({ kind: 'varint' });

const MAX_LENGTH = 0x7fffffff;

function finite(value: unknown, what: string): number {
  if (typeof value !== 'number')
    throw new TypeError(`${what} must be a number, got ${show(value)}`);
  if (!Number.isFinite(value)) throw new RangeError(`${what} must be finite, got ${value}`);
  return value;
}

/** An unsigned integer of `n` bits (1 to 32), packed beside the other bits of the packet. Written modulo 2^n. */
export function bits(n: number): Field<number, Bits, Uint8Array> {
  return number_field({ kind: 'bits', bits: integer_in(n, 1, 32, 'bits: n') });
}

/** Bits that hold the codes 0 to `top`. */
function bits_for(top: number): number {
  return top === 0 ? 1 : 32 - Math.clz32(top);
}

/** An integer from `min` to `max`, in as few bits as that takes. Clamped when written, refused outside when read. */
export function ranged(
  min: number,
  max: number,
): Field<number, Int32Array | Uint32Array, Uint8Array> {
  integer_in(min, -0x80000000, 0xffffffff, 'ranged: min');
  integer_in(max, min, 0xffffffff, 'ranged: max');
  if (max - min > 0xffffffff) throw new RangeError(`ranged: ${min} to ${max} is above 32 bits`);
  return number_field({ kind: 'ranged', min, max, bits: bits_for(max - min) });
}

/** A number from `min` to `max` in 2^bits - 1 equal steps (1 to 24 bits). Clamped and rounded to the nearest step when written. */
export function quant(
  min: number,
  max: number,
  bits: number,
): Field<number, Float32Array, Uint8Array | Uint16Array> {
  const low = finite(min, 'quant: min');
  const high = finite(max, 'quant: max');
  if (!(high > low) || !Number.isFinite(high - low)) {
    throw new RangeError(`quant: max must be above min, got ${min} to ${max}`);
  }
  const top = 2 ** integer_in(bits, 1, 24, 'quant: bits') - 1;
  const scale = top / (high - low);
  const step = (high - low) / top;
  if (!Number.isFinite(scale) || step === 0) {
    throw new RangeError(`quant: ${min} to ${max} is too narrow for ${bits} bits`);
  }
  return number_field({ kind: 'quant', min: low, max: high, bits, top, scale, step });
}

/** One of some words, as its index in as few bits as that takes. Another word is refused when written. */
export function enumOf<const N extends readonly [string, ...string[]]>(
  ...names: N
): Field<N[number], Uint8Array | Uint16Array, Uint8Array> {
  if (names.length === 0 || names.length > 0x10000) {
    throw new RangeError(`enumOf: 1 to 65536 names, got ${names.length}`);
  }
  for (const name of names) {
    if (typeof name !== 'string')
      throw new TypeError(`enumOf: names are strings, got ${show(name)}`);
  }
  if (new Set(names).size !== names.length) throw new RangeError('enumOf: a name stands twice');
  return field({ kind: 'enum', names: [...names], bits: bits_for(names.length - 1) });
}

/** A string of at most `max` bytes of UTF-8. A longer one is refused. */
export function str(max: number): Field<string, never, never> {
  return field({ kind: 'str', max: integer_in(max, 1, MAX_LENGTH, 'str: max') });
}

/** At most `max` bytes. Reading into an object reuses its array when the length is the same. */
export function bytes(max: number): Field<Uint8Array, never, never> {
  return field({ kind: 'bytes', max: integer_in(max, 1, MAX_LENGTH, 'bytes: max') });
}

function node_of(of: Field, what: string): Node {
  const node = field_node(of);
  if (node === undefined) throw new TypeError(`${what}: a field or packet, got ${show(of)}`);
  if (node.kind === 'optional') throw new TypeError(`${what}: an optional field has no place here`);
  return node;
}

/** `length` numbers of one type: positions, quaternions, matrices. Takes and fills arrays and typed arrays. */
export function vec<C, O>(
  of: Field<number, C, O>,
  length: number,
): Field<Vector, readonly C[], readonly O[]> {
  const node = node_of(of, 'vec: of');
  if (node.kind !== 'number' || node.type === 'u64') {
    throw new TypeError('vec: of must be u8, s8, u16, s16, u32, s32, f16, f32 or f64');
  }
  return field({
    kind: 'vector',
    type: node.type,
    length: integer_in(length, 1, 256, 'vec: length'),
  });
}

/** At most `max` values of a field or packet. Reading into an object reuses its array and the objects in it. */
export function list<T>(of: Field<T>, max: number): Field<T[], never, never> {
  const struct = struct_of(node_of(of, 'list: of'));
  integer_in(max, 1, MAX_LENGTH, 'list: max');
  return field({ kind: 'list', of: struct, max });
}

/** A value that may be missing (`undefined`): one bit, and the value where there is one. */
export function optional<T>(of: Field<T>): OptionalField<T> {
  return {
    node: made_here({ kind: 'optional', of: struct_of(node_of(of, 'optional: of')) }),
    optional: true,
  };
}
