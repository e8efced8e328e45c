// Which engine makes a packet's functions: generated code where the host allows it, else the clone pool, else plain closures.
import { state } from '../buffer-table.js';
import { eval_wanted } from '../wasm/load.js';
import { dv, EPOCH, ensure, u8 } from '../wasm/memory.js';
import { clone_program } from './clones.js';
import { generate } from './generate.js';
import type { Struct } from './layout.js';
import { plain_program } from './plain.js';
import { type Lead, type Program, SLOT_BYTES, type Slow, TINY_BYTES } from './program.js';
import { SLOTS_BUSY, slots } from './slots.js';
import * as support from './support.js';

/** How a packet's functions are made. All engines write the same bytes. */
export type EngineName = 'generated' | 'clones' | 'plain';

/** What generated text may call, by name. */
export const SUPPORT = {
  as_bigint: support.as_bigint,
  changed: support.changed,
  check_bytes: support.check_bytes,
  check_list: support.check_list,
  check_text: support.check_text,
  check_vector: support.check_vector,
  enum_code: support.enum_code,
  no_number: support.no_number,
  no_object: support.no_object,
  f16_code: support.f16_code,
  f16_number: support.f16_number,
  read_bytes: support.read_bytes,
  read_text: support.read_text,
  write_bytes: support.write_bytes,
  write_text: support.write_text,
  PUN_WORDS: support.PUN_WORDS,
  PUN_F32: support.PUN_F32,
  PUN_F64: support.PUN,
  PUN_U64: support.PUN_U64,
};

/** What a factory of generated functions is given. */
export type Surroundings = typeof SUPPORT & {
  d: DataView;
  U8: Uint8Array;
  BYTES: ArrayBuffer;
  SLOT_OUT: number;
  SLOT_IN: number;
  SLOT_BYTES: number;
  TINY_BYTES: number;
  E: number;
  EPOCH: Int32Array;
  BUSY: Int32Array;
  state: Int32Array;
  slow: Slow;
  constants: unknown[];
};

export type Factory = (given: Surroundings) => Program;

let eval_allowed: boolean | undefined;

/**
 * Whether the host runs generated code: not under a Content-Security-Policy without 'unsafe-eval'. Asked once, because there is
 * no way to ask that such a policy does not report; not at all after `init({ eval: false })`.
 */
export function may_generate(): boolean {
  if (!eval_wanted) return false;
  if (eval_allowed === undefined) {
    try {
      eval_allowed = new Function('return 1')() === 1;
    } catch {
      eval_allowed = false;
    }
  }
  return eval_allowed;
}

let forced: EngineName | undefined;

/** The engine of packets made from now on; undefined: the best that the host allows. For tests and benchmarks. */
export function packet_set_engine(engine?: EngineName): void {
  if (engine !== undefined && !['generated', 'clones', 'plain'].includes(engine)) {
    throw new TypeError(`packet_set_engine: generated, clones or plain, got ${String(engine)}`);
  }
  forced = engine;
}

/** The text of a function that is given {@link Surroundings} and gives the functions of a packet. */
export function factory_text(
  s: Struct,
  lead: Lead,
  path: string,
): { text: string; constants: unknown[] } {
  const { text, constants } = generate(s, lead, path);
  const names = constants.map((_, i) => `c${i}`).join(', ');
  const helpers = Object.keys(SUPPORT).join(', ');
  return {
    constants,
    text: `"use strict";
const { d, U8, BYTES, E, SLOT_OUT, SLOT_IN, SLOT_BYTES, TINY_BYTES, EPOCH, BUSY, state, slow, constants: [${names}], ${helpers} } = given;
${text}
return { encode, bound, check, decode, make, write, read, try_read, pack, unpack, try_unpack };`,
  };
}

let generations = 0;

/** Makes the functions of a packet for the memory as it is now. */
export function surround(factory: Factory, constants: unknown[], slow: Slow): Program {
  const { out: SLOT_OUT, in: SLOT_IN } = slots();
  return factory({
    ...SUPPORT,
    ...{
      d: dv,
      U8: u8,
      BYTES: u8.buffer,
      E: EPOCH[0],
      EPOCH,
      BUSY: SLOTS_BUSY,
      SLOT_OUT,
      SLOT_IN,
      SLOT_BYTES,
      TINY_BYTES,
    },
    ...{ state, slow, constants },
  });
}

function generated_program(s: Struct, lead: Lead, slow: Slow, path: string): Program {
  const { text, constants } = factory_text(s, lead, path);
  // Equal text would share what V8 has learnt about another memory or another schema: the comment makes it a text of its own.
  const source = `/* ${generations++} */ ${text}`;
  return surround(new Function('given', source) as Factory, constants, slow);
}

/** The functions of a packet, and which engine made them. */
export function make_program(
  s: Struct,
  lead: Lead,
  slow: Slow,
  wanted: EngineName | undefined = forced,
  path = '',
): { program: Program; engine: EngineName } {
  ensure();
  if (wanted === 'generated' || (wanted === undefined && may_generate())) {
    return { program: generated_program(s, lead, slow, path), engine: 'generated' };
  }
  const program = wanted === 'plain' ? undefined : clone_program(s, lead, slow, path);
  if (program !== undefined) return { program, engine: 'clones' };
  return { program: plain_program(s, lead, slow, path), engine: 'plain' };
}

/** The engine that packets made now are to have, where it takes their layout. */
export function wanted_engine(): EngineName | undefined {
  return forced;
}
