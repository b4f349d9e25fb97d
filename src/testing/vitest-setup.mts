// The setup file that the plugin gives each test file: matchers, a capture around each test, and the worker's part of the run. Vite is asked for each thing that it
// imports, so it imports two.

import { createRequire } from 'node:module';
import * as vitest from 'vitest';
import type { SuitePlace, VitestSlice } from './vitest-suite.js';

const require = createRequire(import.meta.url);
const { addMatchers, captureEachTest, closeTestProfiler, joinSuite, loadJudgingBy } =
  require('./vitest-suite.js') as typeof import('./vitest-suite.js');

loadJudgingBy(() => require('./judging.js'));
const slice = vitest as unknown as VitestSlice;
const heard = await joinSuite(vitest.inject('queryscope' as never) as SuitePlace);

addMatchers(slice);
captureEachTest(slice, heard);
vitest.afterAll(closeTestProfiler);
