// npm run bench:stable: three runs one after the other, and the share of ratios that come out the same.
// usage: npm run bench:stable -- --help
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { options_from, without_option } from './options.mjs';

const RUNS = 3;
const USAGE = `usage: npm run bench:stable -- [options]
${RUNS} runs of the benchmark, and how many of their ratios come out the same: at least 90 % must differ by less than 15 %.
  --json FILE     keeps the runs as FILE with -1, -2, -3 before its ending
  the others      go to each run (npm run bench -- --help names them), but not --quick: its figures mean nothing
exit code: 0; 1: too many ratios differ, or a run failed; 2: what was asked for cannot be; 3: ratios that some runs lack`;

const script = (name) => fileURLToPath(new URL(name, import.meta.url));

function run(name, ...args) {
  const { status, signal } = spawnSync(process.execPath, [script(name), ...args], {
    stdio: 'inherit',
  });
  return status ?? 128 + constants.signals[signal];
}

function three_runs(args, kept) {
  const scratch = mkdtempSync(join(tmpdir(), 'bytewire-bench-'));
  try {
    const files = [];
    for (let n = 1; n <= RUNS; n++) {
      const file = kept?.replace(/(\.json)?$/, `-${n}.json`) ?? join(scratch, `${n}.json`);
      const status = run('run.mjs', ...args, '--json', file);
      if (status !== 0) return status;
      files.push(file);
    }
    return run('compare.mjs', '--stable', ...files);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const argv = process.argv.slice(2);
try {
  const asked = options_from(argv);
  if (asked.quick) throw new Error('--quick: its figures mean nothing, and are never the same');
  const args = without_option(argv, 'json');
  if (asked.help) console.log(USAGE);
  else if (asked.list) process.exitCode = run('run.mjs', ...args);
  else process.exitCode = three_runs(args, asked.json);
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
