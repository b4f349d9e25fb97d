// One UPDATE or DELETE for the many of a loop: by an array of keys where all rows get the same, by one array a column where
// each gets values of its own.

import type { Slot } from '../../profile/types.js';
import { Kind } from '../../sql/lexer.js';
import { clausesOf, type Range } from './clauses.js';
import { batchTerms, castAt, type Term, termsOf, termsOfSlots } from './conditions.js';
import { varyingPlaces } from './slot-places.js';
import {
  endOfName,
  freeName,
  isName,
  isSlot,
  nameOf,
  type Part,
  partsOf,
  quoted,
  rawOf,
  slotAt,
  splitAtCommas,
  type Token,
} from './tokens.js';

/** The same statement over an array of keys, or null. */
export function batchedByKey(
  tokens: readonly Token[],
  slots: readonly Slot[],
  varying: readonly Slot[],
): Part[] | null {
  const { where, set, from } = clausesOf(tokens) ?? {};
  const terms = where ? termsOf(tokens, where.from + 1, where.to) : null;
  const keys = terms && termsOfSlots(tokens, terms, slots, varying);
  if (!where || !keys || keys.length === 0 || readsRows(tokens)) return null;
  if (keys.length > 1 && keys.some((key) => key.operator !== '=')) return null;
  if (set && (changesKey(tokens, set, keys) || (from && !areOf(ownerOf(tokens, set), keys)))) return null;
  return [...partsOf(tokens, 0, where.from), ' ', ...batchTerms(tokens, where.from, tokens.length, keys)];
}

/** A subquery may see what the turns before have changed. */
function readsRows(tokens: readonly Token[]): boolean {
  return tokens.some(({ text }) => text === 'select');
}

/** What one turn writes into the key the next would look for. */
function changesKey(tokens: readonly Token[], set: Range, keys: readonly Term[]): boolean {
  return splitAtCommas(tokens, set.from + 1, set.to).some(([from]) => {
    const name = tokens[from];
    return !isName(name) || keys.some((key) => key.name === nameOf(name as Token));
  });
}

/** One column of the arrays that the batch reads: its name there, its array. */
interface Column {
  name: string;
  array: Part[];
}

/**
 * `update t set a = $1 where id = $2` → `update t set a = v.a from unnest(…, …) as v(a, id) where t.id = v.id`, or null. An array without a type in the text
 * takes the column's: `coalesce($1, array(select a from t where false))` is `$1`, and PostgreSQL knows what it is an array of.
 */
export function batchedUpdate(
  tokens: readonly Token[],
  slots: readonly Slot[],
  varying: readonly Slot[],
): Part[] | null {
  const { set, where, from, returning } = clausesOf(tokens) ?? {};
  const tableEnd = endOfName(tokens, 1);
  if (!set || !where || tokens[1]?.text === 'only' || tableEnd === 1 || readsRows(tokens)) return null;
  const terms = termsOf(tokens, where.from + 1, where.to);
  const keySlots = varying.filter((slot) => slot.role === 'compare');
  const keys = terms && termsOfSlots(tokens, terms, slots, keySlots);
  if (!keys || keys.length === 0 || keys.some((key) => key.operator !== '=')) return null;
  const changes = varyingPlaces(tokens, slots, varying);
  if (changes === null || changesKey(tokens, set, keys)) return null;
  const isPlaced = (at: number) => (at > set.from && at < set.to) || keys.some((key) => key.slot === at);
  if (![...changes].every(isPlaced)) return null;

  const table = rawOf(tokens, 1, tableEnd);
  const owner = ownerOf(tokens, set);
  if (from && !areOf(owner, keys)) return null;
  const rows = new Rows(tokens, table, freeName(tokens, 'v'));
  const setParts = settings(tokens, set, changes, rows);
  if (setParts === null) return null;
  const conditions = conditionsOf(tokens, where, keys, owner, rows);
  return [
    ...partsOf(tokens, 0, set.from),
    ' set ',
    ...setParts,
    ...(from ? [' ', ...partsOf(tokens, from.from, from.to), ', '] : [' from ']),
    ...rows.parts(),
    ' where ',
    ...conditions,
    ...(returning ? [' ', ...returned(tokens, returning, owner)] : []),
  ];
}

/** The arrays, one for each parameter. */
class Rows {
  readonly #columns = new Map<string, Column>();
  /** How often each name is written in the statement. */
  readonly #written = new Map<string, number>();
  /** The names of the columns so far. */
  readonly #taken = new Set<string>();
  readonly #tokens: readonly Token[];
  readonly #table: string;
  readonly name: string;

  constructor(tokens: readonly Token[], table: string, name: string) {
    this.#tokens = tokens;
    this.#table = table;
    this.name = name;
    for (const name of tokens.filter(isName).map(nameOf)) this.#written.set(name, (this.#written.get(name) ?? 0) + 1);
  }

