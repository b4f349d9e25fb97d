// What one statement writes, as far as its shape tells: which columns, by which keys, and whether it is the app's work or a note beside it.

import { subjectOf, tableWords } from '../../profile/names.js';
import type { Shape, Slot, Statement } from '../../profile/types.js';
import { isWrite } from '../statements.js';

/** Tables of notes that are taken beside the work itself. An outbox is none: it exists to be written with the work. */
const ASIDE_TABLES: ReadonlySet<string> = new Set(
  'audit log logging activity session visit view hit metric statistic analytics telemetry tracking trace heartbeat presence notification email sms'.split(
    ' ',
  ),
);

/** Words that end the names of columns which only say when. */
const TIME_WORDS: ReadonlySet<string> = new Set(
  'at on time timestamp date seen login activity access visit used'.split(' '),
);

/** Words that end the names of columns which count who looked: one more or less is no matter. */
const LOOK_WORDS: ReadonlySet<string> = new Set('views hits visits impressions downloads clicks'.split(' '));

/** Columns that say how far something has come: they are written again and again, with other work in between. */
const PROGRESS_WORDS: ReadonlySet<string> = new Set(
  'status state step phase stage progress attempt attempts retries error result processed processing done finished completed started sent delivered lock locked'.split(
    ' ',
  ),
);

/** Keys under which everything of one customer stands: to share it ties no two writes. */
const REALMS: ReadonlySet<string> = new Set(
  'tenant organization organisation org workspace company realm site'.split(' '),
);

/** Does it change rows of the app's own tables for good? `temporary`: tables that the scope made for itself. */
export function isLastingWrite(shape: Shape, temporary: ReadonlySet<string>): boolean {
  const isKept = isWrite(shape) || shape.verb === 'truncate' || shape.verb === 'copy';
  return isKept && shape.writes.some((table) => !temporary.has(table));
}

/** The table that `CREATE TEMPORARY TABLE` makes; null for any other statement. */
export function temporaryTable({ verb, text }: Shape): string | null {
  if (verb !== 'ddl') return null;
  return /^create (?:local |global )?temp(?:orary)? table (?:if not exists )?([\w."]+)/.exec(text)?.[1] ?? null;
}

/** A note beside the work: a row of a log, a session, a column that only says when, or counts who looked. */
export function isAside({ shape }: Statement): boolean {
  if (shape.writes.every((table) => wordsIn(tableWords(table)).some((word) => ASIDE_TABLES.has(word)))) return true;
  return shape.verb === 'update' && setsOnly(shape, TIME_WORDS, LOOK_WORDS);
}

/** An UPDATE of nothing but how far something has come, and when. */
export function isProgress({ shape }: Statement): boolean {
  return shape.verb === 'update' && setsOnly(shape, TIME_WORDS, PROGRESS_WORDS);
}

function setsOnly(shape: Shape, ...kinds: readonly ReadonlySet<string>[]): boolean {
  const columns = columnsSet(shape);
  return columns.length > 0 && columns.every((column) => kinds.some((kind) => kind.has(lastWord(column))));
}

const known = new WeakMap<Shape, readonly string[]>();

/** The columns that an UPDATE sets, those without a value of their own too (`seen_at = now()`); [] for any other statement. */
function columnsSet(shape: Shape): readonly string[] {
  let columns = known.get(shape);
  if (columns === undefined) {
    columns = readColumnsSet(shape.text);
    known.set(shape, columns);
  }
  return columns;
}

function readColumnsSet(text: string): string[] {
  const start = / set /.exec(text);
  if (start === null) return [];
  const columns: string[] = [];
  let depth = 0;
  let begins = true;
  for (const [part] of text.slice(start.index + start[0].length).matchAll(/"(?:[^"]|"")*"|[\w$]+|\S/g)) {
    if (part === '(') depth++;
    else if (part === ')') depth--;
    else if (depth === 0 && part === ',') begins = true;
    else if (depth === 0 && (part === 'where' || part === 'from' || part === 'returning')) break;
    else if (begins) {
      columns.push(part.replace(/^"|"$/g, ''));
      // `(a, b) = row(…)` names its columns inside the bracket.
      begins = false;
    }
  }
  return columns;
}

/** One key that a statement writes or looks for. */
export interface Key {
  /** What it leads to, as words: `users.id` and `user_id` are both `user`. */
  subject: string;
  /** As in `Statement.slotKeys`. */
  value: number;
  slot: Slot;
  /** Is it the key of the very row that is written, and not one that the row holds of another? */
  own: boolean;
}

/** The keys of other rows, and its own, that a write binds. */
export function keysOf({ shape, slotKeys }: Statement): Key[] {
  const keys: Key[] = [];
  for (const slot of shape.slots) {
    const value = slotKeys?.[slot.index - 1] ?? -1;
    if (value < 0 || slot.table === null || !shape.writes.includes(slot.table) || !isKeySlot(slot)) continue;
    const subject = subjectOf(slot);
    if (subject === null || wordsIn(subject).some((word) => REALMS.has(word))) continue;
    keys.push({ subject, value, slot, own: subject === tableWords(slot.table) });
  }
  return keys;
}

function isKeySlot({ role, operator }: Slot): boolean {
  return (
    role === 'insert' ||
    role === 'set' ||
    (role === 'compare' && (operator === '=' || operator === 'in' || operator === 'any'))
  );
}

const wordsIn = (words: string): string[] => words.split(' ');

function lastWord(column: string): string {
  return column
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .at(-1) as string;
}
