// Finds transactions that were begun, marked or ended through a pool, which hands each statement to whichever client is free: what is meant
// as one unit runs on several connections, and one of them is given back with a transaction open.

import { addTo } from '../profile/grouped.js';
import { FINE_LOT } from '../profile/slices.js';
import type { Profile, Shape, Statement } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import { type Detection, type Detector, type Evidence, sliced, type Words } from './detector.js';
import { counted } from './figures.js';
import { libraryOf, transactionFunction } from './library-words.js';
import { endsTransaction, isRollbackTo } from './transaction-bounds.js';

export const transactionOnPool: Detector = sliced({
  meta: {
    id: 'transaction-on-pool',
    severity: 'error',
    summary: 'BEGIN, COMMIT, ROLLBACK or SAVEPOINT sent through a pool',
    page: 'dist/detectors/transaction-on-pool.md',
    clock: false,
  },

  needs: 'control',

  *detect(view: ProfileView): Generator<void, Detection> {
    const places = new Map<number, Attempt[]>();
    for (const attempt of yield* attemptsIn(view.profile)) {
      const place = view.repeatOf((attempt.bounds[0] as Statement).index).index;
      addTo(places, place, attempt);
      yield;
    }
    const evidence: Evidence[] = [];
    for (const attempts of places.values()) evidence.push(yield* evidenceOf(attempts));
    return { evidence, dismissals: [] };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const { data } = evidence;
    const [between, connections] = [Number(data.between), Number(data.connections)];
    const times = Number(data.count) > 1 ? `, ${counted(Number(data.count), 'time')}` : '';
    const sent = between === 0 ? '' : ` ${counted(between, 'statement')} went through the pool in between.`;
    const spread =
      connections > 1
        ? `Here they ran on ${counted(connections, 'connection')}.`
        : 'Here they met on one connection, which another request changes at any time.';
    return {
      message: `${data.first} through the pool${times}`,
      why: `A pool hands each statement to whichever client is free, so what follows BEGIN need not be in its transaction, and that client goes back to the pool with it open.${sent} ${spread}`,
      advice: `Take one client with pool.connect(), send everything on it from BEGIN to COMMIT or ROLLBACK, and release it in a finally block. Or use ${transactionFunction(libraryOf(evidence, view))}.`,
      replacement: null,
    };
  },
});

const MARKS: ReadonlySet<string> = new Set(['savepoint', 'release']);

/** From BEGIN to what was to end it. */
interface Attempt {
  /** BEGIN, SAVEPOINT, COMMIT …, in the order in which they were sent. */
  bounds: Statement[];
  /** Other statements that the pool was given in between. */
  between: number;
  connections: Set<number | null>;
}

const isEnd = (shape: Shape): boolean => endsTransaction(shape) || shape.verb === 'prepare transaction';

/** A text that holds the whole transaction is one unit wherever it runs. */
function* attemptsIn({ statements, transactions }: Profile): Generator<void, Attempt[]> {
  const attempts: Attempt[] = [];
  let open: Attempt | null = null;
  for (const statement of statements) {
    const { index, via, shape, batch, transaction } = statement;
    if (index % FINE_LOT === FINE_LOT - 1) yield;
    if (via !== 'pool') continue;
    const isBound = shape.verb === 'begin' || MARKS.has(shape.verb) || isRollbackTo(shape) || isEnd(shape);
    if (batch !== null && isBound) {
      const around = transaction === null ? null : transactions[transaction];
      const end = around?.endedBy ?? null;
      const isWhole = around?.implicit || (end !== null && statements[end]?.batch === batch);
      if (around === null || isWhole) continue;
    }
    if (isBound) {
      if (open === null || shape.verb === 'begin') {
        open = { bounds: [], between: 0, connections: new Set() };
        attempts.push(open);
      }
      open.bounds.push(statement);
      open.connections.add(statement.connection);
      if (isEnd(shape)) open = null;
    } else if (open !== null) {
      open.between++;
      open.connections.add(statement.connection);
    }
  }
  // A mark without a transaction is a mistake of its own.
  return attempts.filter(({ bounds }) => bounds.some(({ shape }) => !MARKS.has(shape.verb)));
}

/** count: how often · first: what began it, in capitals · between: statements from BEGIN to its end · connections: that all of them ran on, at most. */
function* evidenceOf(attempts: readonly Attempt[]): Generator<void, Evidence> {
  const statements: number[] = [];
  let between = 0;
  let connections = 1;
  for (const attempt of attempts) {
    for (const { index } of attempt.bounds) if (statements.push(index) % FINE_LOT === 0) yield;
    between += attempt.between;
    connections = Math.max(connections, attempt.connections.size);
  }
  const [first] = (attempts[0] as Attempt).bounds as [Statement];
  return {
    confidence: 'proven',
    statements: statements.sort((a, b) => a - b),
    source: [],
    callSite: first.callSite,
    data: { count: attempts.length, first: first.shape.verb.toUpperCase(), between, connections },
  };
}
