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
          { ...second, name: 'bytewire, new buffer', kind: 'twin', counted: shared.counted },
        ]
      : [
          { ...second, ...shared },
          { ...first, name: 'bytewire, into', kind: 'twin', counted: shared.counted },
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
      const both = forms(
        small,
        into,
        (i) => bw.buffer_compress(sources[i], 0, sizes[i], options),
        (i) => bw.buffer_to_bytes(dest, 0, into(i)),
        { counted: true, done: () => deleted([...sources, dest]) },
      );
      return one_form ? both.slice(0, 1) : both;
    },
    compress_with_dictionary({ items, dictionaries, every }) {
      const texts = resident(dictionaries);
      const prepared = texts.map((text) => bw.deflate_dictionary_create(text, 0, -1));
      const sources = resident(items);
      const sizes = sizes_of(items);
      const dest = bw.buffer_create(8192, bw.buffer_fixed, 1);
      // One object for each dictionary: none is made per packet.
      const options = prepared.map((dictionary) => ({ dictionary }));
      const into = (i) =>
        bw.buffer_compress_into(sources[i], 0, sizes[i], dest, 0, options[(i / every) | 0]);
      const without = (i) => bw.buffer_compress_into(sources[i], 0, sizes[i], dest, 0);
      const form = (call) => ({
        call,
        counted: true,
        output: (i) => bw.buffer_to_bytes(dest, 0, call(i)),
      });
      const done = () => {
        for (const id of prepared) bw.deflate_dictionary_delete(id);
        deleted([...texts, ...sources, dest]);
      };
      return [
        { ...form(into), done },
        { ...form(without), name: 'bytewire, without', kind: 'twin' },
      ];
    },
  };
}
