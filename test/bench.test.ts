// The benchmark suite's own tools: its command line, result files, what is read off them, and its plain-JavaScript contenders. No figure is ever asserted.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bytewire-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Plain JavaScript, which has no types of its own.
const bench = (file: string) => import(/* @vite-ignore */ join(top, 'bench', file));

function node(script: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(top, 'bench', script), ...args],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}
const quick = (file: string, filter: string, ...more: string[]) =>
  node('run.mjs', '--quick', '--filter', filter, '--json', file, ...more);
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

interface Row {
  name: string;
  kind: string;
  ratio?: number;
}
interface Case {
  group: string;
  series: string;
  name: string;
  ours: string;
  bytes?: number;
  rows: Row[];
}

interface MadeRow extends Row {
  median_ns: number;
  p99_ns: number;
  rounds: number;
  ratio_spread?: number;
}

/** A case as result files have it, with a row for each ratio. */
function made_case(series: string, bytes: number, ratios: Record<string, [string, number]>) {
  const own = { name: 'bytewire', kind: 'ours', median_ns: 100, p99_ns: 120, rounds: 9 };
  const rows: MadeRow[] = Object.entries(ratios).map(([name, [kind, ratio]]) => ({
    ...own,
    name,
    kind,
    median_ns: 100 * ratio,
    ratio,
    ratio_spread: 0.01,
  }));
  const all: MadeRow[] = [own, ...rows];
  return {
    group: 'hash',
    series,
    name: `hash ${series} ${bytes}`,
    bytes,
    ours: 'bytewire',
    quick: false,
    rows: all,
  };
}

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
      const line = progress_line(cases, out);
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

