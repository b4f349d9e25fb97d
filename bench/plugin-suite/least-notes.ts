// The least that could be called noticing what a test asks of its database: each statement's text, values, result and stack, which nobody reads, in an async
// context. What a suite pays for this no tool that knows as much can be spared.

import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { beforeEach } from 'vitest';

const scope = new AsyncLocalStorage<unknown[]>();
const { query } = pg.Client.prototype;

pg.Client.prototype.query = function noted(this: pg.Client, ...asked: unknown[]) {
  const note: unknown[] = [asked, performance.now()];
  Error.captureStackTrace(note, noted);
  scope.getStore()?.push(note);
  const answer = Reflect.apply(query, this, asked);
  return answer.then((result: unknown) => {
    note.push(result, performance.now());
    return result;
  });
} as typeof query;

beforeEach(() => scope.enterWith([]));
