// Before all tests: two files that found the peers of the benchmarks missing would install them into one folder at once.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('..', import.meta.url));

export default async function setup(): Promise<void> {
  const { install_peers } = await import(/* @vite-ignore */ join(top, 'bench', 'installed.mjs'));
  install_peers();
}
