// What the benchmark suite is made of: its command line, its plain-JavaScript contenders, what is read off results. No figure is ever asserted.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { bench, made_case, node, scratch_folder, top } from './bench-help.js';

const folder = scratch_folder();

describe('the runner command line', () => {
  it('names what it does not know', () => {
    const unknown = node('run.mjs', '--fliter', 'x');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('--fliter');
    const number = node('run.mjs', '--time', 'soon');
    expect(number.status).toBe(2);
    expect(number.stderr).toContain('"soon"');
  });

  it('shows what runs and the time that remains on a terminal, and nothing elsewhere', async () => {
    const { progress_line } = await bench('progress.mjs');
    const cases = [{ name: 'first' }, { name: 'second' }];
    const shown = (isTTY: boolean) => {
      let text = '';
      const out = { isTTY, columns: 60, write: (more: string) => (text += more) };
      const line = progress_line(cases, 1, out);
      for (const one of cases) line.at(one);
      line.clear();
      return text;
    };
    expect(shown(true)).toMatch(/0 of 2: first.*1 of 2, \d+ s left: second/s);
    expect(shown(false)).toBe('');
  });
});

describe('plain JavaScript contenders are right', () => {
  const inputs = [0, 1, 3, 55, 56, 63, 64, 65, 1000, 70_000].map((size) =>
    Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * i * 31) >> (i & 7))),
  );
  const same = (got: Uint8Array, wanted: Uint8Array) => Buffer.compare(got, wanted) === 0;

  it('digests and base64', async () => {
    const hash = await bench('impls/js/hash.mjs');
    const base64 = await bench('impls/js/base64.mjs');
    const js_crc32 = (await bench('impls/js/crc32.mjs')).crc32;
    for (const input of inputs) {
      for (const name of ['md5', 'sha1']) {
        expect(hash[name](input)).toBe(createHash(name).update(input).digest('hex'));
      }
      expect(base64.encode(input)).toBe(input.toString('base64'));
      expect(same(base64.decode(input.toString('base64')), input)).toBe(true);
      if (crc32 !== undefined) expect(js_crc32(input)).toBe(crc32(input));
    }
    expect(js_crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  });

  it('DEFLATE, both ways with zlib', async () => {
    const { deflate } = await bench('impls/js/deflate.mjs');
    const { inflate } = await bench('impls/js/inflate.mjs');
    const source = readFileSync(fileURLToPath(import.meta.url));
    const noise = Buffer.from(
      Uint8Array.from({ length: 40_000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 11),
    );
    for (const input of [...inputs, source, noise, Buffer.alloc(200_000)]) {
      for (const level of [0, 1, 6, 9]) {
        expect(same(inflateSync(deflate(input, level)), input)).toBe(true);
        expect(same(inflate(deflateSync(input, { level })), input)).toBe(true);
      }
    }
    const damaged = deflateSync(source);
    damaged[damaged.length - 1] ^= 1;
    expect(() => inflate(damaged)).toThrow('checksum');
  });

  it('UTF-8', async () => {
    const { read_utf8, write_utf8 } = await bench('impls/js/utf8.mjs');
    for (const text of ['', 'ab', 'привет', '€😀x', 'a'.repeat(9000), '😀'.repeat(5000)]) {
      const bytes = new Uint8Array(text.length * 3 + 1);
      const end = write_utf8(bytes, 0, text);
      expect(same(bytes.subarray(0, end), Buffer.from(`${text}\0`))).toBe(true);
      expect(read_utf8(bytes, 0)).toBe(text);
    }
    const bytes = new Uint8Array(8);
    write_utf8(bytes, 0, '\ud800x');
    expect(read_utf8(bytes, 0)).toBe('\ufffdx');
  });
});

