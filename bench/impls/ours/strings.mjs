// Strings by bytewire.

/** Operations of `bw`, an instance of the package. */
export function string_operations(bw) {
  return {
    string_write({ list, room }) {
      const b = bw.buffer_create(room, bw.buffer_fixed, 1);
      const call = (i) => {
        if (i === 0) bw.buffer_seek(b, 0, 0);
        return bw.buffer_write_string(b, list[i]);
      };
      const output = (i) => {
        const at = i === 0 ? 0 : bw.buffer_tell(b);
        call(i);
        return bw.buffer_to_bytes(b, at, bw.buffer_tell(b) - at);
      };
      // The check goes through some texts only: the first call is at the start again.
      return { call, output, done: () => bw.buffer_delete(b) };
    },
    string_read({ bytes }) {
      const b = bw.buffer_from(bytes);
      const call = () => {
        bw.buffer_seek(b, 0, 0);
        return bw.buffer_read_string(b);
      };
      return { call, done: () => bw.buffer_delete(b) };
    },
  };
}
