// Statements of a log become their scope's profile, by the same recorder and the same analysis as what the driver shows, by the log's clock. What a
// log does not say is left unknown: mostly no rows, no call sites.

import { buildProfile, type Sites } from '../profile/build-profile.js';
import { Recorder, type RecorderLimits } from '../profile/recorder.js';
import { LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { Profile, Shape } from '../profile/types.js';
import { parse } from '../sql/parse.js';
import type { LogScope } from './log-scopes.js';
import type { LoggedRows, LoggedStatement, LogSession } from './logged-statement.js';
import { isOpenAfter } from './open-transaction.js';

export interface LogProfileOptions {
  /** Tells the profile from all others of the run. */
  id: string;
  limits: RecorderLimits;
  /** Keep values and literals in the profile. */
  sample: boolean;
  /** The user says how the log is divided. */
  divisionIsGiven: boolean;
}

/** The profile of a scope, in slices. */
export function* profileOfLog(
  scope: LogScope,
  { id, limits, sample, divisionIsGiven }: LogProfileOptions,
): Generator<void, Profile> {
  const statements = yield* inOrder(scope.statements);
  const [first] = statements as [LoggedStatement, ...LoggedStatement[]];
  let now = first.startMs;
  const recorder = new Recorder({ clock: () => now, limits });
  const sessions = new Map<LogSession, SessionNotes>();
  let waiting: Sent[] = [];
  let steps = 0;
  const settle = (until: number): void => {
    for (const { note, statement } of waiting.filter(({ statement: { endMs } }) => endMs <= until)) {
      now = statement.endMs;
      answer(recorder, note, statement);
    }
    waiting = waiting.filter(({ statement: { endMs } }) => endMs > until);
  };
  for (const statement of statements) {
    if (++steps % LOT === 0) yield;
    settle(statement.startMs);
    now = statement.startMs;
    const note = send(recorder, statement);
    if (note === null) continue;
    waiting.push({ note, statement });
    waiting.sort((a, b) => a.statement.endMs - b.statement.endMs);
    let session = sessions.get(statement.session);
    if (session === undefined) {
      session = new SessionNotes(recorder);
      sessions.set(statement.session, session);
    }
    session.add(note, statement);
  }
  settle(Number.POSITIVE_INFINITY);
  recorder.dropped += scope.dropped;
  return yield* buildProfile(
    recorder,
    {
      id,
      parent: null,
      kind: scope.kind,
      label: scope.label,
      startedAt: new Date(first.startMs),
      durationMs: now - first.startMs,
      outcome: { status: scope.status, error: null, aborted: false },
      unattributed: 0,
      source: 'log',
      shows: {
        rows: statements.some(({ rows }) => rows !== null),
        connections: statements.every(({ session }) => session.connection !== null),
        bounds: divisionIsGiven || hasBounds(scope, statements),
      },
      sample,
    },
    NO_SITES,
  );
}

/** What the recorder knows a statement by. */
type Note = NonNullable<ReturnType<Recorder['note']>>;

interface Sent {
  note: Note;
  statement: LoggedStatement;
}

/**
 * By their beginnings. A session does one thing after the other, and the log's moments are rounded: what seems to begin before the one before it had
 * ended begins with that end.
 */
function* inOrder(logged: readonly LoggedStatement[]): Generator<void, readonly LoggedStatement[]> {
  const ends = new Map<LogSession, number>();
  const moved: LoggedStatement[] = [];
  for (const statement of logged) {
    const { session, startMs, endMs } = statement;
    const begins = Math.max(startMs, ends.get(session) ?? startMs);
    const ended = begins + Math.max(0, endMs - startMs);
    ends.set(session, ended);
    if (moved.push({ ...statement, startMs: begins, endMs: ended }) % LOT === 0) yield;
  }
  return yield* sorted(moved, (a, b) => a.startMs - b.startMs);
}

function send(recorder: Recorder, { text, values, session }: LoggedStatement): Note | null {
  return recorder.note(text, values, {
    connection: session.connection,
    stack: null,
    waitMs: 0,
    via: null,
    late: false,
    allowed: null,
  });
}

function answer(recorder: Recorder, note: Note, { text, error, rows }: LoggedStatement): void {
  if (error !== null) recorder.fail(note, { code: error.code, message: '' });
  else if (rows !== null) recorder.answer(note, resultOf(rows));
  else {
    const parts = parse(text).statements.map(({ shape }) => ({ command: tagOf(shape) }));
    recorder.answer(note, parts.length === 1 ? parts[0] : parts);
  }
}

/** As the driver would have answered; of which table and type a column is no log says. */
function resultOf({ names, rows }: LoggedRows): object {
  return { rows, fields: names.map((name) => ({ name, tableID: 0, columnID: 0, dataTypeID: 0 })) };
}

/** A write that did not fail was done. What became of a COMMIT depends on more than its text. */
function tagOf({ verb, writes }: Shape): string | null {
  return writes.length > 0 ? verb.toUpperCase() : null;
}

/** What is known of a session's transactions beside its texts: two statements of one virtual transaction are in one that began unseen. */
class SessionNotes {
  readonly #recorder: Recorder;
  /** The last statement, where it was in no transaction that is known. */
  #last: { note: Note; before: 'T' | 'I' | null; virtualTransaction: string | null } | null = null;
  #isOpen = false;
  /** The one that began unseen and goes on. */
  #unseen: string | null = null;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  add(note: Note, { text, error, virtualTransaction }: LoggedStatement): void {
    const wasOpen = this.#isOpen;
    this.#isOpen = isOpenAfter(text, wasOpen);
    const last = wasOpen || virtualTransaction === null ? null : this.#last;
    const continues = last !== null && last.virtualTransaction === virtualTransaction;
    if (continues) this.#recorder.status(last.note, last.before ?? 'T', 'T');
    const before = continues ? 'T' : this.#unseen === null ? null : 'I';
    this.#unseen = continues ? virtualTransaction : null;
    // Without its code, an error is the server's by where it stands.
    const after = error === null || error.code !== null ? null : wasOpen || continues ? 'E' : 'I';
    if (before !== null || after !== null) this.#recorder.status(note, before, after);
    this.#last = this.#isOpen || wasOpen ? null : { note, before, virtualTransaction };
  }
}

/**
 * Does the log say where the scope begins and ends? Of one route, and up to the line of a request, it does where what each request begins with was sent once.
 */
function hasBounds({ division }: LogScope, statements: readonly LoggedStatement[]): boolean {
  if (division === 'trace' || division === 'session') return true;
  if (division === 'pause') return false;
  const shapes = statements.map(({ text }) => parse(text).statements[0]?.shape);
  const first = shapes.find((shape) => shape !== undefined && !CONTROL.has(shape.verb));
  return shapes.filter((shape) => shape?.id === first?.id).length === 1;
}

const CONTROL: ReadonlySet<string> = new Set(['begin', 'commit', 'rollback', 'set', 'savepoint', 'release']);

/** No log says which line of the app sent a statement. */
const NO_SITES: Sites = {
  siteOf: () => null,
  learn: () => undefined,
  only: () => null,
  doubt: () => undefined,
  ran: () => undefined,
};
