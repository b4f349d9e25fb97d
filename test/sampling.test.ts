// Requests that are left out: who decides it, what it costs them, and that nobody takes them for requests that nobody watched.

import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { state } from '../src/capture/state.js';
import { detectors } from '../src/detectors/index.js';
import { allow, createProfiler, type Profiler, type ProfilerOptions, type Report } from '../src/index.js';
import { settingsOf } from '../src/options.js';
import { timeInSlices } from '../src/profile/slices.js';
import { timeBudget } from '../src/time-budget.js';
import { freshDatabase } from './postgres.js';

const bodyParser = createRequire(__filename)('body-parser-old') as { json(): RequestHandler };

let pool: pg.Pool;
const profilers: Profiler[] = [];

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 2 });
});

afterAll(() => pool.end());

afterEach(async () => {
  vi.restoreAllMocks();
  for (const profiler of profilers.splice(0)) await profiler.close();
});

let before: { requests: number; statements: number; unattributed: number };

beforeEach(() => {
  before = { ...state.unsampled, unattributed: state.unattributed };
});

/** Requests and statements left out since, and statements outside anything. */
const leftOut = () => ({
  requests: state.unsampled.requests - before.requests,
  statements: state.unsampled.statements - before.statements,
  unattributed: state.unattributed - before.unattributed,
});

function profilerWith(sampleRate: ProfilerOptions['sampleRate']): Profiler {
  const profiler = createProfiler({ outputs: [], ...(sampleRate !== undefined && { sampleRate }) });
  profiler.instrument(pg);
  profilers.push(profiler);
  return profiler;
}

/** Sends each of the paths to an app that runs one statement, or two where a body is read; answers the labels that were reported. */
async function visited(watching: readonly Profiler[], paths: readonly string[]): Promise<string[]> {
  const reports: Report[] = [];
  const around = state.unjudged.size;
  for (const profiler of watching) profiler.onReport((report) => void reports.push(report));
  const app = express();
  for (const profiler of watching) app.use(profiler.express());
  app.get('/health', async (_req, res) => void res.json((await pool.query('select 1')).rows));
  app.get('/chats/:id', async (_req, res) => {
    await allow({ detector: 'duplicate-statement', reason: 'as it is' }, () => pool.query('select 2'));
    res.json((await pool.query('select 3')).rows);
  });
  app.post('/chats', bodyParser.json(), async (_req, res) => void res.json((await pool.query('select 4')).rows));
  app.post('/uploads', (req, res) => {
    req.resume().on('end', async () => void res.json((await pool.query('select 5')).rows));
  });
  const server = http.createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const path of paths) {
    const [, kind, route] = /^(?:(POST|STREAM|PARTS) )?(.*)$/.exec(path) as unknown as [string, string?, string?];
    await (await fetch(origin + route, kind === undefined ? {} : sending(kind, '{"a":1}'))).text();
  }
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  await vi.waitFor(() => expect(state.unjudged.size).toBe(around), { timeout: 20_000 });
  // Reports are understood in slices, and may overtake each other.
  return [...new Set(reports)].map(({ profile }) => profile.label).sort();
}

/** A body that comes whole, as a stream, or in parts with its length said beforehand. */
function sending(kind: string, text: string): RequestInit & { duplex: 'half' } {
  const body = kind === 'POST' ? text : comingLater(text);
  const length = kind === 'PARTS' ? { 'content-length': String(text.length) } : {};
  return { method: 'POST', body, headers: { 'content-type': 'application/json', ...length }, duplex: 'half' };
}

/** Ends when the app waits for it already: what it does then it does in the context of the connection. */
function comingLater(text: string): ReadableStream {
  const [first, second] = [text.slice(0, 3), text.slice(3)].map((part) => new TextEncoder().encode(part));
  return new ReadableStream({
    start(controller) {
      controller.enqueue(first);
      setTimeout(() => {
        controller.enqueue(second);
        controller.close();
      }, 100);
    },
  });
}

test('at 0 none is recorded, and all are counted as left out', async () => {
  expect(
    await visited([profilerWith(0)], ['/health', '/chats/1', 'POST /chats', 'STREAM /uploads', 'PARTS /uploads']),
  ).toEqual([]);
  expect(leftOut()).toEqual({ requests: 5, statements: 6, unattributed: 0 });
});

