// Strings of every way a host offers: the same UTF-8 as TextEncoder's, and not a byte beside it.
import { afterEach, describe, expect, it, vi } from 'vitest';

type Library = typeof import('../../bindings/index.js');

/** A library of its own, on a host that claims to be this one: what the host can do is looked up when memory is first used. */
async function library_on(host: string, simd: boolean): Promise<Library> {
  vi.resetModules();
  const bw: Library = await import('../../bindings/index.js');
  if (host === 'page') vi.stubGlobal('Buffer', undefined);
  else vi.stubGlobal('process', { ...process, versions: { node: '20.0.0', v8: host } });
  await bw.init({ simd });
  bw.buffer_delete(bw.buffer_create(8, bw.buffer_fixed, 1));
  vi.unstubAllGlobals();
  return bw;
}

const SCRIPTS: Record<string, (i: number) => string> = {
  ascii: (i) => String.fromCharCode(i % 128),
  'latin-1': (i) => String.fromCharCode(i % 256),
  cyrillic: (i) => String.fromCharCode(0x400 + (i % 256)),
  'one and two bytes': (i) => (i % 3 ? 'é' : 'e'),
  chinese: (i) => String.fromCharCode(0x4e00 + (i % 5000)),
  'one to three bytes': (i) => 'aé€'[i % 3],
  'pairs only': () => '😀',
  'pairs at every place': (i) => (i % 7 ? 'xé€😀'[i % 3] : '🏳'),
  'halves of pairs': (i) => '\ud83d\ude00\ude00\ud83dx'[i % 5],
  'one wide character at the end': () => 'a',
};

function text_of(script: string, length: number): string {
  let text = '';
  for (let i = 0; text.length < length; i++) text += SCRIPTS[script](i * 7 + length);
  if (script.endsWith('end') && length > 0) return `${text.slice(0, length - 1)}€`;
  return text.slice(0, length);
}

