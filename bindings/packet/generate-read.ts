// The text that reads a packet: a walk that only looks, one that fills an object, one that makes one.
import {
  at,
  check_code,
  length_type,
  load_bits,
  load_number,
  member,
  type Names,
  prefix_type,
  text_of,
  unpack,
  value_of_code,
} from './generate-parts.js';
import { code_limit, is_fixed, type Node, type Place, quant_bytes, type Struct } from './layout.js';

/** Text that walks a struct whose fixed part is known to be there, with `q` behind it. */
export function check_struct(g: Names, s: Struct, base: string, offset: number): string {
  if (!s.checked) return '';
  let out = '';
  const words = load_bits(
    g,
    s,
    base,
    offset,
    (p) => p.node.kind === 'optional' || code_limit(p.node) >= 0,
  );
  out += words.text;
  for (const place of s.places) {
    const { node } = place;
    const spot = at(base, offset + place.offset);
    if (code_limit(node) >= 0) out += check_code(node, words.code(place));
    switch (node.kind) {
      case 'varint':
        out +=
          'for (let s = 0, c = 128; c > 127; s += 7) { if (q >= e) return -1; c = d.getUint8(q++); if (s === 28 && c > 15) return -2; }';
        break;
      case 'str':
      case 'bytes': {
        const n = g.name();
        out += `const ${n} = ${load_number(length_type(node.max), spot)}; if (${n} > ${node.max}) return -2; q += ${n}; if (q > e) return -1;`;
        break;
      }
      case 'list': {
        const n = g.name();
        out += `const ${n} = ${load_number(length_type(node.max), spot)}; if (${n} > ${node.max}) return -2;`;
        if (node.of.checked) {
          const i = g.name();
          out += `for (let ${i} = 0; ${i} < ${n}; ${i}++) {${check_inner(g, node.of)}}`;
        } else {
          out += `q += ${n} * ${node.of.fixed}; if (q > e) return -1;`;
        }
        break;
      }
      case 'optional':
        out += `if (${words.code(place)} !== 0) {${check_inner(g, node.of)}}`;
        break;
      case 'struct':
        if (is_fixed(node.of)) out += check_struct(g, node.of, base, offset + place.offset);
        else out += check_inner(g, node.of);
    }
  }
  return out;
}

function check_inner(g: Names, s: Struct): string {
  const p = g.name();
  return `const ${p} = q; q += ${s.fixed}; if (q > e) return -1;${check_struct(g, s, p, 0)}`;
}

/** How a value of a struct without contents is written down. */
function empty(node: Node): string {
  switch (node.kind) {
    case 'bool':
      return 'false';
    case 'enum':
      return JSON.stringify(node.names[0]);
    case 'str':
      return "''";
    case 'bytes':
      return 'new Uint8Array(0)';
    case 'list':
      return '[]';
    case 'vector':
      return `[${Array(node.length).fill('0')}]`;
    case 'optional':
      return 'undefined';
    case 'struct':
      return empty_struct(node.of);
    case 'number':
      return node.type === 'u64' ? '0n' : '0';
    default:
      return '0';
  }
}

function empty_struct(s: Struct): string {
  return `{${s.places.map(({ key, node }) => `${text_of(key as string)}: ${empty(node)}`).join(', ')}}`;
}

// Text of an expression for a new value; what must run before it is added to `lines`.
function make_value(
  g: Names,
  place: Place,
  base: string,
  offset: number,
  code: (p: Place) => string,
  lines: string[],
): string {
  const { node } = place;
  const spot = at(base, offset + place.offset);
  switch (node.kind) {
    case 'number':
      return load_number(node.type, spot);
    case 'bool':
    case 'bits':
    case 'ranged':
    case 'enum':
      return value_of_code(g, node, code(place));
    case 'quant': {
      if (place.width > 0) return value_of_code(g, node, code(place));
      return value_of_code(g, node, load_number(prefix_type(quant_bytes(node)), spot));
    }
    case 'vector': {
      const n = g.bytes(node.type);
      const each = Array.from({ length: node.length }, (_, i) =>
        load_number(node.type, at(base, offset + place.offset + i * n)),
      );
      return `[${each}]`;
    }
    case 'struct':
      if (is_fixed(node.of)) return make_struct(g, node.of, base, offset + place.offset, lines);
  }
  const v = g.name();
  switch (node.kind) {
    case 'varint':
      lines.push(unpack(v));
      break;
    case 'str':
    case 'bytes': {
      const read = node.kind === 'str' ? 'read_text' : 'read_bytes';
      lines.push(
        `const ${v}e = q + ${load_number(length_type(node.max), spot)}, ${v} = ${read}(q, ${v}e); q = ${v}e;`,
      );
      break;
    }
    case 'list': {
      const i = g.name();
      const inner: string[] = [];
      const p = g.name();
      const each = make_inner(g, node.of, p, inner);
      lines.push(
        `const ${v}n = ${load_number(length_type(node.max), spot)}, ${v} = new Array(${v}n); for (let ${i} = 0; ${i} < ${v}n; ${i}++) { const ${p} = q; q += ${node.of.fixed};${inner.join('')} ${v}[${i}] = ${each}; }`,
      );
      break;
    }
    case 'optional':
    case 'struct': {
      const inner: string[] = [];
      const p = g.name();
      const each = make_inner(g, node.of, p, inner);
      const when = node.kind === 'optional' ? `if (${code(place)} !== 0) ` : '';
      lines.push(
        `let ${v}; ${when}{ const ${p} = q; q += ${node.of.fixed};${inner.join('')} ${v} = ${each}; }`,
      );
    }
  }
  return v;
}

