// Prints the clone pool: many textual copies of one unrolled template, each for one packet.
//
// A closure that exists once is compiled for what it captured: keys, offsets and store functions become constants. A second
// instance of the same text would lose that (measured: 5 to 12 times slower), so every packet gets a copy of its own.
const COPIES = 16;
const NUMBERS = 16;
const BITS = 12;
const VARIABLE = 4;
/** Fields of packets that get no copy of the template, and have a copy of this each. */
const FIELDS = 64;
const QUANTS = 16;
const WORDS = 16;

const each = (n, text) => Array.from({ length: n }, (_, i) => text(i)).join('');

function writer() {
  return `(S, z, max, lead, nf, nb, nv${each(NUMBERS, (i) => `, k${i}, o${i}, s${i}`)}${each(BITS, (i) => `, b${i}, h${i}, c${i}`)}${each(VARIABLE, (i) => `, n${i}, q${i}, t${i}`)}) => (b, o) => {
  const w = (b & 131071) << 3, p = state[w];
  if (state[w | 1] !== b || p + max > state[w | 2]) return S.write(b, o);
  try {
  ${each(VARIABLE, (i) => `const u${i} = nv > ${i} ? t${i}(o[n${i}]) : 0;`)}
  const x = ${each(BITS, (i) => `${i ? ' | ' : ''}(nb > ${i} ? c${i}(o[b${i}]) << h${i} : 0)`)};
  ${each(NUMBERS, (i) => `const v${i} = nf > ${i} ? +o[k${i}] : 0; if (v${i} !== v${i}) S.number(o[k${i}], k${i});`)}
  if (state[w] !== p || state[w | 1] !== b || p + max > state[w | 2]) return S.write(b, o);
  if (lead > 0) S.lead(p);
  if (nb > 0) S.bits(p + lead, x);
  ${each(NUMBERS, (i) => `if (nf > ${i}) s${i}(p + o${i}, v${i});`)}
  if (nv > 0) {
    const k = CURSOR[0], l = LIMIT[0];
    let e = 0;
    CURSOR[0] = p + z;
    LIMIT[0] = state[w | 2];
    state[w | 1] = ~b;
    try { ${each(VARIABLE, (i) => `if (nv > ${i}) q${i}(p + lead, u${i});`)} e = CURSOR[0]; } finally { CURSOR[0] = k; LIMIT[0] = l; state[w | 1] = b; }
    state[w] = e;
  } else state[w] = p + z;
  } catch (error) { throw S.named(o, error); }
}`;
}

function reader() {
  return `(S, z, easy, lead, nf, nb, nv${each(NUMBERS, (i) => `, k${i}, o${i}, s${i}`)}${each(BITS, (i) => `, b${i}, h${i}, c${i}`)}${each(VARIABLE, (i) => `, n${i}, q${i}`)}) => (b, o) => {
  if (typeof o !== 'object' || o === null) throw S.none(o);
  const w = (b & 131071) << 3, p = state[w], e = easy ? p + z : S.check(p, state[w | 3]);
  if (state[w | 1] !== b || e < 0 || e > state[w | 3]) return S.try_read(b, o);
  const k = CURSOR[0];
  if (!easy) state[w | 1] = ~b;
  try {
  ${each(NUMBERS, (i) => `if (nf > ${i}) o[k${i}] = s${i}(p + o${i});`)}
  if (nb > 0) { const x = S.get_bits(p + lead); ${each(BITS, (i) => `if (nb > ${i}) o[b${i}] = c${i}(x >>> h${i});`)} }
  if (nv > 0) { CURSOR[0] = p + z; ${each(VARIABLE, (i) => `if (nv > ${i}) o[n${i}] = q${i}(p + lead, o[n${i}]);`)} }
  } finally { if (!easy) { CURSOR[0] = k; state[w | 1] = b; } }
  state[w] = e;
  return 0;
}`;
}

// One field of an object that may hold a double.
function field() {
  return `(k, f, s, l, c) => ({
  bound(o) { const v = o[k]; if (typeof v !== 'number') c(v); return 0; },
  put(p, o) { s(p + f, o[k]); },
  get(p, o) { o[k] = l(p + f); },
})`;
}

// The same for an unsigned integer of 32 bits: s and l take and give it signed, which is a small integer in Node.
function word() {
  return `(k, f, s, l, c) => ({
  bound(o) { const v = o[k]; if (typeof v !== 'number') c(v); return f; },
  put(p, o) { s(p, o[k] | 0); },
  get(p, o) { o[k] = l(p) >>> 0; },
})`;
}

// The same for a quantised one, whose codes are small integers: s and l may be shared.
function quant() {
  return `(k, f, s, l, c, m, n, t, u) => ({
  bound(o) { const v = o[k]; if (typeof v !== 'number') c(v); return 0; },
  put(p, o) { const x = (o[k] - m) * n + 0.5; s(p + f, x >= t ? t : x > 0 ? x | 0 : 0); },
  get(p, o) { o[k] = m + l(p + f) * u; },
})`;
}

export function clone_pool() {
  const list = (name, text, copies = COPIES) =>
    `export const ${name} = [\n${Array.from({ length: copies }, () => text()).join(',\n')}\n];\n`;
  return `// Made by build.mjs from clones.build.mjs: copies of one template, see there.
// @ts-nocheck
import { state } from '../buffer-table.js';
import { CURSOR, LIMIT } from './plain-leaves.js';

export const CLONE_NUMBERS = ${NUMBERS};
export const CLONE_BITS = ${BITS};
export const CLONE_VARIABLE = ${VARIABLE};
${list('WRITERS', writer)}${list('READERS', reader)}${list('FIELDS', field, FIELDS)}${list('QUANTS', quant, QUANTS)}${list('WORDS', word, WORDS)}`;
}
