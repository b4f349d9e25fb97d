// The suite's tests over real apps, captured as users capture theirs: `.ci/run` looks at the page that comes of it.

import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';
import suite from '../../vitest.config.mjs';

// As it is built, beside the sources that the tests are about: two copies in one process.
const { queryscope } = createRequire(import.meta.url)(
  '../../dist/vitest-plugin.js',
) as typeof import('../../src/vitest-plugin.js');

export default defineConfig({
  ...suite,
  root: `${import.meta.dirname}/../..`,
  plugins: [queryscope()],
  test: {
    ...suite.test,
    // Those that ask for nothing which a capture around each test would change.
    include: [
      'test/examples/chats.test.ts',
      'test/scenarios/{story,shop,first-visits,shared-lines}.test.ts',
      'test/detectors/*-on-postgres.test.ts',
    ],
  },
});
