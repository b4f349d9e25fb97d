// The assertions for any runner: a verdict that does not pass is thrown as Node's own AssertionError, which points at the line that asked.

import { AssertionError } from 'node:assert';
import type { ProveOptions } from '../prove/prove-options.js';
import type { Report } from '../report/report.js';
import { judgeStatementCount, type StatementCount } from './count-verdict.js';
import { type FindingOptions, judgeAtomic, judgeFindings, judgeNPlusOne } from './finding-verdicts.js';
import { judgeSurvival } from './proof-verdict.js';
import { judgeScaling, type NamedScales, type ScaleOf, type ScaleOptions, type Scales } from './scale-verdict.js';
import type { AssertOptions, Verdict } from './verdict.js';

/** Throws an AssertionError where a statement was sent once for each row of an earlier result: by `n-plus-one`, `recursive-walk` or `write-loop`, proven or likely. */
export function assertNoNPlusOne(report: Report, options?: FindingOptions): void {
  hold(judgeNPlusOne(report, options), assertNoNPlusOne);
}

/** Throws an AssertionError where writes that belong together were not one transaction, or a transaction was not what it looks like. */
export function assertAtomic(report: Report, options?: FindingOptions): void {
  hold(judgeAtomic(report, options), assertAtomic);
}

/** Throws an AssertionError where anything was found that fails a check: errors and warnings that are proven or likely. */
export function assertNoFindings(report: Report, options?: FindingOptions): void {
  hold(judgeFindings(report, options), assertNoFindings);
}

/** Throws an AssertionError where more or fewer statements were sent than expected, in all or by their verb; lists them by shape. */
export function assertStatementCount(report: Report, expected: StatementCount, options?: AssertOptions): void {
  hold(judgeStatementCount(report, expected, options), assertStatementCount);
}

/**
 * Runs the code at growing scales and rejects with an AssertionError where a statement is sent more often at a larger one: with its formula (`1 + n + n·m`), its line, and what it
 * costs at 1,000.
 */
export function assertScalesConstantly(fn: (n: number) => unknown, options?: ScaleOptions): Promise<void>;
export function assertScalesConstantly<const S extends NamedScales>(
  fn: (scale: ScaleOf<S>) => unknown,
  options: ScaleOptions<S> & { scales: S },
): Promise<void>;
export async function assertScalesConstantly<S extends Scales>(
  fn: (scale: ScaleOf<S>) => unknown,
  options?: ScaleOptions<S>,
): Promise<void> {
  // By the time it is known the caller is no longer on the stack.
  const caller: { stack?: string } = {};
  Error.captureStackTrace(caller, assertScalesConstantly);
  hold(await judgeScaling(fn, options), assertScalesConstantly, caller);
}

/**
 * Makes each write of a function fail for real, and rejects with an AssertionError where a part of its writes stayed: with the table of what stayed each time. Give it a database of its
 * own, and `reset`.
 */
export async function assertSurvivesFailures(fn: () => unknown, options?: ProveOptions): Promise<void> {
  const caller: { stack?: string } = {};
  Error.captureStackTrace(caller, assertSurvivesFailures);
  hold(await judgeSurvival(fn, options), assertSurvivesFailures, caller);
}

function hold(verdict: Verdict, assertion: CallableFunction, caller?: { stack?: string }): void {
  if (verdict.pass) return;
  const { actual, expected } = verdict;
  const error = new AssertionError({
    message: verdict.failure(),
    operator: assertion.name,
    stackStartFn: assertion as never,
    ...(verdict.blind === undefined && { actual, expected }),
  });
  if (caller !== undefined) error.stack = `${error.name} [${error.code}]: ${error.message}${framesOf(caller)}`;
  throw error;
}

/** The lines below the head of a stack. */
function framesOf({ stack = '' }: { stack?: string }): string {
  const start = stack.search(/\n\s+at /);
  return start < 0 ? '' : stack.slice(start);
}
