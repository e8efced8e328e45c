// Fields of a packet as getters and setters over its bytes.
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
import { as_bigint, check_number, f16_code, f16_number, named, path_to } from './support.js';

/** Where a view looks. `$` names are free: schemas may not use them. */
export interface Spot {
  /** Address of the struct, and where the bytes end. */
  $p: number;
  $e: number;
  $inner: Spot[];
}

/** Where a view looks before it is placed: every field of it lies below 0, where the view over linear memory throws. */
const NOWHERE = -(2 ** 30);

type Access = (offset: number, path: string) => PropertyDescriptor & ThisType<Spot>;

const NUMBERS: Record<NumberType, Access> = {
  u8: (o, path) => ({
    get() {
      return dv.getUint8(this.$p + o);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, path);
      dv.setUint8(this.$p + o, v);
    },
  }),
  s8: (o, path) => ({
    get() {
      return dv.getInt8(this.$p + o);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, path);
      dv.setInt8(this.$p + o, v);
    },
  }),
  u16: (o, path) => ({
    get() {
      return dv.getUint16(this.$p + o, true);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, path);
      dv.setUint16(this.$p + o, v, true);
    },
  }),
  s16: (o, path) => ({
    get() {
      return dv.getInt16(this.$p + o, true);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, path);
      dv.setInt16(this.$p + o, v, true);
    },
  }),
  u32: (o, path) => ({
    get() {
      return dv.getUint32(this.$p + o, true);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, path);
      dv.setUint32(this.$p + o, v, true);
    },
  }),
  s32: (o, path) => ({
    get() {
      return dv.getInt32(this.$p + o, true);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, path);
      dv.setInt32(this.$p + o, v, true);
    },
  }),
  u64: (o, path) => ({
    get() {
      return dv.getBigUint64(this.$p + o, true);
    },
    set(v) {
      dv.setBigUint64(this.$p + o, as_bigint(v, path), true);
    },
  }),
  f16: (o, path) => ({
    get() {
      return f16_number(dv.getUint16(this.$p + o, true));
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, path);
      dv.setUint16(this.$p + o, f16_code(v), true);
    },
  }),
  f32: (o, path) => ({
    get() {
      return dv.getFloat32(this.$p + o, true);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, path);
      dv.setFloat32(this.$p + o, v, true);
    },
  }),
  f64: (o, path) => ({
    get() {
      return dv.getFloat64(this.$p + o, true);
    },
    set(v) {
      if (typeof v !== 'number') check_number(v, path);
      dv.setFloat64(this.$p + o, v, true);
    },
  }),
};

function bits_access(
  { node, bit, width }: Place,
  path: string,
): PropertyDescriptor & ThisType<Spot> {
  const code = coder(node, path);
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

function quant_access({ node, offset }: Place, path: string): PropertyDescriptor & ThisType<Spot> {
  const code = coder(node, path);
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
function variable_access(
  s: Struct,
  index: number,
  path: string,
): PropertyDescriptor & ThisType<Spot> {
  const { parts } = plain_struct(s, path);
  const name = named(path_to(path, s.places[index].key));
  return {
    get() {
      if (this.$p < 0) throw new RangeError(`${name} of a view that looks nowhere`);
      const cursor = CURSOR[0];
      try {
        let from = 0;
        CURSOR[0] = this.$p + s.fixed;
        for (let i = 0; i <= index; i++) {
          from = CURSOR[0];
          // The packet was looked at as a whole; its bytes may have changed since.
          if (parts[i].check(this.$p, this.$e) < 0)
            throw new RangeError(`${name} is no longer there: the bytes have changed`);
        }
        CURSOR[0] = from;
        return parts[index].get(this.$p, undefined);
      } finally {
        CURSOR[0] = cursor;
      }
    },
    set() {
      throw new TypeError(`${name} has no fixed size and cannot be set in place`);
    },
  };
}

/** Gives a function that makes views of a struct, not yet anywhere. */
export function view_maker(s: Struct, path = ''): () => Spot {
  class Shape implements Spot {
    $p = NOWHERE;
    $e = 0;
    $inner: Spot[] = makers.map((make) => make());
  }
  const makers: (() => Spot)[] = [];
  for (const [i, place] of s.places.entries()) {
    const { node, offset } = place;
    const here = path_to(path, place.key);
    let access: PropertyDescriptor & ThisType<Spot>;
    if (place.variable) access = variable_access(s, i, path);
    else if (place.width > 0) access = bits_access(place, here);
    else if (node.kind === 'number') access = NUMBERS[node.type](offset, here);
    else if (node.kind === 'quant') access = quant_access(place, here);
    else if (node.kind === 'vector') {
      access = inner_access(
        makers.length,
        offset,
        Array.from({ length: node.length }, (_, k) => String(k)),
      );
      makers.push(vector_maker(node.type, node.length, `${here}[]`));
    } else if (node.kind === 'struct' && is_fixed(node.of)) {
      access = inner_access(
        makers.length,
        offset,
        node.of.places.map(({ key }) => key as string),
      );
      makers.push(view_maker(node.of, here));
    } else continue;
    Object.defineProperty(Shape.prototype, place.key as string, { ...access, enumerable: true });
  }
  return () => new Shape();
}

function vector_maker(type: NumberType, length: number, path: string): () => Spot {
  class Shape implements Spot {
    $p = NOWHERE;
    $e = 0;
    $inner: Spot[] = [];
  }
  for (let i = 0; i < length; i++) {
    Object.defineProperty(Shape.prototype, i, {
      ...NUMBERS[type](i * NUMBER_BYTES[type], path),
      enumerable: true,
    });
  }
  Object.defineProperty(Shape.prototype, 'length', { value: length });
  return () => new Shape();
}
