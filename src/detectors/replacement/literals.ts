// Which literals of a statement may become parameters. A profile holds no values, so a replacement has to bind what the
// text wrote out; but a parameter has no type of its own, and only some places give it the one that the literal had.

import { Kind } from '../../sql/lexer.js';
import { isName, isSlot, nameOf, type Part, type Token } from './tokens.js';

/** Do all literals of these parts stand where a parameter means the same? Nobody knows where a `?` is also written as part of an operator. */
export function literalsCanBeBound(tokens: readonly Token[], parts: readonly Part[]): boolean {
  if (tokens.some(({ kind, raw }) => kind === Kind.operator && raw.length > 1 && raw.includes('?'))) return false;
  const openers = openersOf(tokens);
  return parts.every(
    (part) =>
      typeof part === 'string' || !part.slot.startsWith('?') || canBeBound(tokens, Number(part.slot.slice(1)), openers),
  );
}

/** For each token, the bracket around it: found once for all, so that long lists stay linear. */
function openersOf(tokens: readonly Token[]): number[] {
  const open: number[] = [];
  return tokens.map(({ raw }, at) => {
    if (raw === ')') open.pop();
    const opener = open.at(-1) ?? -1;
    if (raw === '(') open.push(at);
    return opener;
  });
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '!=', '<', '>', '<=', '>=', 'like', 'ilike']);
const BOUNDS: ReadonlySet<string> = new Set(['limit', 'offset', 'first', 'next', 'between', 'escape', 'zone']);

/**
 * Functions that give a literal among their arguments the type of the others, or have only one type for it. Not among them are those that take anything
 * (`concat`, `json_build_object`, `count`): there a parameter has no type, and PostgreSQL refuses it.
 */
const TYPED_ARGUMENTS: ReadonlySet<string> = new Set(
  'coalesce nullif greatest least date_trunc to_char string_agg round left right replace split_part'.split(' '),
);

/**
 * Arithmetic and CASE are left out: `100.0 * a / b` is another number once a parameter takes the type of `a`, and THEN without types is text. So are items of
 * a select list, and keys of JSON, which may be places too.
 */
function canBeBound(tokens: readonly Token[], at: number, openers: readonly number[]): boolean {
  const before = tokens[at - 1];
  const next = tokens[at + 1];
  if (before === undefined) return false;
  if (next?.raw === '::') return before.kind !== Kind.quoted && !(isName(before) && isTypeBefore(before));
  if (next?.kind === Kind.operator && !isSlot(next)) return isMirrored(tokens, at);
  if (COMPARISONS.has(before.text)) return true;
  if (BOUNDS.has(before.text)) return true;
  if (isStepOf(tokens, at)) return true;
  if (before.text === 'and') return tokens[at - 3]?.text === 'between';
  if (before.text === 'from') return tokens[at - 2]?.text === 'distinct';
  return (before.raw === '(' || before.raw === ',') && isTypedItem(tokens, openers[at] as number);
}

/** `set views = views + ?`: a number of the column's own type. */
function isStepOf(tokens: readonly Token[], at: number): boolean {
  if (!['+', '-'].includes(tokens[at - 1]?.raw ?? '')) return false;
  let from = at - 2;
  while (tokens[from - 1]?.raw === '.') from -= 2;
  const [setter, equals, column, value] = [tokens[from - 3], tokens[from - 1], tokens[from - 2], tokens[at - 2]];
  return (
    equals?.raw === '=' &&
    (setter?.text === 'set' || setter?.raw === ',') &&
    isName(column) &&
    isName(value) &&
    nameOf(column as Token) === nameOf(value as Token)
  );
}

/** `? = column`, at the beginning of a condition. */
function isMirrored(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1] as Token;
  return (
    COMPARISONS.has(tokens[at + 1]?.text ?? '') && (before.raw === '(' || ['where', 'and', 'or'].includes(before.text))
  );
}

/** A word before a string makes it a typed literal (`date '…'`), except for those that are no types. */
function isTypeBefore({ text }: Token): boolean {
  return !COMPARISONS.has(text) && !BOUNDS.has(text) && !NO_TYPES.has(text);
}

const NO_TYPES: ReadonlySet<string> = new Set(
  'select distinct where and or not having when then else in from by set values returning'.split(' '),
);

/** An item of `in (…)`, `any (…)`, a row of VALUES, or an argument of a function that gives it a type. */
function isTypedItem(tokens: readonly Token[], open: number): boolean {
  const owner = tokens[open - 1];
  if (owner === undefined) return false;
  return owner.text === 'in' || owner.text === 'any' || owner.text === 'values' || TYPED_ARGUMENTS.has(owner.text);
}
