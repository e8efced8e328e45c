// Fields in a struct as the plain engine has them, and structs in lists, optional values and each other.
import { dv } from '../wasm/memory.js';
import {
  is_fixed,
  type Node,
  NUMBER_BYTES,
  type NumberType,
  type Place,
  prefix_bytes,
  type Struct,
} from './layout.js';
import { type FieldPart, field_part } from './plain-fields.js';
import {
  bits_part,
  bytes_part,
  CURSOR,
  look_ahead,
  nothing,
  number_part,
  type Part,
  quant_part,
  skip_bytes,
  text_part,
  varint_part,
  vector_part,
} from './plain-leaves.js';
import { get_bits, LENGTHS, LOADS, put_bits, ROWS, type RowType, STORES } from './plain-numbers.js';
import type { Value } from './program.js';
import { check_list, check_numbers, no_object, path_to } from './support.js';

// A list of numbers.
function row_part(
  { key, offset }: Place,
  length_type: NumberType,
  of: RowType,
  max: number,
  path: string,
): Part {
  const { put, get } = ROWS[of];
  const each = NUMBER_BYTES[of];
  const element = `${path}[]`;
  return {
    key,
    bound(v) {
      const n = check_list(v, max, path);
      check_numbers(v, n, element);
      return n * each;
    },
    put(base, v) {
      const n = check_list(v, max, path);
      look_ahead(n * each);
      STORES[length_type](base + offset, n);
      put(CURSOR[0], v, n);
      CURSOR[0] += n * each;
    },
    check(base, end) {
      const n = LOADS[length_type](base + offset);
      return n > max ? -2 : skip_bytes(n * each, Infinity, end);
    },
    get(base, old) {
      const n = LOADS[length_type](base + offset);
      const into: Value[] = Array.isArray(old) ? old : [];
      if (into.length > n) into.length = n;
      get(CURSOR[0], into, n);
      CURSOR[0] += n * each;
      return into;
    },
  };
}

function list_part(place: Place, node: Node & { kind: 'list' }, path: string): Part {
  const { key, offset } = place;
  const { max } = node;
  const type = LENGTHS[prefix_bytes(max)];
  const of = node.of.places[0];
  if (of.key === null && of.node.kind === 'number' && of.node.type !== 'u64') {
    return row_part(place, type, of.node.type, max, path);
  }
  const inner = plain_struct(node.of, `${path}[]`);
  return {
    key,
    bound(v) {
      const length = check_list(v, max, path);
      let n = 0;
      for (let i = 0; i < length; i++) n += inner.bound(v[i]);
      return n;
    },
    put(base, v) {
      const n = check_list(v, max, path);
      look_ahead(n * node.of.fixed);
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

function optional_part({ key, bit }: Place, of: Struct, path: string): Part {
  const inner = plain_struct(of, path);
  const here = (v: Value) => v !== undefined && v !== null;
  return {
    key,
    bound: (v) => (here(v) ? inner.bound(v) : 0),
    put(base, v) {
      put_bits(base, bit, 1, here(v) ? 1 : 0);
      if (here(v)) inner.put_next(v);
    },
    check: (base, end) => (get_bits(base, bit, 1) === 0 ? 0 : inner.check_next(end)),
    get: (base, old) => (get_bits(base, bit, 1) === 0 ? undefined : inner.get_next(old)),
  };
}

function struct_part({ key, offset }: Place, of: Struct, path: string): Part {
  const inner = plain_struct(of, path);
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

function part_of(place: Place, path: string): Part {
  const { key, node, width } = place;
  switch (node.kind) {
    case 'number':
      return number_part(place, node.type, path);
    case 'quant':
      return width > 0 ? bits_part(place, path) : quant_part(place, node, path);
    case 'varint':
      return varint_part(key, path);
    case 'str':
      return text_part(place, node.max, path);
    case 'bytes':
      return bytes_part(place, node.max, path);
    case 'list':
      return list_part(place, node, path);
    case 'vector':
      return vector_part(place, node.type, node.length, path);
    case 'optional':
      return optional_part(place, node.of, path);
    case 'struct':
      return struct_part(place, node.of, path);
    default:
      return bits_part(place, path);
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

/** Gives the parts of a struct, whose fields have paths below `path` in errors. */
export function plain_struct(s: Struct, path = ''): PlainStruct {
  const paths = s.places.map(({ key }) => path_to(path, key));
  const parts = s.places.map((place, i) => part_of(place, paths[i]));
  // What its fixed part and its varints take, which are not looked at one by one.
  const least = s.fixed + 5 * s.places.filter(({ node }) => node.kind === 'varint').length;
  const checked = parts.filter(({ check }) => check !== nothing);
  const single = parts.length === 1 && parts[0].key === null;
  const bit_bytes = s.bit_bytes;
  // Made when an object is first looked at: clones and views have plain structs too, and take no copies.
  let made: FieldPart[] | undefined;
  const fields = () => (made ??= parts.map((part, i) => field_part(part, s.places[i], paths[i])));
  const self: PlainStruct = {
    parts,
    bound(value) {
      if (single) return s.fixed + parts[0].bound(value);
      if (value === undefined || value === null) throw no_object(value, path);
      let n = s.fixed;
      const all = made ?? fields();
      for (let i = 0; i < all.length; i++) n += all[i].bound(value);
      return n;
    },
    put(base, value) {
      for (let i = 0; i < bit_bytes; i++) dv.setUint8(base + i, 0);
      if (single) {
        parts[0].put(base, value);
        return;
      }
      const all = made ?? fields();
      for (let i = 0; i < all.length; i++) all[i].put(base, value);
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
      const all = made ?? fields();
      for (let i = 0; i < all.length; i++) all[i].get(base, into);
      return into;
    },
    put_next(value) {
      look_ahead(least);
      const base = CURSOR[0];
      CURSOR[0] += s.fixed;
      self.put(base, value);
    },
    check_next(end) {
      const base = CURSOR[0];
      CURSOR[0] += s.fixed;
      return CURSOR[0] > end ? -1 : self.check(base, end);
    },
    get_next(old) {
      const base = CURSOR[0];
      CURSOR[0] += s.fixed;
      return self.get(base, old);
    },
  };
  return self;
}
