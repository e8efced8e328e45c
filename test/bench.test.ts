// The benchmark suite at work: runs, result files, rivals, pages, and what is committed of them. No figure is ever asserted.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bench,
  type Case,
  made_case,
  node,
  quick,
  type Row,
  read,
  scratch_folder,
  top,
} from './bench-help.js';

const folder = scratch_folder();
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

  it('compare: the same is no regression, a lost ratio beyond the spread is, one within it is not', () => {
    const before = join(folder, 'before.json');
    const after = join(folder, 'after.json');
    const change = (factor: number, spread: number, apart = 1) => {
      const result = { cases: [made_case('CRC-32', 16, { rival: ['package', 2] })] };
      for (const row of result.cases[0].rows) {
        if (row.ratio !== undefined) {
          row.ratio_spread = spread;
          row.ratios = [row.ratio / apart, row.ratio, row.ratio * apart];
        }
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
    // Processes that do not agree among themselves say little.
    expect(change(0.8, 0.02, 1.3)).toMatchObject({ status: 0 });
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
    ['in processes of their own', ['--time', '1', '--processes', '1']],
  ])('that is wrong fails its case before it is timed, and no other: %s', (name, options) => {
    const place = rival(
      `wrong ${name}`,
      'crc32: ({ parts }) => parts[0].length === 64 ? () => 1 : undefined',
    );
    const file = join(folder, `${name}.json`);
    const filters = ['64 B', '256 B'].flatMap((size) => ['--filter', `CRC-32 ${size}`]);
    const asked = [...options, ...filters, '--rivals', place, '--json', file];
    const { status, stderr } = node('run.mjs', ...asked);
    expect(status).toBe(1);
    expect(stderr).toContain('hash CRC-32 64 B: rival is wrong');
    expect(stderr).toContain('failed: 1 of 2 cases');
    expect(read(file).cases.map(({ bytes }: Case) => bytes)).toEqual([256]);
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
