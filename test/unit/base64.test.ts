// base64: RFC 4648's vectors, Buffer at every length and alignment, every wrong character at every place, both ways through a host.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type * as Api from '../../bindings/index.js';
import { garbage, random_bytes, raw_module } from '../suites/digest-help.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_';
const SPACES = ' \t\n\f\r';
// RFC 4648 10.
const VECTORS = [
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
];
// Around every length at which the library changes its way: 32 and 192 characters, 24 bytes, the area for short texts, toBase64.
const LENGTHS = [
  0, 1, 2, 3, 11, 12, 13, 24, 25, 26, 143, 144, 145, 146, 1023, 1024, 4400, 4410, 5000,
];

const padded_url = (bytes: Uint8Array) =>
  Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_');

describe.each(['simd', 'plain'] as const)('base64 kernels, %s build', (flavour) => {
  it('agree with Buffer for every length 0..1024 at every alignment, whatever lies around', () => {
    const { kernel, u8, text_at } = raw_module(flavour);
    const chars = (p: number, n: number) => Buffer.from(u8.buffer, p, n).toString('latin1');
    const p = text_at + 65536;
    const q = p + 8192;
    const wrong: unknown[] = [];
    for (let n = 0; n <= 1024; n++) {
      const bytes = random_bytes(n);
      const text = Buffer.from(bytes).toString('base64');
      const url = padded_url(bytes);
      const ascii = [text, url].map((string) => Buffer.from(string, 'latin1'));
      for (let align = 0; align < 16; align++) {
        garbage(u8, p - 64, p + n + 128);
        u8.set(bytes, p + align);
        const to = q + ((align * 7) & 15);
        if (chars(to, kernel.base64_encode(p + align, n, to, 0)) !== text) wrong.push([n, align]);
        if (chars(to, kernel.base64_encode(p + align, n, to, 1)) !== url)
          wrong.push([n, align, 'url']);
        for (const source of ascii) {
          garbage(u8, p - 64, p + source.length + 128);
          u8.set(source, p + align);
          // What stands behind the text may be base64 too: it is not part of it.
          if (align & 1) u8.fill(65, p + align + source.length, p + align + source.length + 32);
          const got = kernel.base64_decode(p + align, source.length, to);
          if (got !== n || Buffer.compare(u8.subarray(to, to + n), bytes) !== 0)
            wrong.push([n, align, got]);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('name the position of every wrong byte at every place of a group and of a vector', () => {
    const { kernel, u8, text_at } = raw_module(flavour);
    const p = text_at + 65536;
    const valid = new Set(Buffer.from(ALPHABET + SPACES));
    const wrong: unknown[] = [];
    for (const groups of [1, 4, 5, 8, 9, 20, 64]) {
      const n = groups * 4;
      for (let at = 0; at < n; at++) {
        for (let byte = 0; byte < 256; byte++) {
          if (valid.has(byte)) continue;
          u8.fill(66, p, p + n);
          u8[p + at] = byte;
          // One '=' at the very end is padding.
          if (byte === 61 && at === n - 1) continue;
          const got = kernel.base64_decode(p, n, p + 8192);
          // After two or three characters '=' may stand: then the one behind it is wrong.
          const want = byte === 61 && (at & 3) >= 2 ? at + 1 : at;
          if (got !== -1 - want) wrong.push([n, at, byte, got]);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('decode characters of two bytes as those of one, for every length 0..1024 at every even alignment', () => {
    const { kernel, u8, text_at } = raw_module(flavour);
    const p = text_at + 65536;
    const q = p + 8192;
    const wrong: unknown[] = [];
    for (let n = 0; n <= 1024; n++) {
      const bytes = random_bytes(n);
      const text = Buffer.from(bytes).toString('base64');
      for (const [string, want] of [
        [text, n],
        [padded_url(bytes), n],
        [text.replace(/=+$/, ''), n],
        [`${text}\n`, n],
        [`\t${text}`, n],
        [`${text}*`, -1 - text.length],
      ] as const) {
        const at = p + ((n * 2) & 14);
        garbage(u8, p - 64, p + 2 * string.length + 128);
        u8.set(Buffer.from(string, 'utf16le'), at);
        const to = q + ((n * 7) & 15);
        const got = kernel.base64_decode_wide(at, string.length, to);
        if (got !== want) wrong.push([n, string.length, got]);
        else if (got >= 0 && Buffer.compare(u8.subarray(to, to + n), bytes) !== 0) wrong.push(n);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('refuse every one of 65,536 characters that is none of the alphabet, at every place of a vector', () => {
    const { kernel, u8, text_at } = raw_module(flavour);
    const valid = new Set(Buffer.from(ALPHABET + SPACES));
    const p = text_at + 65536;
    const units = new Uint16Array(u8.buffer, p, 48);
    const wrong: unknown[] = [];
    for (const n of [4, 16, 24, 32, 48]) {
      for (let code = 0; code < 65536; code++) {
        if (valid.has(code) || code === 61) continue;
        units.fill(66);
        const at = (code * 7 + (code >> 8)) % n;
        units[at] = code;
        if (kernel.base64_decode_wide(p, n, p + 8192) !== -1 - at) wrong.push([n, at, code]);
      }
      for (const code of [0x100, 0x141, 0x7f41, 0x8041, 0xff41, 0xd841, 0xffff, 0x10a, 0x13d]) {
        for (let at = 0; at < n; at++) {
          units.fill(66);
          units[at] = code;
          if (kernel.base64_decode_wide(p, n, p + 8192) !== -1 - at) wrong.push([n, at, code]);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('write nothing more than 16 bytes past a result', () => {
    const { kernel, u8, text_at } = raw_module(flavour);
    const p = text_at + 65536;
    const q = p + 65536;
    for (let n = 0; n < 200; n++) {
      u8.set(random_bytes(n), p);
      u8.fill(0xee, q - 64, q + 1024);
      const chars = kernel.base64_encode(p, n, q, 0);
      const untouched = (from: number, end: number) =>
        u8.subarray(from, end).every((byte) => byte === 0xee);
      expect(untouched(q - 64, q) && untouched(q + chars + 16, q + 1024)).toBe(true);
      u8.copyWithin(p, q, q + chars);
      u8.fill(0xee, q - 64, q + 1024);
      u8.set(Buffer.from(Buffer.from(u8.buffer, p, chars).toString('latin1'), 'utf16le'), p + 4096);
      expect(kernel.base64_decode(p, chars, q)).toBe(n);
      expect(untouched(q - 64, q) && untouched(q + n + 16, q + 1024)).toBe(true);
      u8.fill(0xee, q - 64, q + 1024);
      expect(kernel.base64_decode_wide(p + 4096, chars, q)).toBe(n);
      expect(untouched(q - 64, q) && untouched(q + n + 16, q + 1024)).toBe(true);
    }
  });
});

// What the library does depends on the engine's version too: each way is taken in any Node.
const ENGINES: Record<string, string> = {
  'of V8 11': '11.3.244.8-node.33',
  'of V8 13': '13.6.233.17-node.33',
  'of V8 14': '14.6.202.1-node.1',
};

describe.each([
  ['simd', 'of V8 11'],
  ['plain', 'of V8 11'],
  ['simd', 'of V8 13'],
  ['plain', 'of V8 13'],
  ['simd', 'of V8 14'],
  ['simd', 'without Buffer'],
  ['plain', 'without Buffer'],
  ['simd', 'with toBase64'],
] as const)('base64 by the public functions, %s build, host %s', (flavour, host) => {
  let bw: typeof Api;
  const NodeBuffer = globalThis.Buffer;

  beforeAll(async () => {
    vi.resetModules();
    bw = await import('../../bindings/index.js');
    await bw.init({ simd: flavour === 'simd' });
    if (host in ENGINES) {
      const versions = { ...process.versions, v8: ENGINES[host] };
      vi.stubGlobal('process', { ...process, versions });
      expect(bw.buffer_exists(bw.buffer_base64_decode('QUJD'))).toBe(true);
      vi.unstubAllGlobals();
      return;
    }
    if (host === 'with toBase64') {
      Object.defineProperty(Uint8Array.prototype, 'toBase64', {
        configurable: true,
        value(this: Uint8Array, { alphabet }: { alphabet: string }) {
          return alphabet === 'base64url'
            ? padded_url(this)
            : NodeBuffer.from(this.buffer, this.byteOffset, this.length).toString('base64');
        },
      });
    }
    // What the host can do is looked up at the first use: hide it for that long.
    Reflect.deleteProperty(globalThis, 'Buffer');
    const b = bw.buffer_create(100, bw.buffer_fixed, 1);
    bw.buffer_base64_encode(b, 0, 100);
    bw.buffer_delete(b);
    globalThis.Buffer = NodeBuffer;
    return () =>
      host === 'with toBase64' && Reflect.deleteProperty(Uint8Array.prototype, 'toBase64');
  });

  const decoded = (text: string) => {
    const b = bw.buffer_base64_decode(text);
    if (b === -1) return -1;
    const bytes = bw.buffer_to_bytes(b);
    expect([bw.buffer_get_type(b), bw.buffer_get_alignment(b), bw.buffer_tell(b)]).toEqual([
      bw.buffer_grow,
      1,
      0,
    ]);
    expect(bw.buffer_get_used_size(b)).toBe(bytes.length);
    bw.buffer_delete(b);
    return NodeBuffer.from(bytes).toString('latin1');
  };

  it('give the vectors of RFC 4648', () => {
    for (const [plain, text] of VECTORS) {
      const b = bw.buffer_from(NodeBuffer.from(plain));
      expect(bw.buffer_base64_encode(b, 0, -1)).toBe(text);
      expect(decoded(text)).toBe(plain);
      bw.buffer_delete(b);
    }
  });

  it('agree with Buffer for every length 0..1024, both alphabets, padding left out or not, both ways', () => {
    const bytes = random_bytes(1040);
    const b = bw.buffer_from(bytes);
    const wrong: unknown[] = [];
    for (let n = 0; n <= 1024; n++) {
      const at = n & 15;
      const part = NodeBuffer.from(bytes.subarray(at, at + n));
      const text = part.toString('base64');
      const url = padded_url(part);
      if (bw.buffer_base64_encode(b, at, n) !== text) wrong.push([n, 'encode']);
      if (bw.buffer_base64_encode(b, at, n, { url: true }) !== url) wrong.push([n, 'encode url']);
      if (bw.buffer_base64_encode(b, at, n, { url: false }) !== text)
        wrong.push([n, 'encode not url']);
      for (const string of [text, url, part.toString('base64url')]) {
        const back = bw.buffer_base64_decode(string);
        if (back < 0 || !part.equals(bw.buffer_to_bytes(back))) wrong.push([n, string]);
        bw.buffer_delete(back);
      }
    }
    expect(wrong).toEqual([]);
    bw.buffer_delete(b);
  });

  it('agree with Buffer for random lengths up to 16 MiB', () => {
    const bytes = random_bytes(16 << 20);
    const b = bw.buffer_from(bytes);
    for (const log of [11, 12, 13, 14, 16, 18, 20, 23, 24]) {
      const n = log === 24 ? bytes.length : Math.floor(2 ** (log + Math.random()));
      const at = Math.floor(Math.random() * (bytes.length - n));
      const text = NodeBuffer.from(bytes.buffer, at, n).toString('base64');
      expect(bw.buffer_base64_encode(b, at, n) === text).toBe(true);
      const back = bw.buffer_base64_decode(text);
      expect(NodeBuffer.compare(bw.buffer_view(back), bytes.subarray(at, at + n))).toBe(0);
      bw.buffer_delete(back);
    }
    bw.buffer_delete(b);
  });

  it('skip whitespace wherever it stands', () => {
    for (const n of LENGTHS) {
      const bytes = NodeBuffer.from(random_bytes(n));
      const text = bytes.toString('base64');
      const lines = text.replace(/.{1,76}/g, '$&\r\n');
      const everywhere = ` ${[...text].join('\t\n\f\r ')}\n`;
      for (const string of [
        lines,
        everywhere,
        ` ${text}`,
        `${text}\n`,
        text.replace(/=+$/, ' =\n='),
      ]) {
        if (string.includes(' =\n=') && !text.endsWith('==')) continue;
        expect(decoded(string)).toBe(bytes.toString('latin1'));
      }
      expect(decoded(SPACES)).toBe('');
    }
  });

  it('give -1 and the position for every wrong character at every position', () => {
    // Both sides of every length at which a way begins.
    for (const chars of [
      4, 16, 20, 24, 28, 32, 36, 64, 192, 276, 280, 284, 304, 308, 312, 400, 4096, 4100, 8000,
    ]) {
      const good = NodeBuffer.from(random_bytes((chars / 4) * 3)).toString('base64');
      const step = chars > 1000 ? 637 : chars > 64 ? 37 : 1;
      for (let at = 0; at < chars; at += step) {
        for (const bad of [
          '!',
          '.',
          '@',
          '[',
          '`',
          '{',
          ',',
          '\u0000',
          '\u007f',
          '\u0080',
          '\u00ff',
          '\u0100',
          '\u0141',
          '\u013d',
          '\u010a',
          '\uff41',
          '\u8041',
          '\u4e41',
          '\ud800',
          '\ufffd',
          '😀',
          '\v',
          '\u00a0',
        ]) {
          const text = good.slice(0, at) + bad + good.slice(at + 1);
          expect(bw.buffer_base64_decode(text)).toBe(-1);
          const error = bw.buffer_last_error();
          if (error?.position !== at) expect([chars, at, bad, error]).toEqual([chars, at, bad, at]);
          expect(error?.code).toBe('invalid_base64');
          expect(error?.message).toMatch(/base64/);
        }
      }
    }
  });

  it('see what is wrong, and what is whitespace, where one part of a long text ends and the next begins', () => {
    const part = 1 << 18;
    const bytes = NodeBuffer.from(random_bytes((part / 4) * 6 + 100));
    const good = bytes.toString('base64');
    const whole = bw.buffer_base64_decode(good);
    expect(bytes.equals(bw.buffer_to_bytes(whole))).toBe(true);
    for (const at of [
      part - 4,
      part - 2,
      part - 1,
      part,
      part + 1,
      part + 3,
      2 * part - 1,
      2 * part,
    ]) {
      for (const bad of ['!', '\u0141', '\u00ff']) {
        const text = good.slice(0, at) + bad + good.slice(at + 1);
        expect(bw.buffer_base64_decode(text)).toBe(-1);
        expect(bw.buffer_last_error()?.position).toBe(at);
      }
      // One '=' and two: the character behind them is wrong.
      for (const n of [1, 2]) {
        const text = good.slice(0, at - n) + '='.repeat(n) + good.slice(at);
        expect([at, n, bw.buffer_base64_decode(text)]).toEqual([at, n, -1]);
      }
      for (const space of [' ', '\r\n', ' \n\t ']) {
        const b = bw.buffer_base64_decode(good.slice(0, at) + space + good.slice(at));
        expect(bytes.equals(bw.buffer_to_bytes(b))).toBe(true);
        bw.buffer_delete(b);
      }
    }
    for (const cut of [part, part + 1, part + 2, part + 3, 2 * part + 2]) {
      const b = bw.buffer_base64_decode(good.slice(0, cut));
      const want = NodeBuffer.from(good.slice(0, cut), 'base64');
      if (cut % 4 === 1) expect(b).toBe(-1);
      else expect(want.equals(bw.buffer_to_bytes(b))).toBe(true);
      if (b >= 0) bw.buffer_delete(b);
    }
    bw.buffer_delete(whole);
  });

  it('refuse a group of one, wrong padding, and padding in the middle, with the position', () => {
    const long = 'QUJD'.repeat(60);
    for (const before of ['', 'QUJD', 'QUJDQUJDQUJD', long]) {
      for (const [text, position] of [
        ['A', 1],
        ['=', 0],
        ['==', 0],
        ['A=', 1],
        ['A==', 1],
        ['A===', 1],
        ['====', 0],
        ['AA=', 3],
        ['AA=A', 3],
        ['AAA==', 4],
        ['AA===', 4],
        ['AAAA=', 4],
        ['AAAA==', 4],
        ['AA==AAAA', 4],
        ['AAA=AAA=', 4],
        ['AA== A', 5],
        ['AAAAA', 5],
        ['AAAA\nA\n', 7],
      ] as const) {
        const shift = before.length;
        expect([text, bw.buffer_base64_decode(before + text)]).toEqual([text, -1]);
        expect([text, bw.buffer_last_error()?.position]).toEqual([text, shift + position]);
      }
    }
  });

  it('take bits that no byte needs, as Buffer does', () => {
    for (const text of ['QR==', 'QUJ=', 'QUJDQUF=', `${'QUJD'.repeat(60)}QR==`]) {
      expect(decoded(text)).toBe(NodeBuffer.from(text, 'base64').toString('latin1'));
    }
  });

  it('into a buffer: grow grows to exactly what is needed, fixed takes what fits, wrap goes round; wrong text changes nothing', () => {
    const hello = 'aGVsbG8=';
    const grow = bw.buffer_create(2, bw.buffer_grow, 1);
    expect(bw.buffer_base64_decode_ext(grow, hello, 3)).toBe(5);
    expect([...bw.buffer_to_bytes(grow)]).toEqual([0, 0, 0, 104, 101, 108, 108, 111]);
    expect([bw.buffer_get_used_size(grow), bw.buffer_tell(grow)]).toEqual([8, 0]);
    expect(bw.buffer_base64_decode_ext(grow, 'eHg=', 0)).toBe(2);
    expect(bw.buffer_get_size(grow)).toBe(8);
    expect(bw.buffer_base64_decode_ext(grow, ' aGVs\nbG8= ', 8)).toBe(5);
    expect(bw.buffer_get_size(grow)).toBe(13);
    const fixed = bw.buffer_create(6, bw.buffer_fixed, 1);
    expect(bw.buffer_base64_decode_ext(fixed, hello, 4)).toBe(2);
    expect([...bw.buffer_to_bytes(fixed)]).toEqual([0, 0, 0, 0, 104, 101]);
    expect(bw.buffer_base64_decode_ext(fixed, hello, 6)).toBe(0);
    expect(bw.buffer_base64_decode_ext(fixed, hello, -1)).toBe(0);
    const wrap = bw.buffer_create(4, bw.buffer_wrap, 1);
    expect(bw.buffer_base64_decode_ext(wrap, hello, 3)).toBe(5);
    expect([...bw.buffer_to_bytes(wrap)]).toEqual([101, 108, 108, 111]);
    expect(bw.buffer_base64_decode_ext(wrap, 'eHg=', -1)).toBe(2);
    expect([...bw.buffer_to_bytes(wrap)]).toEqual([120, 108, 108, 120]);
    for (const text of ['aGVsbG8', 'aGVs', '']) bw.buffer_base64_decode_ext(fixed, text, 0);
    for (const b of [grow, fixed, wrap]) {
      const before = bw.buffer_to_bytes(b);
      for (const bad of ['aGVsb', 'aGV!', `${'aGVs'.repeat(60)}=aGVs`]) {
        expect(bw.buffer_base64_decode_ext(b, bad, 0)).toBe(-1);
      }
      expect(bw.buffer_to_bytes(b)).toEqual(before);
      bw.buffer_delete(b);
    }
  });

  it('cut and wrap ranges as digests do', () => {
    const b = bw.buffer_from(NodeBuffer.from('abcdefghij'));
    const text = (plain: string) => NodeBuffer.from(plain).toString('base64');
    expect(bw.buffer_base64_encode(b, -3, 4)).toBe(text('abcd'));
    expect(bw.buffer_base64_encode(b, 8, 100)).toBe(text('ij'));
    expect(bw.buffer_base64_encode(b, 100, 100)).toBe(text('j'));
    expect(bw.buffer_base64_encode(b, 2, 0)).toBe('');
    bw.buffer_delete(b);
    const wrap = bw.buffer_create(10, bw.buffer_wrap, 1);
    bw.buffer_view(wrap).set(NodeBuffer.from('abcdefghij'));
    expect(bw.buffer_base64_encode(wrap, 8, 4)).toBe(text('ijab'));
    expect(bw.buffer_base64_encode(wrap, -1, -1)).toBe(text('jabcdefghi'));
    bw.buffer_delete(wrap);
  });

  it('are buffers like any other in blocks that others have left, and touch no other', async () => {
    const { heap_use, live_buffers } = await import('../../bindings/buffer-table.js');
    // So many slots rest before one is used again; each size has blocks waiting then.
    const many = Array.from({ length: 3000 }, (_, i) =>
      bw.buffer_create((i * 7) % 4200, bw.buffer_fixed, 1),
    );
    for (const b of many) bw.buffer_delete(b);
    const use = [heap_use().blocks, live_buffers()];
    const all = random_bytes(4200);
    const kept: [number, Uint8Array][] = [];
    const wrong: unknown[] = [];
    const lengths = [
      ...Array(200).keys(),
      224,
      225,
      226,
      227,
      269,
      270,
      255,
      256,
      257,
      511,
      512,
      1000,
      3072,
      3073,
      4096,
      4097,
    ];
    for (const n of lengths) {
      const bytes = NodeBuffer.from(all.subarray(0, n));
      const text = bytes.toString('base64');
      const b = bw.buffer_base64_decode(text);
      const facts = [
        bw.buffer_get_size(b),
        bw.buffer_get_used_size(b),
        bw.buffer_tell(b),
        bw.buffer_get_type(b),
        bw.buffer_get_alignment(b),
      ];
      if (facts.join() !== [n, n, 0, bw.buffer_grow, 1].join()) wrong.push([n, facts]);
      // As any grow buffer does: it grows, and what is behind its end reads as 0.
      bw.buffer_seek(b, bw.buffer_seek_end, 0);
      bw.buffer_write(b, bw.buffer_u8, 77);
      bw.buffer_resize(b, n + 90);
      const now = NodeBuffer.concat([bytes, NodeBuffer.from([77]), NodeBuffer.alloc(89)]);
      if (!now.equals(bw.buffer_to_bytes(b))) wrong.push([n, 'grown']);
      bw.buffer_delete(b);
      if (bw.buffer_exists(b)) wrong.push([n, 'exists']);
      expect(() => bw.buffer_get_size(b)).toThrow(RangeError);
      expect(() => bw.buffer_delete(b)).toThrow(RangeError);
      kept.push([bw.buffer_base64_decode(text), bytes]);
      // Wrong text fills a block and leaves it: the next buffer of that size is clear.
      expect(bw.buffer_base64_decode(`${text.replace(/=*$/, '')}AAA!`)).toBe(-1);
      const clear = bw.buffer_create(n, bw.buffer_fixed, 1);
      if (bw.buffer_to_bytes(clear).some((byte) => byte !== 0)) wrong.push([n, 'not clear']);
      bw.buffer_delete(clear);
    }
    for (const [b, bytes] of kept) {
      if (NodeBuffer.compare(bw.buffer_to_bytes(b), bytes) !== 0) wrong.push(b);
    }
    expect(wrong).toEqual([]);
    expect(new Set(kept.map(([b]) => b)).size).toBe(kept.length);
    for (const [b] of kept) bw.buffer_delete(b);
    expect([heap_use().blocks, live_buffers()]).toEqual(use);
  });

  it('go on after memory has grown, with views made anew', () => {
    const b = bw.buffer_from(random_bytes(300));
    const text = bw.buffer_base64_encode(b, 0, 300);
    const grown = bw.buffer_create(60 << 20, bw.buffer_fixed, 1);
    expect(bw.buffer_base64_encode(b, 0, 300)).toBe(text);
    for (const length of [16, 100, 400]) {
      const back = bw.buffer_base64_decode(text.slice(0, length));
      expect(bw.buffer_base64_encode(back, 0, -1)).toBe(text.slice(0, length));
      bw.buffer_delete(back);
    }
    // A text whose block itself makes memory grow.
    const long = 'QUJD'.repeat(8 << 20);
    const back = bw.buffer_base64_decode(long);
    expect(bw.buffer_get_size(back)).toBe(24 << 20);
    expect(bw.buffer_peek(back, (24 << 20) - 1, bw.buffer_u8)).toBe(67);
    for (const handle of [b, grown, back]) bw.buffer_delete(handle);
  });

  it('refuse what makes no sense, and give every block back', async () => {
    const { heap_use, live_buffers } = await import('../../bindings/buffer-table.js');
    const use = [heap_use().blocks, live_buffers()];
    const b = bw.buffer_create(10, bw.buffer_fixed, 1);
    expect(() => bw.buffer_base64_encode('0' as never, 0, 1)).toThrow(TypeError);
    expect(() => bw.buffer_base64_encode(b, 0, 1.5)).toThrow(RangeError);
    expect(() => bw.buffer_base64_encode(b, 0, 1, null as never)).toThrow(TypeError);
    expect(() => bw.buffer_base64_encode(b, 0, 1, { url: 1 as never })).toThrow(TypeError);
    expect(() => bw.buffer_base64_decode(1 as never)).toThrow(TypeError);
    expect(() => bw.buffer_base64_decode(undefined as never)).toThrow(TypeError);
    expect(() => bw.buffer_base64_decode_ext(b, 5 as never, 0)).toThrow(TypeError);
    expect(() => bw.buffer_base64_decode_ext(b, 'AAAA', 0.5)).toThrow(RangeError);
    expect(bw.buffer_base64_decode('!'.repeat(5000))).toBe(-1);
    bw.buffer_delete(b);
    expect(() => bw.buffer_base64_decode_ext(b, 'AAAA', 0)).toThrow(RangeError);
    expect([heap_use().blocks, live_buffers()]).toEqual(use);
  });
});
