// fflate: compression in JavaScript, the fastest of its kind.
import * as fflate from 'fflate';

export const name = 'fflate';
export const kind = 'package';
export const operations = {
  decompress:
    ({ streams }) =>
    (i) =>
      fflate.unzlibSync(streams[i]),
  compress({ items, level, peers_too }) {
    if (!peers_too) return undefined;
    const options = { level: Math.min(level, 9) };
    return { call: (i) => fflate.zlibSync(items[i], options), counted: true };
  },
};