describe('what is read off a result', () => {
  it('the sizes from which wasm is ahead, between two that were measured', async () => {
    const { crossings_text, winning_ranges } = await bench('crossing.mjs');
    const ranges = (...ratios: number[]) =>
      winning_ranges(ratios.map((ratio, i) => [10 ** i, ratio]));
    expect(ranges(2, 2, 2)).toEqual([{ from: undefined, to: undefined }]);
    expect(ranges(0.5, 0.5, 0.5)).toEqual([]);
    // 0.97 is a draw; half way between the logarithms of 0.97 / 2 and 0.97 * 2.
    const [{ from, to }] = ranges(0.485, 1.94, 2);
    expect(from).toBeCloseTo(Math.sqrt(10), 5);
    expect(to).toBeUndefined();
    expect(ranges(2, 0.5, 2)).toHaveLength(2);
    const cases = [16, 64, 256].map((bytes) =>
      made_case('CRC-32', bytes, { slow: ['js', 3], fast: ['native', 0.5] }),
    );
    expect(crossings_text(cases)).toContain(
      'CRC-32: plain JavaScript at every size; native code nowhere',
    );
  });

  it('every goal: met, not met, or why it was not measured', async () => {
    const { goals_text, judged } = await bench('goals.mjs');
    const cases = [
      made_case('CRC-32', 16, { '@node-rs/crc32': ['native', 7.5], 'crc-32': ['package', 0.5] }),
      made_case('CRC-32', 64, { '@node-rs/crc32': ['native', 3.2] }),
      // Of all sizes in a column the worst counts.
      made_case('CRC-32', 16384, { '@node-rs/crc32': ['native', 1.3] }),
      made_case('CRC-32', 1 << 22, { '@node-rs/crc32': ['native', 1.1] }),
    ];
    const goals: { row: string; column: string; word: string; why?: string; value?: number }[] =
      judged(cases);
    const word = (row: string, column: string) =>
      goals.find((goal) => goal.row.startsWith(row) && goal.column === column)?.word;
    expect(word('CRC-32 vs @node-rs', '16 B')).toBe('aim met');
    expect(word('CRC-32 vs @node-rs', '64 B')).toBe('met');
    expect(word('CRC-32 vs @node-rs', '16 KiB and more')).toBe('not met');
    expect(word('CRC-32 vs best', '16 B')).toBe('not met');
    expect(word('CRC-32 vs best', '64 B')).toBe('not measured');
    for (const { value, why } of goals) expect(value === undefined).toBe(why !== undefined);
    const text = goals_text(goals);
    expect(text).toContain('2 of 4 measured goals met, 1 of them with their aim');
    expect(goals_text(goals, { only_measured: true }).match(/NOT MET/g)).toHaveLength(2);
    // Tests that check a goal instead are there.
    for (const { why } of goals) {
      const [, test] = /^checked by (.*)/.exec(why ?? '') ?? [];
      if (test !== undefined) expect(existsSync(join(top, test))).toBe(true);
    }
  });

  it('how many ratios come out the same in several runs', () => {
    const files = [1, 1.1, 1.3].map((factor, i) => {
      const file = join(folder, `stable-${i}.json`);
      const cases = [16, 64, 256, 1024].map((bytes) =>
        made_case('CRC-32', bytes, { rival: ['package', bytes === 16 ? 2 * factor : 2] }),
      );
      writeFileSync(file, JSON.stringify({ cases }));
      return file;
    });
    const two = node('compare.mjs', '--stable', ...files.slice(0, 2));
    expect(two).toMatchObject({ status: 0, stderr: '' });
    expect(two.stdout).toContain('4 of 4 ratios (100.0 %)');
    const three = node('compare.mjs', '--stable', ...files);
    expect(three.status).toBe(1);
    expect(three.stdout).toContain('3 of 4 ratios (75.0 %)');
    expect(three.stdout).toContain('30 %');
  });
});

it('a call that another program holds up once does not make its turns one call long', async () => {
  const { measure } = await bench('harness.mjs');
  // The clock of a machine that nothing else runs on.
  let now_ms = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now_ms);
  onTestFinished(() => void vi.restoreAllMocks());
  let firsts = 0;
  let last = 0;
  const run = (n: number) => {
    last = n;
    now_ms += n * 0.001;
    // Three turns of the warm-up begin with one call; the fourth one finds out how many fit.
    if (n === 1 && ++firsts === 4) now_ms += 20;
  };
  await measure([{ name: 'held up', run }], { time_ms: 10, slice_ms: 0.5, rounds: 3 });
  expect(firsts).toBe(5);
  // Half a millisecond of calls that take a microsecond each.
  expect(last).toBe(500);
});
