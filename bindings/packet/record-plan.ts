// How a layout's columns become records: the steps that assembly/packet-records.ts goes through, forwards and backwards.
import { dv } from '../wasm/memory.js';
import { COPY, type Leaf } from './leaves.js';

/** Bytes of a column's descriptor, and of a step, in linear memory. */
export const DESC_BYTES = 64;
const STEP_BYTES = 32;
/** Records at a time, as in assembly/packet-records.ts. */
const BATCH = 256;
/** Bytes that a step may write past the last element of its result. */
const SPARE_BYTES = 32;

// What a step does, as numbered in assembly/packet-records.ts.
const CONVERT = 0;
const ZIP = 1;
const PUT = 2;
const PUT_PAIR = 3;
const PUT_BITS = 4;

/** Elements in a row: the column at `at` (`each` bytes further from record to record), or the result at `at` (`each` 0). */
interface Row {
  at: number;
  each: number;
  size: number;
  /** In a record. */
  offset: number;
}

interface Step {
  op: number;
  a: Row;
  b?: Row;
  out: number;
  /** Index of the descriptor. */
  leaf: number;
}

/** Bytes in linear memory that a plan for so many leaves takes, at most. */
export function plan_bytes(leaves: number): number {
  return leaves * 2 * STEP_BYTES;
}

/** Bytes for results between steps. */
export function batch_bytes(leaves: readonly Leaf[], capacity: number): number {
  const records = Math.min(BATCH, capacity);
  let bytes = 0;
  // Each is converted once, and in the results of two zips at most.
  for (const { cell } of leaves) bytes += 3 * (records * cell + SPARE_BYTES);
  return bytes;
}

/** Zips rows of `size` bytes that lie side by side in a record. */
function zipped(
  rows: Row[],
  size: number,
  steps: Step[],
  result: (bytes_each: number) => number,
): Row[] {
  const out: Row[] = [];
  for (let i = 0; i < rows.length; i++) {
    const a = rows[i];
    const b = rows[i + 1];
    if (a.size === size && b?.size === size && b.offset === a.offset + size) {
      const at = result(2 * size);
      steps.push({ op: ZIP, a, b, out: at, leaf: 0 });
      out.push({ at, each: 0, size: 2 * size, offset: a.offset });
      i++;
    } else out.push(a);
  }
  return out;
}

/**
 * Writes the plan for columns at the addresses `at`.
 * @param where addresses of the plan, of the descriptors, and of {@link batch_bytes} free bytes
 * @returns how many steps it has
 */
export function write_plan(
  leaves: readonly Leaf[],
  at: readonly number[],
  capacity: number,
  where: { plan: number; desc: number; free: number },
): number {
  const records = Math.min(BATCH, capacity);
  let next = where.free;
  const result = (bytes_each: number): number => {
    const here = next;
    next += ((records * bytes_each + 15) & ~15) + 16;
    return here;
  };
  const steps: Step[] = [];
  let rows: Row[] = [];
  const bits: Step[] = [];
  leaves.forEach((leaf, i) => {
    let row: Row = {
      at: at[i],
      each: leaf.array.BYTES_PER_ELEMENT,
      size: leaf.cell,
      offset: leaf.offset,
    };
    if (leaf.kind !== COPY) {
      const out = result(leaf.cell);
      steps.push({ op: CONVERT, a: row, out, leaf: i });
      row = { ...row, at: out, each: 0 };
    }
    if (leaf.width > 0) bits.push({ op: PUT_BITS, a: row, out: 0, leaf: i });
    else rows.push(row);
  });
  rows.sort((a, b) => a.offset - b.offset);
  rows = zipped(rows, 1, steps, result);
  rows = zipped(rows, 2, steps, result);
  for (let i = 0; i < rows.length; i++) {
    const a = rows[i];
    const b = rows[i + 1];
    const pair = a.size === 4 && b?.size === 4 && b.offset === a.offset + 4;
    steps.push({ op: pair ? PUT_PAIR : PUT, a, b: pair ? b : undefined, out: a.offset, leaf: 0 });
    if (pair) i++;
  }
  steps.push(...bits);
  steps.forEach(({ op, a, b, out, leaf }, i) => {
    const desc = where.desc + leaf * DESC_BYTES;
    const words = [op, a.size, a.at, a.each, b?.at ?? 0, b?.each ?? 0, out, desc];
    const at_step = where.plan + i * STEP_BYTES;
    for (let k = 0; k < words.length; k++) dv.setInt32(at_step + k * 4, words[k], true);
  });
  return steps.length;
}
