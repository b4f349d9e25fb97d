// The entry point `queryscope`: the public names, and the defaults that need to know every part.

import { Analysis } from './analysis.js';
import { state } from './capture/state.js';
import { defaultOutputs } from './default-outputs.js';
import { detectors } from './detectors/index.js';
import { type ProfilerOptions, settingsOf } from './options.js';
import { Profiler } from './profiler.js';
import { proveAtomic } from './prove/prove-atomic.js';

export { allow } from './allow.js';
export type { CallSites } from './capture/call-site.js';
export type { ExpressMiddleware } from './capture/express.js';
export type { Confidence, DetectorId, DismissalKind, Facts, Severity } from './detectors/detector.js';
export { QueryscopeError, type QueryscopeErrorCode } from './errors.js';
export { type Allow, type DetectorOptions, defaults, type Limits, type ProfilerOptions } from './options.js';
export { type ConsoleOutputOptions, consoleOutput } from './outputs/console.js';
export type * from './profile/types.js';
export type { Captured, CaptureOptions, Profiler, Settled } from './profiler.js';
export type { ProveOptions } from './prove/prove-options.js';
export type * from './report/proof.js';
export type { Dismissal, Finding, Output, Report, Suppressed, Watch } from './report/report.js';

/**
 * Makes a profiler. Throws a QueryscopeError where an option is unknown or makes no sense. In production it is off, and says so once,
 * unless `enabled` or QUERYSCOPE=1 asks for it.
 */
export function createProfiler(options?: ProfilerOptions): Profiler {
  const settings = settingsOf(options, { detectors, outputs: [], env: process.env, cwd: process.cwd() });
  if (options?.enabled === undefined && process.env.QUERYSCOPE === undefined && !settings.enabled) sayOff();
  return new Profiler(options?.outputs === undefined ? { ...settings, outputs: defaultOutputs() } : settings, {
    judge: (...made) => new Analysis(...made),
    prove: proveAtomic,
  });
}

function sayOff(): void {
  if (state.told.has('off')) return;
  state.told.add('off');
  process.stderr.write(
    'queryscope: off, because NODE_ENV is production; QUERYSCOPE=1 or the option `enabled` turns it on\n',
  );
}
