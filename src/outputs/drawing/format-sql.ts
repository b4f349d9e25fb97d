// SQL of several lines, by sql-formatter, of which the build keeps what PostgreSQL needs. A file of its own, because that takes 60 ms until it has
// formatted its first text, which an app's start must not pay: it is loaded when there is one to draw.

import { createRequire } from 'node:module';
import { ownFile } from '../../own-files.js';
import { cellsOf } from './cells.js';
import { lines } from './harmless.js';

type Formatter = Pick<typeof import('sql-formatter'), 'formatDialect' | 'postgresql'>;

let formatter: Formatter | undefined;

/** `sql` laid out over lines of about `width` cells; as it stands where the formatter cannot read it. */
export function formatSql(sql: string, width: number): string[] {
  try {
    formatter ??= createRequire(__filename)(ownFile('outputs', 'html', 'bundle', 'sql-format.js')) as Formatter;
    const { formatDialect, postgresql } = formatter;
    const formatted = formatDialect(sql, { dialect: postgresql, keywordCase: 'preserve', expressionWidth: width });
    return joinShort(lines(formatted.trim()), width);
  } catch {
    return lines(sql);
  }
}

/** For whoever has time before there is a text to draw. */
export function loadFormatter(): void {
  formatSql('select a from b where c = $1', 80);
}

/** The formatter gives every clause and column a line; a clause that fits on one, with all that is indented below it, gets one. */
function joinShort(formatted: readonly string[], width: number): string[] {
  const out: string[] = [];
  for (let index = 0; index < formatted.length; ) {
    const line = formatted[index] as string;
    const end = endOfClause(formatted, index);
    const joined = [line, ...formatted.slice(index + 1, end).map((inner) => inner.trim())].join(' ');
    const tight = joined
      .replace(/\( /g, '(')
      .replace(/(\S) \)/g, '$1)')
      .replace(/\bany \(/gi, 'any(');
    const fits = cellsOf(tight) <= width;
    out.push(fits ? tight : line);
    index = fits ? end : index + 1;
  }
  return out;
}

/** The line after what belongs to the one at `start`: all that is indented deeper, and the parenthesis that closes it. */
function endOfClause(formatted: readonly string[], start: number): number {
  const depth = indentOf(formatted[start] as string);
  let end = start + 1;
  while (end < formatted.length && indentOf(formatted[end] as string) > depth) end += 1;
  return formatted[end]?.trimStart().startsWith(')') && (formatted[start] as string).endsWith('(') ? end + 1 : end;
}

function indentOf(line: string): number {
  return line.search(/\S|$/);
}
