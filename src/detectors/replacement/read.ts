// One SELECT for the many of a loop. Its rows are those of all executions together, each with the key that says whose it
// is; where that cannot be written with certainty there is no replacement.

import type { Slot } from '../../profile/types.js';
import { type Clauses, clausesOf, type Range } from './clauses.js';
import { batchTerms, type Term, termsOf, termsOfSlots } from './conditions.js';
import {
  closing,
  endOfName,
  isName,
  isSlot,
  nameOf,
  type Part,
  partsOf,
  rawOf,
  splitAtCommas,
  type Token,
} from './tokens.js';

/** PostgreSQL's own aggregates: with one of them in its list a statement answers one row, so the batch needs GROUP BY. */
const AGGREGATES: ReadonlySet<string> = new Set(
  'count sum min max avg bool_and bool_or every array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg'.split(
    ' ',
  ),
);

/** The batched SELECT, or null. `varying` are the slots whose values differ between the executions. */
export function batchedRead(tokens: readonly Token[], slots: readonly Slot[], varying: readonly Slot[]): Part[] | null {
  const exists = existsOf(tokens);
  const start = exists ? exists.from : 0;
  const end = exists ? exists.to : tokens.length;
  const clauses = clausesOf(tokens, start, end);
  if (!clauses?.select || !clauses.from || !clauses.where || namesByPlace(tokens, clauses)) return null;

  const terms = termsOf(tokens, clauses.where.from + 1, clauses.where.to);
  const keys = terms && termsOfSlots(tokens, terms, slots, varying);
  if (!keys || keys.length === 0) return null;
  if (keys.length > 1 && keys.some((key) => key.operator !== '=')) return null;

  const statement: Statement = {
    tokens,
    clauses,
    where: clauses.where,
    from: clauses.from,
    select: clauses.select,
    end,
    keys,
  };
  if (exists || answersOne(statement)) return keysThatExist(statement);
  if (tokens[start + 1]?.text === 'distinct' && tokens[start + 2]?.text === 'on') return null;
  if (clauses.limit || clauses.offset || clauses.fetch) return limited(statement);
  return isAggregated(statement) || clauses.group ? grouped(statement) : plain(statement);
}

/** `order by 2`: the literal is the place of a column, which no parameter can stand for. */
function namesByPlace(tokens: readonly Token[], { group, order }: Clauses): boolean {
  return [group, order].some(
    (clause) => clause && splitAtCommas(tokens, clause.from + 2, clause.to).some(([at]) => tokens[at]?.raw === '?'),
  );
}

interface Statement {
  tokens: readonly Token[];
  clauses: Clauses;
  select: Range;
  from: Range;
  where: Range;
  end: number;
  keys: readonly Term[];
}

/** The same list and the keys, over all keys at once. */
function plain(statement: Statement, to = statement.end): Part[] {
  const { tokens, select, keys } = statement;
  return [
    ...partsOf(tokens, select.from, select.to),
    ...keyColumns(statement),
    ' ',
    ...batchTerms(tokens, select.to, to, keys),
  ];
}

/** `count(*) … where chat_id = $1` → `count(*), chat_id … where chat_id = any($1) group by chat_id`. */
function grouped(statement: Statement): Part[] | null {
  const { tokens, clauses, select, where, end, keys } = statement;
  if (keys.some((key) => key.operator !== '=')) return null;
  const group = clauses.group;
  const columns = keys.map((key) => key.column).join(', ');
  const listEnd = group?.to ?? where.to;
  return [
    ...partsOf(tokens, select.from, select.to),
    ...keyColumns(statement),
    ' ',
    ...batchTerms(tokens, select.to, listEnd, keys),
    group ? `, ${columns}` : ` group by ${columns}`,
    ...(listEnd < end ? [' ', ...partsOf(tokens, listEnd, end)] : []),
  ];
}

/** EXISTS and `select 1 … limit 1` only ask whether there is a row: the keys that have one answer it for all. */
function keysThatExist({ tokens, clauses, from, where, keys }: Statement): Part[] | null {
  if (clauses.group || clauses.having || clauses.offset || clauses.for || keys.some((key) => key.operator !== '='))
    return null;
  const columns = keys.map((key) => key.column).join(', ');
  return [`select distinct ${columns} `, ...batchTerms(tokens, from.from, where.to, keys)];
}

