// Which token of a text is which slot of its shape: the shape counts values as they are written, a list as one, and TRUE,
// FALSE and NULL as values too.

import type { Slot } from '../../profile/types.js';
import { closing, isSlot, type Token } from './tokens.js';

/** The token of each slot, in slot order; null where the text's values cannot be told apart as the shape does. */
function slotPlaces(tokens: readonly Token[], slots: readonly Slot[]): readonly number[] | null {
  const places: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (!isValue(tokens, i)) continue;
    places.push(i);
    const opener = tokens[i - 1]?.raw === '(' && tokens[i - 2]?.text === 'in' ? i - 1 : -1;
    if (opener >= 0) i = Math.max(i, closing(tokens, opener));
  }
  return places.length === slots.length ? places : null;
}

/** The tokens of the slots that vary. */
export function varyingPlaces(
  tokens: readonly Token[],
  slots: readonly Slot[],
  varying: readonly Slot[],
): ReadonlySet<number> | null {
  const places = slotPlaces(tokens, slots);
  return places && new Set(varying.map(({ index }) => places[index - 1] as number));
}

const TRUTH: ReadonlySet<string> = new Set(['true', 'false', 'null']);

function isValue(tokens: readonly Token[], at: number): boolean {
  if (isSlot(tokens[at])) return true;
  const before = tokens[at - 1]?.text;
  return TRUTH.has(tokens[at]?.text ?? '') && before !== 'is' && before !== 'not' && before !== '.';
}
