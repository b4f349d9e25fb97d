// Finds transactions that nobody ended and clients that did not come back as they should: what is left open holds its locks, and whoever gets the client next
// is in the middle of somebody else's work.

import { addTo } from '../profile/grouped.js';
import { FINE_LOT } from '../profile/slices.js';
import type { CallSite, Checkout, Profile, Statement, Transaction } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import {
  type Confidence,
  type Detection,
  type Detector,
  type Evidence,
  type Severity,
  sliced,
  type Words,
} from './detector.js';
import { counted } from './figures.js';
import { libraryOf, transactionFunction } from './library-words.js';

export const openTransaction: Detector = sliced({
  meta: {
    id: 'open-transaction',
    severity: 'error',
    summary: 'transactions left open, clients released in one, twice or never',
    page: 'dist/detectors/open-transaction.md',
    clock: false,
  },

  needs: 'control',

  *detect(view: ProfileView): Generator<void, Detection> {
    const places = new Map<string, Leak[]>();
    for (const leak of yield* leaksIn(view.profile)) {
      yield;
      const place = `${leak.kind} ${leak.confidence} ${view.repeatOf((leak.statements[0] as Statement).index).index}`;
      addTo(places, place, leak);
    }
    const evidence: Evidence[] = [];
    for (const leaks of places.values()) evidence.push(yield* evidenceOf(leaks));
    return { evidence, dismissals: [] };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const { data } = evidence;
    const times = Number(data.count) > 1 ? `, ${counted(Number(data.count), 'time')}` : '';
    const { message, why, advice } = WORDS[data.kind as Kind](view.profile.kind);
    const ending = `COMMIT or ROLLBACK on every way out, then release the client in a finally block; or use ${transactionFunction(libraryOf(evidence, view))}.`;
    return { message: `${message}${times}`, why, advice: advice ?? ending, replacement: null };
  },
});

/**
 * released, failed: given back in a transaction, or in one that had failed · open: the scope ended in a transaction · kept: a client that was not given back ·
 * twice: given back again.
 */
type Kind = 'released' | 'failed' | 'open' | 'kept' | 'twice';

/** Without advice of its own: to end the transaction. */
const WORDS: Record<Kind, (scope: string) => { message: string; why: string; advice?: string }> = {
  released: () => ({
    message: 'the client was released with its transaction open',
    why: 'Neither COMMIT nor ROLLBACK was sent before release(), and the pool sends none. The locks stay, and what the next holder of this client sends becomes a part of the transaction.',
  }),
  failed: () => ({
    message: 'the client was released in a failed transaction',
    why: 'A statement failed and no ROLLBACK was sent before release(). The next holder of this client gets 25P02 for whatever it sends.',
  }),
  open: (scope) => ({
    message: `the ${scope} ended with a transaction open`,
    why: `Neither COMMIT nor ROLLBACK was sent by the end of the ${scope}. What it wrote is seen by nobody, and its locks hold up everybody.`,
  }),
  kept: (scope) => ({
    message: `a client was not released by the end of the ${scope}`,
    why: 'It was taken with pool.connect() and not given back. A pool has few clients: when all are kept, every request waits for ever.',
    advice:
      'Release it in a finally block. Where it is meant to live on, as one that listens, take it outside of requests, or say so with allow().',
  }),
  twice: () => ({
    message: 'a client was released twice',
    why: 'release() throws the second time; were it not for that, the client would be in the hands of two requests.',
    advice: 'Release it in one place, in a finally block.',
  }),
};

interface Leak {
  kind: Kind;
  confidence: Confidence;
  severity: Severity;
  /** Never empty. */
  statements: Statement[];
  callSite: CallSite | null;
}

function* leaksIn(profile: Profile): Generator<void, Leak[]> {
  const leaks: Leak[] = [];
  const sent = yield* sentBy(profile);
  const open = yield* openAtEnd(profile);
  const told = new Set<Transaction>();
  for (const checkout of profile.checkouts) {
    yield;
    const statements = sent.get(checkout.index) ?? [];
    if (statements.length === 0) continue;
    const left = transactionLeft(statements, checkout, profile);
    // A connection that was closed has rolled back.
    if (left !== null && (checkout.releasedMs !== null || checkout.destroyed)) told.add(left);
    const seen =
      profile.connections[checkout.connection]?.statusSource === 'protocol' && !statements.some(isUnanswered);
    const leak = leakOf(checkout, statements, left, seen);
    if (leak !== null) leaks.push(leak);
  }
  for (const [transaction, statements] of open) {
    yield;
    if (told.has(transaction)) continue;
    const [begin] = statements as [Statement];
    leaks.push({ kind: 'open', confidence: 'proven', severity: 'error', statements, callSite: begin.callSite });
  }
  return leaks.sort((a, b) => (a.statements[0] as Statement).index - (b.statements[0] as Statement).index);
}

