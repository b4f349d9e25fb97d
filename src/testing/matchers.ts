// The matchers of an `expect` as Vitest and Jest both take them. They judge as the plain assertions do; where nothing was captured they fail, with `.not` as well.

import type { ProveOptions } from '../prove/prove-options.js';
import type { StatementCount } from './count-verdict.js';
import type { FindingOptions } from './finding-verdicts.js';
import { judging } from './load-judging.js';
import type { NamedScales, ScaleOf, ScaleOptions, Scales } from './scale-verdict.js';
import { type AssertOptions, checkReport, type Verdict } from './verdict.js';

/** What a runner hands a matcher as `this`, as far as it is used. */
export interface MatcherContext {
  isNot?: boolean;
}

/** What a matcher answers a runner. */
export interface Matched {
  pass: boolean;
  message: () => string;
  actual?: unknown;
  expected?: unknown;
}

/** The matchers, as they are called on `expect(report)`; the last ones on `expect(fn)`. */
export interface QueryscopeMatchers {
  /** No statement was sent once for each row of an earlier result: by `n-plus-one`, `recursive-walk` or `write-loop`, proven or likely. */
  toHaveNoNPlusOne(options?: FindingOptions): void;
  /** Writes that belong together were one transaction, and each transaction was what it looks like. */
  toBeAtomic(options?: FindingOptions): void;
  /** Just so many statements, or a range, in all or by their verb. */
  toHaveStatementCount(expected: StatementCount, options?: AssertOptions): void;
  /** Nothing was found that fails a check: no error and no warning that is proven or likely. */
  toHaveNoFindings(options?: FindingOptions): void;
  /** The statements by their shapes, with their counts and without their columns, are those of the snapshot. */
  toMatchStatementsSnapshot(hint?: string): void;
  /** The same with the snapshot in the test itself. */
  toMatchStatementsInlineSnapshot(snapshot?: string): void;
  /** No statement is sent more often at a larger scale. To be awaited. */
  toScaleConstantly(options?: ScaleOptions): Promise<void>;
  toScaleConstantly<const S extends NamedScales>(options: ScaleOptions<S> & { scales: S }): Promise<void>;
  /** The data is whole whichever write of the function fails: each is made to, for real. To be awaited. */
  toSurviveFailures(options?: ProveOptions): Promise<void>;
}

/** How a runner compares with a snapshot from inside a matcher. */
export interface Snapshots {
  toMatchSnapshot(this: MatcherContext, received: unknown, ...hint: [hint?: string]): Matched;
  toMatchInlineSnapshot(this: MatcherContext, received: unknown, ...snapshot: [snapshot?: string]): Matched;
}

type Matcher = (this: MatcherContext, received: unknown, ...args: never[]) => Matched | Promise<Matched>;

export type Matchers = Record<keyof QueryscopeMatchers, Matcher>;

/** The matchers for `expect.extend`. */
export function matchersWith(snapshots: Snapshots): Matchers {
  return {
    toHaveNoNPlusOne(report, options?: FindingOptions) {
      return matched(this, judging().judgeNPlusOne(report, options));
    },
    toBeAtomic(report, options?: FindingOptions) {
      return matched(this, judging().judgeAtomic(report, options));
    },
    toHaveStatementCount(report, expected: StatementCount, options?: AssertOptions) {
      return matched(this, judging().judgeStatementCount(report, expected, options));
    },
    toHaveNoFindings(report, options?: FindingOptions) {
      return matched(this, judging().judgeFindings(report, options));
    },
    async toScaleConstantly(fn, options?: ScaleOptions<Scales>) {
      return matched(this, await judging().judgeScaling(fn as (scale: ScaleOf<Scales>) => unknown, options));
    },
    async toSurviveFailures(fn, options?: ProveOptions) {
      return matched(this, await judging().judgeSurvival(fn, options));
    },
    toMatchStatementsSnapshot(report, ...hint: [hint?: string]) {
      return snapshots.toMatchSnapshot.call(this, listOf(report), ...hint);
    },
    toMatchStatementsInlineSnapshot(report, ...snapshot: [snapshot?: string]) {
      return snapshots.toMatchInlineSnapshot.call(this, listOf(report), ...snapshot);
    },
  };
}

function listOf(report: unknown): string {
  checkReport(report);
  return judging().statementList(report);
}

/** What is blind answers what was not wanted, be that pass or failure. */
function matched(
  { isNot = false }: MatcherContext,
  { pass, blind, failure, negated, actual, expected }: Verdict,
): Matched {
  return {
    pass: blind ? isNot : pass,
    message: () => (pass ? negated() : failure()),
    ...(actual !== undefined && { actual, expected }),
  };
}
