// Whether a module is what Node was started with, also by way of a link.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function is_main(url) {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === realpathSync(fileURLToPath(url));
}

/** Runs `main` if that is so; what it throws is a sentence for people, and exit code 2. */
export function run_as_main(url, main) {
  if (!is_main(url)) return;
  try {
    main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
  }
}
