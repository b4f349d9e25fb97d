// Which line to name: the loop, which is seldom the line that sends the statement. Pure, and apart from the detectors,
// because every one of them that names a loop has to name the same line.

import { isSameFunction } from './call-sites.js';
import type { CallSite, Frame } from './types.js';

/**
 * The call site of a loop's statements, with the frame named where the way to them and the way to their source part: the outermost function
 * that both run through at different lines. That function holds the rows and sends the statements, so it is the loop's, or the
 * nearest to it that stacks can show; functions further in (a query wrapper with two lines) may meet by chance. Without such a function:
 * the innermost frame that is not a wrapper of both, else the innermost.
 *
 * A source's site may be assumed, and the assumption wrong; then functions without a name or a known place, which any two handlers of one file are, tie nothing.
 */
export function loopSite(loop: CallSite | null, source: CallSite | null): CallSite | null {
  if (loop === null || source === null) return loop;
  const parting = loop.frames.findLast(
    (frame) =>
      (frame.function !== null || frame.place !== undefined || !source.assumed) &&
      source.frames.some((other) => isElsewhereIn(frame, other)) &&
      !isWrapper(frame, source),
  );
  const named = parting ?? loop.frames.find((frame) => !isWrapper(frame, source));
  return named ? { ...loop, file: named.file, line: named.line, column: named.column, function: named.function } : loop;
}

function isElsewhereIn(frame: Frame, other: Frame): boolean {
  return isSameFunction(frame, other) && frame.line !== other.line;
}

/** Both statements went through this very line, so it says nothing of either. */
function isWrapper(frame: Frame, source: CallSite): boolean {
  return source.frames.some((other) => isSameFunction(frame, other) && frame.line === other.line);
}
