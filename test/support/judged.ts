// A run's verdict as `queryscope check` comes to it, and what it says of detectors.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectors } from '../../src/detectors/index.js';
import type { RuleText } from '../../src/outputs/rule-text.js';
import type { Baseline, BaselineEntry } from '../../src/report/baseline.js';
import { DEFAULT_FAIL_ON, failOnOf } from '../../src/report/fail-on.js';
import type { Run } from '../../src/report/run.js';
import { type Judgement, judge, type Verdict } from '../../src/report/verdict.js';

const SRC = join(__dirname, '..', '..', 'src');

export const RULES: readonly RuleText[] = detectors.map(({ meta: { id, severity, summary } }) => ({
  id,
  severity,
  summary,
  page: readFileSync(join(SRC, 'detectors', `${id}.md`), 'utf8'),
}));

const CLOCK = new Set<string>(detectors.filter(({ meta }) => meta.clock).map(({ meta }) => meta.id));

export function judged(run: Run, over: Partial<Judgement> = {}): Verdict {
  const failOn = failOnOf(DEFAULT_FAIL_ON);
  return judge(run, { failOn, clock: CLOCK, baseline: null, complete: false, allowEmpty: false, ...over });
}

/** A baseline of these findings, all for one reason. */
export function baselineOf(...keys: string[]): Baseline {
  return {
    shapeVersion: 1,
    entries: keys.map((key): BaselineEntry => ({ key, reason: 'two rows', since: '2026-01-01' })),
  };
}
