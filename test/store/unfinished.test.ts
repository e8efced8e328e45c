// Names of unfinished files: nobody else has them, other threads of this process included.
import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.useRealTimers();
});

it('two threads that begin at the same moment have names of their own', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  // As threads have it: the same process and time, and counters that know nothing of each other.
  const load = async () => {
    vi.resetModules();
    return import('../../bindings/store/node-unfinished.js');
  };
  const [one, other] = [await load(), await load()];
  expect(one.temporary_name()).not.toBe(other.temporary_name());
  expect(one.part_name()).not.toBe(other.part_name());
});
