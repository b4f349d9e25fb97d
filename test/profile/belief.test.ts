// The flow rule: what each piece of evidence is worth, and, on random requests with known truth, how often it is right.

import { describe, expect, it } from 'vitest';
import { believe, type FlowEvidence, wordsFor } from '../../src/profile/belief.js';
import { figuresText, measureFlows } from '../support/flow-figures.js';
import { KEYS } from '../support/random-requests.js';

const NOTHING: FlowEvidence = {
  names: 'silent',
  keys: false,
  distinct: 5,
  rowByRow: false,
  asOften: false,
  exact: false,
  tight: false,
  subsequence: false,
  bits: 4,
  unsorted: false,
  repeats: false,
  orderBits: 0,
  sharedFunction: false,
};

describe('what the evidence is worth', () => {
  it.each<[string, Partial<FlowEvidence>, boolean, 'certain' | 'strong' | null]>([
    ['names agree, all used', { names: 'agree', tight: true }, false, 'certain'],
    ['names agree, in order', { names: 'agree', subsequence: true }, false, 'certain'],
    ['names agree, values no chance', { names: 'agree', bits: 32 }, false, 'certain'],
    ['names agree and nothing else', { names: 'agree' }, false, 'strong'],
    ['contained and nothing else', {}, false, null],
    ['no chance, and in order', { bits: 32, subsequence: true }, false, 'certain'],
    ['no chance, in any order', { bits: 32 }, false, 'strong'],
    ['an unsorted order', { exact: true, unsorted: true }, false, 'certain'],
    ['an unsorted order with a rival', { exact: true, unsorted: true, tight: true }, true, 'strong'],
    ['a sorted order', { exact: true, tight: true }, false, 'strong'],
    [
      'row by row in one function',
      { rowByRow: true, exact: true, tight: true, sharedFunction: true, repeats: true, distinct: 2 },
      false,
      'certain',
    ],
    [
      'a run from 1, row by row in one function',
      { rowByRow: true, exact: true, tight: true, sharedFunction: true, bits: 3 },
      false,
      'strong',
    ],
    [
      'the same between keys',
      { rowByRow: true, exact: true, tight: true, sharedFunction: true, bits: 3, keys: true },
      false,
      'certain',
    ],
    ['words in an unsorted order', { exact: true, tight: true, unsorted: true, bits: 0 }, false, 'strong'],
    [
      'some of the keys, in an unsorted order of five',
      { subsequence: true, unsorted: true, keys: true },
      false,
      'certain',
    ],
    [
      'row by row in an order that tells much, from any function',
      { rowByRow: true, exact: true, tight: true, repeats: true, orderBits: 20, distinct: 2 },
      false,
      'certain',
    ],
    ['row by row with a rival', { rowByRow: true, exact: true, tight: true, sharedFunction: true }, true, 'strong'],
    [
      'as often as in the rows, between keys',
      { asOften: true, repeats: true, tight: true, keys: true },
      false,
      'strong',
    ],
    ['against the names', { names: 'against', tight: true, exact: true }, false, null],
    [
      'against the names, in an unsorted order of four',
      { names: 'against', exact: true, unsorted: true, distinct: 4 },
      false,
      'strong',
    ],
    ['against the names, of three', { names: 'against', exact: true, unsorted: true, distinct: 3 }, false, null],
  ])('%s', (_, evidence, rival, strength) => {
    expect(believe({ ...NOTHING, ...evidence }, rival)).toBe(strength);
  });

  it('says why in words', () => {
    const evidence = { ...NOTHING, names: 'agree', exact: true, rowByRow: true, tight: true } as const;
    expect(wordsFor(evidence)).toBe('the names agree, row by row');
    expect(wordsFor(NOTHING)).toBe('every value stood in the rows before it was bound');
  });
});

/** Shares of unrelated loops that may be called proven: small integers do meet by chance, keys with gaps hardly, uuids never. */
const ACCUSED = { 'fresh serial ids': 0.005, 'ids with gaps': 0.0005, uuids: 0 };
const REQUESTS = 10_000;

describe.each(KEYS)('10,000 random requests with %s', (keys) => {
  it('proves true loops and accuses no others', { timeout: 120_000 }, () => {
    const figures = measureFlows(keys, REQUESTS, 1);
    const text = `${figuresText(figures)}\n${[...figures.misses].map(([what, times]) => `  ${times} ${what}`).join('\n')}`;
    expect(figures.fed, text).toBeGreaterThan(REQUESTS / 2);
    expect(figures.unrelated, text).toBeGreaterThan(REQUESTS / 2);
    expect(figures.accused / figures.unrelated, text).toBeLessThanOrEqual(ACCUSED[keys]);
    expect(figures.found / figures.fed, text).toBeGreaterThanOrEqual(0.97);
    expect(figures.lost, text).toBe(0);
    expect(figures.proven / figures.fed, text).toBeGreaterThanOrEqual(0.87);
    expect(figures.namedAndProven, text).toBe(figures.fedAndNamed);
  });

  it('is as right where each result is one JSON document', () => {
    expect(measureFlows(keys, REQUESTS / 10, 1, 'documents')).toEqual(measureFlows(keys, REQUESTS / 10, 1));
  });
});
