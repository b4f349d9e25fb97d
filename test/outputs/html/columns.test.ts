// Rows as columns and back, and lists of statements as runs and back.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cell, cellReader, packColumns } from '../../../src/outputs/html/columns.js';
import { indexesOf, indexRuns } from '../../../src/outputs/html/index-runs.js';

const NAMES = ['a', 'b', 'c'] as const;
const cell: fc.Arbitrary<Cell> = fc.option(fc.integer({ min: -3, max: 3 }));
const row = fc.record({ a: cell, b: cell, c: fc.constant(7) });

test('every cell comes back, through JSON', () => {
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const packed = JSON.parse(JSON.stringify(packColumns(rows, NAMES)));
      const read = cellReader<(typeof NAMES)[number]>(packed);
      expect(rows.map((_, index) => Object.fromEntries(NAMES.map((name) => [name, read(name, index)])))).toEqual(rows);
    }),
  );
});

test('what is the same in all rows is there once', () => {
  const rows = [1, 2, 3].map((a) => ({ a, b: null, c: 7 }));
  expect(packColumns(rows, NAMES)).toEqual({ rows: 3, columns: { a: [1, 2, 3], b: null, c: 7 } });
});

test('a column that this page does not have is not known', () => {
  expect(cellReader<string>({ rows: 1, columns: {} })('later', 0)).toBeNull();
});

test('indexes come back from their runs', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 40 })), (drawn) => {
      const indexes = drawn.sort((a, b) => a - b);
      expect(indexesOf(indexRuns(indexes))).toEqual(indexes);
    }),
  );
});

test.each([
  [[], ''],
  [[4], '4'],
  [[1, 2], '1-2'],
  [[1, 12, 13, 14, 20], '1,12-14,20'],
])('%j as runs is %j', (indexes, runs) => {
  expect(indexRuns(indexes)).toBe(runs);
});
