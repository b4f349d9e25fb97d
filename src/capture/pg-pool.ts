// What stands in for pg-pool's `query` and `connect`. A pool hands a client on from inside somebody else's release, so what is
// called back there has to be returned to the scope it came from, "no scope" included.

import { captureAnswer, type Stack } from './call-site.js';
import { bindTo, type Context } from './context.js';
import { caught, guarded } from './guard.js';
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
type PoolConnect = (this: DriverPool, callback?: unknown) => unknown;

export function wrapPoolQuery(patch: Patch): PoolQuery {
  const original = patch.original as PoolQuery;
  return function query(this: DriverPool, config, values, callback) {
    const context = storage.getStore();
    // biome-ignore lint/complexity/noArguments: a rest parameter would allocate where there is nothing to do.
    const args = arguments as unknown as Parameters<PoolQuery>;
    if (context === undefined || context.scope === null || state.queryAbove === this || !patch.active)
      return Reflect.apply(original, this, args);
    const form = typeof values === 'function' || typeof callback === 'function' ? 1 : 0;
    const call = callFrom(config, context, form, query);
    state.poolCall = call;
    let result: unknown;
    try {
      result = Reflect.apply(original, this, withCallbackIn(context, args, config, values, callback));
    } finally {
      state.poolCall = null;
    }
    const trace = call?.trace ?? null;
    if (!isThenable(result)) return result;
    // Promises that are settled in one turn are heard in that order where each of them is as far from its driver's.
    if (trace === null) return result.then();
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
  };
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

/** The same arguments, but a callback runs in the scope of the call; the pool may call it from an event of the client's. */
function withCallbackIn(
  context: Context,
  args: Parameters<PoolQuery>,
  config: unknown,
  values: unknown,
  callback: unknown,
): Parameters<PoolQuery> {
  if (typeof values === 'function') return [config, bindTo(context, values as DriverCallback)];
  if (typeof callback === 'function') return [config, values, bindTo(context, callback as DriverCallback)];
  return args;
}

/** What only Pool.query knows of the statement to come; null where its text cannot be read, so that Client.query is left to find out. */
function callFrom(config: unknown, context: Context, form: Form, above: PoolQuery): PoolCall | null {
  const { scope } = context;
  if (scope === null) return null;
  try {
    const text = textOfPoolCall(config);
    return text !== null
      ? {
          context,
          trace: scope.sites.capture(text, form, above, null),
          late: scope.late,
          order: scope.recorder.order(),
          client: null,
        }
      : null;
  } catch {
    return null; // A getter of the app's that throws; the driver will meet it too.
  }
}

export function wrapPoolConnect(patch: Patch): PoolConnect {
  const unwatched = patch.original as PoolConnect;
  const timed = watched(unwatched);
  return function connect(this: DriverPool, callback) {
    const original = state.poolWatchers.size === 0 ? unwatched : timed;
    const context = storage.getStore();
    const scoped = context !== undefined && context.scope !== null;
    const queues = typeof callback === 'function' && (state.openScopes > 0 || isSaturated(this));
    // biome-ignore lint/complexity/noArguments: as above.
    const args = arguments as unknown as Parameters<PoolConnect>;
    if (state.connectAbove === this) return Reflect.apply(unwatched, this, args);
    if ((!scoped && !queues) || !patch.active) return Reflect.apply(original, this, args);
    if (!scoped) return Reflect.apply(original, this, [bindTo(context, callback as DriverCallback)]);
    const call = state.poolCall;
    state.poolCall = null;
    if (call !== null && typeof callback === 'function') {
      return Reflect.apply(original, this, [handingOver(this, call, callback as DriverCallback)]);
    }
    const arrival = expectClient(this, context, connect);
    if (typeof callback === 'function') {
      return Reflect.apply(original, this, [hearing(context, callback as DriverCallback, arrival)]);
    }
    const result = Reflect.apply(original, this, args);
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
  };
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
    const connection = connectionOf(client as DriverClient);
    connection.note.pool ??= ordinalOf(pool);
    connection.waitMs = clock() - askedAt;
    connection.asked = asked;
    connection.connected = connected;
  } catch (error) {
    caught(error, scope);
  }
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
  const askedAt = clock();
  const trial = call.context.scope?.trial ?? null;
  trial?.asksForClient();
  return function acquired(this: unknown, error: unknown, client: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: handed on as they came.
    const given = arguments as unknown as [unknown, unknown];
    trial?.gotClient(null);
    if (error) return Reflect.apply(callback, this, given);
    arrived(pool, client, askedAt, null, null, call.context.scope);
    call.client = client as object;
    state.handover = call;
    try {
      return Reflect.apply(callback, this, given);
    } finally {
      state.handover = null;
    }
  };
}

/** Will the next call have to wait until somebody releases a client? */
function isSaturated(pool: DriverPool): boolean {
  const { idleCount = 0, totalCount = 0, waitingCount = 0 } = pool;
  const max = Number(pool.options?.max ?? 0);
  return waitingCount > 0 || (idleCount === 0 && totalCount >= max);
}
