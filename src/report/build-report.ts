// From a profile to its report: asks each detector, words what it found, and puts findings in order. A generator, so that
// whoever runs it can give the event loop a turn between two detectors, and between two findings.

import {
  categoryOf,
  type Detector,
  type DismissedRepeat,
  detectInSlices,
  type Evidence,
  mayFind,
} from '../detectors/detector.js';
import { LOT } from '../profile/slices.js';
import type { Notice, Profile } from '../profile/types.js';
import { makeView, type ProfileView } from '../profile/views.js';
import { type Allowed, allowancesFor, expiryNotices, hasEnded, unusedNotices } from './allowed.js';
import { withKeys } from './keys.js';
import { inOrder } from './order.js';
import type { Dismissal, Finding, Report, Suppressed } from './report.js';

export interface ReportOptions {
  /** What `Statement.allowed` points into. */
  allow?: readonly Allowed[];
  /** Reports of the scopes opened inside this one. */
  children?: readonly Report[];
}

/** Builds the report. A detector that throws is a notice in it, and costs no other detector's findings. */
export function* buildReport(
  profile: Profile,
  detectors: readonly Detector[],
  { allow = [], children = [] }: ReportOptions = {},
): Generator<void, Report> {
  const view = yield* makeView(profile);
  yield;
  const found: Finding[] = [];
  const dismissals: Dismissal[] = [];
  const notices: Notice[] = [];
  for (let d = 0; d < detectors.length; d++) {
    const detector = detectors[d] as Detector;
    if (!mayFind(detector, view)) continue;
    try {
      const { evidence, dismissals: dismissed } = yield* detectInSlices(detector, view);
      for (const each of evidence) {
        found.push(findingOf(detector, each, view));
        yield;
      }
      for (const each of dismissed) {
        dismissals.push(dismissalOf(detector, each, view));
        if (dismissals.length % LOT === 0) yield;
      }
    } catch (error) {
      notices.push(failureOf(detector, error));
    }
    yield;
  }

  const findings: Finding[] = [];
  const suppressed: Suppressed[] = [];
  const expired: Allowed[] = [];
  const used = new Set<Allowed>();
  for (const finding of yield* inOrder(yield* withKeys(found, view))) {
    yield;
    const covering = allowancesFor(finding, profile, allow);
    for (const allowance of covering) used.add(allowance);
    const [first] = covering;
    if (first && !hasEnded(first, profile.startedAt)) {
      const { reason, until } = first;
      suppressed.push({ finding, reason, until });
      continue;
    }
    findings.push(finding);
    if (first) expired.push(first);
  }
  notices.push(...expiryNotices(expired), ...unusedNotices(allow, used, profile, children));
  if (suppressed.length > 0) leaveParents(findings);
  return {
    format: 1,
    profile: notices.length > 0 ? { ...profile, notices: [...profile.notices, ...notices] } : profile,
    children: [...children],
    findings,
    dismissals,
    suppressed,
    infrastructure: [...view.infrastructure],
  };
}

/** What is suppressed has nothing inside it that is told. */
function leaveParents(findings: readonly Finding[]): void {
  const shown = new Set(findings.map((finding) => finding.id));
  for (const finding of findings) if (finding.parent !== null && !shown.has(finding.parent)) finding.parent = null;
}

/** The finding without its place and its name, which are seen when all are found. */
function findingOf(detector: Detector, evidence: Evidence, view: ProfileView): Finding {
  const { meta } = detector;
  const { statements, source, callSite, data } = evidence;
  const { message, why, advice, replacement } = detector.word(evidence, view);
  return {
    id: 0,
    parent: null,
    detector: meta.id,
    category: categoryOf(meta.id),
    severity: evidence.severity ?? meta.severity,
    confidence: mayBeOfSeveral(evidence, view) ? 'possible' : evidence.confidence,
    message,
    why,
    advice,
    replacement,
    page: meta.page,
    statements,
    source,
    callSite,
    data,
    key: '',
  };
}

/** Nothing is surer than that the statements are of one scope, which those of one transaction are, and those that values tie together. */
function mayBeOfSeveral({ statements, tied }: Evidence, { profile }: ProfileView): boolean {
  if (profile.visible.bounds !== false || tied) return false;
  const transactions = new Set(statements.map((index) => profile.statements[index]?.transaction));
  return transactions.size > 1 || transactions.has(null);
}

function dismissalOf({ meta }: Detector, { kind, statements, why }: DismissedRepeat, view: ProfileView): Dismissal {
  const [first] = statements;
  const callSite = first === undefined ? null : view.repeatOf(first).callSite;
  return { detector: meta.id, kind, why, statements, callSite };
}

/** The error's name only: its message may hold what the profile must not. */
function failureOf({ meta }: Detector, error: unknown): Notice {
  const name = error instanceof Error ? error.name : typeof error;
  return {
    code: 'internal-error',
    message: `the detector ${meta.id} failed (${name}), so its findings are missing`,
    count: 1,
  };
}
