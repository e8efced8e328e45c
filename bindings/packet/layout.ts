// Where every field of a packet lies: bits first, then what has a fixed size, then what has not; and the hash of it all.

export type NumberType =
  | 'u8'
  | 's8'
  | 'u16'
  | 's16'
  | 'u32'
  | 's32'
  | 'u64'
  | 'f16'
  | 'f32'
  | 'f64';

export const NUMBER_BYTES: Record<NumberType, number> = {
  u8: 1,
  s8: 1,
  u16: 2,
  s16: 2,
  u32: 4,
  s32: 4,
  u64: 8,
  f16: 2,
  f32: 4,
  f64: 8,
};

export interface Quant {
  kind: 'quant';
  min: number;
  max: number;
  bits: number;
  /** Largest code. */
  top: number;
  /** Codes per unit, and units per code. */
  scale: number;
  step: number;
}

/** A field without its name. */
export type Node =
  | { kind: 'number'; type: NumberType }
  | Quant
  | { kind: 'bool' }
  | { kind: 'bits'; bits: number }
  | { kind: 'ranged'; min: number; max: number; bits: number }
  | { kind: 'enum'; names: readonly string[]; bits: number }
  | { kind: 'varint' }
  | { kind: 'str'; max: number }
  | { kind: 'bytes'; max: number }
  | { kind: 'list'; of: Struct; max: number }
  | { kind: 'struct'; of: Struct }
  | { kind: 'vector'; type: Exclude<NumberType, 'u64'>; length: number }
  | { kind: 'optional'; of: Struct };

/** A field in its place. */
export interface Place {
  /** null: the value itself, as an element of a list or an optional value is. */
  key: string | null;
  node: Node;
  /** Bits in the bit area, from bit `bit` on (little-endian); 0 for none. */
  width: number;
  bit: number;
  /** Offset in the fixed part of the value, or of the length of a str, bytes or list; -1 for none. */
  offset: number;
  /** Whether anything of it lies in the variable part. */
  variable: boolean;
}

/** A packet, an element of a list, or an optional value: bit area, fixed part, variable part. */
export interface Struct {
  places: Place[];
  bits: number;
  bit_bytes: number;
  /** Bytes of bit area and fixed part. */
  fixed: number;
  /** Fewest and most bytes in all. */
  min: number;
  max: number;
  /** Whether a reader must look at the content: lengths, ranges, presence. */
  checked: boolean;
  /** The layout in words: what {@link layout_hash} is made of. */
  text: string;
}

/** Bytes of a length that goes up to `max`. */
export function prefix_bytes(max: number): 1 | 2 | 4 {
  return max < 0x100 ? 1 : max < 0x10000 ? 2 : 4;
}

/** Bits that a node takes in the bit area. */
function bit_width(node: Node): number {
  switch (node.kind) {
    case 'bool':
    case 'optional':
      return 1;
    case 'bits':
    case 'ranged':
    case 'enum':
      return node.bits;
    case 'quant':
      return quant_bytes(node) === 0 ? node.bits : 0;
    default:
      return 0;
  }
}

/** Bytes that a quantised value takes in the fixed part; 0 when it lies in the bit area. */
export function quant_bytes(node: Quant): 0 | 1 | 2 {
  return node.bits === 8 ? 1 : node.bits === 16 ? 2 : 0;
}

/** Largest code that a reader takes, where that is less than what the bits hold; else -1. */
export function code_limit(node: Node): number {
  let top = -1;
  if (node.kind === 'ranged') top = node.max - node.min;
  else if (node.kind === 'enum') top = node.names.length - 1;
  return top === 2 ** bit_width(node) - 1 ? -1 : top;
}

function fixed_bytes(node: Node): number {
  switch (node.kind) {
    case 'number':
      return NUMBER_BYTES[node.type];
    case 'quant':
      return quant_bytes(node);
    case 'vector':
      return NUMBER_BYTES[node.type] * node.length;
    case 'str':
    case 'bytes':
    case 'list':
      return prefix_bytes(node.max);
    case 'struct':
      return is_fixed(node.of) ? node.of.fixed : 0;
    default:
      return 0;
  }
}

/** Fewest and most bytes in the variable part. */
function variable_bytes(node: Node): { least: number; most: number } {
  switch (node.kind) {
    case 'varint':
      return { least: 1, most: 5 };
    case 'str':
    case 'bytes':
      return { least: 0, most: node.max };
    case 'list':
      return { least: 0, most: node.max * node.of.max };
    case 'optional':
      return { least: 0, most: node.of.max };
    case 'struct':
      if (!is_fixed(node.of)) return { least: node.of.min, most: node.of.max };
  }
  return { least: 0, most: 0 };
}

/** A field in words, as in the layout. */
export function describe(node: Node): string {
  switch (node.kind) {
    case 'number':
      return node.type;
    case 'quant':
      return `quant(${node.min},${node.max},${node.bits})`;
    case 'bits':
      return `bits(${node.bits})`;
    case 'ranged':
      return `ranged(${node.min},${node.max})`;
    case 'enum':
      return `enum(${node.names.map((name) => JSON.stringify(name))})`;
    case 'str':
    case 'bytes':
      return `${node.kind}(${node.max})`;
    case 'list':
      return `list(${node.of.text},${node.max})`;
    case 'struct':
      return node.of.text;
    case 'vector':
      return `vec(${node.type},${node.length})`;
    case 'optional':
      return `optional(${node.of.text})`;
    default:
      return node.kind;
  }
}

/** Whether every value takes the same number of bytes. */
export function is_fixed(s: Struct): boolean {
  return s.places.every(({ variable }) => !variable);
}

/** Lays fields out. */
export function layout(fields: readonly (readonly [string | null, Node])[]): Struct {
  const places: Place[] = [];
  let bits = 0;
  for (const [key, node] of fields) {
    const width = bit_width(node);
    const { most } = variable_bytes(node);
    const variable = most > 0 || (node.kind === 'struct' && !is_fixed(node.of));
    places.push({ key, node, width, bit: width > 0 ? bits : -1, offset: -1, variable });
    bits += width;
  }
  const bit_bytes = (bits + 7) >> 3;
  let fixed = bit_bytes;
  let least = 0;
  let most = 0;
  for (const place of places) {
    const n = fixed_bytes(place.node);
    if (n > 0) place.offset = fixed;
    fixed += n;
    const more = variable_bytes(place.node);
    least += more.least;
    most += more.most;
  }
  const words = places.map(({ key, node }) =>
    key === null ? describe(node) : `${JSON.stringify(key)}:${describe(node)}`,
  );
  const single = places.length === 1 && places[0].key === null;
  return {
    places,
    bits,
    bit_bytes,
    fixed,
    min: fixed + least,
    max: fixed + most,
    checked: places.some(
      ({ node, variable }) =>
        variable || code_limit(node) >= 0 || (node.kind === 'struct' && node.of.checked),
    ),
    text: single ? words[0] : `{${words}}`,
  };
}

/** The struct of a value without a name: a packet's own, or one that holds just that value. */
export function struct_of(node: Node): Struct {
  return node.kind === 'struct' ? node.of : layout([[null, node]]);
}

/** FNV-1a, 32 bits, over the UTF-16 units of the layout in words. */
export function layout_hash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 255), 0x01000193);
    hash = Math.imul(hash ^ (unit >> 8), 0x01000193);
  }
  return hash >>> 0;
}
