// The SQL that does the work of a loop in one statement: for this very statement, never a pattern. It stands between the
// detectors and the rewriting of reads and of writes.

import type { Shape, Slot, Statement } from '../../profile/types.js';
import { BoundedCache } from '../../sql/bounded-cache.js';
import { parse } from '../../sql/parse.js';
import { batchedInsert, conflictColumns } from './insert.js';
import { literalsCanBeBound } from './literals.js';
import { batchedRead } from './read.js';
import { type Batch, LONGEST_STATEMENT, type Part, render, type Token, tokensOf } from './tokens.js';
import { batchedByKey, batchedUpdate } from './update.js';

/** What is read of a repeat. */
export interface Executions {
  shape: Shape;
  statements: readonly Pick<Statement, 'sql' | 'slotKeys' | 'rows' | 'listSizes'>[];
}

/** What the executions tell besides their text. */
interface Facts {
  /** The slots whose values differ between them. */
  varying: readonly Slot[];
  /** Do two of them share a key, so that their order matters? */
  again: boolean;
  /** Has no two of them the same key of an ON CONFLICT … DO UPDATE? */
  conflictsApart: boolean;
  /** Did each return a single row? */
  oneRowEach: boolean;
}

/** A loop that is still there is found in every request, and its replacement is the same each time. An app has some dozens of them. */
const known = new BoundedCache<Batch | null>({ entries: 500, characters: 500_000 });

/** One statement for all executions of a repeat, without any of their values; null where none can be written with certainty. */
export function replacementFor(executions: Executions): string | null {
  return batchFor(executions)?.sql ?? null;
}

/** The same with what its parameters are bound to. */
export function batchFor(executions: Executions): Batch | null {
  const { shape, statements } = executions;
  const [first] = statements;
  if (!first || first.sql.length > LONGEST_STATEMENT) return null;
  const facts = factsOf(executions);
  if (facts.varying.some((slot) => bindsArray(slot, executions))) return null;
  const { varying, again, conflictsApart, oneRowEach } = facts;
  const question = `${first.sql}\n${varying.map((slot) => slot.index)} ${[again, conflictsApart, oneRowEach].map(Number)}`;
  let batch = known.get(question);
  if (batch === undefined) {
    batch = written(first.sql, shape, facts);
    known.set(question, batch);
  }
  return batch;
}

function written(sql: string, shape: Shape, facts: Facts): Batch | null {
  // The statement's own text holds values where they are sampled.
  const parsed = parse(sql);
  const [statement] = parsed.statements;
  if (!statement || parsed.unreadable || parsed.statements.length > 1) return null;
  const tokens = tokensOf(statement.sanitised);
  const parts = partsFor(tokens, shape, facts);
  return parts && literalsCanBeBound(tokens, parts) ? render(parts) : null;
}

function partsFor(
  tokens: readonly Token[],
  { slots, writes }: Shape,
  { varying, again, conflictsApart, oneRowEach }: Facts,
): Part[] | null {
  if (writes.length === 0) return batchedRead(tokens, slots, varying, oneRowEach);
  switch (tokens[0]?.text) {
    case 'insert':
      return batchedInsert(tokens, slots, varying, writes[0], conflictsApart);
    case 'update':
      if (again) return null;
      return varying.every((slot) => slot.role === 'compare')
        ? batchedByKey(tokens, slots, varying)
        : batchedUpdate(tokens, slots, varying);
    case 'delete':
      return batchedByKey(tokens, slots, varying);
    default:
      return null;
  }
}

function factsOf({ shape, statements }: Executions): Facts {
  const varying = shape.slots.filter(({ index }) => {
    const first = statements[0]?.slotKeys?.[index - 1];
    return statements.some((statement) => statement.slotKeys?.[index - 1] !== first);
  });
  const writes = shape.writes.length > 0;
  const keys = varying.filter((slot) => slot.role === 'compare');
  return {
    varying,
    again: writes && repeats(keys, statements),
    conflictsApart: shape.verb === 'insert' && conflictsAreApart({ shape, statements }),
    oneRowEach: !writes && statements.every(({ rows }) => rows === 1),
  };
}

/** An array is one value to `=` and to a column; in an array of arrays it could not be told from its neighbours. */
function bindsArray({ index, list }: Slot, { shape, statements }: Executions): boolean {
  return !list && shape.verb !== 'insert' && statements.some(({ listSizes }) => (listSizes?.[index - 1] ?? 1) !== 1);
}

function conflictsAreApart({ shape, statements }: Executions): boolean {
  const columns = conflictColumns(shape.text);
  if (columns === null) return false;
  const keys = shape.slots.filter((slot) => slot.role === 'insert' && columns.includes(slot.column ?? ''));
  return keys.length > 0 && !repeats(keys, statements);
}

function repeats(keys: readonly Slot[], statements: Executions['statements']): boolean {
  const seen = new Set<string>();
  for (const { slotKeys } of statements) {
    const values = keys.map((key) => slotKeys?.[key.index - 1] ?? UNKNOWN);
    // Of what could not be read nobody knows whether it is the same.
    if (values.includes(UNKNOWN)) return true;
    seen.add(values.join(' '));
  }
  return seen.size < statements.length;
}

/** As in `Statement.slotKeys`. */
const UNKNOWN = -2;
