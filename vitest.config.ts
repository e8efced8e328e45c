import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/bench-peers.setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // Sockets, browsers and child processes: one file at a time per core is plenty.
    maxWorkers: 2,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.vitest/report.json' }]]
      : ['default'],
  },
});
