// Lexer, split and anatomy held against PostgreSQL's own scanner and parser on SQL that nobody wrote for this test.

import { Client } from 'pg';
import { beforeAll, expect, it } from 'vitest';
import { freshDatabase } from '../postgres.js';
import { statementDisagreements, tokenDisagreements } from './disagreements.js';
import { loadPostgres, statementsOf } from './parse-tree.js';
import { printedStatements, regressionStatements, scripts } from './real-sql.js';

beforeAll(() => loadPostgres());

function disagreements(texts: readonly string[]): { found: string[]; statements: number; queries: number } {
  let [statements, queries] = [0, 0];
  const found = texts.flatMap((text) => [
    ...tokenDisagreements(text),
    ...statementDisagreements(text, (tree) => {
      statements++;
      if (/^(Select|Insert|Update|Delete|Merge)/.test(Object.keys(tree)[0] as string)) queries++;
    }),
  ]);
  return { found, statements, queries };
}

it('reads the scripts that PostgreSQL is set up with as PostgreSQL does', () => {
  const texts = scripts();
  const { found, statements } = disagreements(texts);
  expect(found).toEqual([]);
  expect(statements).toBeGreaterThan(4_000);
  // every script is valid, so a script that is refused was not made ready as it should be
  expect(texts.filter((text) => statementsOf(text) === null)).toEqual([]);
});

it('reads what a server prints of its views, functions, indexes, rules and constraints as PostgreSQL does', async () => {
  const client = new Client({ connectionString: await freshDatabase() });
  await client.connect();
  const texts = await printedStatements(client);
  await client.end();
  const { found, statements, queries } = disagreements(texts);
  expect(found).toEqual([]);
  expect(statements).toBeGreaterThan(700);
  expect(queries).toBeGreaterThanOrEqual(100);
});

/** Where PostgreSQL's regression tests have been unpacked (`.ci/full` does it): 20,000 statements that are no part of this package. */
const regression = process.env.QUERYSCOPE_REGRESSION_SQL;

if (regression !== undefined) {
  it("reads PostgreSQL's own regression tests as PostgreSQL does", () => {
    const { found, statements, queries } = disagreements(regressionStatements(regression));
    expect(found).toEqual([]);
    expect(statements).toBeGreaterThan(20_000);
    expect(queries).toBeGreaterThan(10_000);
  }, 300_000);
}
