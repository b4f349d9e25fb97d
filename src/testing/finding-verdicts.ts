// Assertions over what was found: no loops, no torn units, nothing at all. They differ in which findings count, and in nothing else.

import { clockDetectors } from '../cli/rules.js';
import { DETECTOR_IDS, type DetectorId } from '../detectors/detector.js';
import { kindOf, nearestName, QueryscopeError } from '../errors.js';
import { counted } from '../outputs/drawing/numbers.js';
import type { Profile } from '../profile/types.js';
import { DEFAULT_FAIL_ON, type FailOnText, failOnOf, fails } from '../report/fail-on.js';
import type { Finding, Report } from '../report/report.js';
import { reportsOf } from '../report/run.js';
import { blindText, nameOf } from './blindness.js';
import { drawShapes, sawNothing, shapeCounts, statementCount } from './captured-statements.js';
import { drawFindings } from './drawn-findings.js';
import { type AssertOptions, checkReport, type Verdict } from './verdict.js';

export interface FindingOptions extends AssertOptions {
  /** The least that fails: a severity, with or without a confidence (`'error:proven'`). Default: `'warning:likely'`. */
  failOn?: FailOnText;
  /** Detectors whose findings are left out. */
  except?: DetectorId | readonly DetectorId[];
}

/** A statement for each row, be it read or written. */
const LOOPS: ReadonlySet<string> = new Set<DetectorId>(['n-plus-one', 'recursive-walk', 'write-loop']);

/** Passes where no statement was sent once for each row of an earlier result. */
export function judgeNPlusOne(report: unknown, options?: FindingOptions): Verdict {
  return judge(report, options, 'N+1', (finding, { isBad }) => isBad && LOOPS.has(finding.detector));
}

/** Passes where what has to happen as a whole did. */
export function judgeAtomic(report: unknown, options?: FindingOptions): Verdict {
  return judge(
    report,
    options,
    'broken unit',
    (finding, { isBad, profile }) => finding.category === 'atomicity' && (isBad || isHeldByTest(finding, profile)),
  );
}

/** Passes where nothing was found that fails a check. */
export function judgeFindings(report: unknown, options?: FindingOptions): Verdict {
  return judge(report, options, 'finding', (_, { isBad }) => isBad);
}

function judge(
  report: unknown,
  { allowNone = false, except = [], failOn = DEFAULT_FAIL_ON }: FindingOptions = {},
  what: string,
  counts: (finding: Finding, its: { isBad: boolean; profile: Profile }) => boolean,
): Verdict {
  checkReport(report);
  const left = new Set([except].flat().map(knownDetector));
  const [least, clock] = [failOnOf(failOn), clockDetectors()];
  const isOne = ({ profile }: Report, finding: Finding) =>
    counts(finding, { isBad: fails(finding, least, clock), profile }) && !left.has(finding.detector);
  const reports = [...reportsOf({ reports: [report] })];
  const total = reports.flatMap((each) => each.findings.filter((finding) => isOne(each, finding))).length;
  if (!allowNone && sawNothing(report)) {
    return { pass: false, blind: true, failure: () => blindText(report), negated: () => blindText(report) };
  }
  return {
    pass: total === 0,
    failure: () =>
      [`expected no ${what} in ${nameOf(report)}, and found ${total}`, '', ...drawFindings(report, isOne)]
        .join('\n')
        .trimEnd(),
    negated: () =>
      [
        `expected ${an(what)} in ${nameOf(report)}, and found none in ${counted(statementCount(report), 'statement')}`,
        '',
        ...drawShapes(shapeCounts(report)),
      ].join('\n'),
  };
}

/**
 * Writes that something ties, held together by nothing but a transaction that was open before the capture, as tests have one around them. To a detector that is only possible:
 * the caller may have one in life too. Who asks whether the code is atomic is not to be told so by the test's own.
 */
function isHeldByTest({ detector, statements, data }: Finding, profile: Profile): boolean {
  const isAmbient = (index: number) => profile.transactions[profile.statements[index]?.transaction ?? -1]?.ambient;
  return detector === 'missing-transaction' && data.ties !== '' && statements.every(isAmbient);
}

function knownDetector(id: unknown): string {
  if ((DETECTOR_IDS as readonly unknown[]).includes(id)) return id as string;
  const nearest = typeof id === 'string' ? nearestName(id, DETECTOR_IDS) : null;
  const came =
    typeof id === 'string' ? `There is no detector '${id}'.` : `except takes ids of detectors; ${kindOf(id)} came.`;
  const hint = nearest === null ? '' : ` Did you mean '${nearest}'?`;
  throw new QueryscopeError('unknown-detector', `${came}${hint} There are: ${DETECTOR_IDS.join(', ')}.`);
}

function an(noun: string): string {
  return `${/^[aeioN]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
