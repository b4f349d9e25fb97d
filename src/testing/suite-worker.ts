// A worker of a suite: its captures go where the run is gathered, and a test fails on a finding that the baseline, where there is one, does not have.

import { existsSync } from 'node:fs';
import { RUN_VARIABLE } from '../outputs/json/run-name.js';
import { judging } from './load-judging.js';
import type { Heard } from './running-tests.js';
import type { SuitePlace } from './suite-place.js';
import { joinRun, testProfiler } from './test-profiler.js';

/** To be called once for each test file. Answers what is to hear of each test's report. */
export async function joinSuite(place: SuitePlace): Promise<Heard> {
  process.env[RUN_VARIABLE] = place.run;
  joinRun(place);
  testProfiler();
  return existsSync(place.baseline) ? judging().holdAgainstBaseline(place.baseline) : null;
}
