// One run of the same SELECT for each key, in one statement: LATERAL. For what counts within an execution and would count
// over all of them if their rows were read together: LIMIT, OFFSET, DISTINCT ON, window functions.

import { arrayOf, type Term } from './conditions.js';
import { onlyTableOf, type Select, uncovered } from './select-list.js';
import { endOfName, freeName, isName, nameOf, type Part, partsOf, rawOf, type Token } from './tokens.js';

/** `select each.* from (…) as keys cross join lateral (…) as each`, or null where it is not known which table has the keys. */
export function perKey(statement: Select): Part[] | null {
  const { tokens, select, end, keys } = statement;
  if (keys.some((key) => key.operator !== '=')) return null;
  const all = freeName(tokens, 'keys');
  const each = freeName(tokens, 'each');
  const columns = keys.map((_, i) => (keys.length === 1 ? 'key' : `key${i + 1}`));
  const source = keysOf(statement, all, columns);
  if (source === null) return null;

  const parts: Part[] = [`select ${each}.*`];
  for (const { key, label } of uncovered(statement)) {
    const name = label ?? key.column.slice(key.column.lastIndexOf('.') + 1);
    parts.push(`, ${all}.${columns[keys.indexOf(key)]} as ${name}`);
  }
  parts.push(' from ', ...source, ' cross join lateral (');
  let at = select.from;
  for (const key of [...keys].sort((a, b) => a.from - b.from)) {
    parts.push(...partsOf(tokens, at, key.from), tokens[key.from]?.spaced ? ' ' : '');
    parts.push(`${key.column} = ${all}.${columns[keys.indexOf(key)]}`);
    at = key.to;
    if (at < end && tokens[at]?.spaced) parts.push(' ');
  }
  parts.push(...partsOf(tokens, at, end), `) as ${each}`);
  return parts;
}

/** Each key once: of the arrays where the text says their types, else of the rows of the table that has them. */
function keysOf({ tokens, from, keys }: Select, all: string, columns: readonly string[]): Part[] | null {
  if (keys.every((key) => key.cast !== '')) {
    const arrays = keys.flatMap((key, i) => [i > 0 ? ', ' : '', ...arrayOf(tokens, key)]);
    return ['(select distinct * from unnest(', ...arrays, `)) as ${all}(${columns.join(', ')})`];
  }
  const table = ownerOf(tokens, from, keys);
  if (table === null) return null;
  const list = keys.map((key, i) => `${key.column} as ${columns[i]}`).join(', ');
  return [
    `(select distinct ${list} from ${table} where `,
    ...keys.flatMap((key, i): Part[] => [i > 0 ? ' and ' : '', `${key.column} = any(`, ...arrayOf(tokens, key), ')']),
    ...pairOf(tokens, keys),
    `) as ${all}`,
  ];
}

function pairOf(tokens: readonly Token[], keys: readonly Term[]): Part[] {
  if (keys.length === 1) return [];
  const arrays = keys.flatMap((key, i) => [i > 0 ? ', ' : '', ...arrayOf(tokens, key)]);
  return [` and (${keys.map((key) => key.column).join(', ')}) in (select * from unnest(`, ...arrays, '))'];
}

/** The table, with its alias, that the keys' qualifier names; the only one where they have none. */
function ownerOf(tokens: readonly Token[], from: Select['from'], keys: readonly Term[]): string | null {
  const only = onlyTableOf(tokens, from);
  if (only !== null) return only;
  const owners = new Set(keys.map(({ column }) => column.slice(0, Math.max(0, column.lastIndexOf('.')))));
  const [owner] = owners;
  if (owners.size !== 1 || !owner) return null;
  const depth = (tokens[from.from] as Token).depth;
  const found: string[] = [];
  for (let i = from.from + 1; i < from.to; i++) {
    const opens = tokens[i - 1]?.text ?? '';
    if (tokens[i]?.depth !== depth || !(i === from.from + 1 || opens === ',' || opens === 'join')) continue;
    const nameEnd = endOfName(tokens, i);
    if (nameEnd === i || tokens[nameEnd]?.raw === '(') continue;
    const aliasAt = tokens[nameEnd]?.text === 'as' ? nameEnd + 1 : nameEnd;
    const table = rawOf(tokens, i, nameEnd);
    if (aliasAt < from.to && rawOf(tokens, aliasAt, aliasAt + 1) === owner) found.push(`${table} as ${owner}`);
    else if (table === owner && !isAlias(tokens, aliasAt, nameEnd)) found.push(table);
  }
  return found.length === 1 ? (found[0] as string) : null;
}

const AFTER_A_TABLE: ReadonlySet<string> = new Set(
  'join inner left right full cross natural on using where group order limit offset fetch for tablesample'.split(' '),
);

function isAlias(tokens: readonly Token[], aliasAt: number, nameEnd: number): boolean {
  if (aliasAt > nameEnd) return true;
  const token = tokens[aliasAt];
  return isName(token) && !AFTER_A_TABLE.has(nameOf(token as Token));
}
