// Which allowances of a process still do something: an allow that has ended, or that never had anything to allow, is said when
// the process ends, so that it is cleaned away and not believed.

import { type Allowed, hasEnded, nameOfAllowed } from './allowed.js';
import type { IdleAllow, Report } from './report.js';

/** Allowances whose reasons are made up as the app runs are not followed without end. */
const MAX_ALLOWANCES = 1_000;

interface Entry {
  allowed: Allowed;
  /** Did it cover a finding while it held? */
  matched: boolean;
  /** Had it ended when the last scope under it opened? */
  ended: boolean;
}

export class AllowanceLedger {
  readonly #entries = new Map<string, Entry>();

  /** Notes what stood around a scope's statements, and what of it set findings apart. */
  note(allow: readonly Allowed[], { profile, suppressed }: Report): void {
    for (const allowed of allow) {
      const name = nameOfAllowed(allowed);
      let entry = this.#entries.get(name);
      if (entry === undefined) {
        if (this.#entries.size >= MAX_ALLOWANCES) continue;
        entry = { allowed, matched: false, ended: false };
        this.#entries.set(name, entry);
      }
      entry.ended = hasEnded(allowed, profile.startedAt);
      entry.matched ||= suppressed.some(
        ({ finding, reason, until }) => nameOfAllowed({ detector: finding.detector, reason, until }) === name,
      );
    }
  }

  /** The allowances that have ended or never matched, in the order in which they were first seen. */
  idle(): IdleAllow[] {
    return [...this.#entries.values()]
      .filter(({ matched, ended }) => ended || !matched)
      .map(({ allowed: { detector, reason, until }, ended }) => ({ detector, reason, until, ended }));
  }
}
