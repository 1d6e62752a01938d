import { defineConfig } from 'vitest/config';

// Suites that start programs of their own (a broker, npm, the command): one file at a time, with time to do it.
export default defineConfig({
  test: {
    include: ['test/{integration,package,faults}/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
