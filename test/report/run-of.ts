// Runs made of timelines, for tests of what is made of runs.

import type { Report } from '../../src/report/report.js';
import type { Run } from '../../src/report/run.js';
import { reportOf } from '../support/timeline.js';

/** A run of one process with these reports. */
export function runOf(...reports: Report[]): Run {
  return { processes: [], reports, sources: {}, losses: [] };
}

/** A loop over the chats, on a line of a function; each table has a key of its own. */
export function loopOn(table: string, label = 'GET /chats', rows = 3): Report {
  const turns = Array.from(
    { length: rows },
    (_, i) => `select text from ${table} where chat_id = $1 -- values ${i + 1} rows 1 at src/chats.ts:14 list`,
  );
  const lines = [`select id from chat -- rows id=1..${rows} at src/chats.ts:12 list`, ...turns];
  return reportOf(lines.join('\n'), { label, id: `${label} ${table} ${rows}` });
}

/** The same with another version of the rules for shapes. */
export function ofShapeVersion(shapeVersion: number, { profile, ...report }: Report): Report {
  return { ...report, profile: { ...profile, shapeVersion } };
}

/** A request that sends so many statements, none of which is a finding. */
export function plainRequest(label: string, statements: number): Report {
  const lines = Array.from(
    { length: statements },
    (_, i) => `select ${'abcdefghijklmnopqrstuvwxyz'[i]} from chat -- rows 1`,
  );
  return reportOf(lines.join('\n'), { label, id: `${label} ${statements}` });
}
