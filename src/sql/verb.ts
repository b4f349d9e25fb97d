// The verb of a statement, by its first words.

import type { Verb } from './text.js';

const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['abort', 'rollback'],
  ['alter', 'ddl'],
  ['begin', 'begin'],
  ['call', 'call'],
  ['close', 'close'],
  ['comment', 'ddl'],
  ['commit', 'commit'],
  ['copy', 'copy'],
  ['create', 'ddl'],
  ['declare', 'declare'],
  ['delete', 'delete'],
  ['discard', 'discard'],
  ['do', 'do'],
  ['drop', 'ddl'],
  ['end', 'commit'],
  ['explain', 'explain'],
  ['fetch', 'fetch'],
  ['grant', 'ddl'],
  ['import', 'ddl'],
  ['insert', 'insert'],
  ['listen', 'notify'],
  ['lock', 'lock'],
  ['merge', 'merge'],
  ['move', 'fetch'],
  ['notify', 'notify'],
  ['reassign', 'ddl'],
  ['refresh', 'ddl'],
  ['reindex', 'ddl'],
  ['release', 'release'],
  ['reset', 'set'],
  ['revoke', 'ddl'],
  ['rollback', 'rollback'],
  ['savepoint', 'savepoint'],
  ['security', 'ddl'],
  ['select', 'select'],
  ['set', 'set'],
  ['show', 'show'],
  ['start', 'begin'],
  ['table', 'table'],
  ['truncate', 'truncate'],
  ['unlisten', 'notify'],
  ['update', 'update'],
  ['values', 'values'],
]);

/** The verb of a normal form; null where it stands further in, behind WITH or an opening bracket. */
export function verbOf(parts: readonly string[]): Verb | null {
  const first = parts[0];
  if (first === undefined) return 'empty';
  if (first === 'with' || first === '(') return null;
  if (first === 'prepare' && parts[1] === 'transaction') return 'prepare transaction';
  return VERBS.get(first) ?? 'other';
}

const QUERIES = new Set(['select', 'insert', 'update', 'delete', 'merge', 'values', 'table', 'with', '(']);

/** Where a statement's query begins; −1 where it holds none. */
export function queryStart(parts: readonly string[]): number {
  const first = parts[0];
  if (first === undefined) return -1;
  if (QUERIES.has(first)) return 0;
  switch (first) {
    case 'explain':
      return after(parts, 1, (at) => QUERIES.has(parts[at] as string) && (parts[at] !== '(' || at > 1));
    case 'declare':
      return after(parts, 1, (at) => parts[at - 1] === 'for' && QUERIES.has(parts[at] as string));
    case 'copy':
      return parts[1] === '(' ? 1 : -1;
    case 'create':
      return createsFromQuery(parts)
        ? after(parts, 2, (at) => parts[at - 1] === 'as' && QUERIES.has(parts[at] as string))
        : -1;
    default:
      return -1;
  }
}

/** The table that CREATE TABLE … AS makes (or the materialised view) begins at this part; −1 for any other statement. */
export function createdTable(parts: readonly string[]): number {
  if (!createsFromQuery(parts) || (queryStart(parts) < 0 && !executes(parts))) return -1;
  let at = 1;
  while (parts[at] !== 'table' && parts[at] !== 'view') at++;
  return parts[at + 1] === 'if' ? at + 4 : at + 1;
}

/** `CREATE TABLE … AS EXECUTE prepared` */
function executes(parts: readonly string[]): boolean {
  return after(parts, 2, (at) => parts[at - 1] === 'as' && parts[at] === 'execute') > 0;
}

const TABLE_KINDS = new Set(['global', 'local', 'temp', 'temporary', 'unlogged']);

function createsFromQuery(parts: readonly string[]): boolean {
  let at = 1;
  while (TABLE_KINDS.has(parts[at] as string)) at++;
  return parts[0] === 'create' && (parts[at] === 'table' || (parts[at] === 'materialized' && parts[at + 1] === 'view'));
}

function after(parts: readonly string[], from: number, begins: (at: number) => boolean): number {
  for (let at = from; at < parts.length; at++) if (begins(at)) return at;
  return -1;
}
