// Result files: what a run found, so that it can be kept, added to and compared.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { dirname, resolve } from 'node:path';
import { check_result } from './check-result.mjs';

/** A file is of one host: results of two never mix. */
const HOST = ['cpu', 'arch', 'host', 'version'];

function commit() {
  try {
    const options = { cwd: new URL('.', import.meta.url), encoding: 'utf8', stdio: 'pipe' };
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], options).trim();
  } catch {
    return undefined;
  }
}

/** The machine and day of this run. */
export function this_machine() {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    cpu: cpus()[0]?.model.trim() || 'unknown',
    arch: arch(),
  };
}

/** The same with Node as the host. */
export function this_host() {
  const { node, v8 } = process.versions;
  return { ...this_machine(), host: 'Node', version: node, engine: `V8 ${v8}` };
}

/** "Node 20.20.2". */
export const host_name = ({ host = 'unknown host', version = '' }) => `${host} ${version}`.trim();

/** Versions of the peers, as bench/package.json has them. */
export function package_versions() {
  const { dependencies } = JSON.parse(
    readFileSync(new URL('package.json', import.meta.url), 'utf8'),
  );
  return Object.fromEntries(
    Object.entries(dependencies).filter(([, version]) => !version.startsWith('file:')),
  );
}

/** Reads a result file; throws an Error if it is none. */
export function read_result(file) {
  try {
    return check_result(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`${file}: ${error.message}`);
  }
}

function is_running(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

// One run at a time writes a file: two would take each other's cases away.
function lock(file) {
  const path = `${file}.lock`;
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = Number(readFileSync(path, 'utf8'));
    if (owner > 0 && is_running(owner)) {
      throw new Error(`${file}: another run (process ${owner}) writes it`);
    }
    // Left by a run that was killed.
    rmSync(path, { force: true });
  }
  process.once('exit', () => rmSync(path, { force: true }));
}

/** Cases that were measured at another commit keep it. */
function with_commit(one, { commit }, now) {
  return commit === undefined || commit === now.commit ? one : { commit, ...one };
}

/**
 * What is in `file` already, or an empty result of `host`, for this process alone to add to. Throws if the file is of another host, if another
 * run writes it, or if figures of a quick pass would take the place of real ones; real ones take the place of all quick ones.
 */
export function open_result(file, host = this_host(), { quick = false } = {}) {
  const packages = package_versions();
  if (!existsSync(dirname(resolve(file)))) throw new Error(`${file}: there is no such folder`);
  const empty = { ...host, packages, cases: [] };
  const before = existsSync(file) ? read_result(file) : empty;
  const other = HOST.find((key) => before[key] !== host[key]);
  if (other !== undefined) {
    throw new Error(`${file}: made with ${other} ${before[other]}, this host has ${host[other]}`);
  }
  const real = before.cases.filter((one) => !one.quick);
  if (quick && real.length > 0) {
    throw new Error(
      `${file}: has ${real.length} cases with real figures, and those of a quick pass mean nothing: give it another file`,
    );
  }
  lock(file);
  const cases = quick ? before.cases : real;
  return { ...before, ...empty, cases: cases.map((one) => with_commit(one, before, host)) };
}

/** Puts one case in, in the place of an earlier run of it, and writes the file. */
export function add_case(file, result, one) {
  const at = result.cases.findIndex(({ group, name }) => group === one.group && name === one.name);
  if (at < 0) result.cases.push(one);
  else result.cases[at] = one;
  // Whole at any time, also when the run is ended in the middle.
  const target = existsSync(file) ? realpathSync(file) : file;
  const scratch = `${target}.${process.pid}`;
  writeFileSync(scratch, result_text(result));
  renameSync(scratch, target);
}

/** Results of one host as one, in the order of their first; of a case that several have the last counts. */
export function by_host(results) {
  const hosts = new Map();
  for (const result of results) {
    const id = JSON.stringify(HOST.map((key) => result[key]));
    const cases = hosts.get(id)?.all ?? new Map();
    for (const one of result.cases) cases.set(JSON.stringify([one.group, one.name]), one);
    hosts.set(id, { about: result, all: cases });
  }
  return [...hosts.values()].map(({ about, all }) => ({ ...about, cases: [...all.values()] }));
}

/** A result as the text of its file: a case a line. */
export function result_text({ cases, ...about }) {
  const head = JSON.stringify(about, rounded, 1).slice(0, -2);
  const lines = cases.map((one) => `  ${JSON.stringify(one, rounded)}`);
  return `${head},\n "cases": [\n${lines.join(',\n')}\n ]\n}\n`;
}

// Six digits say more than any clock knows, and keep the files small.
const rounded = (_, value) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
