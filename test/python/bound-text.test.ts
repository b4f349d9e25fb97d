// Every style in which Python's drivers mark values.

import { expect, test } from 'vitest';
import { boundText } from '../../src/python/bound-text.js';

test.each([
  ['a = %s and b = %s', '(1, 2)', 'a = $1 and b = $2', [1, 2]],
  [
    "a = %(x)s and b = %(y)s or c = %(x)s and d like '%%s' and e %% 2 = 1",
    "{'x': 1, 'y': 2}",
    "a = $1 and b = $2 or c = $1 and d like '%%s' and e % 2 = 1",
    [1, 2],
  ],
  ['a = ? and b = ?', '(1, 2)', 'a = $1 and b = $2', [1, 2]],
  ['a = :x and b = :y::int', "{'x': 1, 'y': 2}", 'a = $1 and b = $2::int', [1, 2]],
  ['a = $2 and b = $1::INTEGER', '(1, 2)', 'a = $2 and b = $1::INTEGER', [1, 2]],
  ['a = %s and b ? 1', "('x',)", 'a = $1 and b ? 1', ['x']],
  ['a = \'%s\' and "b%s" = %s -- %s', '(1,)', 'a = \'%s\' and "b%s" = $1 -- %s', [1]],
  [
    'insert into t values (%s, %s)',
    '[(1, 2), (3, 4)]',
    'insert into t values ($1, $2)',
    [
      [1, 3],
      [2, 4],
    ],
  ],
  ['a = %(x)s', "[{'x': 1}, {'x': 2}]", 'a = $1', [[1, 2]]],
  ['a = any(%s)', '([1, 2],)', 'a = any($1)', [[1, 2]]],
  ['a = %s and b = %s', '(1,)', 'a = $1 and b = $2', null],
  ['a = %(x)s', "{'y': 1}", 'a = $1', null],
  ['a = %s', 'None', 'a = $1', null],
  ['select 1', '()', 'select 1', null],
])('%s with %s', (text, given, bound, values) => {
  expect(boundText(text, given)).toEqual({ text: bound, values });
});
