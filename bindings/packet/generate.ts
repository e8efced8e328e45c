// The text of a packet's functions in JavaScript: straight-line code, as one would write by hand.
import { load_number, Names, store_number, text_of } from './generate-parts.js';
import { check_struct, make_struct, read_struct } from './generate-read.js';
import { from_bytes, is_tiny } from './generate-tiny.js';
import { bound_rest, write_struct } from './generate-write.js';
import type { Struct } from './layout.js';
import { type Lead, SMALL_BYTES } from './program.js';

/**
 * The text of a packet's functions. Where it runs it finds `d` (the view over linear memory), `E` (the epoch of that view),
 * `state` and `EPOCH`, `slow`, and the functions of support.ts; `g.constants` are what `c0`, `c1` ... stand for.
 */
export function generate(s: Struct, lead: Lead, path = ''): { text: string; constants: unknown[] } {
  const g = new Names();
  g.path = path;
  const body = write_struct(g, s, 'o', 'p', lead.bytes);
  const small = s.max + lead.bytes <= SMALL_BYTES;
  // What is small has room for its most.
  g.guard = (n) => (small ? '' : `if (q + ${n} > l) throw changed();`);
  const written = write_struct(g, s, 'o', 'p', lead.bytes);
  // In the slot there is room for three times the most of a small packet.
  g.counts_late = small;
  const packed = write_struct(g, s, 'o', 'p', lead.bytes);
  g.counts_late = false;
  g.guard = () => '';
  const tag =
    lead.bytes === 0 ? '' : store_number(lead.bytes === 1 ? 'u8' : 'u32', 'p', String(lead.value));
  const fixed = s.fixed + lead.bytes;
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
  const whole = `if (bytes instanceof Uint8Array && bytes.length >= ${fixed})`;
  const tiny = is_tiny(s, lead)
    ? `${whole} { if (o === undefined) { ${from_bytes(lines.join(''))} return ${from_bytes(made)}; } ${from_bytes(decoded)} return o; }`
    : '';
  const try_tiny = is_tiny(s, lead) ? `${whole} { ${from_bytes(decoded)} return 0; }` : '';
  // Asked once more behind the loads: a getter of the value may have moved or deleted the buffer.
  const moved = `state[w] !== p || ${foreign}`;
  const written_all = `${tag} ${written.store} ${written.rest}`;
  const packed_all = `${tag} ${packed.store} ${packed.rest}`;
  // What runs somebody's code between two stores locks the buffer or slot meanwhile: all that such code can still do is let
  // memory grow, and then all is done again in plain data.
  const locked = (lock: string, unlock: string, body: string, again: string) =>
    `${lock} try { ${body} } catch (error) { ${unlock} if (EPOCH[0] !== E) return ${again}; throw error; } ${unlock}`;
  const with_buffer = (need: boolean, body: string, again: string) =>
    need ? locked('state[w | 1] = ~b;', 'state[w | 1] = b;', body, again) : body;
  const with_out = (body: string, again: string) =>
    g.interrupts ? locked('BUSY[0] = 1;', 'BUSY[0] = 0;', body, again) : body;
  const with_in = (body: string, again: string) =>
    easy ? body : locked('BUSY[1] = 1;', 'BUSY[1] = 0;', body, again);
  const none = `if (o === undefined || o === null) throw no_object(o, ${text_of(path)});`;
  const no_target = `if (typeof o !== 'object' || o === null) throw slow.no_target(o);`;
  const unready =
    'EPOCH[0] !== E || BUSY[1] !== 0 || !(bytes instanceof Uint8Array) || bytes.length > SLOT_BYTES';
  const text = `
function encode(o, p) { ${start} ${body.load} ${tag} ${body.store} ${body.rest} return q; }
function bound(o) { let n = ${fixed}; ${bound_rest(g, s, 'o')} return n; }
function check(p, e) { ${start} ${bad_lead} if (q > e) return -1; ${check_struct(g, s, 'p', lead.bytes)} return q; }
function decode(p, o) { ${start} ${decoded} }
function make(p) { ${start} ${lines.join('')} return ${made}; }
function write(b, o) {
  ${slot}
  if (${foreign}) return slow.write(b, o);
  ${none}
  try {
  const n = ${small ? s.max + lead.bytes : 'bound(o)'};
  ${start} ${written.load}
  const l = state[w | 2];
  if (${moved} || p + n > l) return slow.write(b, o);
  ${with_buffer(g.interrupts, written_all, 'slow.write(b, o)')}
  state[w] = q;
  } catch (error) { throw slow.named(o, error); }
}
function read(b, o) {
  ${slot}
  if (o !== undefined) { ${no_target} }
  if (${foreign}) return slow.read(b, o);
  const z = ${end};
  if (${missing}) return slow.read(b, o);
  if (o === undefined) o = make(p);
  else { ${start} ${with_buffer(!easy, decoded, 'slow.read(b, o)')} }
  state[w] = z;
  return o;
}
function try_read(b, o) {
  ${slot}
  ${no_target}
  if (${foreign}) return slow.try_read(b, o);
  const z = ${end};
  if (${missing}) return slow.try_read(b, o);
  ${start} ${with_buffer(!easy, decoded, 'slow.try_read(b, o)')}
  state[w] = z;
  return 0;
}
function pack(o) {
  const p = SLOT_OUT, l = SLOT_OUT + SLOT_BYTES;
  ${none}
  try {
  ${small ? '' : 'if (bound(o) > SLOT_BYTES) return slow.pack(o);'}
  ${start} ${packed.load}
  if (EPOCH[0] !== E || BUSY[0] !== 0) return slow.pack(o);
  let bytes;
  ${with_out(`${packed_all} bytes = new Uint8Array(BYTES, p, q - p);`, 'slow.pack(o)')}
  return bytes;
  } catch (error) { throw slow.named(o, error); }
}
function receive(bytes) {
  const n = bytes.length;
  if (n > TINY_BYTES) U8.set(bytes, SLOT_IN);
  else for (let i = 0; i < n; i++) U8[SLOT_IN + i] = bytes[i];
  return ${easy ? `n < ${fixed} ? -1 : 0` : 'check(SLOT_IN, SLOT_IN + n)'};
}
function unpack(bytes, o) {
  if (o !== undefined) { ${no_target} }
  ${tiny}
  if (${unready} || receive(bytes) < 0) return slow.unpack(bytes, o);
  const p = SLOT_IN;
  if (o === undefined) return make(p);
  ${start} ${with_in(decoded, 'slow.unpack(bytes, o)')}
  return o;
}
function try_unpack(bytes, o) {
  ${no_target}
  ${try_tiny}
  if (${unready}) return slow.try_unpack(bytes, o);
  const status = receive(bytes);
  if (status < 0) return status;
  const p = SLOT_IN;
  ${start} ${with_in(decoded, 'slow.try_unpack(bytes, o)')}
  return 0;
}
`;
  return { text, constants: g.constants };
}
