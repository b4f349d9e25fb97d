// What a check makes of a run: which findings fail it, which were known before, and whether enough was seen to say so. Every format of CI
// shows this, and the exit code follows from it.

import { type FailOn, fails } from './fail-on.js';
import { type FindingGroup, findingGroups, type Loss, type Run, reportsOf } from './run.js';
import { type RunTotals, totalsOf } from './run-totals.js';

/** A finding that a baseline has: known before, and accepted for a reason. */
export interface KnownFinding {
  key: string;
  reason: string;
  /** ISO date of the day on which it was written down. */
  since: string;
}

/** A finding over all its scopes, judged. */
export interface JudgedGroup extends FindingGroup {
  fails: boolean;
  /** Null: it is new, or there is no baseline. */
  known: KnownFinding | null;
}

export interface Verdict {
  /** blind: so little was seen, or could be read, that nothing can be said. */
  outcome: 'clean' | 'findings' | 'blind';
  /** Why it is blind, one sentence each; empty unless it is. */
  blindness: readonly string[];
  /** The worst first. */
  groups: readonly JudgedGroup[];
  /** What the baseline has and a complete run does not: it may be struck off. Empty where the run was not said to be complete. */
  gone: readonly KnownFinding[];
  /** Was there a baseline? */
  compared: boolean;
  totals: RunTotals;
}

export interface Judgement {
  failOn: FailOn;
  /** Detectors that judge by the clock: they fail nothing. */
  clock: ReadonlySet<string>;
  /** What is known by now; null: no baseline. */
  baseline: readonly KnownFinding[] | null;
  /** Did this run go everywhere, so that what it does not have is gone? */
  complete: boolean;
  /** May it have seen nothing? */
  allowEmpty: boolean;
}

/** Of these a part of the run could not be read at all, so that its findings may be missing. A line cut short is where a process was killed. */
const UNREADABLE: ReadonlySet<Loss['code']> = new Set(['line-unreadable', 'file-unreadable', 'format-newer']);

/** Judges a run. */
export function judge(run: Run, { failOn, clock, baseline, complete, allowEmpty }: Judgement): Verdict {
  const byKey = new Map(baseline?.map((entry) => [entry.key, entry]));
  const groups = findingGroups(run).map((group): JudgedGroup => {
    const known = byKey.get(group.key) ?? null;
    const isBad = group.occurrences.some(({ finding }) => fails(finding, failOn, clock));
    return { ...group, known, fails: known === null && isBad };
  });
  const totals = totalsOf(run);
  const blindness = [
    ...(allowEmpty ? [] : emptinessOf(run, totals)),
    ...run.losses.filter(({ code }) => UNREADABLE.has(code)).map(({ message }) => message),
  ];
  const found = new Set(groups.map(({ key }) => key));
  return {
    outcome: blindness.length > 0 ? 'blind' : groups.some((group) => group.fails) ? 'findings' : 'clean',
    blindness,
    groups,
    gone: complete ? [...byKey.values()].filter(({ key }) => !found.has(key)) : [],
    compared: baseline !== null,
    totals,
  };
}

/** Silence is health only where something was watched. */
function emptinessOf(run: Run, { statements, unattributed, processes }: RunTotals): string[] {
  if (statements > 0) return [];
  const unjudged = run.processes.reduce((sum, process) => sum + process.unjudged.statements, 0);
  const elsewhere = [
    ...(unattributed > 0 ? [`; ${unattributed} ran outside any request, job or test`] : []),
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
