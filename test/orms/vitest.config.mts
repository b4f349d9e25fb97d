// A run of its own, for it installs some 500 MB: `npm run orms`, or `npm run orms -- --update` to write the README's table.

import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const update = process.argv.some((argument) => argument === '-u' || argument === '--update');

export default defineConfig({
  root: resolve(import.meta.dirname, '../..'),
  test: {
    include: ['test/orms/*.test.ts'],
    pool: 'forks',
    // Each installs what the others need too.
    fileParallelism: false,
    env: { QUERYSCOPE_WRITE_README: update ? '1' : '' },
    testTimeout: 60_000,
    hookTimeout: 600_000,
  },
});
