// Fill, copy and strided copy from 16 bytes to 4 MiB.
import { label, SIZES } from '../sizes.mjs';

const STEP = 8;

function input_of(size, value) {
  const from = new Uint8Array(size);
  for (let i = 0; i < size; i++) from[i] = (i * 31) & 255;
  return { from, size, value, step: STEP };
}

// All contenders have done the same calls when they are asked: the first byte that differs is named.
function check_bytes(wanted) {
  return (got, _, input) => {
    const bytes = wanted(input);
    for (let i = 0; i < bytes.length; i++) {
      if (got[i] !== bytes[i]) throw new Error(`byte ${i} is ${got[i]}, not ${bytes[i]}`);
    }
  };
}

const sized = (series, operation, wanted, value) =>
  SIZES.map((size) => ({
    group: 'buffer',
    series,
    name: `buffer ${series}, ${label(size)}`,
    operation,
    bytes: size,
    ours: 'bytewire',
    input: () => input_of(size, value),
    check: check_bytes(wanted),
  }));

const filled =
  (Type) =>
  ({ size, value }) =>
    new Uint8Array(new Type(size / Type.BYTES_PER_ELEMENT).fill(value).buffer);

const fill_cases = [
  ['u8', Uint8Array, 0x5a],
  ['u16', Uint16Array, 0x1234],
  ['u32', Uint32Array, 0x12345678],
  ['f32', Float32Array, 1.5],
  ['f64', Float64Array, 2.5],
].flatMap(([type, Type, value]) => sized(`fill ${type}`, `fill_${type}`, filled(Type), value));

function shifted({ from, size, step }) {
  const bytes = from.slice();
  bytes.copyWithin(step, 0, size - step);
  return bytes;
}

function column({ from, size }) {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size >> 4; i++) {
    bytes.set(from.subarray(i * 16 + 4, i * 16 + 8), i * 4);
  }
  return bytes;
}

export const cases = [
  ...fill_cases,
  ...sized('copy', 'copy', ({ from }) => from),
  ...sized('copy inside, overlapping', 'copy_within', shifted),
  ...sized('strided copy, side by side', 'copy_stride', ({ from }) => from),
  ...sized('strided copy, a column', 'copy_column', column),
];
