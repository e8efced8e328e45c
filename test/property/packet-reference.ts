// Packets the slow and obvious way, written from STANDARD.md: plain descriptions of schemas, their bytes, what comes back.
import fc from 'fast-check';
import * as bw from '../../bindings/index.js';

export type Kind =
  | { is: 'number'; type: 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32' | 'f16' | 'f32' | 'f64' }
  | { is: 'u64' }
  | { is: 'bool' }
  | { is: 'bits'; n: number }
  | { is: 'ranged'; min: number; max: number }
  | { is: 'quant'; min: number; max: number; bits: number }
  | { is: 'enum'; names: string[] }
  | { is: 'varint' }
  | { is: 'str'; max: number }
  | { is: 'bytes'; max: number }
  | { is: 'vec'; type: 'u8' | 's16' | 'f16' | 'f32'; length: number }
  | { is: 'list'; of: Kind; max: number }
  | { is: 'optional'; of: Kind }
  | { is: 'packet'; fields: [string, Kind][] };

export type PacketKind = Kind & { is: 'packet' };

// biome-ignore lint/suspicious/noExplicitAny: values of random schemas
type Any = any;

const NUMBER_FIELDS = {
  u8: bw.u8,
  s8: bw.s8,
  u16: bw.u16,
  s16: bw.s16,
  u32: bw.u32,
  s32: bw.s32,
  f16: bw.f16,
  f32: bw.f32,
  f64: bw.f64,
};

/** The library's field of a description. */
export function field_of(kind: Kind): Any {
  switch (kind.is) {
    case 'number':
      return NUMBER_FIELDS[kind.type];
    case 'u64':
      return bw.u64;
    case 'bool':
      return bw.bool;
    case 'bits':
      return bw.bits(kind.n);
    case 'ranged':
      return bw.ranged(kind.min, kind.max);
    case 'quant':
      return bw.quant(kind.min, kind.max, kind.bits);
    case 'enum':
      return bw.enumOf(...(kind.names as [string]));
    case 'varint':
      return bw.varint;
    case 'str':
      return bw.str(kind.max);
    case 'bytes':
      return bw.bytes(kind.max);
    case 'vec':
      return bw.vec(NUMBER_FIELDS[kind.type] as typeof bw.f32, kind.length);
    case 'list':
      return bw.list(field_of(kind.of), kind.max);
    case 'optional':
      return bw.optional(field_of(kind.of));
    case 'packet':
      return packet_of(kind);
  }
}

export function packet_of(kind: PacketKind, options?: bw.PacketOptions): bw.Packet<Any> {
  return bw.packet(
    Object.fromEntries(kind.fields.map(([key, of]) => [key, field_of(of)])),
    options,
  ) as Any;
}

/** Bytes of a number, little-endian. */
function number_bytes(type: string, value: Any): number[] {
  const view = new DataView(new ArrayBuffer(8));
  switch (type) {
    case 'u8':
    case 's8':
      view.setUint8(0, value);
      return [...new Uint8Array(view.buffer, 0, 1)];
    case 'u16':
    case 's16':
      view.setUint16(0, value, true);
      return [...new Uint8Array(view.buffer, 0, 2)];
    case 'u32':
    case 's32':
      view.setUint32(0, value, true);
      return [...new Uint8Array(view.buffer, 0, 4)];
    case 'f16':
      view.setUint16(0, half_bits(value), true);
      return [...new Uint8Array(view.buffer, 0, 2)];
    case 'f32':
      view.setFloat32(0, value, true);
      return [...new Uint8Array(view.buffer, 0, 4)];
    case 'f64':
      view.setFloat64(0, value, true);
      return [...new Uint8Array(view.buffer, 0, 8)];
    default:
      view.setBigUint64(0, value, true);
      return [...new Uint8Array(view.buffer, 0, 8)];
  }
}

function half_value(code: number): number {
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code >> 10) & 31;
  const mantissa = code & 1023;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
}

// The nearest of all halves: by halving an interval of codes, which are in the order of the values.
function half_bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const v = Math.abs(value);
  if (v >= 65520) return sign | 0x7c00;
  let low = 0;
  let high = 0x7c00;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (half_value(middle) <= v) low = middle;
    else high = middle;
  }
  const below = v - half_value(low);
  const above = (high === 0x7c00 ? 65536 : half_value(high)) - v;
  return sign | (below < above || (below === above && low % 2 === 0) ? low : high);
}

const NUMBERS = {
  u8: (v: number) => v & 255,
  s8: (v: number) => (v << 24) >> 24,
  u16: (v: number) => v & 65535,
  s16: (v: number) => (v << 16) >> 16,
  u32: (v: number) => v >>> 0,
  s32: (v: number) => v | 0,
  f16: (v: number) => half_value(half_bits(v)),
  f32: Math.fround,
  f64: (v: number) => v,
};

function bits_needed(codes: number): number {
  let n = 1;
  while (2 ** n < codes) n++;
  return n;
}

