// The entry point `queryscope/json` for `import`: the CommonJS one under the same names, so that both ways share one state.

export type * from './json.js';
export { findingGroups, jsonOutput, readRun, reportsOf } from './json.js';
