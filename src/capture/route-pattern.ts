// The pattern of the route that answered: told by a framework, or put together as Express walks down its routers. Read at the end it
// would be wrong: by then routers have restored what they changed, and `req.baseUrl` holds values where the pattern had names.

import { idNamed, idsNamed, pathLabel } from '../profile/path-label.js';
import { guarded } from './guard.js';

/** What Express 4 and 5 hang on a request as they match it. */
export interface RoutedRequest {
  /** The path with its query string, as it came. */
  originalUrl?: string | undefined;
  url?: string | undefined;
  /** The part of the path that the routers so far were mounted at; with values. */
  baseUrl?: string;
  /** The route matched last; its path is a string, a RegExp or an array of both. */
  route?: { path?: unknown };
  /** Values of the path being matched, by name. */
  params?: Record<string, unknown>;
}

/** By request: a second middleware comes too late to see where the outer routers were mounted. */
const followed = new WeakMap<RoutedRequest, () => string | null>();

/** By request: what a framework said itself. */
const told = new WeakMap<object, string>();

/** The pattern of the route matched last; the path without its values where none was, or nobody followed the request. */
export function routePattern(req: RoutedRequest): string {
  return told.get(req) ?? followed.get(req)?.() ?? pathLabel(pathOf(req.originalUrl ?? req.url ?? '/'));
}

/** Takes a pattern from the framework that matched the request; what is no pattern is left out. `base` stands before it. */
export function tellRoute(req: object, path: unknown, base = ''): void {
  const pattern = joined(base, path);
  if (pattern !== null) told.set(req, pattern);
}

/** What of a request's path was taken off before the rest was routed, its ids named. */
export function mountPattern(url: string, rest: string): string {
  const path = pathOf(url);
  return path.endsWith(rest) ? idsNamed(path.slice(0, path.length - rest.length)) : '';
}

/** Follows a request through its routers from here on. */
export function followRoute(req: RoutedRequest): void {
  if (followed.has(req)) return;
  let baseUrl = req.baseUrl ?? '';
  /** By a `baseUrl` that routers went through, since they come back to it. */
  const bases = new Map([[baseUrl, idsNamed(baseUrl)]]);
  const patternOf = (route: RoutedRequest['route']) => joined(bases.get(baseUrl) ?? '', route?.path);
  let matched = patternOf(req.route);
  followed.set(req, () => matched);

  intercept(req, 'baseUrl', (value) => {
    const next = typeof value === 'string' ? value : '';
    const descends = next.length > baseUrl.length && next.startsWith(baseUrl);
    if (descends) bases.set(next, bases.get(baseUrl) + paramsNamed(next.slice(baseUrl.length), req.params));
    else if (!bases.has(next)) bases.set(next, idsNamed(next));
    baseUrl = next;
  });
  intercept(req, 'route', (next) => {
    matched = patternOf(next) ?? matched;
  });
}

/** Keeps a property as it is for everyone, and tells of each value it is given. Where nobody has set it yet, nobody who looks at all of them sees it. */
export function intercept<T extends object, K extends keyof T>(object: T, name: K, tell: (next: T[K]) => void): void {
  let value = object[name];
  const define = (enumerable: boolean) =>
    Object.defineProperty(object, name, {
      configurable: true,
      enumerable,
      get: () => value,
      set: (next: T[K]) => {
        value = next;
        if (!enumerable) define(true);
        guarded(() => tell(next));
      },
    });
  define(Object.hasOwn(object, name));
}

/** `/chats` and `/` are `/chats`; a route given as a RegExp shows as one. Null where no path is given. */
function joined(base: string, path: unknown): string | null {
  const paths = [path].flat().filter((one) => typeof one === 'string' || one instanceof RegExp);
  if (paths.length === 0) return null;
  const pattern = paths.join(' | ');
  return base !== '' && pattern === '/' ? base : base + pattern;
}

/** A mount path with its values as the names that the mount pattern gave them: `/users/42` → `/users/:userId`. */
function paramsNamed(path: string, params: Record<string, unknown> = {}): string {
  const names = new Map(Object.entries(params).map(([name, value]) => [value, name]));
  return path
    .split('/')
    .map((segment) => {
      const name = names.get(segment) ?? names.get(decoded(segment));
      return name === undefined ? idNamed(segment) : `:${name}`;
    })
    .join('/');
}

function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/';
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // Express answers 400; the label is still wanted.
  }
}
