// When a scope's statements may have changed a table: asked of every pair of equal reads, so it is looked up, not searched.

import { addTo } from '../profile/grouped.js';
import { FINE_LOT } from '../profile/slices.js';
import type { Shape } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import { changedBy } from './statements.js';

/** Answers whether a statement sent between two others may have changed one of these tables. */
export type ChangedBetween = (first: number, second: number, tables: readonly string[]) => boolean;

export function* changesIn({ profile }: ProfileView): Generator<void, ChangedBetween> {
  const anything: number[] = [];
  const byTable = new Map<string, number[]>();
  const changes = new Map<Shape, ReturnType<typeof changedBy>>();
  for (const { index, shape } of profile.statements) {
    if (index % FINE_LOT === FINE_LOT - 1) yield;
    const changed = changes.get(shape) ?? changedBy(shape);
    changes.set(shape, changed);
    if (changed === 'anything') anything.push(index);
    else for (const table of changed) addTo(byTable, bareName(table), index);
  }
  return (first, second, tables) =>
    hasBetween(anything, first, second) ||
    tables.some((table) => hasBetween(byTable.get(bareName(table)) ?? [], first, second));
}

/** Without its schema: `public.users` and `users` may be one table, and calling two tables one only makes us more careful. */
function bareName(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1);
}

/** Does the ascending list hold a number between these two? */
function hasBetween(ascending: readonly number[], first: number, second: number): boolean {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) > first) high = middle;
    else low = middle + 1;
  }
  return low < ascending.length && (ascending[low] as number) < second;
}
