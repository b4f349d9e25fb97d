// One INSERT, UPDATE or DELETE for the many of a loop. New values travel as one JSON array of rows, which PostgreSQL reads by
// the table's own row type: so no column type has to be known here.

import type { Slot } from '../../profile/types.js';
import { Kind } from '../../sql/lexer.js';
import { clausesOf } from './clauses.js';
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

/** Words of an expression that are no columns. */
const CONSTANTS: ReadonlySet<string> = new Set(
  'true false null default current_date current_time current_timestamp current_user'.split(' '),
);

/** Tables of these names are not found as row types: PostgreSQL's own types come first. */
const BUILT_IN_TYPES: ReadonlySet<string> = new Set(
  'bit box char circle date interval json line lseg money name numeric oid path point polygon real text time timestamp uuid xml'.split(
    ' ',
  ),
);

/** The slot that takes the rows. */
const ROWS: Part = { slot: 'rows' };

/** The batched write, or null. `repeatsKey` says whether executions share a key, so that their order matters. */
export function batchedWrite(
  tokens: readonly Token[],
  slots: readonly Slot[],
  varying: readonly Slot[],
  repeatsKey: boolean,
): Part[] | null {
  switch (tokens[0]?.text) {
    case 'insert':
      return batchedInsert(tokens);
    case 'update':
      if (repeatsKey) return null;
      return varying.some((slot) => slot.role === 'set')
        ? batchedUpdate(tokens, slots, varying)
        : batchedByKey(tokens, slots, varying);
    case 'delete':
      return batchedByKey(tokens, slots, varying);
    default:
      return null;
  }
}

/** The same statement over an array of keys. */
function batchedByKey(tokens: readonly Token[], slots: readonly Slot[], varying: readonly Slot[]): Part[] | null {
  const where = clausesOf(tokens)?.where;
  const terms = where ? termsOf(tokens, where.from + 1, where.to) : null;
  const keys = terms && termsOfSlots(tokens, terms, slots, varying);
  if (!where || !keys || keys.length === 0) return null;
  if (keys.length > 1 && keys.some((key) => key.operator !== '=')) return null;
  return [...partsOf(tokens, 0, where.from), ' ', ...batchTerms(tokens, where.from, tokens.length, keys)];
}

/**
 * `insert into t (a, b) values ($1, $2)` → `insert into t (a, b) select a, b from jsonb_populate_recordset(null::t, $1)`. Columns given no slot keep their
 * expression; DEFAULT ones are left out. No replacement for ON CONFLICT … DO UPDATE, which refuses one row twice in one statement.
 */
function batchedInsert(tokens: readonly Token[]): Part[] | null {
  const clauses = clausesOf(tokens);
  const values = clauses?.values;
  if (!values || tokens[1]?.text !== 'into') return null;
  const tableEnd = endOfName(tokens, 2);
  if (tokens[tableEnd]?.raw !== '(' || tokens[values.from + 1]?.raw !== '(') return null;
  const columnsEnd = closing(tokens, tableEnd);
  const valuesEnd = closing(tokens, values.from + 1);
  if (columnsEnd !== values.from - 1 || valuesEnd !== values.to - 1) return null;
  const tail = tokens.slice(values.to);
  if (tail.some((token) => isSlot(token) || token.text === 'update')) return null;

  const columns = splitAtCommas(tokens, tableEnd + 1, columnsEnd).map(([from, to]) => rawOf(tokens, from, to));
  const items = splitAtCommas(tokens, values.from + 2, valuesEnd);
  if (columns.length !== items.length) return null;
  const kept: { column: string; value: string }[] = [];
  let rows = false;
  for (const [i, [from, to]] of items.entries()) {
    const column = columns[i] as string;
    if (isCastSlot(tokens, from, to)) {
      rows = true;
      kept.push({ column, value: column });
    } else if (tokens.slice(from, to).some(isSlot)) {
      return null;
    } else if (tokens[from]?.text !== 'default') {
      kept.push({ column, value: rawOf(tokens, from, to) });
    }
  }
  if (!rows) return null;
  const table = rawOf(tokens, 2, tableEnd);
  if (BUILT_IN_TYPES.has(table.toLowerCase())) return null;
  return [
    `insert into ${table} (${kept.map(({ column }) => column).join(', ')}) `,
    `select ${kept.map(({ value }) => value).join(', ')} from jsonb_populate_recordset(null::${table}, `,
    ROWS,
    ')',
    ...(tail.length > 0 ? [' ', ...partsOf(tokens, values.to, tokens.length)] : []),
  ];
}