/**
 * A LIMIT counts per execution, so each key gets its own run of the same statement: LATERAL, over the keys that have rows. One row by `id` of one
 * table needs no LIMIT at all.
 */
function limited(statement: Statement): Part[] | null {
  const { tokens, clauses, select, from, end, keys } = statement;
  const [key] = keys;
  const table = onlyTableOf(tokens, from);
  if (!key || keys.length > 1 || key.operator !== '=' || table === null) return null;
  const limit = clauses.limit;
  if (key.name === 'id' && limit && !clauses.offset && !clauses.order && !clauses.for)
    return plain(statement, limit.from);
  if (tokens[select.from + 1]?.text === 'distinct' || tokens.some((token) => isName(token) && nameOf(token) === 'keys'))
    return null;

  const slot = tokens[key.slot] as Token;
  const keysOfTable: Part[] = [
    `select distinct ${key.column} as key from ${table} where ${key.column} = any(`,
    { slot: slot.raw === '?' ? `?${key.slot}` : slot.raw },
    key.cast === '' ? ')' : `::${key.cast}[])`,
  ];
  return [
    'select each.*',
    coversKeys(statement) ? '' : ', keys.key',
    ' from (',
    ...keysOfTable,
    ') as keys cross join lateral (',
    ...partsOf(tokens, select.from, key.from),
    ` ${key.column} = keys.key`,
    ...(key.to < end ? [tokens[key.to]?.spaced ? ' ' : '', ...partsOf(tokens, key.to, end)] : []),
    ') as each',
  ];
}

/** `, chat_id` where the list does not name it: a batch is of no use without the key to tell its rows apart. */
function keyColumns(statement: Statement): Part[] {
  return coversKeys(statement) ? [] : [`, ${statement.keys.map((key) => key.column).join(', ')}`];
}

function coversKeys({ tokens, select, from, keys }: Statement): boolean {
  const single = onlyTableOf(tokens, from) !== null;
  const items = listOf(tokens, select);
  return keys.every((key) => {
    const dot = key.column.lastIndexOf('.');
    const owner = dot < 0 ? null : key.column.slice(0, dot);
    return items.some(([at, to]) => {
      const item = rawOf(tokens, at, to);
      if (item === '*' || item === key.column) return true;
      if (item.endsWith('.*')) return single || item === `${owner}.*`;
      const nameEnd = endOfName(tokens, at);
      return single && nameEnd === to && nameOf(tokens[to - 1] as Token) === key.name;
    });
  });
}

/** The items of the select list. */
function listOf(tokens: readonly Token[], select: Range): [number, number][] {
  const head = tokens[select.from + 1]?.text;
  return splitAtCommas(tokens, select.from + (head === 'distinct' || head === 'all' ? 2 : 1), select.to);
}

/** The table and its alias as written, where FROM names one table and nothing else. */
function onlyTableOf(tokens: readonly Token[], from: Range): string | null {
  const start = from.from + 1;
  let end = endOfName(tokens, start);
  if (end === start) return null;
  if (tokens[end]?.text === 'as') end++;
  if (end < from.to && isName(tokens[end])) end++;
  return end === from.to ? rawOf(tokens, start, end) : null;
}

/** `select 1 from …` */
function answersOne({ tokens, select }: Statement): boolean {
  const only = tokens[select.from + 1];
  return select.to === select.from + 2 && (isSlot(only) || only?.raw === '1');
}

function isAggregated({ tokens, select }: Statement): boolean {
  for (let i = select.from + 1; i < select.to; i++) {
    if (tokens[i]?.raw === '(' && tokens[i + 1]?.text === 'select') i = closing(tokens, i);
    else if (AGGREGATES.has(tokens[i]?.text ?? '') && tokens[i + 1]?.raw === '(') return true;
  }
  return false;
}

/** The SELECT inside `select exists (…) [as name]`, where that is all. */
function existsOf(tokens: readonly Token[]): Range | null {
  if (tokens[0]?.text !== 'select' || tokens[1]?.text !== 'exists' || tokens[2]?.raw !== '(') return null;
  const close = closing(tokens, 2);
  const rest = tokens.slice(close + 1);
  const named = rest.length === 2 && rest[0]?.text === 'as';
  return close > 0 && (named || (rest.length <= 1 && rest.every(isName))) ? { from: 3, to: close } : null;
}
