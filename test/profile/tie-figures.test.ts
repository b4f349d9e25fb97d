// The rule of ties on random requests with known truth: how often a row that leads to a new one is tied to it, and how often one that only holds the
// same number is.

import { describe, expect, it } from 'vitest';
import type { Profile } from '../../src/profile/types.js';
import { KEYS, type Keys } from '../support/random-requests.js';
import { type Pair, randomWrites } from '../support/random-writes.js';

const REQUESTS = 10_000;

/** Shares of pairs that have nothing to do with each other and may be tied for likely, and none for certain: role names (`parent_id`) say no table. */
const ACCUSED = { 'fresh serial ids': 0.01, 'ids with gaps': 0.001, uuids: 0 };

/** Opposite amounts of up to 100 in two bookings of one ledger meet by chance once in 200. */
const OPPOSED = 0.01;

/** Small ids that the app had before tie nothing under a role's name. */
const BY_ROLE = { 'fresh serial ids': 0.9, 'ids with gaps': 0.99, uuids: 1 };

const MEASURED = ['named', 'by a role', 'unrelated', 'transfer', 'bookings'] as const;
type Measured = (typeof MEASURED)[number];

/** How many pairs of one kind were tied how surely. */
interface Figures {
  pairs: number;
  certain: number;
  strong: number;
}

const kindOf = ({ kind, related, named }: Pair): Measured => {
  if (kind === 'amount') return related ? 'transfer' : 'bookings';
  if (!related) return 'unrelated';
  return named ? 'named' : 'by a role';
};

function measure(keys: Keys): Record<Measured, Figures> {
  const figures = Object.fromEntries(MEASURED.map((each) => [each, { pairs: 0, certain: 0, strong: 0 }])) as Record<
    Measured,
    Figures
  >;
  for (let seed = 1; seed <= REQUESTS; seed++) {
    const { profile, pairs } = randomWrites(keys, seed);
    for (const pair of pairs) {
      const of = figures[kindOf(pair)];
      of.pairs++;
      const strengths = strengthsOf(profile, pair);
      if (strengths.includes('certain')) of.certain++;
      else if (strengths.includes('strong')) of.strong++;
    }
  }
  return figures;
}

const strengthsOf = ({ ties }: Profile, { first, second }: Pair): string[] =>
  ties.flatMap(({ from, to, strength }) => (from.statement === first && to.statement === second ? strength : []));

const textOf = ({ pairs, certain, strong }: Figures): string =>
  `${pairs} pairs, ${((100 * certain) / pairs).toFixed(2)} % certain, ${((100 * strong) / pairs).toFixed(2)} % strong`;

describe.each(KEYS)('10,000 random requests that write, with %s', (keys) => {
  it('ties rows to the new rows that they lead to, and to no others', { timeout: 120_000 }, () => {
    const figures = measure(keys);
    const { named, unrelated, transfer, bookings, 'by a role': byRole } = figures;
    const text = MEASURED.map((each) => `${each}: ${textOf(figures[each])}`).join('\n');
    for (const each of MEASURED) expect(figures[each].pairs, text).toBeGreaterThan(1_000);
    expect(named.certain, text).toBe(named.pairs);
    expect((byRole.certain + byRole.strong) / byRole.pairs, text).toBeGreaterThanOrEqual(BY_ROLE[keys]);
    expect(unrelated.certain, text).toBe(0);
    expect(unrelated.strong / unrelated.pairs, text).toBeLessThanOrEqual(ACCUSED[keys]);
    expect(transfer.strong, text).toBe(transfer.pairs);
    expect(bookings.certain, text).toBe(0);
    expect(bookings.strong / bookings.pairs, text).toBeLessThanOrEqual(OPPOSED);
  });
});
