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

/**
 * Further words that mean something else without quotes: the rest of what PostgreSQL 18 reserves in any way, or takes as a result's name behind AS only,
 * and unreserved ones that are read as syntax here wherever they stand.
 */
const QUOTED = [
  'bigint bit boolean char character coalesce conflict copy day dec decimal delete exists explain extract filter',
  'float global greatest grouping hour if inout insert int integer interval isnull json json_array json_arrayagg',
  'json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value least local',
  'materialized merge merge_action minute month national nchar none normalize notnull nullif numeric out over',
  'overlay position precision real recursive row rows second setof smallint substring temp temporary time timestamp',
  'transaction treat trim unlogged update varchar varying within without xmlattributes xmlconcat xmlelement',
  'xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable year',
].flatMap(words);

function words(line: string): string[] {
  return line.split(' ');
}

const openers = new Set(OPENERS);
const spaced = new Set(SPACED);
const reserved = new Set([...OPENERS, ...OPERANDS, ...CLAUSES]);
const quoted = new Set([...reserved, ...QUOTED]);

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

/**
 * Is this quoted name another one than the same without its quotes? PostgreSQL folds what is not quoted to lower case, so `"users"` and
 * `users` are one name, `"Users"` and `"order"` are not.
 */
export function needsQuotes(name: string): boolean {
  const end = name.length - 1;
  if (name.charCodeAt(0) !== 34 || end < 2) return true;
  for (let i = 1; i < end; i++) {
    const code = name.charCodeAt(i);
    const isLetter = (code >= 97 && code <= 122) || code === 95;
    if (!isLetter && !(i > 1 && ((code >= 48 && code <= 57) || code === 36))) return true;
  }
  return quoted.has(name.slice(1, -1));
}