const installed = existsSync(join(top, 'bench', 'node_modules', 'uplot'));
describe.skipIf(!installed)('result files (needs npm ci in bench/)', () => {
  it('add up, and a case that runs again takes its old place', () => {
    const file = join(folder, 'sum.json');
    for (const n of ['1 KiB', '16 KiB', '1 KiB']) {
      expect(quick(file, `fill u8, ${n}`)).toMatchObject({ status: 0, stderr: '' });
    }
    const { cases, ...host } = read(file);
    expect(host).toMatchObject({ host: 'Node', version: process.versions.node });
    expect(cases.map((one: Case) => one.bytes)).toEqual([1024, 16384]);
    const [one] = cases;
    const kinds = one.rows.map((row: Row) => row.kind);
    expect(kinds).toEqual(expect.arrayContaining(['ours', 'twin', 'js', 'native']));
    expect(one.rows.map((row: Row) => row.name)).toContain(one.ours);
  });

  it('of another host are left alone', () => {
    const file = join(folder, 'other.json');
    const text = JSON.stringify({ cpu: 'abacus', cases: [] });
    writeFileSync(file, text);
    const { status, stderr } = quick(file, 'fill u8, 1 KiB');
    expect(status).toBe(2);
    expect(stderr).toContain('abacus');
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('compare: the same is no regression, a lost ratio beyond the spread is, one within it is not', () => {
    const before = join(folder, 'before.json');
    const after = join(folder, 'after.json');
    const change = (factor: number, spread: number) => {
      const result = { cases: [made_case('CRC-32', 16, { rival: ['package', 2] })] };
      for (const row of result.cases[0].rows) {
        if (row.ratio !== undefined) row.ratio_spread = spread;
      }
      writeFileSync(before, JSON.stringify(result));
      for (const row of result.cases[0].rows) if (row.ratio !== undefined) row.ratio *= factor;
      writeFileSync(after, JSON.stringify(result));
      return node('compare.mjs', before, after);
    };
    expect(change(1, 0.02)).toMatchObject({ status: 0 });
    const slower = change(0.8, 0.02);
    expect(slower.stdout).toContain('1 slower, 0 faster, 0 same');
    expect(slower.status).toBe(1);
    expect(change(1.25, 0.02)).toMatchObject({ status: 0 });
    expect(change(0.8, 0.6)).toMatchObject({ status: 0 });
    expect(change(0.97, 0.001)).toMatchObject({ status: 0 });
  });

  it('become a page that loads nothing and has a sentence, a chart and the goals of each', () => {
    const file = join(folder, 'page.json');
    const other = join(folder, 'other-page.json');
    const cases = [16, 64, 256].map((bytes) =>
      made_case('CRC-32', bytes, { 'plain </script>': ['js', 3], '@node-rs/crc32': ['native', 5] }),
    );
    writeFileSync(file, JSON.stringify({ host: 'Node', version: '1', cases }));
    writeFileSync(other, JSON.stringify({ host: 'Firefox', version: '2', cases: cases.slice(1) }));
    const { status, stdout } = node('report.mjs', file, other);
    expect(status).toBe(0);
    expect(stdout).not.toMatch(/src=|<link|@import|url\(/);
    const [, json] = /id="data">(.*?)<\/script>/.exec(stdout) ?? [];
    const { hosts, groups, goals } = JSON.parse(json);
    expect(hosts.map(({ name }: { name: string }) => name)).toEqual(['Node 1', 'Firefox 2']);
    const [{ series }] = groups;
    expect(series[0].hosts).toHaveLength(2);
    expect(series[0].hosts[0].text).toContain('at least as fast as plain JavaScript at every size');
    expect(series[0].hosts[0].chart).toMatchObject({ sized: true, x: [16, 64, 256] });
    expect(goals[0].cells[0].hosts).toHaveLength(2);
    expect(node('report.mjs').status).toBe(2);
  });

  it('that share nothing or are none cannot be compared', () => {
    const empty = join(folder, 'empty.json');
    writeFileSync(empty, '{"cases":[]}');
    expect(node('compare.mjs', empty, empty).status).toBe(2);
    expect(node('compare.mjs', empty).status).toBe(2);
    expect(node('compare.mjs', empty, '--stable').status).toBe(2);
  });
});

describe.skipIf(!installed)('a rival (needs npm ci in bench/)', () => {
  const rival = (name: string, body: string) => {
    const place = join(folder, name);
    mkdirSync(place);
    writeFileSync(
      join(place, 'rival.mjs'),
      `export const name = 'rival';
       export const kind = 'package';
       export const operations = { ${body} };`,
    );
    return place;
  };

  it('takes part with one file, as the guide says', () => {
    const file = join(folder, 'rival.json');
    // A bit at a time: the shortest CRC-32 there is.
    const place = rival(
      'right',
      `crc32: ({ parts }) => (i) => {
         let c = -1;
         for (const byte of parts[i]) {
           c ^= byte;
           for (let k = 0; k < 8; k++) c = (c >>> 1) ^ (0xedb88320 & -(c & 1));
         }
         return ~c >>> 0;
       }`,
    );
    expect(quick(file, 'CRC-32 64 B', '--rivals', place)).toMatchObject({ status: 0, stderr: '' });
    const row = read(file).cases[0].rows.find(({ name }: Row) => name === 'rival');
    expect(row).toMatchObject({ kind: 'package', verified: true });
    expect(row.ratio).toBeGreaterThan(0);
  });

  it('that is wrong ends the run before it is timed', () => {
    const place = rival('wrong', 'crc32: () => () => 1');
    const { status, stderr } = node(
      'run.mjs',
      '--quick',
      '--filter',
      'CRC-32 64 B',
      '--rivals',
      place,
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain('hash CRC-32 64 B: rival is wrong');
  });

  it('is described with the operations that there are', async () => {
    const { load_impls } = await bench('suite.mjs');
    const { impls } = await load_impls();
    const guide = readFileSync(join(top, 'bench', 'README.md'), 'utf8');
    const [table] = /\| Operation[\s\S]*?\n\n/.exec(guide) ?? [''];
    const named = new Set([...table.matchAll(/`([a-z_0-9]+)`/g)].map(([, name]) => name));
    const known = new Set(
      impls.flatMap(({ operations }: { operations: object }) => Object.keys(operations)),
    );
    for (const name of ['crc32', 'string_write', 'compress', 'delta']) {
      expect(named).toContain(name);
      expect(known).toContain(name);
    }
  });
});

describe.skipIf(!installed)('a quick pass (needs npm ci in bench/)', () => {
  it('runs and verifies every case', () => {
    const file = join(folder, 'all.json');
    const names = node('run.mjs', '--quick', '--list').stdout.trim().split('\n');
    expect(names.length).toBeGreaterThan(250);
    const { status, stdout, stderr } = quick(file, '');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // Not a terminal: no line is written over.
    expect(stdout).not.toContain('\r');
    const { cases } = read(file);
    expect(cases.map((one: Case) => `${one.group}: ${one.name}`)).toEqual(names);
    for (const { rows } of cases)
      for (const row of rows) expect(row).toMatchObject({ verified: true });
  });

  it('runs in a page, and its result is of the same form', async () => {
    const { find_browser } = await bench('page/browsers.mjs');
    const there = ['chromium', 'firefox'].filter((name) => find_browser(name) !== undefined);
    for (const name of there) {
      const file = join(folder, `${name}.json`);
      const filters = ['64 B', '(a) input'].flatMap((text) => ['--filter', text]);
      const { status, stderr } = node(
        'page.mjs',
        '--headless',
        name,
        '--quick',
        ...filters,
        '--json',
        file,
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const { cases, ...host } = read(file);
      expect(host.host.toLowerCase()).toBe(name);
      const series = new Set(cases.map((one: Case) => one.series));
      expect([...series]).toEqual(
        expect.arrayContaining(['CRC-32', 'copy', 'packet (a) input, encode']),
      );
      expect(node('report.mjs', file).status).toBe(0);
    }
  });
});

describe('what is made of the committed results', () => {
  it('the table in the README is that of the newest one', () => {
    expect(node('readme.mjs', '--check')).toMatchObject({ status: 0, stderr: '' });
  });

  it.skipIf(!installed)(
    'the page with charts is that of all of them (needs npm ci in bench/)',
    () => {
      const results = join(top, 'bench', 'results');
      const files = readdirSync(results).filter((name) => name.endsWith('.json'));
      const { status, stdout } = node('report.mjs', '--results');
      expect(status).toBe(0);
      expect(files.length).toBeGreaterThan(0);
      expect(stdout === readFileSync(join(results, 'report.html'), 'utf8')).toBe(true);
    },
  );
});
