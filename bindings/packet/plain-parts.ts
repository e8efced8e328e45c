// What one field of a packet can do, as closures over its place: the parts of the plain engine, and of the clones.
import { dv } from '../wasm/memory.js';
import {
  code_limit,
  is_fixed,
  type Node,
  NUMBER_BYTES,
  type NumberType,
  type Place,
  prefix_bytes,
  type Quant,
  quant_bytes,
  type Struct,
} from './layout.js';
import { coder, decoder_of, get_bits, LENGTHS, LOADS, put_bits, STORES } from './plain-numbers.js';
import type { Value } from './program.js';
import {
  as_bigint,
  check_bytes,
  check_list,
  check_text,
  check_vector,
  read_bytes,
  read_text,
  write_bytes,
  write_text,
} from './support.js';

/** Where the variable part goes on: moved by every call that reads or writes some of it. */
let cursor = 0;

/** What one field can do. `base` is the address of its struct; values have passed `bound` before `put` sees them. */
interface Part {
  key: string | null;
  /** Most bytes in the variable part; throws for a value that is not of the field's kind. */
  bound(value: Value): number;
  put(base: number, value: Value): void;
  /** 0, or a negative status; moves the cursor. */
  check(base: number, end: number): number;
  get(base: number, old: Value): Value;
}

const nothing = () => 0;

function number_part(key: string | null, offset: number, type: NumberType): Part {
  const store = STORES[type];
  const load = LOADS[type];
  const number = type === 'u64' ? as_bigint : (v: Value) => +v;
  return {
    key,
    bound(v) {
      number(v);
      return 0;
    },
    put: (base, v) => store(base + offset, number(v)),
    check: nothing,
    get: (base) => load(base + offset),
  };
}

