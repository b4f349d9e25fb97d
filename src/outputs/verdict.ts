// A judged run as JSON for scripts: the verdict and its findings, in a form that stays. Whole profiles are what jsonOutput writes.

import type { CallSite } from '../profile/types.js';
import type { BaselineEntry } from '../report/baseline.js';
import type { Finding } from '../report/report.js';
import type { Run } from '../report/run.js';
import { gapsOf, type RunGaps } from '../report/run-gaps.js';
import type { RunTotals } from '../report/run-totals.js';
import type { JudgedGroup, Verdict } from '../report/verdict.js';

/** Its version: a reader refuses a newer one. */
const FORMAT = 1;

/** What `queryscope check --format json` writes. */
export interface VerdictJson {
  format: typeof FORMAT;
  outcome: Verdict['outcome'];
  /** Why nothing can be said; empty unless `outcome` is `blind`. */
  blindness: readonly string[];
  watched: RunTotals;
  /** The worst first. */
  findings: FindingJson[];
  /** What the baseline has and a complete run does not. */
  gone: readonly BaselineEntry[];
  /** How many findings the app allows. */
  allowed: number;
  /** What the run could not show. */
  gaps: RunGaps;
}

/** A finding over all its scopes, as it is where it is worst. */
export interface FindingJson
  extends Pick<
    Finding,
    | 'key'
    | 'detector'
    | 'category'
    | 'severity'
    | 'confidence'
    | 'message'
    | 'why'
    | 'advice'
    | 'replacement'
    | 'data'
    | 'page'
  > {
  fails: boolean;
  known: BaselineEntry | null;
  callSite: Omit<CallSite, 'frames'> | null;
  /** Labels of the scopes that had it. */
  labels: readonly string[];
  /** How many scopes had it. */
  scopes: number;
  /** How many statements it has where it is worst. */
  statements: number;
}

export function verdictOf(run: Run, { outcome, blindness, totals, groups, gone, allowed }: Verdict): VerdictJson {
  const findings = groups.map(findingOf);
  return { format: FORMAT, outcome, blindness, watched: totals, findings, gone, allowed, gaps: gapsOf(run) };
}

function findingOf({ key, fails, known, labels, scopes, worst }: JudgedGroup): FindingJson {
  const { detector, category, severity, confidence, message, why, advice, replacement, data, page } = worst.finding;
  return {
    key,
    fails,
    known,
    detector,
    category,
    severity,
    confidence,
    message,
    why,
    advice,
    replacement,
    callSite: withoutFrames(worst.finding.callSite),
    labels,
    scopes,
    statements: worst.finding.statements.length,
    data,
    page,
  };
}

function withoutFrames(site: CallSite | null): FindingJson['callSite'] {
  if (site === null) return null;
  const { frames, ...place } = site;
  return place;
}
