// Which findings the app has declared to be right as they are. They stay in the report, apart from the verdict, with the
// reason that was given.

import type { Profile, Statement } from '../profile/types.js';
import type { Finding } from './report.js';

/** An allowance that stood around some of the scope's statements. */
export interface Allowed {
  /** The detector's id. */
  detector: string;
  reason: string;
  /** ISO date (it holds through that day, UTC) or time; null: no end. */
  until: string | null;
}

/** The allowance that covers the finding: for its detector, still holding when the scope opened, and around each of its statements. */
export function allowanceFor(finding: Finding, profile: Profile, allow: readonly Allowed[]): Allowed | undefined {
  return allow.find(
    (allowed, index) =>
      allowed.detector === finding.detector &&
      holds(allowed, profile.startedAt) &&
      finding.statements.every((statement) => (profile.statements[statement] as Statement).allowed.includes(index)),
  );
}

/** By the scope's own time, so that a profile judged later gets the same verdict. */
function holds({ until }: Allowed, startedAt: string): boolean {
  if (until === null) return true;
  const isDay = until.length === 'YYYY-MM-DD'.length;
  return isDay ? startedAt.slice(0, until.length) <= until : Date.parse(startedAt) <= Date.parse(until);
}
