// A statement with its values written in, to be pasted into a console: only where they were sampled, and never guessed.

import type { Statement } from '../../profile/types.js';
import { Kind, lex } from '../../sql/lexer.js';

/** Null where its values were not sampled, or not all of each. */
export function runnableSql({ sql, values }: Pick<Statement, 'sql' | 'values'>): string | null {
  if (values === undefined || values.some(isCut)) return null;
  const { kinds, starts, ends, count, unbalancedAt } = lex(sql);
  if (unbalancedAt !== -1) return null;
  let out = '';
  let end = 0;
  for (let index = 0; index < count; index += 1) {
    if (kinds[index] !== Kind.parameter) continue;
    const value = values[Number(sql.slice((starts[index] as number) + 1, ends[index])) - 1];
    if (value === undefined) return null;
    out += sql.slice(end, starts[index]) + literalOf(value);
    end = ends[index] as number;
  }
  return `${out}${sql.slice(end).replace(/;\s*$/, '')};`;
}

/** A sample says what a value looks like: a long one has lost its end, a list and an object are not spelled as PostgreSQL does. */
function isCut(value: string): boolean {
  return value.endsWith('…') || value.startsWith('[');
}

/** PostgreSQL gives a quoted literal the type that its place asks for. */
function literalOf(value: string): string {
  return value === 'NULL' ? value : `'${value.replaceAll("'", "''")}'`;
}
