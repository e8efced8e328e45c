// writeColumns and readColumns: columns in a packet, planar or as records, and planar ones in place.
import {
  aligned,
  copy_from_wrap,
  copy_into_wrap,
  make_room,
  raise_used,
  wrapped_end,
} from '../buffer-room.js';
import { type Buf, lookup } from '../buffer-table.js';
import { show } from '../check.js';
import { buffer_wrap } from '../constants.js';
import { dv, kernel, u8 } from '../wasm/memory.js';
import type { Codec } from './codec.js';
import { type ColumnSet, column_set, known_or_new, put, shape, used_length } from './column-set.js';
import type { Value } from './program.js';
import { with_scratch } from './scratch.js';
import { Status } from './types.js';

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
  kernel.packet_records_write(set.plan, set.steps, n, at + header, stride);
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
  const b = lookup(buffer);
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
  const b = lookup(buffer);
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
      kernel.packet_records_read(set.plan, set.steps, n, from, stride);
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
  const b = lookup(buffer);
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
