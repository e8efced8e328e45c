// Fields of a packet as getters and setters over its bytes.
import { show } from '../check.js';
import { dv } from '../wasm/memory.js';
import {
  is_fixed,
  NUMBER_BYTES,
  type NumberType,
  type Place,
  quant_bytes,
  type Struct,
} from './layout.js';
import { CURSOR } from './plain-leaves.js';
import { coder, decoder_of, get_bits, LOADS, put_bits, STORES } from './plain-numbers.js';
import { plain_struct } from './plain-parts.js';
import { as_bigint, check_number, f16_code, f16_number } from './support.js';

/** Where a view looks. `$` names are free: schemas may not use them. */
export interface Spot {
  /** Address of the struct, and where the bytes end. */
  $p: number;
  $e: number;
  $inner: Spot[];
}

/** Where a view looks before it is placed: every field of it lies below 0, where the view over linear memory throws. */
const NOWHERE = -(2 ** 30);

type Access = (offset: number, key: string | null) => PropertyDescriptor & ThisType<Spot>;

const NUMBERS: Record<NumberType, Access> = {
  u8: (o, key) => ({
    get() {
      return dv.getUint8(this.$p + o);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, key);
      dv.setUint8(this.$p + o, v);
    },
  }),
  s8: (o, key) => ({
    get() {
      return dv.getInt8(this.$p + o);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, key);
      dv.setInt8(this.$p + o, v);
    },
  }),
  u16: (o, key) => ({
    get() {
      return dv.getUint16(this.$p + o, true);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, key);
      dv.setUint16(this.$p + o, v, true);
    },
  }),
  s16: (o, key) => ({
    get() {
      return dv.getInt16(this.$p + o, true);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, key);
      dv.setInt16(this.$p + o, v, true);
    },
  }),
  u32: (o, key) => ({
    get() {
      return dv.getUint32(this.$p + o, true);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, key);
      dv.setUint32(this.$p + o, v, true);
    },
  }),
  s32: (o, key) => ({
    get() {
      return dv.getInt32(this.$p + o, true);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, key);
      dv.setInt32(this.$p + o, v, true);
    },
  }),
  u64: (o) => ({
    get() {
      return dv.getBigUint64(this.$p + o, true);
    },
    set(v) {
      dv.setBigUint64(this.$p + o, as_bigint(v), true);
    },
  }),
  f16: (o, key) => ({
    get() {
      return f16_number(dv.getUint16(this.$p + o, true));
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, key);
      dv.setUint16(this.$p + o, f16_code(v), true);
    },
  }),
  f32: (o, key) => ({
    get() {
      return dv.getFloat32(this.$p + o, true);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, key);
      dv.setFloat32(this.$p + o, v, true);
    },
  }),
  f64: (o, key) => ({
    get() {
      return dv.getFloat64(this.$p + o, true);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, key);
      dv.setFloat64(this.$p + o, v, true);
    },
  }),
};

function bits_access({ node, key, bit, width }: Place): PropertyDescriptor & ThisType<Spot> {
  const code = coder(node, key);
  const value = decoder_of(node);
  const byte = bit >> 3;
  const shift = bit & 7;
  const mask = 2 ** width - 1;
  if (shift + width <= 8) {
    return {
      get() {
        return value((dv.getUint8(this.$p + byte) >> shift) & mask);
      },
      set(v) {
        const old = dv.getUint8(this.$p + byte);
        dv.setUint8(this.$p + byte, (old & ~(mask << shift)) | (code(v) << shift));
      },
    };
  }
  return {
    get() {
      return value(get_bits(this.$p, bit, width));
    },
    set(v) {
      put_bits(this.$p, bit, width, code(v));
    },
  };
}

function quant_access({ node, key, offset }: Place): PropertyDescriptor & ThisType<Spot> {
  const code = coder(node, key);
  const value = decoder_of(node);
  const type = node.kind === 'quant' && quant_bytes(node) === 1 ? 'u8' : 'u16';
  const load = LOADS[type];
  const store = STORES[type];
  return {
    get() {
      return value(load(this.$p + offset));
    },
    set(v) {
      store(this.$p + offset, code(v));
    },
  };
}

// A vector or a nested packet: a view of its own, kept by the one around it.
function inner_access(
  index: number,
  offset: number,
  keys: string[],
): PropertyDescriptor & ThisType<Spot> {
  return {
    get() {
      const inner = this.$inner[index];
      inner.$p = this.$p + offset;
      inner.$e = this.$e;
      return inner;
    },
    set(value) {
      const inner = this.$inner[index] as unknown as Record<string, unknown>;
      (inner as unknown as Spot).$p = this.$p + offset;
      for (const key of keys) inner[key] = value[key];
    },
  };
}

// A field in the variable part: found by walking over what stands before it.
function variable_access(s: Struct, index: number): PropertyDescriptor & ThisType<Spot> {
  const { parts } = plain_struct(s);
  const { key } = s.places[index];
  return {
    get() {
      if (this.$p < 0)
        throw new RangeError(`view: field ${show(key)} of a view that looks nowhere`);
      CURSOR[0] = this.$p + s.fixed;
      for (let i = 0; i < index; i++) parts[i].check(this.$p, this.$e);
      return parts[index].get(this.$p, undefined);
    },
    set() {
      throw new TypeError(`view: field ${show(key)} has no fixed size and cannot be set in place`);
    },
  };
}

/** Gives a function that makes views of a struct, not yet anywhere. */
export function view_maker(s: Struct): () => Spot {
  class Shape implements Spot {
    $p = NOWHERE;
    $e = 0;
    $inner: Spot[] = makers.map((make) => make());
  }
  const makers: (() => Spot)[] = [];
  for (const [i, place] of s.places.entries()) {
    const { node, offset } = place;
    let access: PropertyDescriptor & ThisType<Spot>;
    if (place.variable) access = variable_access(s, i);
    else if (place.width > 0) access = bits_access(place);
    else if (node.kind === 'number') access = NUMBERS[node.type](offset, place.key);
    else if (node.kind === 'quant') access = quant_access(place);
    else if (node.kind === 'vector') {
      access = inner_access(
        makers.length,
        offset,
        Array.from({ length: node.length }, (_, k) => String(k)),
      );
      makers.push(vector_maker(node.type, node.length));
    } else if (node.kind === 'struct' && is_fixed(node.of)) {
      access = inner_access(
        makers.length,
        offset,
        node.of.places.map(({ key }) => key as string),
      );
      makers.push(view_maker(node.of));
    } else continue;
    Object.defineProperty(Shape.prototype, place.key as string, { ...access, enumerable: true });
  }
  return () => new Shape();
}

function vector_maker(type: NumberType, length: number): () => Spot {
  class Shape implements Spot {
    $p = NOWHERE;
    $e = 0;
    $inner: Spot[] = [];
  }
  for (let i = 0; i < length; i++) {
    Object.defineProperty(Shape.prototype, i, {
      ...NUMBERS[type](i * NUMBER_BYTES[type], String(i)),
      enumerable: true,
    });
  }
  Object.defineProperty(Shape.prototype, 'length', { value: length });
  return () => new Shape();
}