// Around every length at which another way is taken, and a part of the area for UTF-16 ends (2912 units).
const LONG = [255, 256, 257, 1000, 1999, 2000, 2001, 2911, 2912, 2913, 5823, 5824, 5825, 9001];
const LENGTHS = [...Array.from({ length: 140 }, (_, i) => i), ...LONG];
const GUARD = 0xaa;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe.each([
  ['11.3', true],
  ['12.4', true],
  ['14.1', true],
  ['page', true],
  ['11.3', false],
])('strings on a host with V8 %s, SIMD %s', (host, simd) => {
  it('are written as TextEncoder does, whatever was written before, and nothing beside them', async () => {
    const bw = await library_on(host, simd);
    const encoder = new TextEncoder();
    const b = bw.buffer_create(40_000, bw.buffer_fixed, 1);
    for (const length of LENGTHS) {
      // Script by script, so that each text follows one of another kind; twice, so that one follows its own.
      for (const script of Object.keys(SCRIPTS).flatMap((name) => [name, name])) {
        const text = text_of(script, length);
        const want = encoder.encode(text);
        const at = length % 17;
        const end = at + want.length + 1;
        bw.buffer_fill(b, 0, bw.buffer_u8, GUARD, end + 64);
        bw.buffer_seek(b, bw.buffer_seek_start, at);
        bw.buffer_write_string(b, text);
        const label = `${script}, ${length} characters`;
        expect(bw.buffer_tell(b), label).toBe(end);
        const bytes = bw.buffer_to_bytes(b, 0, end + 64);
        expect(Buffer.compare(bytes.subarray(at, end - 1), want), label).toBe(0);
        expect(bytes[end - 1], label).toBe(0);
        expect(
          [...bytes.subarray(0, at), ...bytes.subarray(end)].every((byte) => byte === GUARD),
          label,
        ).toBe(true);
        if (text.includes('\0')) continue;
        bw.buffer_seek(b, bw.buffer_seek_start, at);
        expect(bw.buffer_read_string(b), label).toBe(Buffer.from(text).toString());
        expect(bw.buffer_tell(b), label).toBe(end);
      }
    }
    bw.buffer_delete(b);
  });

  it('fill a buffer to its last byte', async () => {
    const bw = await library_on(host, simd);
    for (const length of [1, 13, 26, 27, 40, 64, 2500]) {
      for (const script of Object.keys(SCRIPTS)) {
        const text = text_of(script, length);
        const size = new TextEncoder().encode(text).length;
        const tight = bw.buffer_create(size, bw.buffer_fixed, 1);
        expect(bw.buffer_write_string(tight, text)).toBe(bw.buffer_error_out_of_space);
        expect(bw.buffer_tell(tight)).toBe(0);
        expect(bw.buffer_write_text(tight, text)).toBe(0);
        expect(bw.buffer_tell(tight)).toBe(size);
        bw.buffer_delete(tight);
      }
    }
  });

  it('of a few bytes read as TextDecoder reads them, well-formed or not', async () => {
    const bw = await library_on(host, simd);
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    // Both sides of every limit of a lead byte, and of what may follow it.
    const leads = [
      0x41, 0x80, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf4, 0xf5,
    ];
    const next = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc3, 0xff];
    const ROOM = 128;
    const b = bw.buffer_create(ROOM, bw.buffer_fixed, 1);
    const wrong: string[] = [];
    const check = (bytes: number[]) => {
      const want = decoder.decode(Uint8Array.from(bytes));
      // Alone, with a continuation right behind its end, and up to the end of what is used.
      for (const behind of [[0, 0x80, 0x80, 0x80], []]) {
        bw.buffer_seek(b, bw.buffer_seek_start, 0);
        bw.buffer_set_used_size(b, 0);
        for (const byte of [...bytes, ...behind]) bw.buffer_write_u8(b, byte);
        if (behind.length === 0) bw.buffer_resize(b, bytes.length);
        bw.buffer_seek(b, bw.buffer_seek_start, 0);
        if (bw.buffer_read_string(b) !== want) wrong.push(`${bytes} before ${behind}`);
        bw.buffer_resize(b, ROOM);
      }
    };
    for (const lead of leads) {
      check([lead]);
      for (const second of next) {
        check([lead, second]);
        for (const third of next) {
          check([lead, second, third]);
          for (const fourth of next) check([lead, second, third, fourth]);
        }
      }
    }
    // As many units as are taken, one more, and a pair across that limit, in one to four bytes each.
    for (const text of ['é', 'жé', '€', '😀', 'a😀', 'aé€', 'éa']) {
      for (let n = 1; n <= 26; n++)
        check([...new TextEncoder().encode(text.repeat(n).slice(0, n))]);
    }
    expect(wrong).toEqual([]);
    bw.buffer_delete(b);
  });

  it('end at the first zero byte or at the end, malformed bytes read as TextDecoder reads them', async () => {
    const bw = await library_on(host, simd);
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    for (const length of [0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 200]) {
      for (let mark = 0; mark <= length; mark += length > 20 ? 3 : 1) {
        for (const bad of [0x61, 0x80, 0xc3, 0xff, 0xed]) {
          const bytes = new Uint8Array(length + 20).fill(0x62);
          bytes[length] = 0;
          if (mark < length) bytes[mark] = bad;
          // Behind the end: must not count.
          bytes[length + 1] = 0xff;
          const b = bw.buffer_from(bytes);
          expect(bw.buffer_read_string(b)).toBe(decoder.decode(bytes.subarray(0, length)));
          expect(bw.buffer_tell(b)).toBe(length + 1);
          const open = bw.buffer_from(bytes.subarray(0, length));
          expect(bw.buffer_read_text(open)).toBe(decoder.decode(bytes.subarray(0, length)));
          expect(bw.buffer_tell(open)).toBe(length);
          bw.buffer_delete(open);
          bw.buffer_delete(b);
        }
      }
    }
  });
});
