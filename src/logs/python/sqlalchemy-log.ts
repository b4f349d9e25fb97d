// The log of SQLAlchemy's engine (`echo=True`, or the logger `sqlalchemy.engine` at INFO; at DEBUG it has the rows too), however it is formatted.

import { boundText } from '../../python/bound-text.js';
import { type PythonValue, pythonLiteral } from '../../python/python-literal.js';
import type { LogReader, Told } from '../log-reader.js';
import {
  LONGEST_TEXT,
  type LoggedRows,
  type LoggedStatement,
  type LogSession,
  loggedConnection,
} from '../logged-statement.js';
import { type AnsweredRequest, answeredRequest } from './access-line.js';
import { MOST_THREADS, momentIn, threadIn } from './log-line.js';

/** What stands before the message has the logger's name in it, and may go on with the level. */
export const ENGINE_LINE =
  /^(.*?)\bsqlalchemy\.engine(?:\.[\w.]+)?\b([\s:|\])-]*(?:(?:DEBUG|INFO|WARNING)[\s:|\])-]+)?)(.*)$/;

/** How the values are announced, with a token of the engine's before it where it has one. */
const VALUES =
  /^(?:\[[^\]]*\] )?\[(?:generated in|cached since|raw sql|no key|caching disabled|dialect |insertmanyvalues )[^\]]*\] ?(.*)$/;
/** Of 1.3: the values alone. */
const BARE_VALUES = /^[([{]/;
/** Of some setting of isolation, the DBAPI sends none of these. */
const NOT_SENT = /^(?:BEGIN|COMMIT|ROLLBACK) (?:\(implicit; DBAPI|using DBAPI|will be skipped)/;
const CONTROL = /^(?:\[[^\]]*\] )?(BEGIN|COMMIT|ROLLBACK)(?: \(implicit\)| TWOPHASE \(implicit\))?$/;
const SHORTENED = / \.\.\. \d+ characters truncated \.\.\. /;
const COLUMNS = /^(?:\[[^\]]*\] )?Col (\(.*\))$/;
const ROW = /^(?:\[[^\]]*\] )?Row (\(.*\))$/;

/** Rows of one result that are kept; whoever follows them has a limit of their own. */
const MAX_ROWS = 10_000;

/** Statements whose rows can still be taken back. */
const MOST_RECENT = 1_000;

interface Thread extends LogSession {
  /** The latest ones with rows. */
  recent: LoggedStatement[];
  /** Rows stood among those of others: they are believed no longer. */
  isMixed: boolean;
  /** A text whose values are still to come. */
  text: string | null;
  atMs: number;
  /** The last statement, whose rows may follow. */
  last: (LoggedStatement & { rows: (LoggedRows & { rows: PythonValue[][] }) | null }) | null;
}

export function sqlAlchemyLog(): LogReader {
  return new SqlAlchemyLog();
}

class SqlAlchemyLog implements LogReader {
  readonly #threads = new Map<string, Thread>();
  /** Whose lines without a head go on. */
  #current: Thread | null = null;
  #nowMs = 0;

  *take(line: string): Generator<Told> {
    const match = ENGINE_LINE.exec(line);
    if (match === null) {
      const request = answeredRequest(line);
      if (request !== null) return yield* this.#answered(request);
      const { text = null } = this.#current ?? {};
      if (this.#current !== null && text !== null && text.length < LONGEST_TEXT)
        this.#current.text = `${text}\n${line}`;
      else if (line.trim() !== '') yield { skipped: "lines are not SQLAlchemy's engine's" };
      return;
    }
    const [, head, , message] = match as unknown as [string, string, string, string];
    this.#nowMs = momentIn(head) ?? this.#nowMs;
    const thread = this.#threadOf(threadIn(head));
    this.#current = thread;
    yield* this.#read(thread, message);
  }

  /** What is still to be completed was sent before. */
  *#answered(answered: AnsweredRequest): Generator<Told> {
    for (const thread of this.#threads.values()) yield* this.#complete(thread);
    yield { answered };
  }

  *end(): Generator<Told> {
    for (const thread of this.#threads.values()) yield* this.#complete(thread);
  }

  *#read(thread: Thread, message: string): Generator<Told> {
    const columns = COLUMNS.exec(message);
    if (columns !== null) return showColumns(thread, columns[1] as string);
    const row = ROW.exec(message);
    if (row !== null) return showRow(thread, row[1] as string);
    const values = VALUES.exec(message)?.[1] ?? (thread.text !== null && BARE_VALUES.test(message) ? message : null);
    if (values !== null) return yield* this.#bound(thread, values);
    const control = CONTROL.exec(message);
    if (thread.text !== null || control !== null) yield* this.#complete(thread);
    if (control !== null) thread.last = statementOf(thread, control[1] as string, null, this.#nowMs);
    else if (!NOT_SENT.test(message)) {
      thread.text = message;
      thread.atMs = this.#nowMs;
    }
  }

  *#bound(thread: Thread, shown: string): Generator<Told> {
    const { text } = thread;
    if (text === null) {
      yield { skipped: 'values are of a statement that is missing' };
      return;
    }
    thread.text = null;
    if (SHORTENED.test(text)) {
      yield { skipped: 'statements were shortened by SQLAlchemy' };
      return;
    }
    const bound = boundText(withoutToken(text), shown);
    const statement = statementOf(thread, bound.text, bound.values, thread.atMs);
    if (isReadOn(thread, statement)) {
      thread.isMixed = true;
      for (const before of [...thread.recent, thread.last]) if (before !== null) before.rows = null;
      yield { skipped: 'rows were read while other statements ran, so that it is not known whose they are' };
    }
    yield* this.#complete(thread);
    thread.last = statement;
  }

  *#complete(thread: Thread): Generator<Told> {
    if (thread.text !== null) {
      thread.text = null;
      yield { skipped: 'messages are no statement, or lack its values' };
    }
    if (thread.last === null) return;
    yield { statement: thread.last };
    if (thread.last.rows !== null && thread.recent.push(thread.last) > MOST_RECENT) thread.recent.shift();
    thread.last = null;
  }

  #threadOf(told: string): Thread {
    const name = this.#threads.has(told) || this.#threads.size < MOST_THREADS ? told : '';
    let thread = this.#threads.get(name);
    if (thread === undefined) {
      const connection = loggedConnection();
      const label = name === '' ? 'sqlalchemy' : `sqlalchemy ${name}`;
      thread = { name, connection, label, begun: false, recent: [], isMixed: false, text: null, atMs: 0, last: null };
      this.#threads.set(name, thread);
    }
    return thread;
  }
}

