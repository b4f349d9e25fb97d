// The entry point `queryscope/jest` for `import`: the CommonJS one under the same names, so that both ways share one state.

export type * from './jest.js';
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
  queryscope,
  wrap,
} from './jest.js';
