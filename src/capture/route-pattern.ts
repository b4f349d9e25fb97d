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
const followed = new WeakMap<RoutedRequest, Followed>();

/** By request: what a framework said itself. */
const told = new WeakMap<object, string>();

/** The pattern of the route matched last; the path without its values where none was, or nobody followed the request. */
export function routePattern(req: RoutedRequest): string {
  return told.get(req) ?? followed.get(req)?.matched ?? pathLabel(pathOf(req.originalUrl ?? req.url ?? '/'));
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
  const way = new Followed(req);
  followed.set(req, way);
  intercept(req, 'baseUrl', (next) => way.enters(next));
  intercept(req, 'route', (next) => way.matches(next));
}

/** How far routers have come with a request. */
class Followed {
  /** The pattern of the route matched last. */
  matched: string | null;
  readonly #req: RoutedRequest;
  #baseUrl: string;
  /** By a `baseUrl` that routers went through, since they come back to it: its pattern. Null: there is the first one only. */
  #bases: Map<string, string> | null = null;
  #base: string;

  constructor(req: RoutedRequest) {
    this.#req = req;
    this.#baseUrl = req.baseUrl ?? '';
    this.#base = this.#baseUrl === '' ? '' : idsNamed(this.#baseUrl);
    this.matched = joined(this.#base, req.route?.path);
  }

  matches(route: RoutedRequest['route']): void {
    this.matched = joined(this.#base, route?.path) ?? this.matched;
  }

  enters(baseUrl: unknown): void {
    const next = typeof baseUrl === 'string' ? baseUrl : '';
    if (next === this.#baseUrl) return;
    this.#bases ??= new Map([[this.#baseUrl, this.#base]]);
    const descends = next.length > this.#baseUrl.length && next.startsWith(this.#baseUrl);
    if (descends) {
      this.#bases.set(next, this.#base + paramsNamed(next.slice(this.#baseUrl.length), this.#req.params));
    } else if (!this.#bases.has(next)) this.#bases.set(next, idsNamed(next));
    this.#baseUrl = next;
    this.#base = this.#bases.get(next) ?? '';
  }
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
  if (path === undefined) return null;
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
