import { defineConfig } from 'vitest/config';

// The package as npm would install it: builds, packs and runs programs of its own.
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
