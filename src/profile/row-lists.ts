// Lists that a loop bound against the rows they came from: is each one row's array, or the rows that share a value? Then the
// loop went over rows. The chunks of a batch loader end where they are full, whatever the rows say.

import type { ColumnPart } from './columns.js';
import { type Execution, listOf } from './execution.js';
import type { Kept } from './values.js';

/** Is each list that was bound to this slot (1-based) all that one row held, or one group of rows? */
export function areWhole(executions: Iterable<Execution>, slot: number, parts: readonly ColumnPart[]): boolean {
  const lists = new Set<string>();
  let several = 0;
  for (const execution of executions) {
    const list = listOf(execution, slot);
    if (list === null || list.length === 0) continue;
    lists.add(keyOf(list));
    if (list.length > 1) several++;
  }
  if (several === 0 || lists.size < 2) return false;
  const groupings = [arraysOf(parts), ...siblingsOf(parts).map((c) => groupsOf(parts, c))];
  return groupings.some((groups) => [...lists].every((list) => groups.has(list)));
}

/** Apps leave doubles out of a list, or do not. */
function keyOf(ordinals: Iterable<number>): string {
  return [...new Set(ordinals)].join(' ');
}

function arraysOf(parts: readonly ColumnPart[]): Set<string> {
  const found = new Set<string>();
  for (const { ordinals, rows } of parts) {
    if (rows === null) continue;
    const items = new Map<number, number[]>();
    for (const [i, ordinal] of ordinals.entries()) add(items, rows[i] as number, ordinal);
    for (const list of items.values()) found.add(keyOf(list));
  }
  return found;
}

/** Rows by what they hold in another column of theirs, as an app would group them. */
function groupsOf(parts: readonly ColumnPart[], column: number): Set<string> {
  const found = new Set<string>();
  for (const { execution, ordinals, rows } of parts) {
    const cells = execution.kept?.columns[column] as readonly Kept[] | undefined;
    if (cells === undefined) continue;
    const groups = new Map<Kept, number[]>();
    for (const [i, ordinal] of ordinals.entries())
      add(groups, cells[rows === null ? i : (rows[i] as number)] as Kept, ordinal);
    for (const list of groups.values()) found.add(keyOf(list));
  }
  return found;
}

function siblingsOf(parts: readonly ColumnPart[]): number[] {
  return [...(parts[0]?.execution.kept?.names.keys() ?? [])];
}

function add<K>(groups: Map<K, number[]>, key: K, ordinal: number): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [ordinal]);
  else group.push(ordinal);
}
