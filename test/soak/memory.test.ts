// What requests leave behind: nothing. The heap is after many what it was after a thousand, and rows and bound values can be collected as soon as their scope has
// closed, while its report is held.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { seed } from '../../bench/database.js';
import { Worker } from '../../bench/worker.js';
import { freshDatabase } from '../postgres.js';

/** Requests of the story, 23 statements each; .ci/full sends 100,000. */
const REQUESTS = Number(process.env.QUERYSCOPE_MEMORY_REQUESTS ?? 5_000);
const WARM_UP = 1_000;
/** What V8 compiles and forgets in few requests comes and goes by 1 MB of 18; 400 bytes that each of 4,000 left behind would be more. */
const MOST = REQUESTS < 100_000 ? 1.08 : 1.03;

it(`the heap is after ${REQUESTS} requests what it was after ${WARM_UP}`, { timeout: 1_800_000 }, async () => {
  const url = await freshDatabase();
  await seed(url);
  const worker = await Worker.start('heap-worker.cjs', ['default', 'null', 'story', url], ['--expose-gc']);
  try {
    const before = await worker.ask<number>({ requests: WARM_UP });
    const after = await worker.ask<number>({ requests: REQUESTS - WARM_UP });
    expect(after / before).toBeLessThan(MOST);
  } finally {
    await worker.end();
  }
});

it('rows and values can be collected as soon as their scope has closed', async () => {
  const app = fork(join(__dirname, 'rows-app.cjs'), [await freshDatabase()], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, NODE_ENV: '', NODE_OPTIONS: '' },
  });
  const [{ rows, collected, reports, statements }] = await once(app, 'message');
  // 30 visits of 3 routes and a capture; what is sent after the response is a job of its own.
  expect([reports, statements, rows]).toEqual([150, 210, 30 * 4 * 21]);
  // Each of the 4 connections keeps its last result, whoever watches it: that is the driver's.
  expect(rows - collected).toBeLessThanOrEqual(4 * 21);
});
