// The benchmark suite's own tools: its command line, result files and their comparison. No figure is ever asserted.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

interface Case {
  group: string;
  name: string;
}

const top = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bytewire-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function node(script: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(top, 'bench', script), ...args],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}
const quick = (file: string, filter: string) =>
  node('run.mjs', '--quick', '--filter', filter, '--json', file);
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

describe('the runner command line', () => {
  it('names what it does not know', () => {
    const unknown = node('run.mjs', '--fliter', 'x');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('--fliter');
    const number = node('run.mjs', '--time', 'soon');
    expect(number.status).toBe(2);
    expect(number.stderr).toContain('"soon"');
  });
});

const installed = existsSync(join(top, 'bench', 'node_modules'));
describe.skipIf(!installed)('result files (needs npm ci in bench/)', () => {
  it('add up, and a case that runs again takes its old place', () => {
    const file = join(folder, 'sum.json');
    for (const n of ['1 KiB', '16 KiB', '1 KiB']) {
      expect(quick(file, `fill with a byte, ${n}`)).toMatchObject({ status: 0, stderr: '' });
    }
    const { cases, ...host } = read(file);
    expect(host).toMatchObject({ node: process.versions.node, v8: process.versions.v8 });
    expect(cases.map((one: { bytes: number }) => one.bytes)).toEqual([1024, 16384]);
    const [one] = cases;
    expect(one.rows.map((row: { name: string }) => row.name)).toContain(one.ours);
    expect(one.goals[0].met).toBe(one.goals[0].ratio >= one.goals[0].must);
  });

  it('of another host are left alone', () => {
    const file = join(folder, 'other.json');
    const text = JSON.stringify({ cpu: 'abacus', cases: [] });
    writeFileSync(file, text);
    const { status, stderr } = quick(file, 'fill with a byte, 1 KiB');
    expect(status).toBe(2);
    expect(stderr).toContain('abacus');
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('compare: the same is no regression, a lost ratio beyond the spread is, one within it is not', () => {
    const before = join(folder, 'before.json');
    const after = join(folder, 'after.json');
    expect(quick(before, 'fill with a byte, 1 KiB').status).toBe(0);
    expect(node('compare.mjs', before, before).status).toBe(0);
    const change = (factor: number, spread: number) => {
      const result = read(before);
      for (const row of result.cases[0].rows) {
        if (row.ratio === undefined) continue;
        row.ratio_spread = spread;
        writeFileSync(before, JSON.stringify(result));
        row.ratio *= factor;
      }
      writeFileSync(after, JSON.stringify(result));
      return node('compare.mjs', before, after);
    };
    const slower = change(0.8, 0.02);
    expect(slower.stdout).toContain('1 slower, 0 faster, 0 same');
    expect(slower.status).toBe(1);
    expect(change(1.25, 0.02)).toMatchObject({ status: 0 });
    expect(change(0.8, 0.6)).toMatchObject({ status: 0 });
    expect(change(0.97, 0.001)).toMatchObject({ status: 0 });
  });

  it('become a page that loads nothing and says of each goal whether it was met', () => {
    const file = join(folder, 'page.json');
    expect(quick(file, 'fill with a byte, 1 KiB').status).toBe(0);
    const result = read(file);
    for (const [met, word] of [
      [true, '>met<'],
      [false, '>not met<'],
    ]) {
      result.cases[0].goals[0].met = met;
      writeFileSync(file, JSON.stringify(result));
      const { status, stdout } = node('report.mjs', file);
      expect(status).toBe(0);
      expect(stdout).toContain(word);
      expect(stdout).not.toMatch(/https?:|<script|src=/);
    }
    expect(node('report.mjs').status).toBe(2);
  });

  it('that share nothing or are none cannot be compared', () => {
    const empty = join(folder, 'empty.json');
    writeFileSync(empty, '{"cases":[]}');
    expect(node('compare.mjs', empty, empty).status).toBe(2);
    expect(node('compare.mjs', empty).status).toBe(2);
  });
});

describe.skipIf(!installed)('a quick pass (needs npm ci in bench/)', () => {
  it('runs and verifies every case', () => {
    const file = join(folder, 'all.json');
    const names = node('run.mjs', '--quick', '--list').stdout.trim().split('\n');
    expect(names.length).toBeGreaterThan(100);
    expect(quick(file, '')).toMatchObject({ status: 0, stderr: '' });
    const { cases } = read(file);
    expect(cases.map((one: Case) => `${one.group}: ${one.name}`)).toEqual(names);
    for (const { rows } of cases) {
      for (const row of rows) expect(row).toMatchObject({ verified: true, rounds: 3 });
    }
  });
});

describe('the table in the README', () => {
  it('is that of the newest committed result', () => {
    expect(node('readme.mjs', '--check')).toMatchObject({ status: 0, stderr: '' });
  });
});
