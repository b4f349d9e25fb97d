// One connection's side of the protocol: which ReadyForQuery belongs to which statement, and so in which transaction state each
// statement ran. The driver's own memory is stale under pipelining and gone after an error, so this keeps its own.

import type { ConnectionNote, Note } from '../profile/note.js';
import type { Recorder } from '../profile/recorder.js';
import type { Stack, Trace } from './call-site.js';
import type { Context } from './context.js';
import { caught } from './guard.js';
import type { Call } from './pg-call.js';
import type { DriverClient, DriverConnection } from './pg-driver.js';
import type { Fault } from './pg-fault.js';
import { activeQueryOf, isNameTaken, Submitted } from './pg-submitted.js';
import type { Scope } from './scope.js';
import { state } from './state.js';
import type { Trial } from './trial.js';

type Status = Note['statusBefore'];

/** A noted statement on its way through the driver. */
export interface Sent {
  readonly scope: Scope;
  /** Its place among the scope's notes. */
  readonly note: number;
  readonly call: Call;
  readonly client: DriverClient;
  readonly connection: Connection;
  /** Its stack, where one was taken. */
  readonly trace: Trace | null;
  /** Where it was sent from, if it is opaque: its handlers are to run there. */
  readonly context: Context | null;
  /** The driver will refuse it when its turn has come. */
  refused: boolean;
  /** How it is made to fail, where it is. */
  fault: Fault | null;
}

/** What is noted of a statement so far. */
export function noteOf({ scope, note }: Sent): Note {
  return scope.recorder.notes.at(note);
}

/** What pg says when it gives up waiting; the server may still answer. */
const TIMEOUT_MESSAGE = 'Query read timeout';

const NEVER_SENT = { message: 'The driver did not send it.' };
const NO_ANSWER = { message: 'The connection ended before the answer came.' };

export class Connection {
  readonly note: ConnectionNote;
  /** Time that its holder waited for it and no statement has taken over yet, in ms. */
  waitMs = 0;
  /** The stack where its holder took it from the pool. */
  connected: Stack | null = null;
  /** When its holder asked the pool for it, where no statement has taken that over yet: the scope's id and the place among its events. */
  asked: { readonly scope: string; readonly order: number } | null = null;
  #status: Status = null;
  /** Sent, and their ReadyForQuery still to come, in the order sent; null: sent outside any scope. */
  readonly #unready: (Sent | null)[] = [];
  /** What its last statement is tried by. */
  trial: Trial | null = null;
  /** It is over: the socket has closed. */
  ended = false;
  readonly #protocol: DriverConnection | null;
  /** Made with the first statement that answers for itself. */
  #submitted: Submitted | null = null;

