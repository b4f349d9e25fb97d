// Which written numbers were made of the one that was read: no value travels unchanged there, but what it was changed by is seen elsewhere, in
// another write of the scope or in the numbers of other rows, whose sum stays what it was.

import type { Execution, Ordinals } from './execution.js';
import { isKey } from './names.js';
import type { Reading } from './reading.js';
import { FINE_LOT } from './slices.js';
import type { Slot, Statement, Tie } from './types.js';
import { canonical } from './values.js';

/** A row's number that an UPDATE by the row's key set to another. */
interface Change {
  read: Execution;
  /** The result's name of the column. */
  output: string;
  update: Execution;
  slot: Slot;
  before: Decimal;
  after: Decimal;
  /** By how much. */
  by: Decimal;
}

/** Exact: balances come as text with decimals, and binary fractions would not meet. */
interface Decimal {
  units: bigint;
  scale: number;
}

/**
 * Smaller changes say nothing: of two numbers up to 10, one in ten differs from the other by what is written somewhere. From here on it is one request in a
 * hundred, where numbers up to 100 are written that have nothing to do with each other.
 */
const LEAST_AMOUNT = 10n;

/** An amount is evidence by itself, whatever stands beside it, from here on. */
const TELLING_AMOUNT = 250n;

/**
 * Finds the numbers that were read and written with a change which says where it comes from: another write binds the amount, beside the key of that very
 * row or where it is large; or all changes of the column add up to nothing, as those of a transfer do.
 */
export function* traceComputed({ executions }: Reading, ordinals: Ordinals): Generator<void, Tie[]> {
  const changes = yield* changesIn(executions, ordinals);
  if (changes.length === 0) return [];
  const changed = new Map<Execution, Set<Slot>>();
  const byColumn = new Map<string, Change[]>();
  let steps = 0;
  for (const change of changes) {
    if (++steps % FINE_LOT === 0) yield;
    add(changed, change.update, change.slot);
    const column = columnOf(change);
    const others = byColumn.get(column);
    if (others === undefined) byColumn.set(column, [change]);
    else others.push(change);
  }
  const conserved = new Set<string>();
  for (const [column, all] of byColumn) if (yield* isConserved(all)) conserved.add(column);
  const amounts = yield* amountsIn(executions, changed, ordinals);
  const ties: Tie[] = [];
  for (const change of changes) {
    if (++steps % FINE_LOT === 0) yield;
    const size = trimmed(absolute(change.by));
    if (size.units < LEAST_AMOUNT) continue;
    if (conserved.has(columnOf(change)) || isTold(change, size, amounts)) ties.push(tieOf(change));
  }
  return ties;
}

const columnOf = ({ slot }: Change): string => `${slot.column} ${slot.table}`;

/** Several rows, whose numbers together are what they were, and not the same numbers in another order: that is how a list is sorted. */
function* isConserved(changes: readonly Change[]): Generator<void, boolean> {
  let sum: Decimal = { units: 0n, scale: 0 };
  const surplus = new Map<string, number>();
  const count = (text: string, by: number): void => {
    const left = (surplus.get(text) ?? 0) + by;
    if (left === 0) surplus.delete(text);
    else surplus.set(text, left);
  };
  let steps = 0;
  for (const { before, after, by } of changes) {
    if (++steps % FINE_LOT === 0) yield;
    sum = plus(sum, by);
    count(textOf(after), 1);
    count(textOf(before), -1);
  }
  return sum.units === 0n && surplus.size > 0;
}

/** Does another write bind the amount? */
function isTold({ update }: Change, by: Decimal, amounts: ReadonlyMap<string, ReadonlySet<Execution>>): boolean {
  const size = textOf(by);
  if (by.units >= TELLING_AMOUNT && isOther(amounts.get(size), update)) return true;
  const { shape, slotKeys } = update.statement;
  return shape.slots.some(({ role, index }) => {
    const key = slotKeys?.[index - 1] ?? -1;
    return role === 'compare' && key >= 0 && isOther(amounts.get(besideKey(size, key)), update);
  });
}

const besideKey = (size: string, key: number): string => `${size} beside ${key}`;

const absolute = (number: Decimal): Decimal => ({ ...number, units: number.units < 0n ? -number.units : number.units });

function add<K, V>(sets: Map<K, Set<V>>, key: K, item: V): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([item]));
  else set.add(item);
}

function isOther(executions: ReadonlySet<Execution> | undefined, own: Execution): boolean {
  return executions !== undefined && (executions.size > 1 || !executions.has(own));
}

/** Nothing else changes a number that was read. */
function* hasUpdate(executions: readonly Execution[]): Generator<void, boolean> {
  for (let i = 0; i < executions.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    if ((executions[i] as Execution).statement.shape.verb === 'update') return true;
  }
  return false;
}

