// Finds what holds until the end of a transaction, and was sent where there is none: row locks that are gone before the next statement,
// settings that set nothing, and what PostgreSQL refuses there.

import { FINE_LOT } from '../profile/slices.js';
import type { Shape, Statement } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import { ownFunctionOf } from './called-functions.js';
import { type Detection, type Detector, type Evidence, type Severity, sliced, type Words } from './detector.js';
import { bareName } from './equalities.js';
import { counted } from './figures.js';
import { code, type LibraryWords, libraryOf } from './library-words.js';
import { capital, nameOf } from './statement-name.js';
import { isRollbackTo, outsideTransactions } from './transaction-bounds.js';

export const ineffectiveLock: Detector = sliced({
  meta: {
    id: 'ineffective-lock',
    severity: 'error',
    summary: 'locks, settings and savepoints of a transaction, sent outside of one',
    page: 'dist/detectors/ineffective-lock.md',
    clock: false,
  },

  needs: 'control',

  *detect(view: ProfileView): Generator<void, Detection> {
    const found = new Map<Repeat, Evidence>();
    for (const { statement, hold, sure, next } of yield* holdsOutside(view)) {
      const repeat = view.repeatOf(statement.index);
      const evidence = found.get(repeat) ?? evidenceOf(statement, hold, sure);
      found.set(repeat, evidence);
      evidence.callSite ??= repeat.callSite;
      evidence.data.count = evidence.statements.push(statement.index);
      if (sure === 'proven' && evidence.confidence === 'likely') evidence.confidence = sure;
      if (next !== null) evidence.data.next ??= nameOf(next);
      if (evidence.statements.length % FINE_LOT === 0) yield;
    }
    return { evidence: [...found.values()], dismissals: [] };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const { data, statements } = evidence;
    const { shape, error } = view.profile.statements[statements[0] as number] as Statement;
    const { effect, why, advice } = WORDS[data.hold as Hold];
    const words = wordsOf(shape, data.hold as Hold);
    const times = statements.length > 1 ? `, ${counted(statements.length, 'time')}` : '';
    const next =
      data.next === undefined ? '' : ` ${capital(String(data.next))}, which came later, ran without that lock.`;
    const unless =
      data.calls === undefined
        ? ''
        : ` Unless ${data.calls}(), which it calls, does itself what the lock is for: then one statement is enough.`;
    return {
      message: `${words} outside a transaction ${error === null ? effect : 'is refused'}${times}`,
      why: `${error === null ? why : REFUSED}${next}${unless}`,
      advice: advice ?? lockAdvice(libraryOf(evidence, view)),
      replacement: null,
    };
  },
});

/** What a statement does for the rest of its transaction. */
type Hold = 'row lock' | 'advisory lock' | 'table lock' | 'setting' | 'savepoint' | 'cursor';

const REFUSED = 'PostgreSQL knows it only between BEGIN and COMMIT, and none was open on this connection (25P01).';

function lockAdvice(library: LibraryWords | null): string {
  const within =
    library?.transaction === undefined
      ? 'Send BEGIN before it and COMMIT after what it protects, all on one client of pool.connect().'
      : `Send it and what it protects in one ${code(library.transaction)}, each ${library.within}.`;
  return `${within} Where one statement can do both (a condition in the UPDATE, balance = balance - $1), none is needed.`;
}

/** Without advice of its own: to hold a lock. */
const WORDS: Record<Hold, { effect: string; why: string; advice?: string }> = {
  'row lock': {
    effect: 'locks nothing for the next statement',
    why: 'Without BEGIN each statement is a transaction of its own and ends with itself: the rows were locked for as long as it ran.',
  },
  'advisory lock': {
    effect: 'is released as soon as it is taken',
    why: 'Without BEGIN each statement is a transaction of its own and ends with itself, and this lock ends with its transaction.',
  },
  'table lock': {
    effect: 'is released as soon as it is taken',
    why: 'It is the last of a text without BEGIN, whose statements are one transaction: the lock ended with the text.',
  },
  setting: {
    effect: 'sets nothing',
    why: 'It holds until the end of the transaction, and without BEGIN that is its own end. PostgreSQL only warns of it (25P01), and what came next ran with the setting as it was.',
    advice:
      'Send it after BEGIN, on the same client. SET without LOCAL stays with the connection, for whoever gets it next.',
  },
  savepoint: {
    effect: 'keeps nothing',
    why: 'A savepoint is a place in a transaction.',
    advice: 'Send BEGIN on the same client first; without a transaction there is nothing to go back to.',
  },
  cursor: {
    effect: 'is closed as soon as it is open',
    why: 'A cursor WITHOUT HOLD ends with its transaction, and that was the text it is the last of.',
    advice:
      'Send BEGIN on the same client first, or declare it WITH HOLD, which computes all rows at the end of the transaction.',
  },
};

interface Outside {
  statement: Statement;
  hold: Hold;
  sure: 'proven' | 'likely';
  /** The next write of what it would have locked. */
  next: Shape | null;
}

