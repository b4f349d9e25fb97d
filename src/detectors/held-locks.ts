// Who is held off while a statement runs: by row locks and table locks of its transaction, or by an advisory lock. Asked by detectors of
// what two requests may do at the same time.

import type { Profile, Statement } from '../profile/types.js';

/** How others are held off: until the transaction ends, or until the session lets go. */
export type Hold = 'transaction' | 'session';

const ADVISORY = /\bpg_(?:try_)?advisory_(xact_)?lock/;
const UNLOCK = /\bpg_advisory_unlock/;

/** The locks of one scope as its statements go by; to be told of each, in order. */
export class HeldLocks {
  readonly #transactions = new Set<number>();
  readonly #written = new Set<number>();
  #session = false;

  /** Has its transaction changed a row before? Whoever changes that row too waits for it, and may be all who could interfere. */
  mayHold({ transaction }: Statement): boolean {
    return transaction !== null && this.#written.has(transaction);
  }

  /** What holds others off from a statement that is sent now. */
  around({ transaction }: Statement): Hold | null {
    if (this.#session) return 'session';
    return transaction !== null && this.#transactions.has(transaction) ? 'transaction' : null;
  }

  pass(statement: Statement): void {
    const { shape, transaction, rows, affected, error } = statement;
    if (error !== null) return;
    if (shape.verb === 'update' && transaction !== null && (affected ?? 0) > 0) this.#written.add(transaction);
    if (shape.verb === 'select' && UNLOCK.test(shape.text)) this.#session = false;
    if (!shape.locks) return;
    const advisory = ADVISORY.exec(shape.text);
    if (advisory !== null && advisory[1] === undefined) this.#session = true;
    // FOR UPDATE of no row locks nothing; outside a transaction whatever was locked is free again.
    else if (transaction !== null && (advisory !== null || shape.verb === 'lock' || rows !== 0))
      this.#transactions.add(transaction);
  }
}

/** Do both run in one transaction that said it is isolated so? */
export function areIsolated(
  { transactions }: Profile,
  first: Statement,
  second: Statement,
  levels: readonly string[],
): boolean {
  if (first.transaction === null || first.transaction !== second.transaction) return false;
  return levels.includes(transactions[first.transaction]?.isolation ?? '');
}
