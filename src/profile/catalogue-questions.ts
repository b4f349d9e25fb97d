// What is worth asking a database's catalogue after a scope: about tables that were read and then written, since only there a constraint or a
// version column changes what is thought of two requests at a time.

import { FINE_LOT } from './slices.js';
import type { Profile } from './types.js';

/** The tables to ask one pool about, as the statements name them. */
export interface Question {
  /** The pool's ordinal in the process. */
  pool: number;
  /** The connections of that pool, as indexes into `Profile.connections`. */
  connections: number[];
  tables: string[];
}

/** Clients without a pool are not asked: they are in the app's hands. */
export function* questionsOf({ statements, connections }: Profile): Generator<void, Question[]> {
  const byPool = new Map<number, Draft>();
  connections.forEach(({ pool }, index) => {
    if (pool === null) return;
    const draft = byPool.get(pool) ?? { connections: [], inserted: new Set(), updated: new Set(), read: new Set() };
    draft.connections.push(index);
    byPool.set(pool, draft);
  });
  for (const { index, shape, connection } of statements) {
    if (index % FINE_LOT === FINE_LOT - 1) yield;
    const pool = connection === null ? null : (connections[connection]?.pool ?? null);
    const draft = pool === null ? undefined : byPool.get(pool);
    if (draft === undefined) continue;
    for (const table of shape.reads) draft.read.add(table);
    if (shape.verb === 'insert') for (const table of shape.writes) draft.inserted.add(table);
    if (shape.verb === 'update') for (const table of shape.writes) draft.updated.add(table);
  }
  return [...byPool].flatMap(([pool, draft]) => {
    const { connections, inserted, updated, read } = draft;
    const tables = [...new Set([...inserted, ...updated])].filter(
      (table) => read.has(table) || (inserted.has(table) && updated.has(table)),
    );
    return tables.length === 0 ? [] : [{ pool, connections, tables }];
  });
}

interface Draft {
  connections: number[];
  inserted: Set<string>;
  updated: Set<string>;
  read: Set<string>;
}
