// Reports as one run, with the lines of source that their findings name.

import { runAtOnce } from '../../../src/profile/slices.js';
import { sourceReader } from '../../../src/report/code-frame.js';
import type { Report } from '../../../src/report/report.js';
import type { Run, RunProcess } from '../../../src/report/run.js';
import { SourceCollector } from '../../../src/report/source-lines.js';
import { VERSION } from '../../../src/report/version.js';

/** A run of one process that reported these. */
export function runOf(reports: readonly Report[], facts: Partial<RunProcess> = {}): Run {
  const collector = new SourceCollector(sourceReader(process.cwd()));
  const sources: Record<string, Record<number, string>> = {};
  for (const report of reports) {
    for (const [file, lines] of Object.entries(runAtOnce(collector.newLinesOf(report))))
      sources[file] = { ...sources[file], ...lines };
  }
  const process_: RunProcess = {
    service: 'chat-api',
    version: '1.4.0',
    commit: '3f2c9d1',
    runtime: 'node 22.12.0',
    queryscope: VERSION,
    pid: 4711,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:01:00.000Z',
    drivers: ['pg 8.23.1'],
    unattributed: 0,
    unsampled: { requests: 0, statements: 0 },
    unjudged: { scopes: 0, statements: 0 },
    idleAllows: [],
    ...facts,
  };
  return { processes: [process_], reports, sources, losses: [] };
}
