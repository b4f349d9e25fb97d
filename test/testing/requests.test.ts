// Requests that a test makes to its own server, with the clients that suites use: in the same process, and in one that runs queryscope/register. Either way
// they are children of the capture that made them.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import http, { type IncomingMessage, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { assertStatementCount, capture, type Report } from 'queryscope/testing';
import supertest from 'supertest';
import * as undici from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../postgres.js';

const root = join(__dirname, '..', '..');
const register = join(root, 'dist', 'register.js');

let database: string;
let pool: pg.Pool;
let here: Server;

beforeAll(async () => {
  database = await freshDatabase();
  pool = new pg.Pool({ connectionString: database, max: 2 });
  here = http.createServer(async ({ url = '' }, response) => {
    for (const id of url.slice(1).split(',')) await pool.query('select $1::int as id', [id]);
    response.end('done');
  });
  await once(here.listen(0, '127.0.0.1'), 'listening');
});

afterAll(async () => {
  here.closeAllConnections();
  here.close();
  await pool.end();
});

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
});

/** Starts the server in a process of its own; answers its port. */
async function start(args: readonly string[], env: Record<string, string> = {}): Promise<number> {
  const child = fork(join(__dirname, 'server.cjs'), {
    execArgv: [...args],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, DATABASE: database, ...env },
  });
  children.push(child);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return port;
}

const CLIENTS: [string, (origin: string, path: string) => Promise<unknown>][] = [
  ['fetch', async (origin, path) => (await fetch(origin + path)).text()],
  [
    'http.request',
    async (origin, path) => text((await once(http.get(origin + path), 'response'))[0] as IncomingMessage),
  ],
  ['supertest', (origin, path) => supertest(origin).get(path).expect(200)],
  ['undici.request', async (origin, path) => (await undici.request(origin + path)).body.text()],
  ["undici's fetch", async (origin, path) => (await undici.fetch(origin + path)).text()],
];

/** `GET /: 3` for each child, with what its parent is. */
const inside = (report: Report) =>
  report.children.map(({ profile }) => {
    expect(profile.parent).toBe(report.profile.id);
    return `${profile.label}: ${profile.statements.length}`;
  });

describe('in the same process', () => {
  test.each(CLIENTS)('by %s', async (_, ask) => {
    const { report } = await capture(() => ask(`http://127.0.0.1:${(here.address() as AddressInfo).port}`, '/1,2,3'));
    expect(inside(report)).toEqual(['GET /:id: 3']);
    assertStatementCount(report, 3);
  });

  test('by supertest, which listens inside the capture', async () => {
    const [app] = here.listeners('request') as [http.RequestListener];
    const { report } = await capture(() => supertest(app).get('/1,2').expect(200));
    expect(inside(report)).toEqual(['GET /:id: 2']);
  });
});

describe('in a process that runs queryscope/register', () => {
  test('by each client, on one server', async () => {
    const origin = `http://127.0.0.1:${await start(['--require', register])}`;
    for (const [client, ask] of CLIENTS) {
      const { report } = await capture(client, () => ask(origin, '/1,2,3'));
      expect([client, ...inside(report)]).toEqual([client, 'GET /:id: 3']);
      expect(report.profile.notices).toEqual([]);
      assertStatementCount(report, 3);
    }
  });

  test('by many captures at once, each its own', async () => {
    const origin = `http://127.0.0.1:${await start(['--require', register])}`;
    const captures = Array.from({ length: 20 }, (_, i) =>
      capture(`${i}`, async () => {
        await Promise.all(Array.from({ length: i % 4 }, () => fetch(`${origin}/${Array(i + 1).fill(i)}`)));
      }),
    );
    const reports = (await Promise.all(captures)).map(({ report }) => report);
    expect(reports.map(inside)).toEqual(Array.from({ length: 20 }, (_, i) => Array(i % 4).fill(`GET /:id: ${i + 1}`)));
  });

  test('that was started inside the capture', async () => {
    const { report } = await capture(async () => {
      const port = await start(['--import', `file://${register.replace('.js', '.mjs')}`]);
      await (await fetch(`http://localhost:${port}/1`)).text();
    });
    expect(inside(report)).toEqual(['GET /:id: 1']);
  });

  test('whose report does not come is missed aloud', async () => {
    const port = await start(['--require', register]);
    const { report } = await capture(async () => {
      const response = await fetch(`http://127.0.0.1:${port}/die`);
      await response.text().catch(() => {});
    });
    expect(report.children).toEqual([]);
    expect(report.profile.notices).toEqual([
      { code: 'report-missing', message: expect.stringContaining('had no report'), count: 1 },
    ]);
  });
});

describe('nobody else is believed', () => {
  test('a process in production is asked and says nothing', async () => {
    const origin = `http://127.0.0.1:${await start(['--require', register], { NODE_ENV: 'production', QUERYSCOPE: '1' })}`;
    const { report } = await capture(async () => {
      const response = await fetch(`${origin}/1`);
      expect([...response.headers.keys()]).not.toContain('x-queryscope-scope');
    });
    expect(report.children).toEqual([]);
  });

  test('a process with another secret neither answers nor delivers', async () => {
    const origin = `http://127.0.0.1:${await start(['--require', register], { QUERYSCOPE_LINK: 'guessed' })}`;
    const { report } = await capture(async () => {
      await (await fetch(`${origin}/1`)).text();
    });
    expect(report.children).toEqual([]);
    expect(report.profile.activities).toMatchObject([{ watched: false }]);
  });

  test('a report that was signed by nobody, or that is none, is not taken in', async () => {
    let link = '';
    const spy = http.createServer(({ headers }, response) => {
      link = String(headers['x-queryscope-scope']);
      response.end();
    });
    await once(spy.listen(0, '127.0.0.1'), 'listening');
    const { report } = await capture(async () => {
      const { port } = spy.address() as AddressInfo;
      // Where no scope is opened the request is just that.
      await text((await once(http.get({ port, host: '127.0.0.1' }), 'response'))[0] as IncomingMessage);
      const [scope, number, intake] = link.split('.') as [string, string, string];
      const forged = { format: 1, profile: {}, children: [], findings: [] };
      for (const sent of [
        JSON.stringify({ link: `${scope}.${number}.${intake}.${'A'.repeat(43)}`, id: 'x', report: forged }),
        JSON.stringify({ link: `${scope}.${number}`, id: 'x', report: forged }),
        JSON.stringify({ link, id: 'y', report: { ...forged, format: 2 } }),
        JSON.stringify({ link, id: 'z', report: null }),
        '{"link":',
        '',
      ]) {
        const socket = net.connect(Number(intake), '127.0.0.1').end(sent);
        await once(socket.resume(), 'close');
      }
    });
    spy.close();
    expect(report.children.map(({ profile }) => profile.label)).toEqual(['GET /']);
  });
});
