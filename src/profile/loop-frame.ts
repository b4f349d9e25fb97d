// Which line to name: the loop or whoever asked, which is seldom the line that sends the statement. Pure, and apart from the detectors,
// because all that name such a line have to name the same one.

import { isSameFunction, shownAt, shownDepth } from './call-sites.js';
import type { CallSite, Frame } from './types.js';

/**
 * The call site of a loop's statements, with the frame named where the way to them and the way to their source part: the outermost function
 * that both run through at different places. That function holds the rows and sends the statements, so it is the loop's, or the
 * nearest to it that stacks can show; functions further in (a query wrapper with two lines) may meet by chance. Without such a function
 * (callbacks of `then` and of timers have no callers to show): the innermost frame that is not a wrapper of both, in the outermost file that both run
 * through, since what they call in other files is further in; else in any.
 *
 * A source's site may be assumed, and the assumption wrong; then functions without a name or a known place, which any two handlers of one file are, tie nothing.
 */
export function loopSite(loop: CallSite | null, source: CallSite | null): CallSite | null {
  if (loop === null || source === null) return loop;
  const own = loop.frames.filter((frame) => !isWrapper(frame, source));
  const telling = own.filter((frame) => frame.function !== null || frame.place !== undefined || !source.assumed);
  const parting = telling.findLast((frame) => source.frames.some((other) => isElsewhereIn(frame, other)));
  if (parting !== undefined && isWrittenIn(parting, loop)) return loop;
  const file = source.frames.findLast((other) => telling.some((frame) => frame.file === other.file))?.file;
  const named = parting ?? telling.find((frame) => frame.file === file) ?? own[0];
  return named ? shownAt(loop, loop.frames.indexOf(named)) : loop;
}

/**
 * The call site of a statement that another one stands around, with the innermost frame named whose function the other one did not run through: who asked for
 * it in there, where one function of many callers sent both. Without such a function: as it is.
 */
export function innerSite(inner: CallSite | null, outer: CallSite | null): CallSite | null {
  if (inner === null || outer === null) return inner;
  const own = inner.frames.findIndex((frame) => !outer.frames.some((other) => isSameFunction(frame, other)));
  return own < 0 ? inner : shownAt(inner, own);
}

/** Did one function have to do with both? */
export function shareFunction(one: CallSite | null, other: CallSite | null): boolean {
  return one?.frames.some((frame) => other?.frames.some((each) => isSameFunction(frame, each))) ?? false;
}

/**
 * Is the frame that is shown already, since the later turns began there, a callback written inside the call where the ways part? `transaction(async (client) => { for … })`:
 * the loop is in it.
 */
function isWrittenIn(parting: Frame, loop: CallSite): boolean {
  const depth = shownDepth(loop);
  const shown = loop.frames[depth] as Frame;
  return (
    shown.function === null &&
    shown.file === parting.file &&
    shown.line > parting.line &&
    depth < loop.frames.indexOf(parting)
  );
}

function isElsewhereIn(frame: Frame, other: Frame): boolean {
  return isSameFunction(frame, other) && !isSamePlace(frame, other);
}

/** Both statements went through this very place, so it says nothing of either. */
function isWrapper(frame: Frame, source: CallSite): boolean {
  return source.frames.some((other) => isSameFunction(frame, other) && isSamePlace(frame, other));
}

/**
 * `for (const chat of await chats()) await messages(chat)` is one line with two calls. A call that is awaited is shown at another column than the same
 * call while it runs, so columns are compared only where both were shown alike.
 */
function isSamePlace(a: Frame, b: Frame): boolean {
  return a.line === b.line && (a.async !== b.async || a.column === b.column);
}
