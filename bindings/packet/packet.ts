// packet({...}): a schema becomes an object that writes and reads it.
import { show } from '../check.js';
import { Codec } from './codec.js';
import { type Columns, make_columns } from './column-set.js';
import { overlay_columns, read_columns, write_columns } from './columns.js';
import { read_delta, write_delta } from './delta.js';
import type { EngineName, Factory } from './engine.js';
import { is_fixed, layout, layout_hash, type Node, type Struct } from './layout.js';
import type { Lead, Value } from './program.js';
import { source_text } from './source.js';
import type { Args, Cols, Field, Obj, Overlay, Schema, Status } from './types.js';
import { make_view, type View } from './view.js';

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

/** A schema in use. Every function works at the buffer's position, and takes every kind of buffer but fast ones. */
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
   * Writes a value at the position and moves the position behind it. Integers wrap modulo 2^n, `ranged` and `quant` clamp.
   * A grow buffer grows, a wrap buffer goes on at byte 0.
   * @throws RangeError no room, or a string, list or word that the schema does not take; TypeError a value of the wrong kind.
   *   Position and size are as before then.
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
   * @throws RangeError the bytes are no such packet; nothing was read then
   */
  read(buffer: number, into?: Obj<S>): Obj<S>;
  /** The same for bytes from outside: gives a {@link Status} and throws for nothing that they hold. */
  tryRead(buffer: number, into: Obj<S>): Status;
  /**
   * Packs a value for a socket that takes bytes: over linear memory without a copy, valid until the next `pack` of any packet
   * or until memory grows. Errors as {@link write}.
   */
  pack(value: Obj<S>): Uint8Array<ArrayBuffer>;
  /** Unpacks bytes that did not come in a buffer; what stands behind the packet is ignored. @throws RangeError as {@link read} */
  unpack(bytes: Uint8Array, into?: Obj<S>): Obj<S>;
  /** The same as a {@link Status}. */
  tryUnpack(bytes: Uint8Array, into: Obj<S>): Status;
  /** Getters and setters over the bytes of a packet, in place. */
  view(): View<S>;
  /** Refuses a peer's layout with a message that says what differs. @throws RangeError */
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
   * grows. f16 and quantised numbers show as their codes, bits as packed bytes. Moves the position behind them.
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

export const NO_LEAD: Lead = { bytes: 0, value: 0 };

/** Lays out the fields of a schema. @throws TypeError what is none */
export function schema_struct(schema: Schema, what: string): Struct {
  if (typeof schema !== 'object' || schema === null) {
    throw new TypeError(`${what}: a schema is an object of fields, got ${show(schema)}`);
  }
  const fields: [string, Node][] = [];
  for (const key of Object.keys(schema)) {
    const node = (schema[key] as Field | undefined)?.node;
    if (node === undefined) {
      throw new TypeError(`${what}: field ${show(key)} is ${show(schema[key])}, not a field`);
    }
    if (key === '__proto__' || key.startsWith('$')) {
      throw new TypeError(`${what}: a field may not be called ${show(key)}`);
    }
    if (/^(0|[1-9]\d*)$/.test(key)) {
      throw new TypeError(
        `${what}: a field may not be called ${show(key)}: JavaScript would move it to the front`,
      );
    }
    fields.push([key, node]);
  }
  if (fields.length === 0) throw new TypeError(`${what}: a schema needs at least one field`);
  const struct = layout(fields);
  if (struct.max > 0x7fffffff) {
    throw new RangeError(`${what}: a packet could take ${struct.max} bytes; at most 2 GiB`);
  }
  return struct;
}

/** @internal */
export class PacketOf {
  readonly node: Node;
  readonly codec: Codec;
  readonly schema: Schema;
  /** Assigned, not inherited: V8 then knows the function where the packet is a constant. */
  write: (buffer: number, value: Value) => void;
  read: (buffer: number, into?: Value) => Value;
  tryRead: (buffer: number, into: Value) => Status;
  pack: (value: Value) => Uint8Array<ArrayBuffer>;
  unpack: (bytes: Uint8Array, into?: Value) => Value;
  tryUnpack: (bytes: Uint8Array, into: Value) => Status;
  readonly #picked = new Map<string, PacketOf>();
  #last_keys: readonly string[] | undefined;
  #last_picked: PacketOf | undefined;
  /** Holds the values of `writeFields`. */
  #values: Record<string, unknown> | undefined;

  constructor(
    schema: Schema,
    struct: Struct,
    lead: Lead,
    name: string,
    factory?: Factory,
    constants?: unknown[],
  ) {
    this.schema = schema;
    this.node = { kind: 'struct', of: struct };
    const { text } = struct;
    this.codec = new Codec(struct, {
      name,
      lead,
      hash: layout_hash(text),
      text,
      factory,
      constants,
    });
    this.codec.changed = ({ write, read, try_read, pack, unpack, try_unpack }) => {
      this.write = write;
      this.read = read;
      this.pack = pack;
      this.unpack = unpack;
      this.tryUnpack = try_unpack as (bytes: Uint8Array, into: Value) => Status;
      this.tryRead = try_read as (buffer: number, into: Value) => Status;
    };
    // Until first use: making the functions starts the wasm, which importing a schema must not.
    this.write = (buffer, value) => this.codec.write(buffer, value);
    this.read = (buffer, into) => this.codec.read(buffer, into);
    this.tryRead = (buffer, into) => this.codec.try_read(buffer, into) as Status;
    this.pack = (value) => this.codec.pack(value);
    this.unpack = (bytes, into) => this.codec.unpack(bytes, into);
    this.tryUnpack = (bytes, into) => this.codec.try_unpack(bytes, into) as Status;
  }

