// The profiler that all captures of test code share, made by the first of them: it watches each pg that the tests load and each server that they start, and has a
// scope only for what belongs to a capture.

import type { IncomingMessage } from 'node:http';
import { PgFinder } from '../capture/find-pg.js';
import { enterRequests } from '../capture/http-servers.js';
import { shareSecret, takeReportsIn } from '../capture/linked-processes.js';
import { repositoryRoot } from '../capture/path-names.js';
import { isInsideCapture } from '../capture/scope.js';
import { linkedTo } from '../capture/scope-link.js';
import { withConfig } from '../config.js';
import { detectors } from '../detectors/index.js';
import { settingsOf } from '../options.js';
import { Profiler } from '../profiler.js';
import type { Output } from '../report/report.js';

interface Watching {
  readonly profiler: Profiler;
  /** Directory that files are named from, absolute. */
  readonly root: string;
  readonly finder: PgFinder;
  readonly leaveServers: () => void;
  /** Settles when reports of other processes are taken in; with how to stop that. */
  readonly takingIn: Promise<() => void>;
  /** Called with each request that comes in and belongs to no capture. */
  readonly strayed: Set<(req: IncomingMessage) => void>;
}

// Now, because a test may start its server before it captures anything.
shareSecret();

let watching: Watching | null = null;
let outputs: readonly Output[] | null = null;

/** Has the reports of all captures go to these outputs too, from the next profiler on. */
export function writeTo(next: readonly Output[]): void {
  outputs = next;
}

let outputsOtherwise: () => readonly Output[] = () => [];

/** What makes those that QUERYSCOPE_OUTPUT names, where nobody else says where to write. Handed in, as it loads every output there is. */
export function writeByDefaultTo(make: () => readonly Output[]): void {
  outputsOtherwise = make;
}

/** The profiler, after a look at what has been loaded since the last time. */
export function testProfiler(): Watching {
  watching ??= watch();
  watching.finder.sweep();
  return watching;
}

/** The same for one of many tests, with a look at ever longer intervals: what a test's own file loads is there before it runs. */
export function profilerOfSuite(): Watching {
  watching ??= watch();
  watching.finder.scopeOpens();
  return watching;
}

/** Puts back what was patched. The next capture patches it again. */
export async function closeTestProfiler(): Promise<void> {
  if (watching === null) return;
  const { profiler, finder, leaveServers, takingIn } = watching;
  watching = null;
  finder.stop();
  leaveServers();
  (await takingIn)();
  await profiler.close();
}

function watch(): Watching {
  return withConfig((options) => {
    const { outputs: _, ...others } = options ?? {};
    const settings = settingsOf(
      { ...others, enabled: true },
      { detectors, outputs: outputs ?? outputsAsked(), env: process.env, cwd: process.cwd() },
    );
    const profiler = new Profiler(settings);
    // Requests that no capture makes are nobody's question in a test.
    const enter = profiler.expressInCaptures();
    const strayed: Watching['strayed'] = new Set();
    const leaveServers = enterRequests((req, res, next) => {
      if (strayed.size > 0 && !isInsideCapture() && linkedTo(req) === null) for (const tell of strayed) tell(req);
      enter(req, res, next);
    });
    const finder = new PgFinder((pg) => profiler.instrument(pg));
    const root = options?.root ?? repositoryRoot(process.cwd());
    return { profiler, root, finder, leaveServers, takingIn: takeReportsIn(), strayed };
  });
}

/** A failure says it all, so that a console would only say it again, unless it is asked for. */
function outputsAsked(): readonly Output[] {
  return process.env.QUERYSCOPE_OUTPUT ? outputsOtherwise() : [];
}
