import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/integration/**', 'test/package/**', 'test/faults/**'],
    testTimeout: 20_000,
    pool: 'forks',
  },
});
