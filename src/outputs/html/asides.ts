// What was looked at in the run and is no finding, over all its scopes: what somebody allowed, and repeats that do no harm.

import type { Aside } from './model.js';
import type { ScopeEntry } from './scope-entries.js';

/** Of reasons that are worded anew for each scope nobody reads them all. */
const MOST = 200;

/** The most often said first. */
export function asidesOf(entries: readonly ScopeEntry[]): Aside[] {
  const asides = new Map<string, Aside>();
  const add = (kind: Aside['kind'], what: string, why: string) => {
    const name = `${kind} ${what} ${why}`;
    const known = asides.get(name);
    if (known === undefined) asides.set(name, { kind, what, why, count: 1 });
    else known.count += 1;
  };
  for (const { report } of entries) {
    for (const { finding, reason, until } of report.suppressed) {
      add('allowed', finding.detector, until === null ? reason : `${reason} (until ${until})`);
    }
    for (const { kind, why } of report.dismissals) add('harmless', kind, why);
  }
  return [...asides.values()].sort((a, b) => b.count - a.count || (a.why < b.why ? -1 : 1)).slice(0, MOST);
}
