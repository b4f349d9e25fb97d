// The condition that a loop varies: finds `column = value` among the terms that WHERE joins by AND, and turns it into a
// condition on all values at once. What is not plainly such a term is left alone, and no replacement is offered.

import type { Slot } from '../../profile/types.js';
import { closing, endOfName, isSlot, nameOf, type Part, partsOf, rawOf, slotAt, type Token } from './tokens.js';

/** One term `column = value` of a WHERE clause: tokens `from` to `to`, the value's cast included. */
export interface Term {
  from: number;
  to: number;
  /** The column as written, such as `u."chatId"`. */
  column: string;
  /** Its last part as the shape spells it. */
  name: string;
  /** How the value is compared, as the shape names it. */
  operator: '=' | 'in' | 'any';
  /** The slot's token; for a list that is written out, its first. */
  slot: number;
  /** `uuid` in `$1::uuid`; empty without a cast. */
  cast: string;
}

/**
 * The plain equality terms of a WHERE clause between two tokens, or null where OR or CASE makes terms depend on each other. Brackets around
 * terms that AND joins, as ORMs write them, are looked through.
 */
export function termsOf(tokens: readonly Token[], from: number, to: number): Term[] | null {
  const terms: Term[] = [];
  let at = from;
  let termStarts = true;
  while (at < to) {
    const token = tokens[at] as Token;
    if (termStarts && token.raw === '(' && tokens[at + 1]?.text !== 'select' && !isAlternative(tokens, at)) {
      at++;
      continue;
    }
    const term = termStarts ? termAt(tokens, at) : null;
    if (term && endsTerm(tokens[term.to], term.to >= to)) {
      terms.push(term);
      at = term.to;
      termStarts = false;
      continue;
    }
    if (token.text === 'or' || token.text === 'case') return null;
    termStarts = token.text === 'and';
    // What stands in further brackets (a subquery, a function's arguments) belongs to its own term.
    at = token.raw === '(' ? closing(tokens, at) + 1 : at + 1;
    if (at === 0) return null;
  }
  return terms;
}

/** `(a or b)`: one condition beside the others, whatever stands in it. */
function isAlternative(tokens: readonly Token[], open: number): boolean {
  const inside = (tokens[open] as Token).depth + 1;
  const close = closing(tokens, open);
  for (let i = open + 1; i < close; i++) {
    const { depth, text } = tokens[i] as Token;
    if (depth === inside && text === 'or') return true;
  }
  return false;
}

function termAt(tokens: readonly Token[], from: number): Term | null {
  const nameEnd = endOfName(tokens, from);
  if (nameEnd === from) return null;
  const value = valueAt(tokens, nameEnd);
  if (!value) return null;
  const column = rawOf(tokens, from, nameEnd);
  return { from, column, name: nameOf(tokens[nameEnd - 1] as Token), ...value };
}

function valueAt(tokens: readonly Token[], at: number): Pick<Term, 'operator' | 'slot' | 'to' | 'cast'> | null {
  const operator = tokens[at];
  if (operator?.text === 'in' && tokens[at + 1]?.raw === '(') {
    const close = closing(tokens, at + 1);
    const items = tokens.slice(at + 2, close);
    const plain =
      close > 0 && items.length > 0 && items.every((token, i) => (i % 2 === 0 ? isSlot(token) : token.raw === ','));
    return plain ? { operator: 'in', slot: at + 2, to: close + 1, cast: '' } : null;
  }
  if (operator?.raw !== '=') return null;
  if (tokens[at + 1]?.text === 'any' && tokens[at + 2]?.raw === '(' && isSlot(tokens[at + 3])) {
    const cast = castAt(tokens, at + 4);
    return tokens[cast.to]?.raw === ')' ? { operator: 'any', slot: at + 3, to: cast.to + 1, cast: cast.type } : null;
  }
  if (!isSlot(tokens[at + 1])) return null;
  const cast = castAt(tokens, at + 2);
  // A whole array is one value here, and arrays of arrays are flat to `any`.
  if (cast.type.endsWith(']')) return null;
  return { operator: '=', slot: at + 1, to: cast.to, cast: cast.type };
}

/** The cast after a slot: its type, and where it ends. */
export function castAt(tokens: readonly Token[], at: number): { type: string; to: number } {
  if (tokens[at]?.raw !== '::') return { type: '', to: at };
  let to = endOfName(tokens, at + 1);
  while (tokens[to]?.raw === '[' || tokens[to]?.raw === ']') to++;
  return { type: rawOf(tokens, at + 1, to), to };
}

/** A term ends at AND, at its bracket or at the clause's end; anything else (`= $1 + 1`) makes it another expression. */
function endsTerm(next: Token | undefined, atEnd: boolean): boolean {
  return atEnd || next?.text === 'and' || next?.raw === ')';
}

/**
 * The terms that the varying slots stand in, in slot order; null unless each is found beyond doubt: one slot and one term of that column and
 * operator, whose parameter is bound nowhere else.
 */
export function termsOfSlots(
  tokens: readonly Token[],
  terms: readonly Term[],
  slots: readonly Slot[],
  varying: readonly Slot[],
): Term[] | null {
  const found: Term[] = [];
  for (const { column, operator } of varying) {
    const matches = terms.filter((term) => term.name === column && term.operator === operator);
    const twins = slots.filter((slot) => slot.column === column && slot.operator === operator);
    const [term] = matches;
    if (!term || matches.length > 1 || twins.length > 1 || isBoundTwice(tokens, term.slot)) return null;
    found.push(term);
  }
  return found;
}

function isBoundTwice(tokens: readonly Token[], slot: number): boolean {
  const raw = tokens[slot]?.raw;
  return raw !== '?' && tokens.some((token, i) => i !== slot && token.raw === raw);
}

/**
 * A range of tokens with the given terms turned into conditions on arrays. Several columns are one composite key: each alone narrows the
 * search (and tells PostgreSQL the arrays' types), the pair of arrays then picks the very combinations.
 */
export function batchTerms(tokens: readonly Token[], from: number, to: number, terms: readonly Term[]): Part[] {
  const parts: Part[] = [];
  let at = from;
  const copyTo = (end: number) => {
    if (at > from && at < end && tokens[at]?.spaced) parts.push(' ');
    parts.push(...partsOf(tokens, at, end));
    if (end < to && tokens[end]?.spaced) parts.push(' ');
  };
  const ordered = [...terms].sort((a, b) => a.from - b.from);
  for (const term of ordered) {
    copyTo(term.from);
    parts.push(`${term.column} = any(`, ...arrayOf(tokens, term), ')');
    if (term === ordered.at(-1) && ordered.length > 1) {
      const arrays = ordered.flatMap((each, i) => [...(i > 0 ? [', '] : []), ...arrayOf(tokens, each)]);
      parts.push(` and (${ordered.map((each) => each.column).join(', ')}) in (select * from unnest(`, ...arrays, '))');
    }
    at = term.to;
  }
  copyTo(to);
  return parts;
}

/** The parameter that takes the values of all executions. */
export function arrayOf(tokens: readonly Token[], term: Term): Part[] {
  const slot = slotAt(tokens, term.slot, 'all');
  if (term.cast === '') return [slot];
  return [slot, `::${term.cast}${term.operator === 'any' ? '' : '[]'}`];
}
