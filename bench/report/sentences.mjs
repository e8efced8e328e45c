// What the data of a series says, in a sentence or two. Every number comes from the result.
import { crossings, place, ranges_text } from '../crossing.mjs';
import { geometric_mean } from '../harness.mjs';
import { label } from '../sizes.mjs';

const times = (ratio) => `${ratio.toFixed(ratio < 9.95 ? 2 : 1)} times`;
const own_of = (one) => one.rows.find(({ name }) => name === one.ours);
const others_of = (one) =>
  one.rows.filter(({ kind, ratio }) => ratio !== undefined && kind !== 'twin');

/** "95 ns", "3.1 µs", "12 ms". */
export function time_text(ns) {
  const units = [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
  ];
  const [scale, unit] = units.find(([least]) => ns >= least) ?? [1, 'ns'];
  const value = ns / scale;
  return `${value.toFixed(value < 9.95 ? 1 : 0)} ${unit}`;
}

/** "880 MiB/s", "2.4 GiB/s". */
export function rate_text(bytes, ns) {
  const mib = (bytes * 1e9) / ns / (1 << 20);
  return mib < 1024
    ? `${mib.toFixed(mib < 9.95 ? 1 : 0)} MiB/s`
    : `${(mib / 1024).toFixed(1)} GiB/s`;
}

function place_text(one) {
  if (one.class !== undefined) return one.file;
  return one.x === undefined ? label(one.bytes) : `${one.x} ${one.unit}`;
}

// Fastest of the others in a case.
function best_of(one) {
  const others = others_of(one);
  return others.length === 0 ? undefined : others.reduce((a, b) => (a.ratio < b.ratio ? a : b));
}

function garbage_sentence(one) {
  const each = one.rows.map(
    ({ name, server_garbage_bytes: server, client_garbage_bytes: client }) =>
      `${name} leaves ${server?.toFixed(0) ?? '?'} bytes on the server and ${client?.toFixed(0) ?? '?'} on the client`,
  );
  return `At ${place_text(one)} of ${label(one.bytes)} packets a packet of ${each.join(', one of ')}.`;
}

// `where` tells apart what stands in one paragraph.
function single_sentence(one, where = '') {
  const best = best_of(one);
  const own = own_of(one);
  if (own.server_garbage_bytes !== undefined) return garbage_sentence(one);
  if (best === undefined) {
    return own.bytes === undefined ? '' : `${one.ours} takes ${own.bytes} bytes.`;
  }
  const how =
    best.ratio >= 1 ? `${times(best.ratio)} as fast as` : `at ${times(best.ratio)} the speed of`;
  return `${where}${one.ours} takes ${time_text(own.median_ns)}, ${how} ${best.name}, the fastest of the others.`;
}

// "plain JavaScript at every size", "native code nowhere".
function crossing_sentence(cases) {
  const [found] = crossings(cases);
  if (found === undefined) return '';
  const each = found.against.map(
    ({ who, ranges }) => `as ${who} ${ranges_text(ranges, found.unit)}`,
  );
  return `${cases[0].ours} is at least as fast ${each.join(', ')}.`;
}

function ends_sentence(cases) {
  const [last] = cases.slice(-1);
  const best = best_of(last);
  const own = own_of(last);
  if (best === undefined) return '';
  const amount =
    last.unit === undefined ? rate_text(last.bytes, own.median_ns) : time_text(own.median_ns);
  return ` At ${place_text(last)} it reaches ${amount}, ${times(best.ratio)} the speed of ${best.name}, the fastest of the others.`;
}

// Files of a class: geometric means, as there is more than one of a size.
function files_sentence(cases) {
  const data = cases.filter((one) => one.class !== 'edge' && one.class !== 'tiny');
  const peers = new Map();
  for (const row of data.flatMap(others_of)) {
    peers.set(row.name, [...(peers.get(row.name) ?? []), row.ratio]);
  }
  const count = `${data.length} ${data.length === 1 ? 'file' : 'files'}`;
  const means = [...peers].map(([name, ratios]) => `${times(geometric_mean(ratios))} ${name}`);
  const worst = cases
    .flatMap((one) => others_of(one).map((row) => ({ one, row })))
    .reduce((a, b) => (a.row.ratio < b.row.ratio ? a : b));
  // Files that do not compress are in no mean.
  const mean =
    data.length === 0
      ? ''
      : `In the mean over ${count} ${cases[0].ours} has the speed of ${means.join(', ')}. `;
  return `${mean}Its worst: ${times(worst.row.ratio)} ${worst.row.name} on ${place_text(worst.one)}.`;
}

/** What the cases of one series say. */
export function conclusion(cases) {
  const rated = cases.filter((one) => others_of(one).length > 0);
  if (rated.length === 0) return cases.map((one) => single_sentence(one)).join(' ');
  if (rated.every((one) => one.class !== undefined)) {
    return `${files_sentence(rated)} ${crossing_sentence(rated)}`.trim();
  }
  const sized = rated.filter((one) => place(one) !== undefined);
  if (new Set(sized.map(place)).size < 3) {
    const several = rated.length > 1;
    return rated
      .map((one) => single_sentence(one, several ? `At ${place_text(one)} ` : ''))
      .join(' ');
  }
  const ordered = [...sized].sort((a, b) => place(a) - place(b));
  return crossing_sentence(ordered) + ends_sentence(ordered);
}

/** The same in one line for everything: comparisons won, lost and drawn. */
export function summary_of(cases) {
  const ratios = cases.flatMap((one) => others_of(one).map(({ ratio }) => ratio));
  const ahead = ratios.filter((ratio) => ratio >= 1).length;
  return {
    comparisons: ratios.length,
    ahead,
    mean: ratios.length > 0 ? geometric_mean(ratios) : undefined,
  };
}
