// The entry point `queryscope/jest/reporter`, for `reporters` in the configuration of Jest: it has the workers write what they capture, and makes the suite one run.

import { SUITE_VARIABLE } from './testing/suite-place.js';
import { type SuiteOptions, SuiteRun } from './testing/suite-run.js';

/** `reporters: ['default', 'queryscope/jest/reporter']`, with options as `['queryscope/jest/reporter', { baseline: '…' }]`. */
export default class QueryscopeReporter {
  readonly #suite: SuiteRun;

  /** Throws a QueryscopeError where an option makes no sense. */
  constructor(_config: unknown, options: SuiteOptions = {}) {
    this.#suite = new SuiteRun(options);
  }

  async onRunStart(): Promise<void> {
    process.env[SUITE_VARIABLE] = JSON.stringify(await this.#suite.beginJudging());
  }

  onRunComplete(): Promise<void> {
    return this.#suite.end();
  }
}
