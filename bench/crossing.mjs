// From which size on wasm is ahead: read off the cases of a series, against plain JavaScript, packages and native code.
import { geometric_mean } from './harness.mjs';

/** A difference below this share is a draw, and a draw is not behind. */
const DRAW = 0.03;

const CLASSES = [
  ['js', 'plain JavaScript'],
  ['package', 'the best package'],
  ['native', 'native code'],
];

/** Where a case stands on the axis of its series. */
export const place = (one) => one.x ?? one.bytes;

/**
 * Ranges in which the ratios of `points`, `[[x, ratio]]` in order of x, are no loss: `[{ from, to }]`, an end at the edge of what was
 * measured is undefined. Between two points the place is interpolated, both axes logarithmic.
 */
export function winning_ranges(points) {
  const even = 1 - DRAW;
  const between = ([x0, r0], [x1, r1]) => {
    const share = (Math.log(even) - Math.log(r0)) / (Math.log(r1) - Math.log(r0));
    return Math.exp(Math.log(x0) + share * (Math.log(x1) - Math.log(x0)));
  };
  const ranges = [];
  let open;
  points.forEach((point, i) => {
    const wins = point[1] >= even;
    const before = points[i - 1];
    if (wins && open === undefined) {
      open = { from: before === undefined ? undefined : between(before, point) };
    } else if (!wins && open !== undefined) {
      ranges.push({ ...open, to: between(before, point) });
      open = undefined;
    }
  });
  if (open !== undefined) ranges.push({ ...open, to: undefined });
  return ranges;
}

// Where a contender of `kind` is level: the best one of each case. Files of a class are one point, their geometric mean.
function points_of(cases, kind) {
  const classes = new Map();
  for (const one of cases) {
    const ratios = one.rows.flatMap((row) => (row.kind === kind && row.ratio ? [row.ratio] : []));
    if (ratios.length === 0) continue;
    const id = one.class ?? place(one);
    classes.set(id, [...(classes.get(id) ?? []), [place(one), Math.min(...ratios)]]);
  }
  return [...classes.values()]
    .map((points) => [0, 1].map((i) => geometric_mean(points.map((point) => point[i]))))
    .sort((a, b) => a[0] - b[0]);
}

/** Every series with at least three sizes: `[{ series, unit, against: [{ who, ranges }] }]`. */
export function crossings(cases) {
  const found = [];
  for (const series of new Set(cases.map((one) => one.series))) {
    // What does not compress says nothing about sizes.
    const sized = cases.filter(
      (one) => one.series === series && place(one) !== undefined && one.class !== 'edge',
    );
    const against = CLASSES.flatMap(([kind, who]) => {
      const points = points_of(sized, kind);
      return points.length < 3 ? [] : [{ who, ranges: winning_ranges(points) }];
    });
    if (against.length > 0) found.push({ series, unit: sized[0].unit ?? 'bytes', against });
  }
  return found;
}

const rounded = (value) => Number(value.toPrecision(2));

/** "12 KiB", "50 characters". */
function amount(value, unit) {
  if (unit !== 'bytes') return `${rounded(value)} ${unit}`;
  if (value < 1024) return `${rounded(value)} B`;
  return value < 1 << 20 ? `${rounded(value / 1024)} KiB` : `${rounded(value / (1 << 20))} MiB`;
}

/** "at every size", "from about 90 B on", "nowhere". */
export function ranges_text(ranges, unit) {
  if (ranges.length === 0) return 'nowhere';
  return ranges
    .map(({ from, to }) => {
      if (from === undefined && to === undefined) return 'at every size';
      if (to === undefined) return `from about ${amount(from, unit)} on`;
      if (from === undefined) return `up to about ${amount(to, unit)}`;
      return `from about ${amount(from, unit)} to ${amount(to, unit)}`;
    })
    .join(' and ');
}

/** Lines for a terminal. */
export function crossings_text(cases) {
  const lines = crossings(cases).map(({ series, unit, against }) => {
    const each = against.map(({ who, ranges }) => `${who} ${ranges_text(ranges, unit)}`);
    return `  ${series}: ${each.join('; ')}`;
  });
  if (lines.length === 0) return '';
  return ['', '## Where wasm is at least as fast as', ...lines].join('\n');
}
