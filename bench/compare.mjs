// Two result files side by side: did our ratio to each peer change by more than noise?
// usage: node bench/compare.mjs BEFORE.json AFTER.json   (exit 1: slower beyond noise, 2: cannot compare)
import { fileURLToPath } from 'node:url';
import { read_result } from './result.mjs';

// 99 % of a normal distribution lies within so many standard errors.
const WIDTH = 2.576;
// Two runs of the same code differ by more than their samples tell (layout, inlining): smaller changes are no news.
const FLOOR = 0.05;

// Standard error of the logarithm of a median: 1.2533 sigma / sqrt(n), with sigma = middle half / 1.349.
const error_of = ({ ratio_spread, rounds }) =>
  (1.2533 * (ratio_spread / 1.349)) / Math.sqrt(rounds);

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

/** All ratios that both results hold: `[{ name, peer, before, after, change, low, high, word }]`. */
export function compare(a, b) {
  const key = (one, row) => JSON.stringify([one.group, one.name, one.ours, row.name]);
  const rated = (result) =>
    result.cases.flatMap((one) =>
      one.rows
        .filter((row) => row.ratio !== undefined)
        .map((row) => [key(one, row), { name: one.name, row }]),
    );
  const earlier = new Map(rated(a));
  return rated(b).flatMap(([id, { name, row }]) => {
    const before = earlier.get(id)?.row;
    if (before === undefined) return [];
    const found = change_of(before, row);
    return [{ name, peer: row.name, before: before.ratio, after: row.ratio, ...found }];
  });
}

/** Prints the table and gives the exit code. */
function main(files) {
  if (files.length !== 2) throw new Error('usage: node bench/compare.mjs BEFORE.json AFTER.json');
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

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  try {
    process.exitCode = main(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
  }
}
