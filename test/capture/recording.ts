// Scopes for tests of capture alone: what was noted, without what is found in it.

import type { Keeper, Scope } from '../../src/capture/scope.js';
import { openScope } from '../../src/capture/scope.js';
import { defaults } from '../../src/options.js';
import { buildProfile } from '../../src/profile/build-profile.js';
import type { Note } from '../../src/profile/note.js';
import { runAtOnce } from '../../src/profile/slices.js';
import type { Checkout } from '../../src/profile/types.js';
import { CLOSING, SITES } from '../support/closing.js';

/** The notes of one scope that has closed, and what closed it. */
export interface Recorded {
  label: string;
  kind: Scope['kind'];
  parent: string | null;
  id: string;
  notes: Note[];
  checkouts: Checkout[];
  notices: string[];
  unattributed: number;
  children: string[];
}

/** Keeps what each scope noted, in the order of closing. */
export class RecordingKeeper implements Keeper {
  readonly callSites = 'never' as const;
  readonly limits: Keeper['limits'];
  readonly closed: Recorded[] = [];

  constructor(limits: Partial<Keeper['limits']> = {}) {
    this.limits = { ...defaults.limits, ...limits };
  }

  opened(): unknown {
    return null;
  }

  async conclude(scope: Scope): Promise<unknown> {
    this.closed.push({
      label: scope.label,
      kind: scope.kind,
      parent: scope.parent,
      id: scope.id,
      notes: [...scope.recorder.notes],
      checkouts: runAtOnce(buildProfile(scope.recorder, CLOSING, SITES)).checkouts,
      notices: [...scope.recorder.notices.keys()],
      unattributed: scope.unattributed,
      children: [...scope.children] as string[],
    });
    return scope.label;
  }

  /** Runs a function in a scope; answers what it noted once it has closed. */
  async record(label: string, fn: () => unknown): Promise<Recorded> {
    const scope = openScope(this, 'request', label);
    try {
      await scope.run(fn);
    } finally {
      scope.end({ status: 200, error: null, aborted: false });
      await scope.reported();
    }
    const recorded = this.closed.find(({ id }) => id === scope.id);
    if (recorded === undefined) throw new Error(`scope ${label} was not concluded`);
    return recorded;
  }
}
