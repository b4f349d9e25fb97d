// The entry point `queryscope/vitest` as TypeScript sees it from a CommonJS module. It runs nowhere: to load it is Vitest's own refusal to be required.

import * as vitest from 'vitest';
import type { TestCapture } from './testing/running-tests.js';
import { addMatchers, captureEachTest, captureOfTest, type VitestSlice } from './testing/vitest-suite.js';

export type { Report } from './report/report.js';
export type { QueryscopeMatchers } from './testing/matchers.js';
export type { TestCapture } from './testing/running-tests.js';
export type * from './testing/vitest-types.mjs' with { 'resolution-mode': 'import' };

addMatchers(vitest as unknown as VitestSlice);
captureEachTest(vitest as unknown as VitestSlice);

/** Vitest's `test` with the fixture `queryscope`: `test('lists chats', async ({ queryscope }) => { …; expect(await queryscope.report()).toHaveNoNPlusOne(); })`. */
export const test: vitest.TestAPI<{ queryscope: TestCapture }> = vitest.test.extend<{ queryscope: TestCapture }>({
  queryscope: async ({ task }, use) => use(captureOfTest(task)),
});
export const it = test;

/** Vitest's own, with the matchers. */
export const expect: vitest.ExpectStatic = vitest.expect;
