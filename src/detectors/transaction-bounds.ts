// What ends a transaction, by the text alone, and which statements are known to have run in none: asked by every detector that says of
// a statement that it stands in the wrong place.

import { FINE_LOT } from '../profile/slices.js';
import type { Profile, Shape, Statement } from '../profile/types.js';

const END = /^(?:commit|end|rollback|abort)(?: (?:work|transaction))?(?: and (?:no )?chain)?$/;
const BACK_TO_SAVEPOINT = /^rollback (?:(?:work|transaction) )?to /;

/** Does it end a transaction: not ROLLBACK TO, nor COMMIT PREPARED, which ends another one? */
export function endsTransaction({ text }: Shape): boolean {
  return END.test(text);
}

export function isRollbackTo({ verb, text }: Shape): boolean {
  return verb === 'rollback' && BACK_TO_SAVEPOINT.test(text);
}

/** How sure it is that a statement ran in no transaction; null: it ran in one, or nobody can say. */
export type RanOutside = (statement: Statement) => 'proven' | 'likely' | null;

/**
 * The protocol says it of each statement. Where only texts are seen, a connection is known once the app has taken it from a pool, or a transaction began on
 * it: before that it may have been in one that began before the scope.
 */
export function* outsideTransactions({
  connections,
  statements,
  checkouts,
  transactions,
}: Profile): Generator<void, RanOutside> {
  /** Of each connection that only texts tell of, the first statement from which on it is known. */
  const knownFrom = new Map<number, number>();
  if (connections.some(({ statusSource }) => statusSource === 'text')) {
    const takenMs = new Map<number, number>();
    let steps = 0;
    for (const { connection, takenMs: at } of checkouts) {
      if (!takenMs.has(connection)) takenMs.set(connection, at);
      if (++steps % FINE_LOT === 0) yield;
    }
    for (const { connection, startMs, via, index, transaction } of statements) {
      if (++steps % FINE_LOT === 0) yield;
      if (connection === null || knownFrom.has(connection)) continue;
      const wasTaken = startMs !== null && (takenMs.get(connection) ?? Number.POSITIVE_INFINITY) <= startMs;
      const began = transaction !== null && !transactions[transaction]?.ambient;
      if (via === 'pool' || wasTaken || began) knownFrom.set(connection, index);
    }
  }
  return ({ connection, transaction, index }) => {
    if (connection === null || transaction !== null) return null;
    if (connections[connection]?.statusSource === 'protocol') return 'proven';
    return (knownFrom.get(connection) ?? Number.POSITIVE_INFINITY) <= index ? 'likely' : null;
  };
}
