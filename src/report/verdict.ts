// What a check makes of a run: which findings fail it, which were known before, and whether enough was seen to say so. Every format of CI
// shows this, and the exit code follows from it.

import { type Baseline, type BaselineEntry, EMPTY_BASELINE, judgeByBaseline } from './baseline.js';
import { type FailOn, fails } from './fail-on.js';
import { type FindingGroup, findingGroups, type Loss, type Run, reportsOf } from './run.js';
import { type RunTotals, totalsOf } from './run-totals.js';

/** A finding over all its scopes, judged. */
export interface JudgedGroup extends FindingGroup {
  fails: boolean;
  /** Null: it is new, or there is no baseline. */
  known: BaselineEntry | null;
}

export interface Verdict {
  /** blind: so little was seen, or could be read, that nothing can be said. */
  outcome: 'clean' | 'findings' | 'blind';
  /** Why it is blind, one sentence each; empty unless it is. */
  blindness: readonly string[];
  /** The worst first. */
  groups: readonly JudgedGroup[];
  /** What the baseline has and a complete run does not: it may be struck off. Empty where the run was not said to be complete. */
  gone: readonly BaselineEntry[];
  /** Was there a baseline? */
  compared: boolean;
  /** Findings that the app allows, each once. */
  allowed: number;
  totals: RunTotals;
}

export interface Judgement {
  failOn: FailOn;
  /** Detectors that judge by the clock: they fail nothing. */
  clock: ReadonlySet<string>;
  /** What is known by now; null: no baseline. */
  baseline: Baseline | null;
  /** Did this run go everywhere, so that what it does not have is gone? */
  complete: boolean;
  /** May it have seen nothing? */
  allowEmpty: boolean;
}

/** Of these a part of the run could not be read at all, so that its findings may be missing. A line cut short is where a process was killed. */
const UNREADABLE: ReadonlySet<Loss['code']> = new Set(['line-unreadable', 'file-unreadable', 'format-newer']);

/** Judges a run. */
export function judge(run: Run, { failOn, clock, baseline, complete, allowEmpty }: Judgement): Verdict {
  const { known, gone, incomparable } = judgeByBaseline(run, baseline ?? EMPTY_BASELINE, { complete });
  const entries = new Map(known.map(({ group, entry }) => [group.key, entry]));
  const groups = findingGroups(run).map((group): JudgedGroup => {
    const entry = entries.get(group.key) ?? null;
    const isBad = group.occurrences.some(({ finding }) => fails(finding, failOn, clock));
    return { ...group, known: entry, fails: entry === null && isBad };
  });
  const totals = totalsOf(run);
  const blindness = [
    ...(allowEmpty ? [] : emptinessOf(run, totals)),
    ...unreadableIn(run),
    ...(incomparable === null ? [] : [`the baseline says nothing of this run, as ${incomparable}`]),
  ];
  return {
    outcome: blindness.length > 0 ? 'blind' : groups.some((group) => group.fails) ? 'findings' : 'clean',
    blindness,
    groups,
    gone: gone ?? [],
    compared: baseline !== null,
    allowed: allowedIn(run),
    totals,
  };
}

function allowedIn(run: Run): number {
  const keys = new Set<string>();
  for (const { suppressed } of reportsOf(run)) for (const { finding } of suppressed) keys.add(finding.key);
  return keys.size;
}

/** What could not be read of a run, so that its findings may be missing: a sentence each. */
export function unreadableIn({ losses }: Pick<Run, 'losses'>): string[] {
  return losses.filter(({ code }) => UNREADABLE.has(code)).map(({ message }) => message);
}

/** Silence is health only where something was watched. */
function emptinessOf(run: Run, { statements, unattributed, unsampled, processes }: RunTotals): string[] {
  if (statements > 0) return [];
  const unjudged = run.processes.reduce((sum, process) => sum + process.unjudged.statements, 0);
  const elsewhere = [
    ...(unattributed > 0 ? [`; ${unattributed} ran outside any request, job or test`] : []),
    ...(unsampled > 0
      ? [`; ${unsampled} ${unsampled === 1 ? 'request was' : 'requests were'} left out by sampleRate`]
      : []),
    ...(unjudged > 0 ? [`; ${unjudged} ran in what was not over when its process ended`] : []),
  ].join('');
  if (reportsOf(run).next().done) {
    const who = processes === 1 ? 'the one process that reported' : `${processes} processes that reported`;
    return [`no request, job or test was seen in ${processes === 0 ? 'what was read' : who}${elsewhere}`];
  }
  const drivers = run.processes.flatMap((process) => process.drivers);
  const why =
    drivers.length === 0
      ? 'no pg was found: hand it to profiler.instrument(pg)'
      : 'if the app did query, it has another copy of pg: hand its pool to profiler.wrap(pool)';
  return [`not one statement was seen${elsewhere || `; ${why}`}`];
}
