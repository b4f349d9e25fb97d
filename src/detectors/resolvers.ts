// Loops that no line of the app turns: GraphQL calls a resolver once for each row of the one above it, and batching has to happen between the calls.

import { isSameFunction } from '../profile/call-sites.js';
import type { CallSite } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import type { Evidence } from './detector.js';

/** Did GraphQL turn this loop: is it in a resolver, and no function in there ran through both its rows' statement and it? */
export function isResolverLoop({ statements, source }: Evidence, view: ProfileView): boolean {
  const loop = siteOf(statements[0], view);
  if (loop?.resolver === undefined) return false;
  const above = siteOf(source[0], view)?.frames ?? [];
  const inside = loop.frames.slice(0, loop.resolver);
  return !inside.some((frame) => above.some((other) => isSameFunction(frame, other) && frame.line !== other.line));
}

/** What to do about it; `keys`: how the library asks for many, as code. */
export function byLoader(keys: string | null): string {
  const once = keys === null ? 'asks once for all keys' : `asks once for all keys, ${keys}`;
  return `GraphQL calls the resolver once for each row. Let it hand its key to a DataLoader, \`loader.load(key)\`, made anew for each request, whose function ${once}, and answers in the order of the keys.`;
}

function siteOf(statement: number | undefined, view: ProfileView): CallSite | null {
  return statement === undefined ? null : view.repeatOf(statement).callSite;
}
