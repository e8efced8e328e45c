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
  text_of,
} from './generate-parts.js';
import { is_fixed, type Place, type Quant, quant_bytes, type Struct } from './layout.js';
import { path_to } from './support.js';

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
  const path = path_to(g.path, place.key);
  const name = text_of(path);
  const spot = at(base, offset + place.offset);
  switch (node.kind) {
    case 'number': {
      const v = g.name();
      out.load +=
        node.type === 'u64'
          ? `const ${v} = as_bigint(${value}, ${name});`
          : take_number(v, value, path);
      out.store += store_number(node.type, spot, v);
      return;
    }
    case 'quant':
    case 'bool':
    case 'bits':
    case 'ranged':
    case 'enum': {
      const v = g.name();
      out.load += code_of(g, place, value, v, path);
      if (place.width > 0) codes.push(v);
      else out.store += store_number(prefix_type(quant_bytes(node as Quant)), spot, v);
      return;
    }
    case 'varint': {
      const v = g.name();
      out.load += `${take_number(`${v}t`, value, path)} const ${v} = ${v}t >>> 0;`;
      out.rest += g.guard('5') + pack(v);
      return;
    }
    case 'str': {
      const v = g.name();
      const check = `check_text(${v}, ${node.max}, ${name})`;
      const most = g.counts_late ? `${v}.length` : `${v}.length * 3`;
      const room = g.counts_late ? `${v}.length * 3` : `Math.min(${v}.length * 3, ${node.max})`;
      const late = g.counts_late ? `if (e - q > ${node.max}) ${check};` : '';
      out.load += `const ${v} = ${value}; if (typeof ${v} !== 'string' || ${most} > ${node.max}) ${check};`;
      out.rest += `${g.guard(room)} { const e = write_text(${v}, q, ${room}); ${late} ${store_number(length_type(node.max), spot, 'e - q')} q = e; }`;
      return;
    }
    case 'bytes': {
      const v = g.name();
      out.load += `const ${v} = ${value}, ${v}n = check_bytes(${v}, ${node.max}, ${name});`;
      out.rest += `${g.guard(`${v}n`)} ${store_number(length_type(node.max), spot, `${v}n`)} q = write_bytes(${v}, q, ${v}n);`;
      return;
    }
    case 'list': {
      const v = g.name();
      const i = g.name();
      out.load += `const ${v} = ${value}, ${v}n = check_list(${v}, ${node.max}, ${name});`;
      out.rest += `${g.guard(`${v}n * ${node.of.fixed}`)} ${store_number(length_type(node.max), spot, `${v}n`)} for (let ${i} = 0; ${i} < ${v}n; ${i}++) {${write_inner(g, node.of, `${v}[${i}]`, `${path}[]`)}}`;
      return;
    }
    case 'vector': {
      const v = g.name();
      out.load += `const ${v} = ${value}; check_vector(${v}, ${node.length}, ${name});`;
      const n = g.bytes(node.type);
      for (let i = 0; i < node.length; i++) {
        out.load += take_number(`${v}_${i}`, `${v}[${i}]`, `${path}[]`);
        out.store += store_number(node.type, at(base, offset + place.offset + i * n), `${v}_${i}`);
      }
      return;
    }
    case 'optional': {
      const v = g.name();
      const p = g.name();
      out.load += `const ${v} = ${value}, ${p} = ${v} !== undefined && ${v} !== null ? 1 : 0;`;
      codes.push(p);
      out.rest += `if (${p} === 1) { ${g.guard(String(node.of.fixed))} ${write_inner(g, node.of, v, path)}}`;
      return;
    }
    case 'struct': {
      const v = g.name();
      out.load += `const ${v} = ${value};${g.inside ? '' : must_be_object(v, path)}`;
      if (is_fixed(node.of)) {
        const inner = within(g, path, () =>
          write_struct(g, node.of, v, base, offset + place.offset),
        );
        out.load += inner.load;
        out.store += inner.store;
        return;
      }
      const p = g.name();
      const inner = within(g, path, () => write_struct(g, node.of, v, p, 0));
      out.load += inner.load;
      out.rest += `const ${p} = q; q += ${node.of.fixed};${inner.store}${inner.rest}`;
    }
  }
}

function within<T>(g: Names, path: string, use: () => T): T {
  const before = g.path;
  g.path = path;
  const made = use();
  g.path = before;
  return made;
}

// Text that refuses what has no fields.
function must_be_object(v: string, path: string): string {
  return `if (${v} === undefined || ${v} === null) throw no_object(${v}, ${text_of(path)});`;
}

// A struct at `q`: an element of a list, or an optional value.
function write_inner(g: Names, s: Struct, value: string, path: string): string {
  const v = g.name();
  const p = g.name();
  const before = g.inside;
  // What is no object is found by the error of looking at it (Slow.named): a look before costs a quarter of all (measured).
  g.inside = g.interrupts = true;
  const { load, store, rest } = within(g, path, () => write_struct(g, s, v, p, 0));
  g.inside = before;
  return `const ${v} = ${value}, ${p} = q; q += ${s.fixed};${load}${store}${rest}`;
}

/** Text that adds to `n` what the variable part of a value may take. */
export function bound_rest(g: Names, s: Struct, owner: string): string {
  let out = '';
  for (const { key, node, variable } of s.places) {
    if (!variable) continue;
    const v = g.name();
    const path = path_to(g.path, key);
    const name = text_of(path);
    const inside = `{ const ${v} = ${member(owner, key)};`;
    if (node.kind === 'varint') out += 'n += 5;';
    if (node.kind === 'str') {
      out += `${inside} check_text(${v}, ${node.max}, ${name}); n += Math.min(${v}.length * 3, ${node.max}); }`;
    }
    if (node.kind === 'bytes') out += `${inside} n += check_bytes(${v}, ${node.max}, ${name}); }`;
    if (node.kind === 'optional') {
      const rest = within(g, path, () => bound_rest(g, node.of, v));
      out += `${inside} if (${v} !== undefined && ${v} !== null) { n += ${node.of.fixed};${rest} } }`;
    }
    if (node.kind === 'struct') {
      const rest = within(g, path, () => bound_rest(g, node.of, v));
      out += `${inside} ${must_be_object(v, path)} n += ${node.of.fixed};${rest} }`;
    }
    if (node.kind === 'list') {
      out += `${inside} const ${v}n = check_list(${v}, ${node.max}, ${name}); n += ${v}n * ${node.of.fixed};`;
      if (!is_fixed(node.of)) {
        const i = g.name();
        const e = g.name();
        const rest = within(g, `${path}[]`, () => bound_rest(g, node.of, e));
        const each = node.of.places[0].key === null ? '' : must_be_object(e, `${path}[]`);
        out += `for (let ${i} = 0; ${i} < ${v}n; ${i}++) { const ${e} = ${v}[${i}]; ${each} ${rest} }`;
      }
      out += '}';
    }
  }
  return out;
}
