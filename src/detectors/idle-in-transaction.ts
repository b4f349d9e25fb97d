// Finds transactions that were kept open while the app did something else: waited for another server, for a timer, for work of its own.
// By the clock; and where Node tells of an outgoing HTTP request that lay in such a gap, that is named, however short it was.

import { FINE_LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { Activity, CallSite, Statement, Transaction } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import { type Detection, type Detector, type Evidence, type Facts, sliced, type Words } from './detector.js';
import { counted, inMs, toTenth } from './figures.js';
import { nameOf } from './statement-name.js';
import { IDLE_GAP_MS, IDLE_MS, isMs } from './thresholds.js';

export const idleInTransaction: Detector = detectorFor(IDLE_MS);

function detectorFor(ms: number): Detector {
  return sliced({
    meta: {
      id: 'idle-in-transaction',
      severity: 'info',
      summary: 'transactions kept open while no statement of theirs ran, and what the app did meanwhile',
      page: 'dist/detectors/idle-in-transaction.md',
      clock: true,
    },

    settings: {
      required: false,
      example: '{ ms: 250 }',
      known: { ms: { expected: 'milliseconds, more than 0', accepts: isMs } },
      apply: (given) => detectorFor((given.ms as number | undefined) ?? ms),
    },

    needs: 'control',

    *detect(view: ProfileView): Generator<void, Detection> {
      const places = new Map<string, Place>();
      for (const gap of yield* gapsOf(view)) {
        const key = `${view.repeatOf(gap.before.index).index} ${view.repeatOf(gap.after.index).index}`;
        const place = places.get(key) ?? new Place();
        places.set(key, place);
        place.add(gap);
        if (place.size % FINE_LOT === 0) yield;
      }
      const evidence: Evidence[] = [];
      for (const place of places.values()) {
        const gaps = yield* place.worthTelling(ms);
        if (gaps.length > 0) evidence.push(yield* evidenceOf(gaps, ms));
        yield;
      }
      return { evidence, dismissals: [] };
    },

    word({ data, statements }: Evidence, { profile }: ProfileView): Words {
      const [before, after] = [statements[0], statements.at(-1)].map((at) => profile.statements[at as number]?.shape);
      const many = Number(data.transactions) > 1;
      const all = Number(data.count) > 1 ? `, up to ${inMs(Number(data.longestMs))} at a time` : '';
      const call = data.call === undefined ? '' : ` while the app called ${data.call}`;
      const others = Number(data.elsewhere);
      const meanwhile = [
        data.call === undefined
          ? ''
          : ` ${counted(Number(data.calls), 'outgoing request')} ${data.calls === 1 ? 'was' : 'were'} answered meanwhile.`,
        others === 0 ? '' : ` ${counted(others, 'statement')} of this scope ran on other connections meanwhile.`,
      ].join('');
      return {
        message: `${many ? counted(Number(data.transactions), 'transaction') : 'a transaction'} stood idle for ${inMs(Number(data.idleMs))}${call}`,
        why: `Between ${nameOf(before)} and ${nameOf(after)} no statement of ${many ? 'theirs' : 'it'} ran for ${inMs(Number(data.idleMs))}${all}.${meanwhile} The rows it has locked and its connection are withheld from all others as long.`,
        advice:
          data.call === undefined
            ? 'Do what needs no transaction before BEGIN or after COMMIT, and open the transaction when all that it writes is at hand.'
            : 'Call before BEGIN or after COMMIT. Where the answer decides what is written: commit that the call is due, make it, and write down its outcome in a second transaction. A rollback does not take the call back.',
        replacement: null,
      };
    },
  });
}

/** Time between two statements of one transaction. */
interface Gap {
  before: Statement;
  after: Statement;
  transaction: number;
  idleMs: number;
  /** The outgoing request that lay in it. */
  call: Activity | null;
}

/** All gaps between the same two repeats. */
class Place {
  readonly #gaps: Gap[] = [];
  readonly #idleMs = new Map<number, number>();

  get size(): number {
    return this.#gaps.length;
  }

  add(gap: Gap): void {
    this.#gaps.push(gap);
    if (gap.idleMs >= IDLE_GAP_MS)
      this.#idleMs.set(gap.transaction, (this.#idleMs.get(gap.transaction) ?? 0) + gap.idleMs);
  }

  /** Those of transactions that stood idle here for so long, and those with a call in them. */
  *worthTelling(ms: number): Generator<void, Gap[]> {
    const worth: Gap[] = [];
    let steps = 0;
    for (const gap of this.#gaps) {
      const long = gap.idleMs >= IDLE_GAP_MS && (this.#idleMs.get(gap.transaction) as number) >= ms;
      if (long || gap.call !== null) worth.push(gap);
      if (++steps % FINE_LOT === 0) yield;
    }
    return worth;
  }
}

/** The latest of a transaction's statements so far, and when the last of them was answered. */
interface Progress {
  last: Statement;
  endMs: number;
  /** The first of its savepoints that had not ended. */
  savepoint: number;
}

/** The gaps that are long enough to count, or have a call in them, as they ended. */
function* gapsOf({ profile }: ProfileView): Generator<void, Gap[]> {
  const calls = yield* callsByEnd(profile.activities);
  const transactions = new Map<number, Progress>();
  const gaps: Gap[] = [];
  for (const statement of profile.statements) {
    if (statement.index % FINE_LOT === FINE_LOT - 1) yield;
    const { transaction, startMs } = statement;
    if (transaction === null || startMs === null) continue;
    const endMs = startMs + statement.durationMs;
    const progress = transactions.get(transaction);
    if (progress === undefined) {
      transactions.set(transaction, { last: statement, endMs, savepoint: 0 });
      continue;
    }
    const idleMs = startMs - progress.endMs;
    const opened = profile.transactions[transaction] as Transaction;
    if (idleMs > 0 && isTheApps(opened, progress, startMs)) {
      const call = yield* callWithin(calls, progress.endMs, startMs, opened.startMs);
      if (call !== null || idleMs >= IDLE_GAP_MS)
        gaps.push({ before: progress.last, after: statement, transaction, idleMs, call });
    }
    if (endMs >= progress.endMs) {
      progress.last = statement;
      progress.endMs = endMs;
    }
  }
  return gaps;
}

/** Inside a transaction that was open before the scope, the app's own are its savepoints. */
function isTheApps({ ambient, savepoints }: Transaction, progress: Progress, untilMs: number): boolean {
  if (!ambient) return true;
  let savepoint = savepoints[progress.savepoint];
  while (savepoint !== undefined && savepoint.endMs !== null && savepoint.endMs <= progress.endMs)
    savepoint = savepoints[++progress.savepoint];
  if (savepoint === undefined || savepoint.startMs > progress.endMs) return false;
  return savepoint.endMs === null || savepoint.endMs >= untilMs;
}

type Answered = Activity & { endMs: number };

function* callsByEnd(activities: readonly Activity[]): Generator<void, readonly Answered[]> {
  const answered = activities.filter((activity): activity is Answered => activity.endMs !== null);
  return yield* sorted(answered, (a, b) => a.endMs - b.endMs);
}

/**
 * The call that was answered in a gap: one that began in it too, or, where the gap is long, began beside the statement before it. One that
 * is answered later was not waited for.
 */
function* callWithin(
  calls: readonly Answered[],
  fromMs: number,
  toMs: number,
  openedMs: number,
): Generator<void, Activity | null> {
  let at = firstAfter(calls, fromMs);
  let beside: Activity | null = null;
  for (let call = calls[at]; call !== undefined && call.endMs <= toMs; call = calls[++at]) {
    if (call.startMs >= fromMs) return call;
    if (call.startMs >= openedMs && toMs - fromMs >= IDLE_GAP_MS) beside ??= call;
    if (at % FINE_LOT === FINE_LOT - 1) yield;
  }
  return beside;
}

/** The place of the first call that was answered after this moment. */
function firstAfter(calls: readonly Answered[], ms: number): number {
  let low = 0;
  let high = calls.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((calls[middle] as Answered).endMs > ms) high = middle;
    else low = middle + 1;
  }
  return low;
}

function* evidenceOf(gaps: readonly Gap[], thresholdMs: number): Generator<void, Evidence> {
  const statements = new Set<number>();
  const transactions = new Set<number>();
  let idleMs = 0;
  let longestMs = 0;
  let elsewhere = 0;
  let calls = 0;
  let call: Activity | null = null;
  for (let i = 0; i < gaps.length; i++) {
    const gap = gaps[i] as Gap;
    statements.add(gap.before.index).add(gap.after.index);
    transactions.add(gap.transaction);
    idleMs += gap.idleMs;
    longestMs = Math.max(longestMs, gap.idleMs);
    // Statements are in the order in which they were sent, and none of these is of the transaction itself.
    elsewhere += gap.after.index - gap.before.index - 1;
    if (gap.call !== null) {
      calls++;
      call ??= gap.call;
    }
    if (i % FINE_LOT === FINE_LOT - 1) yield;
  }
  const data: Facts = {
    count: gaps.length,
    transactions: transactions.size,
    idleMs: toTenth(idleMs),
    longestMs: toTenth(longestMs),
    thresholdMs,
    elsewhere,
  };
  if (call !== null) {
    data.call = call.what;
    data.calls = calls;
  }
  return {
    confidence: 'proven',
    statements: [...(yield* sorted([...statements], (a, b) => a - b))],
    source: [],
    callSite: siteOf(gaps[0] as Gap),
    data,
  };
}

const CONTROL: ReadonlySet<string> = new Set(['begin', 'commit', 'rollback', 'savepoint', 'release']);

/** The line before the gap, or, where that is BEGIN, which often stands in a function that opens all transactions, the line after it. */
function siteOf({ before, after }: Gap): CallSite | null {
  const own = [before, after].find(({ shape, callSite }) => callSite !== null && !CONTROL.has(shape.verb));
  return own?.callSite ?? before.callSite ?? after.callSite;
}
