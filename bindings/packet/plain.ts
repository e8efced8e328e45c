// The engine that needs neither eval nor room in the clone pool: closures over each field's place, in a loop.
import { state } from '../buffer-table.js';
import type { Struct } from './layout.js';
import { CURSOR, LIMIT } from './plain-leaves.js';
import { LENGTHS, LOADS, STORES } from './plain-numbers.js';
import { plain_struct } from './plain-parts.js';
import type { Lead, Program, Slow } from './program.js';
import { changed } from './support.js';

/** The plain engine: takes every layout. */
export function plain_program(struct: Struct, lead: Lead, slow: Slow): Program {
  const inner = plain_struct(struct);
  const fixed = struct.fixed + lead.bytes;
  const program: Program = {
    encode(value, at) {
      if (lead.bytes > 0) STORES[LENGTHS[lead.bytes]](at, lead.value);
      CURSOR[0] = at + fixed;
      inner.put(at + lead.bytes, value);
      return CURSOR[0];
    },
    bound: (value) => lead.bytes + inner.bound(value),
    check(at, end) {
      if (lead.bytes > 0) {
        if (at + lead.bytes > end) return -1;
        if (LOADS[LENGTHS[lead.bytes]](at) !== lead.value) return -3;
      }
      CURSOR[0] = at + fixed;
      if (at + fixed > end) return -1;
      const status = inner.check(at + lead.bytes, end);
      return status < 0 ? status : CURSOR[0];
    },
    decode(at, into) {
      CURSOR[0] = at + fixed;
      inner.get(at + lead.bytes, into);
    },
    make(at) {
      CURSOR[0] = at + fixed;
      return inner.get(at + lead.bytes, undefined);
    },
    write(b, value) {
      const w = (b & 131071) << 3;
      const p = state[w];
      if (state[w | 1] !== b || p + program.bound(value) > state[w | 2] || state[w] !== p)
        return slow.write(b, value);
      // A getter of the value may write another packet, or move this buffer.
      const cursor = CURSOR[0];
      const limit = LIMIT[0];
      LIMIT[0] = state[w | 2];
      try {
        const end = program.encode(value, p);
        if (state[w | 1] !== b || state[w] !== p || end > state[w | 2]) changed();
        state[w] = end;
      } finally {
        CURSOR[0] = cursor;
        LIMIT[0] = limit;
      }
    },
    read(b, into) {
      const w = (b & 131071) << 3;
      const p = state[w];
      const end = state[w | 1] === b ? program.check(p, state[w | 3]) : -1;
      if (end < 0) return slow.read(b, into);
      let value = into;
      if (into === undefined) value = program.make(p);
      else program.decode(p, into);
      state[w] = end;
      return value;
    },
    try_read(b, into) {
      const w = (b & 131071) << 3;
      const p = state[w];
      const end = state[w | 1] === b ? program.check(p, state[w | 3]) : -1;
      if (end < 0) return slow.try_read(b, into);
      program.decode(p, into);
      state[w] = end;
      return 0;
    },
    pack: (value) => slow.pack(value),
    unpack: (bytes, into) => slow.unpack(bytes, into),
    try_unpack: (bytes, into) => slow.try_unpack(bytes, into),
  };
  return program;
}
