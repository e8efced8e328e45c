// Result files side by side: did our ratio to a peer change by more than noise, and are runs of the same code stable?
// usage: node bench/compare.mjs BEFORE.json AFTER.json   (exit 1: slower beyond noise, 2: cannot compare)
//        node bench/compare.mjs --stable A.json B.json C.json...   (exit 1: too many ratios differ)
import { is_main } from './is-main.mjs';
import { read_result } from './result.mjs';

const USAGE =
  'usage: node bench/compare.mjs BEFORE.json AFTER.json | --stable A.json B.json C.json...';
// 99 % of a normal distribution lies within so many standard errors.
const WIDTH = 2.576;
// Two runs of the same code differ by more than their samples tell (layout, inlining): smaller changes are no news.
const FLOOR = 0.05;
/** Runs of the same code are stable when at least this share of the ratios differs by less than this much. */
const STABLE_SHARE = 0.9;
const STABLE_DIFFERENCE = 0.15;
/** How many of the others are named. */
const NAMED = 25;

// Standard error of a median of n values with so much spread.
const MEDIAN_ERROR = 1.2533;
// What a range of so many normal values is in sigmas.
const RANGE_SIGMAS = { 2: 1.128, 3: 1.693, 4: 2.059, 5: 2.326 };

// Standard error of the logarithm of a ratio: by its samples (sigma = middle half / 1.349), and by how far the processes lie apart,
// whichever says more.
function error_of({ ratio_spread, rounds, ratios = [] }) {
  const of_samples = (MEDIAN_ERROR * (ratio_spread / 1.349)) / Math.sqrt(rounds);
  const sigmas = RANGE_SIGMAS[ratios.length];
  if (sigmas === undefined) return of_samples;
  const range = Math.log(Math.max(...ratios) / Math.min(...ratios));
  return Math.max(of_samples, (MEDIAN_ERROR * range) / sigmas / Math.sqrt(ratios.length));
}

/** Change of one ratio, after / before, with its 99 % interval; `word` is slower, faster or same. */
export function change_of(before, after) {
  const change = after.ratio / before.ratio;
  const width = WIDTH * Math.hypot(error_of(before), error_of(after));
  const low = change * Math.exp(-width);
  const high = change * Math.exp(width);
  let word = 'same';
  if (high < 1 && change < 1 - FLOOR) word = 'slower';
  if (low > 1 && change > 1 + FLOOR) word = 'faster';
  return { change, low, high, word };
}

const key = (one, row) => JSON.stringify([one.group, one.name, one.ours, row.name]);
const rated = (result) =>
  result.cases.flatMap((one) =>
    one.rows
      .filter((row) => row.ratio !== undefined)
      .map((row) => [key(one, row), { name: one.name, row }]),
  );

/** All ratios that both results hold: `[{ name, peer, before, after, change, low, high, word }]`. */
export function compare(a, b) {
  const earlier = new Map(rated(a));
  return rated(b).flatMap(([id, { name, row }]) => {
    const before = earlier.get(id)?.row;
    if (before === undefined) return [];
    const found = change_of(before, row);
    return [{ name, peer: row.name, before: before.ratio, after: row.ratio, ...found }];
  });
}

/** Ratios that all `results` hold, with the largest over the smallest, less 1; worst first. */
export function differences(results) {
  const [first, ...others] = results.map((result) => new Map(rated(result)));
  const found = [];
  for (const [id, { name, row }] of first) {
    const same = others.map((other) => other.get(id)?.row);
    if (same.includes(undefined)) continue;
    const ratios = [row, ...same].map(({ ratio }) => ratio);
    const difference = Math.max(...ratios) / Math.min(...ratios) - 1;
    found.push({ name, peer: row.name, ratios, difference });
  }
  return found.sort((a, b) => b.difference - a.difference);
}

function print_stable(files) {
  if (files.length < 2) throw new Error(USAGE);
  const all = differences(files.map(read_result));
  if (all.length === 0) throw new Error('the results have no case in common');
  const stable = all.filter(({ difference }) => difference < STABLE_DIFFERENCE).length;
  const others = all.slice(0, all.length - stable);
  for (const { name, peer, ratios, difference } of others.slice(0, NAMED)) {
    const list = ratios.map((ratio) => ratio.toFixed(2)).join(' ');
    console.log(`${`${name} vs ${peer}`.padEnd(72)} ${list}  ${(difference * 100).toFixed(0)} %`);
  }
  if (others.length > NAMED) console.log(`... and ${others.length - NAMED} more`);
  const share = stable / all.length;
  const met = share >= STABLE_SHARE;
  console.log(
    `${stable} of ${all.length} ratios (${(share * 100).toFixed(1)} %) differ by less than ${STABLE_DIFFERENCE * 100} % over ${files.length} runs; at least ${STABLE_SHARE * 100} % must: ${met ? 'met' : 'NOT MET'}`,
  );
  return met ? 0 : 1;
}

function print_changes(files) {
  if (files.length !== 2) throw new Error(USAGE);
  const lines = compare(...files.map(read_result));
  if (lines.length === 0) throw new Error('the two results have no case in common');
  console.log('ratio = time of the peer / our time; change with its 99 % interval');
  for (const { name, peer, before, after, change, low, high, word } of lines) {
    const interval = `${change.toFixed(2)} (${low.toFixed(2)} .. ${high.toFixed(2)})`;
    console.log(
      `${`${name} vs ${peer}`.padEnd(72)} ${before.toFixed(2).padStart(8)} ${after.toFixed(2).padStart(8)}  ${interval.padEnd(24)}${word}`,
    );
  }
  const count = (wanted) => lines.filter(({ word }) => word === wanted).length;
  console.log(`${count('slower')} slower, ${count('faster')} faster, ${count('same')} same`);
  return count('slower') > 0 ? 1 : 0;
}

if (is_main(import.meta.url)) {
  const [first, ...rest] = process.argv.slice(2);
  try {
    process.exitCode =
      first === '--stable' ? print_stable(rest) : print_changes([first, ...rest].filter(Boolean));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
  }
}
