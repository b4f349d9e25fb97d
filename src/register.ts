// The entry point `queryscope/register`: all of queryscope without a line in the app, by `node --import` or `node --require`. To load it
// is to use it.

import { PgFinder } from './capture/find-pg.js';
import { followFastify, soughtKoa } from './capture/frameworks.js';
import { enterRequests } from './capture/http-servers.js';
import { findConfig, readConfig } from './config.js';
import { detectors } from './detectors/index.js';
import { QueryscopeError } from './errors.js';
import { createProfiler, type ExpressMiddleware, type Profiler, type ProfilerOptions } from './index.js';
import { settingsOf } from './options.js';

register();

function register(): void {
  const { options, enabled } = configured();
  if (enabled) watch(options);
  else createProfiler(options); // Says that it is off, where nobody asked for that.
}

/** What the config file asks for. Throws a QueryscopeError that names the file. */
function configured(): { options: ProfilerOptions | undefined; enabled: boolean } {
  const file = findConfig(process.cwd());
  const options = file === null ? undefined : (readConfig(file) as ProfilerOptions);
  try {
    const { enabled } = settingsOf(options, { detectors, outputs: [], env: process.env, cwd: process.cwd() });
    return { options, enabled };
  } catch (error) {
    throw error instanceof QueryscopeError && file !== null
      ? new QueryscopeError(error.code, `${file}: ${error.message}`)
      : error;
  }
}

function watch(options: ProfilerOptions | undefined): void {
  let profiler: Profiler | null = null;
  let enter: ExpressMiddleware | null = null;
  // Made when there is something to watch: NODE_OPTIONS reaches package managers and compilers too, of which there is nothing to say.
  const started = () => {
    profiler ??= createProfiler(options);
    return profiler;
  };
  const finder = new PgFinder((pg) => started().instrument(pg), [soughtKoa]);
  followFastify();
  enterRequests((req, res, next) => {
    finder.scopeOpens();
    enter ??= started().express();
    enter(req, res, next);
  });
}
