// One SELECT for the many of a loop. Its rows are those of all executions together, each with the key that says whose it
// is; where that cannot be written with certainty there is no replacement.

import type { Slot } from '../../profile/types.js';
import { clausesOf, type Range } from './clauses.js';
import { batchTerms, termsOf, termsOfSlots } from './conditions.js';
import { perKey } from './per-key.js';
import { keyColumns, listOf, onlyTableOf, type Select } from './select-list.js';
import { closing, isName, isSlot, type Part, partsOf, type Token } from './tokens.js';

/** PostgreSQL's own aggregates: with one of them in its list a statement answers one row, so the batch needs GROUP BY. */
const AGGREGATES: ReadonlySet<string> = new Set(
  (
    'count sum min max avg any_value array_agg bit_and bit_or bit_xor bool_and bool_or every string_agg xmlagg range_agg range_intersect_agg ' +
    'json_agg jsonb_agg json_agg_strict jsonb_agg_strict json_object_agg jsonb_object_agg json_object_agg_strict jsonb_object_agg_strict ' +
    'json_object_agg_unique jsonb_object_agg_unique json_arrayagg json_objectagg corr covar_pop covar_samp regr_avgx regr_avgy regr_count ' +
    'regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp variance var_pop var_samp ' +
    'mode percentile_cont percentile_disc grouping'
  ).split(' '),
);

/** Words before a bracket that are no call of a function of the app's own, which might be an aggregate. */
const NO_AGGREGATES: ReadonlySet<string> = new Set(
  (
    'select distinct case when then else and or not in any all some exists array row cast coalesce nullif greatest least over filter as on ' +
    'lower upper trim btrim ltrim rtrim length char_length left right substr substring replace concat concat_ws format split_part initcap md5 ' +
    'round abs ceil ceiling floor trunc mod power sqrt sign extract date_part date_trunc to_char to_date to_timestamp age now ' +
    'json_build_object jsonb_build_object json_build_array jsonb_build_array to_json to_jsonb row_to_json array_length cardinality unnest'
  ).split(' '),
);

/** The batched SELECT, or null. `varying` are the slots whose values differ; `oneRowEach`: every execution returned a single row. */
export function batchedRead(
  tokens: readonly Token[],
  slots: readonly Slot[],
  varying: readonly Slot[],
  oneRowEach: boolean,
): Part[] | null {
  const exists = existsOf(tokens);
  const start = exists ? exists.from : 0;
  const end = exists ? exists.to : tokens.length;
  const clauses = clausesOf(tokens, start, end, true);
  if (!clauses?.select || !clauses.from || !clauses.where) return null;

  const terms = termsOf(tokens, clauses.where.from + 1, clauses.where.to);
  const keys = terms && termsOfSlots(tokens, terms, slots, varying);
  if (!keys || keys.length === 0) return null;
  if (keys.length > 1 && keys.some((key) => key.operator !== '=')) return null;

  const { select, from, where } = clauses;
  const statement: Select = { tokens, clauses, select, from, where, end, keys };
  if (exists) return keysThatExist(statement);
  if (answersOne(statement)) return clauses.limit || clauses.fetch ? keysThatExist(statement) : keysOfRows(statement);
  if (isOneById(statement)) return plain(statement, (clauses.limit as Range).from);
  if (clauses.limit || clauses.offset || clauses.fetch || isJudgedTogether(statement)) return perKey(statement);
  if (isAggregated(statement) || clauses.group) return grouped(statement);
  return oneRowEach && mayBeAggregated(statement) ? perKey(statement) : plain(statement);
}

/** The same list and the keys, over all keys at once. */
function plain(statement: Select, to = statement.end): Part[] {
  const { tokens, select, keys } = statement;
  return [
    ...partsOf(tokens, select.from, select.to),
    ...keyColumns(statement),
    ' ',
    ...batchTerms(tokens, select.to, to, keys),
  ];
}

