// The engine for hosts without eval: a packet takes one copy of the template (clones.build.mjs) and fills in its fields.
import { open, READ_LIMIT, SLOT_MASK, state } from '../buffer-table.js';
import { buffer_fixed } from '../constants.js';
import { u8 } from '../wasm/memory.js';
import { CLONE_BITS, CLONE_NUMBERS, CLONE_VARIABLE, READERS, WRITERS } from './clones.gen.js';
import { type Place, quant_bytes, type Struct } from './layout.js';
import { plain_program } from './plain.js';
import type { Part } from './plain-leaves.js';
import { coder, decoder_of, LOADS, STORES } from './plain-numbers.js';
import { plain_struct } from './plain-parts.js';
import {
  type Lead,
  type Program,
  SLOT_BYTES,
  type Slow,
  SMALL_BYTES,
  TINY_BYTES,
  type Value,
} from './program.js';
import { check_number, path_to } from './support.js';

let taken = 0;

/** How many packets the pool still takes. */
export function clones_left(): number {
  return WRITERS.length - taken;
}

type Slot = [key: string, place: number, use: (...args: Value[]) => Value];
const UNUSED: Slot = ['', 0, () => 0];
type Maker = (...args: unknown[]) => (buffer: number, value: Value) => number;

function number_slot(
  { key, node, offset }: Place,
  lead: number,
  reads: boolean,
  path: string,
): Slot | undefined {
  if (node.kind === 'number' && node.type !== 'u64') {
    return [key as string, offset + lead, reads ? LOADS[node.type] : STORES[node.type]];
  }
  if (node.kind === 'quant' && quant_bytes(node) > 0) {
    const type = quant_bytes(node) === 1 ? 'u8' : 'u16';
    const value = decoder_of(node);
    const code = coder(node, path_to(path, key));
    const load = LOADS[type];
    const store = STORES[type];
    return [
      key as string,
      offset + lead,
      reads ? (at) => value(load(at)) : (at, v) => store(at, code(v)),
    ];
  }
  return undefined;
}

function bit_slot({ key, node, bit, width }: Place, reads: boolean, path: string): Slot {
  const mask = width === 32 ? -1 : 2 ** width - 1;
  const value = decoder_of(node);
  const code = coder(node, path_to(path, key));
  return [key as string, bit, reads ? (word) => value(word & mask) : code];
}

// Reads a field of the variable part once, and throws for what the schema does not take, before anything is stored.
function taker({ bound }: Part): (value: Value) => Value {
  return (value) => {
    bound(value);
    return value;
  };
}

// Fields in the slots of the template; undefined when they do not fit.
function slots(s: Struct, lead: number, reads: boolean, path: string): unknown[] | undefined {
  const parts = plain_struct(s, path).parts;
  const numbers: Slot[] = [];
  const bits: Slot[] = [];
  const variable: unknown[][] = [];
  for (const [i, place] of s.places.entries()) {
    const number = number_slot(place, lead, reads, path);
    if (place.key === null || place.node.kind === 'optional') return undefined;
    if (number !== undefined) numbers.push(number);
    else if (place.width > 0) bits.push(bit_slot(place, reads, path));
    else if (place.variable)
      variable.push(reads ? [place.key, parts[i].get] : [place.key, parts[i].put, taker(parts[i])]);
    else return undefined;
  }
  if (s.bits > 32 || numbers.length > CLONE_NUMBERS) return undefined;
  if (bits.length > CLONE_BITS || variable.length > CLONE_VARIABLE) return undefined;
  const counts = [numbers.length, bits.length, variable.length];
  while (numbers.length < CLONE_NUMBERS) numbers.push(UNUSED);
  while (bits.length < CLONE_BITS) bits.push(UNUSED);
  while (variable.length < CLONE_VARIABLE)
    variable.push(reads ? ['', UNUSED[2]] : ['', UNUSED[2], UNUSED[2]]);
  return [...counts, ...numbers.flat(), ...bits.flat(), ...variable.flat()];
}

/** Stores of a word in the bytes that its bits take, and loads of it. */
function word_access(bytes: number): {
  put: (at: number, x: number) => void;
  get: (at: number) => number;
} {
  if (bytes === 1) return { put: STORES.u8, get: LOADS.u8 };
  if (bytes === 2) return { put: STORES.u16, get: LOADS.u16 };
  if (bytes === 4) return { put: STORES.u32, get: LOADS.u32 };
  return {
    put(at, x) {
      STORES.u16(at, x);
      STORES.u8(at + 2, x >>> 16);
    },
    get: (at) => LOADS.u16(at) | (LOADS.u8(at + 2) << 16),
  };
}

