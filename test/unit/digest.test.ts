// CRC-32, MD5 and SHA-1: specification vectors, node:crypto and node:zlib at every length and alignment, ranges, streams, batches.
import { createHash } from 'node:crypto';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type * as Api from '../../bindings/index.js';
import { garbage, random_bytes, raw_module, reference_crc32 } from '../suites/digest-help.js';

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');
const ascii = (text: string) => new TextEncoder().encode(text);

// RFC 1321 A.5; RFC 3174 7.3; the check value of CRC-32 catalogues, and RFC 1952's algorithm on short texts.
const MD5_VECTORS = [
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['a', '0cc175b9c0f1b6a831c399e269772661'],
  ['abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ['abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'],
  [
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
    'd174ab98d277d9f5a5611c2c9f419d9f',
  ],
  ['1234567890'.repeat(8), '57edf4a22be3c955ac49da2e2107b67a'],
  ['a'.repeat(256) + 'b'.repeat(256), 'c079f6826f66954147e7b57e224fd3e2'],
];
const SHA1_VECTORS = [
  ['', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
  ['abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '84983e441c3bd26ebaae4aa1f95129e5e54670f1',
  ],
  ['a'.repeat(1_000_000), '34aa973cd4c4daa4f61eeb2bdbad27316534016f'],
  ['01234567'.repeat(80), 'dea356a2cddd90c7a7ecedc5ebb563934f460452'],
  ['a'.repeat(256) + 'b'.repeat(256), '127ea4584777256b3b1ddcfb2395ff0b59f851c5'],
];
const CRC_VECTORS: [string, number][] = [
  ['', 0],
  ['a', 0xe8b7be43],
  ['abc', 0x352441c2],
  ['123456789', 0xcbf43926],
  ['The quick brown fox jumps over the lazy dog', 0x414fa339],
];

describe.each(['simd', 'plain'] as const)('digest kernels, %s build', (flavour) => {
  it('agree with node:crypto and node:zlib for every length 0..1024 at every alignment, whatever lies around', () => {
    const { kernel, u8, text_at } = raw_module(flavour);
    const read = (p: number, n: number) => Buffer.from(u8.buffer, p, n).toString('latin1');
    for (let n = 0; n <= 1024; n++) {
      const bytes = random_bytes(n);
      const want = [reference_crc32(bytes), md5(bytes), sha1(bytes)];
      for (let align = 0; align < 16; align++) {
        const p = text_at + 65536 + 256 + align;
        garbage(u8, p - 128, p + n + 128);
        u8.set(bytes, p);
        const got = [
          kernel.crc32(p, n, 0) >>> 0,
          read(kernel.md5_hex(p, n), 32),
          read(kernel.sha1_hex(p, n), 40),
        ];
        if (String(got) !== String(want)) expect([n, align, ...got]).toEqual([n, align, ...want]);
      }
    }
    expect.assertions(0);
  });

  it('go on from any CRC: a split message gives what the whole gives', () => {
    const { kernel, u8, text_at } = raw_module(flavour);
    const p = text_at + 65536;
    const lengths = [1, 3, 4, 15, 95, 96, 97, 200, 287, 288, 300, 5000, 49151, 49152, 49153, 60000];
    for (const n of lengths) {
      const bytes = random_bytes(n);
      u8.set(bytes, p);
      const whole = reference_crc32(bytes);
      for (const cut of [0, 1, 2, 3, 4, 5, 17, 96, 290, 49155]) {
        if (cut > n) continue;
        expect(kernel.crc32(p + cut, n - cut, kernel.crc32(p, cut, 0)) >>> 0).toBe(whole);
      }
    }
  });
});

describe.each(['simd', 'plain'] as const)(
  'digests by the public functions, %s build',
  (flavour) => {
    let bw: typeof Api;

    beforeAll(async () => {
      vi.resetModules();
      bw = await import('../../bindings/index.js');
      await bw.init({ simd: flavour === 'simd' });
    });

    it('give the vectors of RFC 1321, RFC 3174 and RFC 1952', () => {
      for (const [text, digest] of MD5_VECTORS) {
        const b = bw.buffer_from(ascii(text));
        expect(bw.buffer_md5(b, 0, -1)).toBe(digest);
        bw.buffer_delete(b);
      }
      for (const [text, digest] of SHA1_VECTORS) {
        const b = bw.buffer_from(ascii(text));
        expect(bw.buffer_sha1(b, 0, text.length)).toBe(digest);
        bw.buffer_delete(b);
      }
      for (const [text, crc] of CRC_VECTORS) {
        const b = bw.buffer_from(ascii(text));
        expect(bw.buffer_crc32(b, 0, text.length)).toBe(crc);
        bw.buffer_delete(b);
      }
    });

    it('agree with node for every length 0..1024 at every offset 0..15', () => {
      const b = bw.buffer_create(1040, bw.buffer_fixed, 16);
      const bytes = random_bytes(1040);
      bw.buffer_view(b).set(bytes);
      const wrong: unknown[] = [];
      for (let n = 0; n <= 1024; n++) {
        const offset = n % 16;
        for (let at = offset; at < 16; at += 4) {
          const part = bytes.subarray(at, at + n);
          if (bw.buffer_crc32(b, at, n) !== reference_crc32(part)) wrong.push(['crc32', n, at]);
          if (bw.buffer_md5(b, at, n) !== md5(part)) wrong.push(['md5', n, at]);
          if (bw.buffer_sha1(b, at, n) !== sha1(part)) wrong.push(['sha1', n, at]);
        }
      }
      expect(wrong).toEqual([]);
      bw.buffer_delete(b);
    });

    it('agree with node for random lengths up to 16 MiB', () => {
      const bytes = random_bytes(16 << 20);
      const b = bw.buffer_from(bytes);
      for (let i = 0; i < 16; i++) {
        const n = i === 0 ? bytes.length : Math.floor(2 ** (10 + (i % 14) + Math.random()));
        const at = Math.floor(Math.random() * (bytes.length - n));
        const part = bytes.subarray(at, at + n);
        expect(bw.buffer_crc32(b, at, n)).toBe(reference_crc32(part));
        expect(bw.buffer_md5(b, at, n)).toBe(md5(part));
        expect(bw.buffer_sha1(b, at, n)).toBe(sha1(part));
      }
      bw.buffer_delete(b);
    });

    it('never see a byte that is not in the range: other bytes before, behind and in freed memory change nothing', () => {
      const b = bw.buffer_create(3000, bw.buffer_fixed, 1);
      bw.buffer_view(b).set(random_bytes(3000));
      const memory = new Uint8Array(bw.buffer_view(b).buffer);
      const at = bw.buffer_get_address(b);
      const all = (n: number) => [
        bw.buffer_crc32(b, 100, n),
        bw.buffer_md5(b, 100, n),
        bw.buffer_sha1(b, 100, n),
      ];
      for (const n of [0, 1, 7, 55, 56, 63, 64, 65, 95, 96, 127, 287, 288, 1000, 2900]) {
        const before = all(n);
        const kept = memory.slice(at, at + 3000);
        memory.fill(0xff, at, at + 100);
        memory.fill(0xa5, at + 100 + n, at + 3000 + 64);
        expect(all(n)).toEqual(before);
        memory.set(kept, at);
      }
      bw.buffer_delete(b);
    });

    it('cut ranges as GameMaker does: below 0 is 0, past the end is the last byte, sizes end at the end', () => {
      const bytes = random_bytes(10);
      const b = bw.buffer_from(bytes);
      for (const [offset, size, from, to] of [
        [0, -1, 0, 10],
        [3, -1, 3, 10],
        [-5, 4, 0, 4],
        [2, 100, 2, 10],
        [9, 5, 9, 10],
        [10, 5, 9, 10],
        [99, -1, 9, 10],
        [2 ** 40, 2 ** 40, 9, 10],
        [99, 0, 9, 9],
        [-(2 ** 40), 2 ** 40, 0, 10],
      ]) {
        const part = bytes.subarray(from, to);
        expect(bw.buffer_crc32(b, offset, size)).toBe(reference_crc32(part));
        expect(bw.buffer_md5(b, offset, size)).toBe(md5(part));
        expect(bw.buffer_sha1(b, offset, size)).toBe(sha1(part));
        const h = bw.hash_create('md5');
        bw.hash_update(h, b, offset, size);
        expect(bw.hash_digest(h)).toBe(md5(part));
        bw.hash_delete(h);
      }
      expect(bw.buffer_tell(b)).toBe(0);
      bw.buffer_delete(b);
      const empty = bw.buffer_create(0, bw.buffer_fixed, 1);
      for (const [offset, size] of [
        [0, 0],
        [5, 5],
        [-1, -1],
      ]) {
        expect(bw.buffer_crc32(empty, offset, size)).toBe(0);
        expect(bw.buffer_md5(empty, offset, size)).toBe('d41d8cd98f00b204e9800998ecf8427e');
        expect(bw.buffer_sha1(empty, offset, size)).toBe(
          'da39a3ee5e6b4b0d3255bfef95601890afd80709',
        );
      }
      bw.buffer_delete(empty);
    });

    it('go around the end of a wrap buffer, one lap at most', () => {
      const bytes = random_bytes(700);
      const b = bw.buffer_create(700, bw.buffer_wrap, 1);
      bw.buffer_view(b).set(bytes);
      const twice = Buffer.concat([bytes, bytes]);
      for (const [offset, size, from, n] of [
        [690, 20, 690, 20],
        [-10, 20, 690, 20],
        [1400 + 650, 700, 650, 700],
        [650, 5000, 650, 700],
        [650, -1, 650, 700],
        [0, 700, 0, 700],
        [699, 1, 699, 1],
        [700, 3, 0, 3],
      ]) {
        const part = twice.subarray(from, from + n);
        expect(bw.buffer_crc32(b, offset, size)).toBe(reference_crc32(part));
        expect(bw.buffer_md5(b, offset, size)).toBe(md5(part));
        expect(bw.buffer_sha1(b, offset, size)).toBe(sha1(part));
        for (const [kind, want] of [
          ['crc32', reference_crc32(part)],
          ['sha1', sha1(part)],
        ] as const) {
          const h = bw.hash_create(kind);
          bw.hash_update(h, b, offset, size);
          expect(bw.hash_digest(h)).toBe(want);
          bw.hash_delete(h);
        }
      }
      bw.buffer_delete(b);
    });

    it('in parts: any split gives what the whole gives, asking between parts changes nothing, clones go their own way', () => {
      const bytes = random_bytes(5000);
      const b = bw.buffer_from(bytes);
      fc.assert(
        fc.property(
          fc.array(fc.oneof(fc.nat(70), fc.nat(700)), { maxLength: 12 }),
          fc.nat(100),
          (sizes, start) => {
            const hashes = (['crc32', 'md5', 'sha1'] as const).map(bw.hash_create);
            const want = (part: Uint8Array) => [reference_crc32(part), md5(part), sha1(part)];
            let at = start;
            let clones: number[] = [];
            let cloned_at = start;
            for (const [i, size] of sizes.entries()) {
              const n = Math.min(size, bytes.length - at);
              for (const h of hashes) bw.hash_update(h, b, at, n);
              at += n;
              if (i === 2) {
                clones = hashes.map(bw.hash_clone);
                cloned_at = at;
              }
              if (i % 3 === 0) {
                expect(hashes.map(bw.hash_digest)).toEqual(want(bytes.subarray(start, at)));
              }
            }
            expect(hashes.map(bw.hash_digest)).toEqual(want(bytes.subarray(start, at)));
            for (const h of hashes) bw.hash_delete(h);
            if (clones.length > 0) {
              expect(clones.map(bw.hash_digest)).toEqual(want(bytes.subarray(start, cloned_at)));
              for (const h of clones) bw.hash_update(h, b, 0, 77);
              const joined = Buffer.concat([
                bytes.subarray(start, cloned_at),
                bytes.subarray(0, 77),
              ]);
              expect(clones.map(bw.hash_digest)).toEqual(want(joined));
              for (const h of clones) bw.hash_delete(h);
            }
          },
        ),
        { numRuns: 150 },
      );
      bw.buffer_delete(b);
    });

    it('in parts of one byte, over every length up to 200', () => {
      const bytes = random_bytes(200);
      const b = bw.buffer_from(bytes);
      const m = bw.hash_create('md5');
      const s = bw.hash_create('sha1');
      for (let n = 0; n < 200; n++) {
        expect([bw.hash_digest(m), bw.hash_digest(s)]).toEqual([
          md5(bytes.subarray(0, n)),
          sha1(bytes.subarray(0, n)),
        ]);
        bw.hash_update(m, b, n, 1);
        bw.hash_update(s, b, n, 1);
      }
      for (const h of [m, s]) bw.hash_delete(h);
      bw.buffer_delete(b);
    });

    it('of many ranges at once are those of each by itself, also of lapping ones', () => {
      const bytes = random_bytes(4096);
      for (const kind of [bw.buffer_fixed, bw.buffer_wrap]) {
        const b = bw.buffer_create(4096, kind, 1);
        bw.buffer_view(b).set(bytes);
        fc.assert(
          fc.property(
            fc.array(
              fc.tuple(
                fc.oneof(fc.nat(4000), fc.constantFrom(4095, 4096, 9999, 0xffffffff)),
                fc.oneof(fc.nat(130), fc.nat(1400), fc.constantFrom(0, 55, 56, 64, 0xffffffff)),
              ),
              { maxLength: 23 },
            ),
            (ranges) => {
              const offsets = bw.buffer_from(Uint32Array.from(ranges, ([offset]) => offset));
              const sizes = bw.buffer_from(Uint32Array.from(ranges, ([, size]) => size));
              const result = bw.buffer_create(0, bw.buffer_grow, 1);
              const count = ranges.length;
              const hex = (i: number, n: number) =>
                Buffer.from(bw.buffer_to_bytes(result, i * n, n)).toString('hex');
              expect(bw.buffer_md5_batch(b, offsets, sizes, count, result)).toBe(16 * count);
              expect(bw.buffer_get_used_size(result)).toBe(16 * count);
              ranges.forEach(([at, n], i) => {
                expect(hex(i, 16)).toBe(bw.buffer_md5(b, at, n));
              });
              expect(bw.buffer_sha1_batch(b, offsets, sizes, count, result)).toBe(20 * count);
              ranges.forEach(([at, n], i) => {
                expect(hex(i, 20)).toBe(bw.buffer_sha1(b, at, n));
              });
              expect(bw.buffer_crc32_batch(b, offsets, sizes, count, result)).toBe(4 * count);
              ranges.forEach(([at, n], i) => {
                expect(bw.buffer_peek(result, i * 4, bw.buffer_u32)).toBe(
                  bw.buffer_crc32(b, at, n),
                );
              });
              for (const handle of [offsets, sizes, result]) bw.buffer_delete(handle);
            },
          ),
          { numRuns: 60 },
        );
        bw.buffer_delete(b);
      }
    });

    it('of ranges of one length are those of each by itself, for every number of them and every end of a block', () => {
      const bytes = random_bytes(9 * 200);
      const b = bw.buffer_from(bytes);
      const wrong: unknown[] = [];
      for (const n of [0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 183, 184, 192]) {
        for (let count = 1; count <= 9; count++) {
          const offsets = bw.buffer_from(Uint32Array.from({ length: count }, (_, i) => i * 201));
          for (const odd of [n, 200]) {
            // All of one length, or the last one of another.
            const lengths = Array.from({ length: count }, (_, i) => (i === count - 1 ? odd : n));
            const sizes = bw.buffer_from(Uint32Array.from(lengths));
            const result = bw.buffer_create(20 * count, bw.buffer_fixed, 1);
            for (const [each, all, one] of [
              [16, bw.buffer_md5_batch, md5],
              [20, bw.buffer_sha1_batch, sha1],
            ] as const) {
              all(b, offsets, sizes, count, result);
              lengths.forEach((size, i) => {
                const got = Buffer.from(bw.buffer_to_bytes(result, i * each, each)).toString('hex');
                const want = one(bytes.subarray(i * 201, i * 201 + size));
                if (got !== want) wrong.push([each, n, count, odd, i]);
              });
            }
            bw.buffer_delete(sizes);
            bw.buffer_delete(result);
          }
          bw.buffer_delete(offsets);
        }
      }
      expect(wrong).toEqual([]);
      bw.buffer_delete(b);
    });

    it('of ranges of which any end sooner than the others are those of each by itself', () => {
      const bytes = random_bytes(8 * 200);
      const b = bw.buffer_from(bytes);
      const offsets = bw.buffer_from(Uint32Array.from({ length: 8 }, (_, i) => i * 200));
      const result = bw.buffer_create(20 * 8, bw.buffer_fixed, 1);
      const wrong: unknown[] = [];
      // Every choice of those that are short, at block borders: who is left changes lanes.
      for (const [short, long] of [
        [0, 128],
        [0, 192],
        [60, 150],
        [64, 200],
      ]) {
        for (let choice = 0; choice < 256; choice++) {
          const lengths = Array.from({ length: 8 }, (_, i) => ((choice >> i) & 1 ? short : long));
          const sizes = bw.buffer_from(Uint32Array.from(lengths));
          for (const count of [5, 6, 8]) {
            for (const [each, all, one] of [
              [16, bw.buffer_md5_batch, md5],
              [20, bw.buffer_sha1_batch, sha1],
            ] as const) {
              all(b, offsets, sizes, count, result);
              for (let i = 0; i < count; i++) {
                const got = Buffer.from(bw.buffer_to_bytes(result, i * each, each)).toString('hex');
                const want = one(bytes.subarray(i * 200, i * 200 + lengths[i]));
                if (got !== want) wrong.push([each, short, long, choice, count, i]);
              }
            }
          }
          bw.buffer_delete(sizes);
        }
      }
      expect(wrong).toEqual([]);
      for (const one of [b, offsets, result]) bw.buffer_delete(one);
    });

    it('refuse what makes no sense, and change nothing then', () => {
      const b = bw.buffer_create(64, bw.buffer_fixed, 1);
      const small = bw.buffer_create(8, bw.buffer_fixed, 1);
      const dead = bw.buffer_create(8, bw.buffer_fixed, 1);
      bw.buffer_delete(dead);
      for (const call of [bw.buffer_crc32, bw.buffer_md5, bw.buffer_sha1]) {
        expect(() => call('1' as never, 0, 1)).toThrow(TypeError);
        expect(() => call(b, '0' as never, 1)).toThrow(TypeError);
        expect(() => call(b, 0, undefined as never)).toThrow(TypeError);
        expect(() => call(b, 0, 1.5)).toThrow(RangeError);
        expect(() => call(b, Number.NaN, 1)).toThrow(RangeError);
        expect(() => call(b, 0, Number.POSITIVE_INFINITY)).toThrow(RangeError);
        expect(() => call(dead, 0, 1)).toThrow(RangeError);
      }
      for (const call of [bw.buffer_crc32_batch, bw.buffer_md5_batch, bw.buffer_sha1_batch]) {
        expect(() => call(b, small, small, 3, b)).toThrow(/offsets/);
        expect(() => call(b, small, small, 2, b)).toThrow(/of its own/);
        expect(() => call(b, small, b, 2, small)).toThrow(/of its own/);
        const tiny = bw.buffer_create(7, bw.buffer_fixed, 1);
        expect(() => call(b, small, b, 2, tiny)).toThrow(/result/);
        expect(bw.buffer_to_bytes(tiny)).toEqual(new Uint8Array(7));
        expect(bw.buffer_get_used_size(tiny)).toBe(0);
        expect(call(b, small, b, 0, tiny)).toBe(0);
        expect(() => call(b, small, b, -1, tiny)).toThrow(RangeError);
        expect(() => call(b, small, b, '2' as never, tiny)).toThrow(TypeError);
        expect(() => call(b, dead, b, 1, tiny)).toThrow(RangeError);
        bw.buffer_delete(tiny);
      }
      expect(() => bw.hash_create('sha256' as never)).toThrow(RangeError);
      expect(() => bw.hash_create(1 as never)).toThrow(TypeError);
      const h = bw.hash_create('md5');
      expect(() => bw.hash_update(h, b, 0.5, 1)).toThrow(RangeError);
      expect(() => bw.hash_update(h, dead, 0, 1)).toThrow(RangeError);
      expect(bw.hash_digest(h)).toBe('d41d8cd98f00b204e9800998ecf8427e');
      bw.hash_delete(h);
      for (const call of [bw.hash_digest, bw.hash_clone, bw.hash_delete]) {
        expect(() => call(h)).toThrow(RangeError);
        expect(() => call('0' as never)).toThrow(TypeError);
        expect(() => call(-1)).toThrow(RangeError);
      }
      const next = bw.hash_create('sha1');
      expect(next).not.toBe(h);
      expect(() => bw.hash_update(h, b, 0, 1)).toThrow(RangeError);
      bw.hash_delete(next);
      bw.buffer_delete(b);
      bw.buffer_delete(small);
    });

    it('give every block back: states, gathered ranges, batches', async () => {
      const { heap_use } = await import('../../bindings/buffer-table.js');
      const blocks = heap_use().blocks;
      const b = bw.buffer_create(100, bw.buffer_wrap, 1);
      for (let i = 0; i < 50; i++) {
        bw.buffer_md5(b, 90, 50);
        const h = bw.hash_create('sha1');
        const copy = bw.hash_clone(h);
        bw.hash_update(copy, b, 50, 80);
        bw.hash_delete(h);
        bw.hash_delete(copy);
      }
      bw.buffer_delete(b);
      expect(heap_use().blocks).toBe(blocks);
    });
  },
);

describe('bytewire/gamemaker', () => {
  it("has GameMaker's CRC-32, without the final inversion", async () => {
    const gm = await import('../../bindings/gamemaker.js');
    const b = gm.buffer_from(ascii('123456789'));
    expect(gm.buffer_crc32(b, 0, 9)).toBe(0x340bc6d9);
    expect(gm.buffer_crc32(b, 0, 0)).toBe(0xffffffff);
    const test = gm.buffer_from(Uint8Array.from({ length: 64 }, (_, i) => 32 + i));
    expect(gm.buffer_crc32(test, 0, 64)).toBe(0xe809c6c8);
    gm.buffer_delete(b);
    gm.buffer_delete(test);
  });
});

describe('the reference of these tests', () => {
  it('is itself node:zlib where that has a crc32', () => {
    const bytes = random_bytes(1000);
    const native = (zlib as { crc32?: (bytes: Uint8Array) => number }).crc32;
    expect(reference_crc32(bytes)).toBe(native ? native(bytes) : reference_crc32(bytes));
    expect(reference_crc32(ascii('123456789'))).toBe(0xcbf43926);
  });

  it('knows why the sparse taps of the kernels work: the sum of x^(-8d) over each set is 1 modulo P', () => {
    const halve = (a: number) => (a & 1 ? ((a ^ 0x04c11db7) >>> 1) | 0x80000000 : a >>> 1) >>> 0;
    for (const taps of [
      [16, 17, 21, 34, 44, 48, 50, 52, 57, 58],
      [32, 40, 86, 102, 107, 112, 120],
      [34, 48, 5869],
    ]) {
      let sum = 0;
      for (const d of taps) {
        let power = 1;
        for (let i = 0; i < 8 * d; i++) power = halve(power);
        sum = (sum ^ power) >>> 0;
      }
      expect(sum).toBe(1);
    }
  });
});
