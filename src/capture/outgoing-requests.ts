// Which HTTP requests the app itself makes meanwhile, as Node tells it: `node:http` and `fetch` say so on channels, so nothing is patched
// and nothing of the app's is touched. Listened to only while some profiler watches a driver.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ActivityNote } from '../profile/note.js';
import { caught } from './guard.js';
import type { Scope } from './scope.js';
import { state } from './state.js';

/** The slice that is read of what the channels tell: a ClientRequest of `node:http`, a request of undici. */
interface Told {
  request?: { method?: unknown; host?: unknown; origin?: unknown };
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

/** Has the requests that are made inside scopes noted there, until `holder` releases that. */
export function watchOutgoing(holder: object): void {
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
      if (note !== null) underWay.set(request, { scope, note });
    } catch (error) {
      caught(error, scope, 'the note of an outgoing request');
    }
  };

  const ended: Listener = (told) => {
    const request = (told as Told | undefined)?.request;
    const known = typeof request === 'object' && request !== null ? underWay.get(request) : undefined;
    if (known !== undefined && !known.scope.closed) known.scope.recorder.ended(known.note);
  };

  const channels: readonly (readonly [channel: string, listener: Listener])[] = [
    ['http.client.request.start', began],
    // In spite of its name it says that the answer has begun.
    ['http.client.response.finish', ended],
    ['http.client.request.error', ended],
    ['undici:request:create', began],
    ['undici:request:headers', ended],
    ['undici:request:error', ended],
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
