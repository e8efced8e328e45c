// Result files: what a run found, so that it can be kept, added to and compared.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { median, quantile, ratio } from './harness.mjs';

const HOST = ['cpu', 'arch', 'node', 'v8'];

/** The host and day of this run. */
export function this_host() {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() || 'unknown',
    arch: arch(),
    node: process.versions.node,
    v8: process.versions.v8,
  };
}

// Median and middle half of the ratios round by round: what two runs are compared by.
function paired(row, own) {
  const ratios = row.samples_ns.map((ns, i) => ns / own.samples_ns[i]).sort((a, b) => a - b);
  return {
    ratio: median(ratios),
    ratio_spread: (quantile(ratios, 0.75) - quantile(ratios, 0.25)) / median(ratios),
  };
}

// A goal names its peers in `peer` or `peers`; the best of them counts. Without any of them on this host it is not measured.
function reached(goal, rows, own) {
  const peers = [goal.peers ?? goal.peer].flat();
  const there = rows.filter(({ name }) => peers.includes(name));
  const { must, aim } = goal;
  const name = goal.row === undefined ? `vs ${peers.join(', ')}` : `${goal.row}, ${goal.column}`;
  if (there.length === 0) {
    // A goal about bytes alone has no ratio of times.
    return must === undefined ? [] : [{ name, ratio: null, must, aim, met: null, aim_met: null }];
  }
  const factor = Math.min(...there.map((row) => ratio(row, own)));
  return [{ name, ratio: factor, must, aim, met: factor >= must, aim_met: factor >= aim }];
}

/** One case of a result file. Its contenders were verified when they were made: one that differs ends the run. */
export function case_result({ group, name, bytes, ours, goals = [] }, rows, quick) {
  const own = rows.find((row) => row.name === ours);
  return {
    group,
    name,
    bytes,
    ours,
    quick,
    rows: rows.map((row) => ({
      name: row.name,
      median_ns: row.median_ns,
      p99_ns: row.p99_ns,
      spread: row.spread,
      rounds: row.samples_ns.length,
      ...(row === own ? {} : paired(row, own)),
      ...(row.bytes === undefined ? {} : { bytes: row.bytes }),
      verified: true,
    })),
    goals: goals.flatMap((goal) => reached(goal, rows, own)),
  };
}

/** Reads a result file; throws an Error if it is none. */
export function read_result(file) {
  const result = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(result?.cases)) throw new Error(`${file}: not a result of the benchmark`);
  return result;
}

/** What is in `file` already, or an empty result of this host; throws if the file is of another host. */
export function open_result(file) {
  const host = this_host();
  if (!existsSync(file)) return { ...host, cases: [] };
  const before = read_result(file);
  const other = HOST.find((key) => before[key] !== host[key]);
  if (other !== undefined) {
    throw new Error(`${file}: made with ${other} ${before[other]}, this host has ${host[other]}`);
  }
  return { ...before, ...host };
}

/** Puts one case in, in the place of an earlier run of it, and writes the file. */
export function add_case(file, result, one) {
  const at = result.cases.findIndex(({ group, name }) => group === one.group && name === one.name);
  if (at < 0) result.cases.push(one);
  else result.cases[at] = one;
  writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`);
}
