// The words that loops of reads and of writes share. They are made from the evidence's figures and the profile's names, so
// no value can stand in them.

import type { ProfileView } from '../profile/views.js';
import type { Evidence } from './detector.js';
import { counted, figure } from './figures.js';
import { replacementFor } from './replacement/replacement.js';

/** "23 statements where 3 do": for the root of a tree, the tree's. */
export function messageFor({ data }: Evidence): string {
  const minimal = Number(data.minimalStatements);
  return `${counted(Number(data.totalStatements), 'statement')} where ${figure(minimal)} ${minimal === 1 ? 'does' : 'do'}`;
}

/** The proof, and what makes it one. */
export function whyFor({ data, statements, source }: Evidence, view: ProfileView): string {
  const { flows } = view.repeatOf(statements[0] as number);
  const flow = flows.find(({ from }) => from.statements.includes(source[0] as number));
  if (flow) return `${data.proof}: ${flow.why}.`;
  return data.distinct === 1 ? `${data.proof}.` : `${data.proof}; where the values come from is not known.`;
}

/** The advice that goes with the replacement, where there is one. */
export function adviceFor(
  evidence: Evidence,
  view: ProfileView,
  advice: string,
): { advice: string; replacement: string | null } {
  const replacement = replacementFor(view.repeatOf(evidence.statements[0] as number));
  if (replacement === null) return { advice, replacement };
  if (/ group by /.test(replacement))
    return { advice: `${advice} A key without rows is missing there: its count is 0.`, replacement };
  if (/^select distinct /.test(replacement))
    return { advice: `${advice} The keys that come back are those that have a row.`, replacement };
  return { advice, replacement };
}
