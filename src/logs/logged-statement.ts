// What a log tells of one statement, whoever wrote it: what the scopes are put together from.

import type { ConnectionNote } from '../profile/note.js';

/** One session with the database: a connection, or what stands for one where the log names none. */
export interface LogSession {
  /** Tells it from all others of the log. */
  name: string;
  /** Null: the log does not show what is sent together, so nothing can be said of transactions. */
  connection: ConnectionNote | null;
  /** What its statements are called where they bear no tags. */
  label: string;
  /** Did the log show how it began? */
  begun: boolean;
}

/** The connection of a session, as far as a log shows one. */
export function loggedConnection(database = ''): ConnectionNote {
  return { host: '', port: 0, database, pool: null, native: false, statusSource: 'text' };
}

/** Longer than any statement that somebody wrote, in characters: what goes on for so long is taken for broken. */
export const LONGEST_TEXT = 1_000_000;

/** Rows as a log shows them. */
export interface LoggedRows {
  names: readonly string[];
  rows: readonly (readonly unknown[])[];
}

/** One execution. Times in ms since 1970. */
export interface LoggedStatement {
  session: LogSession;
  text: string;
  /** Null: none bound, or not shown. */
  values: readonly unknown[] | null;
  startMs: number;
  /** As `startMs` where the log does not say. */
  endMs: number;
  /** Null: it did not fail, as far as the log shows. An unknown code is null. */
  error: { code: string | null } | null;
  /** Null: not shown. */
  rows: LoggedRows | null;
  /** Of a server that shows it: which transaction it was in (`3/14`). Null: not shown, or outside any by then. */
  virtualTransaction: string | null;
}
