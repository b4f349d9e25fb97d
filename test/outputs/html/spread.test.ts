// Percentiles by the nearest rank.

import { expect, test } from 'vitest';
import { spreadOf } from '../../../src/outputs/html/spread.js';

test.each([
  [[], 0, 0],
  [[5], 5, 5],
  [[3, 1], 1, 3],
  [[1, 2, 3], 2, 3],
  [Array.from({ length: 100 }, (_, i) => 100 - i), 50, 95],
  [Array.from({ length: 20 }, (_, i) => i + 1), 10, 19],
])('of %j: half up to %i, 95 of 100 up to %i', (values, p50, p95) => {
  expect(spreadOf(values)).toEqual({ p50, p95 });
});
