// What two column names say of each other: whether a value may well have travelled from one to the other. Names are
// only one witness; what they are worth beside the others stands in belief.ts.

/** A column as far as it is known; lower case unless quoted. */
export interface ColumnName {
  table: string | null;
  column: string | null;
}

/** agree: the names tie them · against: both are keys, of different things · silent: neither. */
export type Relation = 'agree' | 'silent' | 'against';

/** Names that are the key of whatever table they stand in, so the name alone says nothing. */
const GENERIC_KEYS: ReadonlySet<string> = new Set(['id', 'uuid', 'guid', 'key', 'pk', 'oid', '_id']);

/** Names that many tables have for plain properties: equal ones do not tie two tables together. */
const PLAIN_NAMES: ReadonlySet<string> = new Set(
  (
    'name title label code type kind status state value amount total count number position rank sort level size price quantity ' +
    'date day month year time created_at updated_at deleted_at created updated version active enabled email description text body content'
  ).split(' '),
);

/** What the texts of the scope say of names besides the two at hand. */
export interface KnownNames {
  /** Is this, as words, the name of a table that the scope's texts mention? */
  isTable(words: string): boolean;
  /** Does a text of the scope join these two by `=`? Qualified names, `message.sender_id`. */
  joined(a: string, b: string): boolean;
}

export function relationOf(source: ColumnName, slot: ColumnName, known: KnownNames): Relation {
  if (source.column === null || slot.column === null) return 'silent';
  if (source.table !== null && slot.table !== null) {
    if (source.table === slot.table && source.column === slot.column) return 'agree';
    if (known.joined(`${source.table}.${source.column}`, `${slot.table}.${slot.column}`)) return 'agree';
  }
  const sourceGeneric = GENERIC_KEYS.has(source.column);
  const slotGeneric = GENERIC_KEYS.has(slot.column);
  if (sourceGeneric && slotGeneric) {
    return source.table !== null && slot.table !== null && source.table !== slot.table ? 'against' : 'silent';
  }
  if (sourceGeneric) return relationOfKeys(slot.column, source.table, known);
  if (slotGeneric) return relationOfKeys(source.column, slot.table, known);
  if (source.column === slot.column) return PLAIN_NAMES.has(source.column) ? 'silent' : 'agree';
  return isForeignKey(source.column) && isForeignKey(slot.column) ? 'against' : 'silent';
}

/** A column beside the generic key of `table`: `chat_id` beside chat.id agrees, beside users.id (chat being a table) it speaks against. */
function relationOfKeys(column: string, table: string | null, known: KnownNames): Relation {
  if (table === null) return 'silent';
  const words = wordsOf(column);
  const stem = isForeignKey(column) ? words.slice(0, words.lastIndexOf(' ')) : words;
  if (` ${words} `.includes(` ${tableWords(table)} `)) return 'agree';
  return isForeignKey(column) && known.isTable(stem) ? 'against' : 'silent';
}

/** What a row calls another row of its own table. */
const KIN: ReadonlySet<string> = new Set(
  'parent child ancestor descendant next prev previous successor predecessor manager supervisor superior boss reply forwarded superseded replaced'.split(
    ' ',
  ),
);

/** What the names say of a walk from one row of a table to another by these two columns: `parent_id` leads to an `id`, and back. */
export function kinshipOf(own: ColumnName, slot: ColumnName, known: KnownNames): Relation {
  const isKin = ({ column }: ColumnName) =>
    column !== null &&
    wordsOf(column)
      .split(' ')
      .some((word) => KIN.has(word) && !known.isTable(word));
  return isKin(own) || isKin(slot) ? 'agree' : relationOf(own, slot, known);
}

/** Does the name say that it holds keys: `id`, `sender_id`, `userUuid`? */
export function isKey(column: string | null): boolean {
  return column !== null && (GENERIC_KEYS.has(column) || isForeignKey(column));
}

/** What a key leads to, as words: `users.id` and `user_id` both to a `user`; null where the name is no key. */
export function subjectOf({ table, column }: ColumnName): string | null {
  if (column === null) return null;
  if (GENERIC_KEYS.has(column)) return table === null ? null : tableWords(table);
  if (!isForeignKey(column)) return null;
  const words = wordsOf(column);
  return words.slice(0, words.lastIndexOf(' '));
}

/** Does the name say that it leads to another row: `sender_id`, but not `id`? */
export function isReference(column: string | null): boolean {
  return column !== null && isForeignKey(column);
}

function isForeignKey(column: string): boolean {
  const words = wordsOf(column);
  const last = words.slice(words.lastIndexOf(' ') + 1);
  return words.length > last.length && GENERIC_KEYS.has(last);
}

/** Columns of these names say what a row is. */
const TYPES: ReadonlySet<string> = new Set(
  'type kind class model entity table resource category discriminator dtype'.split(' '),
);

/**
 * Does column `type` say of what table the key in column `key` is? own: it says so of this very key (`subject_type` beside `subject_id`) · row: of the row
 * (`kind` beside `id`, or beside any key) · null: it is no type.
 */
export function typedBy(type: string, key: string): 'own' | 'row' | null {
  const words = wordsOf(type).split(' ');
  if (!TYPES.has(words.at(-1) ?? '')) return null;
  const stem = words.slice(0, -1).join(' ');
  if (stem === '') return 'row';
  const keyWords = wordsOf(key);
  return stem === keyWords.slice(0, Math.max(0, keyWords.lastIndexOf(' '))) ? 'own' : null;
}

/** Does a row's type name the table: `post`, `Post` or `App\\Models\\Post` the table `posts`? */
export function saysTable(type: string, table: string): boolean {
  const words = wordsOf(type);
  return words !== '' && ` ${words}`.endsWith(` ${tableWords(table)}`);
}

/** A table's name as words, without its schema, in the singular: `public."OrderItems"` → `order item`. */
export function tableWords(table: string): string {
  return wordsOf(table.slice(table.lastIndexOf('.') + 1));
}

const wordsCache = new Map<string, string>();
const WORDS_KEPT = 5_000;

/** `chatId`, `chat_ids` and `Chats-id` are all `chat id`. */
function wordsOf(name: string): string {
  let words = wordsCache.get(name);
  if (words === undefined) {
    words = name
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== '')
      .map(singular)
      .join(' ');
    if (wordsCache.size >= WORDS_KEPT) wordsCache.clear();
    wordsCache.set(name, words);
  }
  return words;
}

const IRREGULAR: Readonly<Record<string, string>> = {
  people: 'person',
  children: 'child',
  men: 'man',
  women: 'woman',
  media: 'medium',
  data: 'datum',
};

/** English plural endings, as ORMs form table names from models; both names go through it, so an odd result harms nothing. */
function singular(word: string): string {
  const irregular = IRREGULAR[word];
  if (irregular !== undefined) return irregular;
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:ss|sh|ch|x|z)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith('s') && !/(?:ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word;
}
