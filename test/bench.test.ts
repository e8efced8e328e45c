// The benchmark suite at work: runs, result files, rivals, pages, and what is committed of them. No figure is ever asserted.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bench,
  type Case,
  type MadeRow,
  made_case,
  node,
  quick,
  type Row,
  read,
  scratch_folder,
  top,
} from './bench-help.js';

const folder = scratch_folder();
const result_with = (change: (row: MadeRow) => void) => {
  const one = made_case('CRC-32', 16, { rival: ['package', 2] });
  for (const row of one.rows) if (row.ratio !== undefined) change(row);
  return { cases: [one] };
};
/** The ratio times `factor`, in three processes that lie so far `apart`. */
const processes = (row: MadeRow, factor: number, apart: number) => {
  row.ratio = (row.ratio ?? 1) * factor;
  row.ratios = [row.ratio / apart, row.ratio, row.ratio * apart];
};
const compared = (before: object, after: object, ...more: string[]) => {
  const files = [before, after].map((result, i) => {
    const file = join(folder, i === 0 ? 'before.json' : 'after.json');
    writeFileSync(file, JSON.stringify(result));
    return file;
  });
  return node('compare.mjs', ...files, ...more);
};
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

  it('hold what processes of their own have measured, a rival among them', () => {
    const file = join(folder, 'apart.json');
    const place = join(folder, 'apart');
    mkdirSync(place);
    writeFileSync(
      join(place, 'rival.mjs'),
      `export const name = 'rival';
       export const kind = 'package';
       export const operations = {
         fill_u8: ({ size, value }) => {
           const bytes = new Uint8Array(size);
           const call = () => bytes.fill(value).length;
           return { call, output: () => bytes.fill(value) };
         },
       };`,
    );
    const filters = ['--filter', 'fill u8, 16 B', '--filter', 'fill u8, 64 B'];
    const { status, stderr } = node(
      'run.mjs',
      '--time',
      '1',
      ...filters,
      '--rivals',
      place,
      '--json',
      file,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { cases } = read(file);
    expect(cases.map(({ bytes }: Case) => bytes)).toEqual([16, 64]);
    for (const { quick, rows } of cases) {
      expect(quick).toBe(false);
      expect(rows.map(({ name }: Row) => name)).toContain('rival');
    }
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

  it('compare: slower beyond both intervals is a regression, within them it is not, and too noisy is said', () => {
    const change = (factor: number, apart: number) =>
      compared(
        result_with((row) => processes(row, 1, apart)),
        result_with((row) => processes(row, factor, apart)),
      );
    expect(change(1, 1.02)).toMatchObject({ status: 0 });
    const slower = change(0.8, 1.02);
    expect(slower.stdout).toContain('1 slower, 0 faster, 0 same, 0 cannot tell');
    expect(slower.status).toBe(1);
    const faster = change(1.25, 1.02);
    expect(faster).toMatchObject({ status: 0 });
    expect(faster.stdout).toContain('0 slower, 1 faster, 0 same');
    expect(change(0.97, 1.001).stdout).toContain('0 slower, 0 faster, 1 same');
    // Processes that do not agree among themselves say little, and never that it is the same.
    const noisy = change(0.5, 1.5);
    expect(noisy.status).toBe(0);
    expect(noisy.stdout).toContain('0 slower, 0 faster, 0 same, 1 cannot tell');
    expect(noisy.stdout).toMatch(/cannot tell: .*\n {2}hash CRC-32 16 vs rival/);
    expect(change(0.2, 1.5).status).toBe(1);
    const stdout = slower.stdout;
    expect(stdout).toContain('2.00 (1.96 .. 2.04)');
  });

  it('compare: names the cases and contenders that are gone, with an exit code of its own', () => {
    const both: Record<string, [string, number]> = { rival: ['package', 2], other: ['js', 3] };
    const full = [made_case('CRC-32', 16, both), made_case('MD5', 16, both)];
    const gone = compared({ cases: full }, { cases: full.slice(0, 1) });
    expect(gone.status).toBe(3);
    expect(gone.stdout).toContain('hash: hash MD5 16');
    const without = full.map((one) => ({
      ...one,
      rows: one.rows.filter(({ name }) => name !== 'rival'),
    }));
    const rival = compared({ cases: full }, { cases: without });
    expect(rival.status).toBe(3);
    expect(rival.stdout).toContain('rival: 2 cases, the first hash CRC-32 16');
    // What is new is no loss, and what is not asked for is not missed.
    expect(compared({ cases: without }, { cases: full })).toMatchObject({ status: 0 });
    const asked = compared({ cases: full }, { cases: full.slice(0, 1) }, '--filter', 'crc-32');
    expect(asked).toMatchObject({ status: 0, stderr: '' });
  });

  it('compare, goals and the page say where figures are quick', () => {
    const quick = { cases: result_with(() => {}).cases.map((one) => ({ ...one, quick: true })) };
    const { status, stdout } = compared(quick, quick);
    expect(status).toBe(0);
    expect(stdout).toContain('0 slower, 0 faster, 0 same, 0 cannot tell, 1 quick');
    expect(stdout).toContain('after.json: quick: 1 of 1 cases');
    const file = join(folder, 'quick-figures.json');
    const cases = [made_case('CRC-32', 16, { '@node-rs/crc32': ['native', 5] })];
    writeFileSync(file, JSON.stringify({ cases: cases.map((one) => ({ ...one, quick: true })) }));
    const goals = node('goals.mjs', file).stdout;
    expect(goals).toContain('quick: 1 of 1 cases');
    expect(goals).toContain('met (quick: means nothing)');
    const [, json] = /id="data">(.*?)<\/script>/.exec(node('report.mjs', file).stdout) ?? [];
    const data = JSON.parse(json);
    expect(data.groups[0].series[0].hosts[0].text).toContain('quick');
    expect(JSON.stringify(data.goals)).toContain('Of a quick pass');
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

  it.each([
    ['in one process', ['--quick']],
    ['in processes of their own', ['--time', '1', '--processes', '2']],
  ])(
    'that is wrong is left out of its case, named, and costs no other row: %s',
    (name, options) => {
      const place = rival(
        `wrong ${name}`,
        'crc32: ({ parts }) => parts[0].length === 64 ? () => 1 : undefined',
      );
      const file = join(folder, `${name}.json`);
      const filters = ['64 B', '256 B'].flatMap((size) => ['--filter', `CRC-32 ${size}`]);
      const asked = [...options, ...filters, '--rivals', place, '--json', file];
      const { status, stderr } = node('run.mjs', ...asked);
      expect(status).toBe(1);
      expect(stderr.match(/hash CRC-32 64 B: rival is wrong.*left out/g)).toHaveLength(2);
      expect(stderr).not.toContain('256');
      const { cases } = read(file);
      expect(cases.map(({ bytes }: Case) => bytes)).toEqual([64, 256]);
      expect(cases[0].rows.map((row: Row) => row.name)).toEqual(
        cases[1].rows.map((row: Row) => row.name),
      );
      expect(cases[0].left_out).toEqual([
        { name: 'rival', reason: expect.stringContaining('wrong') },
      ]);
    },
  );

  it('that hangs, ends the process or throws is named, and the others go on', () => {
    const place = join(folder, 'hostile');
    mkdirSync(place);
    const bad: [string, string, string?][] = [
      ['ends', '() => () => process.exit(0)'],
      ['waits', '() => () => new Promise(() => {})'],
      ['blocks', '() => () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'],
      ['throws', '() => () => { throw null; }'],
      ['says', "() => () => { throw 'no'; }"],
      ['leaves', '() => {}', 'process.exit(0);'],
      ['never', '() => {}', 'await new Promise(() => {});'],
    ];
    for (const [name, crc32, more = ''] of bad) {
      const text = `export const name = '${name}'; export const kind = 'package';
        export const operations = { crc32: ${crc32} }; ${more}`;
      writeFileSync(join(place, `${name}.mjs`), text);
    }
    const file = join(folder, 'hostile.json');
    const { status, stderr } = quick(file, 'crc-32 64 b', '--rivals', place, '--limit', '3');
    expect(status).toBe(1);
    for (const [name, said] of [
      ['ends', 'it ended the process, with exit code 0'],
      ['waits', 'it gave a promise that never settles'],
      ['blocks', 'nothing came of it for 3 s'],
    ]) {
      expect(stderr).toContain(`hash CRC-32 64 B: ${name}: ${said}`);
    }
    expect(stderr).toContain('hash CRC-32 64 B: throws threw null');
    expect(stderr).toContain('hash CRC-32 64 B: says threw no');
    expect(stderr).toContain('left out: leaves: when it is loaded, it ended the process');
    expect(stderr).toContain('left out: never: when it is loaded, it gave a promise');
    const names = read(file).cases[0].rows.map((row: Row) => row.name);
    expect(names).toEqual(expect.arrayContaining(['bytewire', 'plain JS', 'node:zlib']));
  });

  it('is described with the operations that there are', async () => {
    const { known_operations } = await bench('suite.mjs');
    const known = await known_operations();
    const guide = readFileSync(join(top, 'bench', 'README.md'), 'utf8');
    const [table] = /\| Operation[\s\S]*?\n\n/.exec(guide) ?? [''];
    const named = new Set([...table.matchAll(/`([a-z_0-9]+)`/g)].map(([, name]) => name));
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
      const filters = ['64 B', '(a) input', 'field packet'].flatMap((text) => ['--filter', text]);
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
