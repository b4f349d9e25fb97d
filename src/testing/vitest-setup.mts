// The setup file that the plugin gives each test file: matchers, a capture around each test, and the worker's part of the run.

import * as vitest from 'vitest';
import {
  addMatchers,
  captureEachTest,
  closeTestProfiler,
  joinSuite,
  type SuitePlace,
  type VitestSlice,
} from './vitest-suite.js';

const slice = vitest as unknown as VitestSlice;
const heard = await joinSuite(vitest.inject('queryscope' as never) as SuitePlace);

addMatchers(slice);
captureEachTest(slice, heard);
vitest.afterAll(closeTestProfiler);
