// Every server of node:http, node:https and node:http2, whatever framework answers behind it: each request goes through the middleware
// given, at the one place that all of them pass, the server's own event. What is no request runs as it always did.

import type { IncomingMessage, ServerResponse } from 'node:http';
import http from 'node:http';
import type https from 'node:https';
import { createRequire } from 'node:module';
import net from 'node:net';
import type { ExpressMiddleware } from './express.js';
import { patchAt, releasePatches, type Wrap } from './patches.js';

/** Who asked for the patch. Several may: two copies of queryscope are registered in one process. */
interface Entrance {
  enter: ExpressMiddleware;
}

type Emit = (this: object, ...args: unknown[]) => unknown;

/** The events that hand a request and its response to the app; the latter two in place of the first, for `Expect:`. */
const REQUESTS: ReadonlySet<unknown> = new Set(['request', 'checkContinue', 'checkExpectation']);

/** Has `enter` called around each request of every server of the process, those that listen already too. Answers how to stop that. */
export function enterRequests(enter: ExpressMiddleware): () => void {
  const entrance: Entrance = { enter };
  for (const prototype of serversToWatch()) patchAt(prototype, 'emit', wrapEmit, entrance);
  return () => releasePatches(entrance);
}

const wrapEmit: Wrap = (patch) => {
  const original = patch.original as Emit;
  return function emit(this: object, ...args: unknown[]): unknown {
    if (!REQUESTS.has(args[0]) || !patch.active || !isRequest(args[1])) return Reflect.apply(original, this, args);
    const [, req, res] = args as [string, IncomingMessage, ServerResponse];
    let heard: unknown = false;
    let next = () => {
      heard = Reflect.apply(original, this, args);
    };
    // The one that asked first is the outermost, so it is its profiler that opens the scope.
    for (const entrance of [...(patch.holders as Set<Entrance>)].reverse()) {
      const inner = next;
      next = () => entrance.enter(req, res, inner);
    }
    next();
    return heard;
  };
};

/**
 * All have the method from the last one, as it stands below the others, unless somebody has given them one of their own. Nobody can have done that to those of https before it was loaded, which takes 2 ms
 * that most apps need not pay. Those of http2 are not exported, and would take 10.
 */
function serversToWatch(): readonly object[] {
  const loaded = isLoaded('https') ? [createRequire(__filename)('node:https') as typeof https] : [];
  return [http.Server.prototype, ...loaded.map(({ Server }) => Server.prototype), net.Server.prototype];
}

/** Is a part of Node in memory already? True where Node does not tell. */
function isLoaded(name: string): boolean {
  const { moduleLoadList } = process as { moduleLoadList?: readonly string[] };
  return moduleLoadList?.includes(`NativeModule ${name}`) ?? true;
}

/** A server of something else may have an event of that name. */
function isRequest(value: unknown): boolean {
  return typeof (value as { headers?: unknown } | null | undefined)?.headers === 'object';
}
