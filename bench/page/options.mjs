// The command line of the page: what may be asked, and a clear word about everything else.
import { parseArgs } from 'node:util';
import { limit_from, positive } from '../options.mjs';
import { NAMES } from './browsers.mjs';

export const USAGE = `usage: npm run bench:page -- [options]
  --port N          listen there (default: any free port)
  --address A       listen on this address (default 127.0.0.1; 0.0.0.0: phones on the same network)
  --headless NAME   run in ${NAMES.join(' or ')} without a window, and end; any: each that is installed
  --json FILE       with --headless: write the result; cases of an earlier run of the same browser in FILE stay
                    (a quick pass does not go into a file with real figures); with any, each browser has a
                    file of its own: page.json becomes page-chromium.json and page-firefox.json
  --filter TEXT     only cases whose group and name contain TEXT, capitals or not; several: any of them
  --time MS         time of each contender in each case (default 100)
  --quick           hardly any time: every case runs and verifies, its figures mean nothing
  --heavy           large files of compression, too
  --rivals FOLDER   more implementations, one a file, as in bench/impls
  --limit S         whose promise takes so many seconds is left out; a page that is silent for a minute longer is closed (default 60)
  --help            this text

exit code: 0; 1: a case failed or somebody was left out of one; 2: nothing was measured, as what was
asked for cannot be`;

/** Options of the page from `argv`; throws an Error that names what was wrong. */
export function page_options(argv) {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({
    args: argv,
    options: {
      port: { ...text, default: '0' },
      address: { ...text, default: '127.0.0.1' },
      headless: text,
      json: text,
      filter: { ...text, multiple: true, default: [''] },
      time: { ...text, default: '100' },
      quick: flag,
      heavy: flag,
      rivals: text,
      limit: { ...text, default: '60' },
      help: flag,
    },
  });
  const { headless, port } = values;
  if (headless !== undefined && headless !== 'any' && !NAMES.includes(headless)) {
    throw new Error(`--headless: expected ${NAMES.join(', ')} or any, got "${headless}"`);
  }
  for (const name of ['json', 'rivals', 'address']) {
    if (values[name] === '') throw new Error(`--${name}: expected a value`);
  }
  if (values.json !== undefined && headless === undefined) {
    throw new Error('--json goes with --headless: in a window the page offers its result itself');
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new Error(`--port: expected 0 to 65535, got "${port}"`);
  }
  return {
    ...values,
    port: Number(port),
    time_ms: positive('time', values.time),
    limit_s: limit_from(values.limit),
  };
}
