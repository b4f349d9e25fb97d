// What changed between two runs: findings that are new, gone or other than they were, and how many statements each label sends. Times are never compared:
// two runs of the same code differ in them.

import { shapeVersionsOf } from './baseline.js';
import type { Finding, Report } from './report.js';
import { type FindingGroup, findingGroups, type Run, reportsOf } from './run.js';

export interface Diff {
  /** Why findings of the two cannot be told to be the same; null where they can. Then nothing is said of findings. */
  incomparable: string | null;
  /** In head, and not in base. On a label that is new, too. */
  fresh: FindingGroup[];
  /** In base, and not in head, though each of its labels ran there. */
  fixed: FindingGroup[];
  /** In base, and allowed in head. */
  allowed: FindingGroup[];
  /** In base, and not in head, where not all of its labels ran: nobody can know. */
  unseen: FindingGroup[];
  /** In both, but milder, worse, surer, less sure, smaller or larger. */
  changed: ChangedFinding[];
  /** What each label sends; what grew most first. */
  labels: LabelDiff[];
}

export interface ChangedFinding {
  key: string;
  base: FindingGroup;
  head: FindingGroup;
}

/** Statements of the scopes of one label: the app's own, those over a cap too. */
export interface LabelCounts {
  scopes: number;
  /** Of an even number of scopes the smaller of the two in the middle. */
  median: number;
  max: number;
}

export interface LabelDiff {
  kind: Report['profile']['kind'];
  label: string;
  /** Null: it did not run there. */
  base: LabelCounts | null;
  head: LabelCounts | null;
  /** more, fewer: by the median, or where that is the same by the largest · new, gone: it ran on one side only, which says nothing. */
  change: 'more' | 'fewer' | 'same' | 'new' | 'gone';
}

export interface DiffOptions {
  /** Detectors that go by the clock: what they find comes and goes by itself. */
  clockDetectors?: ReadonlySet<string>;
}

export function diffOf(base: Run, head: Run, { clockDetectors = new Set() }: DiffOptions = {}): Diff {
  const labels = labelDiffs(base, head);
  const incomparable = whyIncomparable(shapeVersionsOf(base), shapeVersionsOf(head));
  if (incomparable !== null) {
    return { incomparable, fresh: [], fixed: [], allowed: [], unseen: [], changed: [], labels };
  }
  const before = groupsOf(base, clockDetectors);
  const after = groupsOf(head, clockDetectors);
  const allowed = allowedIn(head);
  const ran = new Set(Array.from(reportsOf(head), ({ profile }) => profile.label));
  const missing = [...before.values()].filter(({ key }) => !after.has(key));
  const notAllowed = missing.filter(({ key }) => !allowed.has(key));
  const couldBeSeen = ({ labels }: FindingGroup) => labels.every((label) => ran.has(label));
  return {
    incomparable,
    fresh: [...after.values()].filter(({ key }) => !before.has(key)),
    fixed: notAllowed.filter(couldBeSeen),
    allowed: missing.filter(({ key }) => allowed.has(key)),
    unseen: notAllowed.filter((group) => !couldBeSeen(group)),
    changed: [...after.values()].flatMap((group) => changedFrom(before.get(group.key), group)),
    labels,
  };
}

function groupsOf(run: Run, clockDetectors: ReadonlySet<string>): Map<string, FindingGroup> {
  const groups = findingGroups(run).filter(({ worst }) => !clockDetectors.has(worst.finding.detector));
  return new Map(groups.map((group) => [group.key, group]));
}

function allowedIn(run: Run): Set<string> {
  const keys = new Set<string>();
  for (const { suppressed } of reportsOf(run)) for (const { finding } of suppressed) keys.add(finding.key);
  return keys;
}

function changedFrom(base: FindingGroup | undefined, head: FindingGroup): ChangedFinding[] {
  if (base === undefined) return [];
  const isSame = nameOf(base.worst.finding) === nameOf(head.worst.finding);
  return isSame ? [] : [{ key: head.key, base, head }];
}

/** What of a finding is compared: how bad, how sure, how large. */
function nameOf({ severity, confidence, statements }: Finding): string {
  return `${severity} ${confidence} ${statements.length}`;
}

function whyIncomparable(base: readonly number[], head: readonly number[]): string | null {
  const versions = new Set([...base, ...head]);
  if (versions.size <= 1) return null;
  return `findings have keys of several shape versions: ${base.join(' and ')} in base, ${head.join(' and ')} in head`;
}

function labelDiffs(base: Run, head: Run): LabelDiff[] {
  const before = countsByLabel(base);
  const after = countsByLabel(head);
  const names = new Map([...before, ...after].map(([name, { kind, label }]) => [name, { kind, label }]));
  return [...names]
    .map(([name, { kind, label }]) => {
      const counts = { base: summaryOf(before.get(name)), head: summaryOf(after.get(name)) };
      return { kind, label, ...counts, change: changeOf(counts.base, counts.head) };
    })
    .sort((a, b) => growth(b) - growth(a) || compare(a.label, b.label) || compare(a.kind, b.kind));
}

interface Counted {
  kind: LabelDiff['kind'];
  label: string;
  sizes: Size[];
}

/** So many scopes of so many statements. */
interface Size {
  statements: number;
  scopes: number;
}

function countsByLabel(run: Run): Map<string, Counted> {
  const byName = new Map<string, Counted>();
  for (const report of reportsOf(run)) {
    const { kind, label } = report.profile;
    const name = `${kind} ${label}`;
    const counted = byName.get(name) ?? { kind, label, sizes: [] };
    counted.sizes.push(...sizesOf(report));
    byName.set(name, counted);
  }
  return byName;
}

/** Of scopes that are not kept only their sum is known: they count as if each were of the mean. */
function sizesOf({ profile, infrastructure, alike }: Report): Size[] {
  const own = { statements: profile.statements.length - infrastructure.length + profile.dropped, scopes: 1 };
  if (alike === undefined) return [own];
  const mean = Math.round(alike.statements / alike.scopes) - infrastructure.length;
  return [own, { statements: mean, scopes: alike.scopes }];
}

function summaryOf(counted: Counted | undefined): LabelCounts | null {
  if (counted === undefined) return null;
  const sorted = counted.sizes.toSorted((a, b) => a.statements - b.statements);
  const scopes = sorted.reduce((sum, size) => sum + size.scopes, 0);
  return { scopes, median: statementsAt(Math.floor((scopes - 1) / 2), sorted), max: statementsAt(scopes - 1, sorted) };
}

/** Of the scope at that place, from the smallest on. */
function statementsAt(place: number, sorted: readonly Size[]): number {
  let before = 0;
  for (const { statements, scopes } of sorted) {
    before += scopes;
    if (place < before) return statements;
  }
  return 0;
}

function changeOf(base: LabelCounts | null, head: LabelCounts | null): LabelDiff['change'] {
  if (base === null) return 'new';
  if (head === null) return 'gone';
  const difference = head.median - base.median || head.max - base.max;
  return difference > 0 ? 'more' : difference < 0 ? 'fewer' : 'same';
}

/** What is new or gone is neither. */
function growth({ base, head }: LabelDiff): number {
  return base === null || head === null ? 0 : head.median - base.median || head.max - base.max;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
