// The words that loops of reads and of writes share. They are made from the evidence's figures and the profile's names, so
// no value can stand in them.

import type { Shape } from '../profile/types.js';
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
  if (data.distinct === 0)
    return `${data.proof}. Their values are not visible here: where they come from, and whether they differ, is not known.`;
  return data.distinct === 1 ? `${data.proof}.` : `${data.proof}; where the values come from is not known.`;
}

export interface Advice {
  words: string;
  /** It is SQL that is to be written: what there is to know of the replacement goes with it. */
  asSql: boolean;
}

/** The advice that goes with the replacement, where there is one. */
export function adviceFor(
  evidence: Evidence,
  view: ProfileView,
  { words, asSql }: Advice,
): { advice: string; replacement: string | null } {
  const repeat = view.repeatOf(evidence.statements[0] as number);
  const replacement = replacementFor(repeat);
  const notes = [
    !asSql ? null : replacement === null ? withoutReplacement(repeat.shape) : howToUse(replacement, repeat.shape),
    replacement === null ? null : whatIsMissing(replacement, repeat.shape),
  ];
  return { advice: [words, ...notes.filter((note) => note !== null)].join(' '), replacement };
}

/** What a reader has to know to use it. */
function howToUse(replacement: string, { text, verb }: Shape): string | null {
  if (verb === 'insert' && /\) values \(|^insert into \S+ values \(/i.test(replacement))
    return 'Two rows are shown: go on with one for each, up to 65,535 parameters in one statement.';
  if (replacement.includes(', array(select') && /coalesce\(\$\d+, array\(select/.test(replacement))
    return 'Bind one array for each column. The coalesce() only tells PostgreSQL what type it has: write $1::int[] or the like where you know it.';
  if (/ cross join lateral \(/.test(replacement))
    return 'Each key gets its own run of the statement within the one: what it limits or numbers, it does for each.';
  if (/^select distinct /.test(replacement) && !/^select distinct /.test(text))
    return 'The keys that come back are those that have a row.';
  return null;
}

/** Figures of no rows, which one statement for all leaves out. */
function whatIsMissing(replacement: string, { text }: Shape): string | null {
  if (!/ group by /.test(replacement) || / group by /.test(text)) return null;
  return COUNT_ALONE.test(text)
    ? 'A key without rows is missing there: its count is 0.'
    : 'A key without rows is missing there: its count is 0, any other aggregate of it NULL.';
}

const COUNT_ALONE = /^select count ?\([^()]*\)(?: ?:: ?\w+)?(?: as [^ ]+)? from /;

/** Why there is none, where that is a thing to know. */
function withoutReplacement({ text, verb }: Shape): string | null {
  if (verb === 'insert' && / do update /.test(text))
    return 'ON CONFLICT DO UPDATE takes each key once in one statement: where a list may hold one twice, keep its last.';
  if (verb === 'select' && / (?:limit|fetch) /.test(text))
    return 'A LIMIT counts for the whole statement: for one each, join the keys with LATERAL (… limit …).';
  return null;
}
