// npm run bench: every case, ours beside its peers, medians and ratios; then where wasm is ahead, and the goals.
// usage: npm run bench -- --help
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crossings_text } from './crossing.mjs';
import { goals_text, judged } from './goals.mjs';
import { options_from, USAGE } from './options.mjs';
import { progress_line } from './progress.mjs';
import { add_case, host_name, open_result, this_host } from './result.mjs';
import { case_text } from './table.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const or_exit = (make) => {
  try {
    return make();
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
};

const asked = or_exit(() => options_from(process.argv.slice(2)));
if (asked.help) {
  console.log(USAGE);
  process.exit(0);
}
if (!existsSync(`${here}node_modules`)) {
  console.log('installing the peers (bench/package.json) ...');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' });
}

// What needs the peers, and only now they are there for certain.
const { load_cases, load_impls } = await import('./suite.mjs');
const { measure_apart, measure_here, series_of } = await import('./isolated.mjs');
const { failure_of, result_of } = await import('./contest.mjs');

const chosen = (await load_cases()).filter(
  ({ name, group, bytes, heavy }) =>
    asked.filter.some((text) => `${group} ${name}`.includes(text)) &&
    (asked.size === undefined || bytes === asked.size) &&
    !((asked.quick || asked.light) && heavy),
);
if (chosen.length === 0) {
  console.error('no such case: --list names them all');
  process.exit(2);
}
if (asked.list) {
  for (const { group, name } of chosen) console.log(`${group}: ${name}`);
  process.exit(0);
}
const result = asked.json === undefined ? undefined : or_exit(() => open_result(asked.json));
const rivals = asked.rivals === undefined ? undefined : resolve(asked.rivals);
const { found, impls, left_out } = await load_impls({ rivals });

const host = this_host();
console.log(`${host_name(host)} (${host.engine}), ${host.arch}, ${host.cpu}`);
for (const { name, reason } of left_out) console.log(`left out: ${name}: ${reason}`);

const progress = progress_line(chosen, asked.quick ? 1 : asked.processes, process.stdout);
const done = [];
const failures = new Map();
function keep(one, measured) {
  progress.clear();
  const found = result_of(one, measured, asked.quick);
  if (result !== undefined) add_case(asked.json, result, found);
  done.push(found);
  console.log(case_text(found));
}
function fail(one, reason) {
  progress.clear();
  failures.set(one, reason);
  console.error(reason);
}

/** One series in several processes, one after the other; of each ratio the one in the middle counts. */
async function run_series(cases) {
  // What takes long, or has processes of its own, runs once.
  const whole = cases.some(({ heavy, measure }) => heavy || measure !== undefined);
  const processes = whole ? 1 : asked.processes;
  const options = { processes, time_ms: asked.time_ms / processes, impl: asked.impl };
  const all = new Map(cases.map((one) => [one, []]));
  for (let nth = 1; nth <= processes; nth++) {
    const sound = cases.filter((one) => !failures.has(one));
    if (sound.length === 0) return;
    await measure_apart(
      sound,
      found,
      { ...options, first: nth === 1 },
      {
        begun: progress.at,
        failed: fail,
        done(one, measured) {
          all.get(one).push(measured);
          if (nth === processes) keep(one, all.get(one));
        },
      },
    );
  }
}

if (asked.quick) {
  for (const one of chosen) {
    progress.at(one);
    try {
      keep(one, [await measure_here(one, impls, { ...asked, processes: 1 })]);
    } catch (error) {
      fail(one, failure_of(one, error).message);
    }
  }
} else {
  const parts = series_of(chosen).flatMap((cases) => {
    const heavy = cases.filter((one) => one.heavy);
    return [cases.filter((one) => !one.heavy), heavy].filter(({ length }) => length > 0);
  });
  for (const cases of parts) await run_series(cases);
}
console.log(crossings_text(done));
// A goal speaks of all its peers: with some left out it says nothing.
if (asked.impl === undefined) console.log(goals_text(judged(done), { only_measured: true }));
if (failures.size > 0) {
  console.error(`failed: ${failures.size} of ${chosen.length} cases`);
  for (const reason of failures.values()) console.error(`  ${reason}`);
}
const is_asked = ({ ours, rows }) =>
  rows.some(({ name }) => name !== ours && name.includes(asked.impl));
const nobody = asked.impl !== undefined && !done.some(is_asked);
if (nobody) console.error(`--impl: nobody in these cases is called "${asked.impl}"`);
// Sockets and native threads of a peer may outlive their work: what is written is written.
if (nobody) process.exit(2);
process.exit(failures.size > 0 ? 1 : 0);
