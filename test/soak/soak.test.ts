// An Express app at saturation, while connections are cut, pools are ended, its database restarts and requests are given up: nothing is held, nothing thrown,
// no statement stands in another request's report, and the reports have what the server's own log has.

import { expect, it } from 'vitest';
import { type Held, Soak } from './soak.js';

/** .ci/full: ten minutes. */
const SECONDS = Number(process.env.QUERYSCOPE_SOAK_SECONDS ?? 5);
const WARM_UP_SECONDS = Math.max(4, SECONDS / 10);

/** In a short run the memories of texts, which are bounded (4 MB each, the parser's and the call sites'), still fill. */
const IS_SHORT = SECONDS < 60;
const UNFILLED_BYTES = IS_SHORT ? 16e6 : 1e6;

it(`holds for ${SECONDS} s`, { timeout: (SECONDS + WARM_UP_SECONDS) * 1_000 + 120_000 }, async () => {
  const soak = await Soak.open();
  try {
    await soak.load(WARM_UP_SECONDS);
    if (!IS_SHORT) await soak.fillMemories();
    const warm = await soak.measure();
    await soak.load(SECONDS);
    const after = await soak.measure();
    const { lost, figures } = await judge(soak);
    console.log(JSON.stringify({ ...figures, lost, warm: heldIn(warm), after: heldIn(after) }));

    expect(soak.thrown).toEqual([]);
    for (const { openScopes, unjudged, caught, clients } of [warm, after])
      expect([openScopes, unjudged, caught, clients]).toEqual([0, 0, 0, 0]);
    expect(after.handles).toEqual(warm.handles);
    expect(after.heapBytes).toBeLessThan(warm.heapBytes * 1.05 + UNFILLED_BYTES);
    // Else there was no chaos.
    expect(Math.min(...Object.values(soak.chaos), ...Object.values(soak.answers))).toBeGreaterThan(0);
    expect(await soak.end()).toBe(true);
  } finally {
    await soak.close();
  }
});

const heldIn = ({ heapBytes, handles }: Held): string =>
  `${(heapBytes / 1e6).toFixed(1)} MB, ${handles.length} handles`;

/** Holds the reports against the log; answers the statements that the server never saw, by their errors. */
async function judge({ reports, routes, answers, chaos, loggedTags }: Soak) {
  const errors = new Map<string, string | null>();
  const reportOf = new Map<number, string>();
  const wrong: string[] = [];
  for (const { id, parent, kind, label, dropped, unattributed, notices, statements } of reports) {
    if (dropped + unattributed + notices.length > 0) wrong.push(`${label}: ${dropped}, ${unattributed}, ${notices}`);
    for (const [tag, error] of statements) {
      const request = numberIn(tag);
      const expected = `GET /${routes.get(request)}/:request`;
      if (request !== numberIn(statements[0]?.[0] ?? ''))
        wrong.push(`${tag} is in the report of ${statements[0]?.[0]}`);
      if (label !== (kind === 'request' ? expected : `after ${expected}`))
        wrong.push(`${tag} is in a ${kind} ${label}`);
      const home = kind === 'request' ? id : parent;
      if ((reportOf.get(request) ?? home) !== home) wrong.push(`${tag} is in a second report`);
      reportOf.set(request, home as string);
      if (errors.has(tag)) wrong.push(`${tag} is there twice`);
      errors.set(tag, error);
    }
  }
  const logged = await loggedTags();
  const lost: Record<string, number> = {};
  for (const tag of logged) if (!errors.has(tag)) wrong.push(`${tag} is in the log alone`);
  for (const [tag, error] of errors) {
    if (logged.has(tag)) continue;
    if (error === null) wrong.push(`${tag} is in no log, and was answered`);
    else lost[error] = (lost[error] ?? 0) + 1;
  }
  expect(wrong.slice(0, 20)).toEqual([]);
  expect(logged.size).toBeGreaterThan(SECONDS * 20);
  const reported = errors.size;
  return {
    lost,
    figures: { requests: routes.size, reports: reports.length, reported, logged: logged.size, ...answers, ...chaos },
  };
}

const numberIn = (tag: string): number => Number(/^t(\d+)\./.exec(tag)?.[1]);
