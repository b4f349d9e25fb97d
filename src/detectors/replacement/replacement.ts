// The SQL that does the work of a loop in one statement: for this very statement, never a pattern. It stands between the
// detectors and the rewriting of reads and of writes.

import type { Shape, Slot, Statement } from '../../profile/types.js';
import { BoundedCache } from '../../sql/bounded-cache.js';
import { parse } from '../../sql/parse.js';
import { batchedRead } from './read.js';
import { literalsCanBeBound, render, tokensOf } from './tokens.js';
import { batchedWrite } from './write.js';

/** What is read of a repeat. */
export interface Executions {
  shape: Shape;
  statements: readonly Pick<Statement, 'sql' | 'slotKeys'>[];
}

/** A loop that is still there is found in every request, and its replacement is the same each time. An app has some dozens of them. */
const known = new BoundedCache<string | null>({ entries: 500, characters: 500_000 });

/** One statement for all executions of a repeat, without any of their values; null where none can be written with certainty. */
export function replacementFor({ shape, statements }: Executions): string | null {
  const [first] = statements;
  if (!first) return null;
  const varying = varyingSlots(shape.slots, statements);
  const keys = varying.filter((slot) => slot.role === 'compare');
  const again = shape.writes.length > 0 && repeats(keys, statements);
  const question = `${first.sql}\n${varying.map((slot) => slot.index).join(' ')}${again ? ' again' : ''}`;
  let replacement = known.get(question);
  if (replacement === undefined) {
    replacement = written(first.sql, shape, varying, again);
    known.set(question, replacement);
  }
  return replacement;
}

function written(sql: string, shape: Shape, varying: readonly Slot[], again: boolean): string | null {
  // The statement's own text holds values where they are sampled.
  const parsed = parse(sql);
  const [statement] = parsed.statements;
  if (!statement || parsed.unreadable || parsed.statements.length > 1) return null;
  const tokens = tokensOf(statement.sanitised);
  const parts =
    shape.writes.length === 0
      ? batchedRead(tokens, shape.slots, varying)
      : batchedWrite(tokens, shape.slots, varying, again);
  return parts && literalsCanBeBound(tokens) ? render(parts) : null;
}

/** The slots whose values differ between executions. */
function varyingSlots(slots: readonly Slot[], statements: Executions['statements']): Slot[] {
  return slots.filter(({ index }) => {
    const first = statements[0]?.slotKeys?.[index - 1];
    return statements.some((statement) => statement.slotKeys?.[index - 1] !== first);
  });
}

function repeats(keys: readonly Slot[], statements: Executions['statements']): boolean {
  const seen = new Set(statements.map(({ slotKeys }) => keys.map((key) => slotKeys?.[key.index - 1]).join(' ')));
  return seen.size < statements.length;
}
