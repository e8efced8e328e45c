// With every handle in use a call that makes a buffer throws, gives its memory back once, and nothing that is alive is touched.
import { expect, it } from 'vitest';
import { heap_use } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { kernel } from '../../bindings/wasm/memory.js';

it('a call that finds no free handle leaves the heap as it was', () => {
  const source = bw.buffer_from(new Uint8Array(5000).map((_, i) => (i * i) >> 3));
  const packed = bw.buffer_compress(source, 0, -1);
  const others: number[] = [];
  expect(() => {
    for (;;) others.push(bw.buffer_create(0, bw.buffer_fixed, 1));
  }).toThrow(/too many buffers/);
  for (const call of [
    () => bw.buffer_compress(source, 0, -1),
    () => bw.buffer_decompress(packed),
    () => bw.buffer_from(new Uint8Array(9000)),
    () => bw.buffer_base64_decode('AAAA'),
    () => bw.buffer_base64_decode('A'.repeat(200)),
    () => bw.buffer_base64_decode('A'.repeat(8000)),
    () => bw.buffer_base64_decode('A A'.repeat(8000)),
  ]) {
    const { blocks } = heap_use();
    expect(call).toThrow(/too many buffers/);
    expect(kernel.heap_check()).toBe(0);
    expect(heap_use().blocks).toBe(blocks);
  }
  // The last handle that is freed is the next one taken, and it is a new one.
  const last = others.pop()!;
  bw.buffer_delete(last);
  const b = bw.buffer_base64_decode('QUJD');
  expect([b !== last, bw.buffer_exists(last), bw.buffer_get_size(b)]).toEqual([true, false, 3]);
  expect(() => bw.buffer_base64_decode('QUJD')).toThrow(/too many buffers/);
  others.push(b);
  for (const b of others) bw.buffer_delete(b);
  const back = bw.buffer_decompress(packed);
  expect(bw.buffer_sha1(back, 0, -1)).toBe(bw.buffer_sha1(source, 0, -1));
});
