// One INSERT for the many of a loop. Rows of VALUES take exactly the values that the statement bound, whatever the types of
// the columns; where the text says the types itself, arrays do, and the text stays the same for any number of rows.

import type { Slot } from '../../profile/types.js';
import { clausesOf, type Range } from './clauses.js';
import { castAt } from './conditions.js';
import { varyingPlaces } from './slot-places.js';
import {
  closing,
  endOfName,
  freeName,
  isName,
  isSlot,
  nameOf,
  type Part,
  partsOf,
  rawOf,
  slotAt,
  splitAtCommas,
  type Token,
} from './tokens.js';

interface Insert {
  tokens: readonly Token[];
  /** `insert into t (a, b)` as written. */
  head: Range;
  /** The columns as written; null where the text names none. */
  columns: readonly string[] | null;
  /** The one row of VALUES, brackets included, and its items. */
  row: Range;
  items: readonly Item[];
  /** ON CONFLICT and RETURNING. */
  tail: Range;
}

interface Item extends Range {
  /** Is it a slot alone, or with its cast? */
  bare: boolean;
  cast: string;
}

/** The INSERT of all rows, or null. `conflictsApart`: no two executions had the same key of an ON CONFLICT … DO UPDATE, which takes each row once only. */
export function batchedInsert(
  tokens: readonly Token[],
  slots: readonly Slot[],
  varying: readonly Slot[],
  target: string | undefined,
  conflictsApart: boolean,
): Part[] | null {
  const insert = readInsert(tokens);
  if (insert === null || readsItself(insert, target)) return null;
  const isUpsert = tokens.slice(insert.tail.from).some(({ text }) => text === 'update');
  if (isUpsert && !conflictsApart) return null;
  const tail = tailOf(insert, slots, varying);
  const rows = tail && (fromArrays(insert) ?? inRows(insert));
  return rows && [...rows, ...tail];
}

function readInsert(tokens: readonly Token[]): Insert | null {
  const clauses = clausesOf(tokens);
  const { insert, values } = clauses ?? {};
  if (!insert || !values || tokens[1]?.text !== 'into' || tokens[values.from + 1]?.raw !== '(') return null;
  const close = closing(tokens, values.from + 1);
  if (close !== values.to - 1) return null;
  const nameEnd = endOfName(tokens, 2);
  const hasColumns = tokens[nameEnd]?.raw === '(';
  const items = splitAtCommas(tokens, values.from + 2, close).map(([from, to]) => itemOf(tokens, from, to));
  const columns = hasColumns
    ? splitAtCommas(tokens, nameEnd + 1, closing(tokens, nameEnd)).map(([from, to]) => rawOf(tokens, from, to))
    : null;
  if (columns !== null && columns.length !== items.length) return null;
  if (!items.some(({ from, to }) => tokens.slice(from, to).some(isSlot))) return null;
  return {
    tokens,
    head: { from: 0, to: values.from },
    columns,
    row: { from: values.from + 1, to: values.to },
    items,
    tail: { from: values.to, to: tokens.length },
  };
}

function itemOf(tokens: readonly Token[], from: number, to: number): Item {
  const cast = isSlot(tokens[from]) ? castAt(tokens, from + 1) : null;
  return { from, to, bare: cast?.to === to, cast: cast?.type ?? '' };
}

/** A subquery on the table that is written would no longer see the rows of the turns before. */
function readsItself({ tokens, row }: Insert, target: string | undefined): boolean {
  const name = target?.slice(target.lastIndexOf('.') + 1);
  const inside = tokens.slice(row.from, row.to);
  return (
    inside.some(({ text }) => text === 'select') && inside.some((token) => isName(token) && nameOf(token) === name)
  );
}

