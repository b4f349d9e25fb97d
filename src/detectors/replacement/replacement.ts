// The SQL that does the work of a loop in one statement: for this very statement, never a pattern. It stands between the
// detectors and the rewriting of reads and of writes.

import type { Shape, Slot, Statement } from '../../profile/types.js';
import { parse } from '../../sql/parse.js';
import { batchedRead } from './read.js';
import { literalsCanBeBound, type Part, render, tokensOf } from './tokens.js';
import { batchedWrite } from './write.js';

/** What is read of a repeat. */
export interface Executions {
  shape: Shape;
  statements: readonly Pick<Statement, 'sql' | 'slotKeys'>[];
}

/** One statement for all executions of a repeat, without any of their values; null where none can be written with certainty. */
export function replacementFor(repeat: Executions): string | null {
  const [first] = repeat.statements;
  if (!first) return null;
  // The statement's own text holds values where they are sampled.
  const parsed = parse(first.sql);
  const [statement] = parsed.statements;
  if (!statement || parsed.unreadable || parsed.statements.length > 1) return null;
  const tokens = tokensOf(statement.sanitised);
  const parts = rewritten(tokens, repeat);
  return parts && literalsCanBeBound(tokens) ? render(parts) : null;
}

function rewritten(tokens: ReturnType<typeof tokensOf>, { shape, statements }: Executions): Part[] | null {
  const varying = varyingSlots(shape.slots, statements);
  if (shape.writes.length === 0) return batchedRead(tokens, shape.slots, varying);
  const keys = varying.filter((slot) => slot.role === 'compare');
  return batchedWrite(tokens, shape.slots, varying, repeats(keys, statements));
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
