// A copy of a value in plain data: each field is read once, so that no getter of it runs while bytes are written.

import { codes_of } from './generate-parts.js';
import type { Node, Struct } from './layout.js';
import type { Value } from './program.js';
import {
  as_bigint,
  check_bytes,
  check_list,
  check_number,
  check_text,
  check_vector,
  enum_code,
  no_object,
  path_to,
} from './support.js';

function number_of(value: Value, path: string): number {
  if (typeof value === 'number') return value;
  check_number(value, path);
  return Number(value);
}

/** The value of one field, read once. @throws TypeError, RangeError the field does not take it */
function settle_field(node: Node, value: Value, path: string): Value {
  switch (node.kind) {
    case 'number':
      return node.type === 'u64' ? as_bigint(value, path) : number_of(value, path);
    case 'bits':
    case 'ranged':
    case 'quant':
    case 'varint':
      return number_of(value, path);
    case 'bool':
      return Boolean(value);
    case 'enum':
      enum_code(codes_of(node), value, path);
      return value;
    case 'str':
      check_text(value, node.max, path);
      return value;
    case 'bytes':
      check_bytes(value, node.max, path);
      return value;
    case 'vector':
      check_vector(value, node.length, path);
      return Array.from({ length: node.length }, (_, i) => number_of(value[i], `${path}[]`));
    case 'list': {
      const n = check_list(value, node.max, path);
      const copy: Value[] = [];
      for (let i = 0; i < n; i++) copy.push(settle(node.of, value[i], `${path}[]`));
      return copy;
    }
    case 'optional':
      return value === undefined || value === null ? undefined : settle(node.of, value, path);
    case 'struct':
      return settle(node.of, value, path);
  }
}

/** A value of a struct in plain data. @throws TypeError, RangeError a field does not take what it holds */
export function settle({ places }: Struct, value: Value, path = ''): Value {
  if (places.length === 1 && places[0].key === null) {
    return settle_field(places[0].node, value, path);
  }
  if (value === undefined || value === null) throw no_object(value, path);
  const copy: Record<string, Value> = {};
  for (const { key, node } of places) {
    copy[key as string] = settle_field(node, value[key as string], path_to(path, key));
  }
  return copy;
}
