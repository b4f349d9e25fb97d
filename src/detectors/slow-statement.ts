// Finds statements that took long, by the clock. It tells the time at the server and on the way from the time in which a
// connection was waited for; and since a clock is never the same twice, what it finds never fails anything.

import { FINE_LOT } from '../profile/slices.js';
import type { Profile, Statement } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import { type Detection, type Detector, type Evidence, sliced, type Words } from './detector.js';
import { counted, inMs, toTenth } from './figures.js';
import { indexesOf } from './statements.js';
import { isMs, SLOW_MS } from './thresholds.js';

export const slowStatement: Detector = detectorFor(SLOW_MS);

function detectorFor(ms: number): Detector {
  return sliced({
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

    *detect(view: ProfileView): Generator<void, Detection> {
      const evidence: Evidence[] = [];
      let steps = 0;
      for (let r = 0; r < view.repeats.length; r++) {
        const repeat = view.repeats[r] as Repeat;
        const slow: Statement[] = [];
        for (let i = 0; i < repeat.statements.length; i++) {
          const statement = repeat.statements[i] as Statement;
          if (statement.durationMs >= ms && !view.infrastructure.has(statement.index)) slow.push(statement);
          if (++steps % FINE_LOT === 0) yield;
        }
        if (slow.length > 0) evidence.push(yield* evidenceOf(slow, repeat, ms, view.profile));
      }
      return { evidence, dismissals: [] };
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
  });
}

function* evidenceOf(
  slow: readonly Statement[],
  { callSite, shape }: Repeat,
  ms: number,
  { durationMs }: Profile,
): Generator<void, Evidence> {
  let slowestMs = 0;
  let totalMs = 0;
  let waitMs = 0;
  for (let i = 0; i < slow.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const statement = slow[i] as Statement;
    slowestMs = Math.max(slowestMs, statement.durationMs);
    totalMs += statement.durationMs;
    waitMs += statement.waitMs;
  }
  const evidence: Evidence = {
    confidence: 'proven',
    statements: yield* indexesOf(slow),
    source: [],
    callSite: slow[0]?.callSite ?? callSite,
    data: {
      count: slow.length,
      slowestMs: toTenth(slowestMs),
      totalMs: toTenth(totalMs),
      waitMs: toTenth(waitMs),
      thresholdMs: ms,
    },
  };
  const [table] = [...shape.writes, ...shape.reads];
  if (table !== undefined) evidence.data.table = table;
  // Statements that ran side by side may take more than all of it together.
  if (durationMs > 0 && totalMs <= durationMs) evidence.data.sharePercent = Math.round((100 * totalMs) / durationMs);
  return evidence;
}

function scopeWord({ kind }: Profile): string {
  return kind;
}
