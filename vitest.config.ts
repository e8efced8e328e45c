import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/bench-peers.setup.ts'],
    setupFiles: ['test/patience.setup.ts'],
    // Guards against a hang only: no test may depend on how fast the machine is.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    // Sockets, browsers and child processes: one file at a time per core is plenty.
    maxWorkers: 2,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.vitest/report.json' }]]
      : ['default'],
  },
});
