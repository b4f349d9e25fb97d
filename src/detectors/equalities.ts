// Which columns of its one table a statement holds against which values, and which it writes: what two statements about the same row
// have in common. By ordinals, never by values.

import type { Shape, Slot, Statement } from '../profile/types.js';

/** A column and the ordinal of its value. */
export interface Equality {
  column: string;
  value: number;
}

/** `= $1`, and `= any($1)` or `in (…)`, which of one value is the same. */
const EQUAL: ReadonlySet<string | null> = new Set(['=', 'any', 'in']);

/** Its table, where it reads and writes one only; without its schema, since `public.users` and `users` may be one. */
export function onlyTable({ reads, writes }: Shape): string | null {
  const [table, ...others] = new Set([...reads, ...writes].map(bareName));
  return table === undefined || others.length > 0 ? null : table;
}

/** Without its schema. */
export function bareName(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1);
}

/** The columns that it asks for by a value; null where it asks for something by a value that is not a plain column's. */
export function askedBy({ shape, slotKeys }: Statement): Equality[] | null {
  const asked: Equality[] = [];
  for (const slot of shape.slots) {
    if (slot.role !== 'compare' || !EQUAL.has(slot.operator)) continue;
    const value = slotKeys?.[slot.index - 1] ?? -1;
    if (slot.column === null || value < 0) return null;
    asked.push({ column: slot.column, value });
  }
  return asked;
}

/** The columns that it writes a value to as it is: no expression around it. */
export function writtenBy({ shape, slotKeys }: Statement, role: 'insert' | 'set'): Equality[] {
  const written: Equality[] = [];
  for (const slot of shape.slots) {
    const value = slotKeys?.[slot.index - 1] ?? -1;
    if (slot.role === role && slot.column !== null && value >= 0) written.push({ column: slot.column, value });
  }
  return written;
}

/** Is each of these among those? */
export function areAmong(these: readonly Equality[], those: readonly Equality[]): boolean {
  return these.every(({ column, value }) => those.some((other) => other.column === column && other.value === value));
}

/** Its other comparisons: what it asks for besides equality. */
export function isComparedOtherwise({ role, operator }: Slot): boolean {
  return role === 'compare' && !EQUAL.has(operator);
}

/** Was the one answered before the other was sent? What is not known of the times is taken from their order. */
export function isAnsweredBefore(first: Statement, second: Statement): boolean {
  if (first.index >= second.index) return false;
  if (first.startMs === null || second.startMs === null) return true;
  return first.startMs + first.durationMs <= second.startMs;
}
