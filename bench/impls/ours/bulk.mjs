// Fill and copy by bytewire.

/** Operations of `bw`, an instance of the package. */
export function bulk_operations(bw) {
  const deleted = (...buffers) => {
    for (const b of buffers) bw.buffer_delete(b);
  };
  const two = ({ from }) => {
    const a = bw.buffer_from(from);
    const b = bw.buffer_create(from.length, bw.buffer_fixed, 1);
    return { a, b, done: () => deleted(a, b) };
  };
  const seen = (b, call) => (i) => {
    call(i);
    return bw.buffer_to_bytes(b);
  };
  const fill = (type) => (input) => {
    const { size, value } = input;
    const { a, done } = two(input);
    const call = () => {
      bw.buffer_fill(a, 0, type, value, size);
      return 1;
    };
    return { call, output: seen(a, call), done };
  };
  return {
    fill_u8: fill(bw.buffer_u8),
    fill_u16: fill(bw.buffer_u16),
    fill_u32: fill(bw.buffer_u32),
    fill_f32: fill(bw.buffer_f32),
    fill_f64: fill(bw.buffer_f64),
    copy(input) {
      const { size } = input;
      const { a, b, done } = two(input);
      const call = () => {
        bw.buffer_copy(a, 0, size, b, 0);
        return 1;
      };
      return { call, output: seen(b, call), done };
    },
    copy_within(input) {
      const { size, step } = input;
      const { a, done } = two(input);
      const call = () => {
        bw.buffer_copy(a, 0, size - step, a, step);
        return 1;
      };
      return { call, output: seen(a, call), done };
    },
    copy_stride(input) {
      const { size } = input;
      const { a, b, done } = two(input);
      const call = () => {
        bw.buffer_copy_stride(a, 0, 16, 16, size >> 4, b, 0, 16);
        return 1;
      };
      return { call, output: seen(b, call), done };
    },
    copy_column(input) {
      const { size } = input;
      const { a, b, done } = two(input);
      const call = () => {
        bw.buffer_copy_stride(a, 4, 4, 16, size >> 4, b, 0, 4);
        return 1;
      };
      return { call, output: seen(b, call), done };
    },
  };
}
