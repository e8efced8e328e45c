// The text that writes a value: first looks at all of it, then stores what is fixed, then what is not.
import {
  at,
  code_of,
  length_type,
  member,
  type Names,
  pack,
  prefix_type,
  store_bits,
  store_number,
  take_number,
} from './generate-parts.js';
import { is_fixed, type Place, type Quant, quant_bytes, type Struct } from './layout.js';

/** Text that writes a struct: `load` looks at the value and checks it, `store` writes what is fixed, `rest` what is not. */
interface Writing {
  load: string;
  store: string;
  rest: string;
}

export function write_struct(
  g: Names,
  s: Struct,
  value: string,
  base: string,
  offset: number,
): Writing {
  const out: Writing = { load: '', store: '', rest: '' };
  const codes: string[] = [];
  for (const place of s.places) write_place(g, place, value, base, offset, out, codes);
  if (s.bits > 0) {
    const words = store_bits(g, s, codes, base, offset);
    out.load += words.load;
    out.store = words.store + out.store;
  }
  return out;
}

function write_place(
  g: Names,
  place: Place,
  owner: string,
  base: string,
  offset: number,
  out: Writing,
  codes: string[],
): void {
  const { node } = place;
  const value = member(owner, place.key);
  const spot = at(base, offset + place.offset);
  switch (node.kind) {
    case 'number': {
      const v = g.name();
      out.load +=
        node.type === 'u64'
          ? `const ${v} = as_bigint(${value});`
          : take_number(g, v, value, place.key);
      out.store += store_number(node.type, spot, v);
      return;
    }
    case 'quant':
    case 'bool':
    case 'bits':
    case 'ranged':
    case 'enum': {
      const v = g.name();
      out.load += code_of(g, place, value, v);
      if (place.width > 0) codes.push(v);
      else out.store += store_number(prefix_type(quant_bytes(node as Quant)), spot, v);
      return;
    }
    case 'varint': {
      const v = g.name();
      out.load += `${take_number(g, `${v}t`, value, place.key)} const ${v} = ${v}t >>> 0;`;
      out.rest += g.guard('5', false) + pack(v);
      return;
    }
    case 'str': {
      const v = g.name();
      out.load += `const ${v} = ${value}; if (typeof ${v} !== 'string' || ${v}.length * 3 > ${node.max}) check_text(${v}, ${node.max});`;
      out.rest += `${g.guard(`Math.min(${v}.length * 3, ${node.max})`, false)} { const e = write_text(${v}, q, Math.min(${v}.length * 3, ${node.max})); ${store_number(length_type(node.max), spot, 'e - q')} q = e; }`;
      return;
    }
    case 'bytes': {
      const v = g.name();
      out.load += `const ${v} = ${value}; check_bytes(${v}, ${node.max});`;
      out.rest += `${g.guard(`${v}.length`, false)} ${store_number(length_type(node.max), spot, `${v}.length`)} q = write_bytes(${v}, q);`;
      return;
    }
    case 'list': {
      const v = g.name();
      const i = g.name();
      out.load += `const ${v} = ${value}; check_list(${v}, ${node.max}); const ${v}n = ${v}.length;`;
      out.rest += `${g.guard(`${v}n * ${node.of.fixed}`, false)} ${store_number(length_type(node.max), spot, `${v}n`)} for (let ${i} = 0; ${i} < ${v}n; ${i}++) {${write_inner(g, node.of, `${v}[${i}]`, node.of.places[0].key !== null)}}`;
      return;
    }
    case 'vector': {
      const v = g.name();
      out.load += `const ${v} = ${value}; check_vector(${v}, ${node.length});`;
      const n = g.bytes(node.type);
      for (let i = 0; i < node.length; i++) {
        out.load += take_number(g, `${v}_${i}`, `${v}[${i}]`, place.key);
        out.store += store_number(node.type, at(base, offset + place.offset + i * n), `${v}_${i}`);
      }
      return;
    }
    case 'optional': {
      const v = g.name();
      const p = g.name();
      out.load += `const ${v} = ${value}, ${p} = ${v} !== undefined && ${v} !== null ? 1 : 0;`;
      codes.push(p);
      out.rest += `if (${p} === 1) {${write_inner(g, node.of, v)}}`;
      return;
    }
    case 'struct': {
      const v = g.name();
      out.load += `const ${v} = ${value};`;
      if (is_fixed(node.of)) {
        const inner = write_struct(g, node.of, v, base, offset + place.offset);
        out.load += inner.load;
        out.store += inner.store;
        return;
      }
      const p = g.name();
      const inner = write_struct(g, node.of, v, p, 0);
      out.load += inner.load;
      out.rest += `const ${p} = q; q += ${node.of.fixed};${inner.store}${inner.rest}`;
    }
  }
}

// Whether a struct is an object, whose getters may do anything.
function has_keys(s: Struct): boolean {
  return s.places[0].key !== null;
}

// A struct at `q`: an element of a list, or an optional value.
function write_inner(g: Names, s: Struct, value: string, trusts = false): string {
  const v = g.name();
  const p = g.name();
  const before = g.trusts;
  g.trusts = trusts || before;
  const { load, store, rest } = write_struct(g, s, v, p, 0);
  g.trusts = before;
  return `const ${v} = ${value}, ${p} = q; q += ${s.fixed};${load}${has_keys(s) ? g.guard('0', true) : ''}${store}${rest}`;
}

/** Text that adds to `n` what the variable part of a value may take. */
export function bound_rest(g: Names, s: Struct, owner: string): string {
  let out = '';
  for (const { key, node, variable } of s.places) {
    if (!variable) continue;
    const v = g.name();
    const inside = `{ const ${v} = ${member(owner, key)};`;
    if (node.kind === 'varint') out += 'n += 5;';
    if (node.kind === 'str') {
      out += `${inside} check_text(${v}, ${node.max}); n += Math.min(${v}.length * 3, ${node.max}); }`;
    }
    if (node.kind === 'bytes')
      out += `${inside} check_bytes(${v}, ${node.max}); n += ${v}.length; }`;
    if (node.kind === 'optional') {
      out += `${inside} if (${v} !== undefined && ${v} !== null) { n += ${node.of.fixed};${bound_rest(g, node.of, v)} } }`;
    }
    if (node.kind === 'struct')
      out += `${inside} n += ${node.of.fixed};${bound_rest(g, node.of, v)} }`;
    if (node.kind === 'list') {
      const i = g.name();
      out += `${inside} check_list(${v}, ${node.max}); n += ${v}.length * ${node.of.fixed};`;
      if (!is_fixed(node.of)) {
        out += `for (let ${i} = 0; ${i} < ${v}.length; ${i}++) {${bound_rest(g, node.of, `${v}[${i}]`)}}`;
      }
      out += '}';
    }
  }
  return out;
}
