// Memory grows between any two calls: every function of buffers, digests, strings and compression gives what it gives without.
import { describe, expect, it } from 'vitest';
import { heap_use } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';

const WIDE = 'Привет, мир! '.repeat(9);
const PLAIN = 'fifty characters and then some more, all of them ASCII';

// Each makes its own buffers, so that it can run at any time, and gives all that can be seen.
const calls: Record<string, () => unknown> = {
  typed: () => {
    const b = bw.buffer_create(64, bw.buffer_grow, 1);
    for (const n of [1, 2, 3]) {
      bw.buffer_write_u8(b, n);
      bw.buffer_write_s8(b, -n);
      bw.buffer_write_u16(b, n);
      bw.buffer_write_s16(b, -n);
      bw.buffer_write_u32(b, n);
      bw.buffer_write_s32(b, -n);
      bw.buffer_write_u64(b, n);
      bw.buffer_write_f16(b, n);
      bw.buffer_write_f32(b, n);
      bw.buffer_write_f64(b, n);
      bw.buffer_write_bool(b, true);
    }
    const bytes = seen(b);
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    const values = [
      bw.buffer_read_u8(b),
      bw.buffer_read_s8(b),
      bw.buffer_read_u16(b),
      bw.buffer_read_s16(b),
      bw.buffer_read_u32(b),
      bw.buffer_read_s32(b),
      bw.buffer_read_u64(b),
      bw.buffer_read_f16(b),
      bw.buffer_read_f32(b),
      bw.buffer_read_f64(b),
      bw.buffer_read_bool(b),
    ];
    bw.buffer_delete(b);
    return [bytes, values];
  },
  strings: () => {
    const b = bw.buffer_create(16, bw.buffer_grow, 1);
    const texts = ['', 'é', 'short', PLAIN, WIDE, PLAIN.repeat(50), WIDE.repeat(40)];
    for (const text of texts) bw.buffer_write_string(b, text);
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    const read = texts.map(() => bw.buffer_read_string(b));
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    for (const text of texts) bw.buffer_write_text(b, text);
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    return [read, bw.buffer_read_text(b), taken(b)];
  },
  generic: () => {
    const b = bw.buffer_create(9, bw.buffer_wrap, 2);
    bw.buffer_write(b, bw.buffer_f64, 1.25);
    bw.buffer_write(b, bw.buffer_string, WIDE);
    bw.buffer_poke(b, 7, bw.buffer_u32, 0x01020304);
    bw.buffer_set_used_size(b, 5);
    const state = [bw.buffer_tell(b), bw.buffer_get_used_size(b), bw.buffer_get_alignment(b)];
    return [
      state,
      bw.buffer_peek(b, 8, bw.buffer_u16),
      bw.buffer_read(b, bw.buffer_u16),
      bw.buffer_get_type(b),
      bw.buffer_get_size(b),
      bw.buffer_exists(b),
      bw.buffer_sizeof(bw.buffer_u64),
      taken(b),
    ];
  },
  bulk: () => {
    const a = bw.buffer_from(Uint8Array.from({ length: 700 }, (_, i) => i * 7));
    const b = bw.buffer_create(100, bw.buffer_grow, 1);
    bw.buffer_fill(b, 0, bw.buffer_f32, 0.5, 90);
    bw.buffer_copy(a, 3, 500, b, 50);
    bw.buffer_copy_stride(a, 1, 4, 16, 20, b, 7, 5);
    bw.buffer_resize(b, 600);
    bw.buffer_view(b, 10, 3)[1] = 99;
    expect(bw.buffer_get_address(b)).toBe(bw.buffer_view(b).byteOffset);
    return [taken(a), taken(b)];
  },
  digests: () => {
    const b = bw.buffer_from(Uint8Array.from({ length: 5000 }, (_, i) => i * 11));
    const offsets = bw.buffer_from(Uint32Array.of(0, 100, 2000, 7, 8, 9));
    const sizes = bw.buffer_from(Uint32Array.of(50, 1400, 1400, 3000, 0, 64));
    const out = bw.buffer_create(200, bw.buffer_fixed, 1);
    bw.buffer_md5_batch(b, offsets, sizes, 6, out);
    const md5 = bw.buffer_to_bytes(out);
    bw.buffer_sha1_batch(b, offsets, sizes, 6, out);
    const sha1 = bw.buffer_to_bytes(out);
    bw.buffer_crc32_batch(b, offsets, sizes, 6, out);
    const hash = bw.hash_create('sha1');
    bw.hash_update(hash, b, 5, 100);
    const copy = bw.hash_clone(hash);
    bw.hash_update(copy, b, 5, 1000);
    const parts = [bw.hash_digest(hash), bw.hash_digest(copy)];
    bw.hash_delete(hash);
    bw.hash_delete(copy);
    for (const handle of [offsets, sizes]) bw.buffer_delete(handle);
    return [
      [md5, sha1, parts],
      bw.buffer_crc32(b, 1, 4000),
      bw.buffer_md5(b, 1, 4000),
      bw.buffer_sha1(b, 1, 4000),
      taken(out),
      taken(b),
    ];
  },
  base64: () => {
    const b = bw.buffer_from(Uint8Array.from({ length: 9000 }, (_, i) => i * 13));
    return [10, 60, 200, 9000].map((n) => {
      const text = bw.buffer_base64_encode(b, 0, n);
      const url = bw.buffer_base64_encode(b, 0, n, { url: true });
      const into = bw.buffer_create(1, bw.buffer_grow, 1);
      bw.buffer_base64_decode_ext(into, url, 3);
      const wrong = bw.buffer_base64_decode(`${text.slice(0, -1)}!`);
      return [
        text,
        taken(bw.buffer_base64_decode(text)),
        taken(into),
        wrong,
        bw.buffer_last_error(),
      ];
    });
  },
  compression: () => {
    const b = bw.buffer_from(new TextEncoder().encode(PLAIN.repeat(60)));
    const dictionary = bw.deflate_dictionary_create(b, 0, 100);
    const out = bw.buffer_create(5000, bw.buffer_fixed, 1);
    const back = bw.buffer_create(5000, bw.buffer_fixed, 1);
    const n = bw.buffer_compress_into(b, 0, 2000, out, 0, { level: 1, dictionary });
    const m = bw.buffer_decompress_into(out, 0, n, back, 0, { dictionary });
    const whole = bw.buffer_compress(b, 0, -1);
    const unpacked = bw.buffer_decompress(whole);
    const consumed = bw.buffer_last_consumed();
    bw.deflate_dictionary_delete(dictionary);
    bw.buffer_delete(b);
    return [n, m, consumed, taken(out), taken(back), taken(whole), taken(unpacked)];
  },
};

