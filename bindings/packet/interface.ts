// What a packet can do, as programs see it.
import type { Columns } from './column-set.js';
import type { EngineName } from './engine.js';
import type { Args, Cols, Field, Obj, Overlay, Schema, Status } from './types.js';
import type { View } from './view.js';

/** How {@link packet} is made. */
export interface PacketOptions {
  /** For error messages. */
  name?: string;
  /** Puts the layout hash (4 bytes) in front of every packet, so that each is checked when read. */
  tagged?: boolean;
}

/** How columns are laid out in a packet. */
export interface ColumnOptions {
  /**
   * `planar` (default): column after column, the widest first, so that a receiver can lay typed arrays over the bytes.
   * `records`: record after record, each as `write` writes it.
   */
  layout?: 'planar' | 'records';
}

/** How a delta is written. */
export interface DeltaOptions {
  /**
   * `mask` (default): of each record that has changed, which fields, and those fields.
   * `difference`: every field as its zig-zag difference, planar: mostly zeros, for `buffer_compress`.
   */
  mode?: 'mask' | 'difference';
}

/** A schema in use. Every function works at the buffer's position, and takes every kind of buffer. */
export interface Packet<S extends Schema = Schema> extends Field<Obj<S>, Cols<S>, Overlay<S>> {
  /** Only a type: see {@link Infer}. */
  readonly infer?: Obj<S>;
  /** Bytes of a packet; null when that depends on the value. */
  readonly size: number | null;
  /** Most bytes of a packet. */
  readonly maxSize: number;
  /** Hash of the layout (FNV-1a, 32 bits): send it once in the handshake, and give what comes to {@link checkHash}. */
  readonly hash: number;
  /** The layout in words. */
  readonly layout: string;
  /** What writes and reads: settled on first use. */
  readonly engine: EngineName;

  /**
   * Writes a value at the position and moves the position behind it. Integers lose their fraction and wrap modulo 2^n, `ranged`
   * and `quant` clamp, NaN is 0 or the least. What JavaScript turns into a number is taken as that number (`true` is 1, `null`
   * is 0, `'7'` is 7); what gives NaN throws, unless it is NaN itself, as do a bigint and a symbol. `u64` takes a bigint or a
   * finite number. A grow buffer grows, a wrap buffer goes on at byte 0.
   * @throws RangeError no room, or a string, list or word that the schema does not take; TypeError a value of the wrong kind.
   *   Position and size are as before then. Errors name the field by its path (`items[].name`). Getters of the value may do
   *   what they like, but to this buffer: it is locked while elements of lists and optional values are read.
   */
  write(buffer: number, value: Obj<S>): void;
  /**
   * Writes just these fields, from values in the order of their keys: the bytes of `pick(keys)`.
   * Keep the array of keys, so that it is looked up once.
   */
  writeFields<const K extends readonly (keyof S & string)[]>(
    buffer: number,
    keys: K,
    ...values: Args<S, K>
  ): void;
  /** The packet of some fields, in the order of the keys: what reads {@link writeFields}. */
  pick<const K extends readonly (keyof S & string)[]>(
    keys: K,
  ): Packet<{ readonly [P in K[number]]: S[P] }>;
  /**
   * Reads a packet at the position into `into` (or a new object) and moves the position behind it. Nothing is allocated but
   * strings and what `into` lacks.
   * @throws RangeError the bytes are no such packet; nothing was read then. Setters of `into` may do what they like, but to this
   *   buffer: it is locked meanwhile.
   */
  read(buffer: number, into?: Obj<S>): Obj<S>;
  /**
   * The same for bytes from outside: gives a {@link Status} and throws for nothing that they hold.
   * @throws TypeError `into` is no object
   */
  tryRead(buffer: number, into: Obj<S>): Status;
  /**
   * Packs a value for a socket that takes bytes: over linear memory without a copy, valid until the next `pack` of any packet
   * or until memory grows. Errors as {@link write}.
   */
  pack(value: Obj<S>): Uint8Array<ArrayBuffer>;
  /**
   * Unpacks bytes that did not come in a buffer; what stands behind the packet is ignored. `bytes` is an array as the host makes them,
   * without a `length` of its own.
   * @throws RangeError as {@link read}
   */
  unpack(bytes: Uint8Array, into?: Obj<S>): Obj<S>;
  /** The same as a {@link Status}. @throws TypeError `into` is no object, `bytes` no Uint8Array */
  tryUnpack(bytes: Uint8Array, into: Obj<S>): Status;
  /** Getters and setters over the bytes of a packet, in place. */
  view(): View<S>;
  /** Refuses a peer's layout with a message that says what differs. @throws RangeError also: no unsigned 32-bit integer */
  checkHash(hash: number): void;
  /** An ES module with this packet's functions written out, for build steps and hosts without eval. */
  toSource(name?: string): string;

  /** Typed arrays in linear memory, one for each number of the schema, `capacity` long. Give them back with `free()`. */
  columns(capacity: number): Cols<S> & Columns;
  /** Writes the first `length` records of columns. @returns bytes written */
  writeColumns(buffer: number, columns: Cols<S> & Columns, options?: ColumnOptions): number;
  /** Reads what {@link writeColumns} wrote, and sets `columns.length`. @throws RangeError; nothing was read then */
  readColumns(buffer: number, columns: Cols<S> & Columns, options?: ColumnOptions): number;
  /** The same as a {@link Status}. */
  tryReadColumns(buffer: number, columns: Cols<S> & Columns, options?: ColumnOptions): Status;
  /**
   * Typed arrays over the bytes of planar columns at the position, copying nothing: valid until the buffer changes or memory
   * grows. f16 and quantised numbers show as their codes, bits as packed bytes, all as they came: nothing is compared with the
   * limits of the schema. Moves the position behind them.
   * @throws RangeError no such packet, or it does not start at a multiple of 8 bytes in memory
   */
  overlayColumns(buffer: number): Overlay<S> & { readonly length: number };
  /** Writes how columns differ from `base`, which has the same length. @returns how many records differ */
  writeDelta(
    buffer: number,
    columns: Cols<S> & Columns,
    base: Cols<S> & Columns,
    options?: DeltaOptions,
  ): number;
  /**
   * Applies a delta to columns that hold the baseline. @returns how many records changed
   * @throws RangeError the bytes are no delta for columns of this length; nothing has changed then
   */
  readDelta(buffer: number, columns: Cols<S> & Columns): number;
  /** The same as a {@link Status}. */
  tryReadDelta(buffer: number, columns: Cols<S> & Columns): Status;
}
