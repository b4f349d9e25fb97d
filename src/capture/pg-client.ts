// What stands in for `query` and `connect` of `Client.prototype`: notes the statement, hands the call to the driver as it came, and
// hears the answer.

import { captureAnswer } from './call-site.js';
import { bindTo, type Context } from './context.js';
import { caught } from './guard.js';
import { passOn, withFurther } from './pass-on.js';
import type { Patch } from './patches.js';
import { type Call, readCall } from './pg-call.js';
import { connectionOf, type Sent } from './pg-connection.js';
import { type DriverCallback, type DriverClient, isThenable } from './pg-driver.js';
import type { Scope } from './scope.js';
import { type PoolCall, state } from './state.js';
import { clock } from './timers.js';

const { storage } = state;

type Query = (this: DriverClient, config?: unknown, values?: unknown, callback?: unknown) => unknown;
type Connect = (this: DriverClient, callback?: unknown) => unknown;

export function wrapClientQuery(patch: Patch): Query {
  const original = patch.original as Query;
  return function query(this: DriverClient, config, values, callback) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would allocate where there is nothing to do.
    const count = arguments.length;
    // biome-ignore lint/complexity/noArguments: as above.
    const driver = count > 3 ? withFurther(original, arguments) : original;
    const { handover } = state;
    const pooled = handover !== null && handover.client === this ? handover : null;
    const context = pooled === null ? storage.getStore() : pooled.context;
    const scope = context === undefined || !patch.active ? null : context.scope;
    if (context === undefined || scope === null) {
      countPassed(context);
      return passOn(driver, this, count, config, values, callback);
    }
    const call = readGuarded(this, config, values, callback, scope);
    if (call === null) return derived(passOn(driver, this, count, config, values, callback), config);
    const sent = noteSent(this, call, context, scope, pooled, query);
    if (call.callback === null) {
      const result = callOriginal(driver, this, count, config, values, callback, sent);
      return sent === null ? derived(result, config) : answering(result, sent);
    }
    // What the pool does in its own callback needs no scope; what it calls there was bound when it was given.
    const answered = hearing(call.callback, pooled === null ? context : null, sent);
    const inSecond = call.callbackAt === 1;
    const second = inSecond ? answered : values;
    const third = inSecond ? callback : answered;
    const given = inSecond ? count : 3;
    if (typeof config === 'string') return callOriginal(driver, this, given, config, second, third, sent);
    try {
      return callOriginal(driver, this, given, config, second, third, sent);
    } finally {
      putBack(config as object, answered, call.callback);
    }
  };
}

function countPassed(context: Context | undefined): void {
  if (context?.unsampled) state.unsampled.statements++;
  else state.unattributed++;
}

/**
 * Connects outside any scope and calls back inside the caller's. A socket made in a request would carry that request to everything that comes
 * in on it later: notifications, and the callbacks of code that runs in no scope.
 */
export function wrapClientConnect(patch: Patch): Connect {
  const original = patch.original as Connect;
  return function connect(this: DriverClient, callback) {
    if (state.poolWatchers.size > 0) state.connectStarts.set(this, clock());
    const context = storage.getStore();
    // biome-ignore lint/complexity/noArguments: handed on as they came; connections are few.
    const asCame = arguments as unknown as Parameters<Connect>;
    if (context === undefined || !patch.active) return Reflect.apply(original, this, asCame);
    const args: typeof asCame = typeof callback === 'function' ? [bindTo(context, callback as DriverCallback)] : asCame;
    context.scope?.trial?.connecting(this);
    return storage.run(undefined, Reflect.apply<DriverClient, Parameters<Connect>, unknown>, original, this, args);
  };
}

/** Null where the call cannot be read, or holds nothing to send. */
function readGuarded(
  client: DriverClient,
  config: unknown,
  values: unknown,
  callback: unknown,
  scope: Scope,
): Call | null {
  try {
    const call = readCall(client, config, values, callback);
    if (call !== 'unreadable') return call;
  } catch {
    // A getter of the app's that throws. The driver will meet it too, and tell the app.
  }
  if (!scope.closed)
    scope.recorder.notice('unreadable-value', 'a query config could not be read, so its statement is missing');
  return null;
}