/** `update t set a = $1 where id = $2` → `update t set a = rows.a from jsonb_populate_recordset(null::t, $1) as rows where t.id = rows.id`. */
function batchedUpdate(tokens: readonly Token[], slots: readonly Slot[], varying: readonly Slot[]): Part[] | null {
  const clauses = clausesOf(tokens);
  const { set, where, from, returning } = clauses ?? {};
  if (!set || !where || from || returning) return null;
  const tableEnd = endOfName(tokens, 1);
  const table = rawOf(tokens, 1, tableEnd);
  if (BUILT_IN_TYPES.has(table.toLowerCase())) return null;
  const owner = aliasOf(tokens, tableEnd, set.from) ?? table;

  const terms = termsOf(tokens, where.from + 1, where.to);
  const keySlots = varying.filter((slot) => slot.role === 'compare');
  const keys = terms && termsOfSlots(tokens, terms, slots, keySlots);
  if (!terms || !keys || keys.length === 0 || !isAll(tokens, where.from + 1, where.to, terms)) return null;

  const changed = new Set(varying.filter((slot) => slot.role === 'set').map((slot) => slot.column));
  const settings: Part[][] = [];
  for (const [at, to] of splitAtCommas(tokens, set.from + 1, set.to)) {
    const setting = settingOf(tokens, at, to, changed, keys);
    if (!setting) return null;
    settings.push(setting);
  }
  return [
    ...partsOf(tokens, 0, set.from),
    ' set ',
    ...settings.flatMap((setting, i) => (i > 0 ? [', ', ...setting] : setting)),
    ` from jsonb_populate_recordset(null::${table}, `,
    ROWS,
    ') as rows where ',
    ...terms.flatMap((term, i) => [
      ...(i > 0 ? [' and '] : []),
      ...conditionOf(tokens, term, owner, keys.includes(term)),
    ]),
  ];
}

/** One `column = value` of SET; null where the value is an expression over columns, which two tables would make ambiguous. */
function settingOf(
  tokens: readonly Token[],
  from: number,
  to: number,
  changed: ReadonlySet<string | null>,
  keys: readonly Term[],
): Part[] | null {
  const column = tokens[from];
  if (!isName(column) || tokens[from + 1]?.raw !== '=') return null;
  const name = nameOf(column as Token);
  if (changed.has(name)) {
    const isKey = keys.some((key) => key.name === name);
    return isCastSlot(tokens, from + 2, to) && !isKey ? [`${column?.raw} = rows.${column?.raw}`] : null;
  }
  const value = tokens.slice(from + 2, to);
  const isConstant = value.every(
    (token, i) =>
      token.kind !== Kind.quoted &&
      (token.kind !== Kind.word || value[i + 1]?.raw === '(' || CONSTANTS.has(token.text)),
  );
  return isConstant ? partsOf(tokens, from, to) : null;
}

function conditionOf(tokens: readonly Token[], term: Term, owner: string, isKey: boolean): Part[] {
  const own = term.column.slice(term.column.lastIndexOf('.') + 1);
  if (isKey) return [`${owner}.${own} = rows.${own}`];
  return [`${owner}.${own} `, ...partsOf(tokens, endOfName(tokens, term.from), term.to)];
}

/** Do these terms, joined by AND and without brackets, make up the whole range? */
function isAll(tokens: readonly Token[], from: number, to: number, terms: readonly Term[]): boolean {
  let at = from;
  for (const term of terms) {
    if (term.from !== at || term.operator !== '=') return false;
    at = tokens[term.to]?.text === 'and' ? term.to + 1 : term.to;
  }
  return at === to;
}

function aliasOf(tokens: readonly Token[], from: number, to: number): string | null {
  const name = tokens[from]?.text === 'as' ? from + 1 : from;
  return name < to ? rawOf(tokens, name, to) : null;
}

/** A slot alone, or with its cast. */
function isCastSlot(tokens: readonly Token[], from: number, to: number): boolean {
  if (!isSlot(tokens[from])) return false;
  return to === from + 1 || (tokens[from + 1]?.raw === '::' && endOfName(tokens, from + 2) === to);
}
