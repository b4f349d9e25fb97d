// Cuts long work into slices, so that judging one request never holds up the next: the work is a generator that yields
// often, and whoever runs it decides how long one stretch may be.

import { performance } from 'node:perf_hooks';
import timers from 'node:timers';

// As they are when queryscope is loaded, and not the global object's: tests put fakes there, under which the work would never end.
const { setImmediate, setTimeout } = timers;
const now = performance.now.bind(performance);

/** A stretch of work between two turns of the event loop, in ms; a tenth of what would be felt (5 ms at the default caps), since V8 may collect in any of them. */
const SLICE_MS = 0.5;

/** Steps too small to be worth a pause each are taken in lots of this many. */
export const LOT = 64;

/** As many where a step is one value looked at: a comparison, a look-up. */
export const FINE_LOT = 512;

let spentMs = 0;

/** What this process has spent in slices so far, in ms: on judging, and on putting reports into words. */
export function timeInSlices(): number {
  return spentMs;
}

/** Calls a function after some ms, unless the process has nothing else to wait for. */
export function later(ms: number, fn: () => void): void {
  setTimeout(fn, ms).unref();
}

/** Runs to the end in one go: for tests and for tools that have nothing else to do. */
export function runAtOnce<T>(work: Generator<void, T>): T {
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}

/** Runs in slices of about `sliceMs`, with a turn of the event loop between them. */
export async function runSlices<T>(work: Generator<void, T>, sliceMs: number = SLICE_MS): Promise<T> {
  for (;;) {
    const begun = now();
    try {
      do {
        const step = work.next();
        if (step.done) return step.value;
      } while (now() < begun + sliceMs);
    } finally {
      spentMs += now() - begun;
    }
    await new Promise<void>((resume) => setImmediate(resume));
  }
}