/** `seen`: the protocol told the state after each statement, if only when the client was back in its pool. */
function leakOf(checkout: Checkout, statements: Statement[], left: Transaction | null, seen: boolean): Leak | null {
  const { releasedMs, releasedAgain, releaseSite, destroyed } = checkout;
  const last = statements.at(-1) as Statement;
  const [first] = statements as [Statement];
  if (releasedAgain > 0) {
    return {
      kind: 'twice',
      confidence: 'proven',
      severity: 'warning',
      statements,
      callSite: releaseSite ?? last.callSite,
    };
  }
  if (destroyed) return null;
  if (releasedMs !== null) {
    if (left === null) return null;
    const kind = left.failedBy === null ? 'released' : 'failed';
    const confidence = seen ? 'proven' : 'likely';
    return {
      kind,
      confidence,
      severity: 'error',
      statements: within(left, statements),
      callSite: releaseSite ?? last.callSite,
    };
  }
  if (left !== null || isStillUsed(statements)) return null;
  return { kind: 'kept', confidence: 'likely', severity: 'error', statements, callSite: first.callSite };
}

/** Is it under way, or one that listens for as long as it lives? */
function isStillUsed(statements: readonly Statement[]): boolean {
  return statements.some(
    (statement) => statement.late || isUnanswered(statement) || /^listen /.test(statement.shape.text),
  );
}

const isUnanswered = ({ command, error, rows, affected }: Statement): boolean =>
  command === null && error === null && rows === null && affected === null;

/** The transaction that was open when the client was given back, or still is. */
function transactionLeft(
  statements: readonly Statement[],
  { releasedBefore }: Checkout,
  { transactions }: Profile,
): Transaction | null {
  const last = statements.findLast(({ transaction }) => transaction !== null);
  const transaction = last === undefined ? null : (transactions[last.transaction as number] as Transaction);
  if (transaction === null || transaction.implicit || transaction.ambient) return null;
  if (transaction.endedBy === null) return transaction.outcome === 'left open' ? transaction : null;
  return releasedBefore !== null && transaction.endedBy >= releasedBefore ? transaction : null;
}

const within = ({ index }: Transaction, statements: readonly Statement[]): Statement[] =>
  statements.filter(({ transaction }) => transaction === index);

/** What the app sent on each client while it held it, by checkout. */
function* sentBy({ statements, checkouts }: Profile): Generator<void, Map<number, Statement[]>> {
  const holding = new Map<number, { checkout: Checkout; until: number }[]>();
  for (const checkout of checkouts) {
    const list = holding.get(checkout.connection) ?? [];
    list.push({ checkout, until: checkout.releasedBefore ?? Number.POSITIVE_INFINITY });
    holding.set(checkout.connection, list);
    yield;
  }
  const sent = new Map<number, Statement[]>();
  const at = new Map<number, number>();
  for (const statement of statements) {
    if (statement.index % FINE_LOT === FINE_LOT - 1) yield;
    const { connection, via, startMs } = statement;
    if (connection === null || via !== 'client') continue;
    const list = holding.get(connection);
    if (list === undefined) continue;
    let place = at.get(connection) ?? 0;
    while (place < list.length && statement.index >= (list[place] as { until: number }).until) place++;
    at.set(connection, place);
    const held = list[place]?.checkout;
    if (held === undefined || (startMs !== null && startMs < held.takenMs)) continue;
    addTo(sent, held.index, statement);
  }
  return sent;
}

/** Transactions that no statement of the scope ended, with theirs. Those begun through a pool are another finding; an end that is under way may yet come. */
function* openAtEnd({ statements, transactions }: Profile): Generator<void, Map<Transaction, Statement[]>> {
  const open = new Map<Transaction, Statement[]>();
  for (const transaction of transactions) {
    const { outcome, endedBy, begunBy, implicit, ambient } = transaction;
    if (outcome !== 'left open' || endedBy !== null || begunBy === null || implicit || ambient) continue;
    if (statements[begunBy]?.via !== 'pool') open.set(transaction, []);
    yield;
  }
  if (open.size === 0) return open;
  for (const statement of statements) {
    if (statement.index % FINE_LOT === FINE_LOT - 1) yield;
    const transaction = statement.transaction === null ? undefined : transactions[statement.transaction];
    const own = transaction === undefined ? undefined : open.get(transaction);
    if (own === undefined) continue;
    if (isUnanswered(statement)) open.delete(transaction as Transaction);
    else own.push(statement);
  }
  return open;
}

/** count: how often · kind: of what. */
function* evidenceOf(leaks: readonly Leak[]): Generator<void, Evidence> {
  const statements: number[] = [];
  for (const leak of leaks) {
    for (const { index } of leak.statements) if (statements.push(index) % FINE_LOT === 0) yield;
  }
  const [{ kind, confidence, severity, callSite }] = leaks as [Leak];
  return {
    severity,
    confidence,
    statements: statements.sort((a, b) => a - b),
    source: [],
    callSite,
    data: { count: leaks.length, kind },
  };
}
