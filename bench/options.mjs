// The command line of the benchmark runner: what may be asked, and a clear word about everything else.
import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run bench -- [options]
  --filter TEXT   only cases whose group and name contain TEXT, capitals or not; several: any of them
  --size BYTES    only cases that work on this many bytes: 4096 or 4KiB
  --impl TEXT     only contenders whose name contains TEXT, capitals or not, beside ours
  --time MS       time of each contender in each case (default 100)
  --light         not the cases that take long: megabytes of compression, a thousand clients
  --processes N   processes in turn for each series of cases; of their ratios the middle one counts
                  (default 5)
  --quick         hardly any time: every case but these runs and verifies, its figures mean nothing
  --json FILE     write the result; cases of an earlier run of the same host in FILE stay (a quick pass
                  does not go into a file with real figures)
  --rivals FOLDER more implementations, one a file, as in bench/impls
  --limit S       whoever gives no sign of life for so many seconds is left out (default 60)
  --list          names of the chosen cases
  --help          this text

exit code: 0; 1: a case failed or somebody was left out of one; 2: nothing was measured, as what was
asked for cannot be`;

const text = { type: 'string' };
const flag = { type: 'boolean', default: false };
const OPTIONS = {
  filter: { ...text, multiple: true, default: [''] },
  size: text,
  impl: text,
  time: text,
  processes: text,
  json: text,
  rivals: text,
  limit: text,
  light: flag,
  quick: flag,
  list: flag,
  help: flag,
};

const UNITS = { b: 1, kib: 1 << 10, mib: 1 << 20 };

/** "4096", "4 KiB", "4MiB" in bytes. */
function size_from(text) {
  const [, amount, unit = 'b'] = /^(\d+)(?: ?(b|kib|mib))?$/i.exec(text) ?? [];
  const bytes = Number(amount) * UNITS[unit.toLowerCase()];
  if (!(bytes > 0)) throw new Error(`--size: expected bytes, as 4096 or 4KiB, got "${text}"`);
  return bytes;
}

/** The number that option `name` is given as `text`: above 0, and whole where it must be. */
export function positive(name, text, { whole = false } = {}) {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value > 0 && (whole ? Number.isSafeInteger(value) : Number.isFinite(value))) return value;
  throw new Error(`--${name}: expected a ${whole ? 'whole ' : ''}number above 0, got "${text}"`);
}

/** Timers take no more milliseconds: a longer limit is none. */
const MOST_LIMIT_S = (2 ** 31 - 1) / 1000;

/** The seconds that `--limit` is given as `text`. */
export const limit_from = (text) => Math.min(positive('limit', text), MOST_LIMIT_S);

/** Options of the runner from `argv`; throws an Error that names what was wrong. */
export function options_from(argv) {
  const { values } = parseArgs({ args: argv, options: OPTIONS });
  for (const name of ['impl', 'json', 'rivals']) {
    if (values[name] === '') throw new Error(`--${name}: expected a value`);
  }
  const { size, time = '100', processes = '5', limit = '60' } = values;
  return {
    ...values,
    size: size === undefined ? undefined : size_from(size),
    time_ms: positive('time', time),
    processes: positive('processes', processes, { whole: true }),
    limit_s: limit_from(limit),
  };
}

/** `argv` without the option `--name` and its value. */
export function without_option(argv, name) {
  const { tokens } = parseArgs({ args: argv, options: OPTIONS, tokens: true });
  const gone = new Set();
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name !== name) continue;
    gone.add(token.index);
    if (token.inlineValue === false) gone.add(token.index + 1);
  }
  return argv.filter((_, i) => !gone.has(i));
}
