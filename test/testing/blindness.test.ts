// A capture that saw nothing: whatever is asserted of it fails, with the reason that can be found, and passes only where that was asked for.

import { execFileSync, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { buildSync } from 'esbuild';
import express, { type NextFunction, type Request, type Response } from 'express';
import pg from 'pg';
import {
  assertAtomic,
  assertNoFindings,
  assertNoNPlusOne,
  assertScalesConstantly,
  assertStatementCount,
  capture,
  type Report,
  wrap,
} from 'queryscope/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../postgres.js';

const root = join(__dirname, '..', '..');

let database: string;
let pool: pg.Pool;

beforeAll(async () => {
  database = await freshDatabase();
  pool = new pg.Pool({ connectionString: database, max: 2 });
});

afterAll(() => pool.end());

const ASSERTIONS: [string, (report: Report, options?: object) => unknown][] = [
  ['assertNoNPlusOne', assertNoNPlusOne],
  ['assertAtomic', assertAtomic],
  ['assertNoFindings', assertNoFindings],
  ['assertStatementCount', (report, options) => assertStatementCount(report, 0, options)],
  ['assertStatementCount of a range', (report, options) => assertStatementCount(report, { max: 4 }, options)],
];

/** The reasons that an assertion gives, a line each. */
function reasonsFor(report: Report): string[] {
  try {
    assertNoFindings(report);
  } catch (error) {
    const [, , ...lines] = (error as Error).message.split('\n');
    return lines
      .slice(0, lines.indexOf(''))
      .join('\n')
      .split(/^ {3}· /m)
      .slice(1)
      .map((reason) => reason.replace(/\s+/g, ' ').trim());
  }
  return [];
}

async function captureReasons(fn: () => unknown): Promise<string[]> {
  const { report } = await capture('blind', fn);
  expect(report.profile.statements).toEqual([]);
  return reasonsFor(report);
}

/** Serves while `visit` runs. */
async function served(listener: http.RequestListener, visit: (port: number) => Promise<unknown>): Promise<void> {
  const server = http.createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  await visit((server.address() as AddressInfo).port).finally(() => {
    server.closeAllConnections();
    server.close();
  });
}

const ask = async (port: number) => (await fetch(`http://127.0.0.1:${port}/`)).text();

describe('each assertion', () => {
  test.each(ASSERTIONS)('%s fails, and passes where that is allowed', async (_, assert) => {
    const { report } = await capture('blind', () => {});
    expect(() => assert(report)).toThrow(/^'blind' captured not one statement, so there is nothing to judge/);
    assert(report, { allowNone: true });
  });

  test('of growth too', async () => {
    await expect(assertScalesConstantly(() => {})).rejects.toThrow(/^'n = 2' captured not one statement/);
    await assertScalesConstantly(() => {}, { allowNone: true });
  });

  test('judges what only a request inside sent', async () => {
    const { report } = await capture('outer', () => capture('inner', () => pool.query('select 1')));
    for (const [, assert] of ASSERTIONS.slice(0, 3)) assert(report);
    assertStatementCount(report, 1);
  });
});

describe('the reason', () => {
  test('no pg', () => {
    const script = `
      const { capture, assertNoFindings } = require('./dist/testing.js');
      capture('blind', () => {}).then(({ report }) => assertNoFindings(report)).catch(({ message }) => console.log(message));
    `;
    const said = execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' });
    expect(said.replace(/\s+/g, ' ')).toContain('· No pg has been loaded or instrumented in this process.');
  });

  test('another copy of pg, until its pool is wrapped', async () => {
    const place = mkdtempSync(join(tmpdir(), 'queryscope-bundle-'));
    const bundle = join(place, 'bundle.cjs');
    buildSync({
      stdin: {
        contents: `const { Pool } = require('pg'); exports.open = (url) => new Pool({ connectionString: url });`,
        resolveDir: root,
      },
      outfile: bundle,
      bundle: true,
      platform: 'node',
      external: ['pg-native'],
    });
    const bundled: pg.Pool = createRequire(bundle)(bundle).open(database);
    expect(await captureReasons(() => bundled.query('select 1'))).toEqual([
      expect.stringMatching(
        /^pg \d.* is watched, and nothing was sent through it meanwhile\. If the code did query, it has another copy of pg/,
      ),
    ]);
    wrap(bundled);
    const { report } = await capture(() => bundled.query('select 1'));
    assertStatementCount(report, 1);
    await bundled.end();
    rmSync(place, { recursive: true });
  });

  test('a server of another process that nothing watches', async () => {
    const child = fork(join(__dirname, 'server.cjs'), { env: { ...process.env, DATABASE: database }, execArgv: [] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    expect(await captureReasons(() => fetch(`http://127.0.0.1:${port}/1`))).toEqual([
      'GET 127.0.0.1: answered by a server that nothing watches. Where it is a process of its own, start it from the test with node --import queryscope/register.',
    ]);
    child.kill('SIGKILL');
  });

  test('a request of a client that sends no link', async () => {
    await served(
      async (_, response) => {
        await pool.query('select 1');
        response.end();
      },
      async (port) => {
        const byHand = () =>
          text(net.connect(port, '127.0.0.1').end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'));
        const reasons = await captureReasons(byHand);
        expect(reasons).toContainEqual(
          expect.stringMatching(
            /^1 request came in meanwhile without a link to the capture\. Node's http, https and fetch send one/,
          ),
        );
        // Nobody asked for a sample: it is missed.
        expect(reasons).toContainEqual(expect.stringMatching(/^1 statement was sent meanwhile outside any capture\./));
      },
    );
  });

  test('a context that a middleware lost, by the name of the middleware', async () => {
    const queue = new EventEmitter();
    const waiting: NextFunction[] = [];
    queue.on('drain', function drain() {
      waiting.shift()?.();
    });
    // As a worker does that was started with the app.
    const worker = setInterval(() => waiting.length > 0 && queue.emit('drain'), 5);
    const app = express();
    app.use(function fine(_: Request, __: Response, next: NextFunction) {
      setTimeout(next, 1);
    });
    app.use(function queued(_: Request, __: Response, next: NextFunction) {
      waiting.push(next);
    });
    app.get('/', async (_, response) => {
      await pool.query('select 1');
      response.end();
    });
    await served(app, async (port) => {
      expect(await captureReasons(() => ask(port))).toEqual([
        expect.stringMatching(
          /^GET \/: the context of the request was lost before it was handed on by (?:\S+\.)?drain \(test\/testing\/blindness\.test\.ts:\d+\), so what is sent from there on is in no scope$/,
        ),
        expect.stringMatching(/^1 statement was sent meanwhile outside any capture/),
      ]);
    });
    clearInterval(worker);
  });

  test('statements of a listener that was set up before', async () => {
    const jobs: (() => void)[] = [];
    const worker = setInterval(async () => {
      const done = jobs.shift();
      if (done === undefined) return;
      await pool.query('select 1');
      done();
    }, 5);
    expect(await captureReasons(() => new Promise<void>((resolve) => jobs.push(resolve)))).toEqual([
      expect.stringMatching(/^1 statement was sent meanwhile outside any capture\. Code that goes on from a queue/),
    ]);
    clearInterval(worker);
  });
});
