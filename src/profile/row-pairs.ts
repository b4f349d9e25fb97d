// Values of two columns that stood in one row, for slots that are one key together: each turn has to have bound a pair that
// some row held.

import type { ColumnPart } from './columns.js';
import { type Execution, scalarOf } from './execution.js';

/** Did each execution bind a pair of values that stands in one row of these columns? NULLs and lists are left out. */
export function pairsTravel(
  executions: Iterable<Execution>,
  slots: readonly [number, number],
  one: readonly ColumnPart[],
  other: readonly ColumnPart[],
): boolean {
  const pairs = pairsOf(one, other);
  if (pairs.size === 0) return false;
  for (const execution of executions) {
    const left = scalarOf(execution, slots[0]);
    const right = scalarOf(execution, slots[1]);
    if (left !== null && right !== null && !pairs.has(`${left} ${right}`)) return false;
  }
  return true;
}

function pairsOf(one: readonly ColumnPart[], other: readonly ColumnPart[]): Set<string> {
  const twins = new Map(other.map((part) => [part.execution, part]));
  const pairs = new Set<string>();
  for (const part of one) {
    const twin = twins.get(part.execution);
    if (twin === undefined) continue;
    const inRow = ordinalsByRow(twin);
    part.ordinals.forEach((ordinal, i) => {
      const beside = inRow(part.rows === null ? i : (part.rows[i] as number));
      if (beside !== undefined) pairs.add(`${ordinal} ${beside}`);
    });
  }
  return pairs;
}

function ordinalsByRow({ ordinals, rows }: ColumnPart): (row: number) => number | undefined {
  if (rows === null) return (row) => ordinals[row];
  const byRow = new Map(rows.map((row, i) => [row, ordinals[i] as number]));
  return (row) => byRow.get(row);
}
