// Numbers and codes of the plain engines: stores and loads by type, codes by kind, bits at an address.
import { dv } from '../wasm/memory.js';
import { codes_of } from './generate-parts.js';
import type { Node, NumberType } from './layout.js';
import type { Value } from './program.js';
import { check_number, enum_code, f16_code, f16_number } from './support.js';

export type Store = (at: number, value: Value) => void;
export type Load = (at: number) => Value;

/** Stores and loads by type. Each takes the view at the call, so none outlives a growth of memory. */
export const STORES: Record<NumberType, Store> = {
  u8: (at, v) => dv.setUint8(at, v),
  s8: (at, v) => dv.setInt8(at, v),
  u16: (at, v) => dv.setUint16(at, v, true),
  s16: (at, v) => dv.setInt16(at, v, true),
  u32: (at, v) => dv.setUint32(at, v, true),
  s32: (at, v) => dv.setInt32(at, v, true),
  u64: (at, v) => dv.setBigUint64(at, v, true),
  f16: (at, v) => dv.setUint16(at, f16_code(v), true),
  f32: (at, v) => dv.setFloat32(at, v, true),
  f64: (at, v) => dv.setFloat64(at, v, true),
};

export const LOADS: Record<NumberType, Load> = {
  u8: (at) => dv.getUint8(at),
  s8: (at) => dv.getInt8(at),
  u16: (at) => dv.getUint16(at, true),
  s16: (at) => dv.getInt16(at, true),
  u32: (at) => dv.getUint32(at, true),
  s32: (at) => dv.getInt32(at, true),
  u64: (at) => dv.getBigUint64(at, true),
  f16: (at) => f16_number(dv.getUint16(at, true)),
  f32: (at) => dv.getFloat32(at, true),
  f64: (at) => dv.getFloat64(at, true),
};

/** Types of numbers in a row. */
export type RowType = Exclude<NumberType, 'u64'>;

interface Row {
  put(at: number, values: ArrayLike<number>, n: number): void;
  get(at: number, into: { [i: number]: number }, n: number): void;
}

/** Numbers in a row, by type. A loop for each: in one for all V8 would box every double. */
export const ROWS: Record<RowType, Row> = {
  u8: {
    put(at, v, n) {
      for (let i = 0; i < n; i++) dv.setUint8(at + i, v[i]);
    },
    get(at, v, n) {
      for (let i = 0; i < n; i++) v[i] = dv.getUint8(at + i);
    },
  },
  s8: {
    put(at, v, n) {
      for (let i = 0; i < n; i++) dv.setInt8(at + i, v[i]);
    },
    get(at, v, n) {
      for (let i = 0; i < n; i++) v[i] = dv.getInt8(at + i);
    },
  },
  u16: {
    put(at, v, n) {
      for (let i = 0; i < n; i++) dv.setUint16(at + i * 2, v[i], true);
    },
    get(at, v, n) {
      for (let i = 0; i < n; i++) v[i] = dv.getUint16(at + i * 2, true);
    },
  },
  s16: {
    put(at, v, n) {
      for (let i = 0; i < n; i++) dv.setInt16(at + i * 2, v[i], true);
    },
    get(at, v, n) {
      for (let i = 0; i < n; i++) v[i] = dv.getInt16(at + i * 2, true);
    },
  },
  u32: {
    put(at, v, n) {
      for (let i = 0; i < n; i++) dv.setUint32(at + i * 4, v[i], true);
    },
    get(at, v, n) {
      for (let i = 0; i < n; i++) v[i] = dv.getUint32(at + i * 4, true);
    },
  },
  s32: {
    put(at, v, n) {
      for (let i = 0; i < n; i++) dv.setInt32(at + i * 4, v[i], true);
    },
    get(at, v, n) {
      for (let i = 0; i < n; i++) v[i] = dv.getInt32(at + i * 4, true);
    },
  },
  f16: {
    put(at, v, n) {
      for (let i = 0; i < n; i++) dv.setUint16(at + i * 2, f16_code(v[i]), true);
    },
    get(at, v, n) {
      for (let i = 0; i < n; i++) v[i] = f16_number(dv.getUint16(at + i * 2, true));
    },
  },
  f32: {
    put(at, v, n) {
      for (let i = 0; i < n; i++) dv.setFloat32(at + i * 4, v[i], true);
    },
    get(at, v, n) {
      for (let i = 0; i < n; i++) v[i] = dv.getFloat32(at + i * 4, true);
    },
  },
  f64: {
    put(at, v, n) {
      for (let i = 0; i < n; i++) dv.setFloat64(at + i * 8, v[i], true);
    },
    get(at, v, n) {
      for (let i = 0; i < n; i++) v[i] = dv.getFloat64(at + i * 8, true);
    },
  },
};

/** Types of lengths and codes, by their bytes. */
export const LENGTHS: Record<number, NumberType> = { 1: 'u8', 2: 'u16', 4: 'u32' };

/** Gives the bits of a value in the bit area. The value has the name `path` in errors. */
export function coder(node: Node, path: string): (value: Value) => number {
  switch (node.kind) {
    case 'bits': {
      const mask = node.bits === 32 ? -1 : 2 ** node.bits - 1;
      return (v) => {
        if (typeof v !== 'number') check_number(v, path);
        return v & mask;
      };
    }
    case 'ranged': {
      const { min, max } = node;
      return (v) => {
        if (typeof v !== 'number') check_number(v, path);
        return v > max ? (max - min) | 0 : v >= min ? (v - min) | 0 : 0;
      };
    }
    case 'enum': {
      const codes = codes_of(node);
      return (v) => enum_code(codes, v, path);
    }
    case 'quant': {
      const { min, scale, top } = node;
      return (v) => {
        if (typeof v !== 'number') check_number(v, path);
        const t = (v - min) * scale + 0.5;
        return t >= top ? top : t > 0 ? t | 0 : 0;
      };
    }
    case 'optional':
      return (v) => (v !== undefined && v !== null ? 1 : 0);
    default:
      return (v) => (v ? 1 : 0);
  }
}

/** The value that bits stand for (already cut to their width). */
export function decoder_of(node: Node): (code: number) => Value {
  switch (node.kind) {
    case 'bits':
      return (code) => code >>> 0;
    case 'ranged':
      return (code) => node.min + (code >>> 0);
    case 'enum':
      return (code) => node.names[code];
    case 'quant':
      return (code) => node.min + code * node.step;
    default:
      return (code) => code !== 0;
  }
}

/** Bits [bit, bit + width) from `at` on, as an int32. */
export function get_bits(at: number, bit: number, width: number): number {
  let code = 0;
  for (let done = 0; done < width; ) {
    const shift = (bit + done) & 7;
    const n = Math.min(8 - shift, width - done);
    code |= ((dv.getUint8(at + ((bit + done) >> 3)) >> shift) & ((1 << n) - 1)) << done;
    done += n;
  }
  return code;
}

/** Stores bits, the others stay. */
export function put_bits(at: number, bit: number, width: number, code: number): void {
  for (let done = 0; done < width; ) {
    const shift = (bit + done) & 7;
    const n = Math.min(8 - shift, width - done);
    const mask = ((1 << n) - 1) << shift;
    const spot = at + ((bit + done) >> 3);
    dv.setUint8(spot, (dv.getUint8(spot) & ~mask) | (((code >>> done) << shift) & mask));
    done += n;
  }
}
