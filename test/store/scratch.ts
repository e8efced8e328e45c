// A folder of its own for the files of a test, as the store's root.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { store_set_root } from '../../bindings/index.js';

export function scratch_root(): { root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'bytewire-store-'));
  store_set_root(root);
  return {
    root,
    remove() {
      store_set_root('');
      rmSync(root, { recursive: true, force: true });
    },
  };
}
