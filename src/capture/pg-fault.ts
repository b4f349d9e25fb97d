// Makes one statement fail for real, in the one call in which the driver hands it to the connection: whatever form it was sent in, all its messages are
// written there. Everything is as before when that call is over.

import type { Sent } from './pg-connection.js';
import type { DriverClient, DriverConnection, DriverQuery } from './pg-driver.js';

/**
 * error: the server answers it with an error (57014), and does not execute it · cut: the connection ends before it is sent · answer lost: it is executed, and the
 * connection ends before its answer is heard · refused: the driver says no.
 */
export type FaultKind = 'error' | 'cut' | 'answer lost' | 'refused';

/** What the server answered where that was kept from the app. */
export interface Unheard {
  /** Tags of its commands: `INSERT 0 1`, `COMMIT`. */
  tags: string[];
  status: 'I' | 'T' | 'E' | null;
}

/** Cancels itself; the sleep is what the cancel meets. */
const CANCELLED = 'select pg_catalog.pg_cancel_backend(pg_catalog.pg_backend_pid()), pg_catalog.pg_sleep(60)';

/** The same without rows, for what cannot take any: COPY. */
const CANCELLED_WITHOUT_ROWS =
  'do $$ begin perform pg_catalog.pg_cancel_backend(pg_catalog.pg_backend_pid()); perform pg_catalog.pg_sleep(60); end $$';

export interface FaultOptions {
  kind: FaultKind;
  /** Parts of its text that are sent as they are, since a later one is to fail: SQL, one after the other. */
  before: readonly string[];
  /** Why the connection must not be cut at this moment; null: it may. */
  spare(): string | null;
  /** What the driver is to say where it refuses. */
  refusal: Error | null;
  /** Where the errors are kept that the app gets because of it. */
  errors: WeakSet<object>;
  /** Called where nobody but us listens to the error of a client whose connection was cut: the process would have ended. */
  crashed(): void;
}

/** One fault of one statement. */
export class Fault {
  /** It was done. */
  struck = false;
  /** Why it was not done when it could have been. */
  spared: string | null = null;
  /** Where its answer is kept from the app: what that was, once it is there. */
  unheard: Unheard | null = null;
  readonly #sent: Sent;
  readonly #options: FaultOptions;

  constructor(sent: Sent, options: FaultOptions) {
    this.#sent = sent;
    this.#options = options;
  }

  /** To be called before the driver is: the statement that it then puts into its queue is the one. */
  arm(): void {
    const { client } = this.#sent;
    if (typeof client._pulseQueryQueue !== 'function') {
      this.spared = "its driver is not pg's own client in JavaScript";
      return;
    }
    // The driver calls it right after it has queued the statement, and hands over from there.
    client._pulseQueryQueue = () => {
      this.handed();
      const query = queueOf(client)?.at(-1);
      if (query !== undefined) this.#standIn(query);
      return client._pulseQueryQueue?.();
    };
  }

  /** The driver has returned. What it did not take by then it has refused. */
  handed(): void {
    Reflect.deleteProperty(this.#sent.client, '_pulseQueryQueue');
  }

  /** The app got this because of it. */
  caused(error: unknown): void {
    if (typeof error === 'object' && error !== null) this.#options.errors.add(error);
  }

  #standIn(query: DriverQuery): void {
    const own = Object.getOwnPropertyDescriptor(query, 'submit');
    const { submit } = query;
    const standIn = (connection: DriverConnection): unknown => {
      if (own === undefined) Reflect.deleteProperty(query, 'submit');
      else Object.defineProperty(query, 'submit', own);
      return this.#strike(connection, query, () => Reflect.apply(submit, query, [connection]));
    };
    Object.defineProperty(query, 'submit', { value: standIn, configurable: true, writable: true });
  }

  #strike(connection: DriverConnection, query: DriverQuery, asUsual: () => unknown): unknown {
    const { kind, spare, refusal } = this.#options;
    this.spared = kind === 'cut' || kind === 'answer lost' ? spare() : null;
    if (this.spared !== null) return asUsual();
    this.struck = true;
    switch (kind) {
      case 'error':
        return this.#answerWithError(connection, query, asUsual);
      case 'cut':
        return this.#cut(connection, asUsual);
      case 'answer lost':
        return this.#loseAnswer(connection, asUsual);
      case 'refused':
        this.#sent.refused = true;
        return refusal;
    }
  }

  /** Another text goes in its place. A statement's name is made known all the same: the app will call it by that again. */
  #answerWithError(connection: DriverConnection, query: DriverQuery, asUsual: () => unknown): unknown {
    const failing = typeof query.handleRowDescription === 'function' ? CANCELLED : CANCELLED_WITHOUT_ROWS;
    // One that is called by its name alone would be forgotten when the driver hears that something was parsed.
    if (typeof query.name === 'string' && query.text === undefined)
      query.text = connection.parsedStatements?.[query.name];
    const { query: sendText, parse, bind } = connection;
    return withMethods(
      connection,
      {
        query: () => Reflect.apply(sendText, connection, [[...this.#options.before, failing].join('; ')]),
        parse: (config, ...more) => {
          if (config.name) Reflect.apply(parse, connection, [config, ...more]);
        },
        bind: (config, ...more) => {
          Reflect.apply(parse, connection, [{ text: failing, name: '', types: [] }, ...more]);
          Reflect.apply(bind, connection, [{ ...config, statement: '', values: [] }, ...more]);
        },
      },
      asUsual,
    );
  }

  /** What the statement writes goes nowhere; its own state is as if it had been sent. */
  #cut(connection: DriverConnection, asUsual: () => unknown): unknown {
    this.#hearError();
    connection.stream.destroy();
    return asUsual();
  }

  /** Until its ReadyForQuery nothing is certain: outside a transaction the server commits last. */
  #loseAnswer(connection: DriverConnection, asUsual: () => unknown): unknown {
    this.#hearError();
    const sent = this.#sent;
    const tags: string[] = [];
    const { emit } = connection;
    connection.emit = (event, ...args) => {
      if (sent.connection.isNext(sent)) {
        const message = (args[0] ?? {}) as { text?: unknown; status?: unknown };
        if (event === 'commandComplete') tags.push(String(message.text));
        if (event === 'readyForQuery') {
          const { status } = message;
          this.unheard = { tags, status: status === 'I' || status === 'T' || status === 'E' ? status : null };
          connection.stream.destroy();
          return true;
        }
      }
      return Reflect.apply(emit, connection, [event, ...args]);
    };
    return asUsual();
  }

  /** Without a listener the client's error would end the process. */
  #hearError(): void {
    const { client } = this.#sent;
    client.prependListener?.('error', (error) => {
      this.caused(error);
      if (client.listenerCount?.('error') === 1) this.#options.crashed();
    });
  }
}

function queueOf(client: DriverClient): readonly DriverQuery[] | undefined {
  return (client._queryQueue ?? (Object.hasOwn(client, 'queryQueue') ? client.queryQueue : undefined)) as
    | readonly DriverQuery[]
    | undefined;
}

/** Replaces methods of an object for the time of one call. */
function withMethods<T extends object>(object: T, methods: Partial<T>, call: () => unknown): unknown {
  const own = Object.keys(methods).map((name) => [name, Object.getOwnPropertyDescriptor(object, name)] as const);
  Object.assign(object, methods);
  try {
    return call();
  } finally {
    for (const [name, descriptor] of own) {
      if (descriptor === undefined) Reflect.deleteProperty(object, name);
      else Object.defineProperty(object, name, descriptor);
    }
  }
}
