// The formula that is read off a few measured points: the true one, where code sends statements as loops do, and an honest estimate elsewhere.

import { describe, expect, test } from 'vitest';
import { fitCounts, formulaOf, growsWith, sumOf, valueAt } from '../../src/testing/scale-fit.js';
import fc from '../support/properties.js';

const NAMES = ['n', 'm'];

/** The formula of counts at scales of n alone. */
const fitted = (scales: readonly number[], count: (n: number) => number) =>
  formulaOf(
    fitCounts(
      scales.map((n) => [n]),
      scales.map(count),
    ),
    NAMES,
  );

/** The same over each n with each m. */
const fittedGrid = (count: (n: number, m: number) => number, ns = [2, 10], ms = [3, 7]) => {
  const points = ns.flatMap((n) => ms.map((m) => [n, m]));
  return formulaOf(
    fitCounts(
      points,
      points.map(([n, m]) => count(n as number, m as number)),
    ),
    NAMES,
  );
};

describe('one parameter', () => {
  test.each<[string, (n: number) => number]>([
    ['7', () => 7],
    ['0', () => 0],
    ['n', (n) => n],
    ['1 + n', (n) => 1 + n],
    ['3 + 2·n', (n) => 3 + 2 * n],
    ['0.5·n', (n) => n / 2],
    ['n²', (n) => n * n],
    ['1 + n²', (n) => 1 + n * n],
  ])('%s from two scales', (formula, count) => {
    expect(fitted([2, 10], count)).toBe(formula);
  });

  test.each<[string, (n: number) => number]>([
    ['1 + n + n²', (n) => 1 + n + n * n],
    ['n³', (n) => n ** 3],
    ['2 + 3·n', (n) => 2 + 3 * n],
  ])('%s from four', (formula, count) => {
    expect(fitted([2, 3, 5, 10], count)).toBe(formula);
  });

  test.each<[string, readonly number[], (n: number) => number]>([
    ['≈ 0.45·n²', [2, 10], (n) => (n * (n - 1)) / 2],
    ['≈ 0.7·n', [2, 5, 10], (n) => Math.ceil(0.7 * n)],
    ['≈ 0.1·n', [2, 10], (n) => (n > 5 ? 1 : 0)],
  ])('about %s', (formula, scales, count) => {
    expect(fitted(scales, count)).toBe(formula);
  });
});

describe('two parameters', () => {
  test.each<[string, (n: number, m: number) => number]>([
    ['n·m', (n, m) => n * m],
    ['n', (n) => n],
    ['m', (_, m) => m],
    ['1 + n + n·m', (n, m) => 1 + n + n * m],
    ['n + m', (n, m) => n + m],
    ['n²', (n) => n * n],
    ['2·m', (_, m) => 2 * m],
  ])('%s', (formula, count) => {
    expect(fittedGrid(count)).toBe(formula);
  });
});

test('formulas of several shapes add up', () => {
  const points = [
    [2, 3],
    [2, 7],
    [10, 3],
    [10, 7],
  ];
  const of = (count: (n: number, m: number) => number) =>
    fitCounts(
      points,
      points.map(([n, m]) => count(n as number, m as number)),
    );
  const total = sumOf([of((n, m) => n * m), of(() => 1), of((n) => n)]);
  expect(formulaOf(total, NAMES)).toBe('1 + n + n·m');
  expect(valueAt(total, [1_000, 7])).toBe(8_001);
  expect(growsWith(total)).toEqual([0, 1]);
  expect(growsWith(of((_, m) => m))).toEqual([1]);
  expect(growsWith(of(() => 4))).toEqual([]);
});

test('whatever is counted, a formula that is said to be exact hits every point', () => {
  const scales = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(scales, fc.infiniteStream(fc.nat(200)), (ns, stream) => {
      const counts = ns.map(() => stream.next().value);
      const points = ns.map((n) => [n]);
      const fit = fitCounts(points, counts);
      if (fit.exact) expect(points.map((point) => Math.round(valueAt(fit, point) * 1e4) / 1e4)).toEqual(counts);
      for (const { coefficient } of fit.terms) expect(coefficient).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('one plus once for each, and once for each of each, is found whatever the numbers', () => {
  const two = fc.uniqueArray(fc.integer({ min: 2, max: 40 }), { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(two, two, fc.integer({ min: 1, max: 5 }), (ns, ms, times) => {
      expect(fittedGrid((n, m) => times * n * m, ns, ms)).toBe(times === 1 ? 'n·m' : `${times}·n·m`);
      expect(fittedGrid((n) => 1 + times * n, ns, ms)).toBe(times === 1 ? '1 + n' : `1 + ${times}·n`);
    }),
  );
});
