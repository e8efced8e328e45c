// Processes of their own for each series of cases: what the engine has learnt and the memory it holds then do not depend on what ran before.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { failure_of, measure_case } from './contest.mjs';
import { collect_garbage } from './host.mjs';
import { load_cases } from './suite.mjs';

const self = fileURLToPath(import.meta.url);

const series_id = ({ group, series }) => `${group} ${series}`;

/** Cases in runs of one series, as they stand. */
export function series_of(cases) {
  const found = [];
  for (const one of cases) {
    const last = found.at(-1);
    if (last !== undefined && series_id(last[0]) === series_id(one)) last.push(one);
    else found.push([one]);
  }
  return found;
}

/** Measures one case in this process. */
export function measure_here(one, impls, { quick, time_ms, impl, first, processes }) {
  collect_garbage();
  const accept = (name) => impl === undefined || name.includes(impl);
  return measure_case(one, impls, { quick, time_ms, first, processes, collect_garbage, accept });
}

/**
 * Measures the cases of one series in a process of their own, in order; `found` has the implementations and their files.
 * `begun(one)`, `done(one, measured)` and `failed(one, reason)` hear of each case; one that fails leaves the others alone.
 */
export function measure_apart(cases, found, options, { begun, done, failed }) {
  const urls = found
    .filter(({ impl }) => cases.some(({ operation }) => impl.operations[operation] !== undefined))
    .map(({ url }) => url);
  const names = cases.map(({ group, name }) => [group, name]);
  const left = new Set(cases);
  return new Promise((resolve, reject) => {
    const child = fork(self, [JSON.stringify({ names, urls, options })]);
    child.on('message', ({ at, measured, reason }) => {
      const one = cases[at];
      if (measured === undefined && reason === undefined) return begun(one);
      left.delete(one);
      if (reason === undefined) done(one, measured);
      else failed(one, reason);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const one of left) failed(one, `${one.name}: its process ended with ${signal ?? code}`);
      resolve();
    });
  });
}

const send = (message) => new Promise((done) => process.send(message, done));

async function main({ names, urls, options }) {
  const all = await load_cases();
  const impls = await Promise.all(urls.map((url) => import(url)));
  for (const [at, [group, name]] of names.entries()) {
    const one = all.find((each) => each.group === group && each.name === name);
    await send({ at });
    try {
      await send({ at, measured: await measure_here(one, impls, options) });
    } catch (error) {
      await send({ at, reason: failure_of(one, error).message });
    }
  }
  // Sockets and native threads of a peer may outlive their work.
  process.exit(0);
}

if (process.argv[1] === self && process.send !== undefined) {
  main(JSON.parse(process.argv[2])).catch((error) => {
    console.error(error);
    process.exit(1);
  });
}
