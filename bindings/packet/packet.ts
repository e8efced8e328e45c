// packet({...}): a schema becomes an object that writes and reads it.
import { options_object, show } from '../check.js';
import { Codec } from './codec.js';
import { make_columns } from './column-set.js';
import { overlay_columns, read_columns, write_columns } from './columns.js';
import { read_delta, write_delta } from './delta.js';
import type { EngineName, Factory } from './engine.js';
import { field_node, made_here } from './fields.js';
import { check_hash } from './hash.js';
import type { ColumnOptions, DeltaOptions, Packet, PacketOptions } from './interface.js';
import { is_fixed, layout, layout_hash, type Node, type Struct } from './layout.js';
import type { Lead, Value } from './program.js';
import { source_text } from './source.js';
import type { Field, Schema, Status } from './types.js';
import { make_view } from './view.js';

const NO_OPTIONS = {};
export const NO_LEAD: Lead = { bytes: 0, value: 0 };

/** Lays out the fields of a schema. @throws TypeError what is none */
export function schema_struct(schema: Schema, what: string): Struct {
  if (typeof schema !== 'object' || schema === null) {
    throw new TypeError(`${what}: a schema is an object of fields, got ${show(schema)}`);
  }
  const fields: [string, Node][] = [];
  for (const key of Object.keys(schema)) {
    const node = field_node(schema[key]);
    if (node === undefined) {
      throw new TypeError(`${what}: field ${show(key)} is ${show(schema[key])}, not a field`);
    }
    // What every object inherits is there before the field is: an object without it would seem to hold it.
    if (key in Object.prototype || key.startsWith('$')) {
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
    this.node = made_here({ kind: 'struct', of: struct });
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
    const start = () => void this.codec.program;
    this.write = (buffer, value) => {
      start();
      this.write(buffer, value);
    };
    this.read = (buffer, into) => {
      start();
      return this.read(buffer, into);
    };
    this.tryRead = (buffer, into) => {
      start();
      return this.tryRead(buffer, into);
    };
    this.pack = (value) => {
      start();
      return this.pack(value);
    };
    this.unpack = (bytes, into) => {
      start();
      return this.unpack(bytes, into);
    };
    this.tryUnpack = (bytes, into) => {
      start();
      return this.tryUnpack(bytes, into);
    };
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
    check_hash(hash, this.hash, this.layout, this.codec.options.name, 'schema');
  }

  toSource(name = 'packet_functions'): string {
    return source_text(this.codec, name);
  }

  #option(options: ColumnOptions & DeltaOptions, key: 'layout' | 'mode'): unknown {
    options_object(options, `${this.codec.options.name}: options`);
    return options[key];
  }

  columns(capacity: number): Value {
    return make_columns(this.codec, capacity);
  }

  writeColumns(buffer: number, columns: Value, options: ColumnOptions = NO_OPTIONS): number {
    return write_columns(this.codec, buffer, columns, this.#option(options, 'layout'));
  }

  readColumns(buffer: number, columns: Value, options: ColumnOptions = NO_OPTIONS): number {
    const status = read_columns(this.codec, buffer, columns, this.#option(options, 'layout'));
    if (status < 0) throw this.codec.refusal(status, buffer);
    return columns.length;
  }

  tryReadColumns(buffer: number, columns: Value, options: ColumnOptions = NO_OPTIONS): Status {
    return read_columns(this.codec, buffer, columns, this.#option(options, 'layout')) as Status;
  }

  overlayColumns(buffer: number): Value {
    return overlay_columns(this.codec, buffer);
  }

  writeDelta(
    buffer: number,
    columns: Value,
    base: Value,
    options: DeltaOptions = NO_OPTIONS,
  ): number {
    return write_delta(this.codec, buffer, columns, base, this.#option(options, 'mode'));
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
 * @throws TypeError what is no field, or a name that every object inherits (`toString`), starts with `$` or is an index;
 *   RangeError a packet of more than 2 GiB
 */
export function packet<const S extends Schema>(schema: S, options: PacketOptions = {}): Packet<S> {
  options_object(options, 'packet: options');
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
  options_object(options, 'packet_link: options');
  const name = options.name ?? 'packet';
  const struct = schema_struct(schema, name);
  const hash = layout_hash(struct.text);
  const lead: Lead = made.tagged ? { bytes: 4, value: hash } : NO_LEAD;
  const linked = new PacketOf(schema, struct, lead, name, made.factory as Factory, made.constants);
  linked.checkHash(made.hash);
  return linked as unknown as Packet<S>;
}
