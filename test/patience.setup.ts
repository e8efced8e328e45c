// Before each test file: what waits for something waits for as long as it takes. Vitest's own limit of a second is a timed assertion.
import { vi } from 'vitest';

/** Guards against a hang only. */
const PATIENCE_MS = 60_000;

const { waitFor } = vi;

vi.waitFor = (check, options = {}) => {
  const asked = typeof options === 'number' ? { timeout: options } : options;
  return waitFor(check, { timeout: PATIENCE_MS, interval: 20, ...asked });
};
