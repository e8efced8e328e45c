// Compression by bytewire: packets into a buffer that is there already, as engines have it; larger ones to a new buffer, too.

/** Operations of `bw`, an instance of the package. */
export function deflate_operations(bw) {
  const resident = (items) => items.map((item) => bw.buffer_from(item));
  const deleted = (buffers) => {
    for (const b of buffers) bw.buffer_delete(b);
  };
  const sizes_of = (items) => items.map((item) => item.length);

  // Both forms; which of them is "bytewire" the size of an item decides.
  function forms(small, into, to_new, output_into, shared) {
    const output_new = (i) => {
      const b = to_new(i);
      const bytes = bw.buffer_to_bytes(b);
      bw.buffer_delete(b);
      return bytes;
    };
    const call_new = (i) => {
      const b = to_new(i);
      const n = bw.buffer_get_size(b);
      bw.buffer_delete(b);
      return n;
    };
    const first = { call: into, output: output_into };
    const second = { call: call_new, output: output_new };
    return small
      ? [
          { ...first, ...shared },
          { ...second, name: 'bytewire, new buffer', kind: 'twin', bytes: shared.bytes },
        ]
      : [
          { ...second, ...shared },
          { ...first, name: 'bytewire, into', kind: 'twin', bytes: shared.bytes },
        ];
  }

  return {
    decompress({ streams, most, small }) {
      const sources = resident(streams);
      const sizes = sizes_of(streams);
      const dest = bw.buffer_create(most, bw.buffer_fixed, 1);
      const into = (i) => bw.buffer_decompress_into(sources[i], 0, sizes[i], dest, 0);
      return forms(
        small,
        into,
        (i) => bw.buffer_decompress(sources[i]),
        (i) => bw.buffer_to_bytes(dest, 0, into(i)),
        { done: () => deleted([...sources, dest]) },
      );
    },
    compress({ items, most, small, level, one_form }) {
      const sources = resident(items);
      const sizes = sizes_of(items);
      const dest = bw.buffer_create(most + (most >> 8) + 100, bw.buffer_fixed, 1);
      const options = { level };
      const into = (i) => bw.buffer_compress_into(sources[i], 0, sizes[i], dest, 0, options);
      let bytes = 0;
      for (let i = 0; i < items.length; i++) bytes += into(i);
      const both = forms(
        small,
        into,
        (i) => bw.buffer_compress(sources[i], 0, sizes[i], options),
        (i) => bw.buffer_to_bytes(dest, 0, into(i)),
        { bytes, done: () => deleted([...sources, dest]) },
      );
      return one_form ? both.slice(0, 1) : both;
    },
    compress_with_dictionary({ items, dictionary }) {
      const source = bw.buffer_from(dictionary);
      const prepared = bw.deflate_dictionary_create(source, 0, -1);
      const sources = resident(items);
      const sizes = sizes_of(items);
      const dest = bw.buffer_create(8192, bw.buffer_fixed, 1);
      const form = (options) => {
        const call = (i) => bw.buffer_compress_into(sources[i], 0, sizes[i], dest, 0, options);
        let bytes = 0;
        for (let i = 0; i < items.length; i++) bytes += call(i);
        return { call, bytes, output: (i) => bw.buffer_to_bytes(dest, 0, call(i)) };
      };
      const done = () => {
        bw.deflate_dictionary_delete(prepared);
        deleted([source, dest, ...sources]);
      };
      return [
        { ...form({ dictionary: prepared }), done },
        { ...form({}), name: 'bytewire, without', kind: 'twin' },
      ];
    },
  };
}
