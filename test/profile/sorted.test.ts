// Sorting in slices sorts as the built-in does, and never stays with it for long.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FINE_LOT, runAtOnce } from '../../src/profile/slices.js';
import { sorted } from '../../src/profile/sorted.js';

interface Item {
  key: number;
  place: number;
}

const byKey = (a: Item, b: Item): number => a.key - b.key;

const items: fc.Arbitrary<Item[]> = fc
  .tuple(fc.integer({ min: 0, max: 700 }), fc.array(fc.nat(50), { minLength: 700, maxLength: 700 }))
  .map(([length, keys]) => keys.slice(0, length).map((key, place) => ({ key, place })));

describe('sorting in slices', () => {
  it('is stable and gives what the built-in sort gives', () => {
    fc.assert(
      fc.property(items, (all) => {
        const before = [...all];
        expect(runAtOnce(sorted(all, byKey))).toEqual([...all].sort(byKey));
        expect(all).toEqual(before);
      }),
    );
  });

  it('hands back what is in order already', () => {
    const all = Array.from({ length: 5_000 }, (_, key) => ({ key, place: key }));
    expect(runAtOnce(sorted(all, byKey))).toBe(all);
  });

  it('compares so often between two pauses and no more, however many there are', () => {
    for (const length of [1_000, 20_000]) {
      const all = Array.from({ length }, (_, place) => ({ key: (place * 7_919) % length, place }));
      let compared = 0;
      let most = 0;
      const work = sorted(all, (a, b) => {
        compared++;
        return byKey(a, b);
      });
      for (let step = work.next(); !step.done; step = work.next()) {
        most = Math.max(most, compared);
        compared = 0;
      }
      expect(Math.max(most, compared)).toBeLessThanOrEqual(FINE_LOT);
    }
  });
});
