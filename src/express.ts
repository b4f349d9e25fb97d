// The entry point `queryscope/express`: all of queryscope in one line of an app that is not told which pg it uses.

import type { ExpressMiddleware } from './capture/express.js';
import { PgFinder } from './capture/find-pg.js';
import { withConfig } from './config.js';
import { createProfiler, type ProfilerOptions } from './index.js';

export type { ExpressMiddleware, ProfilerOptions };

/**
 * Middleware for Express 4 and 5, to be put first: `app.use(queryscope())`. Each request is a scope, and each pg that the app has loaded
 * or loads later is watched, however it is loaded. A pg inside a bundle cannot be found; watch its pool with `createProfiler().wrap(pool)`.
 * In production it is off, unless `enabled` or QUERYSCOPE=1 asks for it. Without options those of `queryscope.config.*` hold, where there is one.
 */
export function queryscope(options?: ProfilerOptions): ExpressMiddleware {
  const profiler = options === undefined ? withConfig(createProfiler) : createProfiler(options);
  const middleware = profiler.express();
  if (!profiler.enabled) return middleware;
  const finder = new PgFinder((pg) => profiler.instrument(pg));
  return function queryscope(req, res, next) {
    finder.scopeOpens();
    middleware(req, res, next);
  };
}
