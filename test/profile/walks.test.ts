// Walks by their own rows: what the evidence is worth, and, on random requests with known truth, how often a loop over unrelated
// values would be called a walk, and how many true ones are seen.

import { describe, expect, it } from 'vitest';
import { believeWalk, type WalkEvidence, wordsForWalk } from '../../src/profile/belief.js';
import { kinshipOf } from '../../src/profile/names.js';
import { randomOf } from '../support/random-requests.js';
import { profileOf } from '../support/timeline.js';

const NOTHING: WalkEvidence = {
  names: 'silent',
  keys: true,
  distinct: 4,
  deep: true,
  tight: false,
  ordered: false,
  bits: 4,
};

describe('what the evidence is worth', () => {
  it.each<[string, Partial<WalkEvidence>, 'certain' | 'strong' | null]>([
    ['names agree, to the end', { names: 'agree', tight: true }, 'certain'],
    ['names agree, in order', { names: 'agree', ordered: true }, 'certain'],
    ['names agree and nothing else', { names: 'agree' }, 'strong'],
    ['one step', { names: 'agree', tight: true, ordered: true, distinct: 1 }, null],
    ['one level, not to the end', { names: 'agree', ordered: true, deep: false }, null],
    ['one level, to the end', { names: 'agree', tight: true, deep: false }, 'certain'],
    ['keys, to the end and in order', { tight: true, ordered: true }, 'strong'],
    ['two keys, to the end and in order', { tight: true, ordered: true, distinct: 2 }, null],
    ['no keys, to the end and in order', { tight: true, ordered: true, keys: false }, null],
    ['keys in order, not to the end', { ordered: true }, null],
    ['values that do not meet by chance, in order', { bits: 32, keys: false, ordered: true }, 'certain'],
    ['values that do not meet by chance', { bits: 32, keys: false }, 'strong'],
    ['against the names', { names: 'against', tight: true, ordered: true }, 'strong'],
    ['against the names, of three', { names: 'against', tight: true, ordered: true, distinct: 3 }, null],
  ])('%s', (_, evidence, strength) => {
    expect(believeWalk({ ...NOTHING, ...evidence })).toBe(strength);
  });

  it('says why in words', () => {
    expect(wordsForWalk({ ...NOTHING, names: 'agree', ordered: true, tight: true })).toBe(
      'the names agree, in the order of the rows, every row that came back was followed',
    );
    expect(wordsForWalk(NOTHING)).toBe('the values do not meet by chance');
  });
});

it.each([
  ['parent_id', 'id', 'agree'],
  ['id', 'parentFolderId', 'agree'],
  ['child_id', 'parent_id', 'agree'],
  ['folder_id', 'id', 'agree'],
  ['owner_id', 'id', 'against'],
  ['mgr_id', 'id', 'silent'],
])('%s and %s of one table %s', (own, slot, relation) => {
  const known = { isTable: (words: string) => words === 'owner', joined: () => false };
  expect(kinshipOf({ table: 'folder', column: own }, { table: 'folder', column: slot }, known)).toBe(relation);
});

const RUNS = 3_000;

/** Which share of random timelines is taken for a walk, and for a certain one. */
function measured(make: (random: () => number) => string): { found: number; certain: number } {
  let found = 0;
  let certain = 0;
  for (let seed = 0; seed < RUNS; seed++) {
    const walk = profileOf(make(randomOf(seed))).flows.find((flow) => flow.walk);
    if (walk) found++;
    if (walk?.strength === 'certain') certain++;
  }
  return { found: found / RUNS, certain: certain / RUNS };
}

const below = (random: () => number, limit: number): number => Math.floor(random() * limit);

/** A table's ids, as a fresh database counts them, in no order. */
function shuffled(random: () => number, count: number): number[] {
  const drawn = Array.from({ length: count }, (_, i) => [random(), i + 1] as const);
  return drawn.sort(([a], [b]) => a - b).map(([, id]) => id);
}

describe('on random requests with fresh serial ids', () => {
  it('values from elsewhere are never proven a walk, and seldom taken for one', () => {
    const many = measured((random) => {
      const ids = shuffled(random, 12).slice(0, 3 + below(random, 7));
      let next = 1;
      return ids
        .map((id) => {
          const rows = Array.from({ length: 1 + below(random, 3) }, () => next++);
          return `select id from item where box_id = $1 -- values ${id} rows id=${rows}`;
        })
        .join('\n');
    });
    const one = measured((random) => {
      const ids = shuffled(random, 8).slice(0, 3 + below(random, 5));
      return ids
        .map(
          (id) =>
            `select id, mgr_id from item where id = $1 -- values ${id} rows id=${id} mgr_id=${1 + below(random, 8)}`,
        )
        .join('\n');
    });
    expect(many).toEqual({ found: expect.any(Number), certain: 0 });
    expect(one).toEqual({ found: expect.any(Number), certain: 0 });
    expect(many.found).toBeLessThan(0.01);
    expect(one.found).toBeLessThan(0.01);
  });

  /** A tree of up to 15 rows, gone through in one of three ways. */
  const walkOf = (random: () => number, column: string): string => {
    const count = 5 + below(random, 10);
    const parents = Array.from({ length: count }, (_, i) => (i === 0 ? 0 : 1 + below(random, i)));
    const childrenOf = (id: number) => parents.flatMap((parent, i) => (parent === id ? [i + 1] : []));
    const way = below(random, 3);
    const waiting = [1];
    const lines: string[] = [];
    while (waiting.length > 0) {
      const id = (way === 0 ? waiting.shift() : waiting.pop()) as number;
      const children = childrenOf(id);
      lines.push(`select id from item where ${column} = $1 -- values ${id} rows id=${children}`);
      waiting.push(...(way === 1 ? children.toReversed() : children));
    }
    return lines.join('\n');
  };

  it('every walk that the names tell of is proven', () => {
    expect(measured((random) => walkOf(random, 'parent_id'))).toEqual({ found: 1, certain: 1 });
  });

  it('every walk that they do not tell of is likely', () => {
    expect(measured((random) => walkOf(random, 'mgr_id'))).toEqual({ found: 1, certain: 0 });
  });
});
