// npm run bench:stable: three runs one after the other, and the share of ratios that come out the same.
// usage: npm run bench:stable -- [options of the runner]   (--json FILE: keeps the runs as FILE with -1, -2, -3 before its ending)
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNS = 3;
const script = (name) => fileURLToPath(new URL(name, import.meta.url));

function run(name, ...args) {
  const { status } = spawnSync(process.execPath, [script(name), ...args], { stdio: 'inherit' });
  return status;
}

const args = process.argv.slice(2);
const at = args.indexOf('--json');
const [, kept] = at < 0 ? [] : args.splice(at, 2);
const scratch = mkdtempSync(join(tmpdir(), 'bytewire-bench-'));
try {
  const files = [];
  for (let n = 1; n <= RUNS && process.exitCode === undefined; n++) {
    const file = kept?.replace(/(\.json)?$/, `-${n}.json`) ?? join(scratch, `${n}.json`);
    const status = run('run.mjs', ...args, '--json', file);
    if (status !== 0) process.exitCode = status ?? 1;
    files.push(file);
  }
  process.exitCode ??= run('compare.mjs', '--stable', ...files);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
