// A run in figures: how much was watched, so that every format says the same of what its verdict rests on.

import type { Profile } from '../profile/types.js';
import { type Run, reportsOf } from './run.js';

export interface RunTotals {
  /** Names of the services that reported, each once, by name. */
  services: readonly string[];
  processes: number;
  scopes: Record<Profile['kind'], number>;
  /** Of them those that are known by their figures only, as they had the label and the findings of others. Left out: none. */
  alike?: number;
  /** Inside scopes, those over the cap too. */
  statements: number;
  /** Outside any scope. */
  unattributed: number;
  /** Requests that `sampleRate` left out. */
  unsampled: number;
}

export function totalsOf(run: Run): RunTotals {
  const scopes: RunTotals['scopes'] = { request: 0, job: 0, test: 0 };
  let statements = 0;
  let others = 0;
  for (const { profile, alike } of reportsOf(run)) {
    scopes[profile.kind] += 1 + (alike?.scopes ?? 0);
    statements += profile.statements.length + profile.dropped + (alike?.statements ?? 0);
    others += alike?.scopes ?? 0;
  }
  return {
    services: [...new Set(run.processes.flatMap(({ service }) => service ?? []))].sort(),
    processes: run.processes.length,
    scopes,
    ...(others > 0 && { alike: others }),
    statements,
    unattributed: run.processes.reduce((sum, process) => sum + process.unattributed, 0),
    unsampled: run.processes.reduce((sum, process) => sum + process.unsampled.requests, 0),
  };
}
