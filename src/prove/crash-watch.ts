// Tells when the process would have ended because of a failure that was made, and lets it live: a rejection or an error that nobody handles. What has other
// causes goes its usual way.

import { state } from '../capture/state.js';
import type { Trial } from '../capture/trial.js';

const ENDS: ReadonlySet<unknown> = new Set(['unhandledRejection', 'uncaughtException']);

type Emit = (this: NodeJS.Process, event: string, ...args: unknown[]) => boolean;

/** Watches for trials, those that are added later too; answers how to stop. */
export function watchCrashes(trials: ReadonlySet<Trial>): () => void {
  const emit = process.emit as Emit;
  const wasOwn = Object.hasOwn(process, 'emit');
  const watching: Emit = function (this: NodeJS.Process, event, ...args) {
    const trial = ENDS.has(event) ? [...trials].find((each) => isOf(each, args[0])) : undefined;
    if (trial !== undefined) {
      trial.crashed();
      return true;
    }
    return Reflect.apply(emit, this, [event, ...args]);
  };
  process.emit = watching as typeof process.emit;
  return () => {
    if (process.emit !== watching) return;
    if (wasOwn) process.emit = emit as typeof process.emit;
    else Reflect.deleteProperty(process, 'emit');
  };
}

/** Is it the error that the app was given, or one that the app made of it? */
function isOf(trial: Trial, error: unknown): boolean {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < DEEPEST; depth++) {
    if (trial.errors.has(at)) return true;
    at = (at as { cause?: unknown }).cause;
  }
  return trial.struck !== null && state.storage.getStore()?.scope?.trial === trial;
}

/** Errors that name a cause each. */
const DEEPEST = 16;
