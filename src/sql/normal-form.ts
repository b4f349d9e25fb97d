// The normal form of one statement: its tokens with everything taken out that may differ between two executions of the
// same code. Joined with blanks it is the shape's text; what was taken out are the slots' inputs.

import type { SlotInput } from './text.js';

/** What a part of a normal form is. */
export const Part = {
  /** An unquoted name or keyword, lower case. */
  word: 0,
  /** A quoted name, quotes included. */
  quoted: 1,
  /** A value slot: `?`. */
  value: 2,
  operator: 3,
  punctuation: 4,
} as const;

export type Part = (typeof Part)[keyof typeof Part];

export interface NormalForm {
  parts: string[];
  kinds: Part[];
  /** Where each slot's value comes from, in the order of the value parts. */
  inputs: SlotInput[];
  /** Which slots stand for a list whatever this text holds: see `Slot.list`. */
  lists: boolean[];
  /** The savepoint named by this text, which its normal form does not tell; null where it names none. */
  savepoint: string | null;
}

/** The name that a word or quoted part stands for. */
export function nameOf(part: string): string {
  if (part.charCodeAt(0) === 34) return part.slice(1, -1).replaceAll('""', '"');
  return part.endsWith('"') ? part.slice(3, -1).replaceAll('""', '"') : part;
}
