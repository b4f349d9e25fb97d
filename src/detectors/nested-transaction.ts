// Finds BEGIN inside a transaction, where PostgreSQL begins none, and COMMIT or ROLLBACK where none is open: what the code takes for
// one unit is another one than the server's.

import { innerSite } from '../profile/loop-frame.js';
import { FINE_LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { Profile, Statement, Transaction } from '../profile/types.js';
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
import { wasFailure } from './outcome.js';
import { endsTransaction, outsideTransactions, type RanOutside } from './transaction-bounds.js';

export const nestedTransaction: Detector = sliced({
  meta: {
    id: 'nested-transaction',
    severity: 'error',
    summary: 'BEGIN inside a transaction, COMMIT or ROLLBACK outside of one',
    page: 'dist/detectors/nested-transaction.md',
    clock: false,
  },

  needs: 'control',

  *detect(view: ProfileView): Generator<void, Detection> {
    const places = new Map<string, Place>();
    for (const misfit of yield* misfitsIn(view.profile)) {
      yield;
      const grade = gradeOf(misfit, view.profile);
      if (grade === null) continue;
      const key = [misfit.kind, view.repeatOf(misfit.named.index).index, grade.severity, grade.confidence].join(' ');
      const place = places.get(key) ?? new Place(misfit, grade);
      places.set(key, place);
      yield* place.add(misfit);
    }
    const evidence: Evidence[] = [];
    for (const place of places.values()) evidence.push(yield* place.evidence(view));
    return { evidence, dismissals: [] };
  },

  word({ data }: Evidence): Words {
    const [apart, before] = [Number(data.apart), Number(data.before)] as [number, number];
    const end = String(data.end);
    const times = Number(data.count) > 1 ? `, ${counted(Number(data.count), 'time')}` : '';
    switch (data.kind as Kind) {
      case 'broken': {
        const inner = String(data.innerEnd);
        const early =
          inner === 'COMMIT'
            ? 'the inner COMMIT commits all that was done so far'
            : `the inner ROLLBACK undoes all that was done so far${before > 0 ? `, ${counted(before, 'write')} of the outer one included` : ''}`;
        const alone =
          apart === 0
            ? ''
            : ` ${counted(apart, 'write')} came later and ${apart === 1 ? 'was' : 'were'} committed apart.`;
        const stays = apart > 0 && end === 'ROLLBACK' ? `: ${apart === 1 ? 'it stays' : 'they stay'}` : '';
        return {
          message: `BEGIN inside a transaction: the inner ${inner} ends both${apart === 0 ? '' : `, and ${counted(apart, 'write')} after it ${apart === 1 ? 'is' : 'are'} no part of it`}${times}`,
          why: `PostgreSQL has no transaction inside another: the second BEGIN only warns (25001), and ${early}.${alone} The outer ${end} finds no transaction (25P01)${stays}.`,
          advice: NESTING,
          replacement: null,
        };
      }
      case 'doubled':
        return {
          message: `BEGIN inside a transaction begins nothing${times}`,
          why: `One is open already on this connection, so PostgreSQL only warns (25001)${data.ambient === undefined ? '' : '; it was open before this scope, by a test or because somebody left it open'}. The first COMMIT or ROLLBACK ends all of it.`,
          advice: NESTING,
          replacement: null,
        };
      case 'alone':
        return {
          message:
            apart === 0
              ? `${end} outside a transaction ends nothing${times}`
              : `${end} outside a transaction: ${counted(apart, 'write')} before it ${apart === 1 ? 'was' : 'were'} committed ${apart === 1 ? 'on its own' : 'one by one'}${times}`,
          why: `No transaction was open on this connection, so PostgreSQL only warns (25P01).${apart === 0 ? '' : ` ${apart === 1 ? 'The write' : `The ${counted(apart, 'write')}`} before it ${apart === 1 ? 'was' : 'were'} sent without BEGIN, and ${apart === 1 ? 'stays' : 'each stays'} whatever fails.`}`,
          advice:
            'Send BEGIN first, on the same client: one from pool.connect(), kept until COMMIT or ROLLBACK. Where there is a BEGIN, look for the line that ended its transaction before this one.',
          replacement: null,
        };
    }
  },
});

const NESTING =
  'Let only the outermost function begin and end the transaction and hand its client on; or send SAVEPOINT, RELEASE and ROLLBACK TO for the inner one, as the transaction helpers of ORMs do.';

/**
 * broken: a transaction begun twice was ended by what was to end the inner one, and the outer end came as well · doubled: it was begun twice, and no
 * second end came · alone: an end without a transaction.
 */
type Kind = 'broken' | 'doubled' | 'alone';

interface Misfit {
  kind: Kind;
  /** The inner BEGIN, or the end that is alone. */
  named: Statement;
  /** The BEGIN that the server obeyed. */
  outer: Statement | null;
  /** All that a finding names, apart from `writes`. */
  bounds: Statement[];
  /** Writes that were in no transaction, though the code takes them for parts of one. */
  writes: Statement[];
  /** Writes of the outer one before the inner BEGIN. */
  before: number;
  /** COMMIT or ROLLBACK that ended the server's transaction. */
  innerEnd: Statement | null;
  end: Statement | null;
  /** It was open before the scope. */
  ambient: boolean;
  sure: Confidence;
  /** Had a statement failed since the last transaction of this session? */
  failed: boolean;
}

function* misfitsIn(profile: Profile): Generator<void, Misfit[]> {
  const ranOutside = yield* outsideTransactions(profile);
  const releases = yield* releasesOf(profile);
  const sessions = new Map<number | 'pool', Session>();
  const misfits: Misfit[] = [];
  const beginsOnPool = yield* hasBeginOnPool(profile);
  for (const statement of profile.statements) {
    if (statement.index % FINE_LOT === FINE_LOT - 1) yield;
    const { connection, via } = statement;
    if (connection === null || (via === 'pool' && beginsOnPool)) continue;
    const key = via === 'pool' ? via : connection;
    let session = sessions.get(key);
    if (session === undefined || (via !== 'pool' && releases.hasBetween(connection, session.seen, statement.index))) {
      session?.leave();
      session = new Session(profile, ranOutside, misfits);
      sessions.set(key, session);
    }
    session.take(statement);
  }
  let steps = 0;
  for (const session of sessions.values()) {
    session.leave();
    if (++steps % FINE_LOT === 0) yield;
  }
  return [...(yield* sorted(misfits, (a, b) => a.named.index - b.named.index))];
}

/** A transaction through the pool is broken before anything else is: another detector's finding. */
function* hasBeginOnPool({ statements }: Profile): Generator<void, boolean> {
  for (const { index, via, shape } of statements) {
    if (via === 'pool' && shape.verb === 'begin') return true;
    if (index % FINE_LOT === FINE_LOT - 1) yield;
  }
  return false;
}

/** When clients were given back: whoever takes one next knows nothing of what was sent before. */
class Releases {
  readonly #places = new Map<number, { before: number[]; at: number }>();

  add(connection: number, before: number): void {
    const places = this.#places.get(connection) ?? { before: [], at: 0 };
    this.#places.set(connection, places);
    places.before.push(before);
  }

  /** Was the connection given back after statement `from` was sent and before `to` was? Asked in ascending order. */
  hasBetween(connection: number, from: number, to: number): boolean {
    const places = this.#places.get(connection);
    if (places === undefined) return false;
    while (places.at < places.before.length && (places.before[places.at] as number) <= from) places.at++;
    const next = places.before[places.at];
    return next !== undefined && next <= to;
  }
}

function* releasesOf({ checkouts }: Profile): Generator<void, Releases> {
  const releases = new Releases();
  for (const { index, connection, releasedBefore } of checkouts) {
    if (releasedBefore !== null) releases.add(connection, releasedBefore);
    if (index % FINE_LOT === FINE_LOT - 1) yield;
  }
  return releases;
}

/** A transaction that was begun again inside. */
interface Block {
  outer: Statement | null;
  inner: Statement[];
  before: number;
  /** What ended the server's transaction. */
  innerEnd: Statement | null;
  apart: Statement[];
  /** Ends that found no transaction any more: at most as many as there were BEGINs too many. */
  ends: Statement[];
  ambient: boolean;
  sure: Confidence;
}

/** What one holder of a client sends, from when it takes it until it gives it back. */
class Session {
  /** The statement seen last. */
  seen = -1;
  #block: Block | null = null;
  /** Writes in no transaction, since the last one. */
  #alone: Statement[] = [];
  /** Writes in the one that is open. */
  #written = 0;
  /** The transaction that was around the statements of a text. */
  #implicit: Transaction | null = null;
  #failed = false;
  readonly #profile: Profile;
  readonly #ranOutside: RanOutside;
  readonly #misfits: Misfit[];

  constructor(profile: Profile, ranOutside: RanOutside, misfits: Misfit[]) {
    this.#profile = profile;
    this.#ranOutside = ranOutside;
    this.#misfits = misfits;
  }

  take(statement: Statement): void {
    this.seen = statement.index;
    const { shape, error, transaction } = statement;
    const around = transaction === null ? null : (this.#profile.transactions[transaction] as Transaction);
    if (error !== null) this.#failed = true;
    if (around?.implicit) this.#implicit = around;
    if (endsTransaction(shape)) {
      if (around === null) this.#endOutside(statement);
      else if (around.endedBy === statement.index) this.#end(statement);
    } else if (shape.verb === 'begin') {
      // With an isolation level of its own it is refused, when the transaction it is in has done something.
      if (error === null || error.code === '25001') this.#begin(statement, around);
    } else if (error === null && shape.writes.length > 0) this.#write(statement, around);
  }

  leave(): void {
    const block = this.#block;
    this.#block = null;
    if (block === null) return;
    const [named] = block.inner;
    const { outer, inner, innerEnd, ends, apart, before, ambient, sure } = block;
    const isBroken = ends.length > 0;
    const bounds = [outer, ...inner, innerEnd, ...ends].filter((one) => one !== null);
    this.#misfits.push({
      kind: isBroken ? 'broken' : 'doubled',
      named: named as Statement,
      outer,
      bounds,
      writes: isBroken ? apart : [],
      before,
      innerEnd,
      end: ends[0] ?? null,
      ambient,
      sure,
      failed: this.#failed,
    });
  }

  #begin(statement: Statement, around: Transaction | null): void {
    if (around === null || around.begunBy === statement.index) {
      this.#written = 0;
      this.#forget();
      return;
    }
    const { begunBy, ambient } = around;
    this.#block ??= {
      outer: begunBy === null ? null : (this.#profile.statements[begunBy] as Statement),
      inner: [],
      before: this.#written,
      innerEnd: null,
      apart: [],
      ends: [],
      ambient,
      sure: ambient ? 'possible' : this.#isSeen(statement) ? 'proven' : 'likely',
    };
    this.#block.inner.push(statement);
  }

  #isSeen({ connection }: Statement): boolean {
    return connection !== null && this.#profile.connections[connection]?.statusSource === 'protocol';
  }

  #write(statement: Statement, around: Transaction | null): void {
    if (around === null) this.#alone.push(statement);
    else this.#written++;
    if (this.#block !== null && this.#block.innerEnd !== null) this.#block.apart.push(statement);
  }

  #end(statement: Statement): void {
    if (this.#block !== null) this.#block.innerEnd ??= statement;
    this.#written = 0;
    this.#forget();
  }

  #endOutside(statement: Statement): void {
    // What a text had done so far without BEGIN is ended by a COMMIT in it, for all that PostgreSQL warns.
    if (this.#implicit?.endedBy === statement.index) return;
    const sure = this.#ranOutside(statement);
    if (sure === null || (statement.error !== null && statement.error.code !== '25P01')) return;
    const block = this.#block;
    if (block !== null && block.innerEnd !== null) {
      block.ends.push(statement);
      if (block.ends.length === block.inner.length) this.leave();
    } else {
      this.#misfits.push({
        kind: 'alone',
        named: statement,
        outer: null,
        bounds: [statement],
        writes: this.#alone,
        before: 0,
        innerEnd: null,
        end: statement,
        ambient: false,
        sure,
        failed: this.#failed,
      });
    }
    this.#forget();
  }

  #forget(): void {
    this.#alone = [];
    this.#failed = false;
  }
}

