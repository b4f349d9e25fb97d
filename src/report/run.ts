// A run: what one or more processes reported, in memory or read back from disk. The page, the command line and the formats of CI read this and
// nothing of where it came from.

import { CONFIDENCES, SEVERITIES } from './ranks.js';
import type { Finding, IdleAllow, Report } from './report.js';

/** What is known of one process that reported. */
export interface RunProcess {
  /** Its service, as OTEL_SERVICE_NAME or its package.json names it; null where neither does. */
  service: string | null;
  /** The service's version by its package.json. */
  version: string | null;
  /** The commit that it ran, as CI's environment or the repository names it. */
  commit: string | null;
  /** `node 20.19.1`. */
  runtime: string;
  /** The version of queryscope that wrote. */
  queryscope: string;
  pid: number;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** When it said that it was done; null: it did not, so what it had left to write may be missing. */
  endedAt: string | null;
  /** The drivers that it watched, one entry a copy: `pg 8.23.1`. */
  drivers: readonly string[];
  /** Statements that it sent outside any scope. */
  unattributed: number;
  /** Requests that `sampleRate` left out, and the statements sent in them. */
  unsampled: { requests: number; statements: number };
  /** Scopes that were open when it ended, so that nobody judged them, and the statements sent in them. */
  unjudged: { scopes: number; statements: number };
  idleAllows: readonly IdleAllow[];
}

/** Something that is missing from a run, so that silence is never mistaken for absence. */
export interface Loss {
  code:
    | 'line-truncated'
    | 'line-unreadable'
    | 'file-unreadable'
    | 'format-newer'
    | 'write-failed'
    | 'over-limit'
    | 'not-ended'
    | 'not-judged';
  /** What is missing, where and why, in one sentence. */
  message: string;
  /** How often. */
  count: number;
}

/** Lines of the app's source as they stood when it ran, by file and 1-based line number: as few as findings name. */
export type SourceLines = Readonly<Record<string, Readonly<Record<number, string>>>>;

export interface Run {
  processes: readonly RunProcess[];
  /** Of the outermost scopes, in the order in which they began; those inside are their children. */
  reports: readonly Report[];
  sources: SourceLines;
  losses: readonly Loss[];
}

/** A finding where it was found. */
export interface Occurrence {
  finding: Finding;
  /** The very report that it stands in, which may be a child of another. */
  report: Report;
}

/** One finding over all scopes that had it. */
export interface FindingGroup {
  key: string;
  /** The occurrence to show: the most severe, most certain and largest. */
  worst: Occurrence;
  /** All that are kept, in the order of the run. */
  occurrences: readonly Occurrence[];
  /** Scopes that had it, those that are alike and not kept too. */
  scopes: number;
  /** Labels of the scopes that had it, each once, by name. */
  labels: readonly string[];
}

/** Every report of a run, parents before their children. */
export function* reportsOf({ reports }: Pick<Run, 'reports'>): Generator<Report> {
  for (const report of reports) {
    yield report;
    yield* reportsOf({ reports: report.children });
  }
}

/** How many scopes these reports stand for. */
export function scopesOf(reports: readonly Report[]): number {
  return reports.reduce((sum, { alike }) => sum + 1 + (alike?.scopes ?? 0), 0);
}

/** The findings of a run by their key, the worst first; what is only possible last. Equal ones stand by their key, so that no order of processes shows. */
export function findingGroups(run: Pick<Run, 'reports'>): FindingGroup[] {
  const byKey = new Map<string, Occurrence[]>();
  for (const report of reportsOf(run)) {
    for (const finding of report.findings) {
      const known = byKey.get(finding.key);
      if (known === undefined) byKey.set(finding.key, [{ finding, report }]);
      else known.push({ finding, report });
    }
  }
  return [...byKey].map(([key, occurrences]) => groupOf(key, occurrences)).sort(compareGroups);
}

function groupOf(key: string, occurrences: readonly Occurrence[]): FindingGroup {
  const worst = occurrences.reduce((a, b) => (compareFindings(b.finding, a.finding) < 0 ? b : a));
  const labels = [...new Set(occurrences.map(({ report }) => report.profile.label))].sort();
  return { key, worst, occurrences, scopes: scopesOf(occurrences.map(({ report }) => report)), labels };
}

function compareGroups(a: FindingGroup, b: FindingGroup): number {
  return compareFindings(a.worst.finding, b.worst.finding) || b.scopes - a.scopes || (a.key < b.key ? -1 : 1);
}

/** The worse one first; what is only possible last. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    Number(a.confidence === 'possible') - Number(b.confidence === 'possible') ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence) ||
    sizeOf(b) - sizeOf(a)
  );
}

/** Statements that it speaks of: of the root of a tree of loops, all of the tree's. */
function sizeOf({ statements, data }: Finding): number {
  return Number(data.totalStatements ?? statements.length);
}
