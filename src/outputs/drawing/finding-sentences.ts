// A finding in plain sentences, for formats that show text and no drawing: what, how sure and how often, why, what to do, what to send instead.

import type { CallSite, Profile } from '../../profile/types.js';
import type { Finding } from '../../report/report.js';
import type { FindingGroup } from '../../report/run.js';
import { oneLine } from './harmless.js';
import { seenIn } from './run-words.js';

/** `23 statements where 3 do. Proven; in 2 requests: GET /chats.` and what follows from it. */
export function sentencesOf(group: FindingGroup): string[] {
  const { message, why, advice, confidence } = group.worst.finding;
  return [message, `${confidence}, ${seenIn([group])}`, why, advice].map(sentence).filter((text) => text !== '');
}

/** The statement to send instead, on one line; empty where none is certain. */
export function insteadOf({ replacement }: Finding): string {
  return replacement === null ? '' : `Instead: ${oneLine(replacement)}`;
}

/** The line to name: the finding's own, else the first of its statements that has one; null where no line of the app was seen. */
export function placeOf({ callSite, statements, source }: Finding, profile: Profile): CallSite | null {
  if (callSite !== null) return callSite;
  for (const index of [...statements, ...source]) {
    const site = profile.statements[index]?.callSite;
    if (site) return site;
  }
  return null;
}

/** Formats that must name a file name this one where no line of the app was seen: it is there, and it is nobody's loop. */
export const NO_PLACE = 'package.json';

function sentence(text: string): string {
  const line = oneLine(text);
  if (line === '') return '';
  const start = line.charAt(0).toUpperCase() + line.slice(1);
  return /[.!?…]$/.test(start) ? start : `${start}.`;
}