/** Notes a statement. Null where that was not done: over the cap, or by a fault of ours. */
function noteSent(
  client: DriverClient,
  call: Call,
  context: Context,
  home: Scope,
  pooled: PoolCall | null,
  above: Query,
): Sent | null {
  try {
    const scope = home.closed ? home.after(context.allowances) : home;
    const isPooled = pooled !== null;
    const connection = pooled?.connection ?? connectionOf(client);
    state.handover = null;
    const trace = isPooled
      ? pooled.trace
      : scope.sites.capture(call.text, call.callback === null ? 2 : 3, above, connection.connected);
    const at = clock();
    const note = scope.recorder.note(call.text, call.values, {
      connection: connection.note,
      stack: trace,
      waitMs: isPooled ? waitOf(pooled, at) : connection.waitMs,
      via: isPooled ? 'pool' : 'client',
      late: (pooled ?? scope).late,
      allowed: scope === home ? context.allowed : scope.allow(context.allowances),
      at,
      order: isPooled && scope === home ? pooled.order : null,
      asked: connection.asked !== null && connection.asked.scope === scope.id ? connection.asked.order : null,
    });
    connection.waitMs = 0;
    connection.asked = null;
    if (note === null) {
      scope.trial?.dropped();
      return null;
    }
    if (call.hidden) {
      scope.recorder.notice(
        'unreadable-value',
        'values behind a getter or a proxy are not read, so they are never called equal and lead to no flow',
      );
    }
    const sent: Sent = {
      scope,
      note,
      call,
      client,
      connection,
      trace,
      context: call.opaque ? context : null,
      refused: call.refused,
      fault: null,
    };
    connection.sending(sent);
    if (scope.trial !== null) scope.trial.sending(sent);
    return sent;
  } catch (error) {
    caught(error, home);
    return null;
  }
}

function waitOf({ askedAt }: PoolCall, now: number): number {
  return askedAt === null ? 0 : now - askedAt;
}

/** What is not noted is answered by a derived promise too: of two that are settled in one turn the first is to be heard first. */
function derived(result: unknown, config: unknown): unknown {
  return result !== config && isThenable(result) ? result.then() : result;
}

/** The caller gets a promise derived from the driver's: of its class, with its value or its error, rejected unheard only once. */
function answering(result: unknown, sent: Sent): unknown {
  if (sent.call.opaque) sent.connection.handed(sent);
  if (sent.call.opaque || !isThenable(result)) return result;
  return result.then(
    function answered(value) {
      captureAnswer(sent.trace, answered);
      sent.connection.succeeded(sent, value);
      return value;
    },
    function refused(error) {
      captureAnswer(sent.trace, refused);
      sent.connection.failed(sent, error);
      throw error;
    },
  );
}

/**
 * What the driver gets for the app's callback: runs that in the scope it came from, with the same `this` and arguments. `context` null: wherever the driver calls
 * it.
 */
function hearing(callback: DriverCallback, context: Context | null, sent: Sent | null): DriverCallback {
  return function answered(this: unknown, error: unknown, result: unknown, third: unknown): unknown {
    if (sent !== null) {
      if (error) sent.connection.failed(sent, error);
      else sent.connection.succeeded(sent, result);
    }
    // biome-ignore lint/complexity/noArguments: as in query().
    const count = arguments.length;
    // biome-ignore lint/complexity/noArguments: as in query().
    const app = count > 3 ? withFurther(callback, arguments) : callback;
    if (context === null) return passOn(app, this, count, error, result, third);
    return storage.run(context, passOn, app, this, count, error, result, third);
  };
}

function callOriginal(
  driver: Query,
  client: DriverClient,
  count: number,
  first: unknown,
  second: unknown,
  third: unknown,
  sent: Sent | null,
): unknown {
  if (sent === null) return passOn(driver, client, count, first, second, third);
  try {
    return passOn(driver, client, count, first, second, third);
  } catch (error) {
    sent.connection.threw(sent, error);
    throw error;
  } finally {
    if (sent.fault !== null) sent.fault.handed();
  }
}

/** Older drivers write the callback they were called with into the app's config. It ends as it would have without us. */
function putBack(config: { callback?: unknown }, ours: DriverCallback, theirs: DriverCallback): void {
  try {
    if (Object.getOwnPropertyDescriptor(config, 'callback')?.value === ours) config.callback = theirs;
  } catch {
    // It was frozen since: the driver's own writing to it is not to be undone.
  }
}
