// What a run could not show: what was lost on its way, cut by a cap, not over in time, or allowed to no effect. Summed over all scopes and processes, so
// that whoever reads only the verdict knows what it does not rest on.

import type { Notice } from '../profile/types.js';
import { nameOfAllowed } from './allowed.js';
import type { IdleAllow } from './report.js';
import { type Loss, type Run, type RunProcess, reportsOf } from './run.js';

export interface RunGaps {
  losses: readonly Loss[];
  /** Of all profiles, equal ones as one. What is allowed to no effect is told below, once it is so in the whole run. */
  notices: readonly Notice[];
  unjudged: RunProcess['unjudged'];
  /** Allowances that had no effect in any process. */
  idleAllows: readonly IdleAllow[];
}

export function gapsOf(run: Run): RunGaps {
  const unjudged = run.processes.map((process) => process.unjudged);
  return {
    losses: run.losses,
    notices: noticesOf(run),
    unjudged: {
      scopes: unjudged.reduce((sum, { scopes }) => sum + scopes, 0),
      statements: unjudged.reduce((sum, { statements }) => sum + statements, 0),
    },
    idleAllows: idleAllowsOf(run),
  };
}

function noticesOf(run: Run): Notice[] {
  const byText = new Map<string, Notice>();
  for (const { profile } of reportsOf(run)) {
    for (const { code, message, count } of profile.notices) {
      if (code === 'allow-unused') continue;
      const name = `${code} ${message}`;
      byText.set(name, { code, message, count: count + (byText.get(name)?.count ?? 0) });
    }
  }
  return [...byText.values()].sort((a, b) => b.count - a.count || (a.message < b.message ? -1 : 1));
}

/** What one process had no use for another may have needed. */
function idleAllowsOf(run: Run): IdleAllow[] {
  const used = new Set<string>();
  for (const { suppressed } of reportsOf(run)) {
    for (const { finding, reason, until } of suppressed) {
      used.add(nameOfAllowed({ detector: finding.detector, reason, until }));
    }
  }
  const idle = new Map(run.processes.flatMap(({ idleAllows }) => idleAllows.map((one) => [nameOfAllowed(one), one])));
  return [...idle].filter(([name]) => !used.has(name)).map(([, one]) => one);
}
