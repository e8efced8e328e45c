// The text of a packet's functions in JavaScript: straight-line code, as one would write by hand.

import {
  at,
  check_code,
  code_of,
  load_bits,
  load_number,
  member,
  Names,
  store_bits,
  store_number,
  text_of,
  unpack,
  value_of_code,
} from './generate-parts.js';
import {
  code_limit,
  is_fixed,
  type Node,
  type Place,
  type Quant,
  quant_bytes,
  type Struct,
} from './layout.js';
import type { Lead } from './program.js';
import { SMALL_BYTES } from './program.js';

/** Text that writes a struct: `load` looks at the value and checks it, `store` writes what is fixed, `rest` what is not. */
interface Writing {
  load: string;
  store: string;
  rest: string;
}

function prefix_type(bytes: number): 'u8' | 'u16' | 'u32' {
  return bytes === 1 ? 'u8' : bytes === 2 ? 'u16' : 'u32';
}

function length_type(max: number): 'u8' | 'u16' | 'u32' {
  return prefix_type(max < 0x100 ? 1 : max < 0x10000 ? 2 : 4);
}

function write_struct(g: Names, s: Struct, value: string, base: string, offset: number): Writing {
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
      out.load += `const ${v} = ${node.type === 'u64' ? `as_bigint(${value})` : `+${value}`};`;
      out.store += store_number(node.type, spot, v);
      return;
    }
    case 'quant':
    case 'bool':
    case 'bits':
    case 'ranged':
    case 'enum': {
      const v = g.name();
      out.load += code_of(g, node, value, v);
      if (place.width > 0) codes.push(v);
      else out.store += store_number(prefix_type(quant_bytes(node as Quant)), spot, v);
      return;
    }
    case 'varint': {
      const v = g.name();
      out.load += `const ${v} = ${value} >>> 0;`;
      out.rest += `{ let t = ${v}; while (t > 127) { d.setUint8(q++, t | 128); t >>>= 7; } d.setUint8(q++, t); }`;
      return;
    }
    case 'str': {
      const v = g.name();
      out.load += `const ${v} = ${value}; if (typeof ${v} !== 'string' || ${v}.length * 3 > ${node.max}) check_text(${v}, ${node.max});`;
      out.rest += `{ const e = write_text(${v}, q, Math.min(${v}.length * 3, ${node.max})); ${store_number(length_type(node.max), spot, 'e - q')} q = e; }`;
      return;
    }
    case 'bytes': {
      const v = g.name();
      out.load += `const ${v} = ${value}; check_bytes(${v}, ${node.max});`;
      out.rest += `${store_number(length_type(node.max), spot, `${v}.length`)} q = write_bytes(${v}, q);`;
      return;
    }
    case 'list': {
      const v = g.name();
      const i = g.name();
      out.load += `const ${v} = ${value}; check_list(${v}, ${node.max}); const ${v}n = ${v}.length;`;
      out.rest += `${store_number(length_type(node.max), spot, `${v}n`)} for (let ${i} = 0; ${i} < ${v}n; ${i}++) {${write_inner(g, node.of, `${v}[${i}]`)}}`;
      return;
    }
    case 'vector': {
      const v = g.name();
      out.load += `const ${v} = ${value}; check_vector(${v}, ${node.length});`;
      const n = g.bytes(node.type);
      for (let i = 0; i < node.length; i++) {
        out.load += `const ${v}_${i} = +${v}[${i}];`;
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

// A struct at `q`: an element of a list, or an optional value.
function write_inner(g: Names, s: Struct, value: string): string {
  const v = g.name();
  const p = g.name();
  const { load, store, rest } = write_struct(g, s, v, p, 0);
  return `const ${v} = ${value}, ${p} = q; q += ${s.fixed};${load}${store}${rest}`;
}

/** Text that adds to `n` what the variable part of a value may take. */
function bound_rest(g: Names, s: Struct, owner: string): string {
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

/** Text that walks a struct whose fixed part is known to be there, with `q` behind it. */
function check_struct(g: Names, s: Struct, base: string, offset: number): string {
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

function make_struct(g: Names, s: Struct, base: string, offset: number, lines: string[]): string {
  const words = load_bits(g, s, base, offset, (p) => p.width > 0);
  lines.push(words.text);
  const parts = s.places.map((place) => {
    const value = make_value(g, place, base, offset, words.code, lines);
    return place.key === null ? value : `${text_of(place.key)}: ${value}`;
  });
  return s.places.length === 1 && s.places[0].key === null ? parts[0] : `{ ${parts.join(', ')} }`;
}

/** Text that reads a struct into an object that is there. */
function read_struct(g: Names, s: Struct, owner: string, base: string, offset: number): string {
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
  let each: string;
  if (s.places.length === 1 && s.places[0].key === null) {
    const lines: string[] = [];
    const value = make_inner(g, s, p, lines);
    each = `${lines.join('')}${v}[${i}] = ${value};`;
  } else {
    const x = g.name();
    each = `let ${x} = ${v}[${i}]; if (${x} === undefined || ${x} === null) ${v}[${i}] = ${x} = ${empty_struct(s)};${read_struct(g, s, x, p, 0)}`;
  }
  return `let ${v} = ${target}; if (!Array.isArray(${v})) ${target} = ${v} = []; const ${v}n = ${length}; if (${v}.length > ${v}n) ${v}.length = ${v}n; for (let ${i} = 0; ${i} < ${v}n; ${i}++) { const ${p} = q; q += ${s.fixed};${each} }`;
}

/**
 * The text of a packet's functions. Where it runs it finds `d` (the view over linear memory), `E` (the epoch of that view),
 * `state` and `EPOCH`, `slow`, and the functions of support.ts; `g.constants` are what `c0`, `c1` ... stand for.
 */
export function generate(s: Struct, lead: Lead): { text: string; constants: unknown[] } {
  const g = new Names();
  const body = write_struct(g, s, 'o', 'p', lead.bytes);
  const tag =
    lead.bytes === 0 ? '' : store_number(lead.bytes === 1 ? 'u8' : 'u32', 'p', String(lead.value));
  const fixed = s.fixed + lead.bytes;
  const small = s.max + lead.bytes <= SMALL_BYTES;
  const start = `let q = p + ${fixed};`;
  const bad_lead =
    lead.bytes === 0
      ? ''
      : `if (p + ${lead.bytes} > e) return -1; if (${load_number(lead.bytes === 1 ? 'u8' : 'u32', 'p')} !== ${lead.value}) return -3;`;
  const lines: string[] = [];
  const made = make_struct(g, s, 'p', lead.bytes, lines);
  const decoded = read_struct(g, s, 'o', 'p', lead.bytes);
  const easy = !s.checked && lead.bytes === 0;
  const end = easy ? `p + ${fixed}` : 'check(p, state[w | 3])';
  const missing = easy ? `z > state[w | 3]` : 'z < 0';
  const slot = 'const w = (b & 131071) << 3, p = state[w];';
  const foreign = 'state[w | 1] !== b || EPOCH[0] !== E';
  const text = `
function encode(o, p) { ${start} ${body.load} ${tag} ${body.store} ${body.rest} return q; }
function bound(o) { let n = ${fixed}; ${bound_rest(g, s, 'o')} return n; }
function check(p, e) { ${start} ${bad_lead} if (q > e) return -1; ${check_struct(g, s, 'p', lead.bytes)} return q; }
function decode(p, o) { ${start} ${decoded} }
function make(p) { ${start} ${lines.join('')} return ${made}; }
function write(b, o) {
  ${slot}
  if (${foreign} || p + ${small ? s.max + lead.bytes : 'bound(o)'} > state[w | 2]) return slow.write(b, o);
  ${start} ${body.load} ${tag} ${body.store} ${body.rest} state[w] = q;
}
function read(b, o) {
  ${slot}
  if (${foreign}) return slow.read(b, o);
  const z = ${end};
  if (${missing}) return slow.read(b, o);
  if (o === undefined) o = make(p);
  else { ${start} ${decoded} }
  state[w] = z;
  return o;
}
function try_read(b, o) {
  ${slot}
  if (${foreign}) return slow.try_read(b, o);
  const z = ${end};
  if (${missing}) return slow.try_read(b, o);
  ${start} ${decoded} state[w] = z;
  return 0;
}
function pack(o) {
  const p = SLOT_OUT;
  if (EPOCH[0] !== E${small ? '' : ' || bound(o) > SLOT_BYTES'}) return slow.pack(o);
  ${start} ${body.load} ${tag} ${body.store} ${body.rest} return new Uint8Array(BYTES, p, q - p);
}
function receive(bytes) {
  const n = bytes.length;
  if (n > TINY_BYTES) U8.set(bytes, SLOT_IN);
  else for (let i = 0; i < n; i++) U8[SLOT_IN + i] = bytes[i];
  return ${easy ? `n < ${fixed} ? -1 : 0` : 'check(SLOT_IN, SLOT_IN + n)'};
}
function unpack(bytes, o) {
  if (EPOCH[0] !== E || !(bytes.length <= SLOT_BYTES) || receive(bytes) < 0) return slow.unpack(bytes, o);
  const p = SLOT_IN;
  if (o === undefined) return make(p);
  ${start} ${decoded}
  return o;
}
function try_unpack(bytes, o) {
  if (EPOCH[0] !== E || !(bytes.length <= SLOT_BYTES)) return slow.try_unpack(bytes, o);
  const status = receive(bytes);
  if (status < 0) return status;
  const p = SLOT_IN;
  ${start} ${decoded}
  return 0;
}
`;
  return { text, constants: g.constants };
}