/** `insert into t (a, b) values ($1, $2), ($3, $4)`: two rows are shown, and it goes on like this. */
function inRows({ tokens, head, row }: Insert): Part[] {
  return [
    ...partsOf(tokens, head.from, head.to),
    ' values ',
    ...rowOf(tokens, row, 'first'),
    ', ',
    ...rowOf(tokens, row, 'second'),
  ];
}

function rowOf(tokens: readonly Token[], row: Range, takes: 'first' | 'second'): Part[] {
  return partsOf(tokens, row.from, row.to).map((part) => (typeof part === 'string' ? part : { ...part, takes }));
}

/** `insert into t (a, b) select a, b from unnest($1::int[], $2::text[]) as rows(a, b)`, where each value has its cast. */
function fromArrays({ tokens, head, columns, items }: Insert): Part[] | null {
  if (columns === null) return null;
  const kept: string[] = [];
  const values: Part[][] = [];
  const arrays: Part[][] = [];
  const names: string[] = [];
  for (const [i, { from, to, bare, cast }] of items.entries()) {
    const column = columns[i] as string;
    if (tokens[from]?.text === 'default') continue;
    kept.push(column);
    if (bare && cast !== '' && !cast.endsWith(']')) {
      arrays.push([slotAt(tokens, from, 'all'), `::${cast}[]`]);
      names.push(column);
      values.push([column]);
    } else if (tokens.slice(from, to).some(isSlot)) return null;
    else values.push(partsOf(tokens, from, to));
  }
  const nameEnd = endOfName(tokens, head.from + 2);
  return [
    `insert into ${rawOf(tokens, 2, nameEnd)} (${kept.join(', ')})${rawAfter(tokens, closing(tokens, nameEnd) + 1, head.to)}`,
    ' select ',
    ...listed(values),
    ' from unnest(',
    ...listed(arrays),
    `) as ${freeName(tokens, 'rows')}(${names.join(', ')})`,
  ];
}

/** OVERRIDING SYSTEM VALUE. */
function rawAfter(tokens: readonly Token[], from: number, to: number): string {
  return from < to ? ` ${rawOf(tokens, from, to)}` : '';
}

function listed(items: readonly Part[][]): Part[] {
  return items.flatMap((item, i) => (i > 0 ? [', ', ...item] : item));
}

/** ON CONFLICT and RETURNING with each row's own values as `excluded.column`; null where a value there changes and is no column's. */
function tailOf(
  { tokens, columns, items, tail }: Insert,
  slots: readonly Slot[],
  varying: readonly Slot[],
): Part[] | null {
  if (tail.from === tail.to) return [];
  const columnOf = new Map<string, number | null>();
  for (const [i, { from, to, bare, cast }] of items.entries()) {
    for (let at = from; at < to; at++) {
      const { raw } = tokens[at] as Token;
      if (isSlot(tokens[at]) && raw !== '?') columnOf.set(raw, bare && cast === '' && columns !== null ? i : null);
    }
  }
  const changes = varyingPlaces(tokens, slots, varying);
  if (changes === null) return null;
  const parts: Part[] = [' '];
  let at = tail.from;
  for (let i = tail.from; i < tail.to; i++) {
    const place = columnOf.get((tokens[i] as Token).raw);
    if (place === undefined && !changes.has(i)) continue;
    const column = columns?.[place ?? -1];
    if (column === undefined) return null;
    parts.push(...partsOf(tokens, at, i), tokens[i]?.spaced ? ' ' : '', `excluded.${column}`);
    at = i + 1;
    if (at < tail.to && tokens[at]?.spaced) parts.push(' ');
  }
  return [...parts, ...partsOf(tokens, at, tail.to)];
}

/** The columns of `on conflict (a, b) do update`; null where it has none, or they are not plain. */
export function conflictColumns(shapeText: string): string[] | null {
  const columns = / on conflict ?\(([^()]*)\)/.exec(shapeText)?.[1];
  return columns === undefined ? null : columns.split(',').map((column) => column.trim().replace(/^"(.*)"$/, '$1'));
}
