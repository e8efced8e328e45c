// npm run bench: every case, ours beside its peers, medians and ratios.
// usage: npm run bench -- --help
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { goals_table } from './goals.mjs';
import { measure, ratio } from './harness.mjs';
import { options_from, USAGE } from './options.mjs';
import { add_case, case_result, open_result } from './result.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
function options_or_exit() {
  try {
    return options_from(process.argv.slice(2));
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

function result_or_exit(file) {
  try {
    return open_result(file);
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}

const asked = options_or_exit();
if (asked.help) {
  console.log(USAGE);
  process.exit(0);
}
if (!existsSync(`${here}node_modules`)) {
  console.log('installing the peers (bench/package.json) ...');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' });
}

const cases = [];
for (const file of readdirSync(`${here}cases`).sort()) {
  if (file.endsWith('.mjs')) cases.push(...(await import(`./cases/${file}`)).cases);
}
const chosen = cases.filter(
  ({ name, group, bytes, heavy }) =>
    `${group} ${name}`.includes(asked.filter) &&
    (asked.size === undefined || bytes === asked.size) &&
    !(asked.quick && heavy),
);
if (chosen.length === 0) {
  console.error('no such case: --list names them all');
  process.exit(2);
}
if (asked.list) {
  for (const { group, name } of chosen) console.log(`${group}: ${name}`);
  process.exit(0);
}
const result = asked.json === undefined ? undefined : result_or_exit(asked.json);

// A line that is written over again and again: for people at a terminal only.
const started = performance.now();
function progress(done, name) {
  if (!process.stdout.isTTY) return;
  const left_s = (((performance.now() - started) / 1000) * (chosen.length - done)) / done;
  const left = done === 0 ? '' : `, ${Math.ceil(left_s)} s left`;
  process.stdout.write(`\r\x1b[K${done} of ${chosen.length}${left}: ${name}`);
}

console.log(`node ${process.versions.node} (V8 ${process.versions.v8}), ${process.arch}`);
const reached = [];
for (const [done, whole] of chosen.entries()) {
  // A goal speaks of all its peers: with some left out it says nothing.
  const one = asked.impl === undefined ? whole : { ...whole, goals: [], fewest_bytes: false };
  const { name, ours, contenders, goals = [], bytes, rounds, fewest_bytes, options } = one;
  progress(done, name);
  const everyone = await contenders();
  const contest = everyone.filter(
    (it) => asked.impl === undefined || it.name === ours || it.name.includes(asked.impl),
  );
  const quick = asked.quick ? { time_ms: 1, rounds: 3, warm_up_ms: 1 } : {};
  const rows = await measure(contest, { time_ms: asked.time_ms, rounds, ...options, ...quick });
  rows.forEach((row, i) => {
    row.bytes = contest[i].bytes;
  });
  everyone[0].done?.();
  const own = rows.find((row) => row.name === ours);
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
  if (result !== undefined) add_case(asked.json, result, case_result(one, rows, asked.quick));
  console.log(`\n${name}`);
  console.log(
    `${''.padEnd(22)}${'median ns'.padStart(12)}${'p99 ns'.padStart(12)}${'spread'.padStart(9)}   time / ${ours}`,
  );
  for (const row of rows) {
    const factor = row === own ? '' : `${ratio(row, own).toFixed(2)}x`;
    console.log(
      `${row.name.padEnd(22)}${row.median_ns.toFixed(1).padStart(12)}${row.p99_ns.toFixed(1).padStart(12)}${`${(row.spread * 100).toFixed(0)} %`.padStart(9)}   ${factor.padEnd(9)}${bytes >= 16384 ? `${(bytes / row.median_ns).toFixed(2)} GB/s` : ''}`,
    );
  }
  for (const goal of goals.filter(({ peers }) => peers !== undefined)) {
    const factors = rows
      .filter((row) => goal.peers.includes(row.name))
      .map((row) => ratio(row, own));
    if (factors.length > 0) reached.push({ ...goal, ratio: Math.min(...factors) });
  }
  const bytes_goals = goals.filter(({ peer }) => peer !== undefined);
  print_goals(rows, own, bytes_goals, fewest_bytes);
}

/** Says of each goal `{ peer, must, aim, bytes? }` whether it was met: `peer` is a name, or several of which the best counts. */
function print_goals(rows, own, goals, fewest_bytes) {
  const find = (names) => rows.filter((row) => names.includes(row.name));
  for (const { peer, must, aim, bytes } of goals) {
    const there = find([peer].flat());
    if (there.length === 0) {
      console.log(`  vs ${peer}: not on this host`);
      continue;
    }
    const factor = Math.min(...there.map((row) => ratio(row, own)));
    const word = factor >= aim ? 'aim met' : factor >= must ? 'met' : 'NOT MET';
    console.log(
      `  vs ${[peer].flat().join(', ')}: ${factor.toFixed(2)} (must ${must} | aim ${aim}): ${word}`,
    );
    if (bytes !== undefined) {
      const share = own.bytes / there[0].bytes;
      console.log(
        `  bytes: ${own.bytes} of ${there[0].bytes} = ${share.toFixed(2)} (at most ${bytes}): ${share <= bytes ? 'met' : 'NOT MET'}`,
      );
    }
  }
  if (fewest_bytes) {
    const best = Math.min(...rows.map((row) => row.bytes ?? Infinity));
    console.log(
      `  bytes: ${own.bytes}, fewest of all ${best}: ${own.bytes <= best ? 'met' : 'NOT MET'}`,
    );
  }
}

if (reached.length > 0) console.log(goals_table(reached));
