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

/** What is found between units: where all but one of them may be missing, nothing is. */
const BETWEEN_UNITS: ReadonlySet<string> = new Set(['missing-transaction', 'torn-write']);

/**
 * The allowances that cover a finding: for its detector, and around each of its statements, or together around those of all its units but one;
 * those that still held before those that had ended.
 */
export function allowancesFor(finding: Finding, profile: Profile, allow: readonly Allowed[]): Allowed[] {
  const own = allow.filter(({ detector }) => detector === finding.detector);
  if (own.length === 0) return [];
  const statements = finding.statements.map((index) => profile.statements[index] as Statement);
  const isAround = (allowance: Allowed) => {
    const index = allow.indexOf(allowance);
    return ({ allowed }: Statement) => allowed.includes(index);
  };
  if (!BETWEEN_UNITS.has(finding.detector)) {
    const covering = own.filter((allowance) => statements.every(isAround(allowance)));
    const [holding, ended] = byEnd(covering, profile);
    return [...holding, ...ended];
  }
  const covers = (allowances: readonly Allowed[]) => {
    const around = allowances.map(isAround);
    return leavesOneUnit(
      statements,
      statements.filter((statement) => !around.some((is) => is(statement))),
    );
  };
  const touching = own.filter((allowance) => statements.some(isAround(allowance)));
  const [holding, ended] = byEnd(touching, profile);
  if (covers(holding)) return [...holding, ...ended];
  return covers(touching) ? ended : [];
}

/** Of a finding's statements these are not allowed: are they one unit? */
function leavesOneUnit(all: readonly Statement[], left: readonly Statement[]): boolean {
  const [first] = left;
  if (left.length === all.length) return false;
  return (
    left.length <= 1 || left.every(({ transaction }) => transaction !== null && transaction === first?.transaction)
  );
}

function byEnd(allowances: readonly Allowed[], { startedAt }: Profile): [holding: Allowed[], ended: Allowed[]] {
  const ended = allowances.filter((allowance) => hasEnded(allowance, startedAt));
  return [allowances.filter((allowance) => !ended.includes(allowance)), ended];
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
