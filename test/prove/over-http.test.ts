// A function that calls the app under test over HTTP: the writes are the app's, inside its requests, and so is the failure.

import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inTransaction, makeTransfer } from '../../examples/transfer/transfer.js';
import { createProfiler, type Profiler, type Proof } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';

let pool: pg.Pool;
let profiler: Profiler;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase() });
  await pool.query('create table transfer (id serial, account_id int, amount int)');
});
beforeEach(async () => {
  await pool.query('truncate transfer');
  profiler = createProfiler({ outputs: [], enabled: true });
  profiler.instrument(pg);
  return () => profiler.close();
});
afterAll(() => pool?.end());

function app({ watched }: { watched: boolean }): express.Express {
  const app = express();
  if (watched) app.use(profiler.express());
  app.post('/apart', async (_req, res) => {
    await makeTransfer(pool, 1, 2, 50);
    res.json('sent');
  });
  app.post('/whole', async (_req, res) => {
    await inTransaction(pool, (client) => makeTransfer(client, 1, 2, 50));
    res.json('sent');
  });
  app.post('/swallowed', async (_req, res) => {
    await makeTransfer(pool, 1, 2, 50).catch(() => {});
    res.json('sent');
  });
  app.use((_error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    res.status(500).json('something went wrong');
  });
  return app;
}

async function listening(app: http.RequestListener): Promise<{ url: string; stop(): Promise<unknown> }> {
  const server = http.createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

const byFetch = async (url: string): Promise<void> => {
  await (await fetch(url, { method: 'POST' })).text();
};
const byHttp = (url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    http
      .request(url, { method: 'POST' }, (answer) => answer.resume().on('end', resolve))
      .on('error', reject)
      .end('{}');
  });

const told = ({ runs }: Proof): string[] =>
  runs.map(({ failed, at, how, outcome, stayed, answered, crashed }) => {
    const left = stayed.map(({ write, deed, rows }) => `${write} ${deed} ${rows}`).join(', ') || 'nothing';
    return `${at} ${failed} ${how}: ${outcome}, ${left}, ${crashed ? 'crashed' : answered.status}`;
  });

const WATCHED = [
  ['an app that is watched', true],
  ['an app that is not', false],
] as const;
const WAYS = [
  ['fetch', byFetch],
  ['node:http', byHttp],
] as const;

describe.each(WATCHED)('%s', (_name, watched) => {
  it.each(WAYS)(
    'called by %s: the failure is in its request, and its status is what the caller was told',
    async (_way, call) => {
      // It listens already, outside anything under proof.
      const { url, stop } = await listening(app({ watched }));
      try {
        const apart = await profiler.proveAtomic(() => call(`${url}/apart`), { label: 'apart' });
        expect([apart.atomic, apart.stopped, apart.untried]).toEqual([false, null, []]);
        expect(told(apart)).toEqual([
          'write 1 error: rolled back, nothing, 500',
          'write 1 cut: rolled back, nothing, 500',
          'write 2 error: torn, 1 INSERT INTO transfer 1, 500',
          'write 2 cut: torn, 1 INSERT INTO transfer 1, 500',
          'write 2 answer lost: unknown, 1 INSERT INTO transfer 1, 2 INSERT INTO transfer 1, 500',
        ]);
        const whole = await profiler.proveAtomic(() => call(`${url}/whole`), { label: 'whole' });
        expect([whole.atomic, whole.writes.map(({ transaction }) => transaction)]).toEqual([true, [0, 0]]);
        expect(told(whole).filter((line) => !line.includes('cut') && !line.includes('lost'))).toEqual([
          'write 1 error: rolled back, nothing, 500',
          'write 2 error: rolled back, nothing, 500',
          'commit 2 error: rolled back, nothing, 500',
        ]);
        const swallowed = await profiler.proveAtomic(() => call(`${url}/swallowed`), { label: 'swallowed' });
        expect(told(swallowed)[2]).toBe('write 2 error: swallowed, 1 INSERT INTO transfer 1, 200');
      } finally {
        await stop();
      }
    },
  );
});

it('the request is a scope inside the run, under its route', async () => {
  const { url, stop } = await listening(app({ watched: true }));
  try {
    const { report } = await profiler.proveAtomic(() => byFetch(`${url}/whole`), { label: 'the client' });
    expect([report.profile.label, report.profile.statements]).toEqual(['the client', []]);
    expect(report.children.map(({ profile }) => [profile.label, profile.parent])).toEqual([
      ['POST /whole', report.profile.id],
    ]);
  } finally {
    await stop();
  }
});
