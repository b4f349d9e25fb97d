// SQL that PostgreSQL itself is made of: the scripts that come with its binaries (catalogue views, information schema, every
// extension) and what a running server gives back of them, thousands of statements that nobody wrote for this test.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import { installedBinaries } from '../../examples/database/binaries.js';
import { lex } from '../../src/sql/lexer.js';
import { split } from '../../src/sql/split.js';

/** The scripts as psql would send them: its own commands left out, the words filled in that the server fills in. */
export function scripts(): string[] {
  const share = join(installedBinaries(), 'share', 'postgresql');
  return [share, join(share, 'extension')].flatMap(sqlFilesIn).map((script) =>
    withoutCommands(script)
      .replace(/'@extschema(:\w+)?@'/g, "'public'")
      .replace(/@extschema(:\w+)?@/g, 'public')
      .replace(/@extowner@/g, 'owner'),
  );
}

function sqlFilesIn(folder: string): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  return files.sort().map((file) => readFileSync(join(folder, file), 'utf8'));
}

/** Lines with a command of psql's are none of SQL's. */
function withoutCommands(script: string): string {
  return script.replace(/^\\.*$/gm, '');
}

/** The statements of PostgreSQL's regression tests, unpacked in `folder`; some are wrong on purpose. */
export function regressionStatements(folder: string): string[] {
  return sqlFilesIn(folder).flatMap((file) => {
    const script = withoutCommands(file);
    const tokens = lex(script);
    const ranges = split(script, tokens);
    return Array.from({ length: ranges.length / 2 }, (_, i) => {
      const [from, to] = [ranges[2 * i] as number, ranges[2 * i + 1] as number];
      return script.slice(tokens.starts[from], tokens.ends[to - 1]);
    });
  });
}

/** Extensions of nothing but SQL and a library, so that any server with them can make them. */
const EXTENSIONS = ['citext', 'cube', 'earthdistance', 'hstore', 'intarray', 'ltree', 'pg_trgm', 'seg', 'unaccent'];

/**
 * Statements as the server prints them: every view, every function that is written in SQL or PL/pgSQL, and every index, rule and constraint.
 * Extensions are made first where the server has them.
 */
export async function printedStatements(client: ClientBase): Promise<string[]> {
  for (const extension of EXTENSIONS) await client.query(`create extension ${extension}`).catch(() => null);
  const { rows } = await client.query<{ sql: string }>(`
    select pg_get_viewdef(oid) as sql from pg_class where relkind = 'v'
    union all
    select 'create view ' || oid::regclass || ' as ' || pg_get_viewdef(oid, true) from pg_class where relkind = 'v'
    union all
    select pg_get_functiondef(p.oid) from pg_proc p join pg_language l on l.oid = p.prolang
    where p.prokind in ('f', 'p') and l.lanname in ('sql', 'plpgsql')
    union all
    select coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) from pg_proc p join pg_language l on l.oid = p.prolang
    where l.lanname in ('sql', 'plpgsql')
    union all
    select pg_get_indexdef(indexrelid) from pg_index
    union all
    select pg_get_ruledef(oid) from pg_rewrite
    union all
    select 'alter table ' || conrelid::regclass || ' add ' || pg_get_constraintdef(oid) from pg_constraint where conrelid <> 0`);
  return rows.map(({ sql }) => sql);
}
