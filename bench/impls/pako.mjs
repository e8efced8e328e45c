// pako: zlib in JavaScript.
import * as pako from 'pako';

export const name = 'pako';
export const kind = 'package';
export const operations = {
  decompress:
    ({ streams }) =>
    (i) =>
      pako.inflate(streams[i]),
  compress({ items, level, peers_too }) {
    if (!peers_too || level > 1) return undefined;
    return { call: (i) => pako.deflate(items[i], { level }), counted: true };
  },
};
