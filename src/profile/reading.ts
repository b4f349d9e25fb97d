// What is read once of a scope's statements for all that look for values in them: the order of the app's calls, what may be fed, the columns of all
// results, the names in all texts.

import { Columns, tableNamesOf } from './columns.js';
import type { Execution, Ordinals } from './execution.js';
import { type KnownNames, tableWords } from './names.js';
import { groupsByShape, type ShapeGroups } from './shape-groups.js';
import { FINE_LOT, LOT } from './slices.js';
import { sorted } from './sorted.js';

export interface Reading {
  /** In the order in which the app called for them. */
  executions: readonly Execution[];
  /** Those that may be a loop, shape by shape. */
  groups: readonly ShapeGroups[];
  writes: readonly Execution[];
  /** Empty, as `known` is, where there is nothing that they could have fed. */
  columns: Columns;
  known: KnownNames;
}

export const byCall = (a: Execution, b: Execution): number => a.sentOrder - b.sentOrder;

/** `counts`: how often each shape was sent. */
export function* readScope(
  sent: readonly Execution[],
  counts: readonly number[],
  ordinals: Ordinals,
): Generator<void, Reading> {
  const executions = yield* sorted(sent, byCall);
  const groups = yield* groupsByShape(executions, counts);
  const writes = yield* writesIn(executions);
  const columns = new Columns();
  if (groups.length === 0 && writes.length === 0) return { executions, groups, writes, columns, known: NO_NAMES };
  yield* columns.read(executions, ordinals, yield* tableNamesOf(executions));
  return { executions, groups, writes, columns, known: yield* knownNamesOf(executions) };
}

function* writesIn(executions: readonly Execution[]): Generator<void, Execution[]> {
  const writes: Execution[] = [];
  for (let i = 0; i < executions.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const execution = executions[i] as Execution;
    if (execution.statement.shape.writes.length > 0) writes.push(execution);
  }
  return writes;
}

const NO_NAMES: KnownNames = { isTable: () => false, joined: () => false };

function* knownNamesOf(executions: readonly Execution[]): Generator<void, KnownNames> {
  const tables = new Set<string>();
  const joins = new Set<string>();
  /** Shapes so far, which come in the order of their places but where a pool sent in another order than it was called in. */
  const seen: boolean[] = [];
  for (let i = 0; i < executions.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const { shape, statement, anatomy } = executions[i] as Execution;
    if (seen[shape]) continue;
    seen[shape] = true;
    for (const table of statement.shape.reads) tables.add(tableWords(table));
    for (const table of statement.shape.writes) tables.add(tableWords(table));
    for (const [a, b] of anatomy.joins) joins.add(`${a}=${b}`).add(`${b}=${a}`);
  }
  return { isTable: (words) => tables.has(words), joined: (a, b) => joins.has(`${a}=${b}`) };
}
