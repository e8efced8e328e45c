// The system's Firefox, for pages that do their work by themselves and post what came of it.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Its path, or undefined where it is not installed. */
export function firefox(): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of ['firefox-esr', 'firefox']) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}
