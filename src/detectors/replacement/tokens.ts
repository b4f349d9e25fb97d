// A statement's text as a rewriter sees it: words and brackets with their places, cut by the same lexer that made its
// shape, so that text inside a string or a quoted name is never taken for SQL.

import { Kind, lex } from '../../sql/lexer.js';

export interface Token {
  kind: Kind;
  /** As written. */
  raw: string;
  /** Lower case where it is a word; else as written. */
  text: string;
  /** Open brackets around it. */
  depth: number;
  /** Is there a blank before it? */
  spaced: boolean;
}

/** Part of a rewritten text: SQL, or a value slot that gets its number when all parts are known. */
export type Part = string | { slot: string };

/** `=?` and `?=?`, written without blanks: the lexer takes the `?` of a literal for a part of the operator. */
const GLUED = /^(\??)([=<>!+*/%^-]+)(\??)$/;

/** Cuts a sanitised text, whose literals are `?`, into tokens. */
export function tokensOf(sql: string): Token[] {
  const { kinds, starts, ends, count } = lex(sql);
  const tokens: Token[] = [];
  let depth = 0;
  for (let i = 0; i < count; i++) {
    const raw = sql.slice(starts[i] as number, ends[i] as number);
    const kind = kinds[i] as Kind;
    const spaced = i > 0 && (starts[i] as number) > (ends[i - 1] as number);
    if (raw === ')' || raw === ']') depth--;
    const pieces =
      kind === Kind.operator ? (GLUED.exec(raw)?.slice(1) ?? [raw]).filter((piece) => piece !== '') : [raw];
    pieces.forEach((piece, at) => {
      const text = kind === Kind.word ? piece.toLowerCase() : piece;
      tokens.push({ kind, raw: piece, text, depth, spaced: spaced && at === 0 });
    });
    if (raw === '(' || raw === '[') depth++;
  }
  return tokens;
}

/** Is it a bound parameter, or the `?` that stands for a literal? */
export function isSlot(token: Token | undefined): boolean {
  return token !== undefined && (token.kind === Kind.parameter || token.raw === '?');
}

/** Is it the name, or a part of the name, of a table or column? */
export function isName(token: Token | undefined): boolean {
  return token !== undefined && (token.kind === Kind.word || token.kind === Kind.quoted);
}

/** A column's or table's name as the shape spells it: lower case unless quoted, without quotes. */
export function nameOf(token: Token): string {
  return token.kind === Kind.quoted ? token.raw.slice(1, -1).replaceAll('""', '"') : token.text;
}

/** The end (exclusive) of a dotted name that starts here; `from` itself where none does. */
export function endOfName(tokens: readonly Token[], from: number): number {
  if (!isName(tokens[from])) return from;
  let at = from + 1;
  while (tokens[at]?.raw === '.' && isName(tokens[at + 1])) at += 2;
  return at;
}

/** The token that closes the bracket which `open` opens; -1 where nothing does. */
export function closing(tokens: readonly Token[], open: number): number {
  const depth = (tokens[open] as Token).depth;
  for (let i = open + 1; i < tokens.length; i++) if ((tokens[i] as Token).depth === depth) return i;
  return -1;
}

/** Cuts a range at its commas outside of further brackets. */
export function splitAtCommas(tokens: readonly Token[], from: number, to: number): [from: number, to: number][] {
  const depth = tokens[from]?.depth ?? 0;
  const items: [number, number][] = [];
  let start = from;
  for (let i = from; i < to; i++) {
    if (tokens[i]?.raw !== ',' || tokens[i]?.depth !== depth) continue;
    items.push([start, i]);
    start = i + 1;
  }
  if (start < to) items.push([start, to]);
  return items;
}

/** The tokens of a range as parts, with one blank where there was any. Each `?` becomes a slot of its own. */
export function partsOf(tokens: readonly Token[], from: number, to: number): Part[] {
  const parts: Part[] = [];
  for (let i = from; i < to; i++) {
    const token = tokens[i] as Token;
    if (token.spaced && i > from) parts.push(' ');
    if (isSlot(token)) parts.push({ slot: token.raw === '?' ? `?${i}` : token.raw });
    else parts.push(token.raw);
  }
  return parts;
}

/** The text of a range that holds no slot. */
export function rawOf(tokens: readonly Token[], from: number, to: number): string {
  return tokens
    .slice(from, to)
    .map((token, i) => (token.spaced && i > 0 ? ` ${token.raw}` : token.raw))
    .join('');
}

/** Joins parts into SQL; slots are numbered `$1`, `$2` … in order of first appearance. */
export function render(parts: readonly Part[]): string {
  const numbers = new Map<string, number>();
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const number = numbers.get(part.slot) ?? numbers.size + 1;
      numbers.set(part.slot, number);
      return `$${number}`;
    })
    .join('');
}

/** Words after which a value may stand by itself. After any other word a string is part of a typed literal: `date '…'`, `interval '…'`. */
const BEFORE_A_VALUE: ReadonlySet<string> = new Set(
  (
    'select distinct where and or not on having when then else case in like ilike between any all some limit offset by set values returning ' +
    'from to similar escape is fetch first next'
  ).split(' '),
);

/** Could every literal of the text be bound as a parameter instead? Not where its `?` may be the operator of jsonb. */
export function literalsCanBeBound(tokens: readonly Token[]): boolean {
  return tokens.every((token, i) => {
    const before = tokens[i - 1];
    if (token.kind === Kind.operator && token.raw.length > 1 && token.raw.includes('?')) return false;
    if (token.raw !== '?' || before === undefined) return true;
    if (before.kind === Kind.word) return BEFORE_A_VALUE.has(before.text);
    return before.kind !== Kind.quoted && before.raw !== ')' && before.raw !== ']' && !isSlot(before);
  });
}
