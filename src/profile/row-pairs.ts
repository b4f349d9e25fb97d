// Values of two columns that stood in one row, for slots that are one key together: each turn has to have bound a pair that
// some row held.

import type { ColumnPart } from './columns.js';
import { type Execution, scalarOf } from './execution.js';
import type { KeptRows } from './note.js';
import { FINE_LOT, LOT } from './slices.js';

/** Did each execution bind a pair of values that stands in one row of these columns? NULLs and lists are left out. */
export function* pairsTravel(
  executions: readonly Execution[],
  slots: readonly [number, number],
  one: readonly ColumnPart[],
  other: readonly ColumnPart[],
): Generator<void, boolean> {
  const pairs = yield* pairsOf(one, other);
  if (pairs.size === 0) return false;
  for (let i = 0; i < executions.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const left = scalarOf(executions[i] as Execution, slots[0]);
    const right = scalarOf(executions[i] as Execution, slots[1]);
    if (left !== null && right !== null && !pairs.has(`${left} ${right}`)) return false;
  }
  return true;
}

function* pairsOf(one: readonly ColumnPart[], other: readonly ColumnPart[]): Generator<void, Set<string>> {
  const twins = new Map<KeptRows, ColumnPart>();
  for (const part of other) if (twins.set(part.kept, part).size % LOT === 0) yield;
  const pairs = new Set<string>();
  let values = 0;
  for (const { kept, ordinals, rows } of one) {
    if (++values % LOT === 0) yield;
    const twin = twins.get(kept);
    if (twin === undefined) continue;
    const inRow = yield* ordinalsByRow(twin);
    for (let i = 0; i < ordinals.length; i++) {
      if (++values % LOT === 0) yield;
      const beside = inRow(rows === null ? i : (rows[i] as number));
      if (beside !== undefined) pairs.add(`${ordinals[i]} ${beside}`);
    }
  }
  return pairs;
}

function* ordinalsByRow({ ordinals, rows }: ColumnPart): Generator<void, (row: number) => number | undefined> {
  if (rows === null) return (row) => ordinals[row];
  const byRow = new Map<number, number>();
  for (let i = 0; i < rows.length; i++) {
    byRow.set(rows[i] as number, ordinals[i] as number);
    if (i % FINE_LOT === FINE_LOT - 1) yield;
  }
  return (row) => byRow.get(row);
}
