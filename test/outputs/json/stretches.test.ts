// No stretch of what makes a line of a report grows with the report: counted in blocks of code entered, as test/profile/stretches.test.ts does for what
// makes the report.

import { afterAll, expect, it } from 'vitest';
import { scopeText } from '../../../src/outputs/json/encode-report.js';
import type { Report } from '../../../src/report/report.js';
import { SourceCollector } from '../../../src/report/source-lines.js';
import { Coverage } from '../../support/coverage.js';
import { fullReport } from './example-lines.js';

const SMALL = 700;
const LARGE = 2_800;
/** Tables of V8 and the lots of the work do not meet alike in both. */
const NOISE = 1.25;

const coverage = new Coverage(/\/src\/(?:report|outputs\/json)\//);
afterAll(() => coverage.close());

/** The same report with `size` of everything, and all of its statements in its findings. */
function grown(report: Report, size: number): Report {
  const times = <T>(list: readonly T[], change: (one: T, index: number) => T = (one) => one, length = size): T[] =>
    Array.from({ length }, (_, index) => change(list[index % list.length] as T, index));
  /** Of what is a stretch or two each, so that counting them ends. */
  const fewer = <T>(list: readonly T[]): T[] => times(list, undefined, size / 14);
  const { profile } = report;
  const statements = times(profile.statements, (one, index) => ({ ...one, index }));
  const all = statements.map(({ index }) => index);
  return {
    ...report,
    profile: {
      ...profile,
      statements,
      transactions: times(profile.transactions),
      checkouts: times(profile.checkouts),
      activities: times(profile.activities),
      ties: times(profile.ties),
      flows: profile.flows.map((flow) => ({ ...flow, to: { ...flow.to, statements: all } })),
    },
    findings: [
      ...report.findings.map((finding) => ({ ...finding, statements: all, source: all })),
      ...fewer(report.findings),
    ],
    dismissals: fewer(report.dismissals),
    suppressed: fewer(report.suppressed),
    infrastructure: all,
  };
}

it.each<[string, (report: Report) => Generator<void, unknown>]>([
  ['the line', scopeText],
  ['its sources', (report) => new SourceCollector(() => ['one']).newLinesOf(report)],
])('no stretch of the work grows with the report: %s', { timeout: 120_000 }, (_, work) => {
  const longest = (size: number) => Math.max(...coverage.stretchesOf(work(grown(fullReport(), size))));
  const small = longest(SMALL);
  const large = longest(LARGE);
  expect(large / small, `${small} blocks, then ${large}`).toBeLessThanOrEqual(NOISE);
});
