// libdeflate: the C library compiled to wasm.
import * as libdeflate from 'libdeflate';

export const name = 'libdeflate';
export const kind = 'package';
export const operations = {
  compress({ items, level, peers_too }) {
    if (!peers_too) return undefined;
    return { call: (i) => libdeflate.zlib(items[i], level), counted: true };
  },
};
