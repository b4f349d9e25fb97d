// Holds each test's report against a baseline: a test fails on a finding that is not accepted.

import { AssertionError } from 'node:assert';
import { clockDetectors } from '../cli/rules.js';
import { counted } from '../outputs/drawing/numbers.js';
import type { Baseline } from '../report/baseline.js';
import { readBaseline } from '../report/baseline-file.js';
import { DEFAULT_FAIL_ON, failOnOf, fails } from '../report/fail-on.js';
import type { Finding, Report } from '../report/report.js';
import { reportsOf } from '../report/run.js';
import { drawFindings } from './drawn-findings.js';
import type { Heard } from './running-tests.js';

/** What is to hear of each test's report; null where there is no such file. */
export async function holdAgainstBaseline(file: string): Promise<Heard> {
  const baseline = await readBaseline(file);
  return baseline === null ? null : (report) => holdAgainst(baseline, report, file);
}

/** Throws an AssertionError where the test has a finding that is not accepted. Keys of other versions say nothing, which the end of the suite tells. */
function holdAgainst({ entries, shapeVersion }: Baseline, report: Report, file: string): void {
  const known = new Set(entries.map(({ key }) => key));
  const [least, clock] = [failOnOf(DEFAULT_FAIL_ON), clockDetectors()];
  const isNew = ({ profile }: Report, finding: Finding) =>
    profile.shapeVersion === (shapeVersion ?? profile.shapeVersion) &&
    fails(finding, least, clock) &&
    !known.has(finding.key);
  const fresh = [...reportsOf({ reports: [report] })].flatMap((each) =>
    each.findings.filter((finding) => isNew(each, finding)),
  );
  if (fresh.length === 0) return;
  throw new AssertionError({
    message: [`${counted(fresh.length, 'finding')} not in ${file}`, '', ...drawFindings(report, isNew)]
      .join('\n')
      .trimEnd(),
    operator: 'queryscope',
    stackStartFn: holdAgainst,
  });
}
