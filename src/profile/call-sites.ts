// When two stacks are one call site. Pure, because the same rule is asked by what remembers sites, by the profile and by
// views over profiles read from disk.

import type { CallSite, Frame } from './types.js';

/** The call site of a stack's app frames, innermost first; null where there are none. */
export function siteOf(frames: readonly Frame[]): CallSite | null {
  const [first] = frames;
  if (first === undefined) return null;
  const { file, line, column, function: name } = first;
  return { file, line, column, function: name, frames: [...frames] };
}

/** The same call site, with another of its frames shown. */
export function shownAt(site: CallSite, depth: number): CallSite {
  const { file, line, column, function: name } = site.frames[depth] as Frame;
  return { ...site, file, line, column, function: name };
}

/** How far out the frame is that is shown; 0 is the innermost. */
export function shownDepth({ file, line, column, frames }: CallSite): number {
  for (let depth = 0; depth < frames.length; depth++) {
    const frame = frames[depth] as Frame;
    if (frame.line === line && frame.column === column && frame.file === file) return depth;
  }
  return 0;
}

/**
 * Are these two captures of one call site? JavaScript shows the same line differently: the first turn of a loop has all its callers
 * on the stack and later turns only those that await it, at other columns; and a stack may have been captured less deep. So `async` is
 * not compared, and one stack has to be the beginning of the other. Columns tell several calls in one line apart (`[load(1), load(2)]`), but only between
 * frames of one kind: V8 places a running function at its call and a waiting one at its `await`. Who called a function and who awaits it may be different code
 * (`map` calls, `Promise.all` is awaited): where one stack shows the one and the other the other, no more can be compared.
 */
export function sameSite(a: CallSite, b: CallSite): boolean {
  const shared = Math.min(a.frames.length, b.frames.length);
  for (let depth = 0; depth < shared; depth++) {
    const one = a.frames[depth] as Frame;
    const other = b.frames[depth] as Frame;
    if (sameFrame(one, other)) continue;
    return depth > 0 && one.async !== other.async;
  }
  return shared > 0;
}

/** Do both stacks show running functions and waiting ones at the same depths, as far as both go? Then they can be compared column by column. */
export function isShownAlike(a: CallSite, b: CallSite): boolean {
  const shared = Math.min(a.frames.length, b.frames.length);
  for (let depth = 0; depth < shared; depth++) {
    if ((a.frames[depth] as Frame).async !== (b.frames[depth] as Frame).async) return false;
  }
  return true;
}

/** Of two captures of one call site the one that says more, the first where they say the same; shown where either knows it to be further out. */
export function longerOf(a: CallSite, b: CallSite): CallSite {
  if (a === b) return a;
  const [longer, other] = b.frames.length > a.frames.length ? [b, a] : [a, b];
  const depth = Math.max(shownDepth(a), shownDepth(b));
  const site = depth === shownDepth(longer) ? longer : shownAt(longer, depth);
  const through = (other.through?.length ?? 0) > (site.through?.length ?? 0) ? other.through : site.through;
  if (through === site.through && !(site.resolver && !other.resolver)) return site;
  // A loop of the app's own is in a resolver only as it begins.
  const { resolver, ...rest } = site;
  return { ...rest, ...(through && { through }), ...(resolver && other.resolver && { resolver }) };
}

function sameFrame(a: Frame, b: Frame): boolean {
  if (a.line !== b.line || a.function !== b.function || a.file !== b.file) return false;
  return a.column === b.column || a.async !== b.async;
}

/** Are these two frames of one function, at whatever lines? Without a name it is known by the place where it begins. */
export function isSameFunction(a: Frame, b: Frame): boolean {
  return a.function === b.function && a.file === b.file && a.place === b.place;
}
