// The engine that needs neither eval nor room in the clone pool: closures over each field's place, in a loop.
import { state } from '../buffer-table.js';
import type { Struct } from './layout.js';
import { CURSOR, LIMIT, NO_LIMIT } from './plain-leaves.js';
import { LENGTHS, LOADS, STORES } from './plain-numbers.js';
import { plain_struct } from './plain-parts.js';
import type { Lead, Program, Slow, Value } from './program.js';
import { is_target } from './support.js';

/** The plain engine: takes every layout. */
export function plain_program(struct: Struct, lead: Lead, slow: Slow, path = ''): Program {
  const inner = plain_struct(struct, path);
  const fixed = struct.fixed + lead.bytes;
  // Every way in keeps the cursor of who is interrupted by it: a getter or setter of somebody's may use packets, too.
  function put(value: Value, at: number, limit: number): number {
    const cursor = CURSOR[0];
    const above = LIMIT[0];
    LIMIT[0] = limit;
    try {
      if (lead.bytes > 0) STORES[LENGTHS[lead.bytes]](at, lead.value);
      CURSOR[0] = at + fixed;
      inner.put(at + lead.bytes, value);
      return CURSOR[0];
    } finally {
      CURSOR[0] = cursor;
      LIMIT[0] = above;
    }
  }
  function get(at: number, old: Value): Value {
    const cursor = CURSOR[0];
    try {
      CURSOR[0] = at + fixed;
      return inner.get(at + lead.bytes, old);
    } finally {
      CURSOR[0] = cursor;
    }
  }
  // Into an object of somebody's, whose setters must leave the buffer alone.
  function get_locked(w: number, b: number, at: number, into: Value): void {
    state[w | 1] = ~b;
    try {
      get(at, into);
    } finally {
      state[w | 1] = b;
    }
  }
  const program: Program = {
    encode: (value, at) => put(value, at, NO_LIMIT),
    bound: (value) => lead.bytes + inner.bound(value),
    check(at, end) {
      if (lead.bytes > 0) {
        if (at + lead.bytes > end) return -1;
        if (LOADS[LENGTHS[lead.bytes]](at) !== lead.value) return -3;
      }
      if (at + fixed > end) return -1;
      const cursor = CURSOR[0];
      CURSOR[0] = at + fixed;
      const status = inner.check(at + lead.bytes, end);
      const behind = CURSOR[0];
      CURSOR[0] = cursor;
      return status < 0 ? status : behind;
    },
    decode: get,
    make: (at) => get(at, undefined),
    write(b, value) {
      const w = (b & 131071) << 3;
      const p = state[w];
      if (state[w | 1] !== b) return slow.write(b, value);
      const need = program.bound(value);
      const limit = state[w | 2];
      if (state[w | 1] !== b || state[w] !== p || p + need > limit) return slow.write(b, value);
      let end = 0;
      state[w | 1] = ~b;
      try {
        end = put(value, p, limit);
      } catch (error) {
        throw slow.named(value, error);
      } finally {
        state[w | 1] = b;
      }
      state[w] = end;
    },
    read(b, into) {
      if (into !== undefined && !is_target(into)) throw slow.no_target(into);
      const w = (b & 131071) << 3;
      const p = state[w];
      const end = state[w | 1] === b ? program.check(p, state[w | 3]) : -1;
      if (end < 0) return slow.read(b, into);
      let value = into;
      if (into === undefined) value = program.make(p);
      else get_locked(w, b, p, into);
      state[w] = end;
      return value;
    },
    try_read(b, into) {
      if (!is_target(into)) throw slow.no_target(into);
      const w = (b & 131071) << 3;
      const p = state[w];
      const end = state[w | 1] === b ? program.check(p, state[w | 3]) : -1;
      if (end < 0) return slow.try_read(b, into);
      get_locked(w, b, p, into);
      state[w] = end;
      return 0;
    },
    pack: (value) => slow.pack(value),
    unpack: (bytes, into) => slow.unpack(bytes, into),
    try_unpack: (bytes, into) => slow.try_unpack(bytes, into),
  };
  return program;
}
