// The suite as an app would have it, beside this project's own.

import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['*.test.ts'] } });
