// A scope that has closed, as plain data: what a test's process hands to the one that judges for it. It holds values, so it goes from memory to memory and
// nowhere else.

import { closingOf, type Scope } from '../../capture/scope.js';
import type { AppSites } from '../../capture/sites.js';
import type { Closing } from '../../profile/build-profile.js';
import { type PlainNotes, plainNotes } from '../../profile/plain-notes.js';
import type { Allowed } from '../../report/allowed.js';

export interface ClosedScope {
  /** Tells it from a report. */
  readonly is: 'closed';
  readonly closing: Closing;
  /** What the scope was opened for, by its number in its own process; null: nothing that has a name. */
  readonly entry: number | null;
  readonly notes: PlainNotes;
  readonly allowances: readonly Allowed[];
  /** Those that were opened inside it, in the order in which they closed. */
  readonly children: readonly ClosedScope[];
}

/** Reads the stacks of a scope, and remembers what they say by their texts, since nothing here knows shapes. In slices. */
export function* closedScopeOf(
  scope: Scope,
  children: readonly ClosedScope[],
  sites: AppSites,
  sample: boolean,
): Generator<void, ClosedScope> {
  const { entry } = scope.sites;
  const known = sites.in(entry);
  const notes = yield* plainNotes(scope.recorder, (stack, text) => {
    const site = known.siteOf(stack);
    if (site !== null && text !== null) known.learn(stack, { id: text }, site);
    return site;
  });
  const allowances = [...scope.allowances];
  return { is: 'closed', closing: closingOf(scope, sample), entry, notes, allowances, children };
}

export function isClosedScope(value: unknown): value is ClosedScope {
  return typeof value === 'object' && value !== null && (value as Partial<ClosedScope>).is === 'closed';
}

/** Those of the scopes inside it too. */
export function statementsOf({ notes, children }: ClosedScope): number {
  return children.reduce((sum, child) => sum + statementsOf(child), notes.count);
}
