// What stands in for pg-pool's `query` and `connect`. A pool hands a client on from inside somebody else's release, so what is
// called back there has to be returned to the scope it came from, "no scope" included.

import { awaitsAnswer, captureAnswer, type Stack, type Trace } from './call-site.js';
import { bindTo, type Context } from './context.js';
import { caught, guarded } from './guard.js';
import { passOn, withFurther } from './pass-on.js';
import type { Patch } from './patches.js';
import { textOfPoolCall } from './pg-call.js';
import { watchRelease } from './pg-checkout.js';
import { type Connection, connectionOf } from './pg-connection.js';
import { type DriverCallback, type DriverClient, type DriverPool, isThenable } from './pg-driver.js';
import { ordinalOf } from './pool-ordinals.js';
import { watched } from './pool-watch.js';
import type { Scope } from './scope.js';
import type { Form } from './site-memory.js';
import { type PoolCall, state } from './state.js';
import { clock } from './timers.js';

const { storage } = state;

type PoolQuery = (this: DriverPool, config?: unknown, values?: unknown, callback?: unknown) => unknown;
type PoolConnect = (this: DriverPool, callback?: unknown, ...more: unknown[]) => unknown;

export function wrapPoolQuery(patch: Patch): PoolQuery {
  const original = patch.original as PoolQuery;
  return function query(this: DriverPool, config, values, callback) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would allocate where there is nothing to do.
    const count = arguments.length;
    // biome-ignore lint/complexity/noArguments: as above.
    const pool = count > 3 ? withFurther(original, arguments) : original;
    const context = storage.getStore();
    if (context === undefined || context.scope === null) return outside(pool, this, count, config, values, callback);
    if (state.queryAbove === this || !patch.active) return passOn(pool, this, count, config, values, callback);
    const { scope } = context;
    const inSecond = typeof values === 'function';
    const inThird = !inSecond && typeof callback === 'function';
    const call = callFrom(this, config, context, scope, inSecond || inThird ? 1 : 0, query);
    // The pool may call back from an event of the client's.
    const second = inSecond ? bindTo(context, values as DriverCallback) : values;
    const third = inThird ? bindTo(context, callback as DriverCallback) : callback;
    state.poolCall = call;
    let result: unknown;
    try {
      result = passOn(pool, this, count, config, second, third);
    } finally {
      state.poolCall = null;
    }
    if (!isThenable(result)) return result;
    const trace = call === null ? null : call.trace;
    // Promises that are settled in one turn are heard in that order where each of them is as far from its driver's.
    return trace !== null && awaitsAnswer(trace) ? answering(result, trace) : result.then();
  };
}

function outside(
  original: PoolQuery,
  pool: DriverPool,
  count: number,
  config: unknown,
  values: unknown,
  callback: unknown,
): unknown {
  state.queryOutside = pool;
  try {
    return passOn(original, pool, count, config, values, callback);
  } finally {
    state.queryOutside = null;
  }
}

/** As of a client's query, where the stack of whoever awaits it may be wanted. */
function answering(result: PromiseLike<unknown>, trace: Trace): unknown {
  return result.then(
    function answered(value) {
      captureAnswer(trace, answered);
      return value;
    },
    function refused(error) {
      captureAnswer(trace, refused);
      throw error;
    },
  );
}

/** The same above pg's own: what that calls in turn, be it pg's own or not, has been seen here. */
export function wrapPoolQueryAbove(patch: Patch): PoolQuery {
  return wrapPoolQuery(marking(patch, 'queryAbove'));
}

/** The patch with an original that marks its pool for as long as it is called. */
function marking(patch: Patch, mark: 'queryAbove' | 'connectAbove'): Patch {
  function original(this: DriverPool): unknown {
    state[mark] = this;
    try {
      // biome-ignore lint/complexity/noArguments: handed on as they came.
      return Reflect.apply(patch.original, this as never, arguments as unknown as never[]);
    } finally {
      state[mark] = null;
    }
  }
  return Object.create(patch, { original: { value: original } });
}

/** What only Pool.query knows of the statement to come; null where its text cannot be read, so that Client.query is left to find out. */
function callFrom(
  pool: DriverPool,
  config: unknown,
  context: Context,
  scope: Scope,
  form: Form,
  above: PoolQuery,
): PoolCall | null {
  try {
    const text = typeof config === 'string' ? config : textOfPoolCall(config);
    if (text === null) return null;
    return {
      context,
      trace: scope.sites.capture(text, form, above, null),
      late: scope.late,
      order: scope.recorder.order(),
      askedAt: mustWait(pool) ? clock() : null,
      client: null,
      connection: null,
    };
  } catch {
    return null; // A getter of the app's that throws; the driver will meet it too.
  }
}

