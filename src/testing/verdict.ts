// What an assertion comes to before any runner words it: plain functions of a test and matchers of an `expect` say the same.

import { kindOf, QueryscopeError } from '../errors.js';
import type { Report } from '../report/report.js';

export interface Verdict {
  pass: boolean;
  /** What to know where it does not pass. */
  failure: () => string;
  /** What to know where it passes, and was expected not to. */
  negated: () => string;
  actual?: unknown;
  expected?: unknown;
  /** There was nothing to judge: that fails, whatever was expected. */
  blind?: true;
}

/** What all assertions over a report may be told. */
export interface AssertOptions {
  /** Pass where not one statement was captured. Without it that fails, since code that is not watched looks the same. Default: false. */
  allowNone?: boolean;
}

/** Refuses what is no report, a capture's whole answer among it, with the way to write it. */
export function checkReport(report: unknown): asserts report is Report {
  const {
    profile,
    findings,
    report: inner,
  } = (report ?? {}) as { profile?: unknown; findings?: unknown; report?: unknown };
  if (typeof profile === 'object' && Array.isArray(findings)) return;
  const hint =
    inner === undefined
      ? "Write const { report } = await capture(…), from 'queryscope/testing' or a profiler."
      : 'Pass its report: const { report } = await capture(…).';
  throw new QueryscopeError(
    'not-a-report',
    `An assertion takes the report of a capture; ${kindOf(report)} came. ${hint}`,
  );
}
