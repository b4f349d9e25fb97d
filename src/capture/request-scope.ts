// One HTTP request as a scope: opened once per request however many ask for it, kept through the request's own events, and ended
// by its response. Knows no framework.

import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Context, runIn, UNSAMPLED } from './context.js';
import type { Label, Scope } from './scope.js';
import { state } from './state.js';

/** The scope of each request, by its request object: another copy of queryscope, or a second middleware, finds it here. */
const KEY = Symbol.for('queryscope.requests.v1');
const home = globalThis as { [KEY]?: WeakMap<object, Scope> };
home[KEY] ??= new WeakMap();
const scopes: WeakMap<object, Scope> = home[KEY];

/** In place of a scope: the request would be recorded, but is one of those that `sampleRate` leaves out. */
export type Unsampled = 'unsampled';

const leftOut = new WeakSet<object>();

/**
 * The scope of a request: a new one, or, where one was opened for it further out, that one under the label given. Null where `open`
 * answers null or the response is over before it began.
 */
export function requestScope(
  req: IncomingMessage,
  res: ServerResponse,
  label: Label,
  open: () => Scope | Unsampled | null,
): Scope | Unsampled | null {
  const known = scopes.get(req);
  if (known !== undefined) {
    known.relabel(label);
    return known;
  }
  // A response that has closed already tells nobody so again, and one that an app made up has no events: its scope would stay open.
  if (res.closed || res.writableFinished || !isEmitter(req) || !isEmitter(res)) return null;
  const scope = open();
  if (scope === 'unsampled') leaveOut(req);
  if (scope === null || scope === 'unsampled') return scope;
  scopes.set(req, scope);
  keepIn(scope.context, req);
  keepIn(scope.context, res);
  endWith(scope, res);
  return scope;
}

/** Once for each request, however many ask for it. */
function leaveOut(req: IncomingMessage): void {
  if (leftOut.has(req)) return;
  leftOut.add(req);
  state.unsampled.requests++;
  // Nothing is read of a request without a body. An emitter of its own makes whatever asks such a request for a property dearer, 0.1 ms in all on Express.
  if (hasBody(req)) keepIn(UNSAMPLED, req);
}

/** By RFC 9112, 6.3. Other versions of HTTP may send one that no header speaks of. */
function hasBody({ httpVersionMajor, headers }: IncomingMessage): boolean {
  if (httpVersionMajor !== 1) return true;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/**
 * Lets the listeners of an emitter run in the request's context. Parsers of bodies and uploads go on from `req.on('end')`, which the
 * socket emits in a context of its own, and the app's handler would follow them there. Where the request's context still holds, with the
 * allowances inside it, it is left alone.
 */
function keepIn(context: Context, emitter: EventEmitter): void {
  const { emit } = emitter;
  emitter.emit = function keptEmit(this: EventEmitter, ...args: Parameters<EventEmitter['emit']>): boolean {
    const here = state.storage.getStore();
    if (here === context || (here?.scope === context.scope && context.scope !== null)) return emit.apply(this, args);
    return runIn(context, () => emit.apply(this, args));
  };
}

function isEmitter(value: Partial<EventEmitter>): boolean {
  return typeof value.emit === 'function' && typeof value.once === 'function';
}

function endWith(scope: Scope, res: ServerResponse): void {
  // `finish` waits for the socket, while the app goes on behind its `res.end()`.
  scope.responded = () => res.writableEnded;
  const end = (status: number | null, aborted: boolean) => {
    scope.responded = null;
    scope.end({ status, error: null, aborted });
  };
  res.once('finish', () => end(res.statusCode, false));
  // Emitted after `finish` too, but then the scope has ended; alone, it means that the client went away.
  res.once('close', () => end(res.headersSent ? res.statusCode : null, true));
}
