// One WITH RECURSIVE for a walk that went from row to row. It collects the keys that the walk would have asked for, and then
// asks the very same statement for all of them; where that cannot be written with certainty there is none.

import type { Flow, Slot } from '../../profile/types.js';
import { BoundedCache } from '../../sql/bounded-cache.js';
import { isReserved } from '../../sql/keywords.js';
import { parse } from '../../sql/parse.js';
import { type Clauses, clausesOf, type Range } from './clauses.js';
import { batchTerms, termsOf, termsOfSlots } from './conditions.js';
import { literalsCanBeBound } from './literals.js';
import type { Executions } from './replacement.js';
import {
  endOfName,
  isName,
  isSlot,
  LONGEST_STATEMENT,
  nameOf,
  type Part,
  partsOf,
  quoted,
  rawOf,
  render,
  splitAtCommas,
  type Token,
  tokensOf,
} from './tokens.js';

/** The names that the replacement makes up. */
const WALK = 'walk';
const KEY = 'key';

/** A walk that is still there is found in every request. */
const known = new BoundedCache<string | null>({ entries: 200, characters: 200_000 });

/**
 * The statement that returns the rows of all executions of a walk, or null. The flow says which column of its rows led on; `several`: are there
 * several values to start with?
 */
export function replacementForWalk({ shape, statements }: Executions, flow: Flow, several: boolean): string | null {
  const [first] = statements;
  const slot = shape.slots[flow.to.parameter - 1];
  const column = flow.from.column;
  if (
    !first ||
    first.sql.length > LONGEST_STATEMENT ||
    !slot ||
    column === null ||
    !isAlone(slot, statements, shape.slots)
  )
    return null;
  const question = `${first.sql}\n${slot.index} ${column} ${several}`;
  let replacement = known.get(question);
  if (replacement === undefined) {
    replacement = written(first.sql, shape.slots, slot, column, several);
    known.set(question, replacement);
  }
  return replacement;
}

/** Is nothing else different from one step to the next? */
function isAlone(slot: Slot, statements: Executions['statements'], slots: readonly Slot[]): boolean {
  const [first] = statements;
  return slots.every(
    ({ index }) =>
      index === slot.index ||
      statements.every(({ slotKeys }) => slotKeys?.[index - 1] === first?.slotKeys?.[index - 1]),
  );
}

function written(sql: string, slots: readonly Slot[], slot: Slot, column: string, several: boolean): string | null {
  // The statement's own text holds values where they are sampled.
  const [statement, ...more] = parse(sql).statements;
  if (!statement || more.length > 0 || parse(sql).unreadable) return null;
  const tokens = tokensOf(statement.sanitised);
  const parts = walkParts(tokens, slots, slot, column, several);
  return parts && literalsCanBeBound(tokens, parts) ? render(parts).sql : null;
}

function walkParts(
  tokens: readonly Token[],
  slots: readonly Slot[],
  slot: Slot,
  column: string,
  several: boolean,
): Part[] | null {
  const clauses = clausesOf(tokens);
  if (!clauses?.select || !clauses.from || !clauses.where || !isPlain(tokens, clauses)) return null;
  const { select, from, where } = clauses;
  const terms = termsOf(tokens, where.from + 1, where.to);
  const [term] = (terms && termsOfSlots(tokens, terms, slots, [slot])) ?? [];
  const next = outputNamed(tokens, select, from, column);
  if (!term || next === null) return null;
  // One row by `id` needs no LIMIT; any other LIMIT counts per step.
  if (clauses.limit && (term.name !== 'id' || clauses.order)) return null;
  const end = clauses.limit ? clauses.limit.from : tokens.length;

  const whereWith = (condition: readonly Part[]): Part[] => [
    ...gap(tokens, where.from, term.from),
    ...condition,
    ...(term.to < where.to ? [tokens[term.to]?.spaced ? ' ' : '', ...partsOf(tokens, term.to, where.to)] : []),
  ];
  const single = !several && term.operator === '=';
  const start = single
    ? partsOf(tokens, term.from, term.to)
    : batchTerms(tokens, term.from, term.to, [term]).slice(tokens[term.from]?.spaced ? 1 : 0);
  const tables = partsOf(tokens, from.from, from.to);
  return [
    `with recursive ${WALK} as (select ${term.column} as ${KEY} `,
    ...tables,
    ' ',
    ...whereWith(start),
    ` union select ${next} `,
    ...tables,
    `, ${WALK} `,
    ...whereWith([`${term.column} = ${WALK}.${KEY}`]),
    ') ',
    ...partsOf(tokens, select.from, from.to),
    ' ',
    ...whereWith([`${term.column} in (select ${KEY} from ${WALK})`]),
    ...(where.to < end ? [' ', ...partsOf(tokens, where.to, end)] : []),
  ];
}

/** The tokens of a range, and the blank before what follows them. */
function gap(tokens: readonly Token[], from: number, to: number): Part[] {
  return [...partsOf(tokens, from, to), tokens[to]?.spaced ? ' ' : ''];
}

/** No clause that counts or groups per step, and none of the names that the replacement makes up. */
function isPlain(tokens: readonly Token[], clauses: Clauses): boolean {
  const { select, order } = clauses;
  if (clauses.group || clauses.having || clauses.offset || clauses.fetch || clauses.for) return false;
  if (select && tokens[select.from + 1]?.text === 'distinct' && tokens[select.from + 2]?.text === 'on') return false;
  const byPlace = order && splitAtCommas(tokens, order.from + 2, order.to).some(([at]) => tokens[at]?.raw === '?');
  return !byPlace && !tokens.some((token) => isName(token) && [WALK, KEY].includes(nameOf(token)));
}

/** The expression of the select list whose column is called so, as the recursive term can use it; null where it is not plain to see. */
function outputNamed(tokens: readonly Token[], select: Range, from: Range, column: string): string | null {
  const head = tokens[select.from + 1]?.text;
  const items = splitAtCommas(tokens, select.from + (head === 'distinct' || head === 'all' ? 2 : 1), select.to);
  const plain = items.flatMap(([at, to]) => {
    const end = endOfName(tokens, at);
    if (end === at) return [];
    const name = nameOf(tokens[end - 1] as Token);
    const alias = end === to ? name : aliasOf(tokens, end, to);
    return alias === column ? [rawOf(tokens, at, end)] : [];
  });
  if (plain.length > 0) return plain.length === 1 ? (plain[0] as string) : null;
  const star = items.filter(([, to]) => tokens[to - 1]?.raw === '*');
  if (star.length !== 1 || items.some(([at, to]) => namesIt(tokens, at, to, column))) return null;
  const [[at, to]] = star as [[number, number]];
  const owner = rawOf(tokens, at, to - 1);
  if (owner === '' && !isOneTable(tokens, from)) return null;
  return `${owner}${isReserved(column) ? `"${column}"` : quoted(column)}`;
}

/** `id as folder_id`, `id folder_id`. */
function aliasOf(tokens: readonly Token[], at: number, to: number): string | null {
  const place = tokens[at]?.text === 'as' ? at + 1 : at;
  return place === to - 1 && isName(tokens[place]) ? nameOf(tokens[place] as Token) : null;
}

function namesIt(tokens: readonly Token[], from: number, to: number, column: string): boolean {
  return tokens.slice(from, to).some((token) => isName(token) && nameOf(token) === column);
}

function isOneTable(tokens: readonly Token[], { from, to }: Range): boolean {
  const end = endOfName(tokens, from + 1);
  return !tokens
    .slice(end, to)
    .some((token) => token.raw === ',' || token.raw === '(' || token.text === 'join' || isSlot(token));
}
