// Names of keys that say what a row is to another one, and not of which table it is: `author_id`, `created_by`, `parent_id`. What they say of a
// table stands apart from names.ts, because it is less than a name: only a row that was made a moment ago is believed by it.

import { tableWords } from './names.js';

/** Tables of people, in the singular. */
const PEOPLE: ReadonlySet<string> = new Set(
  'user person member customer client employee staff contact admin player student teacher patient'.split(' '),
);

/** Tables of what can own and do things like people do. */
const PARTIES: ReadonlySet<string> = new Set(
  'account profile organisation organization company team group tenant identity'.split(' '),
);

/** What a person is to a row. */
const PERSON_ROLES: ReadonlySet<string> = new Set(
  (
    'actor admin agent approver assigner assignee author buyer creator driver editor follower friend host guest initiator inviter invitee issuer leader ' +
    'lender borrower manager moderator operator owner payer payee poster publisher receiver recipient referrer reporter requester responder reviewer seller ' +
    'sender submitter supervisor uploader voter writer'
  ).split(' '),
);

/** What a row of any table is to another one. */
const PLACES: ReadonlySet<string> = new Set(
  (
    'parent child root ancestor origin original source target destination from to subject object related linked reference ref previous prev next first last ' +
    'main primary replaced copied'
  ).split(' '),
);

/**
 * Does a key of this name lead to rows of this table? fits: it leads to a person, and the table is of people · open: it may lead to any row, or to
 * a party · null: the name leads elsewhere, or says nothing that is known.
 */
export function roleFor(key: string, table: string | null): 'fits' | 'open' | null {
  const stem = stemOf(key);
  if (stem === null) return null;
  const { words, isPersonal } = stem;
  const rows = table === null ? '' : (tableWords(table).split(' ').at(-1) as string);
  if (isPersonal || words.some((word) => PERSON_ROLES.has(word) || PEOPLE.has(word))) {
    if (PEOPLE.has(rows)) return 'fits';
    return PARTIES.has(rows) && !words.some((word) => PEOPLE.has(word)) ? 'open' : null;
  }
  return words.some((word) => PLACES.has(word)) ? 'open' : null;
}

/** `created_by`, `approvedBy`: a person. `authorId`, `author_uuid`: an author. */
function stemOf(key: string): { words: string[]; isPersonal: boolean } | null {
  const words = tableWords(key).split(' ');
  const last = words.pop();
  if (words.length === 0) return null;
  if (last === 'by') return { words, isPersonal: true };
  return last === 'id' || last === 'uuid' || last === 'guid' ? { words, isPersonal: false } : null;
}
