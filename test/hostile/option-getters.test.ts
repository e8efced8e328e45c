// Options whose getters call the library themselves: whatever they change, the call sees one state, and never memory that is not its own.
import { describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import { kernel } from '../../bindings/wasm/memory.js';

const TEXT = Buffer.from('{"name":"ada","hp":100,"x":12.5},'.repeat(60));
const content = (buffer: number) => Buffer.from(bw.buffer_to_bytes(buffer));

describe('a getter of an option', () => {
  it('that compresses or decompresses leaves the defaults of the call around it', () => {
    const source = bw.buffer_from(TEXT);
    const packed = bw.buffer_compress(source, 0, -1);
    const again = bw.buffer_compress(source, 0, -1, {
      get level() {
        bw.buffer_compress(source, 0, 9, { level: 1, format: 'raw', dictionary: source });
        return undefined;
      },
    });
    expect(content(again)).toEqual(content(packed));
    const back = bw.buffer_decompress(packed, {
      get format() {
        bw.buffer_decompress(packed, { format: 'gzip', max_size: 3 });
        return undefined;
      },
    });
    expect(content(back)).toEqual(TEXT);
  });

  it('that deletes the source or the destination makes the call throw', () => {
    const source = bw.buffer_from(TEXT);
    const packed = bw.buffer_compress(source, 0, -1);
    const forgetful = (buffer: number) => ({
      get format() {
        bw.buffer_delete(buffer);
        return undefined;
      },
    });
    const calls = [
      (b: number) => bw.buffer_compress_into(source, 0, -1, b, 0, forgetful(b)),
      (b: number) => bw.buffer_decompress_into(packed, 0, -1, b, 0, forgetful(b)),
      (b: number) => bw.buffer_compress(b, 0, -1, forgetful(b)),
      (b: number) => bw.buffer_decompress(b, forgetful(b)),
    ];
    for (const call of calls) {
      const b = bw.buffer_create(8, bw.buffer_grow, 1);
      expect(() => call(b)).toThrow(/there is no buffer/);
      expect(kernel.heap_check()).toBe(0);
    }
    expect(content(bw.buffer_decompress(packed))).toEqual(TEXT);
  });

  it('that shrinks a buffer shows base64 no byte of another one', () => {
    const b = bw.buffer_from(new Uint8Array(3000).fill(1));
    const text = bw.buffer_base64_encode(b, 0, 3000, {
      get url() {
        bw.buffer_resize(b, 9);
        bw.buffer_from(new Uint8Array(2900).fill(2));
        return false;
      },
    });
    expect(text).toBe('AQEBAQEBAQEB');
  });
});
