// Finds transactions that were lost while the code went on as if nothing had happened: an error inside was swallowed, and from then
// on PostgreSQL refuses all that follows and answers COMMIT with ROLLBACK, which no driver makes an error of.

import { shareFunction } from '../profile/loop-frame.js';
import { FINE_LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { Profile, Shape, Statement, Transaction } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import { ownFunctionOf } from './called-functions.js';
import {
  type Confidence,
  type Detection,
  type Detector,
  type DismissedRepeat,
  type Evidence,
  type Severity,
  sliced,
  type Words,
} from './detector.js';
import { counted } from './figures.js';
import { code, libraryOf } from './library-words.js';
import { wasFailure } from './outcome.js';
import { capital, nameOf } from './statement-name.js';
import { changedBy, isRead } from './statements.js';
import { endsTransaction, isRollbackTo } from './transaction-bounds.js';

export const silentRollback: Detector = sliced({
  meta: {
    id: 'silent-rollback',
    severity: 'error',
    summary:
      'transactions that had failed while the code went on: a COMMIT answered ROLLBACK, statements refused (25P02)',
    page: 'dist/detectors/silent-rollback.md',
    clock: false,
  },

  needs: 'control',

  *detect(view: ProfileView): Generator<void, Detection> {
    const places = new Map<string, Place>();
    const dismissals: DismissedRepeat[] = [];
    const { failures, lastKept } = yield* failuresIn(view.profile);
    for (const failure of failures) {
      yield;
      const confidence = confidenceOf(failure, view.profile);
      if (confidence === null) continue;
      const loss = yield* lossOf(failure);
      if (yield* wasSentAgain(failure, loss.lost, lastKept)) {
        const statements = yield* ascending(loss.named);
        dismissals.push({ kind: 'retry', statements, why: 'sent again later with the same values, and kept' });
        continue;
      }
      const isHarmless = loss.lost.length + failure.refused.length === 0 || wasFailure(view.profile);
      const severity = isHarmless ? 'info' : 'error';
      const lines = [failure.failed, failure.end].map((one) => one && view.repeatOf(one.index).index);
      const key = [...lines, severity, confidence].join(' ');
      const place = places.get(key) ?? new Place(failure, severity, confidence);
      places.set(key, place);
      yield* place.add(failure, loss);
    }
    const evidence: Evidence[] = [];
    for (const place of places.values()) evidence.push(yield* place.evidence(view));
    return { evidence, dismissals };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const { data, statements } = evidence;
    const { profile } = view;
    const library = libraryOf(evidence, view);
    const leave =
      library?.transaction === undefined
        ? 'Let the error leave the transaction, and send ROLLBACK.'
        : `Let the error leave ${code(library.transaction)}, which rolls back then.`;
    const failed = statements.map((at) => profile.statements[at] as Statement).find(isCause);
    const [transactions, lost, undone, refused] = [data.transactions, data.lost, data.undone, data.refused].map(
      Number,
    ) as [number, number, number, number];
    const isCommit = data.end === 'commit';
    const cause =
      failed === undefined
        ? 'A statement before this scope failed'
        : `${capital(nameOf(failed.shape))} failed (${failed.error?.code})`;
    const why = [
      `${cause}, and the code went on.`,
      `From then on PostgreSQL refuses every statement of the transaction${isCommit ? ', and answers COMMIT with ROLLBACK, which is no error' : ''}.`,
      undone > 0 && `Undone: ${counted(undone, 'write')} before it.`,
      refused > 0 && `Refused (25P02): ${counted(refused, 'statement')} after it.`,
      wasFailure(profile) && `The ${profile.kind} itself ended in an error, so this did not pass for a success.`,
    ];
    return {
      message: isCommit
        ? `${transactions > 1 ? `${counted(transactions, 'COMMIT')} were` : 'COMMIT was'} answered ROLLBACK${lost === 0 ? '' : `: ${counted(lost, 'write')} lost`}`
        : `${counted(refused, 'statement')} refused, since ${transactions > 1 ? 'their transactions' : 'the transaction'} had failed`,
      why: why.filter((sentence) => sentence !== false).join(' '),
      advice: `${leave} Where it is expected: SAVEPOINT before the statement and ROLLBACK TO after its error, or a statement that does not fail (ON CONFLICT DO NOTHING).`,
      replacement: null,
    };
  },
});

/** A failure inside a transaction after which the code went on. */
interface Failure {
  transaction: Transaction;
  /** Null: it failed before this scope. */
  failed: Statement | null;
  /** What had been done in the transaction before. */
  done: Statement[];
  refused: Statement[];
  /** The first refused one that was sent when the error had come, and that goes on with the work. */
  wentOn: Statement | null;
  /** Statements of the transaction were under way at the same time: what follows an error need not be what had it. */
  sideBySide: boolean;
  /** What ended it, or mended it by ROLLBACK TO; null: it was left so. */
  end: Statement | null;
}

interface Loss {
  /** Writes that the code took for done. */
  lost: Statement[];
  undone: number;
  /** All that a finding names. */
  named: Statement[];
}

/** Of each statement with its values, the last execution that was not undone. */
type LastKept = ReadonlyMap<string, number>;

/** In the order of their ends. */
function* failuresIn({
  statements,
  transactions,
}: Profile): Generator<void, { failures: Failure[]; lastKept: LastKept }> {
  const courses = new Map<number, Course>();
  const failures: Failure[] = [];
  const lastKept = new Map<string, number>();
  for (const statement of statements) {
    if (statement.index % FINE_LOT === FINE_LOT - 1) yield;
    const transaction = statement.transaction === null ? null : transactions[statement.transaction];
    if (statement.error === null && transaction?.outcome !== 'rolled back')
      lastKept.set(withValues(statement), statement.index);
    if (!transaction || transaction.implicit) continue;
    const course = courses.get(transaction.index) ?? new Course(transaction);
    courses.set(transaction.index, course);
    const failure = course.take(statement);
    if (failure !== null) failures.push(failure);
  }
  let steps = 0;
  for (const course of courses.values()) {
    const failure = course.leftOpen();
    if (failure !== null) failures.push(failure);
    if (++steps % FINE_LOT === 0) yield;
  }
  return { failures, lastKept };
}

/** One transaction as its statements come. */
class Course {
  readonly #done: Statement[] = [];
  #failed: Statement | null = null;
  #refused: Statement[] = [];
  #wentOn: Statement | null = null;
  #sideBySide = false;
  #latest: Statement | null = null;
  readonly #transaction: Transaction;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  take(statement: Statement): Failure | null {
    if (this.#latest !== null) {
      if (!isSentAfter(statement, this.#latest) && !isOneText(statement, this.#latest)) this.#sideBySide = true;
      if (endMsOf(statement) >= endMsOf(this.#latest)) this.#latest = statement;
    } else this.#latest = statement;
    if (statement.error !== null) this.#fail(statement);
    else if (isRollbackTo(statement.shape)) return this.#rollBackTo(statement);
    else if (isCommit(statement) && statement.command === 'ROLLBACK') return this.#failure(statement);
    else if (endsTransaction(statement.shape)) return this.#wentOn === null ? null : this.#failure(statement);
    else if (hasEffect(statement.shape)) this.#done.push(statement);
    return null;
  }

  leftOpen(): Failure | null {
    return this.#wentOn === null ? null : this.#failure(null);
  }

  #fail(statement: Statement): void {
    if (isCause(statement)) {
      // What stands behind it in one text has the same error, and was never reached.
      if (this.#failed !== null && isOneText(statement, this.#failed)) return;
      this.#mend();
      this.#failed = statement;
    } else if (statement.error?.code === REFUSED) {
      this.#refused.push(statement);
      if (this.#failed !== null && isSentAfter(statement, this.#failed) && isWork(statement.shape))
        this.#wentOn ??= statement;
    }
  }

  #rollBackTo(statement: Statement): Failure | null {
    const failure = this.#wentOn === null ? null : this.#failure(statement);
    this.#mend();
    return failure;
  }

  #mend(): void {
    this.#failed = null;
    this.#refused = [];
    this.#wentOn = null;
  }

  #failure(end: Statement | null): Failure {
    const failure = {
      transaction: this.#transaction,
      failed: this.#failed,
      done: this.#done,
      refused: this.#refused,
      wentOn: this.#wentOn,
      sideBySide: this.#sideBySide,
      end,
    };
    this.#mend();
    return failure;
  }
}

/** in_failed_sql_transaction */
const REFUSED = '25P02';
/** The server's own codes; Node's are words (EPIPE). */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;

/** Did the server refuse it for what it is, and not for what another had done? */
function isCause({ error }: Statement): boolean {
  return error?.code != null && error.code !== REFUSED && SQLSTATE.test(error.code);
}

function isCommit({ shape }: Statement): boolean {
  return shape.verb === 'commit' || shape.verb === 'prepare transaction';
}

const endMsOf = ({ startMs, durationMs }: Statement): number => (startMs ?? 0) + durationMs;

/** Had the answer to the other one come by then? */
function isSentAfter(statement: Statement, other: Statement): boolean {
  return (statement.startMs ?? 0) >= endMsOf(other) && !isOneText(statement, other);
}

function isOneText(a: Statement, b: Statement): boolean {
  return a.batch !== null && a.batch === b.batch;
}

/** Detectors ask once for each statement; shapes are few. */
const effects = new WeakMap<Shape, boolean>();

/** Does it leave something behind that a rollback takes away? */
function hasEffect(shape: Shape): boolean {
  let effect = effects.get(shape);
  if (effect === undefined) {
    const { verb, reads, writes } = shape;
    if (writes.length > 0 || verb === 'notify') effect = true;
    else if (verb === 'select') effect = reads.length === 0 && ownFunctionOf(shape) !== null;
    else effect = verb !== 'rollback' && verb !== 'other' && changedBy(shape) === 'anything';
    effects.set(shape, effect);
  }
  return effect;
}

const BEGINNINGS: ReadonlySet<string> = new Set(['begin', 'savepoint', 'release', 'lock', 'declare']);

/** Does it go on with the work? Resetting a setting or closing a cursor clears up, as a `finally` does. */
function isWork(shape: Shape): boolean {
  return BEGINNINGS.has(shape.verb) || isRead(shape) || hasEffect(shape);
}

/**
 * proven: COMMIT was sent when the error had come, or one function sent what failed and what came after its error, one by one. A COMMIT that was sent
 * before the error could be known says little: whoever waits for all of them has the error.
 */
function confidenceOf({ failed, wentOn, sideBySide, end }: Failure, profile: Profile): Confidence | null {
  const knew = end !== null && isCommit(end) && (failed === null || isSentAfter(end, failed));
  if (knew) return 'proven';
  if (wentOn === null) return wasFailure(profile) ? null : 'possible';
  if (sideBySide) return 'possible';
  return shareFunction(failed?.callSite ?? null, wentOn.callSite) ? 'proven' : 'likely';
}

function* lossOf({ transaction, failed, done, refused, end }: Failure): Generator<void, Loss> {
  const isLost = end !== null && isCommit(end);
  const loss: Loss = { lost: [], undone: 0, named: [] };
  let steps = 0;
  if (isLost) {
    const onPurpose = new Set<number>();
    for (const index of transaction.undone) if (onPurpose.add(index).size % FINE_LOT === 0) yield;
    for (const statement of done) {
      if (++steps % FINE_LOT === 0) yield;
      if (onPurpose.has(statement.index)) continue;
      loss.lost.push(statement);
      loss.named.push(statement);
    }
    loss.undone = loss.lost.length;
  }
  if (failed !== null) loss.named.push(failed);
  for (const statement of refused) {
    if (hasEffect(statement.shape)) loss.lost.push(statement);
    loss.named.push(statement);
    if (++steps % FINE_LOT === 0) yield;
  }
  if (isLost) loss.named.push(end);
  return loss;
}

function withValues({ shape, valuesKey }: Statement): string {
  return `${shape.id} ${valuesKey}`;
}

/** Was all that was lost sent again afterwards, as a whole transaction that is tried again is? Where nothing was: what failed. */
function* wasSentAgain({ failed, end }: Failure, lost: readonly Statement[], kept: LastKept): Generator<void, boolean> {
  const all = lost.length > 0 || failed === null ? lost : [failed];
  if (end === null || all.length === 0) return false;
  let steps = 0;
  for (const statement of all) {
    if (statement.valuesKey === null || (kept.get(withValues(statement)) ?? -1) < end.index) return false;
    if (++steps % FINE_LOT === 0) yield;
  }
  return true;
}

function* ascending(statements: readonly Statement[]): Generator<void, number[]> {
  const indexes: number[] = [];
  for (const { index } of yield* sorted(statements, (a, b) => a.index - b.index))
    if (indexes.push(index) % FINE_LOT === 0) yield;
  return indexes;
}

/** Failures of one line, seen to by one line. */
class Place {
  #transactions = 0;
  #lost = 0;
  #undone = 0;
  #refused = 0;
  readonly #named: Statement[] = [];
  readonly #first: Failure;
  readonly #severity: Severity;
  readonly #confidence: Confidence;

  constructor(first: Failure, severity: Severity, confidence: Confidence) {
    this.#first = first;
    this.#severity = severity;
    this.#confidence = confidence;
  }

  *add({ refused }: Failure, { lost, undone, named }: Loss): Generator<void> {
    this.#transactions++;
    this.#lost += lost.length;
    this.#undone += undone;
    this.#refused += refused.length;
    for (const statement of named) if (this.#named.push(statement) % FINE_LOT === 0) yield;
  }

  *evidence(view: ProfileView): Generator<void, Evidence> {
    const { failed, end } = this.#first;
    const statements = yield* ascending(this.#named);
    const named = failed ?? end;
    const site = named === null ? null : (named.callSite ?? view.repeatOf(named.index).callSite);
    const data: Evidence['data'] = {
      transactions: this.#transactions,
      lost: this.#lost,
      undone: this.#undone,
      refused: this.#refused,
      end: end === null ? 'none' : isCommit(end) ? 'commit' : 'rollback',
    };
    if (failed?.error?.code != null) data.code = failed.error.code;
    return {
      severity: this.#severity,
      confidence: this.#confidence,
      statements,
      source: [],
      callSite: site,
      data,
    };
  }
}
