// A process for each series of cases: what the engine has learnt and the memory it holds are then the same in every run, whatever ran before.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { run_case } from './contest.mjs';
import { collect_garbage } from './host.mjs';
import { load_cases } from './suite.mjs';

const self = fileURLToPath(import.meta.url);

/** Cases in runs of one series, as they stand. */
export function series_of(cases) {
  const found = [];
  for (const one of cases) {
    const last = found.at(-1);
    if (last?.[0].series === one.series && last[0].group === one.group) last.push(one);
    else found.push([one]);
  }
  return found;
}

const wanted =
  ({ impl }) =>
  (name) =>
    impl === undefined || name.includes(impl);

/** Runs one case in this process. */
export function run_here(one, impls, { quick, time_ms, impl }) {
  collect_garbage();
  return run_case(one, impls, { quick, time_ms, collect_garbage, accept: wanted({ impl }) });
}

/** Runs the cases of one series in a process of their own; `found` has implementations and their files, `done(result)` hears of each case. */
export function run_apart(cases, found, options, { begun, done }) {
  const urls = found
    .filter(({ impl }) => cases.some(({ operation }) => impl.operations[operation] !== undefined))
    .map(({ url }) => url);
  const names = cases.map(({ group, name }) => [group, name]);
  return new Promise((resolve, reject) => {
    const child = fork(self, [JSON.stringify({ names, urls, options })]);
    child.on('message', ({ begins, result }) => {
      if (result !== undefined) done(result);
      else begun(cases.find(({ name }) => name === begins));
    });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error('a case failed'))));
  });
}

const send = (message) => new Promise((done) => process.send(message, done));

async function main({ names, urls, options }) {
  const all = await load_cases();
  const impls = await Promise.all(urls.map((url) => import(url)));
  for (const [group, name] of names) {
    const one = all.find((each) => each.group === group && each.name === name);
    await send({ begins: name });
    await send({ result: await run_here(one, impls, options) });
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
