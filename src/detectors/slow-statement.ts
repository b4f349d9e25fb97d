// Finds statements that took long, by the clock. It tells the time at the server and on the way from the time in which a
// connection was waited for; and since a clock is never the same twice, what it finds never fails anything.

import type { Profile, Statement } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import type { Detection, Detector, Evidence, Words } from './detector.js';
import { counted, figure } from './figures.js';
import { SLOW_MS } from './thresholds.js';

export const slowStatement: Detector = detectorFor(SLOW_MS);

function detectorFor(ms: number): Detector {
  return {
    meta: {
      id: 'slow-statement',
      severity: 'info',
      summary: 'statements that took long, the wait for a connection apart',
      page: 'dist/detectors/slow-statement.md',
      clock: true,
    },

    settings: {
      required: false,
      example: '{ ms: 200 }',
      known: { ms: { expected: 'milliseconds, more than 0', accepts: isMs } },
      apply: (given) => detectorFor((given.ms as number | undefined) ?? ms),
    },

    detect(view: ProfileView): Detection {
      return { evidence: view.repeats.flatMap((repeat) => evidenceOf(repeat, ms, view.profile)), dismissals: [] };
    },

    word({ data, statements }: Evidence, { profile }: ProfileView): Words {
      const share = data.sharePercent === undefined ? '' : `, ${data.sharePercent} % of the ${scopeWord(profile)}`;
      const total = statements.length > 1 ? `, ${inMs(Number(data.totalMs))} in all${share}` : share;
      const wait =
        Number(data.waitMs) === 0
          ? 'No connection was waited for.'
          : `The wait for a connection, ${inMs(Number(data.waitMs))}, is not counted in.`;
      return {
        message: `${counted(statements.length, 'statement')} of ${inMs(ms)} or more, the slowest ${inMs(Number(data.slowestMs))}`,
        why: `${inMs(Number(data.slowestMs))} at the server and on the way${total}. ${wait}`,
        advice:
          'EXPLAIN (ANALYZE, BUFFERS) says where the server spends it: a missing index, rows that are read and thrown away, a lock. If it is fast there, the rows are many or the network is slow.',
        replacement: null,
      };
    },
  };
}

function evidenceOf({ statements, callSite, shape }: Repeat, ms: number, { durationMs }: Profile): Evidence[] {
  const slow = statements.filter((statement) => statement.durationMs >= ms);
  if (slow.length === 0) return [];
  const totalMs = sum(slow, (statement) => statement.durationMs);
  const evidence: Evidence = {
    confidence: 'proven',
    statements: slow.map(({ index }) => index),
    source: [],
    callSite: slow[0]?.callSite ?? callSite,
    data: {
      count: slow.length,
      slowestMs: rounded(Math.max(...slow.map((statement) => statement.durationMs))),
      totalMs: rounded(totalMs),
      waitMs: rounded(sum(slow, ({ waitMs }) => waitMs)),
      thresholdMs: ms,
    },
  };
  const [table] = [...shape.writes, ...shape.reads];
  if (table !== undefined) evidence.data.table = table;
  // Statements that ran side by side may take more than all of it together.
  if (durationMs > 0 && totalMs <= durationMs) evidence.data.sharePercent = Math.round((100 * totalMs) / durationMs);
  return [evidence];
}

function scopeWord({ kind }: Profile): string {
  return kind;
}

function sum(statements: readonly Statement[], of: (statement: Statement) => number): number {
  return statements.reduce((total, statement) => total + of(statement), 0);
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function inMs(ms: number): string {
  return `${ms < 10 ? ms : figure(Math.round(ms))} ms`;
}

function isMs(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