/** Code and width in the bit area; undefined when the value lies elsewhere. */
function code_of(kind: Kind, value: Any): [code: number, width: number] | undefined {
  switch (kind.is) {
    case 'bool':
      return [value ? 1 : 0, 1];
    case 'optional':
      return [value === undefined ? 0 : 1, 1];
    case 'bits':
      return [Number(BigInt.asUintN(kind.n, BigInt(value))), kind.n];
    case 'ranged':
      return [
        Math.min(Math.max(value, kind.min), kind.max) - kind.min,
        bits_needed(kind.max - kind.min + 1),
      ];
    case 'enum':
      return [kind.names.indexOf(value), bits_needed(kind.names.length)];
    case 'quant':
      return kind.bits === 8 || kind.bits === 16 ? undefined : [quant_code(kind, value), kind.bits];
    default:
      return undefined;
  }
}

function quant_code({ min, max, bits }: Kind & { is: 'quant' }, value: number): number {
  const top = 2 ** bits - 1;
  const steps = (value - min) * (top / (max - min));
  return Number.isNaN(steps) ? 0 : Math.min(Math.max(Math.floor(steps + 0.5), 0), top);
}

function length_bytes(n: number, max: number): number[] {
  return number_bytes(max < 256 ? 'u8' : max < 65536 ? 'u16' : 'u32', n);
}

function is_packet(kind: Kind): kind is PacketKind {
  return kind.is === 'packet';
}

/** Whether every value takes the same number of bytes. */
export function fixed_size(kind: Kind): boolean {
  if (is_packet(kind)) return kind.fields.every(([, of]) => fixed_size(of));
  return !['varint', 'str', 'bytes', 'list', 'optional'].includes(kind.is);
}

/** The bytes of a packet, or of a value that stands alone in a list or as an optional one. */
export function encode(kind: Kind, value: Any): number[] {
  const bits: number[] = [];
  const fixed: number[] = [];
  const rest: number[] = [];
  const fields: [Kind, Any][] = is_packet(kind)
    ? kind.fields.map(([key, of]) => [of, value[key]])
    : [[kind, value]];
  for (const [of, v] of fields) {
    const code = code_of(of, v);
    if (code !== undefined) {
      for (let i = 0; i < code[1]; i++) bits.push(Math.floor(code[0] / 2 ** i) % 2);
    }
    switch (of.is) {
      case 'number':
        fixed.push(...number_bytes(of.type, v));
        break;
      case 'u64':
        fixed.push(...number_bytes('u64', v));
        break;
      case 'quant':
        if (of.bits === 8 || of.bits === 16) {
          fixed.push(...number_bytes(`u${of.bits}`, quant_code(of, v)));
        }
        break;
      case 'varint': {
        let left = v >>> 0;
        for (; left >= 128; left = Math.floor(left / 128)) rest.push((left % 128) + 128);
        rest.push(left);
        break;
      }
      case 'str': {
        const text = new TextEncoder().encode(v);
        fixed.push(...length_bytes(text.length, of.max));
        rest.push(...text);
        break;
      }
      case 'bytes':
        fixed.push(...length_bytes(v.length, of.max));
        rest.push(...v);
        break;
      case 'vec':
        for (let i = 0; i < of.length; i++) fixed.push(...number_bytes(of.type, v[i]));
        break;
      case 'list':
        fixed.push(...length_bytes(v.length, of.max));
        for (const element of v) rest.push(...encode(of.of, element));
        break;
      case 'optional':
        if (v !== undefined) rest.push(...encode(of.of, v));
        break;
      case 'packet':
        (fixed_size(of) ? fixed : rest).push(...encode(of, v));
    }
  }
  while (bits.length % 8 !== 0) bits.push(0);
  const area: number[] = [];
  for (let i = 0; i < bits.length; i += 8) {
    area.push(bits.slice(i, i + 8).reduce((sum, bit, k) => sum + bit * 2 ** k, 0));
  }
  return [...area, ...fixed, ...rest];
}

/** What a value comes back as. */
export function normal(kind: Kind, value: Any): Any {
  switch (kind.is) {
    case 'number':
      return NUMBERS[kind.type](value);
    case 'u64':
      return BigInt.asUintN(64, value);
    case 'bits':
      return Number(BigInt.asUintN(kind.n, BigInt(value)));
    case 'ranged':
      return Math.min(Math.max(value, kind.min), kind.max);
    case 'quant':
      return kind.min + quant_code(kind, value) * ((kind.max - kind.min) / (2 ** kind.bits - 1));
    case 'str':
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(value));
    case 'vec':
      return Array.from(value as number[], NUMBERS[kind.type]);
    case 'list':
      return value.map((v: Any) => normal(kind.of, v));
    case 'optional':
      return value === undefined ? undefined : normal(kind.of, value);
    case 'packet':
      return Object.fromEntries(kind.fields.map(([key, of]) => [key, normal(of, value[key])]));
    default:
      return value;
  }
}

const number = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.integer(),
  fc.double(),
  fc.double({ min: -70000, max: 70000 }),
  fc.constantFrom(-0, 65504, 65519.9, 65520, 2 ** -24, 2 ** -25, 2048.5, 4294967296.5),
);

