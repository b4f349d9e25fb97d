// The middleware for Express 4 and 5: one scope per request, named by the pattern of the route that answered it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { runIn } from './context.js';
import { guarded } from './guard.js';
import { requestScope } from './request-scope.js';
import { followRoute, routePattern } from './route-pattern.js';
import { contextAroundRequests, currentScope, type Label, type Scope } from './scope.js';
import { state } from './state.js';

/** What Express, and whatever calls middleware as Express does, calls with each request. Declared here because Express is never imported. */
export type ExpressMiddleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** `open` opens a scope where the request is to be recorded, and answers null where it is not. */
export function expressMiddleware(open: (label: Label) => Scope | null): ExpressMiddleware {
  return function queryscope(req, res, next) {
    const scope = guarded(() => {
      const opened = requestScope(req, res, () => `${req.method} ${routePattern(req)}`, open);
      if (opened !== null) followRoute(req);
      return opened;
    });
    const here = state.storage.getStore();
    // Where the request's scope runs already, what stands around it (an allowance) is to stay.
    const inside = scope !== null && currentScope() === scope ? here : scope?.context;
    const context = inside ?? contextAroundRequests();
    if (context === here) next();
    else runIn(context, next);
  };
}
