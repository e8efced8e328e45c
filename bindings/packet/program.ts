// What every engine makes of a layout: one set of functions, the same bytes.
import type { Struct } from './layout.js';

/** Bytes in front of a packet: nothing, the tag of a union (1 byte) or the hash of a tagged packet (4 bytes). */
export interface Lead {
  bytes: 0 | 1 | 4;
  value: number;
}

/** A value as the engines see it. */
// biome-ignore lint/suspicious/noExplicitAny: engines handle values of every schema
export type Value = any;

/** The functions of one packet. Addresses are absolute in linear memory. */
export interface Program {
  /** Writes a value where `bound` bytes are free, and gives the address behind it. Checks the value before it stores. */
  encode(value: Value, at: number): number;
  /** Bytes that `encode` may touch at most. */
  bound(value: Value): number;
  /** Looks at the bytes in [at, end) without storing anything: the address behind the packet, or a negative status. */
  check(at: number, end: number): number;
  /** Reads a packet that `check` has found good into an object. */
  decode(at: number, into: Value): void;
  /** The same into a new object. */
  make(at: number): Value;
  /** Into a buffer at its position. */
  write(buffer: number, value: Value): void;
  read(buffer: number, into?: Value): Value;
  try_read(buffer: number, into: Value): number;
  /** Into the slot for outgoing packets; the bytes are valid until the next pack. */
  pack(value: Value): Uint8Array<ArrayBuffer>;
  /** From bytes outside linear memory, by way of the slot for incoming ones. */
  unpack(bytes: Uint8Array, into?: Value): Value;
  try_unpack(bytes: Uint8Array, into: Value): number;
}

/** The rare ways out of a hot function. */
export interface Slow {
  write(buffer: number, value: Value): void;
  read(buffer: number, into: Value): Value;
  try_read(buffer: number, into: Value): number;
  pack(value: Value): Uint8Array<ArrayBuffer>;
  unpack(bytes: Uint8Array, into: Value): Value;
  try_unpack(bytes: Uint8Array, into: Value): number;
  /** The error by the path of its field, for one that JavaScript threw at a value. */
  named(value: Value, error: unknown): unknown;
  /** The error of reading into what is no object. */
  no_target(into: unknown): TypeError;
}

/** An engine: the functions, or undefined when the layout is not for it. */
export type Engine = (struct: Struct, lead: Lead, slow: Slow) => Program | undefined;

/** Packets of at most this many bytes are written wherever that many are free; above, the need is worked out first. */
export const SMALL_BYTES = 1024;

/** Bytes of the slots for outgoing and incoming packets. */
export const SLOT_BYTES = 1 << 16;
/** Up to this many bytes are copied one by one: the call of `set` costs as much (measured). */
export const TINY_BYTES = 24;
