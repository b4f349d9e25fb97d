// The entry point `queryscope/json`: runs on disk, written by an app and read back by whatever makes something of them.

export { type ReadRunOptions, readRun } from './outputs/json/read-run.js';
export { type JsonOutputOptions, jsonOutput } from './outputs/json.js';
export type { FindingGroup, Loss, Occurrence, Run, RunProcess, SourceLines } from './report/run.js';
export { findingGroups, reportsOf } from './report/run.js';
