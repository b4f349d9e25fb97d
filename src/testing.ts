// The entry point `queryscope/testing`: captures and assertions for a test suite, whatever runs it.

import { defaultOutputs } from './default-outputs.js';
import * as judging from './testing/judging.js';
import { loadJudgingBy } from './testing/load-judging.js';
import { writeByDefaultTo } from './testing/test-profiler.js';

export { allow } from './allow.js';
export type { DetectorId } from './detectors/detector.js';
export { QueryscopeError } from './errors.js';
export type { Allow } from './options.js';
export type { Captured, Settled } from './profiler.js';
export type { ProveOptions } from './prove/prove-options.js';
export type { Proof } from './report/proof.js';
export type { Finding, Report } from './report/report.js';
export {
  assertAtomic,
  assertNoFindings,
  assertNoNPlusOne,
  assertScalesConstantly,
  assertStatementCount,
  assertSurvivesFailures,
} from './testing/assertions.js';
export { capture, instrument, wrap } from './testing/capture.js';
export type { Amount, StatementCount } from './testing/count-verdict.js';
export type { FindingOptions } from './testing/finding-verdicts.js';
export { proveAtomic } from './testing/proof-verdict.js';
export type { NamedScales, ScaleOf, ScaleOptions } from './testing/scale-verdict.js';
export type { AssertOptions } from './testing/verdict.js';

writeByDefaultTo(defaultOutputs);
loadJudgingBy(() => judging);
