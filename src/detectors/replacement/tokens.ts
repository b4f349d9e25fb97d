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

/**
 * What a parameter of the rewritten text is bound to: the value that the statement had in all executions, those of all executions as one array, or, of
 * an INSERT that shows two rows, that of the first or of the second.
 */
export type Takes = 'same' | 'all' | 'first' | 'second';

/** A value slot of the statement, by its parameter (`$1`) or, for a literal, by its token (`?17`). */
export interface SlotPart {
  slot: string;
  takes: Takes;
}

/** Part of a rewritten text: SQL, or a value slot that gets its number when all parts are known. */
export type Part = string | SlotPart;

/** A statement for all executions, and what is bound to its `$1`, `$2` … */
export interface Batch {
  sql: string;
  binds: SlotPart[];
}

/** Of longer statements no replacement is written: it would be no easier to read than the loop, and is written in one stretch, of up to 5 ms for so many characters. */
export const LONGEST_STATEMENT = 5_000;

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

/** The slot that a token is. Each `?` is one of its own. */
export function slotAt(tokens: readonly Token[], at: number, takes: Takes): SlotPart {
  const { raw } = tokens[at] as Token;
  return { slot: raw === '?' ? `?${at}` : raw, takes };
}

/** The tokens of a range as parts, with one blank where there was any. */
export function partsOf(tokens: readonly Token[], from: number, to: number, takes: Takes = 'same'): Part[] {
  const parts: Part[] = [];
  for (let i = from; i < to; i++) {
    const token = tokens[i] as Token;
    if (token.spaced && i > from) parts.push(' ');
    parts.push(isSlot(token) ? slotAt(tokens, i, takes) : token.raw);
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
export function render(parts: readonly Part[]): Batch {
  const numbers = new Map<string, number>();
  const binds: SlotPart[] = [];
  const sql = parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const name = `${part.slot} ${part.takes}`;
      const number = numbers.get(name) ?? binds.push(part);
      numbers.set(name, number);
      return `$${number}`;
    })
    .join('');
  return { sql, binds };
}

/** A name that the text does not hold: this one, or this one with a number. */
export function freeName(tokens: readonly Token[], name: string): string {
  const taken = new Set(tokens.filter(isName).map(nameOf));
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}${number}`;
  return free;
}

/** A name as SQL has to write it: in quotes where it is not plain lower case. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
