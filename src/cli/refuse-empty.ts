// A run in which nothing was seen says nothing: neither that all is well, nor that anything was fixed.

import { totalsOf } from '../report/run-totals.js';
import type { FoundRun } from './find-run.js';
import { ToolError } from './tool-error.js';

/** Throws a ToolError where there is not one statement in the run. */
export function refuseEmpty({ run, places }: FoundRun): void {
  if (totalsOf(run).statements > 0) return;
  const [loss] = run.losses;
  const why = loss === undefined ? '' : ` (${loss.message})`;
  throw new ToolError(`There is not one statement in ${places.join(', ')}${why}. --allow-empty takes that for a run.`);
}
