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
import { settingsOf } from '../options.js';
import { type Parts, Profiler } from '../profiler.js';
import type { Output } from '../report/report.js';
import { HandingOver } from './apart/handing-over.js';
import { SuiteOutput } from './apart/suite-output.js';
import { judging } from './load-judging.js';
import type { SuitePlace } from './suite-place.js';

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
let suite: SuitePlace | null = null;

/** Has the reports of all captures become a part of a suite's run too, from the next profiler on. */
export function joinRun(place: SuitePlace): void {
  suite = place;
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
    const output = suite && new SuiteOutput(suite, options?.detectors ?? {});
    const settings = settingsOf(
      { ...others, enabled: true },
      {
        get detectors() {
          return judging().detectors;
        },
        outputs: output === null ? outputsAsked() : [output],
        env: process.env,
        cwd: process.cwd(),
      },
    );
    const profiler = new Profiler(settings, partsFor(output));
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

/** What it is put together of: what judges is loaded when something is to be judged here. */
function partsFor(output: SuiteOutput | null): Parts {
  return {
    judge(settings, audience) {
      return output === null
        ? new (judging().Analysis)(settings, audience)
        : new HandingOver(settings, audience, output);
    },
    prove: (...asked) => judging().proveAtomic(...asked),
  };
}

/** A failure says it all, so that a console would only say it again, unless it is asked for. */
function outputsAsked(): readonly Output[] {
  return process.env.QUERYSCOPE_OUTPUT ? outputsOtherwise() : [];
}
