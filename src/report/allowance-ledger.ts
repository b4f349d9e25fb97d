// Which allowances of a process still do something: an allow that has ended, or that never had anything to allow, is said when
// the process ends, so that it is cleaned away and not believed.

import { type Allowed, hasEnded, nameOfAllowed } from './allowed.js';
import type { IdleAllow, Report } from './report.js';

/** Allowances whose reasons are made up as the app runs are not followed without end. */
const MAX_ALLOWANCES = 1_000;

/** What is known of an allowance. */
export interface LedgerEntry {
  allowed: Allowed;
  /** Did it cover a finding while it held? */
  matched: boolean;
  /** Had it ended when the last scope under it opened? */
  ended: boolean;
}

export class AllowanceLedger {
  readonly #entries = new Map<string, LedgerEntry>();

  /** Notes what stood around a scope's statements, and what of it set findings apart. */
  note(allow: readonly Allowed[], { profile, suppressed }: Report): void {
    for (const allowed of allow) {
      const entry = this.#entryOf(allowed);
      if (entry === null) continue;
      const name = nameOfAllowed(allowed);
      entry.ended = hasEnded(allowed, profile.startedAt);
      entry.matched ||= suppressed.some(
        ({ finding, reason, until }) => nameOfAllowed({ detector: finding.detector, reason, until }) === name,
      );
    }
  }

  get entries(): readonly LedgerEntry[] {
    return [...this.#entries.values()];
  }

  /** Takes in what another ledger of the same process knows. */
  join(entries: readonly LedgerEntry[]): void {
    for (const { allowed, matched, ended } of entries) {
      const entry = this.#entryOf(allowed);
      if (entry === null) continue;
      entry.ended ||= ended;
      entry.matched ||= matched;
    }
  }

  /** The allowances that have ended or never matched, in the order in which they were first seen; then those that no scope had. */
  idle(outside: readonly Allowed[] = []): IdleAllow[] {
    const inScopes = [...this.#entries.values()]
      .filter(({ matched, ended }) => ended || !matched)
      .map(({ allowed, ended }) => idleAllow(allowed, ended, false));
    // Equal ones of two copies of queryscope are two objects.
    const strays = new Map(outside.map((allowed) => [nameOfAllowed(allowed), allowed]));
    for (const name of this.#entries.keys()) strays.delete(name);
    return [...inScopes, ...Array.from(strays.values(), (allowed) => idleAllow(allowed, false, true))];
  }

  /** Null where there are too many. */
  #entryOf(allowed: Allowed): LedgerEntry | null {
    const name = nameOfAllowed(allowed);
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      if (this.#entries.size >= MAX_ALLOWANCES) return null;
      entry = { allowed, matched: false, ended: false };
      this.#entries.set(name, entry);
    }
    return entry;
  }
}

function idleAllow({ detector, reason, until }: Allowed, ended: boolean, outside: boolean): IdleAllow {
  return { detector, reason, until, ended, outside };
}
