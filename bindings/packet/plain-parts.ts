// Fields in a struct as the plain engine has them, and structs in lists, optional values and each other.
import { dv } from '../wasm/memory.js';
import { FIELDS, QUANTS, WORDS } from './clones.gen.js';
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
  get_varint,
  look_ahead,
  nothing,
  number_part,
  type Part,
  put_varint,
  quant_part,
  skip_bytes,
  text_part,
  varint_part,
  vector_part,
} from './plain-leaves.js';
import {
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
      const n = v.length;
      look_ahead(n * each, n, max);
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
      look_ahead(n * node.of.fixed, n, max);
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
    get: (base, old) => (get_bits(base, bit, 1) === 0 ? undefined : inner.get_next(old)),
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

type FieldMaker = (
  key: string,
  at: number,
  store: Store,
  load: Load,
  check: typeof check_number,
  ...quant: number[]
) => FieldPart;

let fields_taken = 0;
let quants_taken = 0;
let words_taken = 0;

/** Where the code of a place lies, and how it is stored and loaded. */
function code_access({ node, offset, bit, width }: Place): [at: number, store: Store, load: Load] {
  if (width === 0) {
    const type = LENGTHS[quant_bytes(node as Quant)];
    return [offset, STORES[type], LOADS[type]];
  }
  return [
    0,
    (base, code) => put_bits(base, bit, width, code),
    (base) => get_bits(base, bit, width),
  ];
}

// A field gets at its object by name. Code that all fields share would have V8 box every double on the way: where there are
// doubles, each field has a copy of the code of its own, as long as there are some left.
function copied_field(place: Place): FieldPart | undefined {
  const { node, offset, width } = place;
  const key = place.key as string;
  if (node.kind === 'quant') {
    if (quants_taken === QUANTS.length) return undefined;
    const copy = (QUANTS as FieldMaker[])[quants_taken++];
    const { min, scale, top, step } = node;
    return copy(key, ...code_access(place), check_number, min, scale, top, step);
  }
  if (node.kind === 'number' && node.type !== 'u64') {
    if (fields_taken === FIELDS.length) return undefined;
    const copy = (FIELDS as FieldMaker[])[fields_taken++];
    return copy(key, offset, STORES[node.type], LOADS[node.type], check_number);
  }
  const varint = node.kind === 'varint';
  if ((varint || (node.kind === 'bits' && width > 30)) && words_taken < WORDS.length) {
    const copy = (WORDS as FieldMaker[])[words_taken++];
    const [, store, load] = varint ? [0, put_varint, get_varint] : code_access(place);
    return copy(key, varint ? 5 : 0, store, load, check_number);
  }
  return undefined;
}

function field_part(part: Part, place: Place): FieldPart {
  const key = place.key as string;
  const { bound, put, get } = part;
  return (
    copied_field(place) ?? {
      bound: (owner) => bound(owner[key]),
      put: (base, owner) => put(base, owner[key]),
      get(base, owner) {
        owner[key] = get(base, owner[key]);
      },
    }
  );
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
