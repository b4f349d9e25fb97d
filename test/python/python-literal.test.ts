// Values as Python writes them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OPAQUE, pythonLiteral } from '../../src/python/python-literal.js';

test.each<[string, unknown]>([
  ['None', null],
  ['True', true],
  ['(1, -2, 1.5, 1e+20)', [1, -2, 1.5, '1e+20']],
  ['123456789012345678901', '123456789012345678901'],
  ["('it', \"it's\", 'a\\'\"b', 'tab\\t \\\\ \\x41\\u00e9\\U0001f600')", ['it', "it's", 'a\'"b', 'tab\t \\ Aé😀']],
  ['(1,)', [1]],
  ['()', []],
  [
    '[(1, None), (2, None)]',
    [
      [1, null],
      [2, null],
    ],
  ],
  [
    "{'id_1': 5, 'b': [1, 2]}",
    new Map<unknown, unknown>([
      ['id_1', 5],
      ['b', [1, 2]],
    ]),
  ],
  ["(Decimal('1.50'), UUID('6f1c2d3e-0000-4000-8000-000000000001'))", ['1.50', '6f1c2d3e-0000-4000-8000-000000000001']],
  [
    '(datetime.datetime(2026, 11, 26, 9, 5, 3, 42), datetime.date(2026, 1, 2))',
    ['2026-11-26 09:05:03.000042', '2026-01-02'],
  ],
  ['datetime.datetime(2026, 11, 26, 9, 5, tzinfo=datetime.timezone.utc)', '2026-11-26 09:05:00+00'],
  ['datetime.datetime(2026, 11, 26, 9, 5, tzinfo=<UTC>)', '2026-11-26 09:05:00+00'],
  ["datetime.datetime(2026, 11, 26, 9, 5, tzinfo=zoneinfo.ZoneInfo(key='UTC'))", '2026-11-26 09:05:00+00'],
  ['datetime.time(9, 5)', '09:05:00'],
])('%s', (text, value) => {
  expect(pythonLiteral(text)).toEqual(value);
});

test.each([
  "b'\\x00'",
  '<memory at 0x7f>',
  "Json({'a': 1})",
  'Range(1, 2)',
  "'aaa ... (95 characters truncated) ... zzz'",
  'datetime.datetime(2026, 11, 26, 9, 5, tzinfo=<DstTzInfo x>)',
])('a value to compare with none: %s', (text) => {
  expect(pythonLiteral(`(${text},)`)).toEqual([OPAQUE]);
});

test.each([
  '',
  '(1',
  '1)',
  "('a",
  '(1 ... 50 parameters truncated ... 99)',
  '[(1,)  ... displaying 10 of 100 total bound parameter sets ...  (100,)]',
  '('.repeat(1_000),
  '{1: }',
])('none: %s', (text) => {
  expect(pythonLiteral(text)).toBeUndefined();
});

test('what Python 3.11 wrote is read back', () => {
  const lines = readFileSync(join(__dirname, 'python-literals.jsonl'), 'utf8').trim().split('\n');
  expect(lines).toHaveLength(200);
  for (const line of lines) {
    const [shown, values] = JSON.parse(line) as [string, unknown[]];
    expect(pythonLiteral(shown)).toEqual(values);
  }
});
