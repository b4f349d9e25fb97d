// One statement while its profile is being built: the statement as it will be published, with the values behind it as
// ordinals. Gone when the profile is done.

import type { Anatomy } from '../sql/text.js';
import type { KeptRows } from './note.js';
import type { Statement } from './types.js';

export interface Execution {
  statement: Statement;
  anatomy: Anatomy;
  /** Executions of one shape from one call site share a number. */
  group: number;
  /** Was the call site of its group known at all? */
  sited: boolean;
  /** Ordinals of each slot's values without NULLs, in slot order: one for a scalar, many for a list. */
  bound: readonly (readonly number[])[];
  /** Places in the one order of events of the scope: when it was sent, when its rows had arrived. */
  sentOrder: number;
  answeredOrder: number;
  kept: KeptRows | null;
}

/** Gives equal values equal ordinals, in order of first appearance. */
export class Ordinals {
  readonly #byText = new Map<string, number>();
  readonly #texts: string[] = [];

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

  /** The value's ordinal where it has one. */
  find(text: string): number | undefined {
    return this.#byText.get(text);
  }

  textOf(ordinal: number): string {
    return this.#texts[ordinal] as string;
  }
}
