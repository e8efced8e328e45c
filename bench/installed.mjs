// The packages that the benchmarks measure against: installed when they are first asked for, not with the library.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Installs them unless they are there. Standard output stays free for results. */
export function install_peers() {
  if (existsSync(`${here}node_modules`)) return;
  console.error('installing the peers (bench/package.json) ...');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, stdio: ['ignore', 2, 2] });
}
