// Bound values as servers of several versions log them.

import { expect, test } from 'vitest';
import { parametersOf } from '../../../src/logs/postgres/parameters.js';

test.each([
  ['of 16 and later', "Parameters: $1 = '5', $2 = NULL", ['5', null]],
  ['of 15 and earlier', "parameters: $1 = '5'", ['5']],
  [
    'quotes, commas and lines in a value',
    "Parameters: $1 = 'it''s, $2 = ''x''\nor', $2 = ''",
    ["it's, $2 = 'x'\nor", ''],
  ],
  ['lists', `Parameters: $1 = '{1,NULL,"a b","q\\"\\\\"}', $2 = '{}'`, [['1', null, 'a b', 'q"\\'], []]],
  ['JSON, which is no list', `Parameters: $1 = '{"a": 1}', $2 = '{"a":1,"b":2}'`, ['{"a": 1}', '{"a":1,"b":2}']],
])('%s', (_name, text, values) => {
  expect(parametersOf(text)).toEqual(values);
});

test('a value that was cut is equal to none', () => {
  const [cut, whole] = parametersOf("Parameters: $1 = 'it''s ...', $2 = 'it''s'") ?? [];
  expect(typeof cut).toBe('symbol');
  expect(whole).toBe("it's");
});

test.each([
  'prepare: prepare p (int) as select $1',
  "Parameters: $2 = '5'",
  "Parameters: $1 = '5",
  'Key (id)=(1) already exists.',
  '',
])('none: %s', (text) => {
  expect(parametersOf(text)).toBeNull();
});
