// A whole run as the text of one file, as readRun reads it: for what was made at once, and not while an app runs.

import { createHash } from 'node:crypto';
import { runAtOnce } from '../../profile/slices.js';
import type { Run, RunProcess } from '../../report/run.js';
import { scopeText } from './encode-report.js';
import { LINE_FORMAT, type ProcessLine, type StateLine } from './line.js';

/** The lines of a run of one process. The same run has the same text. */
export function* runText({ processes, reports, losses }: Run): Generator<string> {
  const [process] = processes as [RunProcess, ...RunProcess[]];
  const { service, version, commit, runtime, queryscope, pid, startedAt, ...seen } = process;
  const identity = { service, version, commit, runtime, queryscope, pid, startedAt };
  const id = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 8);
  const first: ProcessLine = { is: 'process', format: LINE_FORMAT, id, ...identity };
  yield `${JSON.stringify(first)}\n`;
  for (const report of reports) yield `${runAtOnce(scopeText(report))}\n`;
  const { endedAt, drivers, unattributed, unsampled, unjudged, idleAllows } = seen;
  const last: StateLine = {
    is: 'state',
    endedAt,
    drivers: [...drivers],
    unattributed,
    unsampled,
    unjudged,
    idleAllows: [...idleAllows],
    losses: [...losses],
  };
  yield `${JSON.stringify(last)}\n`;
}
