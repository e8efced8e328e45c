// Columns: the numbers of many records as typed arrays in linear memory, written and read by kernels.
import {
  aligned,
  copy_from_wrap,
  copy_into_wrap,
  make_room,
  raise_used,
  wrapped_end,
} from '../buffer-room.js';
import type { Buf } from '../buffer-table.js';
import { integer_in, show } from '../check.js';
import { buffer_wrap } from '../constants.js';
import {
  allocate,
  dv,
  ensure,
  follow_views,
  forget_views,
  kernel,
  release,
  u8,
} from '../wasm/memory.js';
import { buffer_for_packets, type Codec, with_scratch } from './codec.js';
import type { Struct } from './layout.js';
import { type Leaf, leaves_of } from './leaves.js';
import type { Value } from './program.js';
import { Status } from './types.js';

/** What columns have beside their arrays. The arrays are made anew when memory grows: take them from here, keep none. */
export interface Columns {
  /** Records in use; `writeColumns` writes that many, `readColumns` sets it. */
  length: number;
  readonly capacity: number;
  /** Gives the memory back; the arrays are empty from then on. */
  free(): void;
}

const SET: unique symbol = Symbol('columns');
const DESC_BYTES = 64;
/** Elements that kernels may read past the last one. */
const SPARE = 16;
const RESERVED = ['length', 'capacity', 'free'];

const known_leaves = /* @__PURE__ */ new WeakMap<Struct, Leaf[] | string>();

/** The leaves of a packet; undefined when columns cannot be made of it. */
export function column_leaves(s: Struct): Leaf[] | undefined {
  const leaves = known_or_new(s);
  return typeof leaves === 'string' ? undefined : leaves;
}

function known_or_new(s: Struct): Leaf[] | string {
  let leaves = known_leaves.get(s);
  if (leaves === undefined) known_leaves.set(s, (leaves = leaves_of(s)));
  return leaves;
}

/** Columns, as this library sees them. */
export class ColumnSet {
  readonly struct: Struct;
  readonly leaves: Leaf[];
  readonly capacity: number;
  readonly object: Value = {};
  /** Addresses: of the descriptors, of the columns, and of what kernels use in between. */
  readonly desc: number;
  readonly at: number[] = [];
  readonly scratch: number;
  /** Bytes of a record in cells, and whether any has 8. */
  readonly cell_bytes: number;
  readonly wide: boolean;
  #block: number;
  readonly #renew = () => this.#place_arrays();

  constructor(struct: Struct, leaves: Leaf[], capacity: number) {
    this.struct = struct;
    this.leaves = leaves;
    this.capacity = capacity;
    this.cell_bytes = leaves.reduce((sum, { cell }) => sum + cell, 0);
    this.wide = leaves.some(({ cell, width }) => cell === 8 && width === 0);
    const offsets: number[] = [];
    let size = leaves.length * DESC_BYTES;
    for (const { array } of leaves) {
      offsets.push(size);
      size += (((capacity + SPARE) * array.BYTES_PER_ELEMENT + 15) >> 4) << 4;
    }
    const planes = ((leaves.length + 7) >> 3) + 1;
    const scratch = size;
    size += (capacity + SPARE) * Math.max(16, planes) + 64;
    this.#block = allocate(size, 16);
    kernel.fill_zero(this.#block, size);
    this.desc = this.#block;
    this.scratch = this.#block + scratch;
    for (const offset of offsets) this.at.push(this.#block + offset);
    leaves.forEach((leaf, i) => {
      this.#describe(leaf, this.desc + i * DESC_BYTES, this.at[i]);
    });
    this.#shape();
    this.#place_arrays();
    follow_views(this.#renew);
  }

  #describe(leaf: Leaf, desc: number, column: number): void {
    dv.setInt32(desc, leaf.kind, true);
    dv.setInt32(desc + 4, column, true);
    dv.setInt32(desc + 8, leaf.cell, true);
    dv.setInt32(desc + 12, leaf.width, true);
    dv.setInt32(desc + 16, leaf.offset, true);
    dv.setUint32(desc + 20, leaf.limit, true);
    dv.setInt32(desc + 24, leaf.low, true);
    dv.setFloat64(desc + 32, leaf.min, true);
    dv.setFloat64(desc + 40, leaf.scale, true);
    dv.setFloat64(desc + 48, leaf.step, true);
    dv.setInt32(desc + 56, leaf.array.BYTES_PER_ELEMENT, true);
  }

  // The object that the game sees, arrays still missing.
  #shape(): void {
    const { object } = this;
    object.length = 0;
    Object.defineProperties(object, {
      capacity: { value: this.capacity, enumerable: true },
      free: { value: () => this.free(), enumerable: false },
      [SET]: { value: this, enumerable: false },
    });
    shape(object, this.leaves);
  }

  #place_arrays(): void {
    const n = this.#block === 0 ? 0 : this.capacity;
    this.leaves.forEach(({ path, array }, i) => {
      put(this.object, path, new array(u8.buffer, n === 0 ? 0 : this.at[i], n));
    });
  }

