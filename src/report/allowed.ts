// Which findings the app has declared to be right as they are. They stay in the report, apart from the verdict, with the
// reason that was given.

import type { Notice, Profile, Statement } from '../profile/types.js';
import type { Finding } from './report.js';

/** An allowance that stood around some of the scope's statements. */
export interface Allowed {
  /** The detector's id. */
  detector: string;
  reason: string;
  /** ISO date (it holds through that day, UTC) or time; null: no end. */
  until: string | null;
}

/**
 * The allowance that covers the finding, for its detector and around each of its statements, and whether it still held when the scope opened: one
 * that did goes before one that had ended.
 */
export function allowanceFor(
  finding: Finding,
  profile: Profile,
  allow: readonly Allowed[],
): { allowance: Allowed; holds: boolean } | null {
  const covering = allow.filter(
    ({ detector }, index) =>
      detector === finding.detector &&
      finding.statements.every((statement) => (profile.statements[statement] as Statement).allowed.includes(index)),
  );
  const holding = covering.find((allowance) => holds(allowance, profile.startedAt));
  const allowance = holding ?? covering[0];
  return allowance === undefined ? null : { allowance, holds: holding !== undefined };
}

/** Says why findings are shown that somebody had declared to be right; one notice for each allowance that has ended. */
export function expiryNotices(expired: readonly Allowed[]): Notice[] {
  return [...new Set(expired)].map((allowance) => ({
    code: 'allow-expired',
    message: `an allow for ${allowance.detector} ended on ${allowance.until}`,
    count: expired.filter((one) => one === allowance).length,
  }));
}

/** By the scope's own time, so that a profile judged later gets the same verdict. */
function holds({ until }: Allowed, startedAt: string): boolean {
  if (until === null) return true;
  const isDay = until.length === 'YYYY-MM-DD'.length;
  return isDay ? startedAt.slice(0, until.length) <= until : Date.parse(startedAt) <= Date.parse(until);
}
