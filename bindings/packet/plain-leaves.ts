// Numbers, codes, strings and bytes as the plain engine has them: closures over the place of one value.
import { dv } from '../wasm/memory.js';
import {
  code_limit,
  type NumberType,
  type Place,
  prefix_bytes,
  type Quant,
  quant_bytes,
} from './layout.js';
import {
  coder,
  decoder_of,
  get_bits,
  LENGTHS,
  LOADS,
  put_bits,
  ROWS,
  type RowType,
  STORES,
} from './plain-numbers.js';
import type { Value } from './program.js';
import {
  as_bigint,
  changed,
  check_bytes,
  check_number,
  check_numbers,
  check_text,
  check_vector,
  read_bytes,
  read_text,
  write_bytes,
  write_text,
} from './support.js';

/** Where the variable part goes on, as an address: moved by every call that reads or writes some of it. */
export const CURSOR = /* @__PURE__ */ new Int32Array(1);

/** How far the variable part may go: a getter may give a longer value than the one that `bound` has seen. */
export const LIMIT = /* @__PURE__ */ new Int32Array(/* @__PURE__ */ [0x7fffffff]);
/** For a value of plain data, which `bound` has seen as it is. */
export const NO_LIMIT = 0x7fffffff;

/** @throws RangeError `n` bytes at the cursor go beyond the limit */
export function look_ahead(n: number): void {
  if (CURSOR[0] + n > LIMIT[0]) throw changed();
}

/** What one value can do. `base` is the address of its struct; values have passed `bound` before `put` sees them. */
export interface Part {
  key: string | null;
  /** Most bytes in the variable part; throws for a value that is not of the field's kind. */
  bound(value: Value): number;
  put(base: number, value: Value): void;
  /** 0, or a negative status; moves the cursor. */
  check(base: number, end: number): number;
  get(base: number, old: Value): Value;
}

/** The check of what may hold anything. */
export const nothing = () => 0;

export function number_part({ key, offset }: Place, type: NumberType, path: string): Part {
  const store = STORES[type];
  const load = LOADS[type];
  const big = type === 'u64';
  return {
    key,
    bound(v) {
      if (big) as_bigint(v, path);
      else check_number(v, path);
      return 0;
    },
    put: (base, v) => store(base + offset, big ? as_bigint(v, path) : v),
    check: nothing,
    get: (base) => load(base + offset),
  };
}

export function bits_part({ key, node, bit, width }: Place, path: string): Part {
  const code = coder(node, path);
  const value = decoder_of(node);
  const limit = code_limit(node);
  return {
    key,
    bound(v) {
      code(v);
      return 0;
    },
    put: (base, v) => put_bits(base, bit, width, code(v)),
    check: limit < 0 ? nothing : (base) => (get_bits(base, bit, width) >>> 0 > limit ? -2 : 0),
    get: (base) => value(get_bits(base, bit, width)),
  };
}

export function quant_part({ key, offset }: Place, node: Quant, path: string): Part {
  const code = coder(node, path);
  const value = decoder_of(node);
  const type = LENGTHS[quant_bytes(node)];
  return {
    key,
    bound(v) {
      code(v);
      return 0;
    },
    put: (base, v) => STORES[type](base + offset, code(v)),
    check: nothing,
    get: (base) => value(LOADS[type](base + offset)),
  };
}

/** Writes a varint at the cursor. */
export function put_varint(_base: number, v: number): void {
  let rest = v >>> 0;
  for (; rest > 127; rest >>>= 7) dv.setUint8(CURSOR[0]++, rest | 128);
  dv.setUint8(CURSOR[0]++, rest);
}

/** Reads the varint at the cursor, as an int32. */
export function get_varint(): number {
  let v = 0;
  for (let shift = 0, c = 128; c > 127; shift += 7) {
    c = dv.getUint8(CURSOR[0]++);
    v |= (c & 127) << shift;
  }
  return v;
}

export function varint_part(key: string | null, path: string): Part {
  return {
    key,
    bound(v) {
      check_number(v, path);
      return 5;
    },
    put: put_varint,
    check(_base, end) {
      for (let shift = 0, c = 128; c > 127; shift += 7) {
        if (CURSOR[0] >= end) return -1;
        c = dv.getUint8(CURSOR[0]++);
        if (shift === 28 && c > 15) return -2;
      }
      return 0;
    },
    get: () => get_varint() >>> 0,
  };
}

/** Checks a length at an address and moves the cursor over that many bytes. */
export function skip_bytes(n: number, max: number, end: number): number {
  if (n > max) return -2;
  CURSOR[0] += n;
  return CURSOR[0] > end ? -1 : 0;
}

export function text_part({ key, offset }: Place, max: number, path: string): Part {
  const type = LENGTHS[prefix_bytes(max)];
  return {
    key,
    bound(v) {
      check_text(v, max, path);
      return Math.min(v.length * 3, max);
    },
    put(base, v) {
      // Another one than `bound` has seen, if a getter gives it.
      if (typeof v !== 'string' || v.length * 3 > max) check_text(v, max, path);
      const room = Math.min(v.length * 3, max);
      look_ahead(room);
      const end = write_text(v, CURSOR[0], room);
      STORES[type](base + offset, end - CURSOR[0]);
      CURSOR[0] = end;
    },
    check: (base, end) => skip_bytes(LOADS[type](base + offset), max, end),
    get(base) {
      const from = CURSOR[0];
      CURSOR[0] += LOADS[type](base + offset);
      return read_text(from, CURSOR[0]);
    },
  };
}

export function bytes_part({ key, offset }: Place, max: number, path: string): Part {
  const type = LENGTHS[prefix_bytes(max)];
  return {
    key,
    bound: (v) => check_bytes(v, max, path),
    put(base, v) {
      const n = check_bytes(v, max, path);
      look_ahead(n);
      STORES[type](base + offset, n);
      CURSOR[0] = write_bytes(v, CURSOR[0], n);
    },
    check: (base, end) => skip_bytes(LOADS[type](base + offset), max, end),
    get(base, old) {
      const from = CURSOR[0];
      CURSOR[0] += LOADS[type](base + offset);
      return read_bytes(from, CURSOR[0], old);
    },
  };
}

export function vector_part(
  { key, offset }: Place,
  type: RowType,
  length: number,
  path: string,
): Part {
  const { put, get } = ROWS[type];
  const each = `${path}[]`;
  return {
    key,
    bound(v) {
      check_vector(v, length, path);
      check_numbers(v, length, each);
      return 0;
    },
    put: (base, v) => put(base + offset, v, length),
    check: nothing,
    get(base, old) {
      const fits = old !== undefined && old !== null && old.length === length;
      const into = fits ? old : new Array(length).fill(0);
      get(base + offset, into, length);
      return into;
    },
  };
}
