// The proof: what stayed when each write of a function was made to fail. Plain data, for whoever asked for it and for outputs; how it comes about
// stands in prove/.

import type { CallSite } from '../profile/types.js';
import type { Report } from './report.js';

/** A write that the function sends when all goes well. */
export interface ProvenWrite {
  /** 1-based, in the order in which they were sent. */
  number: number;
  /** `INSERT INTO transfer`. */
  deed: string;
  /** As sent, with literals replaced by `?` (unless values are sampled). */
  sql: string;
  /** Rows that it changed; null: the server did not say. */
  rows: number | null;
  /** The writes of one transaction have one number; null: it was committed on its own. */
  transaction: number | null;
  callSite: CallSite | null;
}

/**
 * error: the server answered with an error (57014), once · cut: the connection ended before the statement was sent · answer lost: the server did it, and the connection ended
 * before its answer was heard.
 */
export type FailedHow = 'error' | 'cut' | 'answer lost';

/**
 * What became of the data.
 *
 * - `rolled back`: nothing stayed, and the caller was told.
 * - `torn`: a part of the writes stayed.
 * - `compensated`: what stayed was taken back by later writes.
 * - `retried`: it was sent again, and everything stayed, once.
 * - `done twice`: it was sent again, though a part of it, or all, had stayed.
 * - `swallowed`: the caller was told that all went well, though not everything is there.
 * - `savepoint`: the failed part was undone to a savepoint, and the rest was committed.
 * - `new writes`: nothing of it stayed but what was only written because of the failure.
 * - `unknown`: everything stayed, and the caller was told that it had failed: the answer to COMMIT was lost.
 * - `timed out`: the function had not come to an end when its time was over.
 */
export type ProofOutcome =
  | 'rolled back'
  | 'torn'
  | 'compensated'
  | 'retried'
  | 'done twice'
  | 'swallowed'
  | 'savepoint'
  | 'new writes'
  | 'unknown'
  | 'timed out';

/** A write that was committed in a run, though another was made to fail. */
export interface StayedWrite {
  /** The number of the write that it is when all goes well; null: it was only sent because of the failure. */
  write: number | null;
  deed: string;
  sql: string;
  /** The bound values as text, only where `values: 'sample'` asked for it. */
  values?: string[];
  /** Rows that it changed; null: the server did not say. */
  rows: number | null;
  /** Sent before the one that failed · that one itself, whose answer was lost · beside it, before its failure was known · after that. */
  when: 'before' | 'itself' | 'beside' | 'after';
  callSite: CallSite | null;
}

/** One run in which one statement failed. */
export interface ProofRun {
  /** The number of the write that failed, or, where it was a COMMIT, of the last write that this would have committed. */
  failed: number;
  /** Was it the write, or the COMMIT behind it? */
  at: 'write' | 'commit';
  how: FailedHow;
  outcome: ProofOutcome;
  /** Is the data whole: nothing of the writes is there, or all of it, once? */
  atomic: boolean;
  /** Everything that was committed, also what took other writes back. In the order in which it was sent. */
  stayed: StayedWrite[];
  /** Was what stayed taken back? `proven` by the invariant, `likely` by what was written; null: it was not, or nothing had to be. */
  compensated: 'proven' | 'likely' | null;
  /** What the invariant said of the data afterwards; null: none was given. */
  invariant: boolean | null;
  /** What the caller was told: the status of the request that the write failed in, or of none; the name of the error that the function ended with, and its code. */
  answered: { status: number | null; error: string | null };
  /** The process would have ended: nobody listened to the error of a client that lost its connection, or handled a rejection. What was sent after that does not count. */
  crashed: boolean;
  /** Of this run; it went to no output. */
  report: Report;
}

/** A failure that was not tried, with the reason. */
export interface UntriedFailure {
  failed: number;
  at: 'write' | 'commit';
  how: FailedHow;
  why: string;
}

/** What `proveAtomic` answers. */
export interface Proof {
  format: 1;
  label: string;
  /** In every run the data was whole, and every failure that can be tried was. */
  atomic: boolean;
  writes: ProvenWrite[];
  /** In the order of the writes. */
  runs: ProofRun[];
  /** Failures that could not be tried. A connection that nobody would replace is not cut; that alone takes nothing from the proof. */
  untried: UntriedFailure[];
  /** Why it could not go on; null: it came to its end. */
  stopped: string | null;
  /** Of the first run, in which nothing failed. */
  report: Report;
}