/** In order. They are read from the last to the first, so that what comes after each is known. */
function* holdsOutside({ profile }: ProfileView): Generator<void, Outside[]> {
  const ranOutside = yield* outsideTransactions(profile);
  const nextWrites = new Map<string, Shape>();
  const found: Outside[] = [];
  let batch: number | null = null;
  let hasWork = false;
  for (let i = profile.statements.length - 1; i >= 0; i--) {
    if (i % FINE_LOT === 0) yield;
    const statement = profile.statements[i] as Statement;
    const { shape, transaction, error } = statement;
    if (statement.batch === null || statement.batch !== batch) hasWork = false;
    batch = statement.batch;
    const hold = holdOf(shape);
    if (hold !== null) {
      const isOneText = transaction !== null && profile.transactions[transaction]?.implicit === true;
      const sure =
        error !== null
          ? isRefused(hold, statement, isOneText)
          : isOneText
            ? !hasWork && 'proven'
            : hold !== 'savepoint' && ranOutside(statement);
      if (sure) found.push({ statement, hold, sure, next: nextWriteOf(hold, shape, nextWrites) });
    } else if (!CLOSING.has(shape.verb)) hasWork = true;
    for (const table of shape.writes) nextWrites.set(bareName(table), shape);
  }
  return found.reverse();
}

/** Refused for want of a transaction. In one text everything behind what was refused has its error, and only savepoints are refused there. */
function isRefused(hold: Hold, { error, transaction }: Statement, isOneText: boolean): 'proven' | false {
  return error?.code === '25P01' && (transaction === null || (isOneText && hold === 'savepoint')) && 'proven';
}

/** In a text of several statements nothing that a lock could have been for. */
const CLOSING: ReadonlySet<string> = new Set(['commit', 'rollback', 'set', 'show']);

const ROW_LOCK = /\bfor (update|no key update|share|key share)\b/;
const ADVISORY_LOCK = /\b(pg_(?:try_)?advisory_xact_lock(?:_shared)?)\(/;
const SETTING = /^set (local|transaction|constraints)\b/;

/** Detectors ask once for each statement; shapes are few. */
const holds = new WeakMap<Shape, Hold | null>();

function holdOf(shape: Shape): Hold | null {
  let hold = holds.get(shape);
  if (hold === undefined) {
    hold = kindOf(shape);
    holds.set(shape, hold);
  }
  return hold;
}

function kindOf(shape: Shape): Hold | null {
  const { verb, text, locks, writes } = shape;
  switch (verb) {
    case 'lock':
      return 'table lock';
    case 'set':
      return SETTING.test(text) ? 'setting' : null;
    case 'savepoint':
    case 'release':
      return 'savepoint';
    case 'rollback':
      return isRollbackTo(shape) ? 'savepoint' : null;
    case 'declare':
      return /^.*? with hold\b.*? for /.test(text) ? null : 'cursor';
    case 'select':
    case 'values':
    case 'table':
      // A statement that writes has done so before its own lock ends.
      if (!locks || writes.length > 0) return null;
      return ADVISORY_LOCK.test(text) ? 'advisory lock' : ROW_LOCK.test(text) ? 'row lock' : null;
    default:
      return null;
  }
}

function nextWriteOf(hold: Hold, { reads }: Shape, nextWrites: ReadonlyMap<string, Shape>): Shape | null {
  if (hold !== 'row lock') return null;
  for (const table of reads) {
    const next = nextWrites.get(bareName(table));
    if (next !== undefined) return next;
  }
  return null;
}

function evidenceOf({ shape, callSite }: Statement, hold: Hold, sure: 'proven' | 'likely'): Evidence {
  const calls = hold === 'row lock' || hold === 'advisory lock' ? ownFunctionOf(shape) : null;
  const evidence: Evidence = {
    severity: severityOf(hold, shape),
    confidence: calls === null ? sure : 'possible',
    statements: [],
    source: [],
    callSite,
    data: { count: 0, hold },
  };
  if (calls !== null) evidence.data.calls = calls;
  const [table] = shape.reads;
  if (hold === 'row lock' && table !== undefined) evidence.data.table = table;
  return evidence;
}

/** Settings that decide how a statement runs, and not what it reads or writes. */
const OF_THE_RUN =
  /(_timeout|_cost|_mem|_collapse_limit)$|^(enable_|jit|geqo|log_|auto_explain|max_parallel|parallel_|min_parallel|plan_cache_mode|application_name|client_min_messages|temp_file_limit|cursor_tuple_fraction|statement_timeout|hash_mem_multiplier)/;

function severityOf(hold: Hold, { text }: Shape): Severity {
  const [, , name = ''] = text.split(' ');
  return hold === 'setting' && text.startsWith('set local ') && OF_THE_RUN.test(name) ? 'warning' : 'error';
}

/** `FOR UPDATE`, `SET LOCAL`, `pg_advisory_xact_lock()`. */
function wordsOf({ text, verb }: Shape, hold: Hold): string {
  switch (hold) {
    case 'row lock':
      return `FOR ${ROW_LOCK.exec(text)?.[1]?.toUpperCase()}`;
    case 'advisory lock':
      return `${ADVISORY_LOCK.exec(text)?.[1]}()`;
    case 'setting':
      return `SET ${SETTING.exec(text)?.[1]?.toUpperCase()}`;
    case 'table lock':
      return 'LOCK TABLE';
    case 'cursor':
      return 'DECLARE CURSOR';
    default:
      return verb === 'rollback' ? 'ROLLBACK TO' : verb.toUpperCase();
  }
}
