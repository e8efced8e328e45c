// view(): getters and setters over the bytes of a packet in place. No object is made, any Content-Security-Policy will do.
import { make_room, raise_used } from '../buffer-room.js';
import { state } from '../buffer-table.js';
import { integer, show } from '../check.js';
import { buffer_wrap } from '../constants.js';
import { dv, ensure, kernel, u8 } from '../wasm/memory.js';
import { buffer_for_packets, type Codec } from './codec.js';
import {
  is_fixed,
  NUMBER_BYTES,
  type NumberType,
  type Place,
  quant_bytes,
  type Struct,
} from './layout.js';
import { coder, decoder_of, get_bits, LOADS, put_bits, STORES } from './plain-numbers.js';
import { plain_struct, set_cursor } from './plain-parts.js';
import type { Value } from './program.js';
import { SLOT_BYTES, TINY_BYTES } from './program.js';
import { slots } from './slots.js';
import { as_bigint, f16_code, f16_number } from './support.js';
import type { Obj, Schema } from './types.js';

/** Getters and setters of a packet's fields, and where they look. A view is valid until its buffer grows or is deleted. */
export type View<S extends Schema> = Obj<S> & {
  /** Looks at the packet `offset` bytes into a buffer; the position stays. @throws RangeError there is none */
  at(buffer: number, offset: number): View<S>;
  /** Looks at the packet at the position, and moves the position behind it. @throws RangeError there is none */
  next(buffer: number): View<S>;
  /**
   * Looks at bytes that did not come in a buffer, by way of the slot for incoming packets: valid until the next `of` or
   * `unpack` of any packet. @throws RangeError they are no such packet
   */
  of(bytes: Uint8Array): View<S>;
  /**
   * Adds a packet of zeros at the position, looks at it, and moves the position behind it: then set its fields.
   * @throws RangeError no room (in a wrap buffer: no room before its end); TypeError the packet has no fixed size
   */
  append(buffer: number): View<S>;
};

/** Where a view looks. `$` names are free: schemas may not use them. */
interface Spot {
  /** Address of the struct, and where the bytes end. */
  $p: number;
  $e: number;
  $inner: Spot[];
}

type Access = (offset: number) => PropertyDescriptor & ThisType<Spot>;

const NUMBERS: Record<NumberType, Access> = {
  u8: (o) => ({
    get() {
      return dv.getUint8(this.$p + o);
    },
    set(v) {
      dv.setUint8(this.$p + o, v);
    },
  }),
  s8: (o) => ({
    get() {
      return dv.getInt8(this.$p + o);
    },
    set(v) {
      dv.setInt8(this.$p + o, v);
    },
  }),
  u16: (o) => ({
    get() {
      return dv.getUint16(this.$p + o, true);
    },
    set(v) {
      dv.setUint16(this.$p + o, v, true);
    },
  }),
  s16: (o) => ({
    get() {
      return dv.getInt16(this.$p + o, true);
    },
    set(v) {
      dv.setInt16(this.$p + o, v, true);
    },
  }),
  u32: (o) => ({
    get() {
      return dv.getUint32(this.$p + o, true);
    },
    set(v) {
      dv.setUint32(this.$p + o, v, true);
    },
  }),
  s32: (o) => ({
    get() {
      return dv.getInt32(this.$p + o, true);
    },
    set(v) {
      dv.setInt32(this.$p + o, v, true);
    },
  }),
  u64: (o) => ({
    get() {
      return dv.getBigUint64(this.$p + o, true);
    },
    set(v) {
      dv.setBigUint64(this.$p + o, as_bigint(v), true);
    },
  }),
  f16: (o) => ({
    get() {
      return f16_number(dv.getUint16(this.$p + o, true));
    },
    set(v) {
      dv.setUint16(this.$p + o, f16_code(v), true);
    },
  }),
  f32: (o) => ({
    get() {
      return dv.getFloat32(this.$p + o, true);
    },
    set(v) {
      dv.setFloat32(this.$p + o, v, true);
    },
  }),
  f64: (o) => ({
    get() {
      return dv.getFloat64(this.$p + o, true);
    },
    set(v) {
      dv.setFloat64(this.$p + o, v, true);
    },
  }),
};

