// The slice of pg that queryscope uses, declared here because pg is never imported: the app brings its own, often several copies
// of different versions, and whatever has this form is patched.

/** What a Client's `query` takes besides a text: a query config, or a Submittable (a pg-cursor, a query stream, pg's own Query). */
export interface DriverConfig {
  text?: unknown;
  values?: unknown;
  name?: unknown;
  callback?: unknown;
  /** A Submittable writes to the connection by itself. */
  submit?: unknown;
  /** Rows fetched at a time through a portal. */
  rows?: unknown;
  /** Some Submittables (a query stream) keep their statement in a cursor. */
  cursor?: { text?: unknown; values?: unknown };
}

export type DriverCallback = (this: unknown, ...args: unknown[]) => unknown;

/** The emitter of protocol messages below a JavaScript Client. The native Client has none. */
export interface DriverConnection {
  prependListener(event: 'readyForQuery', listener: (message?: { status?: unknown }) => void): unknown;
  prependListener(event: 'errorMessage', listener: (message: unknown) => void): unknown;
  prependListener(event: 'end', listener: () => void): unknown;
  emit(event: unknown, ...args: unknown[]): boolean;
  /** Writes a simple query. */
  query(text: string): unknown;
  /** Writes the messages of the extended protocol. */
  parse(config: { text: unknown; name?: unknown; types?: unknown }, ...more: unknown[]): unknown;
  bind(config: { statement?: unknown; values?: unknown }, ...more: unknown[]): unknown;
  /** Its socket. */
  stream: { destroy(): unknown };
  /** Text of each named statement that the server has parsed. */
  parsedStatements?: Record<string, unknown>;
  /** Text of each named statement that is on its way to the server (newer drivers). */
  submittedNamedStatements?: Record<string, unknown>;
}

/** A statement as the driver queues it: a Query of its own, or the app's Submittable. */
export interface DriverQuery {
  submit(connection: DriverConnection): unknown;
  text?: unknown;
  name?: unknown;
  /** What takes rows has it. */
  handleRowDescription?: unknown;
}

export interface DriverClient {
  query(config: unknown, values?: unknown, callback?: unknown): unknown;
  host?: unknown;
  port?: unknown;
  database?: unknown;
  /** Gives it back to its pool, which makes it anew each time that it hands the client out. */
  release?: unknown;
  connection?: DriverConnection;
  /** True until the first ReadyForQuery. */
  _connecting?: boolean;
  /** False from sending a statement to its ReadyForQuery. */
  readyForQuery?: boolean;
  /** True once a statement was sent. */
  hasExecuted?: boolean;
  /** Statements not yet sent. */
  _queryQueue?: readonly unknown[];
  /** Its name in older drivers; in newer ones a getter of the prototype, which warns. */
  queryQueue?: readonly unknown[];
  /** The statement that the server answers. */
  _activeQuery?: unknown;
  /** Its name in older drivers; in newer ones as `queryQueue`. */
  activeQuery?: unknown;
  /** Statements sent behind the active one (pg 8.23 and later, in pipeline mode). */
  _sentQueryQueue?: readonly unknown[];
  pipeline?: boolean;
  /** Hands what waits to the connection, as far as that is free. */
  _pulseQueryQueue?(): unknown;
  prependListener?(event: 'error', listener: (error: unknown) => void): unknown;
  listenerCount?(event: 'error' | 'end'): number;
  /** The status byte of the last ReadyForQuery (pg 8.21 and later). */
  getTransactionStatus?(): unknown;
  /** Text of each named statement of a native Client. */
  namedQueries?: Record<string, unknown>;
}

/** pg-pool's Pool, or what behaves like it. */
export interface DriverPool {
  connect(callback?: unknown): unknown;
  query(config: unknown, values?: unknown, callback?: unknown): unknown;
  Client?: { prototype?: unknown };
  readonly idleCount?: number;
  readonly totalCount?: number;
  readonly waitingCount?: number;
  /** True from the call of `end` on. */
  readonly ending?: boolean;
  readonly ended?: boolean;
  options?: { max?: unknown; min?: unknown };
  /** Its connections, those that are being opened among them. */
  readonly _clients?: readonly DriverClient[];
  on?(event: 'connect' | 'acquire', listener: (client: DriverClient) => void): unknown;
  on?(event: 'release', listener: (error: unknown, client: DriverClient) => void): unknown;
  /** Ends a client of it, also one that idles. */
  _remove?(client: object): unknown;
}

/** The module `pg`: both constructors, under the names that it exports. */
export interface DriverModule {
  Client: { prototype: object };
  Pool: { prototype: object };
}

/** A promise of whatever class the driver was told to use. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
