import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: [
      'tests/support/environment.ts',
      'tests/support/temporary-folder.ts',
      'tests/support/build.ts',
      'tests/support/postgres-server.ts',
    ],
    // Most tests talk to a real database or run a real command; two of them at a time fit on a small machine.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
