// Captures as test code asks for them: no profiler to set up, and what is noted beside the report says later why it may be empty.

import type { Profiler } from '../profiler.js';
import type { Report } from '../report/report.js';
import { testProfiler } from './test-profiler.js';

/** What was seen while a capture ran and is in no report. */
export interface Beside {
  /** Requests that came in at servers of this process and belonged to no capture. */
  strayRequests: number;
}

const NOTHING: Beside = { strayRequests: 0 };
const seen = new WeakMap<Report, Beside>();

/**
 * Runs a function in a scope of its own, with all that it calls: its statements, and as children the requests that it makes to servers on this machine. Answers its result and the
 * report; rejects with the function's error, unless `{ settle: true }` asks for that beside the report. Each pg that is loaded is watched; for one
 * inside a bundle see `wrap`.
 */
export const capture: Profiler['capture'] = async (...args: unknown[]) => {
  const { profiler, strayed, takingIn } = testProfiler();
  await takingIn;
  const beside: Beside = { strayRequests: 0 };
  const note = () => {
    beside.strayRequests += 1;
  };
  strayed.add(note);
  try {
    const captured = await profiler.captureTest(...(args as Parameters<Profiler['capture']>));
    seen.set(captured.report, beside);
    return captured as never;
  } finally {
    strayed.delete(note);
  }
};

/** Watches a pg module that is found nowhere by itself: a mock of it, or one in a bundle. */
export function instrument(pg: object): void {
  testProfiler().profiler.instrument(pg);
}

/** Watches the copy of pg that a live pool, or the handle of an ORM, is made of; answers it. */
export function wrap<P extends object>(pool: P): P {
  return testProfiler().profiler.wrap(pool);
}

/** What was seen beside a report; nothing where another profiler made it. */
export function besideOf(report: Report): Beside {
  return seen.get(report) ?? NOTHING;
}
