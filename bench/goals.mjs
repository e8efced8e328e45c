// Every goal that the project has set itself, and what a result says about it. No figure of a result is typed in here.
// usage: node bench/goals.mjs --help

import { BUFFER_GOALS } from './goals/buffer.mjs';
import { DEFLATE_GOALS } from './goals/deflate.mjs';
import { DIGEST_GOALS } from './goals/digest.mjs';
import { NETWORK_GOALS } from './goals/network.mjs';
import { PACKET_GOALS } from './goals/packet.mjs';
import { is_main } from './is-main.mjs';

/** In the order of the work: buffers, digests, compression, networks and HTTP, packets. */
export const GOALS = [
  ...BUFFER_GOALS,
  ...DIGEST_GOALS,
  ...DEFLATE_GOALS,
  ...NETWORK_GOALS,
  ...PACKET_GOALS,
];

function verdict(goal, value) {
  if (value === undefined) return 'not measured';
  // As it is printed, so is it judged.
  const shown = Number(value.toFixed(goal.digits ?? 2));
  const reached = (limit) => (goal.less ? shown <= limit : shown >= limit);
  if (!reached(goal.must)) return 'not met';
  return goal.aim === undefined || reached(goal.aim) ? 'aim met' : 'met';
}

function why_not(found, elsewhere) {
  if (typeof found === 'number') return 'a figure for it is missing in this result';
  return found.why ?? (elsewhere ? `checked by ${elsewhere}` : 'the benchmark has no case for it');
}

/** Goals with what `cases` say: `[{ topic, row, column, must, aim, unit, less, value, word, why, quick }]`. */
export function judged(cases) {
  const series = new Map();
  for (const one of cases) series.set(one.series, [...(series.get(one.series) ?? []), one]);
  return GOALS.map(({ measure, elsewhere, ...goal }) => {
    let quick = false;
    const of_series = (name) => {
      const there = series.get(name) ?? [];
      quick ||= there.some((one) => one.quick);
      return there;
    };
    const found = measure?.(of_series) ?? {};
    const value = Number.isFinite(found) ? found : undefined;
    const why = value === undefined ? why_not(found, elsewhere) : undefined;
    return { ...goal, value, word: verdict(goal, value), why, quick: quick && value !== undefined };
  });
}

const number = (goal, value) => {
  if (goal.unit === '%') return `${value > 0 ? '+' : ''}${value.toFixed(goal.digits ?? 2)} %`;
  return `${value.toFixed(goal.digits ?? 2)}${goal.unit ? ` ${goal.unit}` : ''}`;
};

/** A measured value with its unit. */
export const shown_value = (goal) => (goal.value === undefined ? '' : number(goal, goal.value));

/** "4 | 7", "at most 0.5". */
export function shown_limits({ must, aim, unit, less }) {
  const both = aim === undefined || aim === must ? `${must}` : `${must} | ${aim}`;
  return `${less ? 'at most ' : ''}${both}${unit ? ` ${unit}` : ''}`;
}

/** How many are met, not met and not measured. */
export function counted(goals) {
  const count = (...words) => goals.filter(({ word }) => words.includes(word)).length;
  return {
    all: goals.length,
    measured: count('aim met', 'met', 'not met'),
    met: count('aim met', 'met'),
    aim: count('aim met'),
    missed: count('not met'),
  };
}

/** The table as text; `only_measured` leaves out what this result says nothing about. */
export function goals_text(goals, { only_measured = false } = {}) {
  const lines = [];
  let topic;
  for (const goal of goals) {
    if (only_measured && goal.value === undefined) continue;
    if (goal.topic !== topic) lines.push('', `## Goals of ${goal.topic}: must | aim`);
    topic = goal.topic;
    const what = goal.column === undefined ? goal.row : `${goal.row}, ${goal.column}`;
    const word = `${goal.word === 'not met' ? 'NOT MET' : goal.word}${goal.quick ? ' (quick: means nothing)' : ''}`;
    lines.push(
      `  ${what.padEnd(68)}${shown_value(goal).padStart(10)}  ${`(${shown_limits(goal)})`.padEnd(24)}${word}${goal.why ? `: ${goal.why}` : ''}`,
    );
  }
  const { all, measured, met, aim } = counted(goals);
  lines.push(
    '',
    `${met} of ${measured} measured goals met, ${aim} of them with their aim; ${all - measured} of ${all} not measured in this result`,
  );
  return lines.join('\n');
}

const USAGE = `usage: node bench/goals.mjs RESULT.json...
Every goal: must | aim, what the results say, met or not. Several results of one host count as one, the later file before
the earlier; of several hosts each has a list of its own.
exit code: 0, whatever is met; 2: a file that is no result`;

async function main() {
  const { parseArgs } = await import('node:util');
  const { by_host, host_name, read_result } = await import('./result.mjs');
  const { quick_text } = await import('./check-result.mjs');
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean' } },
  });
  if (values.help) return console.log(USAGE);
  if (positionals.length === 0) throw new Error(USAGE);
  const hosts = by_host(positionals.map(read_result));
  for (const result of hosts) {
    if (hosts.length > 1) console.log(`\n# ${host_name(result)}, ${result.cpu}`);
    if (result.cases.length === 0) console.log('this result has no cases');
    const quick = quick_text(result);
    if (quick !== '') console.log(quick);
    console.log(goals_text(judged(result.cases)));
  }
}

if (is_main(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
  }
}
