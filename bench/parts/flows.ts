// How often the flow rule is right, on random requests with known truth.

import { figuresText, measureFlows } from '../../test/support/flow-figures.js';
import { KEYS } from '../../test/support/random-requests.js';
import type { Part } from './part.js';

const REQUESTS = 10_000;

export const flowsPart: Part = {
  name: 'flows',
  title: 'How often the flow rule is right, on random requests',
  measure: () => ({ lines: KEYS.map((keys) => figuresText(measureFlows(keys, REQUESTS, 1))), verdicts: [] }),
};
