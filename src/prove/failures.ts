// What is to be made to fail, as the first run shows it: each write, by an error and by a lost connection, and whatever commits, by a COMMIT that fails or
// whose answer is lost.

import type { Target } from '../capture/trial.js';
import { deedOf } from '../detectors/statement-name.js';
import type { FailedHow, ProvenWrite } from '../report/proof.js';
import { changedBy, type Entry, type Ledger } from './ledger.js';

/** One thing to make fail. */
export interface Failure {
  failed: number;
  at: 'write' | 'commit';
  how: FailedHow;
  target: Target;
}

/** The writes of the first run, numbered. */
export interface Learned {
  writes: ProvenWrite[];
  /** Of each write, in their order, its entry in the ledger. */
  entries: readonly Entry[];
  failures: readonly Failure[];
}

/** Reads the first run. What it undid itself, to a savepoint, is none of its writes. */
export function learnFrom({ profile, entries }: Ledger): Learned {
  const kept = entries.filter(
    ({ isWrite, stayed, statement }) => isWrite && (stayed || wroteNothing(statement, entries)),
  );
  const writes = kept.map(({ statement }, i): ProvenWrite => {
    const { sql, transaction, callSite } = statement;
    return { number: i + 1, deed: deedOf(statement), sql, rows: changedBy(statement), transaction, callSite };
  });
  const numberOf = new Map(kept.map(({ statement }, i) => [statement.index, i + 1]));
  const failures = kept.flatMap(({ statement, name }, i) => {
    const failed = i + 1;
    const failure = (how: FailedHow): Failure => ({ failed, at: 'write', how, target: { ...name, kind: how } });
    const isLast = i === kept.length - 1 && commitsItself(statement, profile);
    return [failure('error'), failure('cut'), ...(isLast ? [failure('answer lost')] : [])];
  });
  for (const { endedBy, index } of profile.transactions) {
    const last = kept.findLast(({ statement }) => statement.transaction === index);
    const end = endedBy === null ? undefined : entries[endedBy];
    if (last === undefined || end === undefined) continue;
    const failed = numberOf.get(last.statement.index) as number;
    for (const how of ['error', 'cut', 'answer lost'] as const)
      failures.push({ failed, at: 'commit', how, target: { ...end.name, kind: how } });
  }
  return { writes, entries: kept, failures: inOrder(failures) };
}

/** What would stay where the answer to an earlier one is lost, stays where the next one fails. */
function commitsItself({ transaction }: Entry['statement'], { transactions }: Ledger['profile']): boolean {
  return transaction === null || transactions[transaction]?.implicit === true;
}

/** An UPDATE that found no row this time may find one another time. */
function wroteNothing(statement: Entry['statement'], entries: readonly Entry[]): boolean {
  const { error, transaction } = statement;
  if (changedBy(statement) !== 0 || error !== null) return false;
  return transaction === null || entries.some((entry) => entry.stayed && entry.statement.transaction === transaction);
}

/** Connections are cut last: an app may not get over it, and then nothing more can be tried. */
function inOrder(failures: readonly Failure[]): Failure[] {
  const rank = ({ how }: Failure): number => (how === 'error' ? 0 : 1);
  return [...failures].sort((a, b) => rank(a) - rank(b) || byWrite(a, b));
}

/** In the order in which the statements were sent. */
export function byWrite(a: Pick<Failure, 'failed' | 'at' | 'how'>, b: Pick<Failure, 'failed' | 'at' | 'how'>): number {
  return a.failed - b.failed || rankAt(a.at) - rankAt(b.at) || HOWS.indexOf(a.how) - HOWS.indexOf(b.how);
}

const HOWS: readonly FailedHow[] = ['error', 'cut', 'answer lost'];
const rankAt = (at: Failure['at']): number => (at === 'write' ? 0 : 1);