// An object with the keys in the order of the schema, as the other engines make it. Numbers begin as numbers: see fields.ts.
function blank(s: Struct): Value {
  const object: Record<string, unknown> = {};
  for (const { key, node } of s.places) {
    const numeric = ['number', 'varint', 'bits', 'ranged', 'quant'].includes(node.kind);
    object[key as string] = numeric ? 0 : undefined;
  }
  return object;
}

/** The slot of this engine: a buffer, because that is what its functions take. */
let slot: { id: number; at: number; words: number } | undefined;

/** Whether a packet is written or read in it: one that a getter or setter in between packs or unpacks must go elsewhere. */
let busy = false;

function slot_buffer(): { id: number; at: number; words: number } {
  if (slot === undefined) {
    const b = open(SLOT_BYTES, buffer_fixed, 1);
    slot = { id: b.id, at: b.ptr, words: (b.id & SLOT_MASK) << 3 };
  }
  return slot;
}

function slot_id(): number {
  return slot === undefined ? -1 : slot.id;
}

// Whether bytes can be unpacked in the slot now.
function takes(bytes: unknown): boolean {
  return !busy && bytes instanceof Uint8Array && bytes.length <= SLOT_BYTES;
}

function unpack(take: (b: number, into: Value) => number, bytes: Uint8Array, into: Value): number {
  const { id, at, words } = slot_buffer();
  const n = bytes.length;
  if (n > TINY_BYTES) u8.set(bytes, at);
  else for (let i = 0; i < n; i++) u8[at + i] = bytes[i];
  state[words] = at;
  state[words | READ_LIMIT] = at + n;
  busy = true;
  try {
    return take(id, into);
  } finally {
    busy = false;
  }
}

/** The clone engine: undefined when the layout does not fit the template, or all copies are taken. */
export function clone_program(s: Struct, lead: Lead, slow: Slow, path = ''): Program | undefined {
  const max = s.max + lead.bytes;
  const written = slots(s, lead.bytes, false, path);
  const read = slots(s, lead.bytes, true, path);
  if (max > SMALL_BYTES || written === undefined || read === undefined) return undefined;
  if (clones_left() === 0) return undefined;
  const plain = plain_program(s, lead, slow, path);
  const copy = taken++;
  const word = word_access(s.bit_bytes);
  const store_lead = lead.bytes === 1 ? STORES.u8 : STORES.u32;
  const helpers = {
    write: slow.write,
    // A packet in the slot ends where its bytes do, which only `unpack` knows: it gets a status and asks again.
    try_read: (b: number, into: Value) => (b === slot_id() ? -1 : slow.try_read(b, into)),
    number: (value: unknown, key: string) => check_number(value, path_to(path, key)),
    named: slow.named,
    none: slow.no_target,
    check: plain.check,
    lead: (at: number) => store_lead(at, lead.value),
    bits: word.put,
    get_bits: word.get,
  };
  const fixed = s.fixed + lead.bytes;
  const easy = !s.checked && lead.bytes === 0;
  const write = (WRITERS as Maker[])[copy](helpers, fixed, max, lead.bytes, ...written);
  const take = (READERS as Maker[])[copy](helpers, fixed, easy, lead.bytes, ...read);
  return {
    ...plain,
    write,
    try_read: take,
    read(b, into) {
      const value = into === undefined ? blank(s) : into;
      return take(b, value) === 0 ? value : slow.read(b, into);
    },
    pack(value) {
      if (busy) return slow.pack(value);
      busy = true;
      try {
        const { id, at, words } = slot_buffer();
        state[words] = at;
        write(id, value);
        return new Uint8Array(u8.buffer, at, state[words] - at);
      } finally {
        busy = false;
      }
    },
    unpack(bytes, into) {
      const value = into === undefined ? blank(s) : into;
      return takes(bytes) && unpack(take, bytes, value) === 0 ? value : slow.unpack(bytes, into);
    },
    try_unpack(bytes, into) {
      return takes(bytes) && unpack(take, bytes, into) === 0 ? 0 : slow.try_unpack(bytes, into);
    },
  };
}
