// Chromium's own streams read what every level writes, and we read what they write.
import type { Page } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import { use_pages } from './pages.js';

const pages = use_pages();
let page: Page;
beforeEach(async () => {
  page ??= await pages.open();
});

it.each([
  ['zlib', 'deflate'],
  ['gzip', 'gzip'],
  ['raw', 'deflate-raw'],
] as const)(
  '%s: DecompressionStream reads us, and we read CompressionStream',
  async (ours, theirs) => {
    const wrong = await page.evaluate(
      async ([format, name]) => {
        const through = async (
          bytes: Uint8Array,
          stream: CompressionStream | DecompressionStream,
        ) =>
          new Uint8Array(
            await new Response(
              new Blob([bytes as BlobPart]).stream().pipeThrough(stream),
            ).arrayBuffer(),
          );
        const same = (a: Uint8Array, b: Uint8Array) =>
          a.length === b.length && a.every((byte, i) => byte === b[i]);
        const inputs = [
          new TextEncoder().encode('{"x":1,"y":2},'.repeat(3000)),
          Uint8Array.from({ length: 50_000 }, (_, i) => (i * i) >> (i % 7)),
          new Uint8Array(300_000),
          new Uint8Array([42]),
        ];
        const wrong: string[] = [];
        for (const [k, input] of inputs.entries()) {
          const source = bw.buffer_from(input);
          for (let level = 0; level <= 12; level++) {
            const packed = bw.buffer_compress(source, 0, -1, { level, format });
            const back = await through(bw.buffer_to_bytes(packed), new DecompressionStream(name));
            if (!same(back, input)) wrong.push(`level ${level}, input ${k}`);
            bw.buffer_delete(packed);
          }
          const stream = bw.buffer_from(await through(input, new CompressionStream(name)));
          const read = bw.buffer_decompress(stream, { format });
          if (read < 0 || !same(bw.buffer_to_bytes(read), input)) wrong.push(`theirs, input ${k}`);
        }
        return wrong;
      },
      [ours, theirs] as const,
    );
    expect(wrong).toEqual([]);
  },
);
