// Result files: what a run found, so that it can be kept, added to and compared.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { dirname, resolve } from 'node:path';

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
export const host_name = ({ host, version }) => `${host} ${version}`;

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
  let result;
  try {
    result = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${error.message}`);
  }
  if (!Array.isArray(result?.cases)) throw new Error(`${file}: not a result of the benchmark`);
  return result;
}

/** What is in `file` already, or an empty result of `host`; throws if the file is of another host. */
export function open_result(file, host = this_host()) {
  const packages = package_versions();
  if (!existsSync(dirname(resolve(file)))) throw new Error(`${file}: there is no such folder`);
  if (!existsSync(file)) return { ...host, packages, cases: [] };
  const before = read_result(file);
  const other = HOST.find((key) => before[key] !== host[key]);
  if (other !== undefined) {
    throw new Error(`${file}: made with ${other} ${before[other]}, this host has ${host[other]}`);
  }
  return { ...before, ...host, packages };
}

/** Puts one case in, in the place of an earlier run of it, and writes the file. */
export function add_case(file, result, one) {
  const at = result.cases.findIndex(({ group, name }) => group === one.group && name === one.name);
  if (at < 0) result.cases.push(one);
  else result.cases[at] = one;
  writeFileSync(file, result_text(result));
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