function* changesIn(executions: readonly Execution[], ordinals: Ordinals): Generator<void, Change[]> {
  if (!(yield* hasUpdate(executions))) return [];
  const reads = new Map<string, Execution>();
  const changes: Change[] = [];
  let steps = 0;
  for (const execution of executions) {
    if (++steps % FINE_LOT === 0) yield;
    const { statement, kept } = execution;
    const { shape } = statement;
    if (shape.verb === 'select' && shape.writes.length === 0 && kept?.count === 1) {
      for (const key of keysOf(statement)) reads.set(key, execution);
    }
    if (shape.verb !== 'update' || statement.error !== null) continue;
    const keys = keysOf(statement);
    const read = keys[0] === undefined ? undefined : reads.get(keys[0]);
    if (read === undefined || read.answeredOrder >= execution.sentOrder) continue;
    const asked = new Set(keysOf(read.statement));
    if (!keys.every((key) => asked.has(key))) continue;
    for (const slot of shape.slots) {
      const change = slot.role === 'set' ? changeOf(read, execution, slot, ordinals) : null;
      if (change !== null) changes.push(change);
    }
  }
  return changes;
}

/** What it asks for by `=`: table, column and the value's ordinal. */
function keysOf({ shape, slotKeys }: Statement): string[] {
  const keys: string[] = [];
  for (const { role, operator, column, table, index } of shape.slots) {
    const key = slotKeys?.[index - 1] ?? -1;
    if (role === 'compare' && operator === '=' && column !== null && key >= 0) keys.push(`${key} ${column} ${table}`);
  }
  return keys;
}

function changeOf(read: Execution, update: Execution, slot: Slot, ordinals: Ordinals): Change | null {
  const { kept, anatomy } = read;
  const key = update.statement.slotKeys?.[slot.index - 1] ?? -1;
  if (slot.column === null || isKey(slot.column) || key < 0 || kept === null) return null;
  const place = kept.names.findIndex((name) => (anatomy.outputs[name]?.column ?? name) === slot.column);
  const before = place < 0 || kept.count === 0 ? null : decimalOf(canonical(kept.cell(place, 0)));
  const after = decimalOf(ordinals.textOf(key));
  if (before === null || after === null) return null;
  const by = plus(after, { ...before, units: -before.units });
  return by.units === 0n ? null : { read, output: kept.names[place] as string, update, slot, before, after, by };
}

/** The amounts that writes bind as they are, without their signs, also with each key beside them: no keys, and no number that was itself changed. */
function* amountsIn(
  executions: readonly Execution[],
  changed: ReadonlyMap<Execution, ReadonlySet<Slot>>,
  ordinals: Ordinals,
): Generator<void, Map<string, Set<Execution>>> {
  const amounts = new Map<string, Set<Execution>>();
  let steps = 0;
  for (const execution of executions) {
    const { shape, slotKeys } = execution.statement;
    for (const slot of shape.slots) {
      if (++steps % FINE_LOT === 0) yield;
      const { role, column, index } = slot;
      const key = slotKeys?.[index - 1] ?? -1;
      if ((role !== 'insert' && role !== 'set') || column === null || isKey(column) || key < 0) continue;
      const amount = decimalOf(ordinals.textOf(key));
      if (amount === null || changed.get(execution)?.has(slot)) continue;
      const size = textOf(absolute(amount));
      add(amounts, size, execution);
      for (const other of shape.slots) {
        const beside = slotKeys?.[other.index - 1] ?? -1;
        if (beside >= 0 && isKey(other.column)) add(amounts, besideKey(size, beside), execution);
      }
    }
  }
  return amounts;
}

function tieOf({ read, output, update, slot }: Change): Tie {
  return {
    from: { statement: read.statement.index, column: output, parameter: null, table: slot.table },
    to: { statement: update.statement.index, parameter: slot.index, column: slot.column },
    kind: 'computed',
    strength: 'strong',
  };
}

const DECIMAL = /^(-?\d{1,30})(?:\.(\d{1,20}))?$/;

function decimalOf(text: string | null | undefined): Decimal | null {
  const [, whole, fraction = ''] = DECIMAL.exec(text ?? '') ?? [];
  return whole === undefined ? null : { units: BigInt(whole + fraction), scale: fraction.length };
}

function plus(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  const unitsOf = (each: Decimal): bigint => each.units * 10n ** BigInt(scale - each.scale);
  return { units: unitsOf(a) + unitsOf(b), scale };
}

/** Without zeros at its end: `30.00` is `30`. */
function trimmed({ units, scale }: Decimal): Decimal {
  let [whole, left] = [units, scale];
  for (; left > 0 && whole % 10n === 0n; left--) whole /= 10n;
  return { units: whole, scale: left };
}

/** Equal numbers have equal texts. */
function textOf(number: Decimal): string {
  const { units, scale } = trimmed(number);
  return scale === 0 ? String(units) : `${units}e-${scale}`;
}