function bits_access({ node, bit, width }: Place): PropertyDescriptor & ThisType<Spot> {
  const code = coder(node);
  const value = decoder_of(node);
  const byte = bit >> 3;
  const shift = bit & 7;
  const mask = 2 ** width - 1;
  if (shift + width <= 8) {
    return {
      get() {
        return value((dv.getUint8(this.$p + byte) >> shift) & mask);
      },
      set(v) {
        const old = dv.getUint8(this.$p + byte);
        dv.setUint8(this.$p + byte, (old & ~(mask << shift)) | (code(v) << shift));
      },
    };
  }
  return {
    get() {
      return value(get_bits(this.$p, bit, width));
    },
    set(v) {
      put_bits(this.$p, bit, width, code(v));
    },
  };
}

function quant_access({ node, offset }: Place): PropertyDescriptor & ThisType<Spot> {
  const code = coder(node);
  const value = decoder_of(node);
  const type = node.kind === 'quant' && quant_bytes(node) === 1 ? 'u8' : 'u16';
  const load = LOADS[type];
  const store = STORES[type];
  return {
    get() {
      return value(load(this.$p + offset));
    },
    set(v) {
      store(this.$p + offset, code(v));
    },
  };
}

// A vector or a nested packet: a view of its own, kept by the one around it.
function inner_access(
  index: number,
  offset: number,
  keys: string[],
): PropertyDescriptor & ThisType<Spot> {
  return {
    get() {
      const inner = this.$inner[index];
      inner.$p = this.$p + offset;
      inner.$e = this.$e;
      return inner;
    },
    set(value) {
      const inner = this.$inner[index] as unknown as Record<string, unknown>;
      (inner as unknown as Spot).$p = this.$p + offset;
      for (const key of keys) inner[key] = value[key];
    },
  };
}

// A field in the variable part: found by walking over what stands before it.
function variable_access(s: Struct, index: number): PropertyDescriptor & ThisType<Spot> {
  const { parts } = plain_struct(s);
  const { key } = s.places[index];
  return {
    get() {
      set_cursor(this.$p + s.fixed);
      for (let i = 0; i < index; i++) parts[i].check(this.$p, this.$e);
      return parts[index].get(this.$p, undefined);
    },
    set() {
      throw new TypeError(`view: field ${show(key)} has no fixed size and cannot be set in place`);
    },
  };
}

/** Gives a function that makes views of a struct. */
function view_maker(s: Struct): () => Spot {
  class Shape implements Spot {
    $p = 0;
    $e = 0;
    $inner: Spot[] = makers.map((make) => make());
  }
  const makers: (() => Spot)[] = [];
  for (const [i, place] of s.places.entries()) {
    const { node, offset } = place;
    let access: PropertyDescriptor & ThisType<Spot>;
    if (place.variable) access = variable_access(s, i);
    else if (place.width > 0) access = bits_access(place);
    else if (node.kind === 'number') access = NUMBERS[node.type](offset);
    else if (node.kind === 'quant') access = quant_access(place);
    else if (node.kind === 'vector') {
      access = inner_access(
        makers.length,
        offset,
        Array.from({ length: node.length }, (_, k) => String(k)),
      );
      makers.push(vector_maker(node.type, node.length));
    } else if (node.kind === 'struct' && is_fixed(node.of)) {
      access = inner_access(
        makers.length,
        offset,
        node.of.places.map(({ key }) => key as string),
      );
      makers.push(view_maker(node.of));
    } else continue;
    Object.defineProperty(Shape.prototype, place.key as string, { ...access, enumerable: true });
  }
  return () => new Shape();
}

function vector_maker(type: NumberType, length: number): () => Spot {
  class Shape implements Spot {
    $p = 0;
    $e = 0;
    $inner: Spot[] = [];
  }
  for (let i = 0; i < length; i++) {
    Object.defineProperty(Shape.prototype, i, {
      ...NUMBERS[type](i * NUMBER_BYTES[type]),
      enumerable: true,
    });
  }
  Object.defineProperty(Shape.prototype, 'length', { value: length });
  return () => new Shape();
}

