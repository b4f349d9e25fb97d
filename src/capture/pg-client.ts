// What stands in for `query` and `connect` of `Client.prototype`: notes the statement, hands the call to the driver as it came, and
// hears the answer.

import { captureAnswer } from './call-site.js';
import { bindTo, type Context } from './context.js';
import { caught } from './guard.js';
import type { Patch } from './patches.js';
import { type Call, readCall } from './pg-call.js';
import { connectionOf, type Sent } from './pg-connection.js';
import { type DriverCallback, type DriverClient, isThenable } from './pg-driver.js';
import type { Scope } from './scope.js';
import { type PoolCall, state } from './state.js';
import { clock } from './timers.js';

const { storage } = state;

type Query = (this: DriverClient, config?: unknown, values?: unknown, callback?: unknown) => unknown;
type Arguments = Parameters<Query>;
type Connect = (this: DriverClient, callback?: unknown) => unknown;

export function wrapClientQuery(patch: Patch): Query {
  const original = patch.original as Query;
  return function query(this: DriverClient, config, values, callback) {
    const pooled = state.handover?.client === this ? state.handover : null;
    const context = pooled === null ? storage.getStore() : pooled.context;
    // biome-ignore lint/complexity/noArguments: a rest parameter would allocate where there is nothing to do.
    const args = arguments as unknown as Arguments;
    if (context === undefined || context.scope === null || !patch.active) {
      countPassed(context);
      return Reflect.apply(original, this, args);
    }
    const call = readGuarded(this, config, values, callback, context.scope);
    if (call === null) return callUnread(original, this, args);
    const sent = noteSent(this, call, context, context.scope, pooled, query);
    // What the pool does in its own callback needs no scope; what it calls there was bound when it was given.
    return call.callback === null
      ? callForPromise(original, this, args, sent)
      : callWithCallback(original, this, args, call, call.callback, pooled === null ? context : null, sent);
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
    // biome-ignore lint/complexity/noArguments: handed on as they came.
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
    const connection = connectionOf(client);
    state.handover = null;
    const trace =
      pooled === null
        ? scope.sites.capture(call.text, call.callback === null ? 2 : 3, above, connection.connected)
        : pooled.trace;
    const note = scope.recorder.note(call.text, call.values, {
      connection: connection.note,
      stack: trace,
      waitMs: connection.waitMs,
      via: pooled === null ? 'client' : 'pool',
      late: (pooled ?? scope).late,
      allowed: scope === home ? context.allowed : scope.allow(context.allowances),
      order: scope === home && pooled !== null ? pooled.order : null,
      asked: connection.asked?.scope === scope.id ? connection.asked.order : null,
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
    const { name, refused, opaque, submittable } = call;
    const sent: Sent = {
      scope,
      note,
      client,
      connection,
      trace,
      name,
      refused,
      opaque,
      submittable,
      context: opaque ? context : null,
      fault: null,
    };
    connection.sending(sent);
    scope.trial?.sending(sent);
    return sent;
  } catch (error) {
    caught(error, home);
    return null;
  }
}

/** What cannot be read is answered by a derived promise too: of two that are settled in one turn the first is to be heard first. */
function callUnread(original: Query, client: DriverClient, args: Arguments): unknown {
  const result = Reflect.apply(original, client, args);
  return result !== args[0] && isThenable(result) ? result.then() : result;
}

/** The caller gets a promise derived from the driver's: of its class, with its value or its error, rejected unheard only once. */
function callForPromise(original: Query, client: DriverClient, args: Arguments, sent: Sent | null): unknown {
  const result = callOriginal(original, client, args, sent);
  if (sent?.opaque) sent.connection.handed(sent);
  if (sent?.opaque || !isThenable(result)) return result;
  if (sent === null) return result.then();
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
 * The driver gets one callback for another, which runs the app's in the scope it came from, with the same `this` and arguments. `context` null: wherever
 * the driver calls it.
 */
function callWithCallback(
  original: Query,
  client: DriverClient,
  args: Arguments,
  call: Call,
  callback: DriverCallback,
  context: Context | null,
  sent: Sent | null,
): unknown {
  function answered(this: unknown, error: unknown, result: unknown): unknown {
    if (error) sent?.connection.failed(sent, error);
    else sent?.connection.succeeded(sent, result);
    // biome-ignore lint/complexity/noArguments: handed on as they came.
    const answer = arguments as unknown as [unknown, unknown];
    if (context === null) return Reflect.apply(callback, this, answer);
    return storage.run(context, Reflect.apply<unknown, [unknown, unknown], unknown>, callback, this, answer);
  }
  const [config, values] = args;
  const replaced: Arguments = call.callbackAt === 1 ? [config, answered] : [config, values, answered];
  try {
    return callOriginal(original, client, replaced, sent);
  } finally {
    if (typeof config === 'object') putBack(config as object, answered, callback);
  }
}

function callOriginal(original: Query, client: DriverClient, args: Arguments, sent: Sent | null): unknown {
  try {
    return Reflect.apply(original, client, args);
  } catch (error) {
    sent?.connection.threw(sent, error);
    throw error;
  } finally {
    sent?.fault?.handed();
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
