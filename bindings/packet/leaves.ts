// The numbers of a fixed packet, one by one: what columns are made of, and how the kernels turn each into wire form.
import {
  code_limit,
  is_fixed,
  NUMBER_BYTES,
  type NumberType,
  type Place,
  type Struct,
} from './layout.js';

/** A typed array's constructor. */
export type ArrayType =
  | Uint8ArrayConstructor
  | Int8ArrayConstructor
  | Uint16ArrayConstructor
  | Int16ArrayConstructor
  | Uint32ArrayConstructor
  | Int32ArrayConstructor
  | BigUint64ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor;

// Conversions, as numbered in assembly/packet-columns.ts.
export const COPY = 0;
const F16 = 1;
const QUANT = 2;
const RANGED = 3;
const RANGED_U = 4;
const MASK = 5;
const BOOL = 6;
const CLAMP = 7;

/** One number of a packet. */
export interface Leaf {
  /** Keys from the packet down; numbers in vectors. */
  path: (string | number)[];
  kind: number;
  /** Bytes in wire form. */
  cell: number;
  /** Bits among the bits of a record; 0: a whole cell. */
  width: number;
  /** Place in a record: in bits when it takes bits, else in bytes. */
  offset: number;
  /** Largest code; 0xffffffff: any. */
  limit: number;
  /** Smallest value of a range, or the bits that count. */
  low: number;
  min: number;
  scale: number;
  step: number;
  array: ArrayType;
  /** How the planar bytes show in place. */
  overlay: ArrayType;
}

const ARRAYS: Record<NumberType, ArrayType> = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  f16: Float32Array,
  f32: Float32Array,
  f64: Float64Array,
};

function number_leaf(path: Leaf['path'], type: NumberType, offset: number): Leaf {
  const half = type === 'f16';
  return {
    path,
    kind: half ? F16 : COPY,
    cell: NUMBER_BYTES[type],
    width: 0,
    offset,
    limit: 0xffffffff,
    low: 0,
    min: 0,
    scale: 0,
    step: 0,
    array: ARRAYS[type],
    overlay: half ? Uint16Array : ARRAYS[type],
  };
}

const UNSIGNED: Record<number, ArrayType> = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array };

/** Leaf of a value that is held as a code; a reason why there is none. */
function code_leaf(
  path: Leaf['path'],
  { node, width, bit, offset }: Place,
  base: number,
): Leaf | string {
  const bits = width > 0 ? width : node.kind === 'quant' ? node.bits : 8;
  const cell = bits <= 8 ? 1 : bits <= 16 ? 2 : 4;
  const leaf = number_leaf(path, 'u8', width > 0 ? base * 8 + bit : base + offset);
  leaf.cell = cell;
  leaf.width = width;
  leaf.array = UNSIGNED[cell];
  leaf.overlay = width > 0 ? Uint8Array : UNSIGNED[cell];
  leaf.limit = 2 ** bits - 1;
  if (code_limit(node) >= 0) leaf.limit = code_limit(node);
  switch (node.kind) {
    case 'bool':
      leaf.kind = BOOL;
      return leaf;
    case 'bits':
      leaf.kind = MASK;
      leaf.low = (2 ** bits - 1) | 0;
      return leaf;
    case 'enum':
      leaf.kind = CLAMP;
      return leaf;
    case 'ranged':
      leaf.low = node.min | 0;
      if (node.max <= 0x7fffffff) {
        leaf.kind = RANGED;
        leaf.array = Int32Array;
      } else if (node.min >= 0) {
        leaf.kind = RANGED_U;
        leaf.array = Uint32Array;
      } else {
        return `ranged(${node.min}, ${node.max}), which no 32-bit array holds`;
      }
      return leaf;
    case 'quant':
      if (node.step < Math.max(Math.abs(node.min), Math.abs(node.max)) * 2 ** -22) {
        return `quant(${node.min}, ${node.max}, ${node.bits}), whose steps are finer than a Float32Array`;
      }
      leaf.kind = QUANT;
      leaf.min = node.min;
      leaf.scale = node.scale;
      leaf.step = node.step;
      leaf.array = Float32Array;
      return leaf;
    default:
      return `${node.kind}, which has no fixed size`;
  }
}

function collect(s: Struct, path: Leaf['path'], base: number, out: Leaf[]): string | undefined {
  for (const place of s.places) {
    const here = [...path, place.key as string];
    const { node } = place;
    if (node.kind === 'number') {
      out.push(number_leaf(here, node.type, base + place.offset));
    } else if (node.kind === 'vector') {
      for (let i = 0; i < node.length; i++) {
        const offset = base + place.offset + i * NUMBER_BYTES[node.type];
        out.push(number_leaf([...here, i], node.type, offset));
      }
    } else if (node.kind === 'struct' && is_fixed(node.of)) {
      const why = collect(node.of, here, base + place.offset, out);
      if (why !== undefined) return why;
    } else {
      const leaf = place.variable
        ? `${node.kind}, which has no fixed size`
        : code_leaf(here, place, base);
      if (typeof leaf === 'string') return `field ${here.join('.')} is ${leaf}`;
      out.push(leaf);
    }
  }
  return undefined;
}

/** The leaves in planar order, or why there are none: the widest cells first, what takes bits last. */
export function leaves_of(s: Struct): Leaf[] | string {
  const leaves: Leaf[] = [];
  const why = collect(s, [], 0, leaves);
  if (why !== undefined) return why;
  if (leaves.length > 256) return `${leaves.length} numbers are more than 256`;
  const rank = ({ width, cell }: Leaf) => (width > 0 ? 0 : cell);
  return leaves.sort((a, b) => rank(b) - rank(a));
}