test('a share of them is drawn as each begins', async () => {
  const draws = [0.05, 0.5, 0.09];
  const drawn = vi.spyOn(Math, 'random').mockImplementation(() => draws.shift() ?? 1);
  expect(await visited([profilerWith(0.1)], ['/health', '/chats/1', 'POST /chats'])).toEqual([
    'GET /health',
    'POST /chats',
  ]);
  expect(drawn).toHaveBeenCalled();
  expect(leftOut()).toEqual({ requests: 1, statements: 2, unattributed: 0 });
});

test('a function of the request decides, by a share or by itself', async () => {
  const sampleRate = ({ url, headers }: http.IncomingMessage) =>
    url === '/health' ? false : headers.host === undefined ? 0 : 1;
  expect(await visited([profilerWith(sampleRate)], ['/health', '/chats/1'])).toEqual(['GET /chats/:id']);
  expect(leftOut()).toEqual({ requests: 1, statements: 1, unattributed: 0 });
});

test.each<[string, ProfilerOptions['sampleRate']]>([
  ["'auto'", 'auto'],
  ["a function that answers 'auto'", () => 'auto'],
])('%s records what can be afforded, drawn as each begins', async (_, sampleRate) => {
  vi.spyOn(Math, 'random').mockReturnValueOnce(0.4).mockReturnValue(0.2);
  const rate = vi.spyOn(timeBudget, 'rate');
  rate.mockReturnValueOnce(0.3).mockReturnValueOnce(0.3).mockReturnValueOnce(0).mockReturnValue(1);
  const paths = ['/health', '/chats/1', 'POST /chats', '/health'];
  expect(await visited([profilerWith(sampleRate)], paths)).toEqual(['GET /chats/:id', 'GET /health']);
  expect(rate).toHaveBeenCalledTimes(4);
  expect(leftOut()).toEqual({ requests: 2, statements: 2, unattributed: 0 });
});

test('what is judged after a request is taken from what can be afforded', async () => {
  const judging = timeInSlices();
  // A busy machine may have spent it all on the tests before.
  vi.spyOn(timeBudget, 'rate').mockReturnValue(1);
  await visited([profilerWith('auto')], ['/health', '/chats/1', 'POST /chats']);
  expect(leftOut().requests).toBe(0);
  expect(timeInSlices()).toBeGreaterThan(judging);
});

test('two middlewares ask once what can be afforded for a request', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.4);
  vi.spyOn(timeBudget, 'rate').mockReturnValueOnce(0.3).mockReturnValue(1);
  expect(await visited([profilerWith('auto'), profilerWith('auto')], ['/health'])).toEqual([]);
  expect(leftOut()).toEqual({ requests: 1, statements: 1, unattributed: 0 });
});

test('without a rate all are recorded, and in production as many as can be afforded', () => {
  const rateIn = (NODE_ENV: string) =>
    settingsOf({ enabled: true }, { detectors, outputs: [], env: { NODE_ENV }, cwd: '/' }).sampleRate;
  expect(['development', 'test', 'production'].map(rateIn)).toEqual([1, 1, 'auto']);
});

test.each([
  [
    'throws',
    () => {
      throw new RangeError('no such tenant');
    },
    'no such tenant (RangeError',
  ],
  ['answers a text', () => '0.5' as never, "a number from 0 to 1, 'auto', true or false; a string came"],
  ['answers too much', () => 10, "a number from 0 to 1, 'auto', true or false; 10 came"],
])('one that %s leaves the request out, and that is told once', async (_name, sampleRate, expected) => {
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.push(String(text));
    return true;
  });
  state.told.clear();
  expect(await visited([profilerWith(sampleRate)], ['/health', '/health'])).toEqual([]);
  expect(leftOut()).toEqual({ requests: 2, statements: 2, unattributed: 0 });
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(expected);
});

test('two middlewares draw a request once, and count it once', async () => {
  vi.spyOn(Math, 'random').mockReturnValueOnce(0.4).mockReturnValue(0.01);
  expect(await visited([profilerWith(0.2), profilerWith(0.3)], ['/health'])).toEqual([]);
  expect(leftOut()).toEqual({ requests: 1, statements: 1, unattributed: 0 });
});

test('what a capture asks its own server is recorded whatever the share', async () => {
  const profiler = profilerWith(0);
  const { report } = await profiler.capture('visit', () => visited([profiler], ['/health']));
  expect(report.children.map(({ profile }) => profile.label)).toEqual(['GET /health']);
  expect(leftOut()).toEqual({ requests: 0, statements: 0, unattributed: 0 });
});

test('an allowance in a request that is left out is not taken for one around no scope', async () => {
  const known = state.allowances.size;
  await visited([profilerWith(0)], ['/chats/1']);
  expect(state.allowances.size).toBe(known);
});
