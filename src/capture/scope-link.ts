// The way back of a request that code in a scope sends to a server of its own: a header names the scope, so that what answers is noted as a part of it,
// in whatever context that server runs. Only to this machine, and in production neither written nor read.

import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { ActivityNote } from '../profile/note.js';
import type { Context } from './context.js';
import { guarded } from './guard.js';
import { answerable, expectReport, remoteScopeOf } from './linked-processes.js';
import { patchAt, type Wrap } from './patches.js';
import { contextAroundRequests, type RemoteScope, type Scope } from './scope.js';
import { state } from './state.js';

export const LINK_HEADER = 'x-queryscope-scope';

/** The slice that is used of a request as Node's channels tell of it: a ClientRequest of `node:http`, or a request of undici. */
export interface OutgoingRequest {
  method?: unknown;
  host?: unknown;
  socketPath?: unknown;
  origin?: unknown;
  /** Of undici alone. */
  addHeader?(name: string, value: string): unknown;
}

/** A request that bears a link and is not answered yet. */
interface Asked {
  readonly scope: Scope;
  /** Null until it is noted. */
  note: ActivityNote | null;
}

/** By the request, and by the link's number. Shared by all copies of queryscope. */
interface Links {
  made: number;
  readonly numbers: WeakMap<object, number>;
  readonly asked: Map<number, Asked>;
}

const KEY = Symbol.for('queryscope.links.v1');
const home = globalThis as { [KEY]?: Links };
home[KEY] ??= { made: 0, numbers: new WeakMap(), asked: new Map() };
const links: Links = home[KEY];

/** Names of this machine. A header that went further would tell others of us, and a request that is signed or mocked might be refused for it. */
const THIS_MACHINE = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Has requests of `node:http` bear the link of the scope that they are made in, until `holder` releases its patches. */
export function linkRequests(holder: object): void {
  if (isProduction() || !('_storeHeader' in http.ClientRequest.prototype)) return;
  patchAt(http.ClientRequest.prototype, '_storeHeader', wrapStoreHeader, holder);
}

type StoreHeader = (this: OutgoingRequest, firstLine: string, ...rest: unknown[]) => unknown;

/**
 * Written right behind the request's first line as that is turned into bytes: whichever way the app gave its headers, they stay untouched. (Node's channels
 * tell of a request only when it has been sent.)
 */
const wrapStoreHeader: Wrap = (patch) => {
  const original = patch.original as StoreHeader;
  return function _storeHeader(this: OutgoingRequest, ...[firstLine, ...rest]: Parameters<StoreHeader>): unknown {
    const link = patch.active ? guarded(() => linkOf(this)) : null;
    const lines = link === null ? firstLine : `${firstLine}${LINK_HEADER}: ${link}\r\n`;
    return Reflect.apply(original, this, [lines, ...rest]);
  };
};

/** Has a request of undici bear the link of the scope that it is made in. */
export function linkFetch(request: OutgoingRequest): void {
  if (typeof request.addHeader !== 'function') return;
  const link = linkOf(request);
  if (link !== null) request.addHeader(LINK_HEADER, link);
}

/** The scope around the caller, and a number that tells its requests apart; null where a request is not to bear them. */
function linkOf(request: OutgoingRequest): string | null {
  const scope = contextAroundRequests()?.scope ?? null;
  if (scope === null || scope.closed || isProduction() || !isToThisMachine(request)) return null;
  links.numbers.set(request, ++links.made);
  links.asked.set(links.made, { scope, note: null });
  return answerable(`${scope.id}.${links.made}`);
}

/** To be told of each request that was noted: whether one that bears a link is watched where it is answered is not known before. */
export function noteLink(request: object, note: ActivityNote): void {
  const asked = links.asked.get(links.numbers.get(request) ?? 0);
  if (asked !== undefined) asked.note = note;
}

/** To be told of each request that failed. */
export function linkFailed(request: object): void {
  links.asked.delete(links.numbers.get(request) ?? 0);
}

/** To be told of each request that was answered. `acknowledged`: reads the answer's own header, by which another process says which scope it opened. */
export function linkAnswered(request: object, acknowledged: () => string | null): void {
  const number = links.numbers.get(request) ?? 0;
  const asked = links.asked.get(number);
  if (asked === undefined) return;
  links.asked.delete(number);
  const id = acknowledged();
  if (id !== null) expectReport(asked.scope, id);
  if (asked.note !== null) asked.note.watched ??= id !== null;
}

/** The scope that a request's header names: an open one of this process, with what stands around the request then, or one of the process that started this one. */
export type Linked = { readonly around: Context } | { readonly remote: RemoteScope };

/** Null: the header names none, or there is none. */
export function linkedTo(req: IncomingMessage): Linked | null {
  const link = req.headers[LINK_HEADER];
  if (typeof link !== 'string' || isProduction()) return null;
  const [id, number] = link.split('.');
  const scope = ([...state.unjudged] as Scope[]).find((open) => open.id === id && !open.closed);
  if (scope === undefined) {
    const remote = remoteScopeOf(link);
    return remote && { remote };
  }
  const note = links.asked.get(Number(number))?.note ?? null;
  if (note !== null) note.watched = true;
  return { around: scope.context };
}

/** Tells the process that asked which scope was opened for its request. */
export function acknowledge(res: ServerResponse, scope: Scope): void {
  if (!res.headersSent) res.setHeader(LINK_HEADER, scope.id);
}

function isToThisMachine({ host, origin, socketPath }: OutgoingRequest): boolean {
  if (typeof socketPath === 'string') return true;
  const name = origin === undefined ? host : new URL(String(origin)).hostname;
  return typeof name === 'string' && THIS_MACHINE.test(name);
}

/** Asked each time: a test may set it for a while. */
function isProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}
