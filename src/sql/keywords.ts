// Which words of PostgreSQL's grammar cannot be a plain name where they stand: what tells `in (` from `f(`, a unary
// sign from a minus, an alias from the clause that follows.

/**
 * Words after which an operand begins: a `-` there is a sign, and a list in brackets is no function's argument list.
 * Reserved words of PostgreSQL 18 (its Appendix C) and those of its type_func_name and col_name words that act alike.
 */
const OPENERS = [
  'all and any array as asymmetric between both by case default distinct else escape except fetch for from',
  'group having ilike in intersect into is lateral leading like limit not of offset on only or overlaps placing',
  'returning select set similar some symmetric then to trailing union using values variadic when where window with',
].flatMap(words);

/** Words that end an operand though they are reserved: `end - 1` is a subtraction. */
const OPERANDS = [
  'current_catalog current_date current_role current_schema current_time current_timestamp current_user end false',
  'localtime localtimestamp null session_user system_user true user',
].flatMap(words);

/** Reserved words that are neither: they begin or join clauses. */
const CLAUSES = [
  'analyse analyze asc authorization binary cast check collate collation column concurrently constraint create cross deferrable',
  'desc do foreign freeze full grant initially inner join left natural order outer primary references right table',
  'tablesample unique verbose',
].flatMap(words);

/** Words that keep a blank before `(`: no function or type of that name exists, a list or a query follows. */
const SPACED = [
  'and as between by case check conflict copy distinct else end except exists explain filter from group having ilike in insert',
  'intersect into is join',
  'key lateral like limit materialized not offset on only or over returning select set table then to union unique using values',
  'when where with within',
].flatMap(words);

function words(line: string): string[] {
  return line.split(' ');
}

const openers = new Set(OPENERS);
const spaced = new Set(SPACED);
const reserved = new Set([...OPENERS, ...OPERANDS, ...CLAUSES]);

/** Does an operand begin after this word (lower case)? */
export function opensOperand(word: string): boolean {
  return openers.has(word);
}

/** Is this word (lower case) one that no unquoted table or alias can be called? */
export function isReserved(word: string): boolean {
  return reserved.has(word);
}

/** Does a blank stand between this word (lower case) and a bracket after it? */
export function isSpaced(word: string): boolean {
  return spaced.has(word);
}
