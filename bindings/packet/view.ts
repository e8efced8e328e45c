// view(): getters and setters over the bytes of a packet in place. No object is made, any Content-Security-Policy will do.
import { make_room, raise_used } from '../buffer-room.js';
import { lookup, state } from '../buffer-table.js';
import { integer, show } from '../check.js';
import { buffer_wrap } from '../constants.js';
import { dv, ensure, kernel, u8 } from '../wasm/memory.js';
import type { Codec } from './codec.js';
import { is_fixed } from './layout.js';
import type { Value } from './program.js';
import { SLOT_BYTES } from './program.js';
import { slots } from './slots.js';
import type { Obj, Schema } from './types.js';
import { type Spot, view_maker } from './view-fields.js';

/** Getters and setters of a packet's fields, and where they look. A view is valid until its buffer grows or is deleted. */
export type View<S extends Schema> = Obj<S> & {
  /** Looks at the packet `offset` bytes into a buffer; the position stays. @throws RangeError there is none */
  at(buffer: number, offset: number): View<S>;
  /**
   * Looks at the packet at the position, and moves the position behind it.
   * @throws RangeError there is none, or (in a wrap buffer) it goes on at byte 0: read it with {@link Packet.read}
   */
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

const makers = /* @__PURE__ */ new WeakMap<Codec, () => Value>();

/** The slot for incoming bytes, which never moves; 0 before first use. */
let incoming = 0;

/** Up to this many bytes are copied in words: the call of `set` costs as much (measured). */
const WORDS_BYTES = 48;

// Words, because a load of four bytes from four stores of one waits until all have reached the cache.
function copy_words(bytes: Uint8Array, n: number, at: number): void {
  const d = dv;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    d.setInt32(
      at + i,
      bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24),
      true,
    );
  }
  for (; i < n; i++) d.setUint8(at + i, bytes[i]);
}

/** A view of a packet, not yet anywhere. */
export function make_view(codec: Codec): Value {
  let make = makers.get(codec);
  if (make === undefined)
    makers.set(codec, (make = with_control(codec, view_maker(codec.struct, codec.path))));
  return make();
}

function with_control(codec: Codec, make: () => Spot): () => Value {
  const { struct, options } = codec;
  for (const { key } of struct.places) {
    if (key === 'at' || key === 'next' || key === 'append' || key === 'of') {
      throw new TypeError(
        `${options.name}: no view, a field is called ${show(key)}, as a function of views is`,
      );
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
      const b = lookup(buffer);
      const from = b.ptr + integer(offset, `${options.name}: offset`);
      if (easy && offset >= 0 && from + fixed <= b.end) {
        this.$p = from;
        this.$e = from + fixed;
        return this;
      }
      if (from < b.ptr || from > b.end) {
        throw new RangeError(
          `${options.name}: offset ${offset} lies outside the buffer (${b.end - b.ptr} bytes)`,
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
      const b = lookup(buffer);
      let from = (b.pos + b.am) & ~b.am;
      if (b.kind === buffer_wrap && from >= b.end) from = b.ptr;
      this.$e = look(buffer, from, b.end);
      b.pos = this.$e;
      this.$p = from + lead;
      return this;
    },
    of(this: Spot, bytes: Uint8Array) {
      if (!(bytes instanceof Uint8Array)) {
        throw new TypeError(`${options.name}: bytes must be a Uint8Array, got ${show(bytes)}`);
      }
      const n = bytes.length;
      if (n > SLOT_BYTES) {
        throw new RangeError(`${options.name}: a view takes at most ${SLOT_BYTES} bytes, got ${n}`);
      }
      if (incoming === 0) {
        ensure();
        incoming = slots().in;
      }
      const at = incoming;
      if (n > WORDS_BYTES) u8.set(bytes, at);
      else copy_words(bytes, n, at);
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
      const b = lookup(buffer);
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
