// How long the database was at work for a scope: what every output says beside the number of its statements.

import type { Statement } from '../profile/types.js';

/** Time in which at least one statement was under way: parallel ones count once. Without start times, their sum. */
export function busyMs(statements: readonly Statement[]): number {
  const spans = statements.flatMap(({ startMs, durationMs }) =>
    startMs === null ? [] : [[startMs, startMs + durationMs] as const],
  );
  let busy = statements.filter(({ startMs }) => startMs === null).reduce((sum, { durationMs }) => sum + durationMs, 0);
  let until = 0;
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    busy += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return busy;
}
