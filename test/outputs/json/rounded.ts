// A report as it comes back from the disk: times are whole microseconds there, which is all that the clock tells.

import type { Report } from '../../../src/report/report.js';

/** The same report with its profile's times rounded. Figures of findings stay as they were worded. */
export function rounded(report: Report): Report {
  const { profile } = report;
  return {
    ...report,
    profile: {
      ...profile,
      durationMs: us(profile.durationMs),
      statements: profile.statements.map((statement) => ({
        ...statement,
        startMs: optionalUs(statement.startMs),
        durationMs: us(statement.durationMs),
        waitMs: us(statement.waitMs),
      })),
      transactions: profile.transactions.map((transaction) => ({
        ...transaction,
        ...span(transaction),
        savepoints: transaction.savepoints.map((savepoint) => ({ ...savepoint, ...span(savepoint) })),
      })),
      checkouts: profile.checkouts.map((checkout) => ({
        ...checkout,
        takenMs: us(checkout.takenMs),
        releasedMs: optionalUs(checkout.releasedMs),
      })),
      activities: profile.activities.map((activity) => ({ ...activity, ...span(activity) })),
    },
    children: report.children.map(rounded),
  };
}

function span({ startMs, endMs }: { startMs: number; endMs: number | null }) {
  return { startMs: us(startMs), endMs: optionalUs(endMs) };
}

function us(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

function optionalUs(ms: number | null): number | null {
  return ms === null ? null : us(ms);
}
