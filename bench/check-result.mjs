// Whether a value is a result of the benchmark: everything that reads one may then rely on it.
import { KINDS } from './contest.mjs';

const is_object = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const is_text = (value) => typeof value === 'string' && value !== '';
const is_number = (value) => typeof value === 'number' && Number.isFinite(value);
const above_zero = (value) => is_number(value) && value > 0;
const optional = (check) => (value) => value === undefined || check(value);
const list_of = (check) => (value) => Array.isArray(value) && value.every(check);

const ABOUT = Object.fromEntries(
  ['date', 'commit', 'cpu', 'arch', 'host', 'version', 'engine'].map((key) => [key, is_text]),
);
const CASE = {
  bytes: (value) => is_number(value) && value >= 0,
  x: above_zero,
  unit: is_text,
  class: is_text,
  file: is_text,
  quick: (value) => typeof value === 'boolean',
};
const ROW = {
  median_ns: above_zero,
  p99_ns: above_zero,
  ratio: above_zero,
  ratios: list_of(above_zero),
  verified: (value) => typeof value === 'boolean',
};

function check_fields(value, fields, what) {
  for (const [key, check] of Object.entries(fields)) {
    if (!optional(check)(value[key])) {
      throw new Error(`${what}: its ${key} cannot be ${JSON.stringify(value[key])}`);
    }
  }
}

function check_row(row, what) {
  if (!is_object(row) || !is_text(row.name) || !KINDS.includes(row.kind)) {
    throw new Error(`${what}: a row has no name and kind (${KINDS.join(', ')})`);
  }
  const here = `${what}: ${row.name}`;
  check_fields(row, ROW, here);
  // All the rest are figures: what a case counts beside the time.
  for (const [key, value] of Object.entries(row)) {
    if (ROW[key] === undefined && key !== 'name' && key !== 'kind' && !is_number(value)) {
      throw new Error(`${here}: its ${key} is no number`);
    }
  }
  if (row.ratio !== undefined && row.median_ns === undefined) {
    throw new Error(`${here}: a ratio without a time`);
  }
  if (row.median_ns !== undefined && row.p99_ns === undefined) {
    throw new Error(`${here}: a median without a p99`);
  }
}

function check_unique(names, what) {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`${what}: ${twice} is there twice`);
}

/** Throws an Error that names what is wrong with one case of a result, the one at place `i`. */
export function check_case(one, i) {
  if (!is_object(one)) throw new Error(`case ${i + 1} is none`);
  for (const key of ['group', 'series', 'name', 'ours']) {
    if (!is_text(one[key])) throw new Error(`case ${i + 1} (${one.name}): it has no ${key}`);
  }
  check_fields(one, CASE, one.name);
  if (!Array.isArray(one.rows)) throw new Error(`${one.name}: it has no rows`);
  for (const row of one.rows) check_row(row, one.name);
  check_unique(
    one.rows.map(({ name }) => name),
    one.name,
  );
  const own = one.rows.find(({ name }) => name === one.ours);
  if (own === undefined) throw new Error(`${one.name}: it has no row of ${one.ours}`);
  if (own.median_ns === undefined && one.rows.some(({ ratio }) => ratio !== undefined)) {
    throw new Error(`${one.name}: ratios without a time of ${one.ours}`);
  }
}

/** Gives `result` back; throws an Error that names what is wrong with it. */
export function check_result(result) {
  if (!is_object(result) || !Array.isArray(result.cases)) {
    throw new Error('not a result of the benchmark');
  }
  check_fields(result, ABOUT, 'the host');
  result.cases.forEach(check_case);
  check_unique(
    result.cases.map(({ group, name }) => `${group}: ${name}`),
    'the result',
  );
  return result;
}

/** How many cases are of a quick pass, in words for people; nothing when none is. */
export function quick_text({ cases }) {
  const count = cases.filter(({ quick }) => quick).length;
  if (count === 0) return '';
  return `quick: ${count} of ${cases.length} cases are of a quick pass, whose figures mean nothing`;
}
