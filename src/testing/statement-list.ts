// What a scope sent as a text to keep in a snapshot: each statement with its count, in the order in which they were first sent. Lists of columns are left out, so
// that a new column changes nothing, and so are lines of code.

import type { Report } from '../report/report.js';
import { lex } from '../sql/lexer.js';
import { shapeCounts } from './captured-statements.js';

/** `20× select … from users where id = ?`, a line for each. */
export function statementList(report: Report): string {
  const counts = new Map<string, number>();
  for (const { shape, count } of shapeCounts(report)) {
    const text = withoutColumns(shape.text);
    counts.set(text, count + (counts.get(text) ?? 0));
  }
  const widest = Math.max(0, ...[...counts.values()].map((count) => String(count).length));
  return [...counts].map(([text, count]) => `${String(count).padStart(widest)}× ${text}`).join('\n');
}

interface Token {
  text: string;
  /** Does it stand apart from the one before? */
  apart: boolean;
}

const LEFT_OUT: Token = { text: '…', apart: true };

/** The words that a list of columns follows, and those that end it; a closing bracket does too. */
const LISTS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['select', new Set(['from', 'where', 'union', 'intersect', 'except', 'order', 'limit', 'for'])],
  ['set', new Set(['where', 'from', 'returning'])],
  ['returning', new Set()],
]);

/** The text with `…` for what is selected, set and returned, and for the columns and the values of an INSERT. */
export function withoutColumns(text: string): string {
  const tokens = tokensOf(text);
  const isInsert = tokens[0]?.text === 'insert';
  const kept: Token[] = [];
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i] as Token;
    kept.push(token);
    const until = LISTS.get(token.text);
    const isGroup = isInsert && token.text === '(';
    i += 1;
    if (until === undefined && !isGroup) continue;
    kept.push(isGroup ? { ...LEFT_OUT, apart: false } : LEFT_OUT);
    i = endOfList(tokens, i, until ?? new Set());
  }
  return kept.map(({ text: word, apart }, i) => (apart && i > 0 ? ` ${word}` : word)).join('');
}

/** Where a list ends that begins there: at one of the words or at the bracket that closes what is around it. */
function endOfList(tokens: readonly Token[], from: number, until: ReadonlySet<string>): number {
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    const { text } = tokens[i] as Token;
    if (depth === 0 && (text === ')' || until.has(text))) return i;
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
  }
  return tokens.length;
}

function tokensOf(text: string): Token[] {
  const { starts, ends, count } = lex(text);
  return Array.from({ length: count }, (_, i) => ({
    text: text.slice(starts[i], ends[i]),
    apart: i > 0 && (ends[i - 1] as number) < (starts[i] as number),
  }));
}