  /** The column that takes this slot's values, which are of the type of `column` unless they have a cast. */
  columnOf(slot: number, column: Token, cast: string, use: 'new' | 'key'): string {
    const part = slotAt(this.#tokens, slot, 'all');
    let known = this.#columns.get(part.slot);
    if (known === undefined) {
      const array: Part[] =
        cast === ''
          ? ['coalesce(', part, `, array(select ${column.raw} from ${this.#table} where false))`]
          : [part, `::${cast}[]`];
      known = { name: this.#nameFor(column, use), array };
      this.#columns.set(part.slot, known);
      this.#taken.add(known.name);
    }
    return `${this.name}.${known.name}`;
  }

  /** The column's own name, unless it is written elsewhere too, where it would be the name of two things. */
  #nameFor(column: Token, use: 'new' | 'key'): string {
    const name = nameOf(column);
    const isFree = this.#written.get(name) === 1 && !this.#taken.has(column.raw);
    return isFree ? column.raw : quoted(freeName(this.#tokens, `${use}_${name}`));
  }

  parts(): Part[] {
    const columns = [...this.#columns.values()];
    const arrays = columns.flatMap(({ array }, i) => (i > 0 ? [', ', ...array] : array));
    return ['unnest(', ...arrays, `) as ${this.name}(${columns.map(({ name }) => name).join(', ')})`];
  }
}

/** SET with each row's own values; null where one stands in an expression whose type is not plain. */
function settings(tokens: readonly Token[], set: Range, changes: ReadonlySet<number>, rows: Rows): Part[] | null {
  const parts: Part[] = [];
  for (const [from, to] of splitAtCommas(tokens, set.from + 1, set.to)) {
    if (parts.length > 0) parts.push(', ');
    const column = tokens[from] as Token;
    if (!isName(column) || tokens[from + 1]?.raw !== '=') return null;
    const changing: number[] = [];
    for (let at = from; at < to; at++) if (changes.has(at)) changing.push(at);
    const [slot] = changing;
    if (slot === undefined) {
      parts.push(...partsOf(tokens, from, to));
      continue;
    }
    const cast = castAt(tokens, slot + 1);
    if (changing.length > 1 || !isSlot(tokens[slot]) || cast.to !== to || cast.type.endsWith(']')) return null;
    if (slot !== from + 2 && !isStep(tokens, from, slot)) return null;
    const value = rows.columnOf(slot, column, cast.type, 'new');
    parts.push(...partsOf(tokens, from, slot), ...(tokens[slot]?.spaced ? [' '] : []), value);
  }
  return parts;
}

/** `balance = balance - $1`: the value is what the column is. */
function isStep(tokens: readonly Token[], from: number, slot: number): boolean {
  const operator = tokens[slot - 1] as Token;
  const nameEnd = endOfName(tokens, from + 2);
  return (
    operator.kind === Kind.operator &&
    (operator.raw === '+' || operator.raw === '-' || operator.raw === '*') &&
    nameEnd === slot - 1 &&
    nameOf(tokens[nameEnd - 1] as Token) === nameOf(tokens[from] as Token)
  );
}

/** WHERE with the keys compared to those of the arrays. */
function conditionsOf(
  tokens: readonly Token[],
  where: Range,
  keys: readonly Term[],
  owner: string,
  rows: Rows,
): Part[] {
  const parts: Part[] = [];
  let at = where.from + 1;
  for (const key of [...keys].sort((a, b) => a.from - b.from)) {
    parts.push(...partsOf(tokens, at, key.from), tokens[key.from]?.spaced && key.from > at ? ' ' : '');
    const nameEnd = endOfName(tokens, key.from);
    const column = key.column.includes('.') ? key.column : `${owner}.${key.column}`;
    parts.push(`${column} = ${rows.columnOf(key.slot, tokens[nameEnd - 1] as Token, key.cast, 'key')}`);
    at = key.to;
    if (tokens[at]?.spaced && at < where.to) parts.push(' ');
  }
  parts.push(...partsOf(tokens, at, where.to));
  return parts;
}

/** RETURNING as written; its star is the table's alone. */
function returned(tokens: readonly Token[], returning: Range, owner: string): Part[] {
  return partsOf(tokens, returning.from, returning.to).map((part, i, parts) =>
    part === '*' && parts[i - 1] !== '.' ? `${owner}.*` : part,
  );
}

/** What the table that is written is called in the statement. */
function ownerOf(tokens: readonly Token[], set: Range): string {
  const tableEnd = endOfName(tokens, 1);
  const name = tokens[tableEnd]?.text === 'as' ? tableEnd + 1 : tableEnd;
  return name < set.from ? rawOf(tokens, name, set.from) : rawOf(tokens, 1, tableEnd);
}

/** Two keys of a joined table may pick one row, and its last turn has the last word. */
function areOf(owner: string, keys: readonly Term[]): boolean {
  return keys.every((key) => key.column.startsWith(`${owner}.`));
}
