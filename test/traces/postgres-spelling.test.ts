// Texts of other databases and drivers, and what they are for queryscope; and what only looks like a placeholder.

import { expect, test } from 'vitest';
import { inPostgresSpelling } from '../../src/traces/postgres-spelling.js';

test.each<[system: string, text: string, expected: string]>([
  ['mysql', 'SELECT `id` FROM `Order Lines` WHERE `a``b` = ?', 'SELECT id FROM "Order Lines" WHERE "a`b" = ?'],
  ['mysql', "select '`x` :y %s' from `t`", "select '`x` :y %s' from t"],
  ['postgresql', 'select * from t where a = %s and b = %(name)s', 'select * from t where a = ? and b = ?'],
  ['postgresql', 'select a::text, b from t where c = :c and d = $1', 'select a::text, b from t where c = ? and d = $1'],
  ['postgresql', 'select tags[1], x[2:3] from t', 'select tags[1], x[2:3] from t'],
  [
    'microsoft.sql_server',
    'select [Name] from [dbo].[Users] where id = @P1',
    'select "Name" from dbo."Users" where id = ?',
  ],
  ['mysql', '-- `a` :b\nselect /* :c */ 1 from `t`', '-- `a` :b\nselect /* :c */ 1 from t'],
  ['postgresql', "select '\\' as a, :b", "select '\\' as a, ?"],
  ['mysql', "select '\\' as a, :b'", "select '\\' as a, :b'"],
  ['sqlite', 'select "a" from t where b = :b', 'select "a" from t where b = ?'],
])('%s: %s', (system, text, expected) => {
  expect(inPostgresSpelling(text, system)).toBe(expected);
});

test.each(['mysql', 'postgresql'])('%s: ends soon with a text that has no end', (system) => {
  for (const text of ["'", "'\\", '`', '"', '/*', '/*/', '[', '[a', ':', '%(', '--', "''"].map((part) =>
    part.repeat(300_000),
  )) {
    // Reading it once for each of its quotes would take longer than any test may.
    expect(inPostgresSpelling(text, system).length).toBeGreaterThan(0);
  }
});

test.each(['mysql', 'postgresql'])('%s: a text of megabytes ends no stack', (system) => {
  for (const inside of ['x', "''", "\\'", '""', '``']) {
    for (const [open, close] of ["''", '""', '``'] as const) {
      const text = `select ${open}${inside.repeat(5_000_000)}${close}`;
      expect(inPostgresSpelling(text, system).length).toBeGreaterThan(1_000_000);
    }
  }
});
