// Fields in a struct as the plain engine has them, and structs in lists, optional values and each other.
import { dv } from '../wasm/memory.js';
import { FIELDS } from './clones.gen.js';
import {
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
import {
  bits_part,
  bytes_part,
  CURSOR,
  nothing,
  number_part,
  type Part,
  quant_part,
  skip_bytes,
  text_part,
  varint_part,
  vector_part,
} from './plain-leaves.js';
import {
  coder,
  decoder_of,
  get_bits,
  LENGTHS,
  LOADS,
  type Load,
  put_bits,
  ROWS,
  type RowType,
  STORES,
  type Store,
} from './plain-numbers.js';
import type { Value } from './program.js';
import { check_list, check_number, check_numbers } from './support.js';

// A list of numbers.
function row_part(
  key: string | null,
  offset: number,
  length_type: NumberType,
  of: RowType,
  max: number,
): Part {
  const { put, get } = ROWS[of];
  const each = NUMBER_BYTES[of];
  return {
    key,
    bound(v) {
      check_list(v, max);
      check_numbers(v, v.length, key);
      return v.length * each;
    },
    put(base, v) {
      STORES[length_type](base + offset, v.length);
      put(CURSOR[0], v, v.length);
      CURSOR[0] += v.length * each;
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

function list_part(key: string | null, offset: number, node: Node & { kind: 'list' }): Part {
  const { max } = node;
  const type = LENGTHS[prefix_bytes(max)];
  const inner = plain_struct(node.of);
  const of = node.of.places[0];
  if (of.key === null && of.node.kind === 'number' && of.node.type !== 'u64') {
    return row_part(key, offset, type, of.node.type, max);
  }
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

/** A field of an object. */
interface FieldPart {
  bound(owner: Value): number;
  put(base: number, owner: Value): void;
  get(base: number, owner: Value): void;
}

/** Stores and loads of a field whose values V8 may hold as doubles: undefined for the others. */
function double_access(place: Place): { at: number; store: Store; load: Load } | undefined {
  const { node, offset, bit, width } = place;
  if (node.kind === 'number' && node.type !== 'u64') {
    return { at: offset, store: STORES[node.type], load: LOADS[node.type] };
  }
  if (node.kind !== 'quant' && !(width > 30)) return undefined;
  const code = coder(node, place.key);
  const value = decoder_of(node);
  if (width > 0) {
    return {
      at: 0,
      store: (base, v) => put_bits(base, bit, width, code(v)),
      load: (base) => value(get_bits(base, bit, width)),
    };
  }
  const type = LENGTHS[quant_bytes(node as Quant)];
  const store = STORES[type];
  const load = LOADS[type];
  return { at: offset, store: (at, v) => store(at, code(v)), load: (at) => value(load(at)) };
}

let taken = 0;

// A field gets at its object by name. Code that all fields share would have V8 box every double on the way: where there are
// doubles, each field has a copy of the code of its own, as long as there are some left.
function field_part(part: Part, place: Place): FieldPart {
  const key = place.key as string;
  const access = double_access(place);
  if (access !== undefined && taken < FIELDS.length) {
    const copy = (FIELDS as FieldMaker[])[taken++];
    return copy(key, access.at, access.store, access.load, check_number);
  }
  const { bound, put, get } = part;
  return {
    bound: (owner) => bound(owner[key]),
    put: (base, owner) => put(base, owner[key]),
    get(base, owner) {
      owner[key] = get(base, owner[key]);
    },
  };
}

type FieldMaker = (
  key: string,
  at: number,
  store: Store,
  load: Load,
  check: typeof check_number,
) => FieldPart;

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
  const bit_bytes = s.bit_bytes;
  // Made when an object is first looked at: clones and views have plain structs too, and take no copies.
  let made: FieldPart[] | undefined;
  const fields = () => (made ??= parts.map((part, i) => field_part(part, s.places[i])));
  const self: PlainStruct = {
    parts,
    bound(value) {
      if (single) return s.fixed + parts[0].bound(value);
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
