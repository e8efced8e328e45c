// foras: a Rust implementation in wasm. It hands out memory of its own; what a program can keep is a copy.
import * as foras from '@hazae41/foras';

await foras.initBundledOnce();
const kept = (memory) => memory.copyAndDispose();

export const name = 'foras';
export const kind = 'package';
export const operations = {
  decompress:
    ({ streams }) =>
    (i) =>
      kept(foras.unzlib(new foras.Memory(streams[i]))),
  compress({ items, level, peers_too }) {
    if (!peers_too || level > 1) return undefined;
    return { call: (i) => kept(foras.zlib(new foras.Memory(items[i]), level)), counted: true };
  },
};