/** `count(*) … where chat_id = $1` → `count(*), chat_id … where chat_id = any($1) group by chat_id`. */
function grouped(statement: Select): Part[] | null {
  const { tokens, clauses, select, where, end, keys } = statement;
  if (keys.some((key) => key.operator !== '=')) return null;
  const { group } = clauses;
  const known = group ? listOf(tokens, group.from + 1, group.to).map((item) => item.text) : [];
  const columns = keys.map((key) => key.column).filter((column) => !known.includes(column));
  const listEnd = group?.to ?? where.to;
  return [
    ...partsOf(tokens, select.from, select.to),
    ...keyColumns(statement),
    ' ',
    ...batchTerms(tokens, select.to, listEnd, keys),
    group ? columns.map((column) => `, ${column}`).join('') : ` group by ${columns.join(', ')}`,
    ...(listEnd < end ? [' ', ...partsOf(tokens, listEnd, end)] : []),
  ];
}

/** EXISTS and `select 1 … limit 1` only ask whether there is a row: the keys that have one answer it for all. */
function keysThatExist({ tokens, clauses, from, where, keys }: Select): Part[] | null {
  if (clauses.group || clauses.having || clauses.offset || clauses.for || keys.some((key) => key.operator !== '='))
    return null;
  const columns = keys.map((key) => key.column).join(', ');
  return [`select distinct ${columns} `, ...batchTerms(tokens, from.from, where.to, keys)];
}

/** `select 1 …` without a LIMIT is asked for how many rows there are as well as whether there is one: a key for each. */
function keysOfRows(statement: Select): Part[] | null {
  const { tokens, clauses, from, end, keys } = statement;
  if (clauses.group || clauses.having || clauses.offset || keys.some((key) => key.operator !== '=')) return null;
  const columns = keys.map((key) => key.column).join(', ');
  return [`select ${columns} `, ...batchTerms(tokens, from.from, end, keys)];
}

/** One row by `id` of one table needs no LIMIT at all. */
function isOneById({ tokens, clauses, from, keys }: Select): boolean {
  const [key] = keys;
  if (keys.length > 1 || key?.name !== 'id' || onlyTableOf(tokens, from) === null) return false;
  return clauses.limit !== undefined && !clauses.offset && !clauses.order && !clauses.for;
}

/** Window functions and DISTINCT ON look at all rows of a statement, so each key needs its own run. */
function isJudgedTogether({ tokens, select, end }: Select): boolean {
  if (tokens[select.from + 1]?.text === 'distinct' && tokens[select.from + 2]?.text === 'on') return true;
  for (let i = select.from; i < end; i++) if (tokens[i]?.text === 'over' && tokens[i + 1]?.raw === '(') return true;
  return false;
}

/** `select 1 from …`, `select true as found from …` */
function answersOne({ tokens, select }: Select): boolean {
  const only = tokens[select.from + 1];
  if (!(only?.raw === '?' || only?.text === 'true')) return false;
  const rest = tokens.slice(select.from + 2, select.to);
  return rest.length === 0 || isLabel(rest);
}

/** `as found`, `found` */
function isLabel(tokens: readonly Token[]): boolean {
  return tokens.length === 2 ? tokens[0]?.text === 'as' && isName(tokens[1]) : tokens.length === 1 && isName(tokens[0]);
}

function isAggregated(statement: Select): boolean {
  return callsIn(statement).some((name) => AGGREGATES.has(name));
}

/** With a plain column beside it a function is no aggregate, or the statement would need GROUP BY. */
function mayBeAggregated(statement: Select): boolean {
  const { tokens, select } = statement;
  const isCall = listOf(tokens, select.from + 1, select.to).every(({ from, to }) =>
    tokens.slice(from, to).some(({ raw }) => raw === '('),
  );
  return isCall && callsIn(statement).some((name) => !NO_AGGREGATES.has(name));
}

/** The functions that the select list calls, those of its subqueries left out. */
function callsIn({ tokens, select }: Select): string[] {
  const names: string[] = [];
  for (let i = select.from + 1; i < select.to; i++) {
    if (tokens[i]?.raw === '(' && tokens[i + 1]?.text === 'select') i = closing(tokens, i);
    else if (isName(tokens[i]) && tokens[i + 1]?.raw === '(') names.push((tokens[i] as Token).text);
  }
  return names;
}

/** The SELECT inside `select exists (…) [as name]`, where that is all. */
function existsOf(tokens: readonly Token[]): Range | null {
  if (tokens[0]?.text !== 'select' || tokens[1]?.text !== 'exists' || tokens[2]?.raw !== '(') return null;
  const close = closing(tokens, 2);
  const rest = tokens.slice(close + 1);
  return close > 0 && (rest.length === 0 || isLabel(rest)) && !rest.some(isSlot) ? { from: 3, to: close } : null;
}
