// What a SELECT returns, as far as its text tells: a batch is of no use without the key that says whose a row is, so the
// key has to stand in the list, under a name of its own.

import type { Clauses, Range } from './clauses.js';
import type { Term } from './conditions.js';
import { closing, endOfName, isName, nameOf, quoted, rawOf, splitAtCommas, type Token } from './tokens.js';

/** A plain SELECT and the terms of its WHERE that the loop varies. */
export interface Select {
  tokens: readonly Token[];
  clauses: Clauses;
  select: Range;
  from: Range;
  where: Range;
  end: number;
  keys: readonly Term[];
}

/** One item of a list. */
export interface Item extends Range {
  /** As written. */
  text: string;
}

/** The items of a list, of a select list without its DISTINCT. */
export function listOf(tokens: readonly Token[], from: number, to: number): Item[] {
  const head = tokens[from]?.text;
  let start = head === 'distinct' || head === 'all' ? from + 1 : from;
  if (head === 'distinct' && tokens[start]?.text === 'on') start = closing(tokens, start + 1) + 1;
  return splitAtCommas(tokens, start, to).map(([at, end]) => ({ from: at, to: end, text: rawOf(tokens, at, end) }));
}

/** The table and its alias as written, where FROM names one table and nothing else. */
export function onlyTableOf(tokens: readonly Token[], from: Range): string | null {
  const start = from.from + 1;
  let end = endOfName(tokens, start);
  if (end === start) return null;
  if (tokens[end]?.text === 'as') end++;
  if (end < from.to && isName(tokens[end])) end++;
  return end === from.to ? rawOf(tokens, start, end) : null;
}

/** `, chat_id` where the list does not name it. */
export function keyColumns(statement: Select): string[] {
  return uncovered(statement).map(({ key, label }) => `, ${key.column}${label === null ? '' : ` as ${label}`}`);
}

/** The keys that the list lacks. A label is needed where another column may have the key's name: in pg's rows the last of a name is what counts. */
export function uncovered(statement: Select): { key: Term; label: string | null }[] {
  const { tokens, select, from, keys } = statement;
  const single = onlyTableOf(tokens, from) !== null;
  const items = listOf(tokens, select.from + 1, select.to);
  return keys
    .filter((key) => !items.some((item, i) => covers(tokens, item, key, single) && !isHidden(items.slice(i + 1), key)))
    .map((key) => ({ key, label: isTaken(tokens, items, key) ? quoted(`key_${key.name}`) : null }));

  function isHidden(later: readonly Item[], key: Term): boolean {
    return !single && isTaken(tokens, later, key);
  }
}

function covers(tokens: readonly Token[], { from, to, text }: Item, key: Term, single: boolean): boolean {
  if (text === '*') return single;
  const dot = key.column.lastIndexOf('.');
  const owner = dot < 0 ? null : key.column.slice(0, dot);
  if (text.endsWith('.*')) return single || text === `${owner}.*`;
  const nameEnd = endOfName(tokens, from);
  if (nameEnd === from) return false;
  const isKey =
    rawOf(tokens, from, nameEnd) === key.column || (single && nameOf(tokens[nameEnd - 1] as Token) === key.name);
  // Under an alias it is still there.
  return isKey && (nameEnd === to || (nameEnd === to - 2 && tokens[nameEnd]?.text === 'as'));
}

/** May one of these items give a column the key's name? */
function isTaken(tokens: readonly Token[], items: readonly Item[], key: Term): boolean {
  return items.some(({ from, to, text }) => {
    if (text === '*' || text.endsWith('.*')) return true;
    const last = tokens[to - 1];
    const first = tokens[from];
    return [first, last].some((token) => isName(token) && nameOf(token as Token) === key.name);
  });
}
