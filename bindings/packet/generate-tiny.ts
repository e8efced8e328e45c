// Packets of a few bytes that come as a Uint8Array are read where they are: copying them costs as much as reading (measured).
import { is_fixed, type Struct } from './layout.js';
import type { Lead } from './program.js';

/** Up to this many bytes. */
const TINY = 32;

/** Whether the bytes of a packet can be read from an array, one by one. */
export function is_tiny(s: Struct, lead: Lead): boolean {
  return is_fixed(s) && !s.checked && lead.bytes === 0 && s.fixed <= TINY;
}

function word(offset: number): string {
  return `(bytes[${offset}] | bytes[${offset + 1}] << 8 | bytes[${offset + 2}] << 16 | bytes[${offset + 3}] << 24)`;
}

const LOADS: Record<string, (o: number) => string> = {
  Uint8: (o) => `bytes[${o}]`,
  Int8: (o) => `(bytes[${o}] << 24 >> 24)`,
  Uint16: (o) => `(bytes[${o}] | bytes[${o + 1}] << 8)`,
  Int16: (o) => `((bytes[${o}] | bytes[${o + 1}] << 8) << 16 >> 16)`,
  Uint32: (o) => `(${word(o)} >>> 0)`,
  Int32: (o) => word(o),
  Float32: (o) => `(PUN_WORDS[0] = ${word(o)}, PUN_F32[0])`,
  Float64: (o) => `(PUN_WORDS[0] = ${word(o)}, PUN_WORDS[1] = ${word(o + 4)}, PUN_F64[0])`,
  BigUint64: (o) => `(PUN_WORDS[0] = ${word(o)}, PUN_WORDS[1] = ${word(o + 4)}, PUN_U64[0])`,
};

/** Text that reads at `p` in linear memory, as text that reads from `bytes`. */
export function from_bytes(text: string): string {
  return text.replace(/\bd\.get(\w+)\(p(?: \+ (\d+))?(?:, true)?\)/g, (_, type, offset = '0') =>
    LOADS[type](Number(offset)),
  );
}
