// What a scope's notes keep in memory until it ends, and that what the driver answered is nobody's but the app's afterwards. In a process of its own, whose garbage
// is collected on demand: bytes are counted, so no clock can make this fail. What a whole request keeps, stacks among it, the bench measures.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { freshDatabase } from '../postgres.js';
import type { Retained } from './retaining-app.js';

let retained: Retained;

beforeAll(async () => {
  const { NODE_ENV, VITEST, NODE_OPTIONS, ...env } = process.env;
  const args = ['--expose-gc', '--import', 'tsx', join(__dirname, 'retaining-app.ts'), await freshDatabase()];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 100_000 });
  retained = JSON.parse(stdout) as Retained;
}, 120_000);

test.each([23, 2_300] as const)('a scope of %i statements keeps at most 250 bytes for each', (statements) => {
  const bytes = retained.bytes[statements];
  expect(bytes).toBeGreaterThan(50);
  expect(bytes).toBeLessThan(250);
});

test('nothing holds what the driver answered once a scope has closed, also where its report is kept', () => {
  expect(retained.results).toEqual({ made: 920, collected: 920, reports: 20 });
});
