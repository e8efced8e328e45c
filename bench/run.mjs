// npm run bench: every case, ours beside its peers, medians and ratios; then where wasm is ahead, and the goals.
// usage: npm run bench -- --help
import { resolve } from 'node:path';
import { chosen_from, contains, nothing_found } from './choose.mjs';
import { crossings_text } from './crossing.mjs';
import { goals_text, judged } from './goals.mjs';
import { install_peers } from './installed.mjs';
import { options_from, USAGE } from './options.mjs';
import { progress_line } from './progress.mjs';
import { add_case, host_name, open_result, this_host } from './result.mjs';
import { case_text } from './table.mjs';

const or_exit = async (make) => {
  try {
    return await make();
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
};

const asked = await or_exit(() => options_from(process.argv.slice(2)));
if (asked.help) {
  console.log(USAGE);
  process.exit(0);
}
install_peers();

// What needs the peers, and only now they are there for certain.
const { load_cases } = await import('./suite.mjs');
const { find_impls } = await import('./probe.mjs');
const { measure_apart, series_of } = await import('./isolated.mjs');
const { result_of } = await import('./contest.mjs');

const all_cases = await load_cases();
const chosen = chosen_from(all_cases, asked);
if (chosen.length === 0) {
  console.error(nothing_found(all_cases, asked));
  process.exit(2);
}
if (asked.list) {
  for (const { group, name } of chosen) console.log(`${group}: ${name}`);
  process.exit(0);
}
const { json, quick, limit_s } = asked;
const rivals = asked.rivals === undefined ? undefined : resolve(asked.rivals);
const { found, left_out, hints } = await or_exit(() => find_impls({ rivals, limit_s }));
const host = this_host();
const result =
  json === undefined ? undefined : await or_exit(() => open_result(json, host, { quick }));

console.log(`${host_name(host)} (${host.engine}), ${host.arch}, ${host.cpu}`);
for (const { name, reason } of left_out.filter(({ failed }) => !failed)) {
  console.log(`left out: ${name}: ${reason}`);
}
for (const hint of hints) console.error(hint);

const progress = progress_line(chosen, quick ? 1 : asked.processes, process.stdout);
const done = [];
const failures = new Map();
/** Who is left out of a case, or of all from one on, and why. */
const losses = new Map();
/** Names of implementations that do not come back. */
const gone = new Set();

function keep(one, measured) {
  progress.clear();
  const lost = [...losses.values()].filter((loss) => loss.one === one);
  const entry = result_of(
    one,
    measured,
    quick,
    lost.map(({ name, reason }) => ({ name, reason })),
  );
  if (result !== undefined) add_case(json, result, entry);
  done.push(entry);
  console.log(case_text(entry));
}
function fail(one, reason) {
  progress.clear();
  failures.set(one, reason);
  console.error(reason);
}
function lose(one, name, reason, text) {
  const id = JSON.stringify([one?.group, one?.name, name]);
  if (losses.has(id)) return;
  progress.clear();
  losses.set(id, { one, name, reason, text });
  console.error(text);
}
for (const { name, reason } of left_out.filter(({ failed }) => failed)) {
  lose(undefined, name, reason, `left out: ${name}: ${reason}`);
}
const ban = (name, one, reason) => {
  gone.add(name);
  const where = one === undefined ? '' : `${one.name}: `;
  lose(one, name, reason, `${where}${name}: ${reason}: it is left out from here on`);
};

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => {
    progress.clear();
    const kept =
      json === undefined || done.length === 0 ? '' : `, and what they found is in ${json}`;
    console.error(`ended early: ${done.length} of ${chosen.length} cases are through${kept}`);
    process.exit(code);
  });
}

/** One series in several processes, one after the other; of each ratio the one in the middle counts. */
async function run_series(cases) {
  // What takes long, or has processes of its own, runs once.
  const whole = quick || cases.some(({ heavy, measure }) => heavy || measure !== undefined);
  const processes = whole ? 1 : asked.processes;
  const options = {
    processes,
    time_ms: asked.time_ms / processes,
    impl: asked.impl,
    quick,
    limit_s,
  };
  const all = new Map(cases.map((one) => [one, []]));
  for (let nth = 1; nth <= processes; nth++) {
    const sound = cases.filter((one) => !failures.has(one));
    if (sound.length === 0) return;
    await measure_apart(
      sound,
      found.filter(({ name }) => !gone.has(name)),
      { ...options, first: nth === 1 },
      {
        begun: progress.at,
        failed: fail,
        banned: ban,
        done(one, measured) {
          for (const { name, reason } of measured.failed) {
            lose(one, name, reason, `${one.name}: ${name} ${reason}: it is left out of this case`);
          }
          all.get(one).push(measured);
          if (nth === processes) keep(one, all.get(one));
        },
      },
    );
  }
}

// A quick pass has no time for a process each.
const parts = quick
  ? [chosen]
  : series_of(chosen).flatMap((cases) => {
      const heavy = cases.filter((one) => one.heavy);
      return [cases.filter((one) => !one.heavy), heavy].filter(({ length }) => length > 0);
    });
for (const cases of parts) await run_series(cases);

console.log(crossings_text(done));
// A goal speaks of all its peers: with some left out it says nothing.
if (asked.impl === undefined) console.log(goals_text(judged(done), { only_measured: true }));
if (quick)
  console.log(
    '\na quick pass: everything ran and was verified, and no figure above means anything',
  );
if (failures.size > 0) {
  console.error(`failed: ${failures.size} of ${chosen.length} cases`);
  for (const reason of failures.values()) console.error(`  ${reason}`);
}
if (losses.size > 0) {
  console.error(`left out, and so without all or some of their rows: ${losses.size}`);
  for (const { text } of losses.values()) console.error(`  ${text}`);
}
const is_asked = ({ ours, rows }) =>
  rows.some(({ name }) => name !== ours && contains(name, asked.impl));
const nobody = asked.impl !== undefined && !done.some(is_asked);
if (nobody) console.error(`--impl: nobody in these cases is called "${asked.impl}"`);
if (nobody && failures.size + losses.size === 0) process.exit(2);
// Sockets and native threads of a peer may outlive their work: what is written is written.
process.exit(failures.size + losses.size > 0 ? 1 : 0);