const makers = /* @__PURE__ */ new WeakMap<Codec, () => Value>();

/** The slot for incoming bytes, which never moves; 0 before first use. */
let incoming = 0;

/** A view of a packet, not yet anywhere. */
export function make_view(codec: Codec): Value {
  let make = makers.get(codec);
  if (make === undefined) makers.set(codec, (make = with_control(codec, view_maker(codec.struct))));
  return make();
}

function with_control(codec: Codec, make: () => Spot): () => Value {
  const { struct, options } = codec;
  for (const { key } of struct.places) {
    if (key === 'at' || key === 'next' || key === 'append' || key === 'of') {
      throw new TypeError(`view: a field is called ${show(key)}, as a function of views is`);
    }
  }
  const lead = options.lead.bytes;
  const fixed = struct.fixed + lead;
  const easy = !struct.checked && lead === 0;
  const look = (buffer: number, from: number, end: number): number => {
    const behind = codec.program.check(from, end);
    if (behind < 0) throw codec.refusal(behind, buffer);
    return behind;
  };
  const control = {
    at(this: Spot, buffer: number, offset: number) {
      const b = buffer_for_packets(buffer);
      const from = b.ptr + integer(offset, 'view: offset');
      if (easy && offset >= 0 && from + fixed <= b.end) {
        this.$p = from;
        this.$e = from + fixed;
        return this;
      }
      if (from < b.ptr || from > b.end) {
        throw new RangeError(
          `view: offset ${offset} lies outside the buffer (${b.end - b.ptr} bytes)`,
        );
      }
      this.$e = look(buffer, from, b.end);
      this.$p = from + lead;
      return this;
    },
    next(this: Spot, buffer: number) {
      const w = (buffer & 131071) << 3;
      const p = state[w];
      if (easy && state[w | 1] === buffer && p + fixed <= state[w | 3]) {
        this.$p = p;
        this.$e = state[w] = p + fixed;
        return this;
      }
      const b = buffer_for_packets(buffer);
      const from = (b.pos + b.am) & ~b.am;
      this.$e = look(buffer, from, b.end);
      b.pos = this.$e;
      this.$p = from + lead;
      return this;
    },
    of(this: Spot, bytes: Uint8Array) {
      const n = bytes.length;
      if (!(n <= SLOT_BYTES)) {
        throw new RangeError(`${options.name}: a view takes at most ${SLOT_BYTES} bytes, got ${n}`);
      }
      if (incoming === 0) {
        ensure();
        incoming = slots().in;
      }
      const at = incoming;
      if (n > TINY_BYTES) u8.set(bytes, at);
      else for (let i = 0; i < n; i++) u8[at + i] = bytes[i];
      const end = easy ? (n < fixed ? -1 : at + fixed) : codec.program.check(at, at + n);
      if (end < 0) throw codec.error(end, `in ${n} bytes`);
      this.$e = end;
      this.$p = at + lead;
      return this;
    },
    append(this: Spot, buffer: number) {
      if (!is_fixed(struct)) {
        throw new TypeError(`${options.name}: append needs a packet of fixed size`);
      }
      const b = buffer_for_packets(buffer);
      let offset = ((b.pos + b.am) & ~b.am) - b.ptr;
      if (b.kind === buffer_wrap && offset === b.end - b.ptr) offset = 0;
      if (!make_room(b, offset + fixed)) {
        throw new RangeError(
          `${options.name}: ${fixed} bytes at ${offset} do not fit in ${b.end - b.ptr} bytes in one piece`,
        );
      }
      const at = b.ptr + offset;
      kernel.fill_zero(at, fixed);
      if (lead === 1) dv.setUint8(at, options.lead.value);
      if (lead === 4) dv.setUint32(at, options.lead.value, true);
      b.pos = this.$e = at + fixed;
      raise_used(b, offset + fixed);
      this.$p = at + lead;
      return this;
    },
  };
  return () => {
    const view = make();
    const prototype = Object.getPrototypeOf(view);
    if (prototype.next === undefined) Object.assign(prototype, control);
    return view;
  };
}
