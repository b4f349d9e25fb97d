// Every server of node:http, node:https and node:http2, whatever framework answers behind it: each request goes through the middleware
// given, at the one place that all of them pass, the server's own event. What is no request runs as it always did.

import type { IncomingMessage, ServerResponse } from 'node:http';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
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
  for (const prototype of serverPrototypes()) patchAt(prototype, 'emit', wrapEmit, entrance);
  return () => releasePatches(entrance);
}

const wrapEmit: Wrap = (patch) => {
  const original = patch.original as Emit;
  return function emit(this: object, ...args: unknown[]): unknown {
    if (!REQUESTS.has(args[0]) || !patch.active) return Reflect.apply(original, this, args);
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

/** Those of http2 are not exported; a server that never listens shows them. */
function serverPrototypes(): readonly object[] {
  prototypes ??= [
    http.Server.prototype,
    https.Server.prototype,
    ...[http2.createServer(), http2.createSecureServer()].map(Object.getPrototypeOf),
  ];
  return prototypes;
}

let prototypes: readonly object[] | null = null;
