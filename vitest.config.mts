// How the suite runs: one process per test file (patches of pg and of Node's http are process-wide), one PostgreSQL for all.

import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Between the oldest and the newest pg lies a minute of tests that CI always runs. */
const between = process.env.QUERYSCOPE_TEST_DRIVERS === 'all' ? [] : ['test/drivers/contract/8.{5,8,11,16,21}.test.ts'];

const source = (file: string) => resolve(import.meta.dirname, 'src', file);

export default defineConfig({
  resolve: {
    // Examples name the package as a user does; here that is the source, so a test never judges a stale build.
    alias: [
      { find: /^queryscope$/, replacement: source('index.ts') },
      { find: /^queryscope\/express$/, replacement: source('express.ts') },
      { find: /^queryscope\/html$/, replacement: source('html.ts') },
      { find: /^queryscope\/json$/, replacement: source('json.ts') },
      { find: /^queryscope\/prisma$/, replacement: source('prisma.ts') },
      { find: /^queryscope\/testing$/, replacement: source('testing.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/packaging/apps/**', 'test/scopes/apps/**', 'test/orms/**', ...between],
    pool: 'forks',
    globalSetup: ['test/postgres-setup.ts', 'test/outputs/html/bundle-setup.ts', 'test/scopes/installed-setup.ts'],
    // Of tests that say so themselves, as many run at once as there are: what captures keep apart is the question.
    maxConcurrency: 200,
    // What has to come by then: on a busy machine a process takes seconds to start, and some tests start several.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
