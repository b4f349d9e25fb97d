// The statements of one connection that answer for themselves, from being handed to the driver to their ReadyForQuery: what of the
// server's messages is noted for them, and which of them the driver never took.

import type { DriverField } from '../profile/row-layout.js';
import type { RowWindow } from '../profile/row-window.js';
import { caught } from './guard.js';
import type { Sent } from './pg-connection.js';
import type { DriverClient, DriverConnection } from './pg-driver.js';
import { type Message, MessageTap } from './pg-messages.js';
import { state } from './state.js';

export class Submitted {
  readonly #client: DriverClient;
  readonly #protocol: DriverConnection;
  /** The connection's statements on their way; the first is the one that the server answers. */
  readonly #unready: readonly (Sent | null)[];
  /** Called with one that will not be answered, because the driver gave it up before it was sent. */
  readonly #givenUp: (sent: Sent) => void;
  readonly #windows = new WeakMap<Sent, RowWindow>();
  #tap: MessageTap | null = null;

  constructor(
    client: DriverClient,
    protocol: DriverConnection,
    unready: readonly (Sent | null)[],
    givenUp: (sent: Sent) => void,
  ) {
    this.#client = client;
    this.#protocol = protocol;
    this.#unready = unready;
    this.#givenUp = givenUp;
  }

  /** One is about to be handed to the driver. */
  sending(): void {
    this.#tap ??= new MessageTap(this.#protocol, (event, message, emit) => this.#handle(event, message, emit));
  }

  /** It was handed over; a client that was ended, or that pipelines, does not take it. */
  handed(sent: Sent): void {
    if (!this.#isTaken(sent)) this.#givenUp(sent);
    this.#restWhenDone();
  }

  #handle(event: string, message: Message, emit: () => unknown): unknown {
    // What comes first answers the start-up, though statements may have queued up before it.
    const sent = this.#client._connecting === true ? null : this.#unready[0];
    const result = sent?.call.opaque ? this.#answer(sent, event, message, emit) : emit();
    if (event === 'readyForQuery') this.#goOn();
    return result;
  }

  #answer(sent: Sent, event: string, message: Message, emit: () => unknown): unknown {
    try {
      if (!sent.scope.closed) this.#note(sent, event, message);
    } catch (error) {
      caught(error, sent.scope);
    }
    return state.storage.run(sent.context ?? undefined, emit);
  }

  #note(sent: Sent, event: string, message: Message): void {
    switch (event) {
      case 'rowDescription':
        if (Array.isArray(message.fields)) this.#windowOf(sent).describe(message.fields as DriverField[]);
        break;
      case 'dataRow':
        if (Array.isArray(message.fields)) this.#windowOf(sent).add(message.fields);
        break;
      case 'copyInResponse':
        this.#windowOf(sent).takesRows();
        break;
      case 'commandComplete':
        this.#windowOf(sent).complete(message.text);
        break;
    }
  }

  #windowOf(sent: Sent): RowWindow {
    let window = this.#windows.get(sent);
    if (window === undefined) {
      window = sent.scope.recorder.follow(sent.note);
      this.#windows.set(sent, window);
    }
    return window;
  }

  /** The driver has sent the next one by now, unless that timed out while it waited. */
  #goOn(): void {
    try {
      for (let next = this.#unready[0]; next?.call.opaque && !this.#isTaken(next); next = this.#unready[0])
        this.#givenUp(next);
    } catch (error) {
      caught(error);
    }
    this.#restWhenDone();
  }

  /** Has the driver sent it, or put it into its queue? Only where the object itself is in the driver's hands can that be told. */
  #isTaken(sent: Sent): boolean {
    const { submittable } = sent.call;
    if (submittable === null) return true;
    const client = this.#client;
    const queue = client._queryQueue ?? ownOf(client, 'queryQueue');
    if (queue?.includes(submittable)) return true;
    // The driver refuses it when its turn has come, and goes on without a ReadyForQuery.
    if (sent.refused || isNameTaken(sent)) return false;
    return activeQueryOf(client) === submittable || client._sentQueryQueue?.includes(submittable) === true;
  }

  #restWhenDone(): void {
    if (this.#tap === null || this.#unready.some((sent) => sent?.call.opaque)) return;
    this.#tap.stop();
    this.#tap = null;
  }
}

/** The statement that the server answers. */
export function activeQueryOf(client: DriverClient): unknown {
  return '_activeQuery' in client ? client._activeQuery : ownOf(client, 'activeQuery');
}

/** In newer drivers the old names are getters of the prototype, which warn. */
function ownOf<Name extends 'queryQueue' | 'activeQuery'>(
  client: DriverClient,
  name: Name,
): DriverClient[Name] | undefined {
  return Object.hasOwn(client, name) ? client[name] : undefined;
}

/** A prepared statement cannot have the name of another one: the driver refuses it. */
export function isNameTaken({ call: { name, text }, client: { connection } }: Sent): boolean {
  if (typeof name !== 'string' || name === '') return false;
  const parsed = connection?.parsedStatements?.[name] ?? connection?.submittedNamedStatements?.[name];
  return parsed !== undefined && parsed !== text;
}