/** The bytes of a buffer as text, which compares faster. */
function seen(b: number): string {
  return Buffer.from(bw.buffer_to_bytes(b)).toString('hex');
}

function taken(b: number): string {
  const bytes = seen(b);
  bw.buffer_delete(b);
  return bytes;
}

/** Functions that are not called above, and where growth is looked at for them. */
const ELSEWHERE: Record<string, string> = {
  'buffer_(save|load)|buffer_async_group': 'test/store/buffer-file.test.ts, with 64 MiB',
  'deflate_(create|push|flush|finish|delete)|inflate_(create|push|ended|delete)':
    'test/unit/deflate-stream.test.ts',
};

describe('memory that grows between any two calls', () => {
  it('changes no result, and is seen by all that keeps a view', () => {
    const names = Object.keys(calls);
    const expected = new Map(names.map((name) => [name, calls[name]()]));
    const extra: number[] = [];
    // By now each has left behind what it keeps. Every call after the next growth must not see the old memory.
    for (const name of [...names, ...names.reverse()]) {
      const size = heap_use().heap_bytes;
      while (heap_use().heap_bytes === size)
        extra.push(bw.buffer_create(1 << 20, bw.buffer_fixed, 1));
      expect(calls[name](), name).toEqual(expected.get(name));
    }
    expect(extra.length).toBeGreaterThan(names.length);
    for (const handle of extra) bw.buffer_delete(handle);
  });

  it('is looked at for every function', () => {
    const source = Object.values(calls).map(String).join('\n');
    const names = Object.entries(bw)
      .filter(
        ([name, value]) =>
          typeof value === 'function' && /^(buffer|hash|deflate|inflate)_/.test(name),
      )
      .map(([name]) => name);
    const elsewhere = new RegExp(Object.keys(ELSEWHERE).join('|'));
    const helpers = `${seen}${taken}`;
    const missing = names.filter(
      (name) => !elsewhere.test(name) && !new RegExp(`\\b${name}\\b`).test(source + helpers),
    );
    expect(missing).toEqual([]);
  });
});
