// Where a request loses its context: a middleware that goes on from a queue or a listener of its own hands the request on outside its scope, and all that
// is sent from there on is missing. Routers as Express has them tell of each step, so the culprit can be named.

import { relative } from 'node:path';
import type { Stack } from './call-site.js';
import { isOwnFile, posixPath } from './path-names.js';
import { intercept, type RoutedRequest } from './route-pattern.js';
import { currentScope, type Scope } from './scope.js';
import { type RawFrame, readStack } from './stack-frames.js';

const followed = new WeakSet<object>();

const ROUTER = /\/node_modules\/(?:express[^/]*|router)\//;

/** Has the scope of a request say where its context went, the first time that it is handed on in another. */
export function followContext(req: RoutedRequest, scope: Scope): void {
  if (followed.has(req)) return;
  followed.add(req);
  let lost = false;
  // Set before each layer is called.
  intercept(req, 'params', () => {
    if (lost || scope.ended || currentScope() === scope) return;
    lost = true;
    const stack: Stack = {};
    Error.captureStackTrace(stack);
    const who = readStack(stack).frames.find(({ file }) => file !== null && !isBetween(file));
    scope.recorder.notice(
      'context-lost',
      `the context of the request was lost before it was handed on by ${placeOf(who)}, so what is sent from there on is in no scope`,
    );
  });
}

/** Between the app's middleware and here lie only files of queryscope's own, and the router's. */
function isBetween(file: string): boolean {
  return isOwnFile(file) || ROUTER.test(posixPath(file));
}

/** `drain (src/queue.ts:12)`. */
function placeOf(frame: RawFrame | undefined): string {
  if (frame === undefined || frame.file === null) return 'a middleware';
  const path = posixPath(relative(process.cwd(), posixPath(frame.file)));
  return `${frame.function ?? 'a callback'} (${path}:${frame.line})`;
}
