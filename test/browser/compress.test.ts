// Chromium's own streams read what every level writes, and we read what they write.
import type { Server } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { open_chromium } from './chromium.js';
import { ready, serve_dist } from './serve-dist.js';

let browser: Browser | undefined;
let page: Page;
let no_browser = '';
let server: Server;

beforeAll(async () => {
  const served = await serve_dist();
  server = served.server;
  const opened = await open_chromium();
  if ('browser' in opened) {
    browser = opened.browser;
    page = await browser.newPage();
    await page.goto(served.url);
    await ready(page);
  } else no_browser = opened.reason;
});
afterAll(async () => {
  await browser?.close();
  server.close();
});
beforeEach((context) => {
  if (browser === undefined) context.skip(no_browser);
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