function statementOf(
  session: Thread,
  text: string,
  values: unknown[] | null,
  atMs: number,
): NonNullable<Thread['last']> {
  return { session, text, values, startMs: atMs, endMs: atMs, error: null, rows: null, virtualTransaction: null };
}

/**
 * Does a statement that was sent before bind what stands in the last of several rows of the one before it? Then that row was read on of the result that it
 * goes through, which SQLAlchemy logs like a row of the latest.
 */
function isReadOn({ last, recent, isMixed }: Thread, { text, values }: LoggedStatement): boolean {
  const rows = last?.rows?.rows ?? [];
  const final = rows.at(-1);
  if (isMixed || final === undefined || rows.length < 2 || values === null) return false;
  const isRepeated = last?.text === text || recent.some((before) => before.text === text);
  return isRepeated && values.some((value) => value !== null && final.includes(value as PythonValue));
}

function showColumns({ last, isMixed }: Thread, shown: string): void {
  const names = pythonLiteral(shown);
  if (last === null || isMixed || !Array.isArray(names) || names.some((name) => typeof name !== 'string')) return;
  last.rows = { names: names as string[], rows: [] };
}

function showRow({ last }: Thread, shown: string): void {
  const rows = last?.rows;
  const row = pythonLiteral(shown);
  if (!rows || !Array.isArray(row) || row.length !== rows.names.length || rows.rows.length >= MAX_ROWS) return;
  rows.rows.push(row);
}

/** An engine's `logging_token` stands before each of its messages. */
function withoutToken(text: string): string {
  return text.replace(/^\[[^\]]*\] /, '');
}
