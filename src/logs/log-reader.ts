// What every kind of log comes down to: lines go in, statements come out, and what was not understood is said.

import type { LoggedStatement, LogSession } from './logged-statement.js';
import type { AnsweredRequest } from './python/access-line.js';

/**
 * What a line told: a statement that is complete, a session that is over (`seen`: as the log says, else as it is remembered no longer), a request that was
 * answered, or why the line was not understood.
 */
export type Told =
  | { statement: LoggedStatement }
  | { ended: LogSession; seen: boolean }
  | { answered: AnsweredRequest }
  | { skipped: string };

/** Reads the lines of one log, in order. */
export interface LogReader {
  take(line: string): Iterable<Told>;
  /** Nothing follows. */
  end(): Iterable<Told>;
}
