// What the file of a process says, in the hands of whoever wrote it, who need not read it back. Reports have their times as lines do, so that a run in hand is the one on
// the disk.

import type { Report } from '../../report/report.js';
import type { ProcessLine, SourcesLine, StateLine } from './line.js';

export interface WrittenFile {
  /** Its path, absolute. */
  path: string;
  process: ProcessLine;
  /** The last one. */
  state: StateLine;
  sources: readonly SourcesLine['files'][];
  reports: readonly Report[];
}

/** The same report with times in whole microseconds, which is all that the clock tells. */
export function inMicroseconds(report: Report): Report {
  const { profile, children } = report;
  return {
    ...report,
    profile: {
      ...profile,
      durationMs: rounded(profile.durationMs),
      statements: profile.statements.map((statement) => ({
        ...statement,
        startMs: statement.startMs === null ? null : rounded(statement.startMs),
        durationMs: rounded(statement.durationMs),
        waitMs: rounded(statement.waitMs),
      })),
      transactions: profile.transactions.map((transaction) => ({
        ...withSpan(transaction),
        savepoints: transaction.savepoints.map(withSpan),
      })),
      checkouts: profile.checkouts.map((checkout) => ({
        ...checkout,
        takenMs: rounded(checkout.takenMs),
        releasedMs: checkout.releasedMs === null ? null : rounded(checkout.releasedMs),
      })),
      activities: profile.activities.map(withSpan),
    },
    children: children.map(inMicroseconds),
  };
}

function withSpan<T extends { startMs: number; endMs: number | null }>(span: T): T {
  return { ...span, startMs: rounded(span.startMs), endMs: span.endMs === null ? null : rounded(span.endMs) };
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