function make_inner(g: Names, s: Struct, base: string, lines: string[]): string {
  return make_struct(g, s, base, 0, lines);
}

export function make_struct(
  g: Names,
  s: Struct,
  base: string,
  offset: number,
  lines: string[],
): string {
  const words = load_bits(g, s, base, offset, (p) => p.width > 0);
  lines.push(words.text);
  const parts = s.places.map((place) => {
    const value = make_value(g, place, base, offset, words.code, lines);
    return place.key === null ? value : `${text_of(place.key)}: ${value}`;
  });
  return s.places.length === 1 && s.places[0].key === null ? parts[0] : `{ ${parts.join(', ')} }`;
}

/** Text that reads a struct into an object that is there. */
export function read_struct(
  g: Names,
  s: Struct,
  owner: string,
  base: string,
  offset: number,
): string {
  const words = load_bits(g, s, base, offset, (p) => p.width > 0);
  let out = words.text;
  for (const place of s.places) {
    const { node } = place;
    const target = member(owner, place.key);
    const spot = at(base, offset + place.offset);
    const v = g.name();
    if (node.kind === 'struct') {
      out += `let ${v} = ${target}; if (${v} === undefined || ${v} === null) ${target} = ${v} = ${empty_struct(node.of)};`;
      if (is_fixed(node.of)) {
        out += read_struct(g, node.of, v, base, offset + place.offset);
      } else {
        const p = g.name();
        out += `const ${p} = q; q += ${node.of.fixed};${read_struct(g, node.of, v, p, 0)}`;
      }
    } else if (node.kind === 'vector') {
      out += `let ${v} = ${target}; if (${v} === undefined || ${v} === null || ${v}.length !== ${node.length}) ${target} = ${v} = ${empty(node)};`;
      const n = g.bytes(node.type);
      for (let i = 0; i < node.length; i++) {
        out += `${v}[${i}] = ${load_number(node.type, at(base, offset + place.offset + i * n))};`;
      }
    } else if (node.kind === 'bytes') {
      out += `const ${v} = q + ${load_number(length_type(node.max), spot)}; ${target} = read_bytes(q, ${v}, ${target}); q = ${v};`;
    } else if (node.kind === 'list') {
      out += read_list(g, node.of, target, v, load_number(length_type(node.max), spot));
    } else if (node.kind === 'optional') {
      const p = g.name();
      const inner = `const ${p} = q; q += ${node.of.fixed};${read_inner(g, node.of, target, p)}`;
      out += `if (${words.code(place)} !== 0) {${inner}} else ${target} = undefined;`;
    } else {
      const lines: string[] = [];
      const value = make_value(g, place, base, offset, words.code, lines);
      out += `${lines.join('')}${target} = ${value};`;
    }
  }
  return out;
}

function read_list(g: Names, s: Struct, target: string, v: string, length: string): string {
  const i = g.name();
  const p = g.name();
  const each = read_inner(g, s, `${v}[${i}]`, p);
  return `let ${v} = ${target}; if (!Array.isArray(${v})) ${target} = ${v} = []; const ${v}n = ${length}; if (${v}.length > ${v}n) ${v}.length = ${v}n; for (let ${i} = 0; ${i} < ${v}n; ${i}++) { const ${p} = q; q += ${s.fixed};${each} }`;
}

// Text that reads an element or an optional value at `p` into what is there already, where it can be kept.
function read_inner(g: Names, s: Struct, target: string, p: string): string {
  if (s.places.length === 1 && s.places[0].key === null) return read_struct(g, s, target, p, 0);
  const x = g.name();
  return `let ${x} = ${target}; if (${x} === undefined || ${x} === null) ${target} = ${x} = ${empty_struct(s)};${read_struct(g, s, x, p, 0)}`;
}
