// The entry point `queryscope/vitest`: matchers on Vitest's `expect`, a capture around each test of the file that imports it, and a `test` with that as a fixture.

import './testing/vitest-types.mjs';
import { createRequire } from 'node:module';
import * as vitest from 'vitest';
import type { TestCapture } from './testing/running-tests.js';
import {
  addMatchers,
  captureEachTest,
  captureOfTest,
  loadJudgingBy,
  type VitestSlice,
  writeByDefaultTo,
} from './testing/vitest-suite.js';

export type { Report } from './report/report.js';
export type { QueryscopeMatchers } from './testing/matchers.js';
export type { TestCapture } from './testing/running-tests.js';

loadJudgingBy(() => createRequire(import.meta.url)('./testing/judging.js'));
addMatchers(vitest as unknown as VitestSlice);
captureEachTest(vitest as unknown as VitestSlice);
// Whoever does not ask for one need not load every output there is.
if (process.env.QUERYSCOPE_OUTPUT) writeByDefaultTo((await import('./default-outputs.js')).defaultOutputs);

/** Vitest's `test` with the fixture `queryscope`: `test('lists chats', async ({ queryscope }) => { …; expect(await queryscope.report()).toHaveNoNPlusOne(); })`. */
export const test: vitest.TestAPI<{ queryscope: TestCapture }> = vitest.test.extend<{ queryscope: TestCapture }>({
  queryscope: async ({ task }, use) => use(captureOfTest(task)),
});
export const it = test;

/** Vitest's own, with the matchers. */
export const expect: vitest.ExpectStatic = vitest.expect;