  constructor(client: DriverClient) {
    const protocol = client.connection;
    this.#protocol = typeof protocol?.prependListener === 'function' ? protocol : null;
    this.note = {
      host: typeof client.host === 'string' ? client.host : '',
      port: Number(client.port) || 0,
      database: typeof client.database === 'string' ? client.database : '',
      pool: null,
      native: this.#protocol === null,
      statusSource: this.#protocol === null ? 'text' : 'protocol',
    };
    if (this.#protocol !== null) this.#listen(client, this.#protocol);
  }

  /** The state it is in; null where the driver hides that, or where statements are under way that may still change it. */
  get status(): Status {
    return this.#unready.length === 0 ? this.#status : null;
  }

  /** Will the server's next answer be to this one? */
  isNext(sent: Sent): boolean {
    return this.#unready[0] === sent;
  }

  /** What the server has not answered yet, in the order sent; null: sent outside any scope. */
  get underWay(): readonly (Sent | null)[] {
    return this.#unready;
  }

  /** Does a statement wait that it was not told of, since it was sent outside any scope? */
  hasUnseen(client: DriverClient): boolean {
    return outstanding(client) > this.#unready.length;
  }

  /** A statement is about to be handed to the driver. */
  sending(sent: Sent): void {
    this.trial = sent.scope.trial;
    if (this.#protocol === null) {
      if (sent.call.opaque) sent.scope.recorder.end(sent.note);
      return;
    }
    for (let unseen = outstanding(sent.client) - this.#unready.length; unseen > 0; unseen--) this.#unready.push(null);
    this.#unready.push(sent);
    if (!sent.call.opaque) return;
    this.#submitted ??= new Submitted(sent.client, this.#protocol, this.#unready, (lost) => this.#lose(lost));
    this.#submitted.sending();
  }

  /** An opaque statement was handed to the driver. */
  handed(sent: Sent): void {
    this.#submitted?.handed(sent);
  }

  /** The driver threw: it never took the statement. */
  threw(sent: Sent, error: unknown): void {
    this.#withdraw(sent);
    settle(sent, (recorder) => recorder.fail(sent.note, error));
  }

  /** The driver gave up on a statement, or the server refused it. */
  failed(sent: Sent, error: unknown): void {
    sent.fault?.caused(error);
    if (wasRefused(sent, error, this.#unready[0] === sent)) this.#withdraw(sent);
    settle(sent, (recorder) => recorder.fail(sent.note, error));
  }

  /** The driver answered a statement, so its ReadyForQuery has come, and those before it. */
  succeeded(sent: Sent, result: unknown): void {
    const place = this.#unready.length === 0 ? -1 : this.#unready.indexOf(sent);
    if (place !== -1) this.#unready.splice(0, place + 1);
    const { scope } = sent;
    if (scope.closed) return;
    // As settle() does, on the way that nearly all statements take.
    try {
      scope.recorder.answer(sent.note, result);
      scope.answered();
    } catch (error) {
      caught(error, scope);
    }
  }

  /** The driver gave an opaque statement up before it was sent; only the statement itself was told why. */
  #lose(sent: Sent): void {
    this.#withdraw(sent);
    settle(sent, (recorder) => recorder.fail(sent.note, NEVER_SENT));
  }

  #withdraw(sent: Sent): void {
    const place = this.#unready.indexOf(sent);
    if (place !== -1) this.#unready.splice(place, 1);
  }

  #listen(client: DriverClient, protocol: DriverConnection): void {
    this.#status = firstStatus(client);
    protocol.prependListener('readyForQuery', (message) => {
      const before = this.#status;
      this.#status = statusOf(message?.status);
      // The first one answers the start-up, not a statement; statements may have queued up before it.
      if (client._connecting !== true) this.#ready(before);
    });
    protocol.prependListener('errorMessage', (message) => {
      const sent = this.#unready[0];
      if (sent === undefined || sent === null) return;
      sent.fault?.caused(message);
      if (!sent.call.opaque) noteDone(sent);
      else settle(sent, (recorder) => recorder.fail(sent.note, message));
    });
    protocol.prependListener('end', () => {
      this.ended = true;
      for (const sent of this.#unready.splice(0)) {
        if (sent?.call.opaque) settle(sent, (recorder) => recorder.fail(sent.note, NO_ANSWER));
      }
    });
  }

  #ready(before: Status): void {
    const sent = this.#unready.shift();
    // What was sent outside any scope may have begun a transaction of its own.
    if (sent === undefined || sent === null) this.trial = null;
    if (sent === undefined || sent === null || sent.scope.closed) return;
    sent.scope.recorder.status(sent.note, before, this.#status);
    if (sent.call.opaque) settle(sent, (recorder) => recorder.end(sent.note));
  }
}

/** Tells the recorder how a statement ended, unless its scope has closed: a closed scope never changes. Never throws. */
function settle(sent: Sent, tell: (recorder: Recorder) => void): void {
  const { scope } = sent;
  if (scope.closed) return;
  try {
    tell(scope.recorder);
    scope.answered();
  } catch (error) {
    caught(error, scope);
  }
}

/** A part of its text failed: the driver forgets the results of those before it, which may have been committed. */
function noteDone({ client, scope, note }: Sent): void {
  if (scope.closed) return;
  try {
    const { _results: results } = (activeQueryOf(client) ?? {}) as { _results?: unknown };
    const done = (Array.isArray(results) ? results : [results]).filter((result) => typeof result?.command === 'string');
    if (done.length > 0) scope.recorder.partly(note, done);
  } catch (error) {
    caught(error, scope);
  }
}

/** The connection of a Client; its memory starts with the first statement that is noted on it. */
export function connectionOf(client: DriverClient): Connection {
  let connection = state.connections.get(client);
  if (connection === undefined) {
    connection = new Connection(client);
    state.connections.set(client, connection);
  }
  return connection;
}

/** The state of a connection when it is first seen: a new one is in no transaction; of a used one only newer drivers can tell. */
function firstStatus(client: DriverClient): Status {
  if (client.hasExecuted !== true) return 'I';
  return typeof client.getTransactionStatus === 'function' ? statusOf(client.getTransactionStatus()) : null;
}

/** Statements that the driver has taken and the server has not finished. */
function outstanding(client: DriverClient): number {
  const active = client.readyForQuery === false ? 1 : 0;
  const queue = client._queryQueue ?? (Object.hasOwn(client, 'queryQueue') ? client.queryQueue : undefined);
  return active + (queue?.length ?? 0) + (client._sentQueryQueue?.length ?? 0);
}

/**
 * Did the driver refuse the statement without sending it? The server's errors have a severity, and a ReadyForQuery follows them. So does one
 * after a value that could not be written (the driver then sends Close and Sync) and after a statement that timed out while it ran.
 * `isNext`: it is the one that the next ReadyForQuery answers, so it was running and not waiting.
 */
function wasRefused(sent: Sent, error: unknown, isNext: boolean): boolean {
  if (sent.refused) return true;
  const { severity, message } = (error ?? {}) as { severity?: unknown; message?: unknown };
  if (typeof severity === 'string') return false;
  if (message === TIMEOUT_MESSAGE) return !isNext && sent.client.pipeline !== true;
  return isNameTaken(sent);
}

function statusOf(byte: unknown): Status {
  return byte === 'I' || byte === 'T' || byte === 'E' ? byte : null;
}
