// What a run with one failure says: which of the writes stayed, what became of the data, and whether that is whole. A pure function of two ledgers.

import { deedOf } from '../detectors/statement-name.js';
import type { Statement } from '../profile/types.js';
import type { ProofOutcome, StayedWrite } from '../report/proof.js';
import type { Learned } from './failures.js';
import { changedBy, type Entry, type Ledger } from './ledger.js';
import { type Matched, matchWrites } from './match-writes.js';

/** What else is known of the run. */
export interface Circumstances {
  /** The caller heard of it: the function threw, or the request that the write failed in was answered with 400 or above. */
  wasTold: boolean;
  timedOut: boolean;
  /** What the invariant said afterwards; null: none was given. */
  invariant: boolean | null;
}

export interface Verdict {
  outcome: ProofOutcome;
  atomic: boolean;
  stayed: StayedWrite[];
  compensated: 'proven' | 'likely' | null;
}

export function verdictOf(learned: Learned, ledger: Ledger, circumstances: Circumstances): Verdict {
  const matched = matchWrites(learned, ledger);
  const compensated = compensationOf(matched, ledger, learned, circumstances.invariant);
  const outcome = outcomeOf(matched, ledger, compensated !== null, circumstances);
  const stayed = matched.committed.map((entry) => stayedOf(entry, matched.numbers.get(entry) ?? null, ledger));
  return { outcome, atomic: isWhole(outcome, stayed, circumstances.invariant), stayed, compensated };
}

/** Was all that stayed taken back, or all of it but what was tried again? The invariant is the proof of it. */
function compensationOf(
  { there, takenBack, again, fresh, all }: Matched,
  ledger: Ledger,
  learned: Learned,
  invariant: boolean | null,
): 'proven' | 'likely' | null {
  const { struck } = ledger;
  if (there.length + takenBack.size === 0 || struck === null || invariant === false) return null;
  const later = [...again, ...fresh].filter(({ statement }) => statement.index > struck);
  if (invariant === true) return takenBack.size + later.length > 0 || hasNews(ledger, learned) ? 'proven' : null;
  if (takenBack.size > 0 && again.length + fresh.length === 0) return all || there.length === 0 ? 'likely' : null;
  return isBalanced(there, later) ? 'likely' : null;
}

/** Was each table that something stayed in written again as often? */
function isBalanced(there: readonly Entry[], later: readonly Entry[]): boolean {
  const tables = later.map(({ statement }) => statement.shape.writes[0]);
  return there.every(({ statement }) => {
    const place = tables.indexOf(statement.shape.writes[0]);
    if (place !== -1) tables.splice(place, 1);
    return place !== -1;
  });
}

/** Was something sent after the failure that may write without saying so: a call of a function or a procedure? */
function hasNews({ entries, struck }: Ledger, learned: Learned): boolean {
  const known = new Set(learned.entries.map(({ name }) => name.key));
  return entries.some(
    ({ statement, name }) =>
      statement.index > (struck as number) &&
      statement.error === null &&
      OPAQUE.has(statement.shape.verb) &&
      !known.has(name.key),
  );
}

const OPAQUE: ReadonlySet<Statement['shape']['verb']> = new Set(['call', 'do', 'select'] as const);

function outcomeOf(
  { there, again, fresh, all, committed }: Matched,
  ledger: Ledger,
  isCompensated: boolean,
  { wasTold, timedOut }: Circumstances,
): ProofOutcome {
  if (timedOut) return 'timed out';
  if (committed.length === 0) return wasTold ? 'rolled back' : 'swallowed';
  if (all && again.length > 0) return 'done twice';
  if (all && fresh.length === 0) return wasTold ? 'unknown' : 'retried';
  if (isCompensated) return 'compensated';
  if (all || there.length + again.length === 0) return 'new writes';
  if (!wasTold && wasUndone(ledger)) return 'savepoint';
  return wasTold ? 'torn' : 'swallowed';
}

/** Did the transaction that the statement failed in go on, and was committed without it? */
function wasUndone({ struck, entries, profile }: Ledger): boolean {
  const transaction = struck === null ? null : (entries[struck]?.statement.transaction ?? null);
  return transaction !== null && profile.transactions[transaction]?.outcome === 'committed';
}

/** Nothing of it is there, or all of it once. What stays on purpose the invariant has to vouch for. */
function isWhole(outcome: ProofOutcome, stayed: readonly StayedWrite[], invariant: boolean | null): boolean {
  if (invariant === false) return false;
  switch (outcome) {
    case 'rolled back':
    case 'retried':
    case 'unknown':
    case 'compensated':
      return true;
    case 'swallowed':
      return stayed.length === 0;
    case 'savepoint':
    case 'new writes':
      return invariant === true;
    default:
      return false;
  }
}

function stayedOf({ statement }: Entry, write: number | null, ledger: Ledger): StayedWrite {
  const { sql, values, callSite } = statement;
  return {
    write,
    deed: deedOf(statement),
    sql,
    ...(values === undefined ? {} : { values }),
    rows: changedBy(statement),
    when: whenSent(statement, ledger),
    callSite,
  };
}

function whenSent({ index, startMs, durationMs }: Statement, { struck, entries }: Ledger): StayedWrite['when'] {
  const failed = struck === null ? undefined : entries[struck]?.statement;
  if (failed === undefined) return 'before';
  if (index === failed.index) return 'itself';
  const from = failed.startMs ?? 0;
  const until = from + failed.durationMs;
  if (index > failed.index) return (startMs ?? 0) < until ? 'beside' : 'after';
  // It was under way when the other one was sent: neither knew of the other.
  return (startMs ?? 0) + durationMs > from ? 'beside' : 'before';
}
