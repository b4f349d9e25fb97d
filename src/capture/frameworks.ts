// Frameworks that keep the route they matched to themselves: Fastify tells it to its hooks, Koa's router writes it on Koa's context. Neither
// is imported; what is used of them is declared here.

import { subscribe } from 'node:diagnostics_channel';
import type { Sought } from './find-modules.js';
import { guarded } from './guard.js';
import { patchAt, type Wrap } from './patches.js';
import { intercept, mountPattern, tellRoute } from './route-pattern.js';

interface FastifyRequest {
  readonly raw: object;
  /** Its `url` is the pattern with all prefixes; undefined where no route matched. */
  readonly routeOptions?: { url?: string };
}

interface Fastify {
  addHook(name: 'onRequest', hook: (request: FastifyRequest, reply: unknown, done: () => void) => void): void;
}

/** Fastify 4 and 5 announce each app as it is made, before it has a plugin or a route. */
export function followFastify(): void {
  subscribe('fastify.initialization', (message) => {
    guarded(() => {
      (message as { fastify: Fastify }).fastify.addHook('onRequest', (request, _reply, done) => {
        guarded(() => tellRoute(request.raw, request.routeOptions?.url));
        done();
      });
    });
  });
}

interface KoaContext {
  readonly req: object;
  /** As it came. */
  readonly originalUrl: string;
  /** What is left of it to be routed: koa-mount takes its prefix off. */
  readonly path: string;
  /** Set by koa-router and @koa/router: the pattern, with the prefixes of the routers. */
  _matchedRoute?: unknown;
}

interface Koa {
  prototype: { handleRequest(context: KoaContext, ...rest: unknown[]): unknown };
}

/** Koa 2 and 3 hand each context to `handleRequest`. */
export const soughtKoa: Sought = {
  is: (exports) => {
    const prototype = Object.getOwnPropertyDescriptor(exports, 'prototype')?.value;
    return (
      typeof exports === 'function' &&
      ['handleRequest', 'createContext', 'callback'].every(
        (name) => typeof Object.getOwnPropertyDescriptor(prototype ?? {}, name)?.value === 'function',
      )
    );
  },
  found: (exports) => patchAt((exports as Koa).prototype, 'handleRequest', wrapHandleRequest, soughtKoa),
};

const wrapHandleRequest: Wrap = (patch) => {
  const original = patch.original as Koa['prototype']['handleRequest'];
  return function handleRequest(this: object, ...args: Parameters<typeof original>): unknown {
    if (patch.active) guarded(() => followKoa(args[0]));
    return Reflect.apply(original, this, args);
  };
};

function followKoa(context: KoaContext): void {
  intercept(context, '_matchedRoute', (route) => {
    tellRoute(context.req, route, mountPattern(context.originalUrl, context.path));
  });
}
