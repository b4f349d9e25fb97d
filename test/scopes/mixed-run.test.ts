// 10,000 mixed requests against one server: afterwards no scope is open, each statement is in the report of the request that sent it, and
// what was sent outside is counted to the statement.

import { once } from 'node:events';
import http from 'node:http';
import { beforeAll, expect, test } from 'vitest';
import type { Report } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import { type Installed, installApps } from './installed.js';
import { RunningApp } from './running-app.js';

const REQUESTS = 10_000;
const AT_ONCE = 25;

let installed: Installed;
let database: string;

beforeAll(async () => {
  [installed, database] = await Promise.all([installApps(), freshDatabase()]);
}, 240_000);

interface Kind {
  path: string;
  /** What is said of the request itself, its own statements by name; and of what belongs to it. */
  reports: string[];
  body?: string;
  aborted?: true;
}

/** In turn, so that each has the same share. `$` is the request's name. */
const KINDS: Kind[] = [
  { path: '/ok/$?token=secret', reports: ['GET /ok/:whose 200: $'] },
  { path: '/nowhere?name=$', reports: ['GET /nowhere 404:'] },
  { path: '/throws/$', reports: ['GET /throws/:whose 500: $'] },
  { path: '/slow/$', aborted: true, reports: ['GET /slow/:whose 200 aborted: $', 'after GET /slow/:whose -: $ late'] },
  { path: '/body/$', body: 'y'.repeat(20_000), reports: ['POST /body/:whose 200: $'] },
  { path: '/stream/$', reports: ['GET /stream/:whose 200: $ $ $'] },
  { path: '/nested/$', reports: ['GET /nested/:whose 200 (nested: $): $'] },
  { path: '/late/$', reports: ['GET /late/:whose 200:', 'after GET /late/:whose -: $ late'] },
  { path: '/fails/$', reports: ['GET /fails/:whose 200: 0 $'] },
];

function line({ profile, children }: Report): string {
  const { label, outcome, statements } = profile;
  const inside = children.map((child) => `${child.profile.label}: ${whose(child.profile.statements)}`).join();
  const status = [outcome.status ?? '-', outcome.aborted ? 'aborted' : '', inside === '' ? '' : `(${inside})`];
  const late = statements.some((statement) => statement.late) ? 'late' : '';
  const head = [label, ...status].filter((part) => part !== '').join(' ');
  return [`${head}:`, whose(statements), late].filter((part) => part !== '').join(' ');
}

const whose = (statements: Report['profile']['statements']) => statements.map(({ values }) => values?.join()).join(' ');

async function visit(port: number, agent: http.Agent, { path, body, aborted }: Kind, name: string): Promise<void> {
  const options = {
    port,
    host: '127.0.0.1',
    agent,
    path: path.replace('$', name),
    method: body === undefined ? 'GET' : 'POST',
  };
  const request = http.request(options);
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  if (aborted) {
    await once(response, 'data');
    const gone = new Promise((resolve) => response.on('error', () => {}).once('close', resolve));
    request.destroy();
    await gone;
  } else {
    await response.resume().toArray();
  }
}

test('no scope is kept alive or contaminated by 10,000 mixed requests, and what ran outside is counted exactly', async () => {
  const app = await RunningApp.start(installed.apps, 'mixed.cjs', { DATABASE: database });
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const expected = new Map<string, number>();
  const count = (lines: Map<string, number>, text: string) => lines.set(text, (lines.get(text) ?? 0) + 1);

  let next = 0;
  const client = async () => {
    while (next < REQUESTS) {
      const index = next++;
      const kind = KINDS[index % KINDS.length] as Kind;
      const name = `r${index}`;
      for (const report of kind.reports) count(expected, report.replaceAll('$', name));
      await visit(app.port, agent, kind, name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  agent.destroy();

  const total = [...expected.values()].reduce((sum, times) => sum + times, 0);
  const reports = await app.reported(total);
  const got = new Map<string, number>();
  for (const report of reports) count(got, line(report));
  const missing = [...expected].filter(([text, times]) => got.get(text) !== times).map(([text]) => text);
  const unexpected = [...got].filter(([text, times]) => expected.get(text) !== times).map(([text]) => text);
  expect({ missing: missing.slice(0, 5), unexpected: unexpected.slice(0, 5) }).toEqual({ missing: [], unexpected: [] });
  expect(reports.length).toBe(total);

  const outside = await app.sentOutside();
  expect(outside).toBeGreaterThan(0);
  expect(await app.counts()).toEqual({ open: 0, outside });
  expect(app.said).toBe('');
  await app.stop();
}, 180_000);
