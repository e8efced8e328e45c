// The command line of the benchmark runner: what may be asked, and a clear word about everything else.
import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run bench -- [options]
  --filter TEXT   only cases whose group and name contain TEXT; several: any of them
  --size BYTES    only cases that work on this many bytes
  --impl TEXT     only contenders whose name contains TEXT, beside ours
  --time MS       time of each contender in each case (default 100)
  --light         not the cases that take long: megabytes of compression, a thousand clients
  --processes N   processes in turn for each series of cases; of their ratios the middle one counts
                  (default 5)
  --quick         hardly any time: every case but these runs and verifies, its figures mean nothing
  --json FILE     write the result; cases of an earlier run of the same host in FILE stay
  --rivals FOLDER more implementations, one a file, as in bench/impls
  --list          names of the chosen cases
  --help          this text`;

function positive(name, text) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) {
    throw new Error(`--${name}: expected a number above 0, got "${text}"`);
  }
  return value;
}

/** Options of the runner from `argv`; throws an Error that names what was wrong. */
export function options_from(argv) {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({
    args: argv,
    options: {
      filter: { ...text, multiple: true, default: [''] },
      size: text,
      impl: text,
      time: text,
      processes: text,
      json: text,
      rivals: text,
      light: flag,
      quick: flag,
      list: flag,
      help: flag,
    },
  });
  for (const name of ['impl', 'json', 'rivals']) {
    if (values[name] === '') throw new Error(`--${name}: expected a value`);
  }
  return {
    ...values,
    size: positive('size', values.size),
    time_ms: positive('time', values.time) ?? 100,
    processes: Math.ceil(positive('processes', values.processes) ?? 5),
  };
}
