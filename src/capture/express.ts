// The middleware for Express 4 and 5: one scope per request, named by the pattern of the route that answered it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Context, runIn, UNSAMPLED } from './context.js';
import { guarded } from './guard.js';
import { followContext } from './lost-context.js';
import { requestScope, type Unsampled } from './request-scope.js';
import { followRoute, routePattern } from './route-pattern.js';
import { contextAroundRequests, currentScope, type Label, Scope } from './scope.js';
import { acknowledge, type Linked, linkedTo } from './scope-link.js';
import { state } from './state.js';

/** What Express, and whatever calls middleware as Express does, calls with each request. Declared here because Express is never imported. */
export type ExpressMiddleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** Opens a scope where the request is to be recorded, and answers what it is where it is not. `linked`: the scope that the request's own header names. */
export type OpenRequest = (label: Label, linked: Linked | null, req: IncomingMessage) => Scope | Unsampled | null;

export function expressMiddleware(open: OpenRequest): ExpressMiddleware {
  return function queryscope(req, res, next) {
    const scope = guarded(() => {
      const label = () => `${req.method} ${routePattern(req)}`;
      const opened = requestScope(req, res, label, () => openLinked(open, label, req, res));
      if (opened === null || opened === 'unsampled') return opened;
      followRoute(req);
      // In production a request runs in no capture, and pays nothing for it.
      if (opened.enclosing !== null) followContext(req, opened);
      return opened;
    });
    const context = contextFor(scope);
    if (context === state.storage.getStore()) next();
    else runIn(context, next);
  };
}

function contextFor(scope: Scope | Unsampled | null): Context | undefined {
  if (scope === null) return contextAroundRequests();
  if (scope === 'unsampled') return UNSAMPLED;
  // Where the request's scope runs already, what stands around it (an allowance) is to stay.
  return currentScope() === scope ? state.storage.getStore() : scope.context;
}

function openLinked(
  open: OpenRequest,
  label: Label,
  req: IncomingMessage,
  res: ServerResponse,
): Scope | Unsampled | null {
  const linked = linkedTo(req);
  const scope = open(label, linked, req);
  if (scope instanceof Scope && linked !== null && 'remote' in linked) acknowledge(res, scope);
  return scope;
}
