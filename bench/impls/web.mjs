// What every host of today has natively, pages too: typed arrays, TextEncoder, TextDecoder.

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const filling =
  (Type, label) =>
  ({ size, value }) => {
    const bytes = new Uint8Array(size);
    const array = new Type(bytes.buffer);
    const call = () => {
      array.fill(value);
      return 1;
    };
    const output = () => {
      call();
      return bytes;
    };
    return { name: label, call, output };
  };

function set(input) {
  // A source of its own, as ours has: one that others read as well stays in the cache while they have their turns.
  const from = input.from.slice();
  const to = new Uint8Array(from.length);
  const call = () => {
    to.set(from);
    return 1;
  };
  const output = () => {
    call();
    return to;
  };
  return { name: 'Uint8Array.set', call, output };
}

export const name = 'web';
export const kind = 'native';
export const operations = {
  fill_u8: filling(Uint8Array, 'Uint8Array.fill'),
  fill_u16: filling(Uint16Array, 'typed array fill'),
  fill_u32: filling(Uint32Array, 'typed array fill'),
  fill_f32: filling(Float32Array, 'typed array fill'),
  fill_f64: filling(Float64Array, 'typed array fill'),
  copy: set,
  copy_stride: set,
  copy_within({ from, size, step }) {
    const bytes = from.slice();
    const call = () => {
      bytes.copyWithin(step, 0, size - step);
      return 1;
    };
    const output = () => {
      call();
      return bytes;
    };
    return { name: 'copyWithin', call, output };
  },
  // What a program does by hand: encode at the position, terminate.
  string_write({ list, room }) {
    const bytes = new Uint8Array(room);
    let at = 0;
    const call = (i) => {
      if (i === 0) at = 0;
      const text = list[i];
      at += encoder.encodeInto(text, bytes.subarray(at, at + text.length * 3)).written;
      bytes[at++] = 0;
      return at;
    };
    const output = (i) => {
      const from = i === 0 ? 0 : at;
      return bytes.slice(from, call(i));
    };
    return { name: 'encodeInto', call, output };
  },
  string_read: ({ bytes }) => ({
    name: 'TextDecoder',
    call: () => decoder.decode(bytes.subarray(0, bytes.indexOf(0))),
  }),
};