/** Values of a description. */
export function value_of(kind: Kind): fc.Arbitrary<Any> {
  switch (kind.is) {
    case 'number':
      return kind.type[0] === 'f' ? number : fc.integer({ min: -(2 ** 33), max: 2 ** 33 });
    case 'u64':
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case 'bool':
      return fc.boolean();
    case 'bits':
      return fc.integer({ min: -5, max: 2 ** 32 - 1 });
    case 'ranged':
      return fc.integer({ min: kind.min - 3, max: kind.max + 3 });
    case 'quant':
      return fc.oneof(
        fc.double({ min: kind.min - 1, max: kind.max + 1, noNaN: true }),
        fc.constantFrom(kind.min, kind.max, NaN, Infinity, -Infinity),
      );
    case 'enum':
      return fc.constantFrom(...kind.names);
    case 'varint':
      return fc.oneof(fc.nat(200), fc.nat(), fc.constantFrom(127, 128, 2 ** 32 - 1, 2 ** 28));
    case 'str':
      return fc.string({ unit: 'binary', maxLength: kind.max }).map((text) => {
        while (new TextEncoder().encode(text).length > kind.max) text = text.slice(1);
        return text;
      });
    case 'bytes':
      return fc.uint8Array({ maxLength: kind.max });
    case 'vec':
      return fc.array(kind.type[0] === 'f' ? number : fc.integer(), {
        minLength: kind.length,
        maxLength: kind.length,
      });
    case 'list':
      return fc.array(value_of(kind.of), { maxLength: Math.min(kind.max, 5) });
    case 'optional':
      return fc.option(value_of(kind.of), { nil: undefined });
    case 'packet':
      return fc.record(Object.fromEntries(kind.fields.map(([key, of]) => [key, value_of(of)])));
  }
}

const range = fc
  .tuple(fc.integer({ min: -1000, max: 1000 }), fc.nat(100000))
  .map(([min, n]): Kind => ({ is: 'ranged', min, max: min + n }));

/** Descriptions that have columns: every field takes the same number of bytes. */
export const flat_kind: fc.Arbitrary<Kind> = fc.oneof(
  fc
    .constantFrom('u8', 's8', 'u16', 's16', 'u32', 's32', 'f16', 'f32', 'f64')
    .map((type): Kind => ({ is: 'number', type: type as 'u8' })),
  fc.constant<Kind>({ is: 'u64' }),
  fc.constant<Kind>({ is: 'bool' }),
  fc.integer({ min: 1, max: 32 }).map((n): Kind => ({ is: 'bits', n })),
  range,
  fc
    .tuple(
      fc.integer({ min: -10, max: 10 }),
      fc.integer({ min: 20, max: 500 }),
      fc.integer({ min: 1, max: 16 }),
    )
    .map(([min, n, bits]): Kind => ({ is: 'quant', min, max: min + n, bits })),
  fc.constantFrom(1, 2, 3, 5, 8, 300).map(
    (n): Kind => ({
      is: 'enum',
      names: Array.from({ length: n }, (_, i) => `word ${i}`),
    }),
  ),
);

const KEYS = ['a', 'b', 'id', 'o', 'p', 'q', 'd', 'e', 'with space', 'é', 'class', 'w', 'n', 'c0'];

function packet_kind(of: fc.Arbitrary<Kind>, most: number): fc.Arbitrary<PacketKind> {
  return fc
    .tuple(
      fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: most }),
      fc.array(of, { minLength: most, maxLength: most }),
    )
    .map(([keys, kinds]) => ({
      is: 'packet',
      fields: keys.map((key, i): [string, Kind] => [key, kinds[i]]),
    }));
}

export const flat_packet_kind = packet_kind(flat_kind, 12);

const max = fc.constantFrom(1, 5, 30, 255, 256, 20000);

function any_kind(depth: number): fc.Arbitrary<Kind> {
  const simple: fc.Arbitrary<Kind>[] = [
    flat_kind,
    fc.constant<Kind>({ is: 'varint' }),
    max.map((n): Kind => ({ is: 'str', max: n })),
    max.map((n): Kind => ({ is: 'bytes', max: n })),
    fc
      .tuple(fc.constantFrom('u8', 's16', 'f16', 'f32'), fc.integer({ min: 1, max: 5 }))
      .map(([type, length]): Kind => ({ is: 'vec', type: type as 'u8', length })),
  ];
  if (depth === 0) return fc.oneof({ weight: 3, arbitrary: simple[0] }, ...simple.slice(1));
  const inner = any_kind(depth - 1).filter((kind) => kind.is !== 'optional');
  return fc.oneof(
    { weight: 4, arbitrary: simple[0] },
    ...simple.slice(1),
    fc.tuple(inner, fc.constantFrom(5, 256)).map(([of, n]): Kind => ({ is: 'list', of, max: n })),
    inner.map((of): Kind => ({ is: 'optional', of })),
    packet_kind(inner, 4),
  );
}

/** Descriptions of whole packets. */
export const any_packet_kind: fc.Arbitrary<PacketKind> = packet_kind(any_kind(2), 8);
