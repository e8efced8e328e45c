// Columns as a program has them: the numbers of many records as typed arrays in linear memory, and what kernels know of them.
import { integer_in, show } from '../check.js';
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
import type { Codec } from './codec.js';
import type { Struct } from './layout.js';
import { COPY, type Leaf, leaves_of } from './leaves.js';
import type { Value } from './program.js';
import { batch_bytes, DESC_BYTES, plan_bytes, write_plan } from './record-plan.js';

/** What columns have beside their arrays. The arrays are made anew when memory grows: take them from here, keep none. */
export interface Columns {
  /** Records in use; `writeColumns` writes that many, `readColumns` sets it. */
  length: number;
  readonly capacity: number;
  /** Gives the memory back; the arrays are empty from then on. */
  free(): void;
}

const SET: unique symbol = Symbol('columns');
/** Elements that kernels may read past the last one. */
const SPARE = 16;
const RESERVED = ['length', 'capacity', 'free'];

const known_leaves = /* @__PURE__ */ new WeakMap<Struct, Leaf[] | string>();

/** The leaves, or why there are none. */
export function known_or_new(s: Struct): Leaf[] | string {
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
  /** Address of the plan by which they become records, and its steps. */
  readonly plan: number;
  readonly steps: number;
  /** Bytes of a record in cells, and whether any has 8. */
  readonly cell_bytes: number;
  readonly wide: boolean;
  /** Whose addresses the descriptors hold as the baseline's. */
  base: ColumnSet | undefined;
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
    size += (((capacity + SPARE) * Math.max(16, planes) + 79) >> 4) << 4;
    const plan = size;
    const batch = plan + plan_bytes(leaves.length);
    size = batch + batch_bytes(leaves, capacity);
    this.#block = allocate(size, 16);
    kernel.fill_zero(this.#block, size);
    this.desc = this.#block;
    this.scratch = this.#block + scratch;
    for (const offset of offsets) this.at.push(this.#block + offset);
    leaves.forEach((leaf, i) => {
      this.#describe(leaf, this.desc + i * DESC_BYTES, this.at[i]);
    });
    this.plan = this.#block + plan;
    this.steps = write_plan(leaves, this.at, capacity, {
      plan: this.plan,
      desc: this.desc,
      free: this.#block + batch,
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
    dv.setInt32(desc + 60, leaf.kind === COPY ? Math.log2(leaf.cell) : 4, true);
  }

  // The object that the game sees, arrays still missing.
  #shape(): void {
    const { object } = this;
    Object.defineProperties(object, {
      // Never a getter: kernels go by it after everything was looked at.
      length: { value: 0, writable: true, enumerable: true },
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

/** Makes objects and arrays down to the leaves. */
export function shape(object: Value, leaves: Leaf[]): void {
  for (const { path } of leaves) {
    let at = object;
    for (let i = 0; i < path.length - 1; i++) {
      at[path[i]] ??= typeof path[i + 1] === 'number' ? [] : {};
      at = at[path[i]];
    }
  }
}

/** Puts an array in its place. */
export function put(object: Value, path: Leaf['path'], array: unknown): void {
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
  if (!set.alive)
    throw new TypeError(
      `${options.name}: the ${what} ${what === 'columns' ? 'were' : 'was'} freed`,
    );
  return set;
}

/** The records in use. @throws RangeError more than the capacity */
export function used_length({ capacity, object }: ColumnSet, name: string): number {
  return integer_in(object.length, 0, capacity, `${name}: columns.length`);
}
