import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/integration/**', 'test/package/**', 'test/faults/**'],
    testTimeout: 20_000,
    pool: 'forks',
    // Nothing here is global (no registries, no module mocks), so files of a worker share the modules they import.
    isolate: false,
  },
});
