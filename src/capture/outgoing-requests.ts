// Which HTTP requests the app itself makes meanwhile, as Node tells it: `node:http` and `fetch` say so on channels. Listened to only while some
// profiler watches a driver or has captured something.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ActivityNote } from '../profile/note.js';
import { caught, guarded } from './guard.js';
import type { Scope } from './scope.js';
import {
  LINK_HEADER,
  linkAnswered,
  linkFailed,
  linkFetch,
  linkRequests,
  noteLink,
  type OutgoingRequest,
} from './scope-link.js';
import { state } from './state.js';

/** The slice that is read of what the channels tell. */
interface Told {
  request?: OutgoingRequest;
  response?: { headers?: unknown };
}

type Listener = (told: unknown) => void;

/** What stands for all copies of queryscope in the process: two that listened would note each request twice. */
interface Listening {
  readonly holders: Set<object>;
  /** Null: nobody listens. */
  stop: (() => void) | null;
}

const KEY = Symbol.for('queryscope.outgoing.v1');
const home = globalThis as { [KEY]?: Listening };
home[KEY] ??= { holders: new Set(), stop: null };
const listening: Listening = home[KEY];

/** Has the requests that are made inside scopes noted there, and those to this machine bear a link to it, until `holder` releases that and its patches. */
export function watchOutgoing(holder: object): void {
  linkRequests(holder);
  listening.holders.add(holder);
  listening.stop ??= listen();
}

export function releaseOutgoing(holder: object): void {
  if (!listening.holders.delete(holder) || listening.holders.size > 0) return;
  listening.stop?.();
  listening.stop = null;
}

function listen(): () => void {
  /** By the request: what is told of it later may be told in the context of another one on the same connection. */
  const underWay = new WeakMap<object, { scope: Scope; note: ActivityNote }>();

  const began: Listener = (told) => {
    const scope = state.storage.getStore()?.scope ?? null;
    if (scope === null || scope.closed) return;
    try {
      const { request } = told as Told;
      if (typeof request !== 'object' || request === null) return;
      const note = scope.recorder.began('http request', nameOf(request));
      if (note === null) return;
      underWay.set(request, { scope, note });
      noteLink(request, note);
    } catch (error) {
      caught(error, scope, 'the note of an outgoing request');
    }
  };

  const created: Listener = (told) => {
    guarded(() => linkFetch((told as { request: OutgoingRequest }).request), null, 'the link of a request');
    began(told);
  };

  const ended = (request: object) => {
    const known = underWay.get(request);
    if (known !== undefined && !known.scope.closed) known.scope.recorder.ended(known.note);
  };
  const answered: Listener = (told) => {
    guarded(() => {
      const { request, response } = told as Told;
      if (request === undefined) return;
      linkAnswered(request, () => headerOf(response?.headers));
      ended(request);
    });
  };
  const failed: Listener = (told) => {
    guarded(() => {
      const { request } = told as Told;
      if (request === undefined) return;
      linkFailed(request);
      ended(request);
    });
  };

  const channels: readonly (readonly [channel: string, listener: Listener])[] = [
    ['http.client.request.start', began],
    // In spite of its name it says that the answer has begun.
    ['http.client.response.finish', answered],
    ['http.client.request.error', failed],
    ['undici:request:create', created],
    ['undici:request:headers', answered],
    ['undici:request:error', failed],
  ];
  for (const [channel, listener] of channels) subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of channels) unsubscribe(channel, listener);
  };
}

/** `POST api.example.com`. A path or a query may hold a value. */
function nameOf({ method, host, origin }: NonNullable<Told['request']>): string {
  const name = origin === undefined ? host : new URL(String(origin)).hostname;
  return `${typeof method === 'string' ? method : 'GET'} ${typeof name === 'string' ? name : 'a host'}`;
}

/** The header by which the answer of another process says which scope it opened. Of undici names and values stand in turn, as bytes. */
function headerOf(headers: unknown): string | null {
  if (typeof headers !== 'object' || headers === null) return null;
  const texts = Array.isArray(headers) ? headers.map(String) : null;
  const place = texts?.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === LINK_HEADER) ?? -1;
  const value = texts === null ? (headers as Record<string, unknown>)[LINK_HEADER] : texts[place + 1];
  return typeof value === 'string' && (texts === null || place >= 0) ? value : null;
}
