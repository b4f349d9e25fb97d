// From the entries of a server's log to statements: what one execution writes in several entries (when it begins, how long it took, with which
// values, how it failed) is put together, and what belongs to no execution is left out.

import type { Told } from '../log-reader.js';
import { type LoggedStatement, type LogSession, loggedConnection } from '../logged-statement.js';
import { parametersOf } from './parameters.js';
import type { ServerEntry } from './server-entry.js';

/** Sessions that are remembered; of those over it the oldest are taken for over. As many as a server has connections, many times over. */
const MAX_SESSIONS = 10_000;

interface Open extends LogSession {
  /** An execution whose end, if it is logged, is still to come. */
  pending: LoggedStatement | null;
}

/** `duration: 0.1 ms  execute name: text`. A name goes up to the first colon that a space follows. */
const EXECUTION =
  /^(?:duration: (\d+\.\d+) ms {2})?(statement|execute fetch from|execute|parse|bind)(?: \S.*?)?: ([\s\S]*)$/;
const DURATION = /^duration: (\d+\.\d+) ms$/;
/** Entries about statements that add nothing here, by auto_explain. */
const PLAN = /^duration: \d+\.\d+ ms {2}plan:/;
const RECEIVED = /^connection (?:received|authenticated|authorized): /;
const GONE = /^disconnection: session time: /;
/** The same in another language: a figure, its unit, then words. */
const FOREIGN_DURATION = /^[^\d:]+:? ?\d+[.,]\d+ \p{L}+(?: {2}|$)/u;
/** `extended query with parameters: …`, `unnamed portal with parameters: …` */
const WITH_PARAMETERS = /^(?:extended query|(?:unnamed )?portal(?: "[^"]*")?) with parameters: (.*)$/m;

const ERRORS: ReadonlySet<string> = new Set(['ERROR', 'FATAL', 'PANIC']);
const NO_ERRORS: ReadonlySet<string> = new Set(['LOG', 'WARNING', 'NOTICE', 'INFO']);

const IN_ANOTHER_LANGUAGE = 'entries are in another language than English (lc_messages)';

export class ServerStatements {
  readonly #sessions = new Map<string, Open>();
  #lastMs = 0;

  take(entry: ServerEntry): Told[] {
    const atMs = entry.atMs ?? this.#lastMs;
    this.#lastMs = atMs;
    const { message } = entry;
    if (RECEIVED.test(message)) return this.#received(entry);
    if (GONE.test(message)) return this.#over(entry);
    const execution = EXECUTION.exec(message);
    if (execution !== null) return this.#executed(entry, atMs, execution);
    const duration = DURATION.exec(message);
    if (duration !== null) return this.#took(entry, atMs, Number(duration[1]));
    if (isError(entry)) return this.#failed(entry, atMs);
    return FOREIGN_DURATION.test(message) && !PLAN.test(message) ? [{ skipped: IN_ANOTHER_LANGUAGE }] : [];
  }

  /** Nothing follows: what is still open is as complete as it gets. */
  *end(): Generator<Told> {
    for (const session of this.#sessions.values()) yield* complete(session);
    this.#sessions.clear();
  }

  /** The number of a process may come again: what is received begins anew. */
  #received(entry: ServerEntry): Told[] {
    if (!entry.message.startsWith('connection received')) {
      this.#sessionOf(entry).session.begun = true;
      return [];
    }
    const told = this.#over(entry);
    this.#sessionOf(entry).session.begun = true;
    return told;
  }

  #over(entry: ServerEntry): Told[] {
    const name = entry.session ?? '';
    const session = this.#sessions.get(name);
    if (session === undefined) return [];
    this.#sessions.delete(name);
    return [...complete(session), { ended: session, seen: true }];
  }

  #executed(entry: ServerEntry, atMs: number, [, duration, kind, text]: RegExpExecArray): Told[] {
    // What comes before an execution, and further rows of one, are none of their own.
    if (kind === 'parse' || kind === 'bind' || kind === 'execute fetch from') return [];
    const { session, told } = this.#sessionOf(entry);
    told.push(...complete(session));
    const statement: LoggedStatement = {
      session,
      text: text as string,
      values: entry.detail === null ? null : parametersOf(entry.detail),
      startMs: duration === undefined ? atMs : atMs - Number(duration),
      endMs: atMs,
      error: null,
      rows: null,
      virtualTransaction: transactionOf(entry),
    };
    if (duration === undefined) session.pending = statement;
    else told.push({ statement });
    return told;
  }

  /** Also parse and bind take their time, before an execution is under way: that is nobody's. */
  #took(entry: ServerEntry, atMs: number, durationMs: number): Told[] {
    const { session, told } = this.#sessionOf(entry);
    const { pending } = session;
    if (pending === null) return told;
    pending.startMs = atMs - durationMs;
    pending.endMs = atMs;
    return [...told, ...complete(session)];
  }

  #failed(entry: ServerEntry, atMs: number): Told[] {
    const { session, told } = this.#sessionOf(entry);
    const { pending } = session;
    const error = { code: entry.sqlState };
    if (pending !== null && (entry.statement === null || entry.statement === pending.text)) {
      pending.error = error;
      pending.endMs = atMs;
      told.push(...complete(session));
    } else if (entry.statement !== null) {
      const bound = WITH_PARAMETERS.exec(entry.context ?? '');
      told.push(...complete(session), {
        statement: {
          session,
          text: entry.statement,
          values: bound === null ? null : parametersOf(bound[1] as string),
          startMs: atMs,
          endMs: atMs,
          error,
          rows: null,
          virtualTransaction: transactionOf(entry),
        },
      });
    }
    return entry.severity === 'ERROR' ? told : [...told, ...this.#over(entry)];
  }

  #sessionOf(entry: ServerEntry): { session: Open; told: Told[] } {
    const name = entry.session ?? '';
    let session = this.#sessions.get(name);
    if (session !== undefined) {
      // Of those over the cap the one that was silent longest goes.
      this.#sessions.delete(name);
      this.#sessions.set(name, session);
      this.#name(session, entry);
      return { session, told: [] };
    }
    const begun = entry.place === 1;
    const connection = loggedConnection();
    session = { name, connection, label: 'a session', begun, pending: null };
    this.#name(session, entry);
    this.#sessions.set(name, session);
    const told: Told[] = [];
    for (const [oldest, open] of this.#sessions) {
      if (this.#sessions.size <= MAX_SESSIONS) break;
      this.#sessions.delete(oldest);
      told.push(...complete(open), { ended: open, seen: false });
    }
    return { session, told };
  }

  /** A client says who it is after it has connected, and may call itself otherwise later. */
  #name(session: Open, { user, database, application }: ServerEntry): void {
    if (database !== null && session.connection !== null) session.connection.database = database;
    const who = application ?? user;
    if (who !== null) session.label = database === null ? who : `${who} on ${database}`;
  }
}

function* complete(session: Open): Generator<Told> {
  if (session.pending === null) return;
  const statement = session.pending;
  session.pending = null;
  yield { statement };
}

/** Null: outside any by then. */
function transactionOf({ virtualTransaction }: ServerEntry): string | null {
  return virtualTransaction === null || virtualTransaction.endsWith('/0') ? null : virtualTransaction;
}

/** By its word in English, else by its code: classes 00 to 02 are success, warnings and no data. */
function isError({ severity, sqlState }: ServerEntry): boolean {
  if (ERRORS.has(severity)) return true;
  return !NO_ERRORS.has(severity) && !severity.startsWith('DEBUG') && sqlState !== null && !/^0[012]/.test(sqlState);
}
