// Whether a module is what Node was started with, also by way of a link.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function is_main(url) {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === realpathSync(fileURLToPath(url));
}
