// Which repeats are fed by their own earlier rows. Asked by the detector that reports them, and by those that find loops and
// leave these to it: one group is one finding.

import type { Flow } from '../profile/types.js';
import type { Repeat } from '../profile/views.js';
import type { Confidence } from './detector.js';

/** A walk over a tree or along a list. */
export interface Walk {
  repeat: Repeat;
  /** From own rows to own values. */
  flow: Flow;
  /** Where it started; null where that came from outside. */
  entry: Flow | null;
  confidence: Confidence;
  /** One statement for each level, rather than for each row. */
  perLevel: boolean;
}

/** Is it fed by its own earlier rows, other than page by page? */
export function isWalk({ flows }: Repeat): boolean {
  return flows.some((flow) => flow.walk);
}

/** The repeat as a walk; null where it is none. */
export function walkOf(repeat: Repeat): Walk | null {
  const flow = repeat.flows.find(({ walk }) => walk);
  if (flow === undefined) return null;
  const entry = repeat.flows.find(({ walk, to }) => !walk && to.parameter === flow.to.parameter) ?? null;
  const confidence = flow.strength === 'certain' ? 'proven' : 'likely';
  const perLevel = repeat.shape.slots[flow.to.parameter - 1]?.list ?? false;
  return { repeat, flow, entry, confidence, perLevel };
}
