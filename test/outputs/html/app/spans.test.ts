// Stretches of time as they are drawn, and what is between them.

import { expect, test } from 'vitest';
import { drawnSpans, gapsBetween, lengthOf, scaleOf } from '../../../../src/outputs/html/app/spans.js';

const span = (from: number, to: number) => ({ from, to });

test('what is too narrow to be seen is drawn as narrow as can be, and what touches is one', () => {
  const scale = scaleOf(1_000, 1_000);
  expect(drawnSpans([span(500, 501), span(0, 10), span(10.2, 20), span(900, 900)], scale)).toEqual([
    span(0, 20),
    span(500, 501.5),
    span(900, 901.5),
  ]);
});

test('100,000 statements are no more than the line has places', () => {
  const spans = Array.from({ length: 100_000 }, (_, at) => span(at, at + 0.4));
  expect(drawnSpans(spans, scaleOf(100_000, 1_000)).length).toBeLessThanOrEqual(1_000);
});

test('a scale ends where the line does, and nothing is as long as nothing', () => {
  const scale = scaleOf(10, 100);
  expect([scale(-1), scale(5), scale(20), scaleOf(0, 100)(3)]).toEqual([0, 50, 100, 0]);
});

test('gaps are what no span covers, to the end', () => {
  expect(gapsBetween([span(2, 4), span(3, 6), span(8, 9)], 10)).toEqual([span(0, 2), span(6, 8), span(9, 10)]);
  expect(gapsBetween([span(0, 12)], 10)).toEqual([]);
  expect(gapsBetween([], 10)).toEqual([span(0, 10)]);
  expect(gapsBetween([span(15, 20)], 10)).toEqual([span(0, 10)]);
  expect(lengthOf([span(0, 2), span(6, 8)])).toBe(4);
});
