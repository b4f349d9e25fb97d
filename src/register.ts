// The entry point `queryscope/register`: all of queryscope without a line in the app, by `node --import` or `node --require`. To load it
// is to use it.

import { PgFinder } from './capture/find-pg.js';
import { followFastify, soughtKoa } from './capture/frameworks.js';
import { enterRequests } from './capture/http-servers.js';
import { withConfig } from './config.js';
import { defaultOutputs } from './default-outputs.js';
import { detectors } from './detectors/index.js';
import { createProfiler, type ExpressMiddleware, type Profiler, type ProfilerOptions } from './index.js';
import { settingsOf } from './options.js';

register();

function register(): void {
  const { options, enabled } = withConfig((options) => {
    const { enabled } = settingsOf(options, { detectors, outputs: [], env: process.env, cwd: process.cwd() });
    return { options, enabled };
  });
  if (enabled) watch(options);
  else createProfiler(options); // Says that it is off, where nobody asked for that.
}

function watch(options: ProfilerOptions | undefined): void {
  // Those that write files name the run now, so that the processes that this one starts belong to it: a test runner's workers have no other parent that knows of us.
  if (options?.outputs === undefined) defaultOutputs();
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
