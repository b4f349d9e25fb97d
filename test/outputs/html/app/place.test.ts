// Addresses: each place has one, and each leads back to its place.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOf, type Place, placeIn, START, VIEWS } from '../../../../src/outputs/html/app/place.js';

const open: fc.Arbitrary<Pick<Place, 'view' | 'open'>> = fc.oneof(
  fc.constantFrom(...VIEWS).map((view) => ({ view, open: null })),
  fc
    .stringMatching(/^[0-9a-f]+$/)
    .map((id) => ({ view: 'findings' as const, open: { subject: 'finding' as const, id } })),
  fc.nat().map((id) => ({ view: 'requests' as const, open: { subject: 'request' as const, id: String(id) } })),
);

const place: fc.Arbitrary<Place> = fc
  .tuple(
    open,
    fc.record({
      filter: fc.string({ unit: 'grapheme' }),
      sort: fc.constantFrom('', 'statements', '-ms-p95'),
      list: fc.constantFrom('by shape', 'in order'),
      theme: fc.constantFrom('light', 'dark', null),
    }),
  )
  .map(([where, how]) => ({ ...where, ...how }));

test('lead back to their place', () => {
  fc.assert(
    fc.property(place, (drawn) => {
      expect(placeIn(hashOf(drawn))).toEqual(drawn);
    }),
  );
});

test.each(['', '#', '#nowhere', '#request-', '#finding', '#?theme=blue', '#%E0%A4%A'])(
  '%j is where one starts',
  (hash) => {
    expect(placeIn(hash)).toEqual(START);
  },
);

test.each([
  [{}, '#findings'],
  [{ view: 'labels', filter: 'route:/chats' }, '#labels?filter=route%3A%2Fchats'],
  [{ view: 'shapes', sort: '-count', theme: 'dark' }, '#shapes?sort=-count&theme=dark'],
  [{ view: 'requests', open: { subject: 'request', id: '3' }, list: 'in order' }, '#request-3?list=in+order'],
] as const)('%j is %j', (change, hash) => {
  expect(hashOf({ ...START, ...change })).toBe(hash);
});
