// What outlives a request (listeners, timers, connections) keeps no scope open, and nothing of the request's in memory. In a process of
// its own, whose garbage is collected on demand.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { freshDatabase } from '../postgres.js';
import { type Installed, installApps } from './installed.js';

let installed: Installed;
let database: string;

beforeAll(async () => {
  [installed, database] = await Promise.all([installApps(), freshDatabase()]);
}, 240_000);

test('a long-lived listener or a job keeps no scope alive', async () => {
  const { NODE_ENV, VITEST, NODE_OPTIONS, ...env } = process.env;
  const args = ['--expose-gc', '--import', 'queryscope/register', join(installed.apps, 'keeping.cjs')];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: installed.apps,
    env: { ...env, DATABASE: database },
    timeout: 100_000,
  });
  // Node itself keeps the context that a timer, a signal handler or a promise was made in, and pg the callback of a client's connect. In it
  // is a scope that has been emptied: no note, value or row, and neither request nor response.
  expect(JSON.parse(stdout)).toEqual({
    open: 0,
    notes: 0,
    kept: {
      nothing: [],
      'a listener on an emitter': [],
      'a listener on the process': ['scope'],
      'a client that listens': [],
      'a pool': ['scope'],
      'a connection of an agent': ['scope'],
      'an interval': ['scope'],
      'a job that goes on for ever': ['scope'],
      'a promise that nobody settles': ['scope'],
    },
  });
});
