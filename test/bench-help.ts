// What the tests of the benchmark suite share: its scripts, its modules, cases as result files have them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** A folder that is gone after the tests of a file. */
export function scratch_folder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bytewire-bench-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const top = fileURLToPath(new URL('..', import.meta.url));

// Plain JavaScript, which has no types of its own.
export const bench = (file: string) => import(/* @vite-ignore */ join(top, 'bench', file));

/** Runs the script at `path`. */
export function run_node(path: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    encoding: 'utf8',
    // Pages with all results are larger than what is kept otherwise.
    maxBuffer: 1 << 26,
  });
  return { status, stdout, stderr };
}
/** Runs a script of bench/. */
export const node = (script: string, ...args: string[]) =>
  run_node(join(top, 'bench', script), ...args);
export const quick = (file: string, filter: string, ...more: string[]) =>
  node('run.mjs', '--quick', '--filter', filter, '--json', file, ...more);
export const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

export interface Row {
  name: string;
  kind: string;
  ratio?: number;
}
export interface Case {
  group: string;
  series: string;
  name: string;
  ours: string;
  bytes?: number;
  rows: Row[];
}

export interface MadeRow extends Row {
  median_ns: number;
  p99_ns: number;
  rounds: number;
  ratio_spread?: number;
  ratios?: number[];
}

/** A case as result files have it, with a row for each ratio. */
export function made_case(series: string, bytes: number, ratios: Record<string, [string, number]>) {
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
