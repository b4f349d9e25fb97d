// Which findings the app has declared to be right as they are. They stay in the report, apart from the verdict, with the
// reason that was given.

import type { Notice, Profile, Statement } from '../profile/types.js';
import type { Finding, Report } from './report.js';

/** An allowance that stood around some of the scope's statements. */
export interface Allowed {
  /** The detector's id. */
  detector: string;
  reason: string;
  /** ISO date (it holds through that day, UTC) or time; null: no end. */
  until: string | null;
  /** Does it stand around everything, rather than around a piece of the app's code? */
  everywhere?: true;
}

/** The allowances that cover a finding: for its detector, and around each of its statements; those that still held before those that had ended. */
export function allowancesFor(finding: Finding, profile: Profile, allow: readonly Allowed[]): Allowed[] {
  const covering = allow.filter(
    ({ detector }, index) =>
      detector === finding.detector &&
      finding.statements.every((statement) => (profile.statements[statement] as Statement).allowed.includes(index)),
  );
  const ended = covering.filter((allowance) => hasEnded(allowance, profile.startedAt));
  return [...covering.filter((allowance) => !ended.includes(allowance)), ...ended];
}

/** Says why findings are shown that somebody had declared to be right; one notice for each allowance that has ended. */
export function expiryNotices(expired: readonly Allowed[]): Notice[] {
  return [...new Set(expired)].map((allowance) => ({
    code: 'allow-expired',
    message: `an allow for ${allowance.detector} ended on ${allowance.until}`,
    count: expired.filter((one) => one === allowance).length,
  }));
}

/**
 * Says which of the app's own `allow()` stood around statements of this scope and had nothing to allow there, nor in the scopes inside. What
 * stands around everything is not told for each scope.
 */
export function unusedNotices(
  allow: readonly Allowed[],
  used: ReadonlySet<Allowed>,
  profile: Profile,
  children: readonly Report[],
): Notice[] {
  if (allow.length === 0) return [];
  const around = new Set(profile.statements.flatMap(({ allowed }) => allowed));
  const within = new Set(children.flatMap(suppressedIn));
  return allow
    .filter((one, index) => around.has(index) && !one.everywhere && !used.has(one) && !within.has(nameOfAllowed(one)))
    .map(({ detector, reason }) => ({
      code: 'allow-unused',
      message: `an allow for ${detector} had nothing to allow here: ${reason}`,
      count: 1,
    }));
}

function suppressedIn({ suppressed, children }: Report): string[] {
  const own = suppressed.map(({ finding, reason, until }) =>
    nameOfAllowed({ detector: finding.detector, reason, until }),
  );
  return [...own, ...children.flatMap(suppressedIn)];
}

/** Equal ones are one allowance, wherever they are written. */
export function nameOfAllowed({ detector, reason, until }: Pick<Allowed, 'detector' | 'reason' | 'until'>): string {
  return JSON.stringify([detector, reason, until]);
}

/** By the scope's own time, so that a profile judged later gets the same verdict. */
export function hasEnded({ until }: Pick<Allowed, 'until'>, startedAt: string): boolean {
  if (until === null) return false;
  const isDay = until.length === 'YYYY-MM-DD'.length;
  return isDay ? startedAt.slice(0, until.length) > until : Date.parse(startedAt) > Date.parse(until);
}
