// Measures the flow rule on random requests: how often it is right, and how often an unrelated loop would be called proven.

import type { Profile } from '../../src/profile/types.js';
import { type Form, type Keys, type Loop, randomRequest } from './random-requests.js';

/** From this many distinct values on one captured call site is enough to be found as likely (see detectors/n-plus-one). */
const LIKELY_VALUES = 3;

export interface FlowFigures {
  keys: Keys;
  requests: number;
  fed: number;
  /** Of the fed loops. */
  found: number;
  proven: number;
  fedAndNamed: number;
  namedAndProven: number;
  /** Fed loops with three distinct values or more that were not found: must be 0. */
  lost: number;
  unrelated: number;
  /** Unrelated loops called proven. */
  accused: number;
  /** Which kinds of unrelated loops were accused, and which fed ones not proven. */
  misses: Map<string, number>;
}

export function measureFlows(keys: Keys, requests: number, seed: number, form: Form = 'rows'): FlowFigures {
  const figures: FlowFigures = {
    keys,
    requests,
    fed: 0,
    found: 0,
    proven: 0,
    fedAndNamed: 0,
    namedAndProven: 0,
    lost: 0,
    unrelated: 0,
    accused: 0,
    misses: new Map(),
  };
  for (let i = 0; i < requests; i++) {
    const { profile, loops } = randomRequest(keys, seed + i, form);
    for (const loop of loops) count(figures, loop, strengthOf(profile, loop));
  }
  return figures;
}

function count(figures: FlowFigures, loop: Loop, strength: 'certain' | 'strong' | null): void {
  const proven = strength === 'certain';
  const miss = (what: string): void => {
    figures.misses.set(what, (figures.misses.get(what) ?? 0) + 1);
  };
  if (!loop.fed) {
    figures.unrelated++;
    if (proven) {
      figures.accused++;
      miss(`accused: ${loop.kind}${loop.distinct === 2 ? ', 2 values' : ''}`);
    }
    return;
  }
  const found = strength !== null || loop.distinct >= LIKELY_VALUES;
  figures.fed++;
  if (found) figures.found++;
  if (proven) figures.proven++;
  else miss(`not proven: ${loop.kind}${loop.named ? ', named' : ''}${loop.distinct === 2 ? ', 2 values' : ''}`);
  if (!found && loop.distinct >= LIKELY_VALUES) figures.lost++;
  if (loop.named) {
    figures.fedAndNamed++;
    if (proven) figures.namedAndProven++;
  }
}

function strengthOf(profile: Profile, loop: Loop): 'certain' | 'strong' | null {
  const flows = profile.flows.filter((flow) =>
    loop.statements.some((statement) => flow.to.statements.includes(statement)),
  );
  if (flows.length === 0) return null;
  return flows.some((flow) => flow.strength === 'certain') ? 'certain' : 'strong';
}

/** The figures as one line each, for people. */
export function figuresText(figures: FlowFigures): string {
  const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`;
  const { keys, requests, fed, found, proven, fedAndNamed, namedAndProven, unrelated, accused } = figures;
  return [
    `${keys}: ${requests} requests, ${fed} loops fed by rows, ${unrelated} unrelated ones`,
    `  fed: found ${share(found, fed)}, proven ${share(proven, fed)}, proven where names tie them ${share(namedAndProven, fedAndNamed)}`,
    `  unrelated: called proven ${share(accused, unrelated)}`,
  ].join('\n');
}
