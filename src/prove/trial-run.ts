// One run of the function under proof, from opening its scope to putting right what it left behind: clients that were not given back, and transactions that
// were left open.

import { driversQuery } from '../capture/drivers-query.js';
import { type Connection, noteOf } from '../capture/pg-connection.js';
import { poolOf } from '../capture/pool-ordinals.js';
import type { Scope } from '../capture/scope.js';
import { alarmIn, clock, type Deadline, deadlineIn, dropDeadline, nextTurn } from '../capture/timers.js';
import type { Trial } from '../capture/trial.js';
import { nameOfError } from '../errors.js';
import type { Report } from '../report/report.js';
import type { Work } from './prove-options.js';

/** How the function ended. */
export interface Ended {
  /** It threw, or its time was over. */
  failed: boolean;
  error: unknown;
  timedOut: boolean;
  report: Report;
}

export interface RunOptions {
  timeoutMs: number;
  /** Are clients that the function has not given back to be taken away? Not where it keeps some when all goes well. */
  takesBack: boolean;
}

/** Runs it once, and answers when everything that it sent has been answered. */
export async function runTrial(
  fn: Work,
  scope: Scope,
  trial: Trial,
  { timeoutMs, takesBack }: RunOptions,
): Promise<Ended> {
  const outcome = await scope.run(() => outcomeInTime(fn, timeoutMs));
  if (outcome.timedOut) trial.end('given up');
  else await quiet(trial, takesBack, Math.min(timeoutMs, QUIET_MS));
  scope.end({ status: null, error: outcome.failed ? failureOf(outcome) : null, aborted: false });
  const report = (await scope.reported()) as Report;
  await concluded(trial);
  if (!outcome.timedOut) trial.end('over');
  await putRight(trial, takesBack || outcome.timedOut, timeoutMs);
  return { ...outcome, report };
}

interface Outcome {
  failed: boolean;
  error: unknown;
  timedOut: boolean;
}

const TIMED_OUT: Outcome = { failed: true, error: null, timedOut: true };

async function outcomeInTime(fn: Work, ms: number): Promise<Outcome> {
  let deadline: Deadline | undefined;
  const late = new Promise<Outcome>((resolve) => {
    deadline = alarmIn(ms, () => resolve(TIMED_OUT));
  });
  try {
    return await Promise.race([outcomeOf(fn), late]);
  } finally {
    if (deadline !== undefined) dropDeadline(deadline);
  }
}

async function outcomeOf(fn: Work): Promise<Outcome> {
  try {
    await fn();
    return { failed: false, error: null, timedOut: false };
  } catch (error) {
    return { failed: true, error, timedOut: false };
  }
}

/** How it failed. */
export function failureOf({ error, timedOut }: Pick<Outcome, 'error' | 'timedOut'>): string {
  return timedOut ? 'no answer in time' : nameOfError(error);
}

/** A branch of the code that nobody waits for may still hold a client, or wait for one. One that was forgotten is not waited for much longer, in ms. */
const QUIET_MS = 1_000;

async function quiet(trial: Trial, takesBack: boolean, ms: number): Promise<void> {
  const until = clock() + ms;
  // Two turns in a row: what the app does with an answer may be another statement.
  for (let turns = 0; turns < 2; turns++) {
    while ((trial.isBusy || (takesBack && trial.held.size > 0)) && clock() < until) {
      turns = 0;
      await pause();
    }
    await turn();
  }
}

const turn = (): Promise<void> => new Promise((resume) => nextTurn(resume));
const pause = (): Promise<void> => new Promise((resume) => alarmIn(1, resume));

/** Waits for what was sent after the function had settled, as long as one statement leads to the next. */
async function concluded(trial: Trial): Promise<void> {
  for (;;) {
    const ended = [...trial.scopes].filter((scope) => scope.ended);
    if (ended.length === 0) return;
    await Promise.all(ended.map((scope) => scope.reported()));
    await turn();
  }
}

/** Nobody who gets one of its clients next shall be in its transaction, or wait behind a statement that is never answered. */
async function putRight(trial: Trial, takesBack: boolean, timeoutMs: number): Promise<void> {
  if (takesBack) {
    for (const client of trial.held) (client.release as (destroy: boolean) => void)(true);
    trial.held.clear();
  }
  const used = [...trial.connections];
  await answered(used.map(([connection]) => connection));
  // Others may have taken a client from its pool meanwhile, and be in a transaction of theirs.
  const own = used.filter(([connection, client]) => connection.trial === trial && !connection.hasUnseen(client));
  for (const [{ underWay, note }, client] of own) {
    if (underWay.length > 0 && note.pool !== null) poolOf(note.pool)?._remove?.(client);
  }
  const open = own.filter(([connection]) => isLeftOpen(connection, trial));
  await Promise.all(open.map(([, client]) => inTime(driversQuery(client)('rollback'), timeoutMs)));
  for (const [connection] of own) connection.trial = null;
}

/** Is it in a transaction that the run began? One that was open before is somebody else's. */
function isLeftOpen(connection: Connection, { steps }: Trial): boolean {
  const { ended, status } = connection;
  const first = steps.find(({ sent }) => sent.connection === connection)?.sent;
  const before = first === undefined ? null : noteOf(first).statusBefore;
  return !ended && (status === 'T' || status === 'E') && before !== 'T' && before !== 'E';
}

/** An error reaches the app before the connection is ready again; more than this it never takes, in ms. */
const READY_MS = 200;

async function answered(connections: readonly Connection[]): Promise<void> {
  const until = clock() + READY_MS;
  while (connections.some(({ underWay, ended }) => !ended && underWay.length > 0) && clock() < until) await pause();
}

/** It is no matter whether it succeeds: a connection that has ended meanwhile has rolled back. */
async function inTime(answer: PromiseLike<unknown>, ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const deadline = deadlineIn(ms, resolve);
    const settle = (): void => {
      dropDeadline(deadline);
      resolve();
    };
    answer.then(settle, settle);
  });
}
