// Two or more results, row by row: did our ratio to a peer change by more than noise, what is gone, and how far do runs of the same code differ?

/** Runs of the same code differ by a little more than their processes do (what the machine did meanwhile): so much between intervals is no news. */
const GAP = 1.05;
/** A row in which not even a change by this factor would have shown says nothing. */
const TELLING = 1.5;
/** From so many processes on their lowest and highest ratio are an interval: of three 75 %, of five 94 % for the median, whatever its distribution. */
const ENOUGH_PROCESSES = 3;
// 99 % of a normal distribution lies within so many standard errors.
const WIDTH = 2.576;
// Standard error of a median against that of a mean.
const MEDIAN_ERROR = 1.2533;
// The middle half of a normal distribution in sigmas.
const HALF_SIGMAS = 1.349;
/** What two processes of the same code differ by, for rows that were measured in one alone. */
const ONE_PROCESS = 1.15;

/** Where the ratio of a row may be: from the lowest to the highest of its processes; of one process by how far its rounds lie apart. */
export function interval_of({ ratio, ratios = [], ratio_spread, rounds }) {
  if (ratios.length >= ENOUGH_PROCESSES) return [Math.min(...ratios), Math.max(...ratios)];
  if (!(ratio_spread >= 0 && rounds > 0)) return [0, Number.POSITIVE_INFINITY];
  const error = (MEDIAN_ERROR * (ratio_spread / HALF_SIGMAS)) / Math.sqrt(rounds);
  const factor = ONE_PROCESS * Math.exp(WIDTH * error);
  return [ratio / factor, ratio * factor];
}

/**
 * Change of one ratio, after / before, with the interval of each; `word` is slower or faster when the intervals lie apart, `cannot tell` when they
 * are so wide that half as much again would not have shown, otherwise same. Of a quick pass nothing is said.
 */
export function change_of(before, after) {
  const [a, b] = [interval_of(before), interval_of(after)];
  // How far the ratio has to move until the intervals lie apart, either way.
  const shows =
    GAP *
    Math.max(
      (b[1] / after.ratio) * (before.ratio / a[0]),
      (after.ratio / b[0]) * (a[1] / before.ratio),
    );
  let word = shows < TELLING ? 'same' : 'cannot tell';
  if (b[1] * GAP < a[0]) word = 'slower';
  if (b[0] > a[1] * GAP) word = 'faster';
  return { change: after.ratio / before.ratio, intervals: [a, b], word };
}

const case_id = ({ group, name }) => JSON.stringify([group, name]);
const row_id = (one, row) => JSON.stringify([one.group, one.name, one.ours, row.name]);

/** Rows with a ratio by what they are: `Map(id -> { one, row })`. */
function rated(result) {
  const rows = new Map();
  for (const one of result.cases) {
    for (const row of one.rows)
      if (row.ratio !== undefined) rows.set(row_id(one, row), { one, row });
  }
  return rows;
}

/** All ratios that both results hold: `[{ name, peer, before, after, change, intervals, word }]`; `word` is quick where either is. */
export function compare(a, b) {
  const earlier = rated(a);
  const found = [];
  for (const [id, { one, row }] of rated(b)) {
    const before = earlier.get(id);
    if (before === undefined) continue;
    const change = change_of(before.row, row);
    if (one.quick || before.one.quick) change.word = 'quick';
    found.push({
      name: one.name,
      peer: row.name,
      before: before.row.ratio,
      after: row.ratio,
      ...change,
    });
  }
  return found;
}

/**
 * What `a` has and `b` lacks: names of `cases`, and of `contenders` that are gone from cases which are there, `[{ name, cases }]`. A row that had
 * a ratio and has none counts, too.
 */
export function vanished(a, b) {
  const later = new Map(b.cases.map((one) => [case_id(one), one]));
  const cases = [];
  const contenders = new Map();
  for (const one of a.cases) {
    const after = later.get(case_id(one));
    if (after === undefined) {
      cases.push(`${one.group}: ${one.name}`);
      continue;
    }
    const rows = new Map(after.rows.map((row) => [row.name, row]));
    for (const row of one.rows) {
      const there = rows.get(row.name);
      if (there !== undefined && (row.ratio === undefined || there.ratio !== undefined)) continue;
      contenders.set(row.name, [...(contenders.get(row.name) ?? []), one.name]);
    }
  }
  return { cases, contenders: [...contenders].map(([name, cases]) => ({ name, cases })) };
}

/** Ratios that all `results` hold, with the largest over the smallest, less 1; worst first. */
export function differences(results) {
  const [first, ...others] = results.map(rated);
  const found = [];
  for (const [id, { one, row }] of first) {
    const same = others.map((other) => other.get(id)?.row);
    if (same.includes(undefined)) continue;
    const ratios = [row, ...same].map(({ ratio }) => ratio);
    const difference = Math.max(...ratios) / Math.min(...ratios) - 1;
    found.push({ name: one.name, peer: row.name, ratios, difference });
  }
  return found.sort((a, b) => b.difference - a.difference);
}

/** Ratios that any of `results` holds, and how many of them each lacks. */
export function lacking(results) {
  const all = results.map(rated);
  const ids = new Set(all.flatMap((rows) => [...rows.keys()]));
  return { any: ids.size, each: all.map((rows) => ids.size - rows.size) };
}
