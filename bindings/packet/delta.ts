// writeDelta and readDelta: how columns differ from a baseline that the receiver has.
import { aligned, make_room, raise_used } from '../buffer-room.js';
import { lookup } from '../buffer-table.js';
import { show } from '../check.js';
import { buffer_wrap } from '../constants.js';
import { dv, kernel } from '../wasm/memory.js';
import type { Codec } from './codec.js';
import { type ColumnSet, column_set, used_length } from './column-set.js';
import { no_room, put_wrapped, take_bytes } from './columns.js';
import type { Value } from './program.js';
import { DESC_BYTES } from './record-plan.js';
import { with_scratch } from './scratch.js';
import { Status } from './types.js';

const MASK = 0;
const DIFFERENCE = 1;

function put_varint(at: number, value: number): number {
  let q = at;
  let rest = value;
  for (; rest > 127; rest >>>= 7) dv.setUint8(q++, rest | 128);
  dv.setUint8(q++, rest);
  return q;
}

/** Where the last varint ended. */
let varint_end = 0;

// The varint at `at`, or a negative status.
function take_varint(at: number, end: number): number {
  let q = at;
  let value = 0;
  for (let shift = 0, c = 128; c > 127; shift += 7) {
    if (q >= end) return Status.Short;
    c = dv.getUint8(q++);
    if (shift === 28 && c > 15) return Status.Range;
    value |= (c & 127) << shift;
  }
  varint_end = q;
  return value >>> 0;
}

/** Most bytes in front: hash, mode, two varints. */
const HEADER_BYTES = 15;

function put_header(codec: Codec, at: number, mode: number, n: number, changed: number): number {
  let q = at;
  if (codec.options.lead.bytes === 4) {
    dv.setUint32(q, codec.options.hash, true);
    q += 4;
  }
  dv.setUint8(q++, mode);
  q = put_varint(q, n);
  return mode === MASK ? put_varint(q, changed) : q;
}

function put_delta(
  codec: Codec,
  set: ColumnSet,
  at: number,
  mode: number,
  n: number,
  changed: number,
): number {
  const from = put_header(codec, at, mode, n, changed);
  const fields = set.leaves.length;
  return mode === MASK
    ? kernel.packet_delta_write(set.desc, fields, n, set.scratch, from)
    : kernel.packet_difference_write(set.desc, fields, n, from, set.scratch);
}

/** Writes how columns differ from a baseline. @returns how many records do */
export function write_delta(
  codec: Codec,
  buffer: number,
  columns: Value,
  base: Value,
  mode: unknown,
): number {
  const { name } = codec.options;
  if (mode !== undefined && mode !== 'mask' && mode !== 'difference') {
    throw new RangeError(`${name}: mode is 'mask' or 'difference', got ${show(mode)}`);
  }
  const how = mode === 'difference' ? DIFFERENCE : MASK;
  const set = column_set(codec, columns);
  const before = column_set(codec, base, 'baseline');
  const n = used_length(set, name);
  if (before.object.length !== n) {
    throw new RangeError(`${name}: ${n} records, but the baseline has ${before.object.length}`);
  }
  const b = lookup(buffer);
  const fields = set.leaves.length;
  if (set.base !== before) {
    for (let i = 0; i < fields; i++) {
      dv.setInt32(set.desc + i * DESC_BYTES + 28, before.at[i], true);
    }
    set.base = before;
  }
  const changed = kernel.packet_delta_masks(set.desc, fields, n, set.scratch);
  const each = set.cell_bytes + (how === MASK ? 5 + ((fields + 7) >> 3) : 0);
  const bound = HEADER_BYTES + (how === MASK ? changed : n) * each;
  const at = aligned(b);
  if (b.kind !== buffer_wrap && at + bound <= b.end) {
    const end = put_delta(codec, set, at, how, n, changed);
    b.pos = end;
    raise_used(b, end - b.ptr);
    return changed;
  }
  const offset = at - b.ptr;
  with_scratch(bound, (block) => {
    const bytes = put_delta(codec, set, block, how, n, changed) - block;
    if (b.kind === buffer_wrap) {
      put_wrapped(b, offset, bytes, name, (to) => kernel.move(to, block, bytes));
      return;
    }
    if (!make_room(b, offset + bytes)) throw no_room(b, offset, bytes, name);
    kernel.move(b.ptr + offset, block, bytes);
    b.pos = b.ptr + offset + bytes;
    raise_used(b, offset + bytes);
  });
  return changed;
}

/** Applies a delta to columns that hold the baseline: how many records changed, or a status. */
export function read_delta(codec: Codec, buffer: number, columns: Value): number {
  const set = column_set(codec, columns);
  let changed = 0;
  const status = take_bytes(buffer, (at, end) => {
    let from = at;
    if (codec.options.lead.bytes === 4) {
      if (from + 4 > end) return Status.Short;
      if (dv.getUint32(from, true) !== codec.options.hash) return Status.Version;
      from += 4;
    }
    if (from >= end) return Status.Short;
    const mode = dv.getUint8(from++);
    if (mode !== MASK && mode !== DIFFERENCE) return Status.Version;
    const n = take_varint(from, end);
    if (n < 0) return n;
    if (n !== set.object.length) return Status.Range;
    if (mode === DIFFERENCE) {
      changed = n;
      return take_differences(set, varint_end, end, n);
    }
    changed = take_varint(varint_end, end);
    if (changed < 0) return changed;
    return changed > n ? Status.Range : take_masked(set, varint_end, end, n, changed);
  });
  return status < 0 ? status : changed;
}

function take_masked(
  set: ColumnSet,
  from: number,
  end: number,
  n: number,
  changed: number,
): number {
  const fields = set.leaves.length;
  const behind = kernel.packet_delta_read(set.desc, fields, n, from, end, changed, 0);
  if (behind <= 0) return behind === 0 ? Status.Short : Status.Range;
  kernel.packet_delta_read(set.desc, fields, n, from, end, changed, 1);
  return behind;
}

function take_differences(set: ColumnSet, from: number, end: number, n: number): number {
  const behind = from + n * set.cell_bytes;
  if (behind > end) return Status.Short;
  const fields = set.leaves.length;
  if (!kernel.packet_difference_read(set.desc, fields, n, from, set.scratch, 0))
    return Status.Range;
  kernel.packet_difference_read(set.desc, fields, n, from, set.scratch, 1);
  return behind;
}

/** Copies the records of one set of columns to another of the same packet. */
export function copy_columns(codec: Codec, from: Value, to: Value): void {
  const source = column_set(codec, from);
  const target = column_set(codec, to, 'target');
  const n = used_length(source, codec.options.name);
  if (n > target.capacity)
    throw new RangeError(`${codec.options.name}: ${n} records, room for ${target.capacity}`);
  source.leaves.forEach(({ array }, i) => {
    kernel.move(target.at[i], source.at[i], n * array.BYTES_PER_ELEMENT);
  });
  target.object.length = n;
}
