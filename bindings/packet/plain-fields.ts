// Fields of objects as the plain engine gets at them: by name, with code of their own where a double would be boxed on the way.
import { FIELDS, QUANTS, WORDS } from './clones.gen.js';
import { type Place, type Quant, quant_bytes } from './layout.js';
import { get_varint, type Part, put_varint } from './plain-leaves.js';
import {
  get_bits,
  LENGTHS,
  LOADS,
  type Load,
  put_bits,
  STORES,
  type Store,
} from './plain-numbers.js';
import type { Value } from './program.js';
import { check_number } from './support.js';

/** A field of an object. */
export interface FieldPart {
  bound(owner: Value): number;
  put(base: number, owner: Value): void;
  get(base: number, owner: Value): void;
}

type FieldMaker = (
  key: string,
  at: number,
  store: Store,
  load: Load,
  check: (value: unknown) => void,
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
function copied_field(place: Place, path: string): FieldPart | undefined {
  const { node, offset, width } = place;
  const key = place.key as string;
  const check = (value: unknown) => check_number(value, path);
  if (node.kind === 'quant') {
    if (quants_taken === QUANTS.length) return undefined;
    const copy = (QUANTS as FieldMaker[])[quants_taken++];
    const { min, scale, top, step } = node;
    return copy(key, ...code_access(place), check, min, scale, top, step);
  }
  if (node.kind === 'number' && node.type !== 'u64') {
    if (fields_taken === FIELDS.length) return undefined;
    const copy = (FIELDS as FieldMaker[])[fields_taken++];
    return copy(key, offset, STORES[node.type], LOADS[node.type], check);
  }
  const varint = node.kind === 'varint';
  if ((varint || (node.kind === 'bits' && width > 30)) && words_taken < WORDS.length) {
    const copy = (WORDS as FieldMaker[])[words_taken++];
    const [, store, load] = varint ? [0, put_varint, get_varint] : code_access(place);
    return copy(key, varint ? 5 : 0, store, load, check);
  }
  return undefined;
}

/** A field of the object that holds it. */
export function field_part(part: Part, place: Place, path: string): FieldPart {
  const key = place.key as string;
  const { bound, put, get } = part;
  return (
    copied_field(place, path) ?? {
      bound: (owner) => bound(owner[key]),
      put: (base, owner) => put(base, owner[key]),
      get(base, owner) {
        owner[key] = get(base, owner[key]);
      },
    }
  );
}
