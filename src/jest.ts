// The entry point `queryscope/jest`: named in setupFilesAfterEnv, or imported by a test file, it puts matchers on `expect` and captures each test of the file. Where the
// suite has the reporter, the captures are written for it.

import { addMatchers, captureEachTest, whenFileEnds } from './testing/jest-suite.js';
import type { Heard } from './testing/running-tests.js';
import { SUITE_VARIABLE, type SuitePlace } from './testing/suite-place.js';
import { joinSuite } from './testing/suite-worker.js';
import { closeTestProfiler } from './testing/test-profiler.js';

export { queryscope } from './testing/jest-suite.js';
export type * from './testing/jest-types.js';
export type { TestCapture } from './testing/running-tests.js';
export * from './testing.js';

addMatchers();
captureEachTest(joinedSuite());
whenFileEnds(closeTestProfiler);

async function joinedSuite(): Promise<Heard> {
  const place = process.env[SUITE_VARIABLE];
  return place === undefined ? null : joinSuite(JSON.parse(place) as SuitePlace);
}
