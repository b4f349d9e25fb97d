// How bad a thing is, by a sign as much as by a colour, and in words for whoever sees neither.

import type { Confidence, Severity } from '../model.js';

export const SIGNS: Readonly<Record<Severity, string>> = { error: '✖', warning: '▲', info: '●' };

/** What is only possible has a sign of its own: nothing was found that tells. */
export function Sign({ severity, confidence }: { severity: Severity; confidence: Confidence }) {
  const isPossible = confidence === 'possible';
  return (
    <span
      class={`sign ${isPossible ? 'possible' : severity}`}
      role="img"
      aria-label={isPossible ? 'possible' : severity}
    >
      {isPossible ? '○' : SIGNS[severity]}
    </span>
  );
}
