// The scope of each test that a runner runs: opened before the test's own code, ended by it or after it. The code of a test is its function with the
// fixtures that it asks for; hooks are not, since they fill and empty the database.

import { QueryscopeError } from '../errors.js';
import type { OpenTest, Profiler } from '../profiler.js';
import type { Report } from '../report/report.js';
import { capture } from './capture.js';
import { profilerOfSuite } from './test-profiler.js';

/** What a test holds of its own capture. */
export interface TestCapture {
  /** Ends the capture of this test, and answers its report: of all that the test has sent so far. To be asked for once it has done its work. */
  report(): Promise<Report>;
  /** Runs a function in a capture of its own inside it. */
  capture: Profiler['capture'];
}

/** By the runner's own object for a test, or whatever else names it. */
const running = new WeakMap<object, OpenTest>();

/** Is handed the report of each test that did not fail by itself; what it throws fails the test. Null: nobody is, and no test waits for its report. */
export type Heard = ((report: Report) => void) | null;

/** A test that is about to run; its code begins with `begin()`. */
export async function openTest(test: object, name: string): Promise<OpenTest> {
  const { profiler, takingIn } = profilerOfSuite();
  await takingIn;
  const open = profiler.openTest(name);
  running.set(test, open);
  return open;
}

/** What the test may ask of its capture. Throws a QueryscopeError where it runs in none. */
export function captureOfTest(test: object): TestCapture {
  const open = running.get(test);
  if (open === undefined) {
    throw new QueryscopeError(
      'bad-expectation',
      "The fixture 'queryscope' has no capture for this test. With `isolate: false` only a setup file runs for each test file: add plugins: [queryscope()] of queryscope/vitest/plugin to vitest.config.ts.",
    );
  }
  return { report: async () => (await open.report()) as Report, capture };
}
