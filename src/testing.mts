// The entry point `queryscope/testing` for `import`: the CommonJS one under the same names, so that both ways share one state.

export type * from './testing.js';
export {
  allow,
  assertAtomic,
  assertNoFindings,
  assertNoNPlusOne,
  assertScalesConstantly,
  assertStatementCount,
  assertSurvivesFailures,
  capture,
  instrument,
  proveAtomic,
  QueryscopeError,
  wrap,
} from './testing.js';
