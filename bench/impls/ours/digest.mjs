// Digests and base64 by bytewire: one public call to the finished value, bytes resident in a buffer.

/** Operations of `bw`, an instance of the package. */
export function digest_operations(bw) {
  // The messages of a case in one buffer, and what frees it.
  const resident = ({ bytes }) => {
    const b = bw.buffer_from(bytes);
    return { b, done: () => bw.buffer_delete(b) };
  };

  const batch =
    (each, all, one) =>
    ({ bytes, packets, size }) => {
      const b = bw.buffer_from(bytes);
      const offsets = bw.buffer_from(Uint32Array.from({ length: packets }, (_, i) => i * size));
      const sizes = bw.buffer_from(new Uint32Array(packets).fill(size));
      const result = bw.buffer_create(each * packets, bw.buffer_fixed, 1);
      const hex = (at) => {
        const digest = bw.buffer_to_bytes(result, at * each, each);
        return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      };
      const call = () => {
        all(b, offsets, sizes, packets, result);
        return 1;
      };
      const single = () => {
        let text = '';
        for (let i = 0; i < packets; i++) text = one(b, i * size, size);
        return text;
      };
      return [
        {
          name: 'bytewire batch',
          call,
          output: () => {
            call();
            return hex(packets - 1);
          },
          done: () => {
            for (const each of [b, offsets, sizes, result]) bw.buffer_delete(each);
          },
        },
        {
          name: 'bytewire, one stream',
          kind: 'twin',
          call: () => one(b, 0, size * packets),
          output: single,
        },
        { name: 'bytewire, single calls', kind: 'twin', call: single },
      ];
    };

  return {
    crc32(input) {
      const { b, done } = resident(input);
      const { stride, size } = input;
      return { call: (i) => bw.buffer_crc32(b, i * stride, size), done };
    },
    md5(input) {
      const { b, done } = resident(input);
      const { stride, size } = input;
      return { call: (i) => bw.buffer_md5(b, i * stride, size), done };
    },
    sha1(input) {
      const { b, done } = resident(input);
      const { stride, size } = input;
      return { call: (i) => bw.buffer_sha1(b, i * stride, size), done };
    },
    base64_encode(input) {
      const { b, done } = resident(input);
      const { stride, size } = input;
      return { call: (i) => bw.buffer_base64_encode(b, i * stride, size), done };
    },
    // Makes a buffer and deletes it, as a program does that decodes one message after the other.
    base64_decode({ texts }) {
      return {
        call: (i) => {
          const b = bw.buffer_base64_decode(texts[i]);
          const n = bw.buffer_get_size(b);
          bw.buffer_delete(b);
          return n;
        },
        output: (i) => {
          const b = bw.buffer_base64_decode(texts[i]);
          const bytes = bw.buffer_to_bytes(b);
          bw.buffer_delete(b);
          return bytes;
        },
      };
    },
    md5_batch: batch(16, bw.buffer_md5_batch, bw.buffer_md5),
    sha1_batch: batch(20, bw.buffer_sha1_batch, bw.buffer_sha1),
  };
}
