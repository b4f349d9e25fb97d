// The scopes of a run in one list, each under a number by which all else names it.

import type { Report } from '../../report/report.js';
import type { Run } from '../../report/run.js';

export interface ScopeEntry {
  report: Report;
  index: number;
  /** The scope around it. */
  parent: number | null;
  /** Are its statements in the page? */
  kept: boolean;
}

/** As many as a browser lists without a pause. */
export const MOST_SCOPES = 100_000;
/** As many statements as a page can hold and still open at once. */
export const MOST_STATEMENTS = 200_000;

export interface ScopeEntries {
  entries: ScopeEntry[];
  /** Scopes over `MOST_SCOPES`, with all that is inside them. */
  left: number;
}

/** All scopes, parents before their children. */
export function scopeEntries({ reports }: Pick<Run, 'reports'>): ScopeEntries {
  const entries: ScopeEntry[] = [];
  let left = 0;
  const add = (report: Report, parent: number | null) => {
    if (entries.length >= MOST_SCOPES) {
      left += sizeOf(report);
      return;
    }
    const index = entries.push({ report, index: entries.length, parent, kept: false }) - 1;
    for (const child of report.children) add(child, index);
  };
  for (const report of inOrderOfNeed(reports)) add(report, null);
  keepStatements(entries);
  return { entries, left };
}

/** As they are, unless there is not room for all: then those with findings first. */
function inOrderOfNeed(reports: readonly Report[]): readonly Report[] {
  const all = reports.reduce((sum, report) => sum + sizeOf(report), 0);
  return all <= MOST_SCOPES
    ? reports
    : [...reports.filter(hasFindings), ...reports.filter((each) => !hasFindings(each))];
}

function sizeOf({ children }: Report): number {
  return children.reduce((sum, child) => sum + sizeOf(child), 1);
}

function hasFindings({ findings, children }: Report): boolean {
  return findings.length > 0 || children.some(hasFindings);
}

/** Those that have something to say come first where there is not room for the statements of all. */
function keepStatements(entries: readonly ScopeEntry[]): void {
  const isTold = ({ report }: ScopeEntry) => report.findings.length > 0;
  let room = MOST_STATEMENTS;
  for (const entry of [...entries.filter(isTold), ...entries.filter((each) => !isTold(each))]) {
    const { length } = entry.report.profile.statements;
    if (length > room) continue;
    entry.kept = true;
    room -= length;
  }
}
