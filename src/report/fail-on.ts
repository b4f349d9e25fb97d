// Which findings fail a check, a test or a plugin. One rule for all who ask, so that what is red in one place is red in the others.

import type { Confidence, Severity } from '../detectors/detector.js';
import { nearestName, QueryscopeError } from '../errors.js';
import { CONFIDENCES, SEVERITIES } from './ranks.js';
import type { Finding } from './report.js';

/** The least that fails, as a user writes it: a severity, with or without a confidence; or nothing does. */
export type FailOnText = Severity | `${Severity}:${Confidence}` | 'never';

/** The least severity and confidence that fail; null: nothing does. */
export type FailOn = { severity: Severity; confidence: Confidence } | null;

/** Errors and warnings that are proven or likely: `info` is waste that nobody has to stop for, and what is only possible is worth a look, not a stop. */
export const DEFAULT_FAIL_ON: FailOnText = 'warning:likely';

/** Reads what a user wrote. Throws a QueryscopeError (`bad-option`) where it is none of it. */
export function failOnOf(text: string): FailOn {
  if (text === 'never') return null;
  const [severity, confidence = 'likely', ...more] = text.split(':');
  const isKnown =
    (SEVERITIES as readonly string[]).includes(severity as string) &&
    (CONFIDENCES as readonly string[]).includes(confidence) &&
    more.length === 0;
  if (isKnown) return { severity: severity as Severity, confidence: confidence as Confidence };
  const nearest = nearestName(severity as string, [...SEVERITIES, 'never']);
  const hint = nearest === null || nearest === severity ? '' : ` Did you mean '${nearest}'?`;
  throw new QueryscopeError(
    'bad-option',
    `What fails is told as ${SEVERITIES.join(', ')} or never, with or without a confidence: 'error:proven'. Something else came.${hint}`,
  );
}

/** Does it fail? `clock` names the detectors that judge by the clock, which never fail anything: no two runs take the same time. */
export function fails(
  { severity, confidence, detector }: Pick<Finding, 'severity' | 'confidence' | 'detector'>,
  failOn: FailOn,
  clock: ReadonlySet<string>,
): boolean {
  if (failOn === null || clock.has(detector)) return false;
  return (
    SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(failOn.severity) &&
    CONFIDENCES.indexOf(confidence) <= CONFIDENCES.indexOf(failOn.confidence)
  );
}
