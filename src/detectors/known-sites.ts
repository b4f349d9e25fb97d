// Where executions came from, as far as that is known. A call site that was not captured is no place, and one that is
// doubtful may be another: neither is counted, and the words say how many executions that leaves.

import { FINE_LOT } from '../profile/slices.js';
import type { CallSite, Statement } from '../profile/types.js';
import { framesText } from '../profile/views.js';
import { counted, figure } from './figures.js';

/** Call sites, and the executions that are known to come from one of them. */
export interface KnownSites {
  sites: number;
  executions: number;
  /** Was none of the sites captured in this scope? */
  assumed: boolean;
}

/** What is known of where these executions came from; sites are one where all their frames are. */
export function* knownSitesOf(executions: readonly Statement[]): Generator<void, KnownSites> {
  const objects = new Set<CallSite>();
  let known = 0;
  let steps = 0;
  for (const { callSite } of executions) {
    if (++steps % FINE_LOT === 0) yield;
    if (callSite === null || callSite.doubtful) continue;
    known++;
    objects.add(callSite);
  }
  const all = [...objects];
  return {
    sites: new Set(all.map(framesText)).size,
    executions: known,
    assumed: all.every((site) => site.assumed),
  };
}

/** `8 executions with equal values from 2 call sites`, where `like` is ` with equal values`; and how many of them where others are unknown. */
export function executionsFrom({ sites, executions, assumed }: KnownSites, total: number, like = ''): string {
  const all = counted(total, 'execution') + like;
  if (sites === 0) return `${all} from unknown call sites`;
  const places = sites > 1 ? counted(sites, 'call site') : assumed ? 'one assumed call site' : 'one call site';
  if (executions === total) return `${all} from ${places}`;
  const rest = total - executions;
  return `${all}, ${figure(executions)} of them from ${places} and ${figure(rest)} from ${rest === 1 ? 'an unknown one' : 'unknown ones'}`;
}
