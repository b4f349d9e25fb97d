// The suite as an app would have it, beside this project's own: the plugin captures every test and makes one report of them.

import { queryscope } from 'queryscope/vitest/plugin';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [queryscope()],
  test: { include: ['*.test.ts'] },
});
