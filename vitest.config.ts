/**
 * How tests are run. Unit tests start no processes; the other kinds start real servers and real tools (dist/,
 * which `npm test` builds first) and are given time. BB_SERVERS=13,14,15 chooses the server versions, see
 * test/support/servers.ts.
 */

import { defineConfig } from 'vitest/config';

const REAL_PROCESSES = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  globalSetup: 'test/support/setup.ts',
};

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        // No test needs that long; a machine that does other things besides may.
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...REAL_PROCESSES },
      },
      { extends: true, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...REAL_PROCESSES } },
      { extends: true, test: { name: 'docs', include: ['test/docs/**/*.test.ts'], testTimeout: 30_000 } },
    ],
  },
});
