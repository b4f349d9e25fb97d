// One statement while its profile is being built: the statement as it will be published, with the values behind it as
// ordinals. Gone when the profile is done.

import type { Anatomy } from '../sql/text.js';
import type { KeptRows } from './note.js';
import type { Statement } from './types.js';

export interface Execution {
  statement: Statement;
  anatomy: Anatomy;
  /** Its shape's place among those of the scope, in the order in which they were sent. */
  shape: number;
  /** Executions of one shape from one call site share a number. */
  group: number;
  /** The number of the group that was last looked at with it in it: a mark costs less than a set of all that a group has. */
  lookedAtIn: number;
  /** For each slot that stands for a list, the ordinals of its items without NULLs; null where no slot does. A scalar's is in `statement.slotKeys`. */
  lists: readonly (readonly number[] | null)[] | null;
  /** Places in the one order of events of the scope: when the app called for it, when its rows had arrived. */
  sentOrder: number;
  /** The same for when it asked a pool for the connection that this is the first statement on; null where it did not. */
  askedOrder: number | null;
  answeredOrder: number;
  kept: KeptRows | null;
}

/** When the app began with it: it may have had to wait for a connection before it could send it. */
export function begunAt({ askedOrder, sentOrder }: Execution): number {
  return askedOrder ?? sentOrder;
}

const NOTHING: readonly number[] = [];

/** The ordinals bound to a slot (1-based): one for a scalar, all items of a list, none for NULL and for what could not be read. */
export function boundOf(execution: Execution, slot: number): readonly number[] {
  const list = execution.lists?.[slot - 1];
  if (list !== null && list !== undefined) return list;
  const key = scalarOf(execution, slot);
  return key === null ? NOTHING : [key];
}

/** The ordinals of the list bound to a slot (1-based), without NULLs; null where it is none. */
export function listOf(execution: Execution, slot: number): readonly number[] | null {
  return execution.lists?.[slot - 1] ?? null;
}

/** The ordinal bound to a scalar slot (1-based); null for NULL, for lists and for what could not be read. */
export function scalarOf(execution: Execution, slot: number): number | null {
  const key = execution.statement.slotKeys?.[slot - 1];
  return key === undefined || key < 0 || execution.lists?.[slot - 1] ? null : key;
}

/** Gives equal values equal ordinals, in order of first appearance. */
export class Ordinals {
  readonly #byText = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #alone: (number[] | undefined)[] = [];

  /** The value's ordinal, a new one where it was not seen before. */
  give(text: string): number {
    let ordinal = this.#byText.get(text);
    if (ordinal === undefined) {
      ordinal = this.#texts.length;
      this.#byText.set(text, ordinal);
      this.#texts.push(text);
    }
    return ordinal;
  }

  /** A list of an ordinal by itself, or of what stands for one (not below -2). Most statements bind one value and many return one, so all that have the same share it. */
  alone(ordinal: number): number[] {
    const place = ordinal + 2;
    let list = this.#alone[place];
    if (list === undefined) {
      list = [ordinal];
      this.#alone[place] = list;
    }
    return list;
  }

  /** The value's ordinal where it has one. */
  find(text: string): number | undefined {
    return this.#byText.get(text);
  }

  /** How many there are: each ordinal is smaller. */
  get size(): number {
    return this.#texts.length;
  }

  textOf(ordinal: number): string {
    return this.#texts[ordinal] as string;
  }
}
