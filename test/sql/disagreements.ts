// Where src/sql and PostgreSQL's own scanner and parser say different things of one text: nothing, for every text that
// PostgreSQL accepts. What is compared, and what is deliberately not, stands here once for all corpora.

import { Kind, lex } from '../../src/sql/lexer.js';
import { parseText } from '../../src/sql/parse.js';
import type { ParsedStatement, Shape, SlotInput } from '../../src/sql/text.js';
import {
  clausesOf,
  isReadable,
  locksOf,
  type ReferenceStatement,
  statementsOf,
  tablesOf,
  tokensOf,
  verbOf,
  wordConstantsOf,
} from './parse-tree.js';

const KIND_NAMES = Object.keys(Kind);

/** The tokens of a text where the scanner accepts it: same places, same kinds. */
export function tokenDisagreements(text: string): string[] {
  const expected = isReadable(text) ? tokensOf(text) : null;
  if (expected === null) return [];
  const ours = lex(text);
  if (ours.unbalancedAt >= 0) return [`unbalanced at ${ours.unbalancedAt}, not to PostgreSQL: ${show(text)}`];
  for (let i = 0; i < Math.max(expected.length, ours.count); i++) {
    const theirs = expected[i];
    const [kind, start, end] = i < ours.count ? [ours.kinds[i], ours.starts[i], ours.ends[i]] : [];
    if (theirs?.kind === kind && theirs?.start === start && theirs?.end === end) continue;
    const mine = `${KIND_NAMES[kind ?? 99]}:${start === undefined ? '' : text.slice(start, end)}`;
    const its = theirs === undefined ? 'nothing' : `${KIND_NAMES[theirs.kind]}:${text.slice(theirs.start, theirs.end)}`;
    return [`token ${i} is ${mine}, to PostgreSQL ${its}: ${show(text)}`];
  }
  return [];
}

/** Verbs whose tables, clauses and values are known; of EXPLAIN its tables depend on whether it executes. */
const QUERIES = new Set(['select', 'insert', 'update', 'delete', 'merge']);
const WITH_TABLES = new Set([...QUERIES, 'copy', 'truncate', 'declare']);

/** Statements, verbs, tables, locks, clauses and values of a text where the parser accepts it; `seen` is told of each statement compared. */
export function statementDisagreements(text: string, seen?: (tree: ReferenceStatement['tree']) => void): string[] {
  const expected = isReadable(text) ? statementsOf(text) : null;
  if (expected === null) return [];
  const ours = parseText(text).statements.filter(({ shape }) => shape.verb !== 'empty');
  if (ours.length !== expected.length)
    return [`${ours.length} statements, to PostgreSQL ${expected.length}: ${show(text)}`];
  return ours.flatMap((statement, i) => {
    const reference = expected[i] as ReferenceStatement;
    seen?.(reference.tree);
    return compare(statement, reference);
  });
}

function compare({ sql, shape, anatomy, inputs }: ParsedStatement, { source, tree }: ReferenceStatement): string[] {
  const found: string[] = [];
  const differ = (what: string, mine: unknown, theirs: unknown) => {
    const [a, b] = [JSON.stringify(mine), JSON.stringify(theirs)];
    if (a !== b) found.push(`${what} ${a}, to PostgreSQL ${b}: ${show(sql)}`);
  };
  differ('text', sql, parseText(source).statements[0]?.sql);
  // not its slots: `jsonb '1' ? 'a'` is `jsonb ? ? ?`, where nothing says which one is the operator
  const facts = ({ slots: _, ...rest }: Shape) => rest;
  const again = parseText(shape.text).statements.map((statement) => facts(statement.shape));
  differ('shape of its shape', again, [facts(shape)]);

  const verb = verbOf(tree) ?? 'other';
  differ('verb', shape.verb === 'values' || shape.verb === 'table' ? 'select' : shape.verb, verb);
  if (WITH_TABLES.has(verb) || 'CreateTableAsStmt' in tree) {
    differ('tables', { reads: [...shape.reads].sort(), writes: [...shape.writes].sort() }, tablesOf(tree));
    differ('locks', shape.locks, locksOf(tree));
  }
  if (!QUERIES.has(verb)) return found;
  const { returning, onConflict, limit } = anatomy;
  differ('clauses', { returning, onConflict, limit }, clausesOf(tree));
  const words = wordConstantsOf(tree);
  // a `?` that no operand stands before is a value taken out of a text to us, an operator of the user's own to PostgreSQL
  if (words !== null && !inputs.some(isHidden)) {
    const values = inputs.reduce((sum, input) => sum + valuesIn(input), 0);
    differ('values', values, words + valueTokens(sql));
  }
  return found;
}

function valuesIn(input: SlotInput): number {
  return input.kind === 'list' ? input.items.reduce((sum, item) => sum + valuesIn(item), 0) : 1;
}

function isHidden(input: SlotInput): boolean {
  return input.kind === 'hidden' || (input.kind === 'list' && input.items.some(isHidden));
}

function valueTokens(sql: string): number {
  const { kinds, count } = lex(sql);
  let values = 0;
  for (let i = 0; i < count; i++)
    if (kinds[i] === Kind.number || kinds[i] === Kind.string || kinds[i] === Kind.parameter) values++;
  return values;
}

function show(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return JSON.stringify(line.length > 400 ? `${line.slice(0, 400)}…` : line);
}