export function wrapPoolConnect(patch: Patch): PoolConnect {
  const unwatched = patch.original as PoolConnect;
  const timed = watched(unwatched);
  return function connect(this: DriverPool, callback, second, third) {
    // biome-ignore lint/complexity/noArguments: as in query().
    const count = arguments.length;
    const awaited = state.poolWatchers.size === 0 || state.connectAbove === this ? unwatched : timed;
    // biome-ignore lint/complexity/noArguments: as in query().
    const original = count > 3 ? withFurther(awaited, arguments) : awaited;
    if (state.connectAbove === this || !patch.active) return passOn(original, this, count, callback, second, third);
    const call = state.poolCall;
    state.poolCall = null;
    if (call !== null && typeof callback === 'function') {
      const acquired = handingOver(this, call, callback as DriverCallback);
      return passOn(original, this, count, acquired, second, third);
    }
    const queues = typeof callback === 'function' && (state.openScopes > 0 || isSaturated(this));
    if (state.queryOutside === this && !queues) return passOn(original, this, count, callback, second, third);
    const context = storage.getStore();
    if (context === undefined || context.scope === null) {
      const first = queues ? bindTo(context, callback as DriverCallback) : callback;
      return passOn(original, this, count, first, second, third);
    }
    const arrival = expectClient(this, context, connect);
    if (typeof callback === 'function') {
      const acquired = hearing(context, callback as DriverCallback, arrival);
      return passOn(original, this, count, acquired, second, third);
    }
    return arriving(passOn(original, this, count, callback, second, third), arrival);
  };
}

function arriving(result: unknown, arrival: (client: unknown) => void): unknown {
  if (!isThenable(result)) return result;
  return result.then(
    (client) => {
      arrival(client);
      return client;
    },
    (error) => {
      arrival(null);
      throw error;
    },
  );
}

/** As {@link wrapPoolQueryAbove}. */
export function wrapPoolConnectAbove(patch: Patch): PoolConnect {
  return wrapPoolConnect(marking(patch, 'connectAbove'));
}

/** For a caller that asks for the client itself: remembers the moment; what it answers is to be called with the client when that has come, or null. */
function expectClient(pool: DriverPool, context: Context, above: PoolConnect): (client: unknown) => void {
  const { scope } = context;
  const askedAt = clock();
  const asked = scope === null ? null : { scope: scope.id, order: scope.recorder.order() };
  const connected: Stack | null = scope === null ? null : guarded(() => scope.sites.captureConnect(above), scope);
  scope?.trial?.asksForClient();
  return (client) => {
    arrived(pool, client, askedAt, asked, connected, scope);
    scope?.trial?.gotClient(client as DriverClient | null);
    if (client !== null && scope !== null && !scope.closed)
      guarded(() => watchRelease(client as DriverClient, scope), scope);
  };
}

function arrived(
  pool: DriverPool,
  client: unknown,
  askedAt: number,
  asked: Connection['asked'],
  connected: Stack | null,
  scope: Scope | null,
): void {
  if (typeof client !== 'object' || client === null) return;
  try {
    const connection = connectionIn(pool, client as DriverClient);
    connection.waitMs = clock() - askedAt;
    connection.asked = asked;
    connection.connected = connected;
  } catch (error) {
    caught(error, scope);
  }
}

function connectionIn(pool: DriverPool, client: DriverClient): Connection {
  const connection = connectionOf(client);
  if (connection.note.pool === null) connection.note.pool = ordinalOf(pool);
  return connection;
}

/** The app's callback, in the scope that asked. */
function hearing(context: Context, callback: DriverCallback, arrival: (client: unknown) => void): DriverCallback {
  return function acquired(this: unknown, ...given: unknown[]): unknown {
    const [error, client, release] = given;
    if (error) arrival(null);
    else {
      const isOwn = typeof release === 'function' && release === (client as DriverClient).release;
      arrival(client);
      // The same function under two names, and so it stays.
      if (isOwn) given[2] = (client as DriverClient).release;
    }
    return storage.run(context, Reflect.apply<unknown, unknown[], unknown>, callback, this, given);
  };
}

/** Pool.query's own callback: it sends the statement at once, and Client.query is told where that came from. */
function handingOver(pool: DriverPool, call: PoolCall, callback: DriverCallback): DriverCallback {
  const trial = call.context.scope?.trial ?? null;
  trial?.asksForClient();
  return function acquired(this: unknown, error: unknown, client: unknown, release: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: as in query().
    const count = arguments.length;
    trial?.gotClient(null);
    if (error || typeof client !== 'object' || client === null)
      return passOn(callback, this, count, error, client, release);
    takeOver(call, pool, client);
    state.handover = call;
    try {
      return passOn(callback, this, count, error, client, release);
    } finally {
      state.handover = null;
    }
  };
}

function takeOver(call: PoolCall, pool: DriverPool, client: object): void {
  call.client = client;
  try {
    const connection = connectionIn(pool, client as DriverClient);
    connection.waitMs = 0;
    connection.asked = null;
    connection.connected = null;
    call.connection = connection;
  } catch (error) {
    caught(error, call.context.scope);
  }
}

/** Is there no client at hand for the next call? */
function mustWait({ idleCount = 0, waitingCount = 0 }: DriverPool): boolean {
  return idleCount === 0 || waitingCount > 0;
}

/** Will the next call have to wait until somebody releases a client? */
function isSaturated(pool: DriverPool): boolean {
  const { idleCount = 0, totalCount = 0, waitingCount = 0 } = pool;
  const max = Number(pool.options?.max ?? 0);
  return waitingCount > 0 || (idleCount === 0 && totalCount >= max);
}
