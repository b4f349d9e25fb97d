// Which frame of a later turn's stack is the loop's, as far as one stack can tell. Apart from loop-frame.ts, which compares the
// stack with that of the source: here there need be no source.

import type { Frame } from './types.js';

/**
 * The frame, by its depth, that a repetition was sent from. A turn that waited for the one before was begun by whatever went on when that was
 * answered: the outermost function that was running, which is the loop's unless a function further in had waited for something of its own. Turns that
 * did not wait all ran in one go; there a function without a name is what `map` was handed, unless it is the outermost of all, which is the handler's.
 */
export function turningFrame(frames: readonly Frame[], waited: boolean): number {
  let running = 0;
  while (running < frames.length && !frames[running]?.async) running++;
  if (waited) return Math.max(running - 1, 0);
  let callback = 0;
  while (callback < running && frames[callback]?.function !== null) callback++;
  return callback === running || callback === frames.length - 1 ? 0 : callback;
}
