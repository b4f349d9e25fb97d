// Lists that a loop bound against the rows they came from: is each one row's array, or the rows that share a value? Then the
// loop went over rows. The chunks of a batch loader end where they are full, whatever the rows say.

import type { ColumnPart } from './columns.js';
import { type Execution, listOf } from './execution.js';
import { LOT } from './slices.js';
import type { Kept } from './values.js';

/** Is each list that was bound to this slot (1-based) all that one row held, or one group of rows? */
export function* areWhole(
  executions: readonly Execution[],
  slot: number,
  parts: readonly ColumnPart[],
): Generator<void, boolean> {
  const lists = new Set<string>();
  let several = 0;
  for (const execution of executions) {
    yield;
    const list = listOf(execution, slot);
    if (list === null || list.length === 0) continue;
    lists.add(yield* keyOf(list));
    if (list.length > 1) several++;
  }
  if (several === 0 || lists.size < 2) return false;
  if (yield* holdsAll(yield* arraysOf(parts), lists)) return true;
  for (const column of siblingsOf(parts)) if (yield* holdsAll(yield* groupsOf(parts, column), lists)) return true;
  return false;
}

function* holdsAll(groups: ReadonlySet<string>, lists: ReadonlySet<string>): Generator<void, boolean> {
  let looked = 0;
  for (const list of lists) {
    if (++looked % LOT === 0) yield;
    if (!groups.has(list)) return false;
  }
  return true;
}

/** Apps leave doubles out of a list, or do not. */
function* keyOf(ordinals: readonly number[]): Generator<void, string> {
  const distinct = new Set<number>();
  let key = '';
  for (let i = 0; i < ordinals.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const ordinal = ordinals[i] as number;
    if (distinct.has(ordinal)) continue;
    distinct.add(ordinal);
    key += `${ordinal} `;
  }
  return key;
}

function* arraysOf(parts: readonly ColumnPart[]): Generator<void, Set<string>> {
  const found = new Set<string>();
  for (const { ordinals, rows } of parts) {
    yield;
    if (rows === null) continue;
    const items = new Map<number, number[]>();
    for (let i = 0; i < ordinals.length; i++) {
      if (i % LOT === LOT - 1) yield;
      add(items, rows[i] as number, ordinals[i] as number);
    }
    for (const list of items.values()) {
      found.add(yield* keyOf(list));
      yield;
    }
  }
  return found;
}

/** Rows by what they hold in another column of theirs, as an app would group them. */
function* groupsOf(parts: readonly ColumnPart[], column: string): Generator<void, Set<string>> {
  const found = new Set<string>();
  for (const { kept, ordinals, rows } of parts) {
    yield;
    const place = kept.names.indexOf(column);
    if (place < 0) continue;
    const groups = new Map<Kept, number[]>();
    for (let i = 0; i < ordinals.length; i++) {
      if (i % LOT === LOT - 1) yield;
      add(groups, kept.cell(place, rows === null ? i : (rows[i] as number)), ordinals[i] as number);
    }
    for (const list of groups.values()) {
      found.add(yield* keyOf(list));
      yield;
    }
  }
  return found;
}

function siblingsOf(parts: readonly ColumnPart[]): readonly string[] {
  return parts[0]?.kept.names ?? [];
}

function add<K>(groups: Map<K, number[]>, key: K, ordinal: number): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [ordinal]);
  else group.push(ordinal);
}
