// Fill and copy in plain JavaScript, one element at a time.

const bytes_of = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

// Each operation makes its loop anew from text, so that it serves one contender and one type of array only.
const fill = (array, value) =>
  new Function(
    'array',
    'value',
    `return () => {
      for (let i = 0; i < array.length; i++) array[i] = value;
      return 1;
    };`,
  )(array, value);

const filling =
  (Type) =>
  ({ size, value }) => {
    const array = new Type(size / Type.BYTES_PER_ELEMENT);
    const call = fill(array, value);
    const output = () => {
      call();
      return bytes_of(array);
    };
    return { call, output };
  };

export const bulk_operations = {
  fill_u8: filling(Uint8Array),
  fill_u16: filling(Uint16Array),
  fill_u32: filling(Uint32Array),
  fill_f32: filling(Float32Array),
  fill_f64: filling(Float64Array),
  copy(input) {
    const from = input.from.slice();
    const to = new Uint8Array(from.length);
    const call = () => {
      for (let i = 0; i < to.length; i++) to[i] = from[i];
      return 1;
    };
    const output = () => {
      call();
      return to;
    };
    return { call, output };
  },
  copy_within({ from, size, step }) {
    const bytes = from.slice();
    // Backwards, as the ranges overlap.
    const call = () => {
      for (let i = size - 1; i >= step; i--) bytes[i] = bytes[i - step];
      return 1;
    };
    const output = () => {
      call();
      return bytes;
    };
    return { call, output };
  },
  copy_stride(input) {
    const from = input.from.slice();
    const to = new Uint8Array(from.length);
    const call = () => {
      for (let item = 0; item < to.length; item += 16) {
        for (let i = item; i < item + 16; i++) to[i] = from[i];
      }
      return 1;
    };
    const output = () => {
      call();
      return to;
    };
    return { call, output };
  },
  copy_column(input) {
    const { size } = input;
    const from = input.from.slice();
    const source = new Uint32Array(from.buffer, from.byteOffset, size >> 2);
    const to = new Uint8Array(from.length);
    const target = new Uint32Array(to.buffer);
    const call = () => {
      for (let i = 0, j = 1; j < source.length; i++, j += 4) target[i] = source[j];
      return 1;
    };
    const output = () => {
      call();
      return to;
    };
    return { call, output };
  },
};
