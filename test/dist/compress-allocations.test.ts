// The forms that write into a buffer allocate nothing per packet: measured in the built package, in a process of its own whose
// compiler does not run beside it, so that the outcome does not depend on the moment.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const library = new URL('../../dist/node/index.js', import.meta.url).href;
const top = fileURLToPath(new URL('../..', import.meta.url));

/** Bytes of JavaScript heap that one call took, in the quietest of some measurements. */
function bytes_per_call(options: string, what: 'compress' | 'decompress'): number {
  const script = `
    import { getHeapStatistics } from 'node:v8';
    import * as bw from ${JSON.stringify(library)};
    const packet = bw.buffer_from(Buffer.from('{"name":"ada","hp":100,"x":12.5},'.repeat(18)));
    const dictionary = bw.deflate_dictionary_create(packet, 0, 300);
    const options = ${options};
    const packed = bw.buffer_create(1000, bw.buffer_fixed, 1);
    const back = bw.buffer_create(1000, bw.buffer_fixed, 1);
    const n = bw.buffer_compress_into(packet, 0, 594, packed, 0, options);
    function rounds(times) {
      for (let i = 0; i < times; i++) ${
        what === 'compress'
          ? 'bw.buffer_compress_into(packet, 0, 594, packed, 0, options)'
          : 'bw.buffer_decompress_into(packed, 0, n, back, 0, options)'
      };
    }
    rounds(50_000);
    let least = Infinity;
    for (let i = 0; i < 10; i++) {
      const before = getHeapStatistics().used_heap_size;
      rounds(5000);
      const grown = getHeapStatistics().used_heap_size - before;
      // Below 0 the garbage collector ran in between.
      if (grown >= 0) least = Math.min(least, grown / 5000);
    }
    console.log(least);`;
  const argv = ['--no-concurrent-recompilation', '--input-type=module', '-e', script];
  return Number(execFileSync(process.execPath, argv, { cwd: top, encoding: 'utf8' }));
}

it.each([
  ['compress', '{}'],
  ['compress', '{ dictionary }'],
  ['decompress', '{}'],
  ['decompress', '{ dictionary }'],
] as const)('%s with options %s takes less than the smallest object per call', (what, options) => {
  expect(bytes_per_call(options, what)).toBeLessThan(8);
});
