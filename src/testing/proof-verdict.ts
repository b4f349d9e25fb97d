// The assertion that writes are one unit, by failing each of them for real: a detector sees what happened, a proof what would.

import { runIn } from '../capture/context.js';
import { proofText } from '../outputs/console/proof-text.js';
import type { ProveOptions } from '../prove/prove-options.js';
import type { Proof } from '../report/proof.js';
import { WIDTH } from './captured-statements.js';
import { testProfiler } from './test-profiler.js';
import type { Verdict } from './verdict.js';

/**
 * Makes each write of a function fail, on its own connection, and answers what stayed each time: for real, so give it a database of its own and `reset`. See the profiler's `proveAtomic`.
 */
export async function proveAtomic(fn: () => unknown, options?: ProveOptions): Promise<Proof> {
  // What fails on purpose is no finding of the test around it.
  return runIn(undefined, () => testProfiler().profiler.proveAtomic(fn, options));
}

/** Passes where the data was whole after every failure. */
export async function judgeSurvival(fn: unknown, options?: ProveOptions): Promise<Verdict> {
  const proof = await proveAtomic(fn as () => unknown, options);
  const table = proofText(proof, { width: WIDTH, color: false }).trimEnd();
  return {
    pass: proof.atomic,
    failure: () => `expected the data to be whole whichever write fails${firstLoss(proof)}\n\n${table}`,
    negated: () => `expected the data not to be whole after some failure, and it always was\n\n${table}`,
  };
}

/** `; it is not where write 2 fails`. */
function firstLoss({ runs, stopped }: Proof): string {
  const failed = [...new Set(runs.filter(({ atomic }) => !atomic).map((run) => run.failed))];
  if (failed.length > 0) return `; it is not where write ${failed.join(' or ')} fails`;
  return stopped === null ? '' : `; that is not proven, as ${stopped}`;
}
