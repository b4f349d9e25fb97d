// What is read once of a scope's statements for all that look for values in them: the order of the app's calls, the columns of all results,
// the names in all texts.

import { Columns, tableNamesOf } from './columns.js';
import type { Execution, Ordinals } from './execution.js';
import { type KnownNames, tableWords } from './names.js';
import { LOT } from './slices.js';
import { sorted } from './sorted.js';

export interface Reading {
  /** In the order in which the app called for them. */
  executions: readonly Execution[];
  columns: Columns;
  known: KnownNames;
}

export const byCall = (a: Execution, b: Execution): number => a.sentOrder - b.sentOrder;

export function* readScope(sent: readonly Execution[], ordinals: Ordinals): Generator<void, Reading> {
  const executions = yield* sorted(sent, byCall);
  const tables = yield* tableNamesOf(executions);
  const columns = new Columns();
  yield* columns.read(executions, ordinals, tables);
  return { executions, columns, known: yield* knownNamesOf(executions) };
}

function* knownNamesOf(executions: readonly Execution[]): Generator<void, KnownNames> {
  const tables = new Set<string>();
  const joins = new Set<string>();
  const seen = new Set<string>();
  for (let i = 0; i < executions.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const { statement, anatomy } = executions[i] as Execution;
    if (seen.has(statement.shape.id)) continue;
    seen.add(statement.shape.id);
    for (const table of statement.shape.reads) tables.add(tableWords(table));
    for (const table of statement.shape.writes) tables.add(tableWords(table));
    for (const [a, b] of anatomy.joins) joins.add(`${a}=${b}`).add(`${b}=${a}`);
  }
  return { isTable: (words) => tables.has(words), joined: (a, b) => joins.has(`${a}=${b}`) };
}
