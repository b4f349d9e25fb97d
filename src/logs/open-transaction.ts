// Whether a session is in a transaction after a text, by the texts alone: a log names no state.

import { parse } from '../sql/parse.js';

/** What may begin or end one: by its first word, or behind another statement of the same text. */
const MAY_CONTROL = /^\s*(?:\/\*|--|begin|start|commit|end|rollback|abort|prepare\s+transaction)|;\s*\S/i;

export function isOpenAfter(text: string, before: boolean): boolean {
  if (!MAY_CONTROL.test(text)) return before;
  let open = before;
  for (const { anatomy } of parse(text).statements) {
    const { control } = anatomy;
    if (control?.kind === 'begin') open = true;
    else if (control?.kind === 'prepare transaction') open = false;
    else if (control?.kind === 'commit' || control?.kind === 'rollback') open = control.chain && open;
  }
  return open;
}

/** Does it do nothing but control a transaction or set something? */
export function isControl(text: string): boolean {
  return MAY_CONTROL.test(text) && parse(text).statements.every(({ anatomy }) => anatomy.control !== null);
}