function bits_part({ key, node, bit, width }: Place): Part {
  const code = coder(node);
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

function quant_part(key: string | null, offset: number, node: Quant): Part {
  const code = coder(node);
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

function varint_part(key: string | null): Part {
  return {
    key,
    bound: () => 5,
    put(_base, v) {
      let rest = v >>> 0;
      for (; rest > 127; rest >>>= 7) dv.setUint8(cursor++, rest | 128);
      dv.setUint8(cursor++, rest);
    },
    check(_base, end) {
      for (let shift = 0, c = 128; c > 127; shift += 7) {
        if (cursor >= end) return -1;
        c = dv.getUint8(cursor++);
        if (shift === 28 && c > 15) return -2;
      }
      return 0;
    },
    get() {
      let v = 0;
      for (let shift = 0, c = 128; c > 127; shift += 7) {
        c = dv.getUint8(cursor++);
        v |= (c & 127) << shift;
      }
      return v >>> 0;
    },
  };
}

/** Checks a length at an address and moves the cursor over that many bytes. */
function skip_bytes(n: number, max: number, end: number): number {
  if (n > max) return -2;
  cursor += n;
  return cursor > end ? -1 : 0;
}

function text_part(key: string | null, offset: number, max: number): Part {
  const type = LENGTHS[prefix_bytes(max)];
  return {
    key,
    bound(v) {
      check_text(v, max);
      return Math.min(v.length * 3, max);
    },
    put(base, v) {
      const end = write_text(v, cursor, Math.min(v.length * 3, max));
      STORES[type](base + offset, end - cursor);
      cursor = end;
    },
    check: (base, end) => skip_bytes(LOADS[type](base + offset), max, end),
    get(base) {
      const from = cursor;
      cursor += LOADS[type](base + offset);
      return read_text(from, cursor);
    },
  };
}

function bytes_part(key: string | null, offset: number, max: number): Part {
  const type = LENGTHS[prefix_bytes(max)];
  return {
    key,
    bound(v) {
      check_bytes(v, max);
      return v.length;
    },
    put(base, v) {
      STORES[type](base + offset, v.length);
      cursor = write_bytes(v, cursor);
    },
    check: (base, end) => skip_bytes(LOADS[type](base + offset), max, end),
    get(base, old) {
      const from = cursor;
      cursor += LOADS[type](base + offset);
      return read_bytes(from, cursor, old);
    },
  };
}

function list_part(key: string | null, offset: number, node: Node & { kind: 'list' }): Part {
  const { max } = node;
  const type = LENGTHS[prefix_bytes(max)];
  const inner = plain_struct(node.of);
  return {
    key,
    bound(v) {
      check_list(v, max);
      let n = 0;
      for (let i = 0; i < v.length; i++) n += inner.bound(v[i]);
      return n;
    },
    put(base, v) {
      const n = v.length;
      STORES[type](base + offset, n);
      for (let i = 0; i < n; i++) inner.put_next(v[i]);
    },
    check(base, end) {
      const n = LOADS[type](base + offset);
      if (n > max) return -2;
      if (!node.of.checked) return skip_bytes(n * node.of.fixed, Infinity, end);
      for (let i = 0; i < n; i++) {
        const status = inner.check_next(end);
        if (status < 0) return status;
      }
      return 0;
    },
    get(base, old) {
      const n = LOADS[type](base + offset);
      const into: Value[] = Array.isArray(old) ? old : [];
      if (into.length > n) into.length = n;
      for (let i = 0; i < n; i++) into[i] = inner.get_next(into[i]);
      return into;
    },
  };
}

function vector_part(key: string | null, offset: number, type: NumberType, length: number): Part {
  const n = NUMBER_BYTES[type];
  return {
    key,
    bound(v) {
      check_vector(v, length);
      for (let i = 0; i < length; i++) +v[i];
      return 0;
    },
    put(base, v) {
      for (let i = 0; i < length; i++) STORES[type](base + offset + i * n, +v[i]);
    },
    check: nothing,
    get(base, old) {
      const fits = old !== undefined && old !== null && old.length === length;
      const into = fits ? old : new Array(length).fill(0);
      for (let i = 0; i < length; i++) into[i] = LOADS[type](base + offset + i * n);
      return into;
    },
  };
}

function optional_part({ key, bit }: Place, of: Struct): Part {
  const inner = plain_struct(of);
  const here = (v: Value) => v !== undefined && v !== null;
  return {
    key,
    bound: (v) => (here(v) ? inner.bound(v) : 0),
    put(base, v) {
      put_bits(base, bit, 1, here(v) ? 1 : 0);
      if (here(v)) inner.put_next(v);
    },
    check: (base, end) => (get_bits(base, bit, 1) === 0 ? 0 : inner.check_next(end)),
    get: (base) => (get_bits(base, bit, 1) === 0 ? undefined : inner.get_next(undefined)),
  };
}

function struct_part(key: string | null, offset: number, of: Struct): Part {
  const inner = plain_struct(of);
  if (!is_fixed(of)) {
    return {
      key,
      bound: (v) => inner.bound(v),
      put: (_base, v) => inner.put_next(v),
      check: (_base, end) => inner.check_next(end),
      get: (_base, old) => inner.get_next(old),
    };
  }
  return {
    key,
    bound(v) {
      inner.bound(v);
      return 0;
    },
    put: (base, v) => inner.put(base + offset, v),
    check: (base, end) => inner.check(base + offset, end),
    get: (base, old) => inner.get(base + offset, old),
  };
}

function part_of(place: Place): Part {
  const { key, node, offset, width } = place;
  switch (node.kind) {
    case 'number':
      return number_part(key, offset, node.type);
    case 'quant':
      return width > 0 ? bits_part(place) : quant_part(key, offset, node);
    case 'varint':
      return varint_part(key);
    case 'str':
      return text_part(key, offset, node.max);
    case 'bytes':
      return bytes_part(key, offset, node.max);
    case 'list':
      return list_part(key, offset, node);
    case 'vector':
      return vector_part(key, offset, node.type, node.length);
    case 'optional':
      return optional_part(place, node.of);
    case 'struct':
      return struct_part(key, offset, node.of);
    default:
      return bits_part(place);
  }
}

/** A struct in parts. `_next` takes it from the cursor on, the others at an address with the cursor on its variable part. */
export interface PlainStruct {
  parts: Part[];
  /** Bytes that `put_next` may touch. */
  bound(value: Value): number;
  put(base: number, value: Value): void;
  check(base: number, end: number): number;
  get(base: number, old: Value): Value;
  put_next(value: Value): void;
  check_next(end: number): number;
  get_next(old: Value): Value;
}

export function plain_struct(s: Struct): PlainStruct {
  const parts = s.places.map(part_of);
  const checked = parts.filter(({ check }) => check !== nothing);
  const single = parts.length === 1 && parts[0].key === null;
  const clear_from = s.bit_bytes;
  const self: PlainStruct = {
    parts,
    bound(value) {
      if (single) return s.fixed + parts[0].bound(value);
      let n = s.fixed;
      for (const part of parts) n += part.bound(value[part.key as string]);
      return n;
    },
    put(base, value) {
      for (let i = 0; i < clear_from; i++) dv.setUint8(base + i, 0);
      if (single) parts[0].put(base, value);
      else for (const part of parts) part.put(base, value[part.key as string]);
    },
    check(base, end) {
      for (const part of checked) {
        const status = part.check(base, end);
        if (status < 0) return status;
      }
      return 0;
    },
    get(base, old) {
      if (single) return parts[0].get(base, old);
      const into = old === undefined || old === null ? {} : old;
      for (const { key, get } of parts) into[key as string] = get(base, into[key as string]);
      return into;
    },
    put_next(value) {
      const base = cursor;
      cursor += s.fixed;
      self.put(base, value);
    },
    check_next(end) {
      const base = cursor;
      cursor += s.fixed;
      return cursor > end ? -1 : self.check(base, end);
    },
    get_next(old) {
      const base = cursor;
      cursor += s.fixed;
      return self.get(base, old);
    },
  };
  return self;
}

/** The cursor is where variable parts are read and written. */
export function set_cursor(at: number): void {
  cursor = at;
}

export function get_cursor(): number {
  return cursor;
}