  get size(): number | null {
    const { struct } = this.codec;
    return is_fixed(struct) ? this.codec.max : null;
  }

  get maxSize(): number {
    return this.codec.max;
  }

  get hash(): number {
    return this.codec.options.hash;
  }

  get layout(): string {
    return this.codec.options.text;
  }

  get engine(): EngineName {
    return this.codec.engine;
  }

  pick(keys: readonly string[]): Value {
    if (keys === this.#last_keys) return this.#last_picked;
    const id = keys.join('\0');
    let picked = this.#picked.get(id);
    if (picked === undefined) {
      const schema: Record<string, Field> = {};
      for (const key of keys) {
        if (!Object.hasOwn(this.schema, key) || key in schema) {
          throw new TypeError(
            `${this.codec.options.name}: there is no field ${show(key)}, or it stands twice`,
          );
        }
        schema[key] = this.schema[key];
      }
      const name = this.codec.options.name;
      picked = new PacketOf(schema, schema_struct(schema, name), NO_LEAD, name);
      this.#picked.set(id, picked);
    }
    this.#last_keys = keys;
    this.#last_picked = picked;
    return picked;
  }

  writeFields(buffer: number, keys: readonly string[], ...values: unknown[]): void {
    const picked = this.pick(keys) as PacketOf;
    if (values.length !== keys.length) {
      throw new TypeError(
        `${this.codec.options.name}: ${keys.length} fields, ${values.length} values`,
      );
    }
    let object = picked.#values;
    if (object === undefined)
      picked.#values = object = Object.fromEntries(keys.map((key) => [key, 0]));
    for (let i = 0; i < keys.length; i++) object[keys[i]] = values[i];
    picked.write(buffer, object);
  }

  view(): Value {
    return make_view(this.codec);
  }

  checkHash(hash: number): void {
    this.codec.check_hash(hash);
  }

  toSource(name = 'packet_functions'): string {
    return source_text(this.codec, name);
  }

  columns(capacity: number): Value {
    return make_columns(this.codec, capacity);
  }

  writeColumns(buffer: number, columns: Value, options?: ColumnOptions): number {
    return write_columns(this.codec, buffer, columns, options?.layout);
  }

  readColumns(buffer: number, columns: Value, options?: ColumnOptions): number {
    const status = read_columns(this.codec, buffer, columns, options?.layout);
    if (status < 0) throw this.codec.refusal(status, buffer);
    return columns.length;
  }

  tryReadColumns(buffer: number, columns: Value, options?: ColumnOptions): Status {
    return read_columns(this.codec, buffer, columns, options?.layout) as Status;
  }

  overlayColumns(buffer: number): Value {
    return overlay_columns(this.codec, buffer);
  }

  writeDelta(buffer: number, columns: Value, base: Value, options?: DeltaOptions): number {
    return write_delta(this.codec, buffer, columns, base, options?.mode);
  }

  readDelta(buffer: number, columns: Value): number {
    const changed = read_delta(this.codec, buffer, columns);
    if (changed < 0) throw this.codec.refusal(changed, buffer);
    return changed;
  }

  tryReadDelta(buffer: number, columns: Value): Status {
    return Math.min(read_delta(this.codec, buffer, columns), 0) as Status;
  }
}

/**
 * Declares a packet: fields in the order of the wire, each a field word ({@link u16}, {@link str}, {@link list} ...) or another
 * packet. The object's type is `Infer<typeof thePacket>`.
 *
 * @throws TypeError what is no field; RangeError a packet of more than 2 GiB
 */
export function packet<const S extends Schema>(schema: S, options: PacketOptions = {}): Packet<S> {
  const name = options.name ?? 'packet';
  const struct = schema_struct(schema, name);
  const lead: Lead = options.tagged ? { bytes: 4, value: layout_hash(struct.text) } : NO_LEAD;
  return new PacketOf(schema, struct, lead, name) as unknown as Packet<S>;
}

/**
 * What a module made by {@link Packet.toSource} calls: the packet with its functions as given.
 * @throws RangeError the functions were made for another layout
 */
export function packet_link<const S extends Schema>(
  schema: S,
  made: { hash: number; tagged: boolean; constants: unknown[]; factory: unknown },
  options: PacketOptions = {},
): Packet<S> {
  const name = options.name ?? 'packet';
  const struct = schema_struct(schema, name);
  const hash = layout_hash(struct.text);
  const lead: Lead = made.tagged ? { bytes: 4, value: hash } : NO_LEAD;
  const linked = new PacketOf(schema, struct, lead, name, made.factory as Factory, made.constants);
  linked.checkHash(made.hash);
  return linked as unknown as Packet<S>;
}
