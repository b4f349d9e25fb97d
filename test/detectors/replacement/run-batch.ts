// Binds a batch's parameters from the very values that the loop's executions had, so that both can be run and compared.

import type { Batch, SlotPart } from '../../../src/detectors/replacement/tokens.js';
import { isSlot, tokensOf } from '../../../src/detectors/replacement/tokens.js';

export type Value = number | string | boolean | null | readonly (number | string)[];

/** One execution of a loop: its text, which may hold literals of its own, and what was bound. */
export interface Run {
  sql: string;
  values: readonly Value[];
}

/** The values of `batch`'s parameters for these runs; of a batch that shows two rows, for two. */
export function bindingsOf(batch: Batch, runs: readonly Run[]): unknown[] {
  return batch.binds.map(({ slot, takes }) => {
    if (takes === 'all') return runs.flatMap((run) => itemsOf(slot, run));
    const run = runs[takes === 'second' ? 1 : 0] as Run;
    return itemsOf(slot, run)[0];
  });
}

/** Does it take two rows at a time? */
export function takesTwo({ binds }: Batch): boolean {
  return binds.some(({ takes }) => takes === 'second');
}

function itemsOf(slot: SlotPart['slot'], run: Run): unknown[] {
  const tokens = tokensOf(run.sql);
  const at = slot.startsWith('?') ? Number(slot.slice(1)) : tokens.findIndex(({ raw }) => raw === slot);
  const items = [valueAt(at)];
  // A list that is written out: its other items are no slots of their own.
  for (let next = at; tokens[at - 2]?.text === 'in' && tokens[next + 1]?.raw === ','; next += 2)
    items.push(valueAt(next + 2));
  return items.flat();

  function valueAt(place: number): unknown {
    const token = tokens[place];
    if (token === undefined) throw new Error(`no token ${place} in ${run.sql}`);
    if (isSlot(token)) return run.values[Number(token.raw.slice(1)) - 1];
    return token.raw.startsWith("'") ? token.raw.slice(1, -1).replaceAll("''", "'") : Number(token.raw);
  }
}
