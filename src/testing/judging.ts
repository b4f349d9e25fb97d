// All that judges, in one place: the slow part to load, which a test's process needs when a test asks for a report, and else not at all.

export { Analysis } from '../analysis.js';
export { detectors } from '../detectors/index.js';
export { jsonOutput } from '../outputs/json.js';
export { proveAtomic } from '../prove/prove-atomic.js';
export { judgeClosed } from './apart/judge-closed.js';
export { judgeStatementCount } from './count-verdict.js';
export { judgeAtomic, judgeFindings, judgeNPlusOne } from './finding-verdicts.js';
export { holdAgainstBaseline } from './held-tests.js';
export { judgeSurvival } from './proof-verdict.js';
export { judgeScaling } from './scale-verdict.js';
export { statementList } from './statement-list.js';
