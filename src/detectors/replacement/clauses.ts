// Where the clauses of one plain statement begin and end. A statement with anything beyond them (WITH, UNION, WINDOW) has no
// clauses here, so nobody rewrites what he does not understand.

import type { Token } from './tokens.js';

/** Token ranges; `from` is the clause's keyword, `to` is exclusive. */
export interface Range {
  from: number;
  to: number;
}

export type ClauseName =
  | 'select'
  | 'insert'
  | 'update'
  | 'delete'
  | 'set'
  | 'values'
  | 'from'
  | 'using'
  | 'where'
  | 'group'
  | 'having'
  | 'order'
  | 'limit'
  | 'offset'
  | 'fetch'
  | 'for'
  | 'on'
  | 'returning';

export type Clauses = Partial<Record<ClauseName, Range>>;

/** The order in which clauses may follow their verb; LIMIT and OFFSET may change places. */
const ORDERS: Readonly<Record<'select' | 'insert' | 'update' | 'delete', readonly (readonly ClauseName[])[]>> = {
  select: [['from'], ['where'], ['group'], ['having'], ['order'], ['limit', 'offset', 'fetch'], ['for']],
  insert: [['values'], ['on'], ['returning']],
  update: [['set'], ['from'], ['where'], ['returning']],
  delete: [['using'], ['where'], ['returning']],
};

const FOREIGN: ReadonlySet<string> = new Set(['union', 'intersect', 'except', 'window', 'into', 'over', 'with']);

/** The clauses between two tokens of one bracket depth, or null where it is no plain statement: with window functions only where they are asked for. */
export function clausesOf(tokens: readonly Token[], start = 0, end = tokens.length, windows = false): Clauses | null {
  const first = tokens[start];
  if (first === undefined || !(first.text in ORDERS)) return null;
  const verb = first.text as keyof typeof ORDERS;
  const order = ORDERS[verb];
  const clauses: Clauses = {};
  let open: Range = { from: start, to: end };
  clauses[verb] = open;
  let stage = 0;
  for (let i = start + 1; i < end; i++) {
    const token = tokens[i] as Token;
    if (token.depth !== first.depth) continue;
    const isForeign = FOREIGN.has(token.text) && !(verb === 'insert' && token.text === 'into');
    if (isForeign && !(windows && token.text === 'over')) return null;
    const next = order.findIndex((names, rank) => rank >= stage && names.includes(token.text as ClauseName));
    if (next < 0 || clauses[token.text as ClauseName] || isComparison(tokens, i)) continue;
    open.to = i;
    open = { from: i, to: end };
    clauses[token.text as ClauseName] = open;
    stage = next;
  }
  return clauses;
}

/** The FROM of `is distinct from` is none. */
function isComparison(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 2]?.text;
  return tokens[at]?.text === 'from' && tokens[at - 1]?.text === 'distinct' && (before === 'is' || before === 'not');
}