interface Grade {
  severity: Severity;
  confidence: Confidence;
}

/** Null: harmless, and common. */
function gradeOf({ kind, sure, writes, end, failed }: Misfit, profile: Profile): Grade | null {
  if (kind === 'broken') return { severity: 'error', confidence: sure };
  if (kind === 'doubled') return { severity: 'info', confidence: sure };
  if (end?.shape.verb === 'commit') return { severity: writes.length > 0 ? 'error' : 'info', confidence: sure };
  // ROLLBACK is sent to be on the safe side too, when nothing is open. After a failure it was meant to undo something.
  if (writes.length === 0) return null;
  return { severity: 'error', confidence: failed || wasFailure(profile) ? 'likely' : 'possible' };
}

/** Misfits of one line and one kind. */
class Place {
  #count = 0;
  #apart = 0;
  #before = 0;
  readonly #named: Statement[] = [];
  readonly #first: Misfit;
  readonly #grade: Grade;

  constructor(first: Misfit, grade: Grade) {
    this.#first = first;
    this.#grade = grade;
  }

  *add({ bounds, writes, before }: Misfit): Generator<void> {
    this.#count++;
    this.#apart += writes.length;
    this.#before += before;
    for (const list of [bounds, writes])
      for (const statement of list) if (this.#named.push(statement) % FINE_LOT === 0) yield;
  }

  *evidence(view: ProfileView): Generator<void, Evidence> {
    const { kind, named, outer, innerEnd, end, ambient } = this.#first;
    const statements: number[] = [];
    for (const { index } of yield* sorted(this.#named, (a, b) => a.index - b.index))
      if (statements.push(index) % FINE_LOT === 0) yield;
    const site = named.callSite ?? view.repeatOf(named.index).callSite;
    const data: Evidence['data'] = { count: this.#count, kind, apart: this.#apart, before: this.#before };
    if (innerEnd !== null) data.innerEnd = wordOf(innerEnd);
    if (end !== null) data.end = wordOf(end);
    if (ambient) data.ambient = 1;
    return { ...this.#grade, statements, source: [], callSite: innerSite(site, outer?.callSite ?? null), data };
  }
}

function wordOf({ shape }: Statement): string {
  return shape.verb.toUpperCase();
}
