// Pieces of generated text: names, members, numbers at addresses, codes in the bit area.
import {
  code_limit,
  type Node,
  NUMBER_BYTES,
  type NumberType,
  type Place,
  type Struct,
} from './layout.js';

/** Fresh names, and what the text refers to beside itself. */
export class Names {
  readonly constants: unknown[] = [];
  /** Text that ends the write where `n` more bytes have no room; empty where there is room for the most that there can be. */
  guard: (n: string) => string = () => '';
  /** Whether there is room for any text of up to its bytes in characters, so that its bytes are counted as they are written. */
  counts_late = false;
  /** The path of what is written, for errors. */
  path = '';
  /** Whether an element of a list or an optional value is written. */
  inside = false;
  /** Whether the text written so far runs code of the value's own (a getter, valueOf) after the first byte is stored. */
  interrupts = false;
  #count = 0;

  name(): string {
    return `v${this.#count++}`;
  }

  /** A name for a value that the text cannot spell. */
  constant(value: unknown): string {
    const known = this.constants.indexOf(value);
    if (known >= 0) return `c${known}`;
    return `c${this.constants.push(value) - 1}`;
  }

  bytes(type: NumberType): number {
    return NUMBER_BYTES[type];
  }
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** A key as text in an object literal. */
export function text_of(key: string): string {
  return JSON.stringify(key);
}

/** `owner.key`; the owner itself for null. */
export function member(owner: string, key: string | null): string {
  if (key === null) return owner;
  return IDENTIFIER.test(key) ? `${owner}.${key}` : `${owner}[${JSON.stringify(key)}]`;
}

export function at(base: string, offset: number): string {
  return offset === 0 ? base : `${base} + ${offset}`;
}

const METHODS: Record<NumberType, string> = {
  u8: 'Uint8',
  s8: 'Int8',
  u16: 'Uint16',
  s16: 'Int16',
  u32: 'Uint32',
  s32: 'Int32',
  u64: 'BigUint64',
  f16: 'Uint16',
  f32: 'Float32',
  f64: 'Float64',
};

export function store_number(type: NumberType, spot: string, value: string): string {
  const v = type === 'f16' ? `f16_code(${value})` : value;
  return `d.set${METHODS[type]}(${spot}, ${v}${NUMBER_BYTES[type] > 1 ? ', true' : ''});`;
}

export function load_number(type: NumberType, spot: string): string {
  const load = `d.get${METHODS[type]}(${spot}${NUMBER_BYTES[type] > 1 ? ', true' : ''})`;
  return type === 'f16' ? `f16_number(${load})` : load;
}

/**
 * Text that declares `v` as a number, and refuses what is none: only what becomes NaN is looked at twice. It throws by itself: a
 * call that may come back would have V8 forget all it knows about the objects of a list (measured: a third of the time).
 */
export function take_number(v: string, value: string, path: string): string {
  return `const ${v}r = ${value}, ${v} = +${v}r; if (${v} !== ${v} && typeof ${v}r !== 'number') throw no_number(${v}r, ${text_of(path)});`;
}

/** Text that declares `v` as the code of the value of a place. */
export function code_of(g: Names, { node }: Place, value: string, v: string, path: string): string {
  const number = take_number(`${v}t`, value, path);
  switch (node.kind) {
    case 'bool':
      return `const ${v} = ${value} ? 1 : 0;`;
    case 'bits':
      return `${number} const ${v} = ${v}t${node.bits === 32 ? ' | 0' : ` & ${2 ** node.bits - 1}`};`;
    case 'ranged': {
      const top = (node.max - node.min) | 0;
      return `${number} const ${v} = ${v}t > ${node.max} ? ${top} : ${v}t >= ${node.min} ? (${v}t - ${paren(node.min)}) | 0 : 0;`;
    }
    case 'enum': {
      const codes = g.constant(codes_of(node));
      return `const ${v} = enum_code(${codes}, ${value}, ${text_of(path)});`;
    }
    case 'quant':
      return `${number} const ${v}c = (${v}t - ${paren(node.min)}) * ${node.scale} + 0.5, ${v} = ${v}c >= ${node.top} ? ${node.top} : ${v}c > 0 ? ${v}c | 0 : 0;`;
  }
  return '';
}

const known_codes = /* @__PURE__ */ new WeakMap<Node, ReadonlyMap<unknown, number>>();

/** The indices of an enum's words. */
export function codes_of(node: Node & { kind: 'enum' }): ReadonlyMap<unknown, number> {
  let codes = known_codes.get(node);
  if (codes === undefined) {
    codes = new Map(node.names.map((name, i) => [name, i]));
    known_codes.set(node, codes);
  }
  return codes;
}

/** A number where a minus sign may not touch another. */
function paren(n: number): string {
  return n < 0 || Object.is(n, -0) ? `(${n})` : String(n);
}

/** Text of the value that a code stands for. */
export function value_of_code(g: Names, node: Node, code: string): string {
  switch (node.kind) {
    case 'bool':
      return `(${code}) !== 0`;
    case 'bits':
      return node.bits === 32 ? `(${code}) >>> 0` : code;
    case 'ranged':
      return `${paren(node.min)} + (${node.bits === 32 ? `(${code}) >>> 0` : code})`;
    case 'enum':
      return `${g.constant(node.names)}[${code}]`;
    case 'quant':
      return `${paren(node.min)} + (${code}) * ${node.step}`;
  }
  return code;
}

/** Text that refuses a code above its limit. */
export function check_code(node: Node, code: string): string {
  return `if (((${code}) >>> 0) > ${code_limit(node)}) return -2;`;
}

/** Text that writes `v` as a varint at `q`: two bytes in one store, where that is enough. */
export function pack(v: string): string {
  return `if (${v} < 128) d.setUint8(q++, ${v}); else if (${v} < 16384) { d.setUint16(q, ${v} & 127 | 128 | ${v} << 1 & 32512, true); q += 2; } else { let t = ${v}; while (t > 127) { d.setUint8(q++, t | 128); t >>>= 7; } d.setUint8(q++, t); }`;
}

/** Text that declares `v` as the varint at `q`. */
export function unpack(v: string): string {
  return `let ${v} = d.getUint8(q++); if (${v} > 127) { ${v} &= 127; for (let s = 7, c = 128; c > 127; s += 7) { c = d.getUint8(q++); ${v} |= (c & 127) << s; } ${v} >>>= 0; }`;
}

// How the bit area is cut into loads and stores: [offset, bytes] of each, four bytes where what is not ours is written later.
function pieces(s: Struct): [offset: number, bytes: number][] {
  const out: [number, number][] = [];
  for (let i = 0; i < s.bit_bytes; i += 4) {
    const left = s.bit_bytes - i;
    if (left >= 4 || (left === 3 && s.min > s.bit_bytes)) out.push([i, 4]);
    else if (left === 3) out.push([i, 2], [i + 2, 1]);
    else out.push([i, left]);
  }
  return out;
}

const PIECE: Record<number, NumberType> = { 1: 'u8', 2: 'u16', 4: 'u32' };

/** Text that gathers codes (in the order of the places with a width) into words and stores them. */
export function store_bits(
  g: Names,
  s: Struct,
  codes: string[],
  base: string,
  offset: number,
): { load: string; store: string } {
  const parts: string[][] = [];
  let i = 0;
  for (const { width, bit } of s.places) {
    if (width === 0) continue;
    const word = bit >> 5;
    const shift = bit & 31;
    const code = codes[i++];
    (parts[word] ??= []).push(shift === 0 ? code : `${code} << ${shift}`);
    if (shift + width > 32) (parts[word + 1] ??= []).push(`${code} >>> ${32 - shift}`);
  }
  const names = parts.map(() => g.name());
  const load = parts.map((part, n) => `const ${names[n]} = ${part.join(' | ')};`).join('');
  const store = pieces(s)
    .map(([from, bytes]) => {
      const word = names[from >> 2];
      const value = from & 3 ? `${word} >>> ${(from & 3) * 8}` : word;
      return store_number(PIECE[bytes], at(base, offset + from), value);
    })
    .join('');
  return { load, store };
}

/** Text that loads the words in which places that `wanted` names lie, and how to get at their codes. */
export function load_bits(
  g: Names,
  s: Struct,
  base: string,
  offset: number,
  wanted: (place: Place) => boolean,
): { text: string; code(place: Place): string } {
  const needed = new Set<number>();
  for (const place of s.places) {
    if (place.width === 0 || !wanted(place)) continue;
    needed.add(place.bit >> 5);
    needed.add((place.bit + place.width - 1) >> 5);
  }
  const names = new Map<number, string>();
  let text = '';
  for (const word of needed) {
    const name = g.name();
    names.set(word, name);
    const loads = pieces(s)
      .filter(([from]) => from >> 2 === word)
      .map(([from, bytes]) => {
        const load = load_number(PIECE[bytes], at(base, offset + from));
        return from & 3 ? `${load} << ${(from & 3) * 8}` : load;
      });
    text += `const ${name} = ${loads.join(' | ')};`;
  }
  const code = ({ bit, width }: Place): string => {
    const shift = bit & 31;
    const low = names.get(bit >> 5) as string;
    if (width === 32 && shift === 0) return low;
    const mask = 2 ** width - 1;
    if (shift + width <= 32) {
      const moved = shift === 0 ? low : `${low} >>> ${shift}`;
      return shift + width === 32 ? `(${moved})` : `(${moved} & ${mask})`;
    }
    const high = names.get((bit >> 5) + 1) as string;
    const joined = `(${low} >>> ${shift} | ${high} << ${32 - shift})`;
    return width === 32 ? joined : `(${joined} & ${mask})`;
  };
  return { text, code };
}

/** Type of a length or code of so many bytes. */
export function prefix_type(bytes: number): 'u8' | 'u16' | 'u32' {
  return bytes === 1 ? 'u8' : bytes === 2 ? 'u16' : 'u32';
}

/** Type of a length that goes up to `max`. */
export function length_type(max: number): 'u8' | 'u16' | 'u32' {
  return prefix_type(max < 0x100 ? 1 : max < 0x10000 ? 2 : 4);
}
