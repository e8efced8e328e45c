// A copy of a value in plain data: each field is read once, so that no getter of it runs while bytes are written.
import type { Node, Struct } from './layout.js';
import type { Value } from './program.js';
import { as_bigint, check_list, check_number, check_vector } from './support.js';

function number_of(value: Value, key: string | null): number {
  if (typeof value === 'number') return value;
  check_number(value, key);
  return Number(value);
}

/** The value of one field, read once. @throws TypeError, RangeError the field does not take it */
function settle_field(node: Node, value: Value, key: string | null): Value {
  switch (node.kind) {
    case 'number':
      return node.type === 'u64' ? as_bigint(value) : number_of(value, key);
    case 'bits':
    case 'ranged':
    case 'quant':
    case 'varint':
      return number_of(value, key);
    case 'vector':
      check_vector(value, node.length);
      return Array.from({ length: node.length }, (_, i) => number_of(value[i], key));
    case 'list': {
      check_list(value, node.max);
      const n = Math.min(value.length, node.max);
      const copy: Value[] = [];
      for (let i = 0; i < n; i++) copy.push(settle(node.of, value[i]));
      return copy;
    }
    case 'optional':
      return value === undefined || value === null ? undefined : settle(node.of, value);
    case 'struct':
      return settle(node.of, value);
    default:
      return value;
  }
}

/** A value of a struct in plain data. @throws TypeError, RangeError a field does not take what it holds */
export function settle({ places }: Struct, value: Value): Value {
  if (places.length === 1 && places[0].key === null) {
    return settle_field(places[0].node, value, null);
  }
  const copy: Record<string, Value> = {};
  for (const { key, node } of places) {
    copy[key as string] = settle_field(node, value[key as string], key);
  }
  return copy;
}
