// What the digest and base64 tests share: raw modules of both builds, random bytes, garbage, a plain CRC-32.
import { readFileSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { instantiateSync } from '@assemblyscript/loader';
import type { Exports } from '../../bindings/wasm/exports.js';

export function raw_module(flavour: 'simd' | 'plain'): {
  kernel: Exports;
  u8: Uint8Array<ArrayBuffer>;
  text_at: number;
} {
  const bytes = readFileSync(new URL(`../../dist/wasm/bytewire.${flavour}.wasm`, import.meta.url));
  const kernel = instantiateSync(bytes).instance.exports as unknown as Exports;
  const u8 = new Uint8Array(kernel.memory.buffer as ArrayBuffer);
  return { kernel, u8, text_at: kernel.TEXT.value as number };
}

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/** node:zlib's where there is one (not in every Node 20), else RFC 1952 8 to the letter. */
export function reference_crc32(bytes: Uint8Array): number {
  const native = (zlib as { crc32?: (bytes: Uint8Array) => number }).crc32;
  if (native) return native(bytes);
  let c = 0xffffffff;
  for (const byte of bytes) c = table[(c ^ byte) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}

export function random_bytes(n: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(n);
  for (let at = 0; at < n; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}

const noise = random_bytes(8192);

/** Fills [from, end) with bytes that are other ones each time. */
export function garbage(u8: Uint8Array, from: number, end: number): void {
  const at = Math.floor(Math.random() * 4096);
  u8.set(noise.subarray(at, at + end - from), from);
}
