// The texts that fuzzing kept, and those that once broke something: what has to hold for every text holds for them.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseText } from '../../src/sql/parse.js';
import { loadPostgres } from '../sql/parse-tree.js';
import { Coverage } from '../support/coverage.js';
import { readCorpus } from './corpus.js';
import { violationsOf } from './invariants.js';

const coverage = new Coverage(/\/src\/sql\//);

beforeAll(() => loadPostgres());
afterAll(() => coverage.close());

/** Found by fuzzing, by what went wrong. */
const BROKEN: Readonly<Record<string, string>> = {
  'a number beside a uuid': 'savepoint "8a8c9f2e-7e2d-4c0b-9f5d-1a2b3c4d5a2b3"',
  'a function without brackets where a table stands': 'select from user u join h on c',
  'a uuid once its number is one digit': 'savepoint "aaaaaaaa-aaa11-aaaa-aaaa-aaaaaaaaaaaa"',
};

it.each(Object.entries(BROKEN))('%s stays mended', (_what, text) => {
  expect(violationsOf(text)).toEqual([]);
});

describe('the corpus', { timeout: 120_000 }, () => {
  const texts = readCorpus();

  it('breaks nothing', () => {
    expect(texts.length).toBeGreaterThan(500);
    expect(texts.flatMap(violationsOf)).toEqual([]);
  });

  it('takes eight times the steps where it is eight times as long', () => {
    coverage.take();
    const stepsOf = (text: string) => {
      parseText(text);
      return coverage.steps();
    };
    const steep = texts.flatMap((text) => {
      // between 8 and 64 repetitions what one alone costs no longer counts
      const [few, many] = [stepsOf(text.repeat(8)), stepsOf(text.repeat(64))];
      return many > 9 * few + 1_000 ? [`${few} ${many}: ${text}`] : [];
    });
    expect(steep).toEqual([]);
  });
});
