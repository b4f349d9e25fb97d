// What of a statement may be left out where a line is too narrow for it, and in what order: first what says least of which
// table is asked by which column. Each cut takes whole parts, so that what stays is balanced and still reads as SQL.

import { cellsOf } from './cells.js';

/** A piece of SQL: a token, or the blank between two. */
export interface Piece {
  text: string;
  keyword: boolean;
}

/** Pieces to leave out: from one up to, not including, another. */
export interface Cut {
  from: number;
  to: number;
}

/**
 * What goes first, and what then: order and limit · select lists · what WITH defines · the items of a list, but not the first · joins · the
 * conditions between the first and the last · the last · the conditions of subqueries · what stands in parentheses · all after the table.
 * Of one kind, what stands last goes first.
 */
const ORDER = [
  'tail',
  'select list',
  'with',
  'item',
  'join',
  'condition',
  'last condition',
  'inner condition',
  'group',
  'rest',
] as const;
type Kind = (typeof ORDER)[number];
type Cutter = (kind: Kind, from: number, to: number) => void;

/** Parentheses around less than this are as short as `(…)`, or nearly. */
const GROUP_CELLS = 8;

/** Clauses that change neither the table nor the condition. */
const TAILS: ReadonlySet<string> = new Set(['group', 'having', 'order', 'limit', 'offset', 'returning']);
/** Clauses after which nothing of their level is worth more. */
const ENDINGS: ReadonlySet<string> = new Set(['union', 'for']);
const CLAUSES: ReadonlySet<string> = new Set([
  ...TAILS,
  ...ENDINGS,
  'select',
  'insert',
  'update',
  'delete',
  'from',
  'where',
  'set',
  'values',
]);
const JOINS: ReadonlySet<string> = new Set(['join', 'inner', 'left', 'right', 'full', 'outer', 'cross', 'lateral']);

/** A clause of one level of parentheses: its first word, empty before any, and where its parts begin. */
interface Clause {
  word: string;
  at: number;
  end: number;
  /** What follows each comma. */
  items: number[];
  /** Each AS. */
  names: number[];
  /** Each join, and its ON. */
  joins: number[];
  /** Each AND and OR but that of a BETWEEN. */
  conditions: number[];
}

/** The cuts of a statement, in the order in which they are to be made. */
export function cutsOf(pieces: readonly Piece[]): Cut[] {
  const cuts = new Map<Kind, Cut[]>(ORDER.map((kind) => [kind, []]));
  const cut: Cutter = (kind, from, to) => {
    const end = pieces[to - 1]?.text === ' ' ? to - 1 : to;
    if (from < end) cuts.get(kind)?.push({ from, to: end });
  };
  readLevel(pieces, 0, cut);
  cut('rest', tableEnd(pieces), pieces.length);
  return [...cuts.values()].flatMap((ofKind) => ofKind.sort((a, b) => b.from - a.from));
}

/** Cuts what stands between two parentheses, or the whole; answers where it ends. */
function readLevel(pieces: readonly Piece[], start: number, cut: Cutter): number {
  const isInner = start > 0;
  let clause = clauseAt(wordAt(pieces, start) === 'with' ? 'with' : '', start);
  const clauses = [clause];
  let inBetween = false;
  let index = start;
  for (; index < pieces.length; index += 1) {
    const word = wordAt(pieces, index);
    if (word === ')' && isInner) break;
    if (word === '(') {
      const open = index + 1;
      index = readLevel(pieces, open, cut);
      if (cellsBetween(pieces, open, index) > GROUP_CELLS) cut('group', open, index);
    } else if (CLAUSES.has(word)) {
      clause.end = index;
      clause = clauseAt(word, index);
      clauses.push(clause);
    } else if (word === ',') clause.items.push(wordAt(pieces, index + 1) === ' ' ? index + 2 : index + 1);
    else if (word === 'as') clause.names.push(index);
    else if (word === 'on' || (JOINS.has(word) && !JOINS.has(wordAt(pieces, index - 2)))) clause.joins.push(index);
    else if (word === 'between') inBetween = true;
    else if (word === 'and' || word === 'or') {
      if (!inBetween) clause.conditions.push(index);
      inBetween = false;
    }
  }
  clause.end = index;
  clauses.forEach((each, place) => {
    cutClause(each, clauses[place + 1]?.word === 'from', isInner, index, cut);
  });
  return index;
}

function clauseAt(word: string, at: number): Clause {
  return { word, at, end: at, items: [], names: [], joins: [], conditions: [] };
}

function cutClause(clause: Clause, isBeforeFrom: boolean, isInner: boolean, levelEnd: number, cut: Cutter): void {
  const { word, at, end, items, names, joins, conditions } = clause;
  const cutFrom = (kind: Kind, places: readonly number[]) => {
    for (const place of places) cut(kind, place, end);
  };
  if (TAILS.has(word)) cut('tail', at, end);
  else if (ENDINGS.has(word)) cut('tail', at, levelEnd);
  else if (word === 'with') cut('with', at + 2, end);
  else if (word === 'from') cutFrom('join', [...items, ...joins]);
  // The verb of the statement stays, that of a subquery need not: `exists(… from message)`.
  else if (word === 'select' && isBeforeFrom) cut('select list', isInner ? at : at + 2, end);
  else {
    cutFrom('item', word === 'select' ? [...items, ...names] : items);
    // What an INSERT does on a conflict.
    if (word === 'values') for (const place of joins) cut('tail', place, levelEnd);
    if (word === 'where' && isInner) cut('inner condition', at, end);
    conditions.forEach((place, i) => {
      const next = conditions[i + 1];
      if (next === undefined) cut('last condition', place, end);
      else cut('condition', place, next);
    });
  }
}

/** Where the name of the first table ends; the verb, where none is named. */
function tableEnd(pieces: readonly Piece[]): number {
  let depth = 0;
  const before = pieces.findIndex((_, index) => {
    const word = wordAt(pieces, index);
    if (word === '(') depth += 1;
    if (word === ')') depth -= 1;
    return depth === 0 && /^(?:from|into|update)$/.test(word);
  });
  const name = before < 0 ? 0 : before + 2;
  const end = pieces.findIndex(({ text }, index) => index >= name && (text === ' ' || text === '('));
  if (end < 0) return pieces.length;
  return wordAt(pieces, end) === '(' ? end : end + 1;
}

/** A keyword or a sign in lower case; empty for a name, which may be spelled like one. */
function wordAt(pieces: readonly Piece[], index: number): string {
  const { text, keyword } = pieces[index] ?? { text: '', keyword: false };
  return keyword || text.length === 1 ? text.toLowerCase() : '';
}

function cellsBetween(pieces: readonly Piece[], from: number, to: number): number {
  return pieces.slice(from, to).reduce((sum, { text }) => sum + cellsOf(text), 0);
}