  get alive(): boolean {
    return this.#block !== 0;
  }

  free(): void {
    if (this.#block === 0) return;
    forget_views(this.#renew);
    release(this.#block);
    this.#block = 0;
    this.object.length = 0;
    this.#place_arrays();
  }

  /** Bytes of `n` records, planar. */
  planar_bytes(n: number): number {
    let bytes = 0;
    for (const { width, cell } of this.leaves)
      bytes += width === 0 ? n * cell : Math.ceil((n * width) / 8);
    return bytes;
  }
}

// Objects and arrays down to the leaves.
function shape(object: Value, leaves: Leaf[]): void {
  for (const { path } of leaves) {
    let at = object;
    for (let i = 0; i < path.length - 1; i++) {
      at[path[i]] ??= typeof path[i + 1] === 'number' ? [] : {};
      at = at[path[i]];
    }
  }
}

function put(object: Value, path: Leaf['path'], array: unknown): void {
  let at = object;
  for (let i = 0; i < path.length - 1; i++) at = at[path[i]];
  at[path[path.length - 1]] = array;
}

/** Columns of a packet. @throws TypeError a field that has no column; RangeError a nonsense capacity */
export function make_columns({ struct, options }: Codec, capacity: number): Value {
  const leaves = known_or_new(struct);
  if (typeof leaves === 'string') throw new TypeError(`${options.name}: no columns, ${leaves}`);
  for (const { key } of struct.places) {
    if (RESERVED.includes(key as string)) {
      throw new TypeError(`${options.name}: no columns, a field is called ${show(key)}`);
    }
  }
  integer_in(capacity, 1, 0x1000000, `${options.name}: capacity`);
  ensure();
  return new ColumnSet(struct, leaves, capacity).object;
}

/** The set behind columns of this packet. @throws TypeError they are of another packet, or were freed */
export function column_set(
  { struct, options }: Codec,
  columns: Value,
  what = 'columns',
): ColumnSet {
  const set = columns?.[SET] as ColumnSet | undefined;
  if (set === undefined || set.struct !== struct) {
    throw new TypeError(
      `${options.name}: ${what} must come from this packet's columns(), got ${show(columns)}`,
    );
  }
  if (!set.alive) throw new TypeError(`${options.name}: the ${what} were freed`);
  return set;
}

/** The records in use. @throws RangeError more than the capacity */
export function used_length({ capacity, object }: ColumnSet, name: string): number {
  return integer_in(object.length, 0, capacity, `${name}: columns.length`);
}

function header_bytes({ options }: Codec, set: { wide: boolean }, planar: boolean): number {
  return options.lead.bytes === 4 || (planar && set.wide) ? 8 : 4;
}

function check_layout(layout: unknown, name: string): boolean {
  if (layout === undefined || layout === 'planar') return true;
  if (layout === 'records') return false;
  throw new RangeError(`${name}: layout is 'planar' or 'records', got ${show(layout)}`);
}

function put_header(codec: Codec, at: number, bytes: number, n: number): void {
  const tagged = codec.options.lead.bytes === 4;
  if (bytes === 8) dv.setUint32(at + (tagged ? 0 : 4), tagged ? codec.options.hash : 0, true);
  dv.setUint32(tagged ? at + 4 : at, n, true);
}

function put_columns(
  codec: Codec,
  set: ColumnSet,
  at: number,
  header: number,
  planar: boolean,
  n: number,
): void {
  put_header(codec, at, header, n);
  const fields = set.leaves.length;
  if (planar) {
    kernel.packet_planar_write(set.desc, fields, n, at + header, set.scratch);
    return;
  }
  const stride = set.struct.fixed;
  const last = set.leaves[fields - 1];
  if (last.width > 0) kernel.fill_zero(at + header, n * stride);
  kernel.packet_records_write(set.desc, fields, n, at + header, stride, set.scratch);
}

/** Writes columns at the position. @returns bytes written */
export function write_columns(
  codec: Codec,
  buffer: number,
  columns: Value,
  layout: unknown,
): number {
  const { name } = codec.options;
  const planar = check_layout(layout, name);
  const set = column_set(codec, columns);
  const n = used_length(set, name);
  const header = header_bytes(codec, set, planar);
  const bytes = header + (planar ? set.planar_bytes(n) : n * set.struct.fixed);
  const b = buffer_for_packets(buffer);
  const offset = aligned(b) - b.ptr;
  if (b.kind === buffer_wrap) {
    put_wrapped(b, offset, bytes, name, (at) => put_columns(codec, set, at, header, planar, n));
    return bytes;
  }
  if (!make_room(b, offset + bytes)) throw no_room(b, offset, bytes, name);
  put_columns(codec, set, b.ptr + offset, header, planar, n);
  b.pos = b.ptr + offset + bytes;
  raise_used(b, offset + bytes);
  return bytes;
}

export function no_room(b: Buf, offset: number, bytes: number, name: string): RangeError {
  return new RangeError(
    `${name}: ${bytes} bytes at ${offset} do not fit in ${b.end - b.ptr} bytes`,
  );
}

/** Puts `bytes` bytes together outside a wrap buffer and copies them in. */
export function put_wrapped(
  b: Buf,
  offset: number,
  bytes: number,
  name: string,
  use: (at: number) => void,
): void {
  const size = b.end - b.ptr;
  if (bytes > size) throw no_room(b, offset, bytes, name);
  const start = offset >= size ? 0 : offset;
  with_scratch(bytes, (block) => {
    use(block);
    copy_into_wrap(b, start, block, bytes);
  });
  raise_used(b, Math.min(start + bytes, size));
  b.pos = b.ptr + wrapped_end(start, bytes, size);
}

/**
 * Gives `use` the bytes from the position to the end of a buffer (of a wrap buffer: one lap) in one piece. What it gives back
 * is where it has read to, or a negative status.
 */
export function take_bytes(buffer: number, use: (at: number, end: number) => number): number {
  const b = buffer_for_packets(buffer);
  const size = b.end - b.ptr;
  if (b.kind === buffer_wrap && size > 0) {
    const offset = aligned(b) - b.ptr;
    const start = offset >= size ? 0 : offset;
    return with_scratch(size, (block) => {
      copy_from_wrap(b, start, block, size);
      const end = use(block, block + size);
      if (end >= 0) b.pos = b.ptr + wrapped_end(start, end - block, size);
      return Math.min(end, 0);
    });
  }
  const end = use(aligned(b), b.end);
  if (end >= 0) b.pos = end;
  return Math.min(end, 0);
}

// The count in a header at `at`; negative: a status.
function take_header(codec: Codec, at: number, end: number, bytes: number): number {
  if (at + bytes > end) return Status.Short;
  const tagged = codec.options.lead.bytes === 4;
  if (tagged && dv.getUint32(at, true) !== codec.options.hash) return Status.Version;
  return dv.getUint32(tagged ? at + 4 : at, true);
}

/** Reads columns at the position: 0 or a status. */
export function read_columns(
  codec: Codec,
  buffer: number,
  columns: Value,
  layout: unknown,
): number {
  const planar = check_layout(layout, codec.options.name);
  const set = column_set(codec, columns);
  const header = header_bytes(codec, set, planar);
  const fields = set.leaves.length;
  const stride = set.struct.fixed;
  return take_bytes(buffer, (at, end) => {
    const n = take_header(codec, at, end, header);
    if (n < 0) return n;
    if (n > set.capacity) return Status.Range;
    const from = at + header;
    const behind = from + (planar ? set.planar_bytes(n) : n * stride);
    if (behind > end) return Status.Short;
    if (planar) {
      if (!kernel.packet_planar_check(set.desc, fields, n, from, set.scratch)) return Status.Range;
      kernel.packet_planar_read(set.desc, fields, n, from, set.scratch);
    } else {
      if (!kernel.packet_records_check(set.desc, fields, n, from, stride, set.scratch))
        return Status.Range;
      kernel.packet_records_read(set.desc, fields, n, from, stride, set.scratch);
    }
    set.object.length = n;
    return behind;
  });
}

/** Typed arrays over planar columns at the position. */
export function overlay_columns(codec: Codec, buffer: number): Value {
  const { name } = codec.options;
  const leaves = known_or_new(codec.struct);
  if (typeof leaves === 'string') throw new TypeError(`${name}: no columns, ${leaves}`);
  const b = buffer_for_packets(buffer);
  const at = aligned(b);
  const header = header_bytes(
    codec,
    { wide: leaves.some((leaf) => leaf.cell === 8 && leaf.width === 0) },
    true,
  );
  const n = take_header(codec, at, b.end, header);
  if (n < 0) throw codec.refusal(n, buffer);
  const widest = leaves[0].width > 0 ? 1 : leaves[0].cell;
  if ((at + header) % widest !== 0) {
    throw new RangeError(
      `${name}: the packet starts at address ${at}, no multiple of ${widest}: read it with readColumns`,
    );
  }
  const object: Value = { length: n };
  shape(object, leaves);
  let from = at + header;
  for (const { path, overlay, width, cell } of leaves) {
    const bytes = width === 0 ? n * cell : Math.ceil((n * width) / 8);
    if (from + bytes > b.end) throw codec.refusal(Status.Short, buffer);
    put(object, path, new overlay(u8.buffer, from, width === 0 ? n : bytes));
    from += bytes;
  }
  b.pos = from;
  return object;
}
